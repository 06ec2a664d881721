//! A journal in memory with something of a test's own around it.

use polyfolio_ports::{Blob, BoxFuture, Journal, JournalError, Seq};
use polyfolio_store::MemoryJournal;

/// What a test does otherwise; everything else is the journal's.
pub(crate) trait Around: Send + Sync {
    fn journal(&self) -> &MemoryJournal;

    fn append(&self, batch: Vec<Blob>) -> BoxFuture<Result<Seq, JournalError>> {
        self.journal().append(batch)
    }

    fn snapshot(&self, at: Seq, state: Blob) -> BoxFuture<Result<(), JournalError>> {
        self.journal().snapshot(at, state)
    }
}

/// The journal of it.
pub(crate) struct Wrapped<A>(pub(crate) A);

impl<A: Around> Journal for Wrapped<A> {
    fn deployment(&self) -> u32 {
        self.0.journal().deployment()
    }

    fn append(&self, batch: Vec<Blob>) -> BoxFuture<Result<Seq, JournalError>> {
        self.0.append(batch)
    }

    fn first_seq(&self) -> Seq {
        self.0.journal().first_seq()
    }

    fn replay(&self, from: Seq, each: &mut dyn FnMut(Seq, Blob)) -> Result<Seq, JournalError> {
        self.0.journal().replay(from, each)
    }

    fn snapshot(&self, at: Seq, state: Blob) -> BoxFuture<Result<(), JournalError>> {
        self.0.snapshot(at, state)
    }

    fn latest_snapshot(&self) -> Result<Option<(Seq, Blob)>, JournalError> {
        self.0.journal().latest_snapshot()
    }

    fn compact(&self, upto: Seq) -> BoxFuture<Result<(), JournalError>> {
        self.0.journal().compact(upto)
    }
}
