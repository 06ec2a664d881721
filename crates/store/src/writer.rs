//! The one who writes: puts records behind the head and makes them durable.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use polyfolio_ports::{Blob, JournalError, Seq};

use crate::chain::{Walk, extend};
use crate::engine::{Medium, calmly, data_dir};
use crate::envelope::Mark;
use crate::head::HeadFile;
use crate::manifest::Manifest;
use crate::opening::Ground;
use crate::pages::Pages;
use crate::probe::{Step, SyncProbe};
use crate::snapshots::{Description, Snapshots};
use crate::system::{os_error, panic_message};
use crate::{StateDir, StoreError};

/// The manifest is replaced when so many records are not sealed: often enough that a power cut
/// which also takes the head mark leaves little unguarded, and seldom enough to cost nothing.
const SEAL_EVERY: u64 = 8_192;

/// Holds the state directory, and everything that is written in a commit.
pub(crate) struct Writer {
    medium: Arc<dyn Medium>,
    pages: Pages,
    snapshots: Snapshots,
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
        let (pages, snapshots) = (ground.pages(), ground.snapshots());
        let Ground {
            medium,
            manifest,
            state,
            ..
        } = ground;
        let manifest = sealed(manifest, head, state.path())?;
        // What a compaction or a snapshot that was interrupted has left.
        calmly(&data_dir(state.path()), || {
            pages.drop_before(manifest.start.seq + 1)?;
            snapshots.sweep(manifest.start.seq)
        })?;
        Ok(Self {
            head_file: HeadFile::open(state.path(), head)?,
            state,
            medium,
            pages,
            snapshots,
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
        self.refuse_if_broken()?;
        let counted = batches.iter().scan(self.head.seq, |seq, batch| {
            *seq += batch.len() as u64;
            Some(*seq)
        });
        let lasts = counted.collect();
        let (commit, head) = extend(self.head, batches);
        if head != self.head {
            self.durably(|writer| {
                writer.step(Step::Write, head.seq, || writer.pages.put(&commit))?;
                writer.flush_and_sync(head.seq)
            })?;
            self.advance(head);
        }
        Ok(lasts)
    }

    /// Brings the manifest up to the head.
    pub(crate) fn seal(&mut self) -> Result<(), StoreError> {
        self.manifest = sealed(self.manifest.clone(), self.head, self.state.path())?;
        Ok(())
    }

    /// Where the first record stands behind.
    pub(crate) fn start(&self) -> Mark {
        self.manifest.start
    }

    /// Makes a state durable that stands for every record up to `at`.
    pub(crate) fn snapshot(&mut self, at: Seq, state: &Blob) -> Result<Seq, JournalError> {
        self.refuse_if_broken()?;
        let mark = self.mark_of(at)?;
        let newest = self.snapshots.latest_seq().map_err(unreadable)?;
        if let Some(newest) = newest.filter(|newest| *newest > at) {
            return refused(format!(
                "a snapshot of record {at} is older than the one of record {newest}"
            ));
        }
        self.durably(|writer| {
            let put = || writer.snapshots.put_pieces(&state.bytes);
            let count = writer.step(Step::Write, at, put)?;
            writer.flush_and_sync(at)?;
            let description = Description::of(mark, state);
            writer.step(Step::Write, at, || {
                writer.snapshots.describe(count, &description)
            })?;
            writer.flush_and_sync(at)?;
            let sweep = || writer.snapshots.sweep(writer.manifest.start.seq);
            writer.step(Step::Drop, at, sweep)
        })?;
        Ok(at)
    }

    /// Drops every record up to `upto`. From the moment at which the manifest says so they are
    /// gone; that they are removed comes after.
    pub(crate) fn compact(&mut self, upto: Seq) -> Result<Seq, JournalError> {
        self.refuse_if_broken()?;
        if upto <= self.manifest.start.seq {
            return Ok(self.manifest.start.seq);
        }
        let start = self.mark_of(upto)?;
        let newest = self.snapshots.latest_seq().map_err(unreadable)?;
        if newest.is_none_or(|newest| newest < upto) {
            return refused(format!(
                "no snapshot stands for the records up to {upto}: they are needed"
            ));
        }
        let (sealed, mut manifest) = (self.head, self.manifest.clone());
        (manifest.start, manifest.sealed) = (start, sealed);
        self.durably(|writer| {
            let write = || {
                manifest
                    .write(writer.state.path())
                    .map_err(io::Error::other)
            };
            writer.step(Step::Seal, upto, write)
        })?;
        self.manifest = manifest;
        self.durably(|writer| {
            writer.step(Step::Drop, upto, || {
                writer.pages.drop_before(upto + 1)?;
                writer.snapshots.sweep(upto)
            })?;
            writer.step(Step::Flush, upto, || writer.medium.flush())
        })?;
        Ok(upto)
    }

    /// The place of a record that is there, or of the last one that was dropped.
    fn mark_of(&self, seq: Seq) -> Result<Mark, JournalError> {
        let (start, head) = (self.manifest.start, self.head);
        if seq > head.seq {
            let last = head.seq;
            return refused(format!("record {seq} is not there: the last one is {last}"));
        }
        if seq < start.seq {
            return refused(format!(
                "record {seq} was dropped, with all up to {}",
                start.seq
            ));
        }
        match [start, head].into_iter().find(|mark| mark.seq == seq) {
            Some(mark) => Ok(mark),
            None => self.look_up(seq),
        }
    }

    fn look_up(&self, seq: Seq) -> Result<Mark, JournalError> {
        let commits = self.pages.commits(self.manifest.start, seq);
        let commit = commits.and_then(|mut commits| commits.next().transpose());
        let commit = commit.map_err(unreadable)?;
        let mut found = None;
        if let Some(commit) = commit {
            let _ = Walk::from_middle(commit.first).through(&commit, |walk, _| {
                found = found.or(walk.mark().filter(|mark| mark.seq == seq));
                Ok::<(), ()>(())
            });
        }
        found.ok_or_else(|| JournalError::Damaged {
            seq,
            what: "it is not where it should be".to_owned(),
        })
    }

    fn refuse_if_broken(&self) -> Result<(), JournalError> {
        match &self.broken {
            Some(why) => Err(JournalError::NotWritten(why.clone())),
            None => Ok(()),
        }
    }

    /// Takes some steps; if one fails, nothing is ever written again.
    fn durably(
        &mut self,
        steps: impl FnOnce(&Self) -> Result<(), String>,
    ) -> Result<(), JournalError> {
        let done = catch_unwind(AssertUnwindSafe(|| steps(self)));
        let done = done.unwrap_or_else(|panic| Err(plain(panic_message(panic.as_ref()))));
        done.map_err(|why| {
            self.broken = Some(why.clone());
            JournalError::NotWritten(why)
        })
    }

    fn flush_and_sync(&self, last: Seq) -> Result<(), String> {
        self.step(Step::Flush, last, || self.medium.flush())?;
        self.step(Step::Sync, last, || self.medium.sync())
    }

    fn step<T>(
        &self,
        step: Step,
        last: Seq,
        act: impl FnOnce() -> io::Result<T>,
    ) -> Result<T, String> {
        let observed = self.probe.before(step, last).and_then(|()| act());
        let dir = self.state.path().display();
        let done = observed.map_err(|error| format!("{} in {dir}: {error}", step.doing()))?;
        self.probe.after(step, last);
        Ok(done)
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

fn refused<T>(why: String) -> Result<T, JournalError> {
    Err(JournalError::Refused(why))
}

fn unreadable(error: io::Error) -> JournalError {
    JournalError::Damaged {
        seq: 0,
        what: error.to_string(),
    }
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
            Self::Seal => "replacing the manifest",
            Self::Drop => "removing from the database",
            Self::Move => "moving files",
        }
    }
}
