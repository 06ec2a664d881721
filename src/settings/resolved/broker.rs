//! Whose account is traded.

use std::fmt;
use std::sync::Arc;

use crate::brokers::{BrokerKind, BrokerSettings};

/// Whose account is traded.
#[derive(Clone, Debug)]
pub enum BrokerChoice {
    /// The embedded broker's.
    Paper,
    /// One at Interactive Brokers, at TWS or IB Gateway.
    Ib,
    /// One at a broker of one's own.
    Own(OwnBroker),
}

/// A broker of one's own, and what the config says to it.
#[derive(Clone, Debug)]
pub struct OwnBroker {
    /// What it is.
    pub kind: Arc<dyn BrokerKind>,
    /// Its own table, complete and accepted by it.
    pub settings: BrokerSettings,
}

impl BrokerChoice {
    /// What a config calls it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::Ib => "ib",
            Self::Own(own) => own.kind.name(),
        }
    }

    /// Whether it is the embedded one, whose market and time are the program's.
    pub fn is_embedded(&self) -> bool {
        matches!(self, Self::Paper)
    }
}

impl fmt::Display for BrokerChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
