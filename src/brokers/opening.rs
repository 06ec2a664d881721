//! What a broker gets to open an account with.

use std::fmt;
use std::path::Path;

use chrono::NaiveDate;
use polyfolio_model::{Currency, Instrument, InstrumentId, Price};
use polyfolio_ports::Sink;

use super::BrokerSettings;
use crate::settings::Mode;

/// What a broker gets to open an account with.
#[derive(Clone)]
pub struct Opening<'a> {
    /// What the config says in `[broker.NAME]`.
    pub settings: &'a BrokerSettings,
    /// Whether real money may be traded. Nothing else is consent to it.
    pub mode: Mode,
    /// What cash and value are counted in. A broker that counts in another one refuses by name.
    pub base_currency: Currency,
    /// Everything that may be traded, with the rules that orders are made by.
    pub instruments: &'a [Instrument],
    /// The date that is decided on, when there is a history.
    pub decision_date: Option<NaiveDate>,
    /// The last closes up to that date.
    pub closes: &'a [(InstrumentId, Price)],
    /// A directory of its own for what it must not forget: it is there, and nobody else's, when an
    /// account is opened; for a look it may not be there, and nothing is written.
    pub directory: &'a Path,
    /// Hears what a person should know, a line each.
    pub told: Sink<String>,
}

impl fmt::Debug for Opening<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opening")
            .field("settings", self.settings)
            .field("mode", &self.mode)
            .field("directory", &self.directory)
            .finish_non_exhaustive()
    }
}
