//! From a file, plain or gzip, to text.
//!
//! Gzip is known by its first two bytes, so a name may say what it likes.

use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::{History, HistoryError};

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

impl History {
    /// Reads a CSV file: a header `date,NAME,NAME…`, then one row a date.
    ///
    /// # Errors
    /// Names the file and, for a fault in its text, line and column.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, HistoryError> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|source| HistoryError::Read {
            path: path.into(),
            source,
        })?;
        Self::parse(path, &bytes)
    }

    /// Reads the bytes of such a file; `path` is what errors call it.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn parse(path: impl AsRef<Path>, bytes: &[u8]) -> Result<Self, HistoryError> {
        let path = path.as_ref();
        if !bytes.starts_with(&GZIP_MAGIC) {
            return crate::parse::parse(path, bytes);
        }
        let mut text = Vec::with_capacity(bytes.len() * 4);
        MultiGzDecoder::new(bytes)
            .read_to_end(&mut text)
            .map_err(|source| HistoryError::Gzip {
                path: path.into(),
                source,
            })?;
        crate::parse::parse(path, &text)
    }
}
