//! The account that a process trades, whichever broker's it is: the one place that chooses between
//! adapters.
//!
//! The embedded account has a market and a time of its own. A real one's time is the clock on the
//! wall, and its market is there or is not.

use std::sync::Arc;

use chrono::NaiveDate;
use polyfolio_broker_ib::IbAccount;
use polyfolio_broker_paper::PaperVenue;
use polyfolio_model::Ts;
use polyfolio_ports::{Broker, Capabilities, Clock, MarketData};

/// An open account.
#[derive(Clone, Debug)]
pub(super) enum Account {
    /// The embedded one.
    Paper(PaperVenue),
    /// One at Interactive Brokers.
    Ib(IbAccount),
}

impl Account {
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
