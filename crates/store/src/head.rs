//! The head mark: the last acknowledged record, written in place after every commit, not synced.
//!
//! The manifest is too dear to replace at every commit. This mark costs one small write; it
//! survives the death of the process, though maybe not of the system. So it may be old, but it is
//! never ahead of the journal, and a journal that ends before it was cut off.
//!
//! The file itself is made durable when the journal is opened, before the first commit, and keeps
//! its length. So one that is there is whole; another one was tampered with or lies on a bad disk,
//! and is refused by name. One that is missing or empty is fine as long as the journal holds no
//! more than was sealed.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Seek, Write};
use std::path::{Path, PathBuf};

use crate::StoreError;
use crate::envelope::Mark;
use crate::files::{open_or_create, sync_dir};

/// How many records the journal in `dir` has acknowledged, as its writer last noted; `None` where no
/// journal is. May be asked while another process writes: nothing is locked, copied or written.
pub fn acknowledged(dir: &Path) -> Option<u64> {
    let mark = HeadFile::read(dir).ok().flatten()?;
    Some(mark.seq)
}

/// `<dir>/head`.
#[derive(Debug)]
pub(crate) struct HeadFile {
    file: File,
}

impl HeadFile {
    /// Opens it. If there is none, it is created with this mark and made durable.
    pub(crate) fn open(dir: &Path, mark: Mark) -> Result<Self, StoreError> {
        let path = Self::path(dir);
        let mut head = Self {
            file: open_or_create(&path)?,
        };
        let len = head.file.metadata().map(|file| file.len());
        if len.map_err(|source| StoreError::reading(&path, source))? == 0 {
            let written = head.write(mark).and_then(|()| head.file.sync_all());
            written.map_err(|source| StoreError::writing(&path, source))?;
            sync_dir(dir)?;
        }
        Ok(head)
    }

    /// Where it lies in a state directory.
    pub(crate) fn path(dir: &Path) -> PathBuf {
        dir.join("head")
    }

    /// The mark; `None` where none was ever set.
    pub(crate) fn read(dir: &Path) -> Result<Option<Mark>, StoreError> {
        let path = Self::path(dir);
        match fs::read(&path) {
            Ok(bytes) if bytes.is_empty() => Ok(None),
            Ok(bytes) => parse(&bytes).map(Some).ok_or_else(|| StoreError::BadHead {
                path,
                what: "it is damaged".to_owned(),
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::reading(&path, error)),
        }
    }

    /// Sets the mark.
    pub(crate) fn write(&mut self, mark: Mark) -> io::Result<()> {
        self.file.rewind()?;
        self.file.write_all(text(mark).as_bytes())
    }
}

/// Of one length for every mark, so that a new one covers the old one.
fn text(mark: Mark) -> String {
    let body = format!("{:020} {}", mark.seq, mark.hash);
    format!("{body} {:08x}\n", crc32fast::hash(body.as_bytes()))
}

fn parse(bytes: &[u8]) -> Option<Mark> {
    let mut words = std::str::from_utf8(bytes).ok()?.split_ascii_whitespace();
    let seq = words.next()?.parse().ok()?;
    let hash = serde_json::from_value(words.next()?.into()).ok()?;
    let mark = Mark { seq, hash };
    (text(mark).as_bytes() == bytes).then_some(mark)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Hash;

    #[test]
    fn a_mark_reads_back_and_a_torn_one_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(HeadFile::read(dir.path()).unwrap(), None);
        let mut head = HeadFile::open(dir.path(), Mark::START).unwrap();
        assert_eq!(HeadFile::read(dir.path()).unwrap(), Some(Mark::START));
        for seq in [u64::MAX, 7] {
            let mark = Mark {
                seq,
                hash: Hash::of(&seq.to_be_bytes()),
            };
            head.write(mark).unwrap();
            assert_eq!(HeadFile::read(dir.path()).unwrap(), Some(mark));
            HeadFile::open(dir.path(), Mark::START).unwrap();
            assert_eq!(HeadFile::read(dir.path()).unwrap(), Some(mark));
        }
        let whole = text(Mark::START);
        for torn in [&whole.replacen('0', "1", 1), &whole[..40]] {
            fs::write(HeadFile::path(dir.path()), torn).unwrap();
            let refused = HeadFile::read(dir.path());
            assert!(
                matches!(refused, Err(StoreError::BadHead { .. })),
                "{refused:?}"
            );
        }
    }
}
