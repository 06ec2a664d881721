//! States that stand for all records up to one, so that those can be dropped.
//!
//! A snapshot is cut into pieces, under the key `count: u64 big-endian | piece: u32 big-endian` of
//! the tree `snapshots`; the count is drawn anew for each, so that none ever overwrites another.
//! Last, when its pieces are durable, comes its description, under the piece number that no piece
//! has. Without one there is no snapshot: a cut at any moment leaves the new one whole or the old
//! one alone. Pieces and description say themselves what they are, so that they can be found in the
//! bytes of a database that does not open any more. The description holds a checksum of the state and the hash of the record it stands
//! for, and stands in the chain by it.

mod written;

use std::io;
use std::sync::Arc;

use polyfolio_ports::{Blob, Seq};

use crate::chain::Flaw;
use crate::engine::{Change, Medium, Tree};
use crate::pages::{PIECE_LEN, key, place};
use written::PIECE_HEAD;
pub(crate) use written::{DESCRIBED, Description, PIECE, Piece};

/// The piece number of a description.
const DESCRIPTION: u32 = u32::MAX;

/// So many pieces are handed over at once: a snapshot need not be one write.
const PIECES_AT_ONCE: usize = 16;

/// The newest, and the one before it: should the newest be damaged, the other one and the records
/// behind it give the same state.
const KEPT: usize = 2;

/// The snapshots in a database.
#[derive(Clone)]
pub(crate) struct Snapshots {
    medium: Arc<dyn Medium>,
}

/// A snapshot in the database: its count, and what it says of itself.
type Found = (u64, Result<Description, String>);

impl Snapshots {
    /// Over a database.
    pub(crate) fn new(medium: Arc<dyn Medium>) -> Self {
        Self { medium }
    }

    /// Hands over a state in pieces. Until it is described, it is not there.
    pub(crate) fn put_pieces(&self, bytes: &[u8]) -> io::Result<u64> {
        let count = self.last_count()? + 1;
        let pieces = (0u32..).zip(bytes.chunks(PIECE_LEN - PIECE_HEAD));
        let pieces: Vec<_> = pieces
            .map(|(piece, bytes)| Piece {
                count,
                piece,
                bytes,
            })
            .map(|piece| (key(count, piece.piece), piece.to_bytes()))
            .collect();
        for some in pieces.chunks(PIECES_AT_ONCE) {
            let changes: Vec<Change<'_>> = some
                .iter()
                .map(|(key, bytes)| (&key[..], Some(&bytes[..])))
                .collect();
            self.medium.write(Tree::Snapshots, &changes)?;
        }
        Ok(count)
    }

    /// From here on it is there.
    pub(crate) fn describe(&self, count: u64, description: &Description) -> io::Result<()> {
        let (key, bytes) = (key(count, DESCRIPTION), description.to_bytes(count));
        self.medium.write(Tree::Snapshots, &[(&key, Some(&bytes))])
    }

    /// Removes all but the newest two, those that stand for less than `start`, and pieces that
    /// belong to none.
    pub(crate) fn sweep(&self, start: Seq) -> io::Result<()> {
        let found = self.found()?;
        let sound = found.iter().filter_map(|(count, description)| {
            let seq = description.as_ref().ok()?.seq;
            (seq >= start).then_some((seq, *count))
        });
        let mut sound: Vec<(Seq, u64)> = sound.collect();
        sound.sort_unstable();
        // One of the same record takes the place of the other.
        sound.reverse();
        sound.dedup_by_key(|(seq, _)| *seq);
        sound.truncate(KEPT);
        let mut removed = Vec::new();
        for pair in self.medium.from(Tree::Snapshots, &[])? {
            let (key, _) = pair?;
            if !sound.iter().any(|(_, count)| *count == place(&key).0) {
                removed.push(key);
            }
        }
        // Descriptions first: a snapshot that lacks pieces is damaged, one without a description
        // is none.
        removed.sort_by_key(|key| place(key).1 != DESCRIPTION);
        for some in removed.chunks(PIECES_AT_ONCE) {
            let changes: Vec<Change<'_>> = some.iter().map(|key| (&key[..], None)).collect();
            self.medium.write(Tree::Snapshots, &changes)?;
        }
        Ok(())
    }

    /// The newest one.
    pub(crate) fn latest(&self) -> io::Result<Option<Result<(Seq, Blob), Flaw>>> {
        let found = self.found()?.into_iter();
        let described = found.filter_map(|(count, described)| Some((described.ok()?, count)));
        let newest = described.max_by_key(|(description, count)| (description.seq, *count));
        let Some((description, count)) = newest else {
            return Ok(None);
        };
        let read = self.read(count, &description)?;
        let seq = description.seq;
        Ok(Some(
            read.map(|state| (seq, state))
                .map_err(|what| Flaw::Snapshot { seq, what }),
        ))
    }

    /// The record that the newest one stands for.
    pub(crate) fn latest_seq(&self) -> io::Result<Option<Seq>> {
        let found = self.found()?.into_iter();
        Ok(found
            .filter_map(|(_, described)| Some(described.ok()?.seq))
            .max())
    }

    /// Looks at every snapshot: the sound ones by their records, and what is wrong with others.
    pub(crate) fn check(&self) -> io::Result<(Vec<Description>, Vec<Flaw>)> {
        let (mut sound, mut flaws) = (Vec::new(), Vec::new());
        for (count, described) in self.found()? {
            let seq = described.as_ref().map_or(0, |description| description.seq);
            let checked = match described {
                Ok(description) => self.read(count, &description)?.map(|_| description),
                Err(what) => Err(what),
            };
            match checked {
                Ok(description) => sound.push(description),
                Err(what) => flaws.push(Flaw::Snapshot { seq, what }),
            }
        }
        sound.sort_by_key(|description| description.seq);
        Ok((sound, flaws))
    }

    /// Every sound one, oldest first, with its state.
    pub(crate) fn sound(&self) -> io::Result<Vec<(Description, Blob)>> {
        let mut sound = Vec::new();
        for (count, described) in self.found()? {
            if let Ok(description) = described
                && let Ok(state) = self.read(count, &description)?
            {
                sound.push((description, state));
            }
        }
        sound.sort_by_key(|(description, _)| description.seq);
        Ok(sound)
    }

    fn read(&self, count: u64, description: &Description) -> io::Result<Result<Blob, String>> {
        let mut bytes = Vec::new();
        for pair in self.medium.from(Tree::Snapshots, &key(count, 0))? {
            let (key, piece) = pair?;
            if place(&key).0 != count || place(&key).1 == DESCRIPTION {
                break;
            }
            match Piece::from_bytes(&piece) {
                Some(piece) => bytes.extend_from_slice(piece.bytes),
                None => return Ok(Err("a piece of it is not what was written".to_owned())),
            }
        }
        Ok(description.state(bytes))
    }

    /// What is described, in the order in which it was written.
    fn found(&self) -> io::Result<Vec<Found>> {
        let mut found = Vec::new();
        for pair in self.medium.from(Tree::Snapshots, &[])? {
            let (key, bytes) = pair?;
            let (count, piece) = place(&key);
            if piece == DESCRIPTION {
                let described = Description::from_bytes(&bytes);
                found.push((count, described.map(|(_, description)| description)));
            }
        }
        Ok(found)
    }

    fn last_count(&self) -> io::Result<u64> {
        let last = self
            .medium
            .key_at_or_below(Tree::Snapshots, &key(u64::MAX, u32::MAX))?;
        Ok(last.map_or(0, |key| place(&key).0))
    }
}
