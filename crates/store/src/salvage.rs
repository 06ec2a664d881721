//! Out of a damaged journal a sound one.
//!
//! Salvage never guesses. It keeps the longest chain of records that is proved by its hashes and
//! ends with a whole batch, and the snapshots that stand in that chain. It looks for them in the
//! database, if that still opens, and in the bare bytes of its file. What it keeps goes into a new
//! journal beside the old one, with a last batch of the caller's that says what happened; then the
//! old files are moved aside, never deleted, and the new ones take their place. Whatever dies in
//! between, the next salvage goes on, and until then nothing opens the directory.
//!
//! What the lost records said, nobody knows. That the books are older than the world from here on
//! is the caller's to write down.

mod carve;
mod gather;
mod swap;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use polyfolio_ports::{Blob, Journal, Seq};
use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::look::copy;
use crate::opening::{self, Ground};
use crate::probe::{SyncProbe, Unobserved};
use crate::{DiskJournal, Options, StateDir, StoreError};
pub(crate) use gather::Kept;
use gather::gather;
pub(crate) use swap::refuse_unfinished;

/// What became of a damaged journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Salvage {
    /// What was wrong with it.
    pub fault: String,
    /// The first record that was kept.
    pub first_seq: Seq,
    /// The last record that was kept; one less than `first_seq` if none was.
    pub kept: Seq,
    /// The last record that is known to have been acknowledged. There may have been more: the mark
    /// that says so is itself not proof against a power cut.
    pub known: Seq,
    /// How many of the records that are known to have been acknowledged are lost.
    pub lost: u64,
    /// The record that the newest sound snapshot stands for.
    pub snapshot: Option<Seq>,
    /// How many of the kept records the database did not give any more.
    pub carved: u64,
    /// Where the old files are, below the state directory.
    pub quarantine: PathBuf,
}

/// The records that end a salvaged journal, from what became of it and what it holds so far.
pub type Conclude<'a> = &'a dyn Fn(&Salvage, &dyn Journal) -> Result<Vec<Blob>, String>;

/// Salvages the journal in a directory that no process holds. `None` where nothing is wrong with
/// it.
///
/// # Errors
/// Whatever keeps it from being done; the directory is then as it was, or
/// [`StoreError::SalvageUnfinished`] when it is opened, and the next salvage goes on.
pub fn salvage(
    dir: impl AsRef<Path>,
    conclude: Conclude<'_>,
) -> Result<Option<Salvage>, StoreError> {
    salvage_observed(dir, conclude, Arc::new(Unobserved))
}

/// The same, with somebody who looks on at each step, and may fail it.
pub fn salvage_observed(
    dir: impl AsRef<Path>,
    conclude: Conclude<'_>,
    probe: Arc<dyn SyncProbe>,
) -> Result<Option<Salvage>, StoreError> {
    let dir = dir.as_ref();
    // Before the lock, which would create the directory.
    drop(StateDir::open_existing(dir)?);
    let state = StateDir::open(dir)?;
    if let Some(unfinished) = swap::unfinished(dir)? {
        swap::finish(dir, &unfinished, &*probe)?;
        return Ok(Some(unfinished));
    }
    swap::clear(dir)?;
    let Some(fault) = fault_of(dir)? else {
        return Ok(None);
    };
    let kept = gather(dir)?;
    let report = Salvage {
        fault,
        first_seq: kept.start.seq + 1,
        kept: kept.end.seq,
        known: kept.known.max(kept.end.seq),
        lost: kept.known.saturating_sub(kept.end.seq),
        snapshot: kept.snapshots.last().map(|(of, _)| of.mark().seq),
        carved: kept.carved,
        quarantine: swap::free_quarantine(dir),
    };
    rebuild(dir, &kept, &report, conclude)?;
    swap::ready(dir, &report)?;
    swap::finish(dir, &report, &*probe)?;
    drop(state);
    Ok(Some(report))
}

/// What is wrong with the journal, in words.
fn fault_of(dir: &Path) -> Result<Option<String>, StoreError> {
    let copied = copy(dir)?;
    let copy = copied.path().to_owned();
    let none = || {
        Err(StoreError::Missing {
            path: dir.to_owned(),
        })
    };
    let surveyed = Ground::open(copied, Engine::default(), none)
        .and_then(|ground| ground.survey())
        .map_err(|error| error.of_original(&copy, dir));
    let error = match surveyed {
        Ok(survey) => match survey.flaws.into_iter().next() {
            None => return Ok(None),
            Some(flaw) => flaw.into_error(dir),
        },
        Err(error) => error,
    };
    match error {
        // Nothing is wrong with what is there.
        StoreError::NewerSchema { .. }
        | StoreError::Full { .. }
        | StoreError::Missing { .. }
        | StoreError::Locked { .. }
        | StoreError::NoChance(_) => Err(error),
        damage => Ok(Some(damage.to_string())),
    }
}

/// Makes a journal of what was kept, beside the damaged one.
fn rebuild(
    dir: &Path,
    kept: &Kept,
    report: &Salvage,
    conclude: Conclude<'_>,
) -> Result<(), StoreError> {
    let fresh = swap::fresh(dir);
    opening::found(&fresh, kept)?;
    let journal = DiskJournal::open_with(&fresh, Options::default())?;
    let hopeless = |what| StoreError::Hopeless {
        path: dir.to_owned(),
        what,
    };
    let last = conclude(report, &journal).map_err(hopeless)?;
    journal
        .append_now(last)
        .map_err(|error| hopeless(error.to_string()))?;
    journal.close()
}
