//! Looking without touching.
//!
//! An engine has no way to open a database and leave it alone: it recovers what it finds, and
//! sled over damage cuts off the rest for good. So whoever looks opens a copy in a temporary
//! directory, and whoever is about to write opens one first: the files of a journal are only ever
//! given to the engine when a copy of them has shown every record sound.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

use crate::engine::{Engine, data_dir};
use crate::inspect::Survey;
use crate::opening::Ground;
use crate::{StateDir, StoreError, salvage};

/// What is copied beside the database.
const FILES: [&str; 2] = ["manifest.json", "head"];

/// Opens a copy of the journal in `dir`, and looks at every record. The copy goes when the ground
/// does. `draw` is asked as in [`Ground::open`].
pub(crate) fn examine(
    copied: StateDir,
    dir: &Path,
    draw: impl FnOnce() -> Result<u32, StoreError>,
) -> Result<(Ground, Survey), StoreError> {
    let copy = copied.path().to_owned();
    let opened = Ground::open(copied, Engine::default(), draw).and_then(|ground| {
        let survey = ground.survey()?;
        Ok((ground, survey))
    });
    opened.map_err(|error| error.of_original(&copy, dir))
}

/// Refuses a journal in which anything is wrong, before the engine sees its files.
pub(crate) fn rehearse(dir: &Path) -> Result<(), StoreError> {
    salvage::refuse_unfinished(dir)?;
    if !data_dir(dir).exists() {
        return Ok(());
    }
    let (_ground, survey) = examine(copy(dir)?, dir, || Ok(0))?;
    match survey.flaws.into_iter().next() {
        Some(flaw) => Err(flaw.into_error(dir)),
        None => Ok(()),
    }
}

/// Copies the journal of a directory in which nobody writes meanwhile.
pub(crate) fn copy(dir: &Path) -> Result<StateDir, StoreError> {
    salvage::refuse_unfinished(dir)?;
    let copy = private_dir().map_err(|error| StoreError::writing(&std::env::temp_dir(), error))?;
    for name in FILES {
        copy_file(&dir.join(name), &copy.path().join(name))?;
    }
    let database = data_dir(dir);
    if database.is_dir() {
        copy_dir(&database, &data_dir(copy.path()))?;
    }
    StateDir::temporary(copy)
}

/// For the eyes of its owner alone, as positions and orders are.
fn private_dir() -> io::Result<tempfile::TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("polyfolio-look-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir()
}

fn copy_dir(from: &Path, to: &Path) -> Result<(), StoreError> {
    fs::create_dir(to).map_err(|source| StoreError::writing(to, source))?;
    let unread = |source| StoreError::reading(from, source);
    for entry in fs::read_dir(from).map_err(unread)? {
        let entry = entry.map_err(unread)?;
        let (path, copy) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().map_err(unread)?.is_dir() {
            copy_dir(&path, &copy)?;
        } else {
            copy_file(&path, &copy)?;
        }
    }
    Ok(())
}

/// The bytes alone: a copy of a file that may not be written can be. What is not there is not
/// copied.
fn copy_file(from: &Path, to: &Path) -> Result<(), StoreError> {
    let mut original = match File::open(from) {
        Ok(original) => original,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(StoreError::reading(from, error)),
    };
    let mut copy = File::create_new(to).map_err(|source| StoreError::writing(to, source))?;
    match io::copy(&mut original, &mut copy) {
        Ok(_) => Ok(()),
        // Who of the two is to blame is not said; a disk that is full is the copy's.
        Err(error) if error.kind() == ErrorKind::StorageFull => Err(StoreError::writing(to, error)),
        Err(error) => Err(StoreError::reading(from, error)),
    }
}
