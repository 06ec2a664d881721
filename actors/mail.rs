//! How messages travel: every one carries who sent it, when, and what caused it, and is told to
//! the logger. A [`Line`] leads to a station, not to an actor: it survives a restart of whoever
//! stands there.
//!
//! Nothing here waits. A send goes into the mailbox or comes back undelivered, and the sender has
//! a stated policy for that. A line keeps one sender: every copy of an actix address has a place
//! of its own beyond the mailbox's capacity, so sends through fresh copies would never find it
//! full.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use actix::prelude::SendError;
use actix::{Message, Recipient};
use polyfolio_model::{SleeveId, Ts};
use polyfolio_ports::Clock;
use serde_json::{Value, json};

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
            Self::Supervisor => "supervisor",
        }
    }
}

/// What can be sent.
pub trait Payload: Send + 'static {
    /// Its name in the log.
    const NAME: &'static str;

    /// What the log says of it.
    fn body(&self) -> Value;
}

/// A message on its way.
#[derive(Debug)]
pub struct Mail<M> {
    /// Its number, counted over the whole process.
    pub id: u64,
    /// The message that led to it; none for what the outside started.
    pub cause: Option<u64>,
    /// Who sent it.
    pub from: Station,
    /// When (Clock time).
    pub time: Ts,
    /// What it says.
    pub body: M,
}

impl<M: Payload> Message for Mail<M> {
    type Result = ();
}

/// A message as the logger hears of it.
#[derive(Clone, Debug)]
pub struct Logged {
    /// Its number.
    pub id: u64,
    /// What caused it.
    pub cause: Option<u64>,
    /// When.
    pub time: Ts,
    /// The name of the run that is going on.
    pub run: Option<String>,
    /// From whom.
    pub from: Station,
    /// To whom.
    pub to: Station,
    /// Its name.
    pub message: &'static str,
    /// What it says.
    pub body: Value,
}

impl Message for Logged {
    type Result = ();
}

/// A send that did not reach a mailbox, with what was to be sent.
#[derive(Debug)]
pub struct Undelivered<M> {
    /// Why: `full` or `closed`.
    pub why: &'static str,
    /// The message.
    pub body: M,
}

struct Slot<M: Message + Send>(RwLock<Option<Recipient<M>>>)
where
    M::Result: Send;

/// The way to a station.
pub struct Line<M: Payload> {
    to: Station,
    slot: Arc<Slot<Mail<M>>>,
}

impl<M: Payload> Clone for Line<M> {
    fn clone(&self) -> Self {
        Self {
            to: self.to.clone(),
            slot: Arc::clone(&self.slot),
        }
    }
}

impl<M: Payload> fmt::Debug for Line<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Line({} to {})", M::NAME, self.to)
    }
}

impl<M: Payload> Line<M> {
    /// A line to a station at which nobody stands yet.
    pub fn to(station: Station) -> Self {
        Self {
            to: station,
            slot: Arc::new(Slot(RwLock::new(None))),
        }
    }

    /// From now on this actor stands there.
    pub fn connect(&self, recipient: Recipient<Mail<M>>) {
        *self.slot.0.write().unwrap_or_else(PoisonError::into_inner) = Some(recipient);
    }

    fn try_send(&self, mail: Mail<M>) -> Result<(), Undelivered<M>> {
        let slot = self.slot.0.read().unwrap_or_else(PoisonError::into_inner);
        let (why, mail) = match slot.as_ref() {
            None => ("closed", mail),
            Some(recipient) => match recipient.try_send(mail) {
                Ok(()) => return Ok(()),
                Err(SendError::Full(mail)) => ("full", mail),
                Err(SendError::Closed(mail)) => ("closed", mail),
            },
        };
        let body = mail.body;
        Err(Undelivered { why, body })
    }
}

/// The post office: numbers and times messages, and tells the logger.
pub struct Post {
    clock: Arc<dyn Clock>,
    ids: AtomicU64,
    unlogged: AtomicU64,
    run: RwLock<Option<String>>,
    logger: Slot<Logged>,
}

impl fmt::Debug for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Post")
            .field("sent", &self.ids)
            .finish_non_exhaustive()
    }
}

impl Post {
    /// A post office on this clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            ids: AtomicU64::new(0),
            unlogged: AtomicU64::new(0),
            run: RwLock::new(None),
            logger: Slot(RwLock::new(None)),
        }
    }

    /// Where every message is told.
    pub fn connect_logger(&self, logger: Recipient<Logged>) {
        *self
            .logger
            .0
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(logger);
    }

    /// The name of the run that messages belong to from now on.
    pub fn name_run(&self, label: Option<String>) {
        *self.run.write().unwrap_or_else(PoisonError::into_inner) = label;
    }

    /// The time now (Clock time).
    pub fn now(&self) -> Ts {
        self.clock.now()
    }

    /// Messages that the logger's mailbox had no room for. They were delivered all the same.
    pub fn unlogged(&self) -> u64 {
        self.unlogged.load(Ordering::Relaxed)
    }

    /// Sends without waiting; what cannot be delivered comes back, and the log says so.
    pub fn send<M: Payload>(
        &self,
        from: &Station,
        line: &Line<M>,
        body: M,
        cause: Option<u64>,
    ) -> Result<u64, Undelivered<M>> {
        let id = self.ids.fetch_add(1, Ordering::Relaxed) + 1;
        let time = self.clock.now();
        self.log(id, cause, time, from, &line.to, M::NAME, || body.body());
        let from = from.clone();
        let sent = line.try_send(Mail {
            id,
            cause,
            from: from.clone(),
            time,
            body,
        });
        sent.map(|()| id).inspect_err(|undelivered| {
            let body =
                json!({ "to": line.to.to_string(), "message": M::NAME, "why": undelivered.why });
            self.note(&from, "Undelivered", body, Some(id));
        })
    }

    /// Tells the logger of something that is no message: an event of the book, a restart.
    pub fn note(&self, from: &Station, message: &'static str, body: Value, cause: Option<u64>) {
        let id = self.ids.fetch_add(1, Ordering::Relaxed) + 1;
        self.log(
            id,
            cause,
            self.clock.now(),
            from,
            &Station::Logger,
            message,
            || body,
        );
    }

    #[expect(clippy::too_many_arguments, reason = "they are the columns of the log")]
    fn log(
        &self,
        id: u64,
        cause: Option<u64>,
        time: Ts,
        from: &Station,
        to: &Station,
        message: &'static str,
        body: impl FnOnce() -> Value,
    ) {
        let logger = self.logger.0.read().unwrap_or_else(PoisonError::into_inner);
        let Some(logger) = logger.as_ref() else {
            return;
        };
        let run = self
            .run
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let (from, to, body) = (from.clone(), to.clone(), body());
        let logged = Logged {
            id,
            cause,
            time,
            run,
            from,
            to,
            message,
            body,
        };
        if logger.try_send(logged).is_err() {
            self.unlogged.fetch_add(1, Ordering::Relaxed);
        }
    }
}
