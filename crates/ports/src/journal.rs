//! The durable journal, as bytes with a kind and a version.
//!
//! What the bytes mean is the order management's affair; the envelope around them (sequence,
//! chain, checksum) is the store's.

use crate::BoxFuture;

/// The place of a record in the journal, counted from 1 without gaps.
pub type Seq = u64;

/// One record's payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// What it is, e.g. `intent`.
    pub kind: String,
    /// The version of its encoding.
    pub version: u16,
    /// The encoded record.
    pub bytes: Vec<u8>,
}

/// Why the journal did not take or give a record. After a failed append trading stops.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// The medium did not take the batch: nothing of it may be assumed durable.
    #[error("the journal could not be written: {0}")]
    NotWritten(String),
    /// A record is not what was written.
    #[error("record {seq} of the journal is damaged: {what}")]
    Damaged {
        /// The first bad record.
        seq: Seq,
        /// What is wrong with it.
        what: String,
    },
    /// The journal was closed.
    #[error("the journal is closed")]
    Closed,
}

/// An append-only journal with one writer.
pub trait Journal: Send + Sync {
    /// Drawn once, when the journal was created; the first part of every client order id.
    fn deployment(&self) -> u32;

    /// Appends a batch, whole or not at all. Resolves when it is durable, with the last sequence
    /// number of the batch.
    fn append(&self, batch: Vec<Blob>) -> BoxFuture<Result<Seq, JournalError>>;

    /// Reads every record from `from` on, in order. Returns the last sequence number there is
    /// (0 for an empty journal).
    fn replay(&self, from: Seq, each: &mut dyn FnMut(Seq, Blob)) -> Result<Seq, JournalError>;
}
