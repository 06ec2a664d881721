//! Looking at a journal while its own process writes it.
//!
//! Another process cannot: sled has no reader beside its writer, and a copy of files that are
//! being written proves nothing. So the process that holds the journal reads it back behind the
//! writer, from a thread of its own, and may tell others what it saw. Opening has checked every
//! record there was; a follower checks each that was acknowledged since, once, as it lies in the
//! store. It writes nothing.

use std::collections::VecDeque;

use polyfolio_ports::JournalError;

use crate::chain::{Flaw, Walk};
use crate::envelope::{Envelope, Mark};
use crate::inspect::{FAULTS_MAX, Survey, Verification};
use crate::{SledJournal, StoreError};

/// Reads behind the writer of a journal.
#[derive(Debug)]
pub struct Follower {
    journal: SledJournal,
    walk: Walk,
    /// Where the first record stood when it was opened, and how many were sound since.
    begun: Mark,
    records: u64,
    flaws: Vec<Flaw>,
    kept: VecDeque<Envelope>,
    keep: usize,
}

impl Follower {
    /// Behind what was verified when the journal was opened; keeps the last `keep` records.
    pub(crate) fn new(journal: SledJournal, keep: usize) -> Result<Self, JournalError> {
        let (opened, begun) = (journal.opened(), journal.start());
        let mut follower = Self {
            walk: Walk::behind(opened),
            records: opened.seq.saturating_sub(begun.seq),
            begun,
            flaws: Vec::new(),
            kept: VecDeque::new(),
            keep,
            journal,
        };
        let from = opened.seq.saturating_sub(keep as u64).max(begun.seq) + 1;
        let kept = &mut follower.kept;
        follower.journal.read(from, &mut |envelope| {
            if envelope.seq <= opened.seq {
                kept.push_back(envelope);
            }
        })?;
        Ok(follower)
    }

    /// Reads what was acknowledged since; answers whether there was anything.
    ///
    /// # Errors
    /// The store cannot be read. A record that is not sound is no error but a fault of the
    /// [`verification`](Self::verification).
    pub fn catch_up(&mut self) -> Result<bool, StoreError> {
        let (before, last) = (self.walk.seq(), self.journal.last_seq());
        if before >= last || self.flaws.len() >= FAULTS_MAX {
            return Ok(false);
        }
        let start = self.journal.start();
        if start.seq > before {
            // Dropped before it was read: a snapshot stands for it.
            self.walk = Walk::behind(start);
            self.records += start.seq - before;
        }
        let failed = |error| StoreError::database(self.journal.dir(), error);
        let from = before.max(start.seq) + 1;
        for commit in self.journal.pages().commits(start, from).map_err(failed)? {
            let commit = commit.map_err(failed)?;
            if commit.first > last {
                break;
            }
            let (records, flaws) = (&mut self.records, &mut self.flaws);
            let (kept, keep) = (&mut self.kept, self.keep);
            let each = |_: &Walk, step: Result<Envelope, Flaw>| {
                match step {
                    Ok(envelope) => {
                        *records += 1;
                        kept.push_back(envelope);
                        kept.drain(..kept.len().saturating_sub(keep));
                    }
                    Err(flaw) => flaws.push(flaw),
                }
                Ok::<(), ()>(())
            };
            // It never asks for an early end.
            let _ = self.walk.through(&commit, each);
        }
        let found = self.walk.seq();
        if found < last {
            self.flaws.push(Flaw::Truncated { known: last, found });
            // Said once; what stands behind the gap is taken at its word.
            self.walk = Walk::from_middle(last + 1);
        }
        Ok(true)
    }

    /// What is in the journal, and what is wrong with it, as far as was read.
    pub fn verification(&self) -> Verification {
        let start = self.journal.start();
        let dropped = start.seq.saturating_sub(self.begun.seq);
        let seen = Survey {
            records: self.records.saturating_sub(dropped),
            start,
            last: self.walk.seq(),
            head: self.walk.mark(),
            snapshot: None,
            flaws: self.flaws.clone(),
        };
        seen.into()
    }

    /// The last records, in order.
    pub fn tail(&self) -> impl Iterator<Item = &Envelope> {
        self.kept.iter()
    }
}

impl SledJournal {
    /// Follows the journal from here on, keeping the last `keep` records at hand.
    ///
    /// # Errors
    /// A record at the end cannot be read.
    pub fn follow(&self, keep: usize) -> Result<Follower, JournalError> {
        Follower::new(self.clone(), keep)
    }
}

#[cfg(test)]
mod tests {
    use polyfolio_ports::{Blob, Journal};

    use super::*;

    fn append(journal: &SledJournal, json: &str) {
        let blob = Blob {
            kind: "test".to_owned(),
            version: 1,
            bytes: json.as_bytes().to_vec(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let written = runtime.unwrap().block_on(journal.append(vec![blob]));
        written.unwrap();
    }

    #[test]
    fn a_record_that_reads_back_otherwise_is_a_fault_and_the_rest_is_read_on() {
        let dir = tempfile::tempdir().unwrap();
        let journal = SledJournal::open(dir.path()).unwrap();
        let mut follower = journal.follow(10).unwrap();
        for n in 1..=4 {
            append(&journal, &n.to_string());
        }
        let mut commit = journal
            .pages()
            .commits(journal.start(), 3)
            .unwrap()
            .next()
            .unwrap()
            .unwrap();
        commit.lines[20] ^= 1;
        journal.pages().put(&commit).unwrap();

        assert!(follower.catch_up().unwrap());
        append(&journal, "5");
        assert!(follower.catch_up().unwrap());
        let said = follower.verification();
        let at: Vec<u64> = said.faults.iter().map(|fault| fault.seq).collect();
        assert_eq!(
            (said.ok, at, said.records, said.last_seq),
            (false, vec![3], 4, 5)
        );
    }
}
