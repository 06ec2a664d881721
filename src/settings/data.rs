//! Settings against the data they name: the history, and what strategies want of it.

use std::collections::BTreeSet;
use std::path::Path;

use chrono::NaiveDate;
use polyfolio_market_data::{History, HistoryError};
use polyfolio_model::{InstrumentId, SleeveId};
use polyfolio_strategies::{Source, StrategyError, TargetsFile, Universe};
use serde_json::Value;

use super::fault::{Fault, plain};
use super::nearest::nearest;
use super::resolve::{Check, fits_max_child, tradable};
use super::{Key, Loaded, SleeveSettings};
use crate::failure::Failure;

impl Loaded {
    /// The history, cut at `history.as_of`; `None` when a plan needs no prices, or none is named.
    ///
    /// # Errors
    /// A file that is missing or refused, with its line and column and the setting that names it.
    pub fn history(&self) -> Result<Option<History>, Failure> {
        let named = self.settings.history.daily.as_ref();
        let Some(path) = named.filter(|_| self.settings.needs_history()) else {
            return Ok(None);
        };
        let history = History::load_with(path, &self.settings.history.read)
            .map_err(|error| self.history_failure(path, &error))?;
        match self.settings.history.as_of {
            None => Ok(Some(history)),
            Some(date) => self.cut(&history, date).map(Some).map_err(Failure::from),
        }
    }

    /// Refuses a universe with a symbol that the history does not have, an instrument that is wanted
    /// without tick or lot, a largest order below a lot, a targets file that is not there or not
    /// readable, and a restricted symbol that nobody knows.
    ///
    /// # Errors
    /// The first of them, in config order.
    pub fn check_data(&self, history: Option<&History>) -> Result<(), Failure> {
        let mut wanted = BTreeSet::new();
        for (name, sleeve) in &self.settings.sleeves {
            match (sleeve.host.source(), history) {
                (Source::File(path), _) => wanted.extend(self.check_targets(name, path)?),
                (Source::Replayed(_), Some(history)) => {
                    self.check_universe(name, sleeve, history)?
                }
                (Source::Replayed(_), None) => {
                    let what = format!("sleeve {name} needs a price history");
                    let expected = "expected daily = \"data/us20-daily.csv.gz\" in [history]";
                    let key = key(name, "strategy");
                    return Err(self.check().missing(&key, what, expected).into());
                }
            }
        }
        let max_child = self.settings.execution.max_child;
        for id in &wanted {
            tradable(&self.check(), &self.settings.instruments, id)?;
            fits_max_child(&self.check(), &self.settings.instruments, max_child, id)?;
        }
        self.check_volumes(history)?;
        match history {
            Some(history) => Ok(self.check_limited(history, &wanted)?),
            None => Ok(()),
        }
    }

    /// A limit that nothing can be measured against would refuse every order.
    fn check_volumes(&self, history: Option<&History>) -> Result<(), Fault> {
        let is_limited = self.settings.risk.max_volume_share.is_some();
        if !is_limited || history.is_some_and(History::has_volumes) {
            return Ok(());
        }
        let what = "no volume is known: the history has none";
        let expected = "a history with a line a bar and a column volume, or no such limit";
        let key = Key::of(["risk", "max_volume_share"]);
        Err(self.check().refuse(&key, what, expected))
    }

    fn check(&self) -> Check<'_> {
        let merged = &self.merged;
        Check { merged }
    }

    fn cut(&self, history: &History, date: NaiveDate) -> Result<History, Fault> {
        let cut = history.up_to(date);
        match history.dates().first() {
            Some(first) if cut.is_empty() => {
                let what = format!("the history has no row up to {date}");
                let key = Key::of(["history", "as_of"]);
                Err(self.check().refuse(&key, what, format!("{first} or later")))
            }
            _ => Ok(cut),
        }
    }

    /// The symbols that a readable targets file names.
    fn check_targets(&self, name: &SleeveId, path: &Path) -> Result<Vec<InstrumentId>, Fault> {
        let refuse = |error| {
            let key = key(name, "params").child("path");
            let expected = "a JSON file with nav and positions";
            self.check().refuse(&key, targets_words(error), expected)
        };
        let file = TargetsFile::read(path).map_err(refuse)?;
        Ok(file.positions.into_keys().collect())
    }

    fn check_universe(
        &self,
        name: &SleeveId,
        sleeve: &SleeveSettings,
        history: &History,
    ) -> Result<(), Fault> {
        let symbols = match &sleeve.account.universe {
            Universe::All => history.instruments(),
            Universe::Only(symbols) => symbols,
        };
        if let Some(unknown) = symbols.iter().find(|id| history.column(id).is_none()) {
            let what = format!("the history has no instrument {unknown}");
            let key = key(name, "universe");
            let known = known(history.instruments(), unknown, "symbols of the history");
            return Err(self.check().refuse(&key, what, known));
        }
        if let Some(name_outside) = sleeve.host.names().iter().find(|id| !symbols.contains(id)) {
            let what = format!("{name_outside} is not in the universe of sleeve {name}");
            let key = place_of(name_outside.as_str(), &sleeve.params, key(name, "params"));
            let known = known(symbols, name_outside, "a symbol of the universe");
            return Err(self.check().refuse(&key, what, known));
        }
        let instruments = &self.settings.instruments;
        let max_child = self.settings.execution.max_child;
        symbols.iter().try_for_each(|id| {
            tradable(&self.check(), instruments, id)?;
            fits_max_child(&self.check(), instruments, max_child, id)
        })
    }

    /// Whether everything is known that is restricted or limited in a group: a misspelt name would
    /// leave the one that was meant tradable.
    fn check_limited(
        &self,
        history: &History,
        wanted: &BTreeSet<InstrumentId>,
    ) -> Result<(), Fault> {
        let settings = &self.settings;
        let named = settings.instruments.named.keys();
        let known_ids: BTreeSet<&InstrumentId> = named
            .chain(history.instruments())
            .chain(settings.paper.positions.keys())
            .chain(wanted)
            .collect();
        let restricted = (
            Key::of(["risk", "restricted"]),
            &settings.risk.restricted,
            "restricted",
        );
        let groups = settings.risk.group.iter().map(|(name, group)| {
            let key = Key::of(["risk", "group", name, "instruments"]);
            (key, &group.instruments, "limited")
        });
        for (key, named, becomes) in [restricted].into_iter().chain(groups) {
            let Some(unknown) = named.iter().find(|id| !known_ids.contains(*id)) else {
                continue;
            };
            let what = format!("no instrument {unknown} is known, so none would be {becomes}");
            let of = "symbols of the history or of an [instrument.NAME]";
            let expected = known(known_ids, unknown, of);
            return Err(self.check().refuse(&key, what, expected));
        }
        Ok(())
    }

    fn history_failure(&self, path: &Path, error: &HistoryError) -> Failure {
        let failure = history_failure(error);
        let next = format!(
            "look at a file with:  polyfolio data check {}",
            path.display()
        );
        let written = self.merged.written(&Key::of(["history", "daily"]));
        let failure = match written {
            Some(written) => failure.line(written.to_string()),
            None => failure,
        };
        // Whoever forgot -c, or is in another directory, is told of a file that he never named.
        let is_own = !written.is_some_and(|written| written.origin.is_shipped());
        match is_own {
            true => failure.line(next),
            false => failure.line("a portfolio of your own is named with -c FILE"),
        }
    }
}

fn key(sleeve: &SleeveId, part: &str) -> Key {
    Key::of(["sleeve", sleeve.as_str(), part])
}

/// The key below `at` where a text stands, or `at` if it stands nowhere.
fn place_of(text: &str, params: &Value, at: Key) -> Key {
    fn find(text: &str, params: &Value, at: &Key) -> Option<Key> {
        match params {
            Value::String(found) => (found == text).then(|| at.clone()),
            Value::Object(table) => {
                let mut below = table.iter();
                below.find_map(|(name, value)| find(text, value, &at.child(name)))
            }
            _ => None,
        }
    }
    find(text, params, &at).unwrap_or(at)
}

/// What could have been meant by a symbol that is none of `ids`, which are called `what`.
fn known<'a>(
    ids: impl IntoIterator<Item = &'a InstrumentId>,
    unknown: &InstrumentId,
    what: &str,
) -> String {
    let names: Vec<&str> = ids.into_iter().map(InstrumentId::as_str).collect();
    match nearest(unknown.as_str(), names.iter().copied()) {
        Some(meant) => format!("{what}; did you mean \"{meant}\"?"),
        None => format!("{what}: {}", names.join(" ")),
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
        HistoryError::TooLong { path, len_max } => Failure::usage("history is too long")
            .line(path.display().to_string())
            .line(format!(
                "it unpacks to more than {len_max} bytes, which no price history needs"
            )),
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
