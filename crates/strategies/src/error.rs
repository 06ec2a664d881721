//! Why a strategy gave no evaluation.

use std::path::PathBuf;

use chrono::NaiveDate;
use polyfolio_market_data::UnknownInstrument;
use polyfolio_model::InstrumentId;

use crate::params::ParamError;

/// A strategy that cannot be made, replayed or read.
#[derive(Debug, thiserror::Error)]
pub enum StrategyError {
    /// No kind of that name.
    #[error("there is no strategy {kind:?}{}; the kinds are {known}", did_you_mean(.nearest))]
    UnknownKind {
        /// The name as written.
        kind: String,
        /// The name that was perhaps meant.
        nearest: Option<String>,
        /// All names.
        known: String,
    },
    /// A parameter is unknown, missing or wrong.
    #[error(transparent)]
    Param(#[from] ParamError),
    /// A key beside those that name a wrapped strategy.
    #[error("there is no key {key:?}{}; the keys are {known}", did_you_mean(.nearest))]
    UnknownKey {
        /// The key as written.
        key: String,
        /// The key that was perhaps meant.
        nearest: Option<String>,
        /// All keys.
        known: String,
    },
    /// A wrapped strategy without a kind.
    #[error("the strategy {}; expected a kind in quotes", unnamed(.found))]
    NoKind {
        /// What stands in its place, if anything does.
        found: Option<String>,
    },
    /// A kind that cannot be wrapped: it has no account that is replayed.
    #[error("{kind} is read and not replayed; it cannot stand inside another strategy")]
    NotReplayed {
        /// The kind.
        kind: String,
    },
    /// A setting that no account can be kept with.
    #[error("{setting} is {found}; expected {expected}")]
    Setting {
        /// Its key.
        setting: &'static str,
        /// What stands there.
        found: String,
        /// What should.
        expected: &'static str,
    },
    /// The universe names an instrument that the history does not have.
    #[error(transparent)]
    Universe(#[from] UnknownInstrument),
    /// A parameter names an instrument that the strategy may not hold.
    #[error("the strategy names {0}, which is not in its universe")]
    NotInUniverse(InstrumentId),
    /// Nothing to trade on.
    #[error("the history has no row {}{}", from(.start), until(.end))]
    NoRows {
        /// The first date that would have counted.
        start: Option<NaiveDate>,
        /// The last date that would have counted.
        end: Option<NaiveDate>,
    },
    /// A wish for something outside the universe.
    #[error("on {date} the strategy wants {instrument}, which is not in its universe")]
    OutsideUniverse {
        /// The row's date.
        date: NaiveDate,
        /// What it named.
        instrument: InstrumentId,
    },
    /// Two wishes for one instrument.
    #[error("on {date} the strategy names {instrument} twice")]
    NamedTwice {
        /// The row's date.
        date: NaiveDate,
        /// What it named.
        instrument: InstrumentId,
    },
    /// A wish for what has not closed yet: there is no price to size it with.
    #[error("on {date} the strategy wants {instrument}, which has no close yet")]
    NoCloseYet {
        /// The row's date.
        date: NaiveDate,
        /// What it named.
        instrument: InstrumentId,
    },
    /// A wish that is no number.
    #[error("on {date} the strategy wants {size} of {instrument}, which is not finite")]
    NotFinite {
        /// The row's date.
        date: NaiveDate,
        /// What it named.
        instrument: InstrumentId,
        /// The weight or quantity.
        size: f64,
    },
    /// A targets file that is missing or not readable.
    #[error("targets file {} cannot be read: {source}", path.display())]
    Read {
        /// The file as it was named.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A targets file that is not what it should be.
    #[error("{}, line {line}, column {column}: {reason}", path.display())]
    Targets {
        /// The file as it was named.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// From 1, in bytes.
        column: usize,
        /// What is wrong there.
        reason: String,
    },
}

pub(crate) fn did_you_mean(nearest: &Option<String>) -> String {
    nearest
        .as_ref()
        .map_or_else(String::new, |name| format!(", did you mean {name:?}?"))
}

fn unnamed(found: &Option<String>) -> String {
    match found {
        Some(found) => format!("is {found}"),
        None => "is not said".to_owned(),
    }
}

fn from(start: &Option<NaiveDate>) -> String {
    start.map_or_else(String::new, |date| format!("from {date} "))
}

fn until(end: &Option<NaiveDate>) -> String {
    end.map_or_else(|| "on".to_owned(), |date| format!("up to {date}"))
}
