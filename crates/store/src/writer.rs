//! The one who writes: puts records behind the head and makes them durable.

use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use polyfolio_ports::{Blob, JournalError, Seq};
use sled::Db;

use crate::chain::{Commit, extend};
use crate::envelope::Mark;
use crate::head::HeadFile;
use crate::manifest::Manifest;
use crate::opening::Ground;
use crate::pages::Pages;
use crate::probe::{Step, SyncProbe};
use crate::system::{io_error, os_error, panic_message};
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
    /// Goes on behind `head`, the last record there is. It is sealed, and the head mark is there,
    /// before the first commit: without a mark nothing may follow what is sealed.
    pub(crate) fn new(
        ground: Ground,
        head: Mark,
        probe: Arc<dyn SyncProbe>,
    ) -> Result<Self, StoreError> {
        let Ground {
            db,
            data,
            pages,
            manifest,
            state,
            ..
        } = ground;
        let manifest = sealed(manifest, head, state.path())?;
        Ok(Self {
            head_file: HeadFile::open(state.path(), head)?,
            state,
            db,
            data,
            pages,
            manifest,
            head,
            probe,
            broken: None,
        })
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
        self.manifest = sealed(self.manifest.clone(), self.head, self.state.path())?;
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
        let done = steps.unwrap_or_else(|panic| Err(plain(panic_message(panic.as_ref()))));
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

/// The manifest that seals `head`, written if it was not.
fn sealed(mut manifest: Manifest, head: Mark, dir: &Path) -> Result<Manifest, StoreError> {
    if manifest.sealed != head {
        manifest.sealed = head;
        manifest.write(dir)?;
    }
    Ok(manifest)
}

/// What a panic said, or the system through it.
fn plain(panic: &str) -> String {
    os_error(panic).map_or_else(|| panic.to_owned(), |error| error.to_string())
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
