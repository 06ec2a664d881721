//! What a journal must say of itself after records of it were lost.
//!
//! The lost records may have held anything: orders that live at the broker, fills, a halt. So the
//! book that is left is older than the world, and says so: ids go on far above any that a lost
//! record can have used, a run that was not over is given up, open orders are in doubt until the
//! broker speaks of them, and nothing is traded until a person has looked.

use polyfolio_model::{RequestId, RunId, Ts};
use polyfolio_portfolio::TradingState;

use crate::book::Book;
use crate::records::{Abandoned, Record, Salvaged, Trading};

/// How many more records may be lost than is known: those behind the mark of the last one, which
/// a power cut can take as well.
const UNSEEN_MAX: u64 = 1 << 16;

/// Ids go on at the next multiple of this: a person sees in an id that it is from after a salvage.
const STEP: u64 = 100_000;

/// No id is left that was certainly never used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no run number is left above {above} that a lost record cannot have used")]
pub struct NoIdsLeft {
    /// The highest that one can have used.
    pub above: u64,
}

/// The records that end a journal of which `book` is what was kept and at least `lost` records are
/// not there any more. They belong in one batch.
///
/// # Errors
/// [`NoIdsLeft`] after some forty thousand salvages.
pub fn after_salvage(book: &Book, lost: u64, reason: String) -> Result<Vec<Record>, NoIdsLeft> {
    let time = book.as_of().unwrap_or_default();
    after_gap(book, lost, RunId(0), reason, time)
}

/// The same, where a run up to `seen` is known to have been begun.
///
/// # Errors
/// [`NoIdsLeft`] after some forty thousand gaps.
pub fn after_gap(
    book: &Book,
    lost: u64,
    seen: RunId,
    reason: String,
    time: Ts,
) -> Result<Vec<Record>, NoIdsLeft> {
    // A lost record began one run, or made one request, at most.
    let unused = |next: u64| {
        let above = next.saturating_add(lost).saturating_add(UNSEEN_MAX);
        above.div_ceil(STEP).saturating_mul(STEP).saturating_add(1)
    };
    let next_run = unused(u64::from(book.next_run().max(seen).0));
    let next_run = u32::try_from(next_run).map_err(|_| NoIdsLeft { above: next_run })?;
    let mut records = vec![Record::Salvaged(Salvaged {
        lost,
        next_run: RunId(next_run),
        next_request: RequestId(unused(book.next_request().0)),
        reason: reason.clone(),
        time,
    })];
    let unfinished = book.active_run().filter(|run| run.abandoned.is_none());
    records.extend(unfinished.map(|run| {
        Record::Abandoned(Abandoned {
            run: run.planned.run,
            reason: reason.clone(),
            time,
        })
    }));
    records.push(Record::Trading(Trading {
        state: TradingState::Halted,
        reason,
        time,
    }));
    Ok(records)
}
