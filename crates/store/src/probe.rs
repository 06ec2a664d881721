//! A place from which a test sees, or breaks, each step of a commit.

use std::io;

use polyfolio_ports::Seq;

/// A step of a commit, in the order in which they are taken. A snapshot takes the first three
/// twice, for its pieces and for its description, and then drops what is older; a compaction seals,
/// drops and flushes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Something is handed to the database: the records of a commit as one batch.
    Write,
    /// The database writes them to its file.
    Flush,
    /// The file is synced: `sync_data` on the data file.
    Sync,
    /// The manifest is replaced: from here on records are dropped.
    Seal,
    /// What is dropped is removed.
    Drop,
    /// A salvage moves the next file; instead of a record, its number.
    Move,
}

/// Stands beside a journal's commits. Called on the thread that commits, so it must not wait for
/// the journal.
pub trait SyncProbe: Send + Sync {
    /// Before a step of the commit whose last record is `last`. An error fails the commit there, as
    /// if the medium had refused.
    fn before(&self, _step: Step, _last: Seq) -> io::Result<()> {
        Ok(())
    }

    /// A step has returned, and without an error.
    fn after(&self, _step: Step, _last: Seq) {}
}

/// Looks on and does nothing: what stands beside a journal outside of tests.
pub(crate) struct Unobserved;

impl SyncProbe for Unobserved {}
