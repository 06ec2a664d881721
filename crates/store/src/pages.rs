//! Commits in the database.
//!
//! A commit's lines are a value of the tree `journal`, under the key
//! `first record: u64 big-endian | piece: u32 big-endian`. So a batch of small records costs one
//! key instead of one each, and one message in sled's log, which is atomic by itself. Only a
//! commit too long for one value is cut into pieces, as one write of many; so a record of any size
//! can be stored.

use std::io;
use std::iter::Peekable;
use std::sync::Arc;

use polyfolio_ports::Seq;

use crate::chain::Commit;
use crate::engine::{Change, Medium, Pairs, Tree};
use crate::envelope::Mark;

/// sled splits a leaf when it holds more than 16 values; some room is left for the rest of the
/// node.
const VALUES_PER_LEAF: usize = 20;

/// The longest value, in bytes: so long that the largest leaf stays in sled's log.
pub(crate) const PIECE_LEN: usize = crate::engine::SEGMENT_LEN / 4 / VALUES_PER_LEAF;

/// So many keys are removed at once.
const REMOVED_AT_ONCE: usize = 512;

/// The commits in a database.
#[derive(Clone)]
pub(crate) struct Pages {
    medium: Arc<dyn Medium>,
}

impl Pages {
    /// Over a database.
    pub(crate) fn new(medium: Arc<dyn Medium>) -> Self {
        Self { medium }
    }

    /// Hands over a commit, whole or not at all. Durable it is not yet.
    pub(crate) fn put(&self, commit: &Commit) -> io::Result<()> {
        let keys = (0u32..).map(|piece| key(commit.first, piece));
        let pieces: Vec<_> = keys.zip(commit.lines.chunks(PIECE_LEN)).collect();
        let changes: Vec<Change<'_>> = pieces
            .iter()
            .map(|(key, bytes)| (&key[..], Some(*bytes)))
            .collect();
        self.medium.write(Tree::Journal, &changes)
    }

    /// Whether there is nothing.
    pub(crate) fn is_empty(&self) -> io::Result<bool> {
        Ok(self.medium.from(Tree::Journal, &[])?.next().is_none())
    }

    /// Every record behind `start`, in commits and in order; the first begins with the record that
    /// holds `from`. What was dropped and is still there is left out.
    pub(crate) fn commits(&self, start: Mark, from: Seq) -> io::Result<Commits> {
        let from = from.max(start.seq + 1);
        let holder = self.holder(from)?.unwrap_or(from);
        let pieces = self.medium.from(Tree::Journal, &key(holder, 0))?;
        Ok(Commits {
            start: start.seq,
            pieces: pieces.peekable(),
        })
    }

    /// Removes the commits all of whose records stand before `first`. A commit that holds both
    /// stays.
    pub(crate) fn drop_before(&self, first: Seq) -> io::Result<()> {
        let Some(kept) = self.first_kept(first)? else {
            return Ok(());
        };
        let mut dropped = self.medium.from(Tree::Journal, &[])?;
        loop {
            let keys: Vec<Vec<u8>> = dropped
                .by_ref()
                .map_while(|pair| match pair {
                    Ok((key, _)) if place(&key).0 < kept => Some(Ok(key)),
                    Ok(_) => None,
                    Err(error) => Some(Err(error)),
                })
                .take(REMOVED_AT_ONCE)
                .collect::<io::Result<_>>()?;
            if keys.is_empty() {
                return Ok(());
            }
            let changes: Vec<Change<'_>> = keys.iter().map(|key| (&key[..], None)).collect();
            self.medium.write(Tree::Journal, &changes)?;
        }
    }

    /// The first record of the first commit that holds anything from `first` on; `None` where
    /// nothing stands before it.
    fn first_kept(&self, first: Seq) -> io::Result<Option<Seq>> {
        let Some(holder) = self.holder(first)? else {
            return Ok(None);
        };
        let mut commits = Commits {
            start: 0,
            pieces: self.medium.from(Tree::Journal, &key(holder, 0))?.peekable(),
        };
        let last = commits.next().transpose()?.map(|commit| commit.last());
        let is_dropped = last.is_some_and(|last| last < first);
        Ok(Some(if is_dropped { first } else { holder }))
    }

    /// The first record of the commit that holds `seq`, if it is there.
    fn holder(&self, seq: Seq) -> io::Result<Option<Seq>> {
        let last = key(seq, u32::MAX);
        let holder = self.medium.key_at_or_below(Tree::Journal, &last)?;
        Ok(holder.map(|key| place(&key).0))
    }
}

/// Commits, put together from their pieces. A missing piece shows as lines that do not fit.
pub(crate) struct Commits {
    /// The last record that was dropped.
    start: Seq,
    pieces: Peekable<Pairs>,
}

impl Iterator for Commits {
    type Item = io::Result<Commit>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (key, lines) = match self.pieces.next()? {
                Ok(piece) => piece,
                Err(error) => return Some(Err(error)),
            };
            let first = place(&key).0;
            let mut commit = Commit { first, lines };
            let ours = |piece: &io::Result<(Vec<u8>, Vec<u8>)>| {
                piece.as_ref().is_ok_and(|(key, _)| place(key).0 == first)
            };
            while let Some(Ok((_, bytes))) = self.pieces.next_if(ours) {
                commit.lines.extend_from_slice(&bytes);
            }
            let kept = commit.behind(self.start);
            if !kept.lines.is_empty() {
                return Some(Ok(kept));
            }
        }
    }
}

pub(crate) fn key(first: Seq, piece: u32) -> [u8; 12] {
    let mut key = [0; 12];
    key[..8].copy_from_slice(&first.to_be_bytes());
    key[8..].copy_from_slice(&piece.to_be_bytes());
    key
}

/// What a key says; a key that is not ours says record 0, which no walk expects.
pub(crate) fn place(key: &[u8]) -> (Seq, u32) {
    match (key.first_chunk::<8>(), key.last_chunk::<4>()) {
        (Some(first), Some(piece)) => (Seq::from_be_bytes(*first), u32::from_be_bytes(*piece)),
        _ => (0, 0),
    }
}
