//! The account that a process trades, whichever broker's it is: the one place that chooses between
//! adapters.
//!
//! The embedded account has a market and a time of its own. Any other's time is the clock on the
//! wall, and its market is there or is not.

use std::fmt;
use std::sync::Arc;

use chrono::{Days, NaiveDate};
use polyfolio_broker_paper::PaperVenue;
use polyfolio_clock::{Pace, wall_now};
use polyfolio_market_data::History;
use polyfolio_model::{Span, Ts};
use polyfolio_ports::{Broker, Capabilities, Clock, MarketData, Sink};

use super::look::{LookOnly, PaperLook};
use super::{ib, market, own};
use crate::brokers::OpenAccount;
use crate::failure::Failure;
use crate::settings::{BrokerChoice, Loaded, Settings};

/// How long a start waits for the embedded broker.
const EMBEDDED_TIMEOUT: Span = Span::from_secs(30);

/// Closes older than this many days are no ground to trade on, where nobody says otherwise.
const STALE_AFTER_DAYS: u32 = 7;

/// An open account.
#[derive(Clone)]
pub(super) enum Account {
    /// The embedded one, which lives in this process.
    Embedded(PaperVenue),
    /// Any other, and a look at any.
    Elsewhere(Arc<dyn OpenAccount>),
}

/// How fast time goes: only the embedded broker's can be told.
pub(super) fn pace(settings: &Settings, asked: Pace) -> Pace {
    match settings.broker {
        BrokerChoice::Paper => asked,
        BrokerChoice::Ib | BrokerChoice::Own(_) => Pace::Live,
    }
}

/// How long a start waits for the connection.
pub(super) fn connect_timeout(settings: &Settings) -> Span {
    match &settings.broker {
        BrokerChoice::Paper => EMBEDDED_TIMEOUT,
        BrokerChoice::Ib => ib::connect_timeout(settings),
        BrokerChoice::Own(own) => own.kind.connect_timeout(&own.settings),
    }
}

/// A decision on old closes is no decision for today: where the market is today's it takes a
/// person's word.
pub(super) fn check_date(
    settings: &Settings,
    decided_on: Option<NaiveDate>,
    asked: Option<NaiveDate>,
) -> Result<(), Failure> {
    let trades_at_old_closes = match &settings.broker {
        BrokerChoice::Paper => true,
        BrokerChoice::Ib => false,
        BrokerChoice::Own(own) => own.kind.trades_at_old_closes(),
    };
    let days = settings.risk.max_price_age_days.unwrap_or(STALE_AFTER_DAYS);
    let today = wall_now().date();
    let is_old = |date: &NaiveDate| *date + Days::new(days.into()) < today;
    let Some(date) = decided_on.filter(is_old) else {
        return Ok(());
    };
    if asked.is_some() || trades_at_old_closes {
        return Ok(());
    }
    let age = today.signed_duration_since(date).num_days();
    Err(Failure::usage(format!(
        "the last closes are of {date}, {age} days ago: too old to trade on at a real broker"
    ))
    .line("bring [history] daily up to date")
    .line(format!(
        "or trade on them all the same:  polyfolio run --as-of {date}"
    )))
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
        match &loaded.settings.broker {
            BrokerChoice::Paper => {
                let (venue, notices) = market::open(loaded, history, market_date)?;
                Ok((Self::Embedded(venue), notices))
            }
            BrokerChoice::Ib => {
                let account = ib::open(loaded, history, told)?;
                Ok((Self::Elsewhere(Arc::new(account)), Vec::new()))
            }
            BrokerChoice::Own(broker) => {
                let account = own::open(loaded, broker, history, market_date, told)?;
                Ok((Self::Elsewhere(account.into()), Vec::new()))
            }
        }
    }

    /// A look at it, which sends and writes nothing, and the time there.
    pub(super) fn look(
        loaded: &Loaded,
        history: Option<&History>,
        as_of: Option<NaiveDate>,
        told: Sink<String>,
    ) -> Result<(Self, Ts), Failure> {
        let account: Box<dyn OpenAccount> = match &loaded.settings.broker {
            BrokerChoice::Paper => {
                let look = market::look(loaded, history, as_of)?;
                let account = loaded.settings.paper.account.clone();
                let time = look.time;
                let look = PaperLook::new(account, look.snapshot);
                return Ok((Self::Elsewhere(Arc::new(look)), time));
            }
            BrokerChoice::Ib => Box::new(ib::look(loaded, history, told)?),
            BrokerChoice::Own(broker) => own::look(loaded, broker, history, as_of, told)?,
        };
        let look = Self::Elsewhere(Arc::new(LookOnly::new(account)));
        Ok((look, wall_now()))
    }

    /// Moves an embedded market on to the date that is asked for.
    pub(super) fn move_to(
        &self,
        history: Option<&History>,
        as_of: Option<NaiveDate>,
    ) -> Result<(), Failure> {
        match self {
            Self::Embedded(venue) => market::move_to(venue, history, as_of),
            Self::Elsewhere(_) => Ok(()),
        }
    }

    /// The wire for orders.
    pub(super) fn broker(&self, clock: Arc<dyn Clock>) -> Box<dyn Broker> {
        match self {
            Self::Embedded(venue) => Box::new(venue.broker(clock)),
            Self::Elsewhere(account) => account.broker(clock),
        }
    }

    /// The wire for quotes.
    pub(super) fn market_data(&self, clock: Arc<dyn Clock>) -> Box<dyn MarketData> {
        match self {
            Self::Embedded(venue) => Box::new(venue.market_data(clock)),
            Self::Elsewhere(account) => account.market_data(clock),
        }
    }

    /// What the venue promises.
    pub(super) fn capabilities(&self, clock: Arc<dyn Clock>) -> Capabilities {
        self.broker(clock).capabilities()
    }

    /// The date of an embedded market.
    pub(super) fn market_date(&self) -> Option<NaiveDate> {
        match self {
            Self::Embedded(venue) => venue.market_date(),
            Self::Elsewhere(_) => None,
        }
    }

    /// The time that stood still with an embedded market.
    pub(super) fn venue_time(&self) -> Option<Ts> {
        match self {
            Self::Embedded(venue) => venue.venue_time(),
            Self::Elsewhere(_) => None,
        }
    }

    /// An embedded market's time goes on from here the next time.
    pub(super) fn advance_to(&self, time: Ts) {
        if let Self::Embedded(venue) = self {
            venue.advance_to(time);
        }
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded(venue) => f.debug_tuple("Embedded").field(venue).finish(),
            Self::Elsewhere(_) => f.debug_tuple("Elsewhere").finish_non_exhaustive(),
        }
    }
}
