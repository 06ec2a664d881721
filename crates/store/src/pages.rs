//! Commits in sled.
//!
//! A commit's lines are a value of the tree `journal`, under the key
//! `first record: u64 big-endian | piece: u32 big-endian`. So a batch of small records costs one
//! key instead of one each, and one message in sled's log, which is atomic by itself. Only a
//! commit too long for one value is cut into pieces, as a batch of sled's; so a record of any
//! size can be stored.

use std::iter::Peekable;

use polyfolio_ports::Seq;
use sled::{Batch, IVec, Tree};

use crate::chain::Commit;

/// The segments of sled's log, in bytes. A node of the tree larger than a quarter of a segment
/// leaves the log for a file of its own, and those files are never synced: it must not happen.
pub(crate) const SEGMENT_LEN: usize = 2 << 20;

/// A leaf is split when it holds more than 16 values; some room is left for the rest of the node.
const VALUES_PER_LEAF: usize = 20;

/// The longest value, in bytes: so long that the largest leaf stays in the log.
const PIECE_LEN: usize = SEGMENT_LEN / 4 / VALUES_PER_LEAF;

/// The commits in a tree.
#[derive(Clone, Debug)]
pub(crate) struct Pages {
    tree: Tree,
}

impl Pages {
    /// Over a tree.
    pub(crate) fn new(tree: Tree) -> Self {
        Self { tree }
    }

    /// Hands a commit to sled, whole or not at all. Durable it is not yet.
    pub(crate) fn put(&self, commit: &Commit) -> sled::Result<()> {
        if commit.lines.len() <= PIECE_LEN {
            return self
                .tree
                .insert(key(commit.first, 0), commit.lines.as_slice())
                .map(drop);
        }
        let mut batch = Batch::default();
        for (piece, bytes) in (0u32..).zip(commit.lines.chunks(PIECE_LEN)) {
            batch.insert(&key(commit.first, piece), bytes);
        }
        self.tree.apply_batch(batch)
    }

    /// Whether there is nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.tree.is_empty()
    }

    /// Every commit from the one that holds `from` on, in order.
    pub(crate) fn commits(&self, from: Seq) -> sled::Result<Commits> {
        let holder = self
            .tree
            .range(..=key(from, u32::MAX))
            .next_back()
            .transpose()?;
        let first = holder.map_or(from, |(key, _)| place(&key).0);
        Ok(Commits {
            pieces: self.tree.range(key(first, 0)..).peekable(),
        })
    }
}

/// Commits, put together from their pieces. A missing piece shows as lines that do not fit.
pub(crate) struct Commits {
    pieces: Peekable<sled::Iter>,
}

impl Iterator for Commits {
    type Item = sled::Result<Commit>;

    fn next(&mut self) -> Option<Self::Item> {
        let (key, bytes) = match self.pieces.next()? {
            Ok(piece) => piece,
            Err(error) => return Some(Err(error)),
        };
        let first = place(&key).0;
        let mut commit = Commit {
            first,
            lines: bytes.to_vec(),
        };
        let ours = |piece: &sled::Result<(IVec, IVec)>| {
            piece.as_ref().is_ok_and(|(key, _)| place(key).0 == first)
        };
        while let Some(Ok((_, bytes))) = self.pieces.next_if(ours) {
            commit.lines.extend_from_slice(&bytes);
        }
        Some(Ok(commit))
    }
}

fn key(first: Seq, piece: u32) -> [u8; 12] {
    let mut key = [0; 12];
    key[..8].copy_from_slice(&first.to_be_bytes());
    key[8..].copy_from_slice(&piece.to_be_bytes());
    key
}

/// What a key says; a key that is not ours says record 0, which no walk expects.
fn place(key: &[u8]) -> (Seq, u32) {
    match (key.first_chunk::<8>(), key.last_chunk::<4>()) {
        (Some(first), Some(piece)) => (Seq::from_be_bytes(*first), u32::from_be_bytes(*piece)),
        _ => (0, 0),
    }
}
