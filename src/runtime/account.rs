//! The account that a process trades, whichever broker's it is: the one place that chooses between
//! adapters.
//!
//! The embedded account has a market and a time of its own. A real one's time is the clock on the
//! wall, and its market is there or is not.

use std::sync::Arc;

use chrono::NaiveDate;
use polyfolio_broker_ib::IbAccount;
use polyfolio_broker_paper::PaperVenue;
use polyfolio_clock::Pace;
use polyfolio_market_data::History;
use polyfolio_model::{Span, Ts};
use polyfolio_ports::{Broker, Capabilities, Clock, MarketData, Sink};

use super::{ib, market};
use crate::failure::Failure;
use crate::settings::{BrokerName, Loaded, Settings};

/// How long a start waits for the embedded broker.
const EMBEDDED_TIMEOUT: Span = Span::from_secs(30);

/// An open account.
#[derive(Clone, Debug)]
pub(super) enum Account {
    /// The embedded one.
    Paper(PaperVenue),
    /// One at Interactive Brokers.
    Ib(IbAccount),
}

/// How fast time goes: only the embedded broker's can be told.
pub(super) fn pace(settings: &Settings, asked: Pace) -> Pace {
    match settings.broker {
        BrokerName::Paper => asked,
        BrokerName::Ib => Pace::Live,
    }
}

/// How long a start waits for the connection.
pub(super) fn connect_timeout(settings: &Settings) -> Span {
    match settings.broker {
        BrokerName::Paper => EMBEDDED_TIMEOUT,
        BrokerName::Ib => ib::connect_timeout(settings),
    }
}

impl Account {
    /// Opens the account that the settings name, an embedded one with a market as of a date; and
    /// says what a person should know of it.
    pub(super) fn open(
        loaded: &Loaded,
        history: Option<&History>,
        market_date: Option<NaiveDate>,
        told: Sink<String>,
    ) -> Result<(Self, Vec<String>), Failure> {
        match loaded.settings.broker {
            BrokerName::Paper => {
                let (venue, notices) = market::open(loaded, history, market_date)?;
                Ok((Self::Paper(venue), notices))
            }
            BrokerName::Ib => {
                let account = ib::open(loaded, history, told)?;
                Ok((Self::Ib(account), Vec::new()))
            }
        }
    }

    /// Moves an embedded market on to the date that is asked for.
    pub(super) fn move_to(
        &self,
        history: Option<&History>,
        as_of: Option<NaiveDate>,
    ) -> Result<(), Failure> {
        match self {
            Self::Paper(venue) => market::move_to(venue, history, as_of),
            Self::Ib(_) => Ok(()),
        }
    }

    /// The wire for orders.
    pub(super) fn broker(&self, clock: Arc<dyn Clock>) -> Box<dyn Broker> {
        match self {
            Self::Paper(venue) => Box::new(venue.broker(clock)),
            Self::Ib(account) => Box::new(account.broker()),
        }
    }

    /// The wire for quotes.
    pub(super) fn market_data(&self, clock: Arc<dyn Clock>) -> Box<dyn MarketData> {
        match self {
            Self::Paper(venue) => Box::new(venue.market_data(clock)),
            Self::Ib(account) => Box::new(account.market_data()),
        }
    }

    /// What the venue promises.
    pub(super) fn capabilities(&self, clock: Arc<dyn Clock>) -> Capabilities {
        self.broker(clock).capabilities()
    }

    /// The date of an embedded market.
    pub(super) fn market_date(&self) -> Option<NaiveDate> {
        match self {
            Self::Paper(venue) => venue.market_date(),
            Self::Ib(_) => None,
        }
    }

    /// The time that stood still with an embedded market.
    pub(super) fn venue_time(&self) -> Option<Ts> {
        match self {
            Self::Paper(venue) => venue.venue_time(),
            Self::Ib(_) => None,
        }
    }

    /// An embedded market's time goes on from here the next time.
    pub(super) fn advance_to(&self, time: Ts) {
        if let Self::Paper(venue) = self {
            venue.advance_to(time);
        }
    }
}
