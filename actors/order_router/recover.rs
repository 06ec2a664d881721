//! A router of what the journal holds.

use std::collections::VecDeque;
use std::sync::Arc;

use indexmap::IndexMap;
use polyfolio_oms::events::Event;
use polyfolio_oms::records::{DecodeError, Record};
use polyfolio_oms::{Router, RouterConfig};
use polyfolio_ports::{Clock, Journal, JournalError, Sink};

use super::OrderRouter;
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
}

/// Reads every record of a journal.
///
/// # Errors
/// What the store or a record says.
pub fn read_records(journal: &dyn Journal) -> Result<Vec<Record>, RecoverError> {
    let mut records = Vec::new();
    let mut fault = None;
    journal.replay(
        1,
        &mut |seq, blob| match Record::decode(&blob.kind, blob.version, &blob.bytes) {
            Ok(record) => records.push(record),
            Err(source) => {
                fault.get_or_insert(RecoverError::Record { seq, source });
            }
        },
    )?;
    fault.map_or(Ok(records), Err)
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
    ) -> Result<Self, RecoverError> {
        let records = read_records(&*journal)?;
        let core = Router::recover(config, journal.deployment(), records);
        Ok(Self {
            core,
            journal,
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
