//! How a snapshot is written: a description, and pieces. Both say what they are and prove
//! themselves, wherever their bytes are found.

use polyfolio_ports::{Blob, Seq};
use serde::{Deserialize, Serialize};

use crate::Hash;
use crate::envelope::{Mark, SCHEMA};

/// What there is to say of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Description {
    schema: u32,
    /// The record it stands for.
    pub(super) seq: Seq,
    /// That record's hash.
    hash: Hash,
    kind: String,
    version: u16,
    /// In bytes.
    len: u64,
    /// Of the state.
    sha256: Hash,
}

impl Description {
    /// Of a state that stands for everything up to `mark`.
    pub(crate) fn of(mark: Mark, state: &Blob) -> Self {
        Self {
            schema: SCHEMA,
            seq: mark.seq,
            hash: mark.hash,
            kind: state.kind.clone(),
            version: state.version,
            len: state.bytes.len() as u64,
            sha256: Hash::of(&state.bytes),
        }
    }

    /// The record it stands for.
    pub(crate) fn mark(&self) -> Mark {
        Mark {
            seq: self.seq,
            hash: self.hash,
        }
    }

    /// `snapshot <SHA-256 of the rest> <count> <one line of JSON>`
    pub(super) fn to_bytes(&self, count: u64) -> Vec<u8> {
        #[expect(
            clippy::expect_used,
            reason = "numbers and strings always have a JSON form"
        )]
        let line = serde_json::to_string(self).expect("a description has a JSON form");
        let rest = format!("{count} {line}");
        format!("{DESCRIBED}{} {rest}\n", Hash::of(rest.as_bytes())).into_bytes()
    }

    /// Its count, and what it says; `bytes` may go on behind its newline.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<(u64, Self), String> {
        let wrong = || "its description is not what was written".to_owned();
        let line = bytes.split(|byte| *byte == b'\n').next();
        let line = line.and_then(|line| std::str::from_utf8(line).ok());
        let line = line.and_then(|line| line.strip_prefix(DESCRIBED));
        let (hash, rest) = line
            .and_then(|line| line.split_once(' '))
            .ok_or_else(wrong)?;
        if hash != Hash::of(rest.as_bytes()).to_string() {
            return Err(wrong());
        }
        let (count, json) = rest.split_once(' ').ok_or_else(wrong)?;
        let count = count.parse().map_err(|_| wrong())?;
        let unread = |error| format!("its description cannot be read: {error}");
        let Schema { schema } = serde_json::from_str(json).map_err(unread)?;
        if schema > SCHEMA {
            return Err(format!(
                "it has schema {schema}, and this polyfolio reads up to {SCHEMA}"
            ));
        }
        Ok((count, serde_json::from_str(json).map_err(unread)?))
    }

    /// The state of these bytes, if they are its.
    pub(crate) fn state(&self, bytes: Vec<u8>) -> Result<Blob, String> {
        if bytes.len() as u64 != self.len || Hash::of(&bytes) != self.sha256 {
            return Err("its state is not what was written".to_owned());
        }
        Ok(Blob {
            kind: self.kind.clone(),
            version: self.version,
            bytes,
        })
    }
}

#[derive(Deserialize)]
struct Schema {
    schema: u32,
}

/// A piece of a state: `snapshot-piece <count> <piece> <length> <CRC-32>`, a newline, the bytes.
pub(crate) struct Piece<'a> {
    pub(crate) count: u64,
    pub(crate) piece: u32,
    pub(crate) bytes: &'a [u8],
}

/// What descriptions begin with.
pub(crate) const DESCRIBED: &str = "snapshot ";
/// What pieces begin with.
pub(crate) const PIECE: &str = "snapshot-piece ";
/// The longest head of a piece.
pub(super) const PIECE_HEAD: usize = 128;

impl<'a> Piece<'a> {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let (count, piece, len) = (self.count, self.piece, self.bytes.len());
        let crc = crc32fast::hash(self.bytes);
        let mut bytes = format!("{PIECE}{count} {piece} {len} {crc:08x}\n").into_bytes();
        bytes.extend_from_slice(self.bytes);
        bytes
    }

    /// The piece at the beginning of some bytes, which may go on behind it.
    pub(crate) fn from_bytes(bytes: &'a [u8]) -> Option<Self> {
        let head = bytes.get(..PIECE_HEAD.min(bytes.len()))?;
        let end = head.iter().position(|byte| *byte == b'\n')?;
        let mut words = std::str::from_utf8(&head[..end]).ok()?.split(' ').skip(1);
        let (count, piece) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        let len: usize = words.next()?.parse().ok()?;
        let crc = u32::from_str_radix(words.next()?, 16).ok()?;
        let bytes = bytes.get(end + 1..)?.get(..len)?;
        (crc32fast::hash(bytes) == crc).then_some(Self {
            count,
            piece,
            bytes,
        })
    }
}
