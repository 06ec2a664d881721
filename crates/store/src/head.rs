//! The head mark: the last acknowledged record, written in place after every commit, not synced.
//!
//! The manifest is too dear to replace at every commit. This mark costs one small write; it
//! survives the death of the process, though maybe not of the system. So it may be old or torn,
//! and then says nothing; but it is never ahead of the journal, and a journal that ends before it
//! was cut off.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use crate::StoreError;
use crate::envelope::Mark;
use crate::files::open_or_create;

/// `<dir>/head`.
#[derive(Debug)]
pub(crate) struct HeadFile {
    path: PathBuf,
    file: File,
}

impl HeadFile {
    /// Opens it, and creates it if it is not there.
    pub(crate) fn open(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join("head");
        let file = open_or_create(&path)?;
        Ok(Self { path, file })
    }

    /// The mark, if there is a whole one.
    pub(crate) fn read(&mut self) -> Result<Option<Mark>, StoreError> {
        let mut text = Vec::new();
        let read = self
            .file
            .rewind()
            .and_then(|()| self.file.read_to_end(&mut text));
        read.map_err(|source| StoreError::reading(&self.path, source))?;
        Ok(parse(&text))
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
    fn a_mark_reads_back_and_a_torn_one_says_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let mut head = HeadFile::open(dir.path()).unwrap();
        assert_eq!(head.read().unwrap(), None);
        for seq in [u64::MAX, 7] {
            let mark = Mark {
                seq,
                hash: Hash::of(&seq.to_be_bytes()),
            };
            head.write(mark).unwrap();
            assert_eq!(head.read().unwrap(), Some(mark));
        }
        let torn = text(Mark::START).replacen('0', "1", 1);
        assert_eq!(parse(torn.as_bytes()), None);
        assert_eq!(parse(&text(Mark::START).as_bytes()[..40]), None);
    }
}
