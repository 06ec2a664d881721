//! From a file, plain or gzip, to a history.
//!
//! Gzip is known by its first two bytes, so a name may say what it likes. A file is read in pieces
//! and never held whole. A kilobyte of gzip can be a megabyte of text, so what is unpacked is
//! bounded: a bad download must not take the machine's memory.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

use crate::text::{Stopped, read};
use crate::{History, HistoryError, ReadOptions};

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The longest text that is unpacked: thirty years of daily bars of ten thousand instruments.
const TEXT_LEN_MAX: u64 = 1 << 32;

impl History {
    /// Reads a CSV file: a header `date,NAME,NAME…` and a row a date, or a header such as
    /// `date,symbol,open,high,low,close,volume` and a line a bar.
    ///
    /// # Errors
    /// Names the file and, for a fault in its text, line and column.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, HistoryError> {
        Self::load_with(path, &ReadOptions::default())
    }

    /// Reads a file whose times are to be taken in a certain way.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_with(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Self, HistoryError> {
        let path = path.as_ref();
        let unreadable = |source| HistoryError::Read {
            path: path.into(),
            source,
        };
        let mut file = File::open(path).map_err(unreadable)?;
        let mut head = Vec::new();
        let mut magic = (&mut file).take(GZIP_MAGIC.len() as u64);
        magic.read_to_end(&mut head).map_err(unreadable)?;
        let is_packed = head == GZIP_MAGIC;
        let bytes = std::io::Cursor::new(head).chain(file);
        from(path, bytes, is_packed, options)
    }

    /// Reads the bytes of such a file; `path` is what errors call it.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn parse(path: impl AsRef<Path>, bytes: &[u8]) -> Result<Self, HistoryError> {
        Self::parse_with(path, bytes, &ReadOptions::default())
    }

    /// Reads the bytes of a file whose times are to be taken in a certain way.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn parse_with(
        path: impl AsRef<Path>,
        bytes: &[u8],
        options: &ReadOptions,
    ) -> Result<Self, HistoryError> {
        let is_packed = bytes.starts_with(&GZIP_MAGIC);
        from(path.as_ref(), bytes, is_packed, options)
    }
}

/// Text as gzip, with nothing of the moment in it: the same text is the same bytes.
pub(crate) fn pack(text: &str) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    // A vector takes everything.
    let _ = packer.write_all(text.as_bytes());
    packer.finish().unwrap_or_default()
}

fn from(
    path: &Path,
    bytes: impl Read,
    is_packed: bool,
    options: &ReadOptions,
) -> Result<History, HistoryError> {
    match is_packed {
        true => unpack(path, bytes, TEXT_LEN_MAX, options),
        false => read(bytes, options).map_or_else(
            |stopped| {
                Err(refused(path, stopped, |path, source| HistoryError::Read {
                    path,
                    source,
                }))
            },
            |table| Ok(History::new(table)),
        ),
    }
}

fn unpack(
    path: &Path,
    bytes: impl Read,
    len_max: u64,
    options: &ReadOptions,
) -> Result<History, HistoryError> {
    let mut text = MultiGzDecoder::new(bytes).take(len_max.saturating_add(1));
    let mut table = read(&mut text, options);
    if let Err(Stopped::At(_)) = table
        && let Err(source) = std::io::copy(&mut text, &mut std::io::sink())
    {
        // What is damaged further on may be wrong here as well.
        table = Err(Stopped::Io(source));
    }
    if text.limit() == 0 {
        return Err(HistoryError::TooLong {
            path: path.into(),
            len_max,
        });
    }
    let damaged = |path, source| HistoryError::Gzip { path, source };
    let table = table.map_err(|stopped| refused(path, stopped, damaged))?;
    Ok(History::new(table))
}

fn refused(
    path: &Path,
    stopped: Stopped,
    unreadable: impl Fn(PathBuf, std::io::Error) -> HistoryError,
) -> HistoryError {
    match stopped {
        Stopped::Io(source) => unreadable(path.into(), source),
        Stopped::At((line, column, fault)) => HistoryError::Content {
            path: path.into(),
            line,
            column,
            fault,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    #[test]
    fn what_unpacks_to_more_than_is_bearable_is_refused_by_name() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&[b'0'; 100_000]).unwrap();
        let packed = encoder.finish().unwrap();
        assert!(packed.len() < 1_000);
        let refused = |len_max| {
            let options = ReadOptions::default();
            unpack(Path::new("my.csv.gz"), &packed[..], len_max, &options).unwrap_err()
        };
        let read = refused(100_000);
        assert!(matches!(read, HistoryError::Content { .. }), "{read}");
        assert_eq!(
            refused(99_999).to_string(),
            "history my.csv.gz unpacks to more than 99999 bytes, which no price history needs"
        );
    }
}
