//! Where the venue's clock stood when its process died: one time, written over in place.
//!
//! The text has one length, so a write is one small write at the file's begin, which a kill does
//! not tear. If it cannot be read all the same, the tape's last event is the venue's time: the
//! clock then goes back to a moment at which everything that was reported had happened.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use polyfolio_model::Ts;

use crate::PaperError;

/// The clock, open for writing.
#[derive(Debug)]
pub(crate) struct ClockFile {
    path: PathBuf,
    file: File,
    last: Option<Ts>,
}

impl ClockFile {
    pub(crate) fn open(dir: &Path) -> Result<(Self, Option<Ts>), PaperError> {
        let path = path_in(dir);
        let mut options = File::options();
        let file = options.create(true).truncate(false).read(true).write(true);
        let file = file.open(&path).map_err(|source| PaperError::Io {
            doing: "open",
            path: path.clone(),
            source,
        })?;
        let last = read(dir);
        Ok((Self { path, file, last }, last))
    }

    /// Notes the venue's time; a time that is noted already costs nothing.
    pub(crate) fn note(&mut self, now: Ts) -> Result<(), PaperError> {
        if self.last == Some(now) {
            return Ok(());
        }
        let text = now
            .datetime()
            .format("%Y-%m-%dT%H:%M:%S.%9fZ\n")
            .to_string();
        let rewound = self.file.rewind();
        let written = rewound.and_then(|()| self.file.write_all(text.as_bytes()));
        self.last = Some(now);
        written.map_err(|source| PaperError::Io {
            doing: "write",
            path: self.path.clone(),
            source,
        })
    }
}

/// The time that was noted last; none when nothing legible was.
pub(crate) fn read(dir: &Path) -> Option<Ts> {
    let mut text = String::new();
    let mut file = File::open(path_in(dir)).ok()?;
    file.read_to_string(&mut text).ok()?;
    text.lines().next()?.parse().ok()
}

fn path_in(dir: &Path) -> PathBuf {
    dir.join("clock")
}
