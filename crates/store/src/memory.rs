//! The journal in memory, for tests and simulations: the same envelopes, the same answers, and
//! mishaps when a test asks for them.

use std::collections::BTreeMap;
use std::future::{pending, ready};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use polyfolio_ports::{Blob, BoxFuture, Journal, JournalError, Seq};

use crate::chain::{Commit, Flaw, Walk, extend};
use crate::envelope::Mark;

/// What becomes of an append that goes wrong. Afterwards no append succeeds until the journal is
/// [reopened](MemoryJournal::reopen).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// It fails, and nothing of it is there after a crash.
    Lost,
    /// It fails, and all of it is there after a crash: the records had reached the medium when the
    /// sync failed.
    Kept,
    /// It is never answered, and nothing of it is there after a crash.
    Silent,
}

/// A journal in memory. Clones are handles of the same journal.
#[derive(Clone, Debug)]
pub struct MemoryJournal {
    memory: Arc<Mutex<Memory>>,
}

#[derive(Debug)]
struct Memory {
    deployment: u32,
    commits: Vec<Commit>,
    /// Where the first record stands behind.
    start: Mark,
    snapshot: Option<(Seq, Blob)>,
    /// The last acknowledged record.
    head: Mark,
    /// What was kept of a failed append.
    kept: Option<(Commit, Mark)>,
    appends: u64,
    mishaps: BTreeMap<u64, Mishap>,
    broken: Option<Mishap>,
}

impl MemoryJournal {
    /// An empty journal.
    pub fn new(deployment: u32) -> Self {
        Self::holding(Memory::new(deployment))
    }

    /// A journal whose records up to `at` were dropped, as a snapshot stands for them.
    pub fn behind(deployment: u32, at: Seq, state: Blob) -> Self {
        let mut memory = Memory::new(deployment);
        if at > 0 {
            // Nobody will check the chain of what is not there: it begins anew.
            memory.start = Mark {
                seq: at,
                ..Mark::START
            };
            memory.head = memory.start;
            memory.snapshot = Some((at, state));
        }
        Self::holding(memory)
    }

    /// Lets the `nth` append from now on go wrong; the next one is 1.
    pub fn go_wrong(&self, nth: u64, mishap: Mishap) {
        let mut memory = self.lock();
        let at = memory.appends + nth;
        memory.mishaps.insert(at, mishap);
    }

    /// Flips a bit in a record.
    pub fn damage(&self, seq: Seq) {
        let mut memory = self.lock();
        let holder = memory
            .commits
            .iter_mut()
            .rev()
            .find(|commit| commit.first <= seq);
        if let Some(commit) = holder {
            let nth = usize::try_from(seq - commit.first).unwrap_or(usize::MAX);
            let lines = commit.lines.split_inclusive_mut(|byte| *byte == b'\n');
            if let Some(byte) = lines.into_iter().nth(nth).and_then(|line| line.get_mut(10)) {
                *byte ^= 1;
            }
        }
    }

    /// What a new process finds after this one has died. This journal stays as it is.
    pub fn reopen(&self) -> Self {
        let memory = self.lock();
        let mut found = Memory::new(memory.deployment);
        found.commits.clone_from(&memory.commits);
        found.head = memory.head;
        found.start = memory.start;
        found.snapshot.clone_from(&memory.snapshot);
        if let Some((commit, mark)) = &memory.kept {
            found.commits.push(commit.clone());
            found.head = *mark;
        }
        Self::holding(found)
    }

    fn holding(memory: Memory) -> Self {
        Self {
            memory: Arc::new(Mutex::new(memory)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    fn new(deployment: u32) -> Self {
        Self {
            deployment,
            commits: Vec::new(),
            start: Mark::START,
            snapshot: None,
            head: Mark::START,
            kept: None,
            appends: 0,
            mishaps: BTreeMap::new(),
            broken: None,
        }
    }

    fn take_snapshot(&mut self, at: Seq, state: Blob) -> Result<(), JournalError> {
        let newest = self.snapshot.as_ref().map_or(0, |(seq, _)| *seq);
        let (first, last) = (self.start.seq.max(newest), self.head.seq);
        if !(first..=last).contains(&at) {
            let why = format!("a snapshot of record {at} is none of {first} to {last}");
            return Err(JournalError::Refused(why));
        }
        self.snapshot = Some((at, state));
        Ok(())
    }

    fn compact(&mut self, upto: Seq) -> Result<(), JournalError> {
        if upto <= self.start.seq {
            return Ok(());
        }
        if self.snapshot.as_ref().is_none_or(|(at, _)| *at < upto) {
            let why = format!("no snapshot stands for the records up to {upto}: they are needed");
            return Err(JournalError::Refused(why));
        }
        let mut walk = Walk::behind(self.start);
        let mut start = None;
        for commit in &self.commits {
            walk.through(commit, |walk, step| {
                step.map_err(|flaw| damaged(&flaw))?;
                start = start.or(walk.mark().filter(|mark| mark.seq == upto));
                Ok(())
            })?;
        }
        self.start = start.unwrap_or(self.start);
        let kept = self.commits.drain(..).map(|commit| commit.behind(upto));
        self.commits = kept.filter(|commit| !commit.lines.is_empty()).collect();
        Ok(())
    }

    /// Nothing is written any more after a mishap.
    fn refuse_if_broken(&self) -> Result<(), JournalError> {
        self.broken
            .map_or(Ok(()), |mishap| Err(not_written(mishap)))
    }

    fn append(&mut self, batch: Vec<Blob>) -> Result<Seq, Mishap> {
        if let Some(mishap) = self.broken {
            return Err(mishap);
        }
        self.appends += 1;
        let (commit, head) = extend(self.head, [batch]);
        if let Some(mishap) = self.mishaps.remove(&self.appends) {
            self.broken = Some(mishap);
            self.kept = (mishap == Mishap::Kept).then_some((commit, head));
            return Err(mishap);
        }
        if head != self.head {
            self.commits.push(commit);
            self.head = head;
        }
        Ok(head.seq)
    }
}

impl Journal for MemoryJournal {
    fn deployment(&self) -> u32 {
        self.lock().deployment
    }

    fn append(&self, batch: Vec<Blob>) -> BoxFuture<Result<Seq, JournalError>> {
        let journal = self.clone();
        Box::pin(async move {
            let appended = journal.lock().append(batch);
            match appended {
                Ok(seq) => Ok(seq),
                Err(Mishap::Silent) => pending().await,
                Err(mishap) => ready(Err(not_written(mishap))).await,
            }
        })
    }

    fn first_seq(&self) -> Seq {
        self.lock().start.seq + 1
    }

    fn replay(&self, from: Seq, each: &mut dyn FnMut(Seq, Blob)) -> Result<Seq, JournalError> {
        let memory = self.lock();
        let (from, first) = (from.max(1), memory.start.seq + 1);
        if from < first {
            return Err(JournalError::Compacted { from, first });
        }
        let mut walk = Walk::behind(memory.start);
        for commit in &memory.commits {
            walk.through(commit, |_, step| {
                let envelope = step.map_err(|flaw| damaged(&flaw))?;
                if envelope.seq >= from {
                    each(envelope.seq, envelope.blob);
                }
                Ok(())
            })?;
        }
        Ok(memory.head.seq)
    }

    fn snapshot(&self, at: Seq, state: Blob) -> BoxFuture<Result<(), JournalError>> {
        let journal = self.clone();
        Box::pin(async move {
            let mut memory = journal.lock();
            memory.refuse_if_broken()?;
            memory.take_snapshot(at, state)
        })
    }

    fn latest_snapshot(&self) -> Result<Option<(Seq, Blob)>, JournalError> {
        Ok(self.lock().snapshot.clone())
    }

    fn compact(&self, upto: Seq) -> BoxFuture<Result<(), JournalError>> {
        let journal = self.clone();
        Box::pin(async move {
            let mut memory = journal.lock();
            memory.refuse_if_broken()?;
            memory.compact(upto)
        })
    }
}

fn damaged(flaw: &Flaw) -> JournalError {
    JournalError::Damaged {
        seq: flaw.seq(),
        what: flaw.what(),
    }
}

fn not_written(mishap: Mishap) -> JournalError {
    let why = format!("the test asked for it: {mishap:?}").to_lowercase();
    JournalError::NotWritten(why)
}
