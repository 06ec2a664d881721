//! Records and books as what a journal stores of them, and back.

use polyfolio_oms::Book;
use polyfolio_oms::book::{Kept, KeptError};
use polyfolio_oms::records::{Record, VERSION};
use polyfolio_ports::Blob;

/// A record as it is stored.
///
/// # Errors
/// It cannot be encoded.
pub fn blob_of(record: &Record) -> Result<Blob, serde_json::Error> {
    Ok(Blob {
        kind: record.kind().to_owned(),
        version: VERSION,
        bytes: record.encode()?,
    })
}

/// A book as a snapshot stores it.
///
/// # Errors
/// It cannot be encoded.
pub fn snapshot_of(book: &Book) -> Result<Blob, KeptError> {
    let Kept {
        kind,
        version,
        bytes,
    } = book.keep()?;
    Ok(Blob {
        kind,
        version,
        bytes,
    })
}

/// The book of a snapshot.
pub(super) fn book_of(deployment: u32, snapshot: Blob) -> Result<Book, KeptError> {
    let Blob {
        kind,
        version,
        bytes,
    } = snapshot;
    let kept = Kept {
        kind,
        version,
        bytes,
    };
    Book::restore(deployment, &kept)
}
