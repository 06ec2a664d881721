//! The single writer of the journal: a thin actor over the router core.
//!
//! In: `TargetsScaled`, `RouterCommand`, `NoteNav`, `QuotesChanged`, `BrokerSaid`. Out:
//! `SendToBroker`, `Subscribe`, `AccountMarked`, `RouterSaid`.
//! Mailbox: 65,536. Everything that waits is taken into one round of the core, and one round is
//! one write of the journal; quotes that wait are conflated. While the journal writes, inputs
//! wait, and no effect that stands behind the write is performed.
//! A full or closed connector is a definite "not sent". A journal that fails stops everything:
//! nothing is sent from there on.
//! It decides nothing: the core does.

mod blobs;
mod inbox;
mod keep;
mod news;
mod recover;
mod round;
mod send;

use std::collections::VecDeque;
use std::sync::Arc;

use actix::prelude::*;
use indexmap::IndexMap;
use polyfolio_model::{InstrumentId, Quote, Ts};
use polyfolio_oms::events::Event;
use polyfolio_oms::records::Record;
use polyfolio_oms::{Input, Router};
use polyfolio_ports::{Clock, Journal, Sink};

use keep::Keeping;

use crate::mail::Station;
use crate::messages::RouterSaid;
use crate::switchboard::Switchboard;

pub use blobs::{blob_of, snapshot_of};
pub use inbox::{Decide, ObserveBook};
pub use keep::Keep;
pub use recover::{Folded, RecoverError, read_records, read_state};

/// How many messages may wait.
pub const MAILBOX: usize = 65_536;

/// The actor.
pub struct OrderRouter {
    core: Router,
    journal: Arc<dyn Journal>,
    keeping: Keeping,
    clock: Arc<dyn Clock>,
    board: Arc<Switchboard>,
    observer: Sink<Event>,
    inbox: Vec<Input>,
    quotes: IndexMap<InstrumentId, Quote>,
    /// Decided, and not yet given to the journal.
    lazy: Vec<Record>,
    /// Who waits for a book that is durable.
    asking: Vec<ObserveBook>,
    unsaid: VecDeque<RouterSaid>,
    pumping: bool,
    writing: bool,
    failed: bool,
    timer: Option<(Ts, SpawnHandle)>,
    cause: Option<u64>,
}

impl std::fmt::Debug for OrderRouter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OrderRouter")
            .field("writing", &self.writing)
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}

impl Actor for OrderRouter {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.keep_state(ctx);
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        self.board.report_stopped(&Station::OrderRouter);
    }
}
