//! Looking at every record: at each opening, and for `polyfolio journal verify`.

use std::io;
use std::path::Path;

use polyfolio_ports::Seq;
use serde::{Deserialize, Serialize};

use crate::chain::{Flaw, Walk};
use crate::envelope::Mark;
use crate::look::examine;
use crate::manifest::Manifest;
use crate::pages::Pages;
use crate::snapshots::Snapshots;
use crate::{StateDir, StoreError};

/// Enough to see how bad it is.
pub(crate) const FAULTS_MAX: usize = 100;

/// What is in a journal, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    /// How many records are sound.
    pub records: u64,
    /// The first record there should be.
    pub first_seq: Seq,
    /// The last record there is; one less than `first_seq` in an empty journal.
    pub last_seq: Seq,
    /// The SHA-256 of the last envelope in hex; 64 zeros in a journal that never held a record.
    /// Absent when the last record cannot be read.
    pub head: Option<String>,
    /// The record that the newest sound snapshot of the state stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<Seq>,
    /// Whether there is no fault.
    pub ok: bool,
    /// The first hundred faults.
    pub faults: Vec<Fault>,
}

/// A thing wrong with a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The first record it concerns.
    pub seq: Seq,
    /// What it is.
    pub what: String,
}

/// Examines the journal in a state directory that no process holds, also one that does not open.
/// It looks at a copy: in the directory itself nothing is created, written or repaired.
pub fn verify(dir: impl AsRef<Path>) -> Result<Verification, StoreError> {
    let dir = dir.as_ref();
    let missing = || {
        Err(StoreError::Missing {
            path: dir.to_owned(),
        })
    };
    let copy = StateDir::open_existing(dir)?.copy()?;
    let (_ground, survey) = examine(copy, dir, missing)?;
    Ok(survey.into())
}

/// The outcome of a walk over a whole journal.
#[derive(Debug)]
pub(crate) struct Survey {
    pub(crate) records: u64,
    pub(crate) start: Mark,
    /// The last record that was met.
    pub(crate) last: Seq,
    /// The last record, if it can be read.
    pub(crate) head: Option<Mark>,
    /// The record that the newest sound snapshot stands for.
    pub(crate) snapshot: Option<Seq>,
    /// In the order of the records; those of snapshots come last.
    pub(crate) flaws: Vec<Flaw>,
}

/// Walks over a whole journal, and holds it against what is known outside of the database, and
/// against its snapshots.
pub(crate) fn survey(
    pages: &Pages,
    snapshots: &Snapshots,
    manifest: &Manifest,
    acknowledged: Option<Mark>,
) -> io::Result<Survey> {
    let start = manifest.start;
    let (sound, damaged) = snapshots.check()?;
    let outside = [Some(start), Some(manifest.sealed), acknowledged];
    let outside: Vec<Mark> = outside.into_iter().flatten().collect();
    let taken = sound.iter().map(|snapshot| snapshot.mark());
    let known: Vec<Mark> = outside.iter().copied().chain(taken).collect();
    let mut walk = Walk::behind(start);
    let (mut records, mut flaws) = (0, Vec::new());
    for commit in pages.commits(start, 0)? {
        let each = |walk: &Walk, step: Result<_, Flaw>| {
            let checked = step.and_then(|_| agrees(walk.mark(), &known));
            records += u64::from(checked.is_ok());
            flaws.extend(checked.err());
            if flaws.len() < FAULTS_MAX {
                Ok(())
            } else {
                Err(())
            }
        };
        if walk.through(&commit?, each).is_err() {
            break;
        }
    }
    if flaws.is_empty() {
        flaws.extend(walk.torn());
    }
    let acknowledged = outside.iter().map(|mark| mark.seq).max().unwrap_or(0);
    if walk.seq() < acknowledged && flaws.len() < FAULTS_MAX {
        flaws.push(Flaw::Truncated {
            known: acknowledged,
            found: walk.seq(),
        });
    }
    flaws.extend(damaged);
    let newest = sound.iter().map(|snapshot| snapshot.mark()).next_back();
    flaws.extend(flaw_of_newest(newest, start, walk.seq()));
    Ok(Survey {
        records,
        start,
        last: walk.seq(),
        head: walk.mark(),
        snapshot: newest.map(|mark| mark.seq),
        flaws,
    })
}

/// Dropped records need a snapshot that stands for them, and a snapshot needs its record.
fn flaw_of_newest(newest: Option<Mark>, start: Mark, last: Seq) -> Option<Flaw> {
    let flaw = |seq, what: String| Some(Flaw::Snapshot { seq, what });
    match newest {
        Some(mark) if mark.seq > last => {
            flaw(mark.seq, format!("the journal ends at record {last}"))
        }
        Some(mark) if mark.seq >= start.seq => None,
        _ if start.seq == 0 => None,
        _ => {
            let what = "it is missing, though the records that it stands for were dropped";
            flaw(start.seq, what.to_owned())
        }
    }
}

impl From<Survey> for Verification {
    fn from(survey: Survey) -> Self {
        let fault = |flaw: &Flaw| Fault {
            seq: flaw.seq(),
            what: flaw.what(),
        };
        Self {
            records: survey.records,
            first_seq: survey.start.seq + 1,
            last_seq: survey.last,
            head: survey.head.map(|mark| mark.hash.to_string()),
            snapshot: survey.snapshot,
            ok: survey.flaws.is_empty(),
            faults: survey.flaws.iter().map(fault).collect(),
        }
    }
}

/// A record that is known outside of the database must be that record.
fn agrees(mark: Option<Mark>, known: &[Mark]) -> Result<(), Flaw> {
    let Some(mark) = mark else { return Ok(()) };
    match known
        .iter()
        .find(|known| known.seq == mark.seq && known.hash != mark.hash)
    {
        Some(_) => {
            let what = "it is not the record that was acknowledged".to_owned();
            Err(Flaw::Damaged {
                seq: mark.seq,
                what,
            })
        }
        None => Ok(()),
    }
}
