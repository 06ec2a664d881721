//! From a file, plain or gzip, to text.
//!
//! Gzip is known by its first two bytes, so a name may say what it likes. A kilobyte of it can be a
//! megabyte of text, so what is unpacked is bounded: a bad download must not take the machine's
//! memory.

use std::io::{Read, Write};
use std::path::Path;

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

use crate::{History, HistoryError};

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The longest text that is unpacked: a century of daily closes of four thousand instruments.
const TEXT_LEN_MAX: u64 = 1 << 30;

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
        crate::parse::parse(path, &unpack(path, bytes, TEXT_LEN_MAX)?)
    }
}

/// Text as gzip, with nothing of the moment in it: the same text is the same bytes.
pub(crate) fn pack(text: &str) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    // A vector takes everything.
    let _ = packer.write_all(text.as_bytes());
    packer.finish().unwrap_or_default()
}

fn unpack(path: &Path, bytes: &[u8], len_max: u64) -> Result<Vec<u8>, HistoryError> {
    let mut text = Vec::new();
    let mut unpacked = MultiGzDecoder::new(bytes).take(len_max.saturating_add(1));
    unpacked
        .read_to_end(&mut text)
        .map_err(|source| HistoryError::Gzip {
            path: path.into(),
            source,
        })?;
    if text.len() as u64 > len_max {
        return Err(HistoryError::TooLong {
            path: path.into(),
            len_max,
        });
    }
    Ok(text)
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
        let unpacked = |len_max| unpack(Path::new("my.csv.gz"), &packed, len_max);
        assert_eq!(unpacked(100_000).unwrap().len(), 100_000);
        assert_eq!(
            unpacked(99_999).unwrap_err().to_string(),
            "history my.csv.gz unpacks to more than 99999 bytes, which no price history needs"
        );
    }
}
