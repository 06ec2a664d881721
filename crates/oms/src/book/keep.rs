//! The book as bytes: a snapshot that stands for every record up to one, so that a start reads it
//! and the records behind it.
//!
//! The encoding is versioned like a record. What is derived is not in it.

use super::Book;

/// The kind of a kept book.
const KIND: &str = "book";

/// The version of its encoding.
const VERSION: u16 = 1;

/// A book as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What it is.
    pub kind: String,
    /// The version of its encoding.
    pub version: u16,
    /// The encoded book, as JSON.
    pub bytes: Vec<u8>,
}

/// Bytes that are no book of this program.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    /// A newer program wrote it.
    #[error("the snapshot is of version {version}, and this program knows {VERSION}")]
    Newer {
        /// Its version.
        version: u16,
    },
    /// It is something else.
    #[error("the snapshot is a `{kind}`, not a `{KIND}`")]
    Other {
        /// What it says it is.
        kind: String,
    },
    /// It is another journal's.
    #[error("the snapshot is of deployment {found:08x}, the journal of {journal:08x}")]
    Foreign {
        /// Whose it is.
        found: u32,
        /// Whose it should be.
        journal: u32,
    },
    /// It cannot be read.
    #[error("the snapshot cannot be read: {0}")]
    Malformed(#[from] serde_json::Error),
}

impl Book {
    /// The book as bytes.
    ///
    /// # Errors
    /// It cannot be encoded.
    pub fn keep(&self) -> Result<Kept, KeptError> {
        Ok(Kept {
            kind: KIND.to_owned(),
            version: VERSION,
            bytes: serde_json::to_vec(self)?,
        })
    }

    /// The book of a journal's snapshot.
    ///
    /// # Errors
    /// The bytes are not a book of this journal, or of a newer program.
    pub fn restore(deployment: u32, kept: &Kept) -> Result<Self, KeptError> {
        if kept.kind != KIND {
            let kind = kept.kind.clone();
            return Err(KeptError::Other { kind });
        }
        if kept.version > VERSION {
            let version = kept.version;
            return Err(KeptError::Newer { version });
        }
        let mut book: Self = serde_json::from_slice(&kept.bytes)?;
        if book.deployment != deployment {
            return Err(KeptError::Foreign {
                found: book.deployment,
                journal: deployment,
            });
        }
        let ids: Vec<_> = book.children.keys().copied().collect();
        for id in ids {
            book.index(id);
        }
        Ok(book)
    }
}
