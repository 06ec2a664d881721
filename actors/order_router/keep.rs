//! Snapshots: before its first round a router keeps the book that it found, when many records stand
//! behind the last one, and drops the records that nobody needs any more.
//!
//! Two snapshots' worth of records stay: what lies before the snapshot before the new one is
//! dropped, unless everything is to stay. So a start reads the records of the last run and a
//! stated number more, and the journal on disk does not grow for ever.
//! A snapshot that cannot be taken loses nothing: the records are there, and the next start tries
//! again.

use std::sync::Arc;

use actix::prelude::*;
use polyfolio_oms::events::Event;
use polyfolio_ports::{Blob, Journal, Seq};

use super::OrderRouter;
use super::blobs::snapshot_of;

/// When snapshots are taken, and what they free.
#[derive(Clone, Copy, Debug)]
pub struct Keep {
    /// How many records may stand behind a snapshot before a start takes the next one.
    pub every: Seq,
    /// Whether records stay when a snapshot stands for them.
    pub all: bool,
}

impl Default for Keep {
    fn default() -> Self {
        let (every, all) = (10_000, false);
        Self { every, all }
    }
}

/// Where the journal stood at the start, and what is to be done about it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keeping {
    pub(super) keep: Keep,
    /// The last record.
    pub(super) last: Seq,
    /// The record up to which the last snapshot stands.
    pub(super) kept: Seq,
}

impl OrderRouter {
    /// Keeps the state as it was found, if it is time to; then begins.
    pub(super) fn keep_state(&mut self, ctx: &mut Context<Self>) {
        let Keeping { keep, last, kept } = self.keeping;
        if last.saturating_sub(kept) < keep.every {
            return self.knock(None, ctx);
        }
        let state = match snapshot_of(self.core.book()) {
            Ok(state) => state,
            Err(error) => {
                let reason = error.to_string();
                self.publish(Event::StateNotKept { reason });
                return self.knock(None, ctx);
            }
        };
        self.writing = true;
        let bytes = state.bytes.len() as u64;
        let former = if keep.all { 0 } else { kept };
        let taken = take(Arc::clone(&self.journal), last, state, former).into_actor(self);
        ctx.spawn(taken.map(move |done, router, ctx| {
            router.writing = false;
            router.show_durable();
            router.publish(match done {
                Ok(()) => Event::StateKept {
                    record: last,
                    bytes,
                    dropped: former,
                },
                Err(reason) => Event::StateNotKept { reason },
            });
            router.knock(None, ctx);
        }));
    }
}

/// Keeps a state that stands for every record up to `last`, then drops those up to `former`, for
/// which the snapshot before stood.
async fn take(
    journal: Arc<dyn Journal>,
    last: Seq,
    state: Blob,
    former: Seq,
) -> Result<(), String> {
    let snapshot = journal.snapshot(last, state).await;
    snapshot.map_err(|error| error.to_string())?;
    if former == 0 {
        return Ok(());
    }
    let compacted = journal.compact(former).await;
    compacted.map_err(|error| format!("it is kept, but no record before it was dropped: {error}"))
}
