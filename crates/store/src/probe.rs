//! A place from which a test sees, or breaks, each step of a commit.

use std::io;

use polyfolio_ports::Seq;

/// A step of a commit, in the order in which they are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The records are handed to the database, as one batch.
    Write,
    /// The database writes them to its file.
    Flush,
    /// The file is synced: `sync_data` on the data file.
    Sync,
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
