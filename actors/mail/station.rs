//! Where messages come from and go to.

use std::fmt;

use polyfolio_model::SleeveId;

/// Where messages come from and go to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Station {
    /// The person or program that started us.
    Cli,
    /// The run's state machine.
    Conductor,
    /// Quotes and closes.
    MarketData,
    /// One sleeve.
    Strategy(SleeveId),
    /// What the account and its sleeves are worth.
    NavTracker,
    /// From wishes to orders.
    Scaler,
    /// The single writer of the journal.
    OrderRouter,
    /// One account at a broker.
    BrokerConnector,
    /// Everything that happens, as lines.
    Logger,
    /// Somebody outside.
    Notifier,
    /// Restarts.
    Supervisor,
}

impl fmt::Display for Station {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Strategy(sleeve) => write!(f, "strategy:{sleeve}"),
            other => f.write_str(other.name()),
        }
    }
}

impl Station {
    /// The station without the sleeve, as it stands in the picture of the flow.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Cli => "cli",
            Self::Conductor => "conductor",
            Self::MarketData => "market_data",
            Self::Strategy(_) => "strategy",
            Self::NavTracker => "nav_tracker",
            Self::Scaler => "scaler",
            Self::OrderRouter => "order_router",
            Self::BrokerConnector => "broker_connector",
            Self::Logger => "logger",
            Self::Notifier => "notifier",
            Self::Supervisor => "supervisor",
        }
    }
}
