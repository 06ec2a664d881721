//! The paper account and its market, from settings and history.

use std::path::PathBuf;

use chrono::NaiveDate;
use polyfolio_broker_paper::{
    AccountView, CLOSE_HOUR, PaperConfig, PaperError, PaperVenue, read_account, read_snapshot,
};
use polyfolio_clock::wall_now;
use polyfolio_market_data::History;
use polyfolio_matching::{Listing, MarketParams};
use polyfolio_model::{InstrumentId, Price, Ts};
use polyfolio_portfolio::Sizing;
use polyfolio_portfolio::nav::value_of;
use polyfolio_ports::Snapshot;

use super::sizing;
use super::sources::last_closes;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::{Loaded, Settings};

/// The name of the paper account's directory within a state directory.
pub const DIRECTORY: &str = "broker";

/// Where the paper account lies, apart from the runtime's own store.
pub fn directory(settings: &Settings) -> PathBuf {
    settings.state_dir.join(DIRECTORY)
}

/// The paper broker that the settings ask for, with a market as of a date.
///
/// # Errors
/// An instrument without trading rules.
pub fn paper_config(
    loaded: &Loaded,
    history: Option<&History>,
    as_of: Option<NaiveDate>,
) -> Result<PaperConfig, Failure> {
    let settings = &loaded.settings;
    let sigmas = sizing::sigmas(settings, history, as_of);
    let listings = sizing::instruments(settings, history)?
        .into_values()
        .map(|instrument| {
            let sigma = sigmas.get(&instrument.id).copied();
            let (params, _) = settings.quote_params(&instrument.id, sigma);
            let market = MarketParams {
                sigma: params.sigma,
                arrival_rate: params.arrival_rate,
                decay: params.decay,
                tick: Price::from(1),
            };
            Listing { instrument, market }
        });
    Ok(PaperConfig {
        listings: listings.collect(),
        ..settings.paper.clone()
    })
}

/// Opens the account, and sets its market to a date if it has none yet.
pub(super) fn open(
    loaded: &Loaded,
    history: Option<&History>,
    as_of: Option<NaiveDate>,
) -> Result<(PaperVenue, Vec<String>), Failure> {
    let config = paper_config(loaded, history, as_of)?;
    let opened = PaperVenue::open(&directory(&loaded.settings), config);
    let (venue, notices) = opened.map_err(failure)?;
    if venue.market_date().is_none() {
        move_to(&venue, history, as_of)?;
    }
    Ok((venue, notices.iter().map(ToString::to_string).collect()))
}

/// Moves the market on to a date. On the same date prices go on as they are.
pub(super) fn move_to(
    venue: &PaperVenue,
    history: Option<&History>,
    as_of: Option<NaiveDate>,
) -> Result<(), Failure> {
    let (date, closes) = last_closes(history, as_of);
    let Some(date) = date.or(as_of) else {
        return Err(Failure::usage("the paper market needs a date")
            .line("give a history in [history] daily, or --as-of DATE"));
    };
    if venue.market_date().is_some_and(|have| have >= date) {
        return Ok(());
    }
    venue.set_market(date, &closes).map_err(failure)
}

/// The account as it stands, and the time there; nothing is locked or written.
pub(super) struct Look {
    pub(super) snapshot: Snapshot,
    pub(super) time: Ts,
}

/// Looks at the account; before the first run it is what the config opens it with.
pub(super) fn look(
    loaded: &Loaded,
    history: Option<&History>,
    as_of: Option<NaiveDate>,
) -> Result<Look, Failure> {
    let config = paper_config(loaded, history, as_of)?;
    let directory = directory(&loaded.settings);
    let account = read_account(&directory, &config).map_err(failure)?;
    let snapshot = read_snapshot(&directory, &config).map_err(failure)?;
    let (date, closes) = last_closes(history, as_of);
    let date = date.or(as_of);
    if let (Some(asked), Some(have)) = (as_of, account.as_ref().map(|a| a.market_date))
        && asked < have
    {
        return Err(goes_back(have, asked));
    }
    let time = account.as_ref().map(|account| account.time);
    let at_close = date.map(|date| Ts::on(date, CLOSE_HOUR));
    let time = time
        .into_iter()
        .chain(at_close)
        .max()
        .unwrap_or_else(wall_now);
    let snapshot = valued_at(&closes, snapshot.unwrap_or_else(|| opening(&config)));
    let sizing = loaded.settings.portfolio.plan.scale.sizing;
    if let Some(date) = date.filter(|_| sizing == Sizing::Nav) {
        all_priced(&snapshot, account.as_ref(), date, &closes).map_err(failure)?;
    }
    Ok(Look { snapshot, time })
}

/// What an account that was never opened will hold.
fn opening(config: &PaperConfig) -> Snapshot {
    let positions = config.positions.clone().into_iter();
    Snapshot {
        positions: positions.collect(),
        cash: Some(config.cash),
        ..Snapshot::default()
    }
}

/// What is sized by its value has a price for everything it holds: a close, or on the market's own
/// date its mid. A run would be refused otherwise, in the same words.
fn all_priced(
    snapshot: &Snapshot,
    account: Option<&AccountView>,
    date: NaiveDate,
    closes: &[(InstrumentId, Price)],
) -> Result<(), PaperError> {
    let market = account.filter(|account| account.market_date == date);
    let is_priced = |id: &InstrumentId| {
        let has_mid = market.is_some_and(|account| account.mids.contains_key(id));
        has_mid || closes.iter().any(|(close, _)| close == id)
    };
    let mut held = snapshot.positions.iter().filter(|(_, q)| !q.is_zero());
    match held.find(|(id, _)| !is_priced(id)).cloned() {
        None => Ok(()),
        Some((instrument, _)) if account.is_some() => Err(PaperError::NoClose { instrument, date }),
        Some((instrument, _)) => Err(PaperError::UnpricedOpening { instrument, date }),
    }
}

/// The same account with its value at the closes that a plan decides on; where one is missing, with
/// the value that the broker gives it.
fn valued_at(closes: &[(InstrumentId, Price)], snapshot: Snapshot) -> Snapshot {
    let price = |id: &InstrumentId| {
        let close = closes.iter().find(|(have, _)| have == id);
        close.map(|(_, price)| *price)
    };
    let held = snapshot.positions.iter();
    let value = value_of(held.map(|(id, quantity)| (id, *quantity)), price).ok();
    let nav = snapshot.cash.zip(value).map(|(cash, value)| cash + value);
    Snapshot {
        nav: nav.or(snapshot.nav),
        ..snapshot
    }
}

/// Paper's date never goes back.
pub(super) fn goes_back(have: NaiveDate, asked: NaiveDate) -> Failure {
    Failure::usage(format!(
        "the paper account stands at {have} and cannot go back to {asked}"
    ))
    .line(format!("--as-of {asked}"))
    .line(format!(
        "ask for {have} or later, or give it another [state] dir"
    ))
}

/// A paper account that cannot be used, for a person.
pub fn failure(error: PaperError) -> Failure {
    let exit = match &error {
        PaperError::Locked(_)
        | PaperError::Io { .. }
        | PaperError::Damaged { .. }
        | PaperError::Break { .. } => Exit::State,
        PaperError::GoesBack { have, asked } => return goes_back(*have, *asked),
        PaperError::Venue(_)
        | PaperError::NotListed { .. }
        | PaperError::UnpricedOpening { .. }
        | PaperError::NoClose { .. } => Exit::Usage,
    };
    let failure = Failure::new(exit, error.to_string());
    let failure = match next_action(&error) {
        Some(next) => failure.line(next),
        None => failure,
    };
    match std::error::Error::source(&error) {
        Some(source) => failure.line(source.to_string()),
        None => failure,
    }
}

/// What a person does about a price that is missing.
fn next_action(error: &PaperError) -> Option<String> {
    match error {
        PaperError::UnpricedOpening { instrument, .. } => Some(format!(
            "give {instrument} a column in [history] daily, or take it out of [broker.paper] positions"
        )),
        PaperError::NoClose { instrument, .. } => Some(format!(
            "give {instrument} a column in [history] daily, or begin anew in another [state] dir"
        )),
        _ => None,
    }
}
