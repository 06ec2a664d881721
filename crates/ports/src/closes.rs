//! The closes that decide.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use polyfolio_model::{InstrumentId, Price, Qty};

/// The closes known on a date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closes {
    /// The decision date: the last date of the history that is not after the one asked for.
    pub date: NaiveDate,
    /// The close of each instrument, and the date it is of.
    pub prices: BTreeMap<InstrumentId, (NaiveDate, Price)>,
    /// How much of each instrument is usually traded in a day, where that is known.
    pub volumes: BTreeMap<InstrumentId, Qty>,
}

/// A history of closes.
pub trait PriceHistory: Send + Sync {
    /// The closes as of a date; of the latest date there is, when none is given.
    ///
    /// # Errors
    /// A sentence for a person: the date lies outside the history.
    fn closes(&self, as_of: Option<NaiveDate>) -> Result<Closes, String>;
}
