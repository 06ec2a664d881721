//! Both records, read when no program runs, and held against each other.
//!
//! The journal is read after every start, and not only at the end: a later start drops records
//! when a snapshot stands for them.

use polyfolio_actors::order_router::RecoverError;
use polyfolio_model::{InstrumentId, Ts};
use polyfolio_oms::Record;
use polyfolio_oms::router::order_in_doubt;
use polyfolio_ports::{Journal, Seq};
use polyfolio_report::audit::{Audit, Auditor, Kill};

use super::{AuditedVenue, Place};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::runtime;

/// Every record that a journal ever held.
#[derive(Debug, Default)]
pub(super) struct Heard {
    records: Vec<Record>,
    upto: Seq,
}

impl Heard {
    /// Reads what was written since it was read last.
    pub(super) fn listen(&mut self, place: &Place) -> Result<(), Failure> {
        if place.records() <= self.upto {
            return Ok(());
        }
        let Some(journal) = runtime::open_existing(&place.state_dir())? else {
            return Ok(());
        };
        let mut unread = None;
        let read = journal.replay(self.upto + 1, &mut |seq, blob| match Record::decode(
            &blob.kind,
            blob.version,
            &blob.bytes,
        ) {
            Ok(record) => self.records.push(record),
            Err(source) => drop(unread.get_or_insert((seq, source))),
        });
        let failed = |error: RecoverError| Failure::new(Exit::State, error.to_string());
        self.upto = read.map_err(|error| failed(error.into()))?;
        match unread {
            None => Ok(()),
            Some((seq, source)) => Err(Failure::new(
                Exit::State,
                format!("record {seq} of the journal cannot be read: {source}"),
            )),
        }
    }
}

/// What stands between an order that a person has to look at and why: every stop of a kind is
/// counted as one kind, whatever the order.
fn why(reason: &str) -> &str {
    let is_of_an_order = order_in_doubt(reason).is_some();
    let why = reason.split_once(": ").filter(|_| is_of_an_order);
    why.map_or(reason, |(_, why)| why)
}

impl Heard {
    /// Every stop of an instrument, and why: one for each time that it stopped.
    pub(super) fn stops(&self) -> impl Iterator<Item = (&InstrumentId, String)> {
        let stops = self.records.iter().filter_map(|record| match record {
            Record::Stopped(stopped) => Some((&stopped.instrument, stopped.reason.as_ref()?)),
            _ => None,
        });
        stops.map(|(instrument, reason)| (instrument, why(reason).to_owned()))
    }
}

/// The audit, and the time of the venue's last event.
pub(super) fn inspect(
    heard: &Heard,
    venue: &dyn AuditedVenue,
    kills: Vec<Kill>,
) -> Result<(Audit, Option<Ts>), Failure> {
    let tape = venue.record()?;
    let as_of = tape.last().map(|event| event.time);
    let mut auditor = Auditor::new(tape, kills);
    for record in &heard.records {
        auditor.take(record);
    }
    Ok((auditor.finish(), as_of))
}
