//! How messages travel: every one carries who sent it, when, and what caused it, and is told to
//! the logger. A [`Line`] leads to a station, not to an actor: it survives a restart of whoever
//! stands there.
//!
//! Nothing here waits. A send goes into the mailbox or comes back undelivered, and the sender has
//! a stated policy for that. A line keeps one sender: every copy of an actix address has a place
//! of its own beyond the mailbox's capacity, so sends through fresh copies would never find it
//! full.

mod line;
mod missed;
mod post;
mod station;

use actix::Message;
use polyfolio_model::Ts;
use serde_json::Value;

pub use line::{Line, Undelivered};
pub use missed::{Missed, MissedNotices};
pub use post::{Logged, Post};
pub use station::Station;

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
