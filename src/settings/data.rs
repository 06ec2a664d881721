//! Settings against the data they name: the history, and what strategies want of it.

use std::path::Path;

use polyfolio_market_data::{History, HistoryError};
use polyfolio_model::InstrumentId;
use polyfolio_strategies::{Registry, Source, StrategyError, TargetsFile, Universe};

use super::fault::plain;
use super::nearest::nearest;
use super::resolve::{Check, tradable};
use super::{Key, Loaded};
use crate::failure::Failure;

impl Loaded {
    /// The history, when the config names one, cut at `history.as_of`.
    ///
    /// # Errors
    /// A file that is missing or refused, with its line and column and the setting that names it.
    pub fn history(&self) -> Result<Option<History>, Failure> {
        let Some(path) = &self.settings.history.daily else {
            return Ok(None);
        };
        let history = History::load(path).map_err(|error| self.history_failure(path, error))?;
        match self.settings.history.as_of {
            None => Ok(Some(history)),
            Some(date) => {
                let cut = history.up_to(date);
                if cut.is_empty() {
                    let first = history
                        .dates()
                        .first()
                        .map(ToString::to_string)
                        .unwrap_or_default();
                    let what = format!("the history has no row up to {date}");
                    let key = Key::of(["history", "as_of"]);
                    let expected = format!("{first} or later");
                    return Err(Check {
                        merged: &self.merged,
                    }
                    .refuse(&key, what, expected)
                    .into());
                }
                Ok(Some(cut))
            }
        }
    }

    /// Refuses a universe with a symbol that the history does not have, an instrument of a universe
    /// without tick or lot, and a targets file that is not there or not readable.
    ///
    /// # Errors
    /// The first of them, in config order.
    pub fn check_data(
        &self,
        registry: &Registry,
        history: Option<&History>,
    ) -> Result<(), Failure> {
        let check = Check {
            merged: &self.merged,
        };
        for (name, sleeve) in &self.settings.sleeves {
            let key = |part| Key::of(["sleeve", name.as_str(), part]);
            let host = registry
                .host(&sleeve.strategy, &sleeve.params, sleeve.account.clone())
                .map_err(|error| Failure::usage(error.to_string()))?;
            if let Source::File(path) = host.source() {
                let read = TargetsFile::read(path);
                read.map_err(|error| {
                    let expected = "a JSON file with nav and positions";
                    Failure::from(check.refuse(
                        &key("params").child("path"),
                        targets_words(error),
                        expected,
                    ))
                })?;
                continue;
            }
            let Some(history) = history else {
                let what = format!("sleeve {name} needs a price history");
                let expected = "expected daily = \"data/us20-daily.csv.gz\" in [history]";
                return Err(check.missing(&key("strategy"), what, expected).into());
            };
            if let Universe::Only(symbols) = &sleeve.account.universe {
                self.known(&key("universe"), symbols, history)?;
            }
            for id in universe(&sleeve.account.universe, history) {
                tradable(&check, &self.settings.instruments, id)?;
            }
        }
        Ok(())
    }

    fn known(&self, key: &Key, symbols: &[InstrumentId], history: &History) -> Result<(), Failure> {
        let Some(unknown) = symbols.iter().find(|id| history.column(id).is_none()) else {
            return Ok(());
        };
        let names = || history.instruments().iter().map(InstrumentId::as_str);
        let expected = match nearest(unknown.as_str(), names()) {
            Some(meant) => format!("symbols of the history; did you mean \"{meant}\"?"),
            None => format!(
                "symbols of the history: {}",
                names().collect::<Vec<_>>().join(" ")
            ),
        };
        let what = format!("the history has no instrument {unknown}");
        Err(Check {
            merged: &self.merged,
        }
        .refuse(key, what, expected)
        .into())
    }

    fn history_failure(&self, path: &Path, error: HistoryError) -> Failure {
        let failure = history_failure(&error);
        match self.merged.written(&Key::of(["history", "daily"])) {
            Some(written) => failure.line(written.to_string()),
            None => failure,
        }
        .line(format!(
            "look at a file with:  polyfolio data check {}",
            path.display()
        ))
    }
}

/// What is wrong with a history, without what to do about it.
pub(crate) fn history_failure(error: &HistoryError) -> Failure {
    match error {
        HistoryError::Read { path, source } => {
            Failure::usage(format!("history cannot be read: {}", plain(source)))
                .line(path.display().to_string())
        }
        HistoryError::Gzip { path, source } => Failure::usage("history is not a whole gzip file")
            .line(format!("{}: {source}", path.display())),
        HistoryError::Content {
            path,
            line,
            column,
            fault,
        } => Failure::usage("history is refused")
            .line(format!("{}, line {line}, column {column}", path.display()))
            .line(fault.to_string()),
    }
}

fn targets_words(error: StrategyError) -> String {
    match error {
        StrategyError::Read { source, .. } => {
            format!("targets file cannot be read: {}", plain(&source))
        }
        other => other.to_string(),
    }
}

fn universe<'a>(universe: &'a Universe, history: &'a History) -> &'a [InstrumentId] {
    match universe {
        Universe::All => history.instruments(),
        Universe::Only(symbols) => symbols,
    }
}
