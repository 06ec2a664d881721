//! The chain of envelopes: written in commits, walked record by record.
//!
//! A *commit* is what becomes durable at once: its envelopes as lines, one after the other. A walk
//! checks what the commits cannot: that no record is missing, none was put in, and each stands
//! behind the one it was written behind.

use std::path::Path;

use polyfolio_ports::{Blob, Seq};

use crate::StoreError;
use crate::envelope::{Envelope, Mark, SCHEMA, Unreadable};
use crate::hash::Hash;

/// Envelopes that become durable together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Commit {
    /// The first record in it.
    pub(crate) first: Seq,
    /// The envelopes, each with a newline.
    pub(crate) lines: Vec<u8>,
}

impl Commit {
    /// The last record in it.
    pub(crate) fn last(&self) -> Seq {
        let lines = self.lines.iter().filter(|byte| **byte == b'\n').count();
        (self.first + lines as u64).saturating_sub(1)
    }

    /// Without its records up to `dropped`: nobody asks any more what is in them.
    pub(crate) fn behind(mut self, dropped: Seq) -> Self {
        if dropped == 0 || self.first > dropped {
            return self;
        }
        let lines = usize::try_from(dropped - self.first).unwrap_or(usize::MAX);
        let ends = self.lines.iter().enumerate();
        let mut ends = ends.filter(|(_, byte)| **byte == b'\n');
        let end = ends.nth(lines).map_or(self.lines.len(), |(at, _)| at + 1);
        self.lines.drain(..end);
        self.first = dropped + 1;
        self
    }
}

/// The first thing wrong with a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// A record is not what was written.
    Damaged {
        /// Its place.
        seq: Seq,
        /// What is wrong with it.
        what: String,
    },
    /// A newer polyfolio wrote the record.
    Newer {
        /// Its place.
        seq: Seq,
        /// Its schema.
        found: u32,
    },
    /// A snapshot is not what was written, or is not there.
    Snapshot {
        /// The record it stands for.
        seq: Seq,
        /// What is wrong with it.
        what: String,
    },
    /// The chain ends before a record that was acknowledged.
    Truncated {
        /// The last record that was acknowledged.
        known: Seq,
        /// The last record there is.
        found: Seq,
    },
}

/// Puts batches behind `head`; answers with the lines and the new head.
pub(crate) fn extend(head: Mark, batches: impl IntoIterator<Item = Vec<Blob>>) -> (Commit, Mark) {
    let mut commit = Commit {
        first: head.seq + 1,
        lines: Vec::new(),
    };
    let mut head = head;
    for batch in batches {
        let more = (0..batch.len() as u64).rev();
        for (blob, more) in batch.into_iter().zip(more) {
            let envelope = Envelope::seal(head, more, blob);
            commit.lines.extend_from_slice(envelope.line.as_bytes());
            commit.lines.push(b'\n');
            head = envelope.mark();
        }
    }
    (commit, head)
}

/// Walks a chain, one line after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Walk {
    seq: Seq,
    /// Unknown behind a record that could not be read, and where a walk begins in the middle.
    hash: Option<Hash>,
    /// How many records of the last one's batch are still to come.
    more: u64,
}

impl Walk {
    /// A walk over what stands behind a known place.
    pub(crate) fn behind(mark: Mark) -> Self {
        Self {
            seq: mark.seq,
            hash: Some(mark.hash),
            more: 0,
        }
    }

    /// A walk from the middle: what `first` should stand behind is not known.
    pub(crate) fn from_middle(first: Seq) -> Self {
        Self {
            seq: first.saturating_sub(1),
            hash: None,
            more: 0,
        }
    }

    /// The last record that was met.
    pub(crate) fn seq(&self) -> Seq {
        self.seq
    }

    /// The last record that was met, if it was sound.
    pub(crate) fn mark(&self) -> Option<Mark> {
        self.hash.map(|hash| Mark {
            seq: self.seq,
            hash,
        })
    }

    /// What is wrong with a chain that ends here: a batch of which only a part is there.
    pub(crate) fn torn(&self) -> Option<Flaw> {
        (self.more > 0).then(|| Flaw::Damaged {
            seq: self.seq + 1,
            what: format!(
                "it is missing, and {} more of its batch were written with it",
                self.more
            ),
        })
    }

    /// Checks the next line. After a flaw the walk can go on: behind a record that was not
    /// readable the next one is taken at its word.
    pub(crate) fn step(&mut self, line: &[u8]) -> Result<Envelope, Flaw> {
        let (expected, before) = (self.seq + 1, self.hash.take());
        self.seq = expected;
        self.more = 0;
        let envelope = Envelope::open(line).map_err(|error| match error {
            Unreadable::Damaged(what) => Flaw::Damaged {
                seq: expected,
                what,
            },
            Unreadable::Newer(found) => Flaw::Newer {
                seq: expected,
                found,
            },
        })?;
        let flaw = |what: String| {
            Err(Flaw::Damaged {
                seq: expected,
                what,
            })
        };
        self.seq = envelope.seq;
        self.more = envelope.more;
        self.hash = Some(Hash::of(line));
        if envelope.seq != expected {
            return flaw(format!("record {} stands in its place", envelope.seq));
        }
        if before.is_some_and(|before| before != envelope.prev) {
            return flaw("it does not follow the record before it".to_owned());
        }
        Ok(envelope)
    }

    /// Checks every line of a commit, and shows `each` what was found until it has seen enough.
    pub(crate) fn through<E>(
        &mut self,
        commit: &Commit,
        mut each: impl FnMut(&Self, Result<Envelope, Flaw>) -> Result<(), E>,
    ) -> Result<(), E> {
        let whole = commit.lines.strip_suffix(b"\n");
        for line in whole.unwrap_or(&commit.lines).split(|byte| *byte == b'\n') {
            let step = self.step(line);
            each(self, step)?;
        }
        Ok(())
    }
}

impl Flaw {
    /// The first record it concerns.
    pub(crate) fn seq(&self) -> Seq {
        match self {
            Self::Damaged { seq, .. } | Self::Newer { seq, .. } | Self::Snapshot { seq, .. } => {
                *seq
            }
            Self::Truncated { found, .. } => found + 1,
        }
    }

    /// What is wrong, in words.
    pub(crate) fn what(&self) -> String {
        match self {
            Self::Damaged { what, .. } => what.clone(),
            Self::Snapshot { what, .. } => format!("its snapshot is damaged: {what}"),
            Self::Newer { found, .. } => {
                format!("it has schema {found}, and this polyfolio reads up to {SCHEMA}")
            }
            Self::Truncated { known, .. } => {
                format!("it is missing, but records up to {known} were acknowledged")
            }
        }
    }

    /// The same for whoever opens or reads the journal in `dir`.
    pub(crate) fn into_error(self, dir: &Path) -> StoreError {
        let path = dir.to_owned();
        match self {
            Self::Damaged { seq, what } => StoreError::Damaged { path, seq, what },
            Self::Snapshot { seq, what } => StoreError::BadSnapshot { path, seq, what },
            Self::Newer { found, .. } => StoreError::NewerSchema {
                path,
                found,
                supported: SCHEMA,
            },
            Self::Truncated { known, found } => StoreError::Truncated { path, known, found },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blobs(count: usize) -> Vec<Blob> {
        let blob = |n: usize| Blob {
            kind: "n".to_owned(),
            version: 1,
            bytes: n.to_string().into(),
        };
        (0..count).map(blob).collect()
    }

    fn lines(commit: &Commit) -> Vec<Vec<u8>> {
        commit
            .lines
            .trim_ascii_end()
            .split(|b| *b == b'\n')
            .map(<[u8]>::to_vec)
            .collect()
    }

    fn walked(lines: &[Vec<u8>]) -> Vec<Result<Seq, (Seq, String)>> {
        let mut walk = Walk::behind(Mark::START);
        let told = |step: Result<Envelope, Flaw>| match step {
            Ok(envelope) => Ok(envelope.seq),
            Err(Flaw::Damaged { seq, what }) => Err((seq, what)),
            Err(newer) => panic!("{newer:?}"),
        };
        lines.iter().map(|line| told(walk.step(line))).collect()
    }

    #[test]
    fn a_chain_in_two_commits_is_one_chain() {
        let (one, middle) = extend(Mark::START, [blobs(3)]);
        let (two, head) = extend(middle, [blobs(2)]);
        assert_eq!((one.first, two.first, head.seq), (1, 4, 5));
        let mut walk = Walk::behind(Mark::START);
        for commit in [&one, &two] {
            assert_eq!(walk.through(commit, |_, step| step.map(drop)), Ok(()));
        }
        assert_eq!(walk.mark(), Some(head));
        let (nothing, same) = extend(head, [blobs(0)]);
        assert_eq!((nothing.lines, same), (vec![], head));
    }

    #[test]
    fn what_was_taken_out_put_in_or_exchanged_shows() {
        let lines = lines(&extend(Mark::START, [blobs(4)]).0);

        let mut without = lines.clone();
        without.remove(1);
        assert_eq!(
            walked(&without)[1],
            Err((2, "record 3 stands in its place".to_owned()))
        );

        let mut forged = lines.clone();
        let head = Mark {
            seq: 1,
            hash: Hash::of(b"elsewhere"),
        };
        forged[1] = Envelope::seal(head, 0, blobs(1).remove(0))
            .line
            .into_bytes();
        let follows = |seq| Err((seq, "it does not follow the record before it".to_owned()));
        assert_eq!(walked(&forged)[1..3], [follows(2), follows(3)]);
    }

    #[test]
    fn behind_a_damaged_record_the_walk_goes_on() {
        let mut lines = lines(&extend(Mark::START, [blobs(4)]).0);
        lines[1][30] ^= 1;
        let steps = walked(&lines);
        assert_eq!(steps[1], Err((2, "its checksum does not match".to_owned())));
        assert_eq!([&steps[0], &steps[2], &steps[3]], [&Ok(1), &Ok(3), &Ok(4)]);
    }

    #[test]
    fn a_chain_that_ends_within_a_batch_is_torn() {
        let lines = lines(&extend(Mark::START, [blobs(1), blobs(3)]).0);
        let torn: [Option<Seq>; 5] = [None, None, Some(3), Some(4), None];
        let mut walk = Walk::behind(Mark::START);
        assert_eq!(walk.torn(), None);
        for (line, torn) in lines.iter().zip(&torn[1..]) {
            walk.step(line).unwrap();
            assert_eq!(walk.torn().map(|flaw| flaw.seq()), *torn);
        }
    }

    #[test]
    fn a_commit_gives_up_the_records_that_were_dropped() {
        let whole = extend(
            Mark {
                seq: 6,
                ..Mark::START
            },
            [blobs(3)],
        )
        .0;
        assert_eq!((whole.first, whole.last()), (7, 9));
        for dropped in 0..12 {
            let kept = whole.clone().behind(dropped);
            let first = whole.first.max(dropped + 1);
            let count = (whole.last() + 1).saturating_sub(first);
            assert_eq!(kept.first, first, "{dropped}");
            let found = kept.lines.iter().filter(|byte| **byte == b'\n').count();
            assert_eq!(found as u64, count, "{dropped}");
            assert!(whole.lines.ends_with(&kept.lines));
        }
    }
}
