//! One directory, one process.

use std::fs::{self, File, TryLockError};
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};

use crate::StoreError;
use crate::files::{create_dir, open_or_create, sync_dir};

/// A state directory that this process holds, until it is dropped or the process dies.
#[derive(Debug)]
pub struct StateDir {
    path: PathBuf,
    _lock: File,
}

impl StateDir {
    /// Takes the directory, and creates it if it is not there.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        create_dir(path)?;
        let lock = lock(path)?;
        sync_dir(path)?;
        Ok(Self {
            path: path.to_owned(),
            _lock: lock,
        })
    }

    /// Takes the directory if a journal was ever created in it; creates nothing otherwise.
    pub fn open_existing(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        if !path.join("manifest.json").exists() && !path.join("db").exists() {
            return Err(StoreError::Missing {
                path: path.to_owned(),
            });
        }
        Self::open(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Locks `<dir>/lock` and leaves our process id in it. The system gives the lock back when the
/// process dies, however it dies; the id is for people.
fn lock(dir: &Path) -> Result<File, StoreError> {
    let path = dir.join("lock");
    let mut file = open_or_create(&path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let pid = fs::read_to_string(&path)
                .ok()
                .and_then(|text| text.trim().parse().ok());
            return Err(StoreError::Locked {
                path: dir.to_owned(),
                pid,
            });
        }
        Err(TryLockError::Error(source)) => return Err(StoreError::writing(&path, source)),
    }
    let written = file
        .set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| writeln!(file, "{}", std::process::id()));
    written.map_err(|source| StoreError::writing(&path, source))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_held_once_and_given_back() {
        let dir = tempfile::tempdir().unwrap();
        let held = StateDir::open(dir.path()).unwrap();
        match StateDir::open(dir.path()) {
            Err(StoreError::Locked { path, pid }) => {
                assert_eq!(
                    (path.as_path(), pid),
                    (held.path(), Some(std::process::id()))
                );
            }
            other => panic!("{other:?}"),
        }
        drop(held);
        StateDir::open(dir.path()).unwrap();
    }

    #[test]
    fn looking_for_a_journal_creates_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state");
        let missing = StateDir::open_existing(&path);
        assert!(
            matches!(missing, Err(StoreError::Missing { .. })),
            "{missing:?}"
        );
        assert!(!path.exists());
    }
}
