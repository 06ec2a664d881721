//! The record on disk: locked, read whole at the start, then appended to.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::lock::Lock;
use super::{FORMAT, Line};

/// The record's name within its folder.
pub const RECORD_FILE: &str = "gateway.jsonl";

/// A record that is open for writing.
#[derive(Debug)]
pub(crate) struct RecordFile {
    path: PathBuf,
    file: File,
    _lock: Lock,
}

/// Why a record cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Another process has it.
    #[error("{0} is in use by another gateway")]
    Locked(PathBuf),
    /// The system refuses.
    #[error("cannot {doing} {path}: {source}")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A line that is none.
    #[error("{path}, line {line}: {what}")]
    Damaged {
        /// Which record.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
}

impl RecordFile {
    /// Opens or creates the record of a folder, and hands over every line of it; how many bytes of
    /// an unfinished last line were cut off.
    pub(crate) fn open(
        dir: &Path,
        mut each: impl FnMut(Line) -> Result<(), String>,
    ) -> Result<(Self, u64), RecordError> {
        let path = dir.join(RECORD_FILE);
        let io = |doing, source| RecordError::Io {
            doing,
            path: path.clone(),
            source,
        };
        std::fs::create_dir_all(dir).map_err(|source| RecordError::Io {
            doing: "create",
            path: dir.to_owned(),
            source,
        })?;
        let lock = Lock::take(dir)?;
        let mut options = File::options();
        let file = options.create(true).read(true).append(true).open(&path);
        let mut file = file.map_err(|source| io("open", source))?;
        let mut reader = BufReader::new(&file);
        let (mut whole, mut number) = (0, 0);
        let mut bytes = Vec::new();
        let torn = loop {
            bytes.clear();
            let read = reader.read_until(b'\n', &mut bytes);
            let read = read.map_err(|source| io("read", source))? as u64;
            if bytes.last() != Some(&b'\n') {
                break read;
            }
            number += 1;
            let damaged = |what| RecordError::Damaged {
                path: path.clone(),
                line: number,
                what,
            };
            let line =
                serde_json::from_slice(&bytes).map_err(|fault| damaged(fault.to_string()))?;
            whole += read;
            is_first_where_it_should_be(&line, number).map_err(damaged)?;
            each(line).map_err(damaged)?;
        };
        if torn > 0 {
            file.set_len(whole).map_err(|source| io("cut", source))?;
        }
        file.seek(SeekFrom::End(0))
            .map_err(|source| io("read", source))?;
        let record = Self {
            path,
            file,
            _lock: lock,
        };
        Ok((record, torn))
    }

    /// Appends a line. After an error nothing may be trusted to follow.
    pub(crate) fn append(&mut self, line: &Line) -> Result<(), RecordError> {
        let bytes = serde_json::to_vec(line).map_err(io::Error::from);
        let written = bytes.and_then(|mut bytes| {
            bytes.push(b'\n');
            self.file.write_all(&bytes)
        });
        written.map_err(|source| RecordError::Io {
            doing: "write",
            path: self.path.clone(),
            source,
        })
    }
}

#[cfg(test)]
impl RecordFile {
    /// A record that takes nothing more.
    pub(crate) fn made_read_only(&mut self) {
        self.file = File::open(&self.path).unwrap();
    }
}

fn is_first_where_it_should_be(line: &Line, number: usize) -> Result<(), String> {
    match (line, number) {
        (Line::Opened { format, .. }, 1) if *format == FORMAT => Ok(()),
        (Line::Opened { format, .. }, 1) => Err(format!(
            "the record has format {format}, this program reads {FORMAT}"
        )),
        (_, 1) => Err("the record does not begin with whose it is".into()),
        (Line::Opened { .. }, _) => Err("the record begins twice".into()),
        _ => Ok(()),
    }
}
