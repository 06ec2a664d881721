//! The post office: numbers and times messages, and tells the logger.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use actix::{Message, Recipient};
use polyfolio_model::Ts;
use polyfolio_ports::Clock;
use serde_json::{Value, json};

use super::line::Slot;
use super::{Line, Mail, Payload, Station, Undelivered};

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
