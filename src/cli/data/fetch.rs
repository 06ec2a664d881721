//! `polyfolio data fetch`: the daily closes that the broker has and the history lacks.
//!
//! The file is written whole or not at all, and only with closes that go with those it has.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::{Days, NaiveDate};
use clap::Args;
use polyfolio_market_data::{History, JoinError, Joined, Shape};
use polyfolio_model::{InstrumentId, Ts};
use polyfolio_ports::Reach;
use polyfolio_store::replace_atomically;
use polyfolio_strategies::{Source, Universe};
use serde_json::{Map, json};

use super::super::{App, answer};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::runtime::daily_closes;
use crate::settings::{BrokerChoice, Loaded, history_failure};

/// How many days of the history are asked for again, to see that they are the same.
const OVERLAP_DAYS: u64 = 10;

/// Bring the history up to date with the broker's daily closes
#[derive(Args, Debug)]
#[command(
    before_help = "Example:  polyfolio data fetch -c my.toml",
    after_help = "Asks Interactive Brokers for the daily closes behind the last row of\n\
                  [history] daily, and writes them there. Where there is no file yet, it is made:\n\
                  of the instruments that the sleeves name. Nothing is traded.\n\n\
                  Exit codes: 0 the file is up to date · 1 its closes are not the broker's\n\
                  · 2 config · 3 the broker cannot be reached, or does not give as many · 5 the file cannot\n\
                  be written"
)]
pub(super) struct Fetch {
    /// Make the file anew, of so many closes; one that is there is replaced
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    anew: Option<u32>,
}

/// How many closes a file that is not there yet begins with: enough for an average of 200 days and
/// a momentum of a year.
const CLOSES_AT_FIRST: u32 = 400;

impl Fetch {
    pub(super) fn run(self, app: &App) -> Result<Exit, Failure> {
        let loaded = app.load(Vec::new())?;
        if !matches!(loaded.settings.broker, BrokerChoice::Ib) {
            let what = match &loaded.settings.broker {
                BrokerChoice::Own(own) => {
                    format!("no closes are fetched from the broker {}", own.kind.name())
                }
                _ => "the embedded broker has no closes but those of the history".to_owned(),
            };
            return Err(Failure::usage(what)
                .line("closes come from Interactive Brokers:  [broker] use = \"ib\""));
        }
        let Some(path) = loaded.settings.history.daily.clone() else {
            return Err(Failure::usage("no file is named for the closes")
                .line("name it:  [history] daily = \"data/my-daily.csv\""));
        };
        let read = History::load_with(&path, &loaded.settings.history.read);
        let have = match (path.exists(), read) {
            (false, _) => None,
            (true, Ok(history)) if history.shape() == Shape::Long => return Err(is_long(&path)),
            (true, Ok(history)) => Some(history),
            // A file that is made anew need not have been sound.
            (true, Err(_)) if self.anew.is_some() => None,
            (true, Err(error)) => return Err(history_failure(&error)),
        };
        let joined = match (&have, self.anew) {
            (Some(have), None) => self.extend(app, &loaded, have)?,
            (have, anew) => {
                let columns = columns(&loaded, have.as_ref())?;
                let count = anew.unwrap_or(CLOSES_AT_FIRST);
                app.note(format!("{} closes of {} instruments", count, columns.len()));
                let closes = daily_closes(&loaded, &columns, Reach::Count(count), app.hears())?;
                History::of_closes(&closes).map_err(|error| refused(&error))?
            }
        };
        if joined.added > 0 || self.anew.is_some() {
            write(&path, &joined.history)?;
        }
        self.tell(app, &path, &joined)
    }

    fn extend(&self, app: &App, loaded: &Loaded, have: &History) -> Result<Joined, Failure> {
        let wanted = named(loaded);
        if let Some(new) = wanted.iter().find(|id| have.column(id).is_none()) {
            return Err(Failure::usage(format!("the history has no instrument {new}"))
                .line("make it anew, with all that the sleeves name:  polyfolio data fetch --anew 400"));
        }
        let last = have.last_date().unwrap_or(NaiveDate::MIN);
        let since = last
            .checked_sub_days(Days::new(OVERLAP_DAYS))
            .unwrap_or(last);
        app.note(format!(
            "closes of {} instruments behind {last}",
            have.instruments().len()
        ));
        let since = Reach::Since(Ts::on(since, 0));
        let closes = daily_closes(loaded, have.instruments(), since, app.hears())?;
        have.extended(&closes).map_err(|error| refused(&error))
    }

    fn tell(&self, app: &App, path: &Path, joined: &Joined) -> Result<Exit, Failure> {
        let history = &joined.history;
        let last = history.last_date().map(|date| date.to_string());
        if app.global.json {
            let left_out: BTreeMap<String, &Vec<InstrumentId>> = joined
                .left_out
                .iter()
                .map(|(date, missing)| (date.to_string(), missing))
                .collect();
            let fields = Map::from_iter([
                ("file".to_owned(), json!(path)),
                ("instruments".to_owned(), json!(history.instruments())),
                ("rows".to_owned(), json!(history.len())),
                ("added".to_owned(), json!(joined.added)),
                ("left_out".to_owned(), json!(left_out)),
            ]);
            app.say_json(&answer("data-fetch", last, fields))?;
            return Ok(Exit::Done);
        }
        for (date, missing) in &joined.left_out {
            let names: Vec<&str> = missing.iter().map(InstrumentId::as_str).collect();
            app.note(format!(
                "{date} has no row: no close of {}",
                names.join(", ")
            ));
        }
        app.show(format!(
            "{}: {} new rows, {} in all, {} instruments, to {}\n",
            path.display(),
            joined.added,
            history.len(),
            history.instruments().len(),
            last.unwrap_or_default()
        ))?;
        Ok(Exit::Done)
    }
}

/// What the sleeves name.
fn named(loaded: &Loaded) -> BTreeSet<InstrumentId> {
    let mut named = BTreeSet::new();
    for sleeve in loaded.settings.sleeves.values() {
        let universe = &sleeve.account.universe;
        if let (Universe::Only(symbols), Source::Replayed(_)) = (universe, sleeve.host.source()) {
            named.extend(symbols.iter().cloned());
        }
    }
    named
}

/// The columns of a file that is made anew.
fn columns(loaded: &Loaded, have: Option<&History>) -> Result<Vec<InstrumentId>, Failure> {
    let mut columns = named(loaded);
    columns.extend(
        have.into_iter()
            .flat_map(|have| have.instruments().to_vec()),
    );
    if columns.is_empty() {
        let what = "there is no history yet, and no sleeve names its instruments";
        return Err(
            Failure::usage(what).line("name them:  [sleeve.NAME] universe = [\"SPY\", \"QQQ\"]")
        );
    }
    Ok(columns.into_iter().collect())
}

fn write(path: &Path, history: &History) -> Result<(), Failure> {
    if let Some(parent) = path.parent() {
        let made = std::fs::create_dir_all(parent);
        made.map_err(|error| {
            Failure::new(
                Exit::State,
                format!("{} cannot be made: {error}", parent.display()),
            )
        })?;
    }
    let bytes = history.to_file(path);
    replace_atomically(path, &bytes).map_err(|error| Failure::new(Exit::State, error.to_string()))
}

/// What is written has closes alone, a column an instrument: the rest of the bars would be lost.
fn is_long(path: &Path) -> Failure {
    Failure::usage("a file of bars with their symbols is not brought up to date")
        .line(path.display().to_string())
        .line("name another file, and it is made of closes:  [history] daily = \"my-closes.csv\"")
}

fn refused(error: &JoinError) -> Failure {
    let failure = Failure::new(Exit::Negative, error.to_string());
    match error {
        JoinError::Differs { .. } => failure
            .line("after a split the broker's closes are other ones: the two are not one series")
            .line("make the file anew:  polyfolio data fetch --anew 400"),
        JoinError::Apart { .. } => failure
            .line("the file is too old to go on with")
            .line("make it anew:  polyfolio data fetch --anew 400"),
        JoinError::Missing(_) | JoinError::NoDate => {
            failure.line("look at what the broker calls it:  [instrument.NAME.ib]")
        }
    }
}
