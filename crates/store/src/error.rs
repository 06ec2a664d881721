//! Why a state directory cannot be used.

use std::io;
use std::path::{Path, PathBuf};

use polyfolio_ports::Seq;

use crate::system::os_error;

/// Why a state directory cannot be used. Each names the place, and what to do where there is
/// something to do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process holds the directory.
    #[error("the state directory {path} is in use by {}", holder(.pid))]
    Locked {
        /// The state directory.
        path: PathBuf,
        /// The holder's process id, if it left one.
        pid: Option<u32>,
    },
    /// There is no journal to read.
    #[error("there is no journal in {path}: nothing has run here yet")]
    Missing {
        /// The state directory.
        path: PathBuf,
    },
    /// The directory or a file in it cannot be created or written.
    #[error("{path} cannot be written: {source}")]
    Unwritable {
        /// What was to be written.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file that is there cannot be read.
    #[error("{path} cannot be read: {source}")]
    Unreadable {
        /// What was to be read.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The disk is full. Nothing acknowledged is lost; the store opens again when there is room.
    #[error(
        "the disk that holds {path} is full: free some space and start again; nothing acknowledged is lost"
    )]
    Full {
        /// What was to be written.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A newer polyfolio wrote here.
    #[error(
        "{path} has schema {found}, and this polyfolio reads up to {supported}: use the newer one"
    )]
    NewerSchema {
        /// The file or directory.
        path: PathBuf,
        /// Its schema.
        found: u32,
        /// The newest schema that is understood.
        supported: u32,
    },
    /// A record is not what was written.
    #[error("record {seq} of the journal in {path} is damaged: {what}")]
    Damaged {
        /// The state directory.
        path: PathBuf,
        /// The first bad record.
        seq: Seq,
        /// What is wrong with it.
        what: String,
    },
    /// A snapshot of the state is not what was written, or is not there though records that it
    /// stands for were dropped.
    #[error("the snapshot of record {seq} in {path} is damaged: {what}")]
    BadSnapshot {
        /// The state directory.
        path: PathBuf,
        /// The record it stands for.
        seq: Seq,
        /// What is wrong with it.
        what: String,
    },
    /// The journal ends before a record that was acknowledged.
    #[error(
        "the journal in {path} ends at record {found}, but {known} records were acknowledged: its end was cut off"
    )]
    Truncated {
        /// The state directory.
        path: PathBuf,
        /// The last record that was acknowledged.
        known: Seq,
        /// The last record there is.
        found: Seq,
    },
    /// The database is gone or empty, though the manifest knows of it.
    #[error("the database in {path} is gone or empty, but its manifest knows {known} records")]
    Emptied {
        /// The state directory.
        path: PathBuf,
        /// The last record that is known to have been there.
        known: Seq,
    },
    /// There were records here, and there is no manifest.
    #[error("{path} is missing, but there is a journal beside it")]
    ManifestMissing {
        /// Where it should be.
        path: PathBuf,
    },
    /// The manifest cannot be understood or belongs to another database.
    #[error("{path} is not this journal's manifest: {what}")]
    BadManifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The head mark is not what was written, or is gone when it is needed.
    #[error(
        "{path} is not this journal's head mark: {what}; without it an end that was cut off would go unseen"
    )]
    BadHead {
        /// The head mark.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The database under the journal gave up.
    #[error("the database in {path} cannot be used: {what}")]
    Database {
        /// The database's directory.
        path: PathBuf,
        /// What it says.
        what: String,
    },
    /// A salvage was interrupted while it put the new journal in the place of the damaged one.
    #[error("a salvage of {path} was interrupted: `polyfolio journal salvage` finishes it")]
    SalvageUnfinished {
        /// The state directory.
        path: PathBuf,
    },
    /// There is nothing from which a journal could be made that is certainly this one.
    #[error("{path} cannot be salvaged: {what}")]
    Hopeless {
        /// The state directory.
        path: PathBuf,
        /// What is missing.
        what: String,
    },
    /// The system has no random bytes for a deployment id.
    #[error("no deployment id could be drawn: {0}")]
    NoChance(String),
}

impl StoreError {
    /// Whether what is there is not what was written, so that `journal salvage` may help.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Damaged { .. }
            | Self::BadSnapshot { .. }
            | Self::Truncated { .. }
            | Self::Emptied { .. }
            | Self::ManifestMissing { .. }
            | Self::BadManifest { .. }
            | Self::BadHead { .. }
            | Self::SalvageUnfinished { .. }
            | Self::Database { .. } => true,
            Self::Locked { .. }
            | Self::Missing { .. }
            | Self::Unwritable { .. }
            | Self::Unreadable { .. }
            | Self::Full { .. }
            | Self::NewerSchema { .. }
            | Self::Hopeless { .. }
            | Self::NoChance(_) => false,
        }
    }

    /// A failed write: a full disk has a name of its own.
    pub(crate) fn writing(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::Full { path, source }
            }
            _ => Self::Unwritable { path, source },
        }
    }

    /// A failed read.
    pub(crate) fn reading(path: &Path, source: io::Error) -> Self {
        Self::Unreadable {
            path: path.to_owned(),
            source,
        }
    }

    /// What an engine says of its directory.
    pub(crate) fn database(path: &Path, source: io::Error) -> Self {
        match source.raw_os_error() {
            Some(_) => Self::writing(path, source),
            None => Self::unusable(path, source.to_string()),
        }
    }

    /// What an engine said of its directory when it panicked.
    pub(crate) fn panicked(path: &Path, what: &str) -> Self {
        match os_error(what) {
            Some(source) => Self::writing(path, source),
            None => Self::unusable(path, what.to_owned()),
        }
    }

    /// The same of what was copied: a fault of the copy is one of the original. Only what could
    /// not be written is the copy's own.
    pub(crate) fn of_original(mut self, copy: &Path, original: &Path) -> Self {
        match &mut self {
            Self::Unwritable { .. } | Self::Full { .. } | Self::NoChance(_) => {}
            Self::Locked { path, .. }
            | Self::Missing { path }
            | Self::Unreadable { path, .. }
            | Self::NewerSchema { path, .. }
            | Self::Damaged { path, .. }
            | Self::BadSnapshot { path, .. }
            | Self::Truncated { path, .. }
            | Self::Emptied { path, .. }
            | Self::ManifestMissing { path }
            | Self::BadManifest { path, .. }
            | Self::BadHead { path, .. }
            | Self::SalvageUnfinished { path }
            | Self::Hopeless { path, .. }
            | Self::Database { path, .. } => {
                if let Ok(below) = path.strip_prefix(copy) {
                    *path = original.components().chain(below.components()).collect();
                }
            }
        }
        self
    }

    fn unusable(path: &Path, what: String) -> Self {
        Self::Database {
            path: path.to_owned(),
            what,
        }
    }
}

fn holder(pid: &Option<u32>) -> String {
    match pid {
        Some(pid) => format!("process {pid}: stop it, or wait until it is done"),
        None => "another process: stop it, or wait until it is done".to_owned(),
    }
}
