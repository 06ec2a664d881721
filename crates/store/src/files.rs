//! Files and directories that survive a power cut.
//!
//! A new name is durable only when the directory that holds it was synced.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::StoreError;

/// Replaces the content of `path`: whoever reads it, and whatever dies meanwhile, finds the old
/// content or the new, whole. Durable when it returns.
///
/// The new content is written to `<path>.new` first; two writers of one path must take turns.
pub fn replace_atomically(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let fresh = beside(path);
    write_synced(&fresh, bytes).map_err(|source| {
        let _ = fs::remove_file(&fresh);
        StoreError::writing(&fresh, source)
    })?;
    fs::rename(&fresh, path).map_err(|source| StoreError::writing(path, source))?;
    sync_dir(parent_of(path))
}

/// Creates a directory and what is missing above it, and makes each new name durable.
pub(crate) fn create_dir(path: &Path) -> Result<(), StoreError> {
    if path.is_dir() {
        return Ok(());
    }
    let above = parent_of(path);
    create_dir(above)?;
    match fs::create_dir(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists || !path.is_dir() => {
            Err(StoreError::writing(path, error))
        }
        _ => sync_dir(above),
    }
}

/// Makes the names in a directory durable.
pub(crate) fn sync_dir(path: &Path) -> Result<(), StoreError> {
    let synced = File::open(path).and_then(|dir| dir.sync_all());
    synced.map_err(|source| StoreError::writing(path, source))
}

/// Opens a file for reading and writing, and creates it if it is not there.
pub(crate) fn open_or_create(path: &Path) -> Result<File, StoreError> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path);
    file.map_err(|source| StoreError::writing(path, source))
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    PathBuf::from(name)
}

/// The directory a path lies in; a bare name lies in the working directory.
fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) => Path::new("."),
        None => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_content_takes_the_place_of_the_old_and_leaves_nothing_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("view.json");
        for content in ["a longer first content", "short"] {
            replace_atomically(&path, content.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_replacement_that_cannot_be_written_leaves_the_old_content() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("view.json");
        replace_atomically(&path, b"old").unwrap();
        fs::create_dir(beside(&path)).unwrap();
        let refused = replace_atomically(&path, b"new");
        assert!(
            matches!(refused, Err(StoreError::Unwritable { .. })),
            "{refused:?}"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    }

    #[test]
    fn directories_are_made_all_the_way_down_and_not_below_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let deep = dir.path().join("state/paper/broker");
        create_dir(&deep).unwrap();
        create_dir(&deep).unwrap();
        assert!(deep.is_dir());

        fs::write(dir.path().join("file"), "").unwrap();
        let refused = create_dir(&dir.path().join("file/below"));
        assert!(
            matches!(refused, Err(StoreError::Unwritable { .. })),
            "{refused:?}"
        );
    }

    #[test]
    fn a_bare_name_lies_in_the_working_directory() {
        assert_eq!(parent_of(Path::new("view.json")), Path::new("."));
        assert_eq!(parent_of(Path::new("/")), Path::new("/"));
    }
}
