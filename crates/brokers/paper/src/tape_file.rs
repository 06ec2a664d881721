//! The tape on disk: one `write` a line, appended before anybody hears of the event.
//!
//! A plain write survives the death of the process. A process that dies within a write leaves a
//! line without its end; nobody was told of it, and the next start cuts it off.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use polyfolio_matching::TapeEvent;

use crate::{PaperError, TapeLine};

/// The tape's name within an account's folder.
pub const TAPE_FILE: &str = "tape.jsonl";

/// The tape, open for writing.
#[derive(Debug)]
pub(crate) struct TapeFile {
    path: PathBuf,
    file: File,
}

/// What a tape held when it was read.
#[derive(Debug, Default)]
pub(crate) struct TapeContent {
    pub(crate) lines: Vec<TapeLine>,
    /// The length of an unfinished last line.
    pub(crate) torn: u64,
}

impl TapeFile {
    /// Opens or creates the tape of a folder and cuts off an unfinished line.
    pub(crate) fn open(dir: &Path) -> Result<(Self, TapeContent), PaperError> {
        let path = path_in(dir);
        let content = read(dir)?;
        let io = |doing, source| PaperError::Io {
            doing,
            path: path.clone(),
            source,
        };
        let file = File::options().create(true).append(true).open(&path);
        let file = file.map_err(|source| io("open", source))?;
        if content.torn > 0 {
            let length = file.metadata().map_err(|source| io("read", source))?.len();
            let cut = file.set_len(length.saturating_sub(content.torn));
            cut.map_err(|source| io("cut", source))?;
        }
        Ok((Self { path, file }, content))
    }

    /// Appends one event. After an error nothing of the tape may be trusted to follow.
    pub(crate) fn append(&mut self, event: &TapeEvent) -> Result<(), PaperError> {
        let line = serde_json::to_vec(&TapeLine::from(event)).map_err(std::io::Error::from);
        let written = line.and_then(|mut bytes| {
            bytes.push(b'\n');
            self.file.write_all(&bytes)
        });
        written.map_err(|source| PaperError::Io {
            doing: "write",
            path: self.path.clone(),
            source,
        })
    }
}

#[cfg(test)]
impl TapeFile {
    /// A tape that takes nothing.
    pub(crate) fn read_only(dir: &Path) -> Self {
        let path = path_in(dir);
        let file = File::open(&path).unwrap();
        Self { path, file }
    }
}

/// Reads a folder's tape without touching it; no tape is an empty one.
pub(crate) fn read(dir: &Path) -> Result<TapeContent, PaperError> {
    let path = path_in(dir);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(fault) if fault.kind() == ErrorKind::NotFound => return Ok(TapeContent::default()),
        Err(source) => {
            let doing = "read";
            return Err(PaperError::Io {
                doing,
                path,
                source,
            });
        }
    };
    let whole = bytes
        .iter()
        .rposition(|b| *b == b'\n')
        .map_or(0, |end| end + 1);
    let mut content = TapeContent {
        torn: (bytes.len() - whole) as u64,
        ..TapeContent::default()
    };
    let lines = bytes[..whole].split_inclusive(|b| *b == b'\n');
    for (at, line) in lines.enumerate() {
        let line = serde_json::from_slice(line).map_err(|fault| damaged(&path, at, &fault))?;
        content.lines.push(line);
    }
    Ok(content)
}

/// The events that lines stand for.
pub(crate) fn events(dir: &Path, lines: Vec<TapeLine>) -> Result<Vec<TapeEvent>, PaperError> {
    let event = |(at, line): (usize, TapeLine)| {
        let lacks = |key| damaged(&path_in(dir), at, &format!("no good `{key}`"));
        TapeEvent::try_from(line).map_err(lacks)
    };
    lines.into_iter().enumerate().map(event).collect()
}

fn path_in(dir: &Path) -> PathBuf {
    dir.join(TAPE_FILE)
}

fn damaged(path: &Path, at: usize, what: &dyn std::fmt::Display) -> PaperError {
    PaperError::Damaged {
        path: path.to_owned(),
        line: at + 1,
        what: what.to_string(),
    }
}
