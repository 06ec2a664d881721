//! A router of what the journal holds: its last snapshot, and the records behind it.

use std::collections::VecDeque;
use std::sync::Arc;

use indexmap::IndexMap;
use polyfolio_oms::book::KeptError;
use polyfolio_oms::events::Event;
use polyfolio_oms::records::{DecodeError, Record};
use polyfolio_oms::{Book, Router, RouterConfig};
use polyfolio_ports::{Clock, Journal, JournalError, Seq, Sink};

use super::OrderRouter;
use super::blobs::book_of;
use super::keep::{Keep, Keeping};
use crate::switchboard::Switchboard;

/// A journal that cannot be folded.
#[derive(Debug, thiserror::Error)]
pub enum RecoverError {
    /// The store cannot give the records.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A record is not one of ours.
    #[error("record {seq}: {source}")]
    Record {
        /// Its place.
        seq: u64,
        /// Why.
        source: DecodeError,
    },
    /// The snapshot is not one of ours.
    #[error("snapshot of record {seq}: {source}")]
    Snapshot {
        /// The record up to which it stands.
        seq: u64,
        /// Why.
        source: KeptError,
    },
}

/// A journal's state, and where it stands.
#[derive(Clone, Debug)]
pub struct Folded {
    /// The fold of every record that ever was.
    pub book: Book,
    /// The last record; 0 in a journal in which there never was one.
    pub last: Seq,
    /// The record up to which the last snapshot stands; 0 if there is none.
    pub kept: Seq,
}

/// The state that a journal holds: its last snapshot, and the records behind it.
///
/// # Errors
/// What the store, the snapshot or a record says.
pub fn read_state(journal: &dyn Journal) -> Result<Folded, RecoverError> {
    let deployment = journal.deployment();
    let (kept, mut book) = match journal.latest_snapshot()? {
        None => (0, Book::new(deployment)),
        Some((seq, blob)) => {
            let book = book_of(deployment, blob);
            (
                seq,
                book.map_err(|source| RecoverError::Snapshot { seq, source })?,
            )
        }
    };
    let last = each_record(journal, kept + 1, |record| drop(book.apply(&record)))?;
    Ok(Folded { book, last, kept })
}

/// Reads every record that a journal still holds.
///
/// # Errors
/// What the store or a record says.
pub fn read_records(journal: &dyn Journal) -> Result<Vec<Record>, RecoverError> {
    let mut records = Vec::new();
    each_record(journal, journal.first_seq(), |record| records.push(record))?;
    Ok(records)
}

/// Reads the records from `from` on; says which is the last.
fn each_record(
    journal: &dyn Journal,
    from: Seq,
    mut each: impl FnMut(Record),
) -> Result<Seq, RecoverError> {
    let mut fault = None;
    let last = journal.replay(from, &mut |seq, blob| {
        if fault.is_some() {
            return;
        }
        match Record::decode(&blob.kind, blob.version, &blob.bytes) {
            Ok(record) => each(record),
            Err(source) => fault = Some(RecoverError::Record { seq, source }),
        }
    })?;
    fault.map_or(Ok(last), Err)
}

impl OrderRouter {
    /// The router of what the journal holds.
    ///
    /// # Errors
    /// What the store or a record says.
    pub fn recover(
        journal: Arc<dyn Journal>,
        config: RouterConfig,
        clock: Arc<dyn Clock>,
        board: Arc<Switchboard>,
        observer: Sink<Event>,
        keep: Keep,
    ) -> Result<Self, RecoverError> {
        let Folded { book, last, kept } = read_state(&*journal)?;
        let core = Router::of_book(config, book);
        Ok(Self {
            core,
            journal,
            keeping: Keeping { keep, last, kept },
            clock,
            board,
            observer,
            inbox: Vec::new(),
            quotes: IndexMap::new(),
            lazy: Vec::new(),
            asking: Vec::new(),
            unsaid: VecDeque::new(),
            pumping: false,
            writing: false,
            failed: false,
            timer: None,
            cause: None,
        })
    }
}
