//! The state directory, from the outside: opening it, folding it, and what is wrong with it.

use std::path::Path;

use polyfolio_actors::order_router::{
    Folded, RecoverError, blob_of, read_records, read_state, snapshot_of,
};
use polyfolio_oms::{Book, Record};
use polyfolio_ports::Journal;
use polyfolio_store::{MemoryJournal, SledJournal, StoreError};

use crate::exit::Exit;
use crate::failure::Failure;

/// Opens the journal, or creates it.
///
/// # Errors
/// Locked, damaged, unwritable, full, newer: each with the next step.
pub fn open_journal(directory: &Path) -> Result<SledJournal, Failure> {
    SledJournal::open(directory).map_err(|error| failure(&error))
}

/// Reads a journal that must be there, and changes nothing; `None` when nothing ever ran here.
///
/// # Errors
/// As [`open_journal`].
pub fn open_existing(directory: &Path) -> Result<Option<SledJournal>, Failure> {
    match SledJournal::read_only(directory) {
        Ok(journal) => Ok(Some(journal)),
        Err(StoreError::Missing { .. }) => Ok(None),
        Err(error) => Err(failure(&error)),
    }
}

/// The book of a journal.
///
/// # Errors
/// A snapshot or a record that cannot be read.
pub fn fold(journal: &dyn Journal) -> Result<Book, Failure> {
    let folded = read_state(journal).map_err(|error| unreadable(&error))?;
    Ok(folded.book)
}

/// Writes one record of a person's word into a journal that is free, and closes it.
///
/// # Errors
/// It cannot be written.
pub fn write_one(journal: &SledJournal, record: &Record) -> Result<(), Failure> {
    let failed = |error: String| Failure::new(Exit::State, error);
    let blob = blob_of(record).map_err(|error| failed(error.to_string()))?;
    let written = actix::System::new().block_on(async { journal.append(vec![blob]).await });
    written.map_err(|error| failed(error.to_string()))?;
    journal.close().map_err(|error| failed(error.to_string()))
}

/// The records that a journal still holds.
///
/// # Errors
/// A record that cannot be read.
pub fn records(journal: &dyn Journal) -> Result<Vec<Record>, Failure> {
    read_records(journal).map_err(|error| unreadable(&error))
}

/// The book of a state directory; an empty one when nothing ever ran there.
///
/// # Errors
/// As [`open_journal`] and [`fold`].
pub fn read_book(directory: &Path) -> Result<Book, Failure> {
    match open_existing(directory)? {
        Some(journal) => fold(&journal),
        None => Ok(Book::new(0)),
    }
}

/// The state of a state directory in memory, for a plan that writes nothing.
///
/// # Errors
/// As [`open_journal`] and [`fold`].
pub(super) fn copy_of(directory: &Path) -> Result<MemoryJournal, Failure> {
    let Some(journal) = open_existing(directory)? else {
        return Ok(MemoryJournal::new(0));
    };
    let Folded { book, last, .. } = read_state(&journal).map_err(|error| unreadable(&error))?;
    let unkept = |source| unreadable(&RecoverError::Snapshot { seq: last, source });
    let state = snapshot_of(&book).map_err(unkept)?;
    Ok(MemoryJournal::behind(journal.deployment(), last, state))
}

/// A store that cannot be used, for a person.
pub(super) fn failure(error: &StoreError) -> Failure {
    let failure = Failure::new(Exit::State, error.to_string());
    match error {
        StoreError::Locked { .. } => {
            failure.line("wait until it is done, or see what it does with:  polyfolio status")
        }
        damage if damage.is_damage() => failure
            .line("nothing was sent. To see what is there:  polyfolio journal verify")
            .line("to keep what is sound and set the rest aside:  polyfolio journal salvage"),
        _ => failure,
    }
}

/// A journal that cannot be folded, for a person.
pub(super) fn unreadable(error: &RecoverError) -> Failure {
    Failure::new(Exit::State, error.to_string())
        .line("nothing was sent. To see what is there:  polyfolio journal verify")
}
