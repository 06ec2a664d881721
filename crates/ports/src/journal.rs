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
    /// Records were dropped, as a snapshot stands for them: begin with
    /// [`Journal::latest_snapshot`].
    #[error("record {from} of the journal was dropped: the first one is {first}")]
    Compacted {
        /// What was asked for.
        from: Seq,
        /// The first record there is.
        first: Seq,
    },
    /// It would lose something, or makes no sense. The journal goes on as before.
    #[error("the journal refuses: {0}")]
    Refused(String),
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

    /// The first record there is; above 1 when records were dropped, and one more than the last in
    /// a journal that holds none.
    fn first_seq(&self) -> Seq;

    /// Reads every record from `from` on, in order. Returns the last sequence number there is
    /// (0 for a journal in which there never was one). A `from` that lies before the first record
    /// is [`JournalError::Compacted`], not a shorter answer.
    fn replay(&self, from: Seq, each: &mut dyn FnMut(Seq, Blob)) -> Result<Seq, JournalError>;

    /// Keeps a state that stands for every record up to `at`. Resolves when it is durable, and
    /// every append before it. `at` is a record that is there, and no older than the last
    /// snapshot's; a second one of the same record takes the place of the first.
    fn snapshot(&self, at: Seq, state: Blob) -> BoxFuture<Result<(), JournalError>>;

    /// The newest state and the record up to which it stands: with the records behind it, all
    /// there is to know.
    fn latest_snapshot(&self) -> Result<Option<(Seq, Blob)>, JournalError>;

    /// Drops every record up to `upto`, for ever. Refused unless a snapshot that stands for all of
    /// them is durable. Asked for less than is dropped already, it does nothing.
    fn compact(&self, upto: Seq) -> BoxFuture<Result<(), JournalError>>;
}
