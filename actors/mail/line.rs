//! The way to a station: it survives a restart of whoever stands there.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use actix::prelude::SendError;
use actix::{Message, Recipient};

use super::{Mail, Payload, Station};

/// A send that did not reach a mailbox, with what was to be sent.
#[derive(Debug)]
pub struct Undelivered<M> {
    /// Why: `full` or `closed`.
    pub why: &'static str,
    /// The message.
    pub body: M,
}

pub(super) struct Slot<M: Message + Send>(pub(super) RwLock<Option<Recipient<M>>>)
where
    M::Result: Send;

/// The way to a station.
pub struct Line<M: Payload> {
    pub(super) to: Station,
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

    /// Whether somebody was ever put there.
    pub fn is_connected(&self) -> bool {
        let slot = self.slot.0.read().unwrap_or_else(PoisonError::into_inner);
        slot.is_some()
    }

    pub(super) fn try_send(&self, mail: Mail<M>) -> Result<(), Undelivered<M>> {
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
