//! Both records, read when no program runs, and held against each other.

use polyfolio_actors::order_router::RecoverError;
use polyfolio_model::Ts;
use polyfolio_oms::Record;
use polyfolio_ports::Journal;
use polyfolio_report::audit::{Audit, Auditor, Kill};

use super::{AuditedVenue, Place};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::runtime;

/// The audit, and the time of the venue's last event.
pub(super) fn inspect(
    place: &Place,
    venue: &dyn AuditedVenue,
    kills: Vec<Kill>,
) -> Result<(Audit, Option<Ts>), Failure> {
    let tape = venue.record()?;
    let as_of = tape.last().map(|event| event.time);
    let mut auditor = Auditor::new(tape, kills);
    let Some(journal) = runtime::open_existing(&place.state_dir())? else {
        return Ok((auditor.finish(), as_of));
    };
    let mut unread = None;
    let read = journal.replay(1, &mut |seq, blob| match Record::decode(
        &blob.kind,
        blob.version,
        &blob.bytes,
    ) {
        Ok(record) => auditor.take(&record),
        Err(source) => drop(unread.get_or_insert((seq, source))),
    });
    let failed = |error: RecoverError| Failure::new(Exit::State, error.to_string());
    read.map_err(|error| failed(error.into()))?;
    match unread {
        None => Ok((auditor.finish(), as_of)),
        Some((seq, source)) => Err(Failure::new(
            Exit::State,
            format!("record {seq} of the journal cannot be read: {source}"),
        )),
    }
}
