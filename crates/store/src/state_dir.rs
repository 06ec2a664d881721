//! One directory, one process that writes in it.
//!
//! `<dir>/lock` is held alone by the writer, and shared by those who copy the journal to look at
//! it. The system gives a lock back when its holder dies, however it dies.

use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Seek, Write};
use std::path::{Path, PathBuf};
use std::thread::park_timeout;
use std::time::Duration;

use tempfile::TempDir;

use crate::files::{create_dir, open_or_create, sync_dir};
use crate::{StoreError, look};

/// A writer waits so often, and each time so long, for those who only look.
const LOOKS_WAITED_FOR: usize = 100;
const LOOK_WAIT: Duration = Duration::from_millis(10);

/// A state directory that this process holds, until it is dropped or the process dies.
#[derive(Debug)]
pub struct StateDir {
    path: PathBuf,
    _lock: File,
    /// What is removed when it is given back.
    _temporary: Option<TempDir>,
}

/// A state directory in which nobody writes while this is there, and in which it changes nothing.
#[derive(Debug)]
pub struct Look {
    path: PathBuf,
    /// Absent where nobody ever locked, as in a backup.
    lock: Option<File>,
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
            _temporary: None,
        })
    }

    /// Looks into the directory if a journal was ever created in it. Creates and writes nothing.
    pub fn open_existing(path: impl AsRef<Path>) -> Result<Look, StoreError> {
        let path = path.as_ref();
        let signs = ["manifest.json", "db", "salvage.new/ready"];
        if !signs.iter().any(|name| path.join(name).exists()) {
            return Err(StoreError::Missing {
                path: path.to_owned(),
            });
        }
        Ok(Look {
            path: path.to_owned(),
            lock: lock_to_look(path)?,
        })
    }

    /// Takes a directory that is removed when it is given back.
    pub(crate) fn temporary(directory: TempDir) -> Result<Self, StoreError> {
        let mut taken = Self::open(directory.path())?;
        taken._temporary = Some(directory);
        Ok(taken)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Look {
    /// Copies the journal to a temporary directory, and lets go.
    pub(crate) fn copy(self) -> Result<StateDir, StoreError> {
        let copied = look::copy(&self.path)?;
        // The first writer may have come meanwhile.
        if self.lock.is_none() {
            lock_to_look(&self.path)?;
        }
        Ok(copied)
    }
}

/// Locks `<dir>/lock` for writing and leaves our process id in it, for people.
fn lock(dir: &Path) -> Result<File, StoreError> {
    let path = dir.join("lock");
    let mut file = open_or_create(&path)?;
    let mut waits = 0..LOOKS_WAITED_FOR;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::Error(source)) => return Err(StoreError::writing(&path, source)),
            Err(TryLockError::WouldBlock) if !only_looked_at(&file) => return Err(held(dir)),
            Err(TryLockError::WouldBlock) => {
                if waits.next().is_none() {
                    let (path, pid) = (dir.to_owned(), None);
                    return Err(StoreError::Locked { path, pid });
                }
                park_timeout(LOOK_WAIT);
            }
        }
    }
    let written = file
        .set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| writeln!(file, "{}", std::process::id()));
    written.map_err(|source| StoreError::writing(&path, source))?;
    Ok(file)
}

/// Whether no writer holds the lock, but those who look.
fn only_looked_at(lock: &File) -> bool {
    lock.try_lock_shared().is_ok() && lock.unlock().is_ok()
}

/// Keeps writers out, if there is a lock, and leaves it as it is.
fn lock_to_look(dir: &Path) -> Result<Option<File>, StoreError> {
    let path = dir.join("lock");
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(StoreError::reading(&path, error)),
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(held(dir)),
        Err(TryLockError::Error(source)) => Err(StoreError::reading(&path, source)),
    }
}

fn held(dir: &Path) -> StoreError {
    let pid = fs::read_to_string(dir.join("lock"));
    StoreError::Locked {
        path: dir.to_owned(),
        pid: pid.ok().and_then(|text| text.trim().parse().ok()),
    }
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

    #[test]
    fn many_look_at_once_and_none_while_one_writes() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("db")).unwrap();
        assert!(StateDir::open_existing(dir.path()).unwrap().lock.is_none());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);

        drop(StateDir::open(dir.path()).unwrap());
        let looks = [(); 2].map(|()| StateDir::open_existing(dir.path()).unwrap());
        assert!(looks.iter().all(|look| look.lock.is_some()));
        drop(looks);

        let _held = StateDir::open(dir.path()).unwrap();
        let refused = StateDir::open_existing(dir.path());
        assert!(
            matches!(refused, Err(StoreError::Locked { pid: Some(_), .. })),
            "{refused:?}"
        );
    }
}
