//! One process at a time: an advisory lock that the system gives back when the process dies.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::RecordError;

/// Held for as long as the record is open.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    pub(super) fn take(dir: &Path) -> Result<Self, RecordError> {
        let path = dir.join("lock");
        let io = |doing, source| RecordError::Io {
            doing,
            path: path.clone(),
            source,
        };
        let mut options = File::options();
        let file = options.create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(|source| io("open", source))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(RecordError::Locked(dir.to_owned())),
            Err(TryLockError::Error(source)) => Err(io("lock", source)),
        }
    }
}
