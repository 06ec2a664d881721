//! What lies under a journal: an engine that keeps values in the order of their keys.
//!
//! The journal asks little of it: that a write is whole or not there, and that after a sync it is
//! still there. Everything else (the chain, the manifest, the head mark, what a damage is) lies
//! above and is the same for every engine. An engine knows nothing of records.

mod calm;
#[cfg(feature = "redb")]
mod redb;
mod sled;

pub(crate) use calm::calmly;
pub(crate) use sled::SEGMENT_LEN;

use std::io;
use std::path::{Path, PathBuf};

use crate::StoreError;

/// The engines there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// The one that the application uses.
    #[default]
    Sled,
    /// A second one (feature `redb`), held to the same conformance suite.
    #[cfg(feature = "redb")]
    Redb,
}

/// A group of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tree {
    /// What the database says of itself.
    Meta,
    /// The commits.
    Journal,
    /// States that stand for all records up to one.
    Snapshots,
}

impl Tree {
    const ALL: [Self; 3] = [Self::Meta, Self::Journal, Self::Snapshots];

    fn name(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Journal => "journal",
            Self::Snapshots => "snapshots",
        }
    }
}

/// A value under a key, or none from now on.
pub(crate) type Change<'a> = (&'a [u8], Option<&'a [u8]>);

/// A key and what lies under it.
pub(crate) type Pair = (Vec<u8>, Vec<u8>);

/// Pairs in the order of their keys.
pub(crate) type Pairs = Box<dyn Iterator<Item = io::Result<Pair>>>;

/// An engine over its files.
pub(crate) trait Medium: Send + Sync {
    /// Makes all changes or none. Durable they are after a flush and a sync.
    fn write(&self, tree: Tree, changes: &[Change<'_>]) -> io::Result<()>;

    /// Hands to the system what was written.
    fn flush(&self) -> io::Result<()>;

    /// Returns when what was flushed survives the end of the system.
    fn sync(&self) -> io::Result<()>;

    /// What lies under a key.
    fn get(&self, tree: Tree, key: &[u8]) -> io::Result<Option<Vec<u8>>>;

    /// Everything from a key on.
    fn from(&self, tree: Tree, key: &[u8]) -> io::Result<Pairs>;

    /// The last key that is not above `key`.
    fn key_at_or_below(&self, tree: Tree, key: &[u8]) -> io::Result<Option<Vec<u8>>>;
}

/// The one data file of redb. It has a name of its own, so that a directory says what wrote it.
const REDB_FILE: &str = "journal.redb";

impl Engine {
    /// The engine whose files lie in a state directory.
    pub(crate) fn found(dir: &Path) -> Result<Option<Self>, StoreError> {
        if data_dir(dir).join(REDB_FILE).exists() {
            #[cfg(feature = "redb")]
            return Ok(Some(Self::Redb));
            #[cfg(not(feature = "redb"))]
            return Err(StoreError::Database {
                path: data_dir(dir),
                what: "redb wrote it, and this polyfolio is built without redb".to_owned(),
            });
        }
        Ok(data_dir(dir).join("db").exists().then_some(Self::Sled))
    }

    /// The one file in which it keeps what is written.
    pub(crate) fn data_path(self, dir: &Path) -> PathBuf {
        match self {
            Self::Sled => data_dir(dir).join("db"),
            #[cfg(feature = "redb")]
            Self::Redb => data_dir(dir).join(REDB_FILE),
        }
    }

    /// Opens what is there, or creates it.
    pub(crate) fn open(self, dir: &Path) -> Result<Box<dyn Medium>, StoreError> {
        match self {
            Self::Sled => sled::open(&data_dir(dir), &self.data_path(dir)),
            #[cfg(feature = "redb")]
            Self::Redb => redb::open(&data_dir(dir), &self.data_path(dir)),
        }
    }
}

/// Where an engine keeps its files in a state directory.
pub(crate) fn data_dir(dir: &Path) -> PathBuf {
    dir.join("db")
}
