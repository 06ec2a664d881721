//! The order ids on disk: lines of JSON, appended and flushed, in a folder that one process holds.
//!
//! A process that dies within a write leaves a line without its end; nothing that it speaks of has
//! left, and the next start cuts it off.

use std::fs::{File, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use polyfolio_model::ClOrdId;
use serde::{Deserialize, Serialize};

use crate::IbError;

/// The ids' name within the connector's folder.
pub(crate) const FILE: &str = "ids.jsonl";

/// The version of the lines.
const VERSION: u16 = 1;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum IdLine {
    /// The first line: whose ids these are.
    Client { version: u16, client_id: i32 },
    /// Ids up to here were offered or seen.
    Mark { high: i32 },
    /// An order has an id. Of two such lines of an order the later one counts.
    Order { id: ClOrdId, order_id: i32 },
    /// IB's own id of an order.
    Perm { id: ClOrdId, perm_id: i64 },
}

/// The file, open for writing.
#[derive(Debug)]
pub(crate) struct IdsFile {
    file: File,
    /// The length of the whole lines.
    whole: u64,
    /// Held, and given back with the file.
    _lock: File,
}

impl IdsFile {
    /// Opens or creates the ids of a client. With them come the length of a line that was cut off.
    pub(crate) fn open(dir: &Path, client_id: i32) -> Result<(Self, Vec<IdLine>, u64), IbError> {
        let path = dir.join(FILE);
        let io = |doing, source| IbError::Io {
            doing,
            path: path.clone(),
            source,
        };
        std::fs::create_dir_all(dir).map_err(|source| io("create the folder of", source))?;
        let lock = lock(dir)?;
        let (lines, whole, torn) = read(&path)?;
        let file = File::options().create(true).append(true).open(&path);
        let file = file.map_err(|source| io("open", source))?;
        if torn > 0 {
            let cut = file.set_len(whole).and_then(|()| file.sync_all());
            cut.map_err(|source| io("cut", source))?;
        }
        // A process that was killed may have left lines that the system has and the disk has not:
        // an order must not leave on such a line.
        let kept = file.sync_data();
        kept.map_err(|source| io("write", source))?;
        let mut ids = Self {
            file,
            whole,
            _lock: lock,
        };
        match lines.first() {
            None => {
                let version = VERSION;
                let line = IdLine::Client { version, client_id };
                let begun = ids.append(&[line], true).and_then(|()| sync_dir(dir));
                begun.map_err(|source| io("write", source))?;
            }
            Some(first) => check_client(dir, &path, first, client_id)?,
        }
        Ok((ids, lines, torn))
    }

    /// Appends lines in one write; flushed to the disk when they have to be durable.
    pub(crate) fn append(&mut self, lines: &[IdLine], durably: bool) -> std::io::Result<()> {
        let mut bytes = Vec::new();
        for line in lines {
            serde_json::to_writer(&mut bytes, line)?;
            bytes.push(b'\n');
        }
        if let Err(fault) = self.file.write_all(&bytes) {
            // Half a line would be glued to the next one. Where it cannot be cut off either, the
            // file ends with it: nothing is written behind a failure.
            let _ = self.file.set_len(self.whole);
            return Err(fault);
        }
        self.whole += bytes.len() as u64;
        match durably {
            true => self.file.sync_data(),
            false => Ok(()),
        }
    }

    /// And now it can again.
    #[cfg(test)]
    pub(crate) fn mend_it(&mut self, dir: &Path) {
        let file = File::options().append(true).open(dir.join(FILE));
        self.file = file.unwrap();
    }

    /// From now on nothing can be written.
    #[cfg(test)]
    pub(crate) fn break_it(&mut self, dir: &Path) {
        self.file = File::open(dir.join(FILE)).unwrap();
    }
}

fn lock(dir: &Path) -> Result<File, IbError> {
    let path = dir.join("lock");
    let io = |doing, source| IbError::Io {
        doing,
        path: path.clone(),
        source,
    };
    let mut options = File::options();
    let file = options.create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|source| io("open", source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(IbError::Locked(dir.to_owned())),
        Err(TryLockError::Error(source)) => Err(io("lock", source)),
    }
}

/// The lines there are, the length of the whole ones, and that of an unfinished one.
fn read(path: &PathBuf) -> Result<(Vec<IdLine>, u64, u64), IbError> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(fault) if fault.kind() == ErrorKind::NotFound => return Ok((vec![], 0, 0)),
        Err(source) => {
            let (doing, path) = ("read", path.clone());
            return Err(IbError::Io {
                doing,
                path,
                source,
            });
        }
    };
    let end = bytes.iter().rposition(|b| *b == b'\n');
    let whole = end.map_or(0, |end| end + 1);
    let lines = bytes[..whole].split_inclusive(|b| *b == b'\n');
    let line = |(at, line): (usize, &[u8])| {
        serde_json::from_slice(line).map_err(|fault| IbError::Damaged {
            path: path.clone(),
            line: at + 1,
            what: fault.to_string(),
        })
    };
    let lines = lines.enumerate().map(line).collect::<Result<_, _>>()?;
    Ok((lines, whole as u64, (bytes.len() - whole) as u64))
}

fn check_client(dir: &Path, path: &Path, first: &IdLine, asked: i32) -> Result<(), IbError> {
    let damaged = |what: String| IbError::Damaged {
        path: path.to_owned(),
        line: 1,
        what,
    };
    match first {
        IdLine::Client { version, .. } if *version > VERSION => Err(damaged(format!(
            "it is of version {version}: a newer polyfolio wrote it"
        ))),
        IdLine::Client { client_id, .. } if *client_id == asked => Ok(()),
        IdLine::Client { client_id, .. } => Err(IbError::OtherClient {
            dir: dir.to_owned(),
            have: *client_id,
            asked,
        }),
        _ => Err(damaged("it does not say whose ids follow".to_owned())),
    }
}

/// A new file's name is durable with its folder.
fn sync_dir(dir: &Path) -> std::io::Result<()> {
    File::open(dir)?.sync_all()
}
