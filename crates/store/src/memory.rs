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
        Self::holding(deployment, Vec::new(), Mark::START)
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
        let copy = |commit: &Commit| Commit {
            first: commit.first,
            lines: commit.lines.clone(),
        };
        let mut commits: Vec<Commit> = memory.commits.iter().map(copy).collect();
        let mut head = memory.head;
        if let Some((commit, mark)) = &memory.kept {
            commits.push(copy(commit));
            head = *mark;
        }
        Self::holding(memory.deployment, commits, head)
    }

    fn holding(deployment: u32, commits: Vec<Commit>, head: Mark) -> Self {
        let memory = Memory {
            deployment,
            commits,
            head,
            kept: None,
            appends: 0,
            mishaps: BTreeMap::new(),
            broken: None,
        };
        Self {
            memory: Arc::new(Mutex::new(memory)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    fn append(&mut self, batch: Vec<Blob>) -> Result<Seq, Mishap> {
        if let Some(mishap) = self.broken {
            return Err(mishap);
        }
        self.appends += 1;
        let (commit, head) = extend(self.head, batch);
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
                Err(mishap) => {
                    let why = format!("the test asked for it: {mishap:?}").to_lowercase();
                    ready(Err(JournalError::NotWritten(why))).await
                }
            }
        })
    }

    fn replay(&self, from: Seq, each: &mut dyn FnMut(Seq, Blob)) -> Result<Seq, JournalError> {
        let memory = self.lock();
        let mut walk = Walk::behind(Mark::START);
        for commit in &memory.commits {
            walk.through(commit, |_, step| {
                let envelope = step.map_err(|flaw: Flaw| JournalError::Damaged {
                    seq: flaw.seq(),
                    what: flaw.what(),
                })?;
                if envelope.seq >= from {
                    each(envelope.seq, envelope.blob);
                }
                Ok(())
            })?;
        }
        Ok(memory.head.seq)
    }
}
