//! The one who writes: puts records behind the head and makes them durable.

use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use polyfolio_ports::{Blob, JournalError, Seq};
use sled::Db;

use crate::chain::{Commit, extend};
use crate::envelope::Mark;
use crate::head::HeadFile;
use crate::manifest::Manifest;
use crate::opening::{Ground, panic_message};
use crate::pages::Pages;
use crate::probe::{Step, SyncProbe};
use crate::{StateDir, StoreError};

/// The manifest is replaced when so many records are not sealed: often enough that a power cut
/// which also takes the head mark leaves little unguarded, and seldom enough to cost nothing.
const SEAL_EVERY: u64 = 8_192;

/// Holds the state directory, and everything that is written in a commit.
pub(crate) struct Writer {
    db: Db,
    data: File,
    pages: Pages,
    head_file: HeadFile,
    manifest: Manifest,
    head: Mark,
    probe: Arc<dyn SyncProbe>,
    /// Why nothing is written any more.
    broken: Option<String>,
    // Last, because fields are dropped in order: the directory is free when all else is closed.
    state: StateDir,
}

impl Writer {
    /// Goes on behind `head`, the last record there is.
    pub(crate) fn new(ground: Ground, head: Mark, probe: Arc<dyn SyncProbe>) -> Self {
        let Ground {
            state,
            db,
            data,
            pages,
            head: head_file,
            manifest,
        } = ground;
        Self {
            state,
            db,
            data,
            pages,
            head_file,
            manifest,
            head,
            probe,
            broken: None,
        }
    }

    /// The last durable record.
    pub(crate) fn head(&self) -> Mark {
        self.head
    }

    /// Makes batches durable, all of them or none. Answers with the last record of each.
    ///
    /// After a failure nothing is ever written again: whether the failed records lie on the medium
    /// is not known, and a record behind them would break the chain.
    pub(crate) fn commit(&mut self, batches: Vec<Vec<Blob>>) -> Result<Vec<Seq>, JournalError> {
        if let Some(why) = &self.broken {
            return Err(JournalError::NotWritten(why.clone()));
        }
        let counted = batches.iter().scan(self.head.seq, |seq, batch| {
            *seq += batch.len() as u64;
            Some(*seq)
        });
        let lasts = counted.collect();
        let (commit, head) = extend(self.head, batches.into_iter().flatten());
        if head != self.head {
            self.make_durable(&commit, head.seq)?;
            self.advance(head);
        }
        Ok(lasts)
    }

    /// Brings the manifest up to the head.
    pub(crate) fn seal(&mut self) -> Result<(), StoreError> {
        if self.manifest.sealed == self.head {
            return Ok(());
        }
        let mut manifest = self.manifest.clone();
        manifest.sealed = self.head;
        manifest.write(self.state.path())?;
        self.manifest = manifest;
        Ok(())
    }

    fn make_durable(&mut self, commit: &Commit, last: Seq) -> Result<(), JournalError> {
        let steps = catch_unwind(AssertUnwindSafe(|| {
            self.step(Step::Write, last, || {
                self.pages.put(commit).map_err(io_error)
            })?;
            self.step(Step::Flush, last, || self.db.flush().map_err(io_error))?;
            self.step(Step::Sync, last, || self.data.sync_data())
        }));
        let done = steps.unwrap_or_else(|panic| Err(panic_message(panic.as_ref()).to_owned()));
        done.map_err(|why| {
            self.broken = Some(why.clone());
            JournalError::NotWritten(why)
        })
    }

    fn step<T>(
        &self,
        step: Step,
        last: Seq,
        act: impl FnOnce() -> io::Result<T>,
    ) -> Result<(), String> {
        let observed = self.probe.before(step, last).and_then(|()| act());
        let dir = self.state.path().display();
        observed.map_err(|error| format!("{} in {dir}: {error}", step.doing()))?;
        self.probe.after(step, last);
        Ok(())
    }

    /// The records are durable. A mark or a manifest that could not be written is older than it
    /// could be, which both are allowed to be; the next commit tries again.
    fn advance(&mut self, head: Mark) {
        self.head = head;
        let _ = self.head_file.write(head);
        if head.seq - self.manifest.sealed.seq >= SEAL_EVERY {
            let _ = self.seal();
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.seal();
    }
}

/// An error of the system in the system's own words.
fn io_error(error: sled::Error) -> io::Error {
    match error {
        sled::Error::Io(error) => error,
        other => io::Error::other(other),
    }
}

impl Step {
    fn doing(self) -> &'static str {
        match self {
            Self::Write => "writing to the database",
            Self::Flush => "flushing the database",
            Self::Sync => "syncing the database",
        }
    }
}
