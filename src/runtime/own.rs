//! The account at a broker of one's own, from settings and history.

use std::path::PathBuf;

use chrono::NaiveDate;
use polyfolio_market_data::History;
use polyfolio_model::Instrument;
use polyfolio_ports::Sink;

use super::{sizing, sources};
use crate::brokers::{CannotOpen, OpenAccount, Opening};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::{Loaded, OwnBroker, Settings};

/// Where a broker keeps what it must not forget, within the state directory.
fn directory(settings: &Settings, own: &OwnBroker) -> PathBuf {
    settings.state_dir.join(own.kind.name())
}

/// Opens the account for a process that trades.
pub(super) fn open(
    loaded: &Loaded,
    own: &OwnBroker,
    history: Option<&History>,
    date: Option<NaiveDate>,
    told: Sink<String>,
) -> Result<Box<dyn OpenAccount>, Failure> {
    let directory = directory(&loaded.settings, own);
    std::fs::create_dir_all(&directory).map_err(|error| {
        let place = directory.display();
        Failure::new(Exit::State, format!("{place} cannot be made: {error}"))
    })?;
    with_opening(loaded, own, history, date, told, |opening| {
        own.kind.open(opening)
    })
}

/// Opens it for a look.
pub(super) fn look(
    loaded: &Loaded,
    own: &OwnBroker,
    history: Option<&History>,
    date: Option<NaiveDate>,
    told: Sink<String>,
) -> Result<Box<dyn OpenAccount>, Failure> {
    with_opening(loaded, own, history, date, told, |opening| {
        own.kind.look(opening)
    })
}

fn with_opening(
    loaded: &Loaded,
    own: &OwnBroker,
    history: Option<&History>,
    date: Option<NaiveDate>,
    told: Sink<String>,
    open: impl FnOnce(&Opening<'_>) -> Result<Box<dyn OpenAccount>, CannotOpen>,
) -> Result<Box<dyn OpenAccount>, Failure> {
    let settings = &loaded.settings;
    let rules = sizing::instruments(settings, history)?;
    let instruments: Vec<Instrument> = rules.into_values().collect();
    let (decision_date, closes) = sources::last_closes(history, date);
    let opening = Opening {
        settings: &own.settings,
        mode: settings.mode,
        base_currency: settings.portfolio.base_currency.clone(),
        instruments: &instruments,
        decision_date,
        closes: &closes,
        directory: &directory(settings, own),
        told,
    };
    open(&opening).map_err(|error| failure(own, &error))
}

/// An account that cannot be opened, for a person.
fn failure(own: &OwnBroker, error: &CannotOpen) -> Failure {
    let exit = match error {
        CannotOpen::Settings(_) => Exit::Usage,
        CannotOpen::Unreachable(_) => Exit::BrokerUnreachable,
        CannotOpen::State(_) => Exit::State,
    };
    let text = error.to_string();
    let (what, more) = text.split_once('\n').unwrap_or((&text, ""));
    Failure::new(exit, format!("{}: {what}", own.kind.name())).line(more)
}
