//! The journal on disk.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use polyfolio_ports::{Blob, BoxFuture, Journal, JournalError, Seq};

use crate::chain::{Flaw, Walk};
use crate::commit::{Committer, Work};
use crate::engine::Engine;
use crate::envelope::{Envelope, Mark};
use crate::inspect::{Survey, Verification, survey};
use crate::look::{examine, rehearse};
use crate::manifest::Manifest;
use crate::opening::Ground;
use crate::pages::Pages;
use crate::probe::{SyncProbe, Unobserved};
use crate::snapshots::Snapshots;
use crate::writer::Writer;
use crate::{StateDir, StoreError};

/// The durable journal of a state directory. Clones are handles of the same journal; the
/// directory is given back when the last one is dropped.
#[derive(Clone)]
pub struct DiskJournal {
    // Before the committer, which gives the directory back: the engine must have let go by then.
    pages: Pages,
    snapshots: Snapshots,
    committer: Arc<Committer>,
    manifest: Arc<Manifest>,
    /// The last record there was when it was opened: up to it, all were verified.
    opened: Mark,
    dir: Arc<PathBuf>,
}

/// The journal on disk as the application knows it: on sled, unless its options say otherwise.
pub type SledJournal = DiskJournal;

/// How a journal is opened, where it is not opened as usual.
#[derive(Clone, Default)]
pub struct Options {
    deployment: Option<u32>,
    engine: Engine,
    probe: Option<Arc<dyn SyncProbe>>,
}

impl Options {
    /// The id that a new journal gets, instead of one drawn by chance. An existing one keeps its
    /// own.
    pub fn deployment(mut self, deployment: u32) -> Self {
        self.deployment = Some(deployment);
        self
    }

    /// What a new journal lies on. An existing one stays where it is.
    pub fn engine(mut self, engine: Engine) -> Self {
        self.engine = engine;
        self
    }

    /// Who looks on at each commit.
    pub fn probe(mut self, probe: Arc<dyn SyncProbe>) -> Self {
        self.probe = Some(probe);
        self
    }

    fn draw(&self) -> Result<u32, StoreError> {
        match self.deployment {
            Some(deployment) => Ok(deployment),
            None => getrandom::u32().map_err(|error| StoreError::NoChance(error.to_string())),
        }
    }
}

impl DiskJournal {
    /// Takes the state directory, and opens the journal in it or creates both.
    pub fn open(dir: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_in(StateDir::open(dir)?, Options::default())
    }

    /// The same, not as usual.
    pub fn open_with(dir: impl AsRef<Path>, options: Options) -> Result<Self, StoreError> {
        Self::open_in(StateDir::open(dir)?, options)
    }

    /// Reads the journal that must be in a directory, and leaves every file there as it is. The
    /// directory is held only until its files are copied; what is appended is refused.
    ///
    /// # Errors
    /// [`StoreError::Missing`] where no journal is, and whatever [`DiskJournal::open`] refuses.
    pub fn read_only(dir: impl AsRef<Path>) -> Result<Self, StoreError> {
        let dir = dir.as_ref();
        let missing = || {
            Err(StoreError::Missing {
                path: dir.to_owned(),
            })
        };
        let copy = StateDir::open_existing(dir)?.copy()?;
        let (ground, survey) = examine(copy, dir, missing)?;
        let journal = Self::upon(ground, survey, dir, Arc::new(Unobserved))?;
        journal.close()?;
        Ok(journal)
    }

    /// Opens the journal in a directory that is already taken, or creates it there. Every record
    /// is checked, in a copy first: a journal that is refused stays as it was found.
    pub fn open_in(state: StateDir, options: Options) -> Result<Self, StoreError> {
        let dir = state.path().to_owned();
        rehearse(&dir)?;
        let ground = Ground::open(state, options.engine, || options.draw())?;
        let survey = ground.survey()?;
        let probe = options.probe.unwrap_or_else(|| Arc::new(Unobserved));
        Self::upon(ground, survey, &dir, probe)
    }

    /// On sound ground; `dir` is what people call it.
    fn upon(
        ground: Ground,
        survey: Survey,
        dir: &Path,
        probe: Arc<dyn SyncProbe>,
    ) -> Result<Self, StoreError> {
        if let Some(flaw) = survey.flaws.into_iter().next() {
            return Err(flaw.into_error(dir));
        }
        let head = survey.head.unwrap_or(ground.manifest.start);
        let (pages, snapshots) = (ground.pages(), ground.snapshots());
        let manifest = Arc::new(ground.manifest.clone());
        let writer = Writer::new(ground, head, probe)?;
        Ok(Self {
            committer: Arc::new(Committer::new(writer)),
            pages,
            snapshots,
            manifest,
            opened: head,
            dir: Arc::new(dir.to_owned()),
        })
    }

    /// The state directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The last record that was acknowledged; 0 before the first.
    pub fn last_seq(&self) -> Seq {
        self.committer.durable()
    }

    /// The last `count` records as they lie in the journal, in order.
    pub fn tail(&self, count: u64) -> Result<Vec<Envelope>, JournalError> {
        let mut records = Vec::new();
        let first = self.committer.start().seq + 1;
        let from = (self.last_seq().saturating_sub(count) + 1).max(first);
        self.read(from, &mut |envelope| records.push(envelope))?;
        Ok(records)
    }

    /// Looks at every record again.
    pub fn verify(&self) -> Result<Verification, StoreError> {
        let start = self.committer.start();
        let mut manifest = Manifest::clone(&self.manifest);
        manifest.start = *start;
        if manifest.sealed.seq < start.seq {
            manifest.sealed = *start;
        }
        let surveyed = survey(&self.pages, &self.snapshots, &manifest, None);
        let survey = surveyed.map_err(|error| StoreError::database(&self.dir, error))?;
        Ok(survey.into())
    }

    /// Takes nothing more, makes durable what waits, and seals the journal. What is dropped
    /// without it is as durable, but nobody hears of a seal that could not be written.
    pub fn close(&self) -> Result<(), StoreError> {
        self.committer.close()
    }

    pub(crate) fn pages(&self) -> &Pages {
        &self.pages
    }

    /// The place behind which the first record stands.
    pub(crate) fn start(&self) -> Mark {
        *self.committer.start()
    }

    pub(crate) fn opened(&self) -> Mark {
        self.opened
    }

    /// Appends on the caller's own thread.
    pub(crate) fn append_now(&self, batch: Vec<Blob>) -> Result<Seq, JournalError> {
        self.committer.append_now(batch)
    }

    /// Every acknowledged record from `from` on.
    pub(crate) fn read(
        &self,
        from: Seq,
        each: &mut dyn FnMut(Envelope),
    ) -> Result<Seq, JournalError> {
        let start = self.committer.start();
        let (from, last) = (from.max(1), self.last_seq());
        if from <= start.seq {
            let first = start.seq + 1;
            return Err(JournalError::Compacted { from, first });
        }
        let mut walk: Option<Walk> = None;
        for commit in self
            .pages
            .commits(*start, from)
            .map_err(|error| unreadable(from, &error))?
        {
            let commit = commit.map_err(|error| unreadable(from, &error))?;
            let walk = walk.get_or_insert_with(|| walk_at(*start, commit.first));
            walk.through(&commit, |_, step| {
                let envelope = step.map_err(|flaw| damaged(&flaw))?;
                if (from..=last).contains(&envelope.seq) {
                    each(envelope);
                }
                Ok(())
            })?;
            if walk.seq() >= last {
                return Ok(last);
            }
        }
        let met = walk.map_or(start.seq, |walk| walk.seq());
        if met < last && from <= last {
            return Err(damaged(&Flaw::Truncated {
                known: last,
                found: met,
            }));
        }
        Ok(last)
    }
}

fn walk_at(start: Mark, first: Seq) -> Walk {
    if first == start.seq + 1 {
        return Walk::behind(start);
    }
    Walk::from_middle(first)
}

impl Journal for DiskJournal {
    fn deployment(&self) -> u32 {
        self.manifest.deployment
    }

    fn append(&self, batch: Vec<Blob>) -> BoxFuture<Result<Seq, JournalError>> {
        Box::pin(Arc::clone(&self.committer).perform(Work::Append(batch)))
    }

    fn first_seq(&self) -> Seq {
        self.committer.start().seq + 1
    }

    fn replay(&self, from: Seq, each: &mut dyn FnMut(Seq, Blob)) -> Result<Seq, JournalError> {
        self.read(from, &mut |envelope| each(envelope.seq, envelope.blob))
    }

    fn snapshot(&self, at: Seq, state: Blob) -> BoxFuture<Result<(), JournalError>> {
        let committer = Arc::clone(&self.committer);
        Box::pin(async move {
            let taken = committer.perform(Work::Snapshot(at, state)).await;
            taken.map(drop)
        })
    }

    fn latest_snapshot(&self) -> Result<Option<(Seq, Blob)>, JournalError> {
        let latest = self.snapshots.latest();
        let latest = latest.map_err(|error| unreadable(0, &error))?.transpose();
        latest.map_err(|flaw| damaged(&flaw))
    }

    fn compact(&self, upto: Seq) -> BoxFuture<Result<(), JournalError>> {
        let committer = Arc::clone(&self.committer);
        Box::pin(async move { committer.perform(Work::Compact(upto)).await.map(drop) })
    }
}

impl fmt::Debug for DiskJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DiskJournal")
            .field("dir", &self.dir)
            .field("last_seq", &self.last_seq())
            .finish()
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let observed = self.probe.is_some();
        f.debug_struct("Options")
            .field("deployment", &self.deployment)
            .field("observed", &observed)
            .finish()
    }
}

fn damaged(flaw: &Flaw) -> JournalError {
    JournalError::Damaged {
        seq: flaw.seq(),
        what: flaw.what(),
    }
}

fn unreadable(seq: Seq, error: &io::Error) -> JournalError {
    JournalError::Damaged {
        seq,
        what: error.to_string(),
    }
}
