//! The new journal takes the place of the old one.
//!
//! Two directories in the state directory: `salvage.new` holds the new journal while it is made,
//! and `quarantine-N` the old files. When the new journal is complete and durable, the file
//! `salvage.new/ready` says so, and says what is to be done: from then on the exchange can only go
//! on, however often it is interrupted, and it ends when `ready` is gone.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::Salvage;
use crate::files::{create_dir, sync_dir};
use crate::probe::{Step, SyncProbe};
use crate::{StoreError, replace_atomically};

/// What is exchanged. The manifest comes last: it vouches for the others.
const NAMES: [&str; 3] = ["db", "head", "manifest.json"];

/// Where the new journal is made.
pub(super) fn fresh(dir: &Path) -> PathBuf {
    dir.join("salvage.new")
}

fn ready_path(dir: &Path) -> PathBuf {
    fresh(dir).join("ready")
}

/// Refuses a directory in which an exchange stopped half way.
pub(crate) fn refuse_unfinished(dir: &Path) -> Result<(), StoreError> {
    if ready_path(dir).exists() {
        return Err(StoreError::SalvageUnfinished {
            path: dir.to_owned(),
        });
    }
    Ok(())
}

/// The exchange that stopped half way, if one did.
pub(super) fn unfinished(dir: &Path) -> Result<Option<Salvage>, StoreError> {
    let path = ready_path(dir);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(StoreError::reading(&path, error)),
    };
    let read = serde_json::from_slice(&bytes);
    let read = read.map_err(|error| StoreError::reading(&path, error.into()))?;
    Ok(Some(read))
}

/// Removes what a salvage has left that died before its journal was complete.
pub(super) fn clear(dir: &Path) -> Result<(), StoreError> {
    let fresh = fresh(dir);
    match fs::remove_dir_all(&fresh) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(StoreError::writing(&fresh, error))
        }
        _ => Ok(()),
    }
}

/// A name in the state directory under which nothing is in quarantine yet.
pub(super) fn free_quarantine(dir: &Path) -> PathBuf {
    let names = (1u32..).map(|n| PathBuf::from(format!("quarantine-{n}")));
    let mut free = names.filter(|name| !dir.join(name).exists());
    free.next().unwrap_or_else(|| PathBuf::from("quarantine"))
}

/// The new journal is complete: from here on there is no way back.
pub(super) fn ready(dir: &Path, report: &Salvage) -> Result<(), StoreError> {
    sync_dir(&fresh(dir).join("db"))?;
    sync_dir(dir)?;
    replace_atomically(&ready_path(dir), &report_bytes(report))
}

/// Moves what has still to be moved.
pub(super) fn finish(
    dir: &Path,
    report: &Salvage,
    probe: &dyn SyncProbe,
) -> Result<(), StoreError> {
    let (fresh, quarantine) = (fresh(dir), dir.join(&report.quarantine));
    let look = |nth| {
        let seen = probe.before(Step::Move, nth);
        seen.map_err(|source| StoreError::writing(dir, source))
    };
    look(0)?;
    create_dir(&quarantine)?;
    replace_atomically(&quarantine.join("salvage.json"), &report_bytes(report))?;
    for (name, nth) in NAMES.into_iter().zip([1, 3, 5]) {
        let (new, place, aside) = (fresh.join(name), dir.join(name), quarantine.join(name));
        if !new.exists() {
            continue;
        }
        look(nth)?;
        if place.exists() && !aside.exists() {
            rename(&place, &aside)?;
            sync_dir(&quarantine)?;
            sync_dir(dir)?;
        }
        look(nth + 1)?;
        rename(&new, &place)?;
        sync_dir(&fresh)?;
        sync_dir(dir)?;
    }
    look(7)?;
    let ready = ready_path(dir);
    fs::remove_file(&ready).map_err(|source| StoreError::writing(&ready, source))?;
    sync_dir(&fresh)?;
    look(8)?;
    clear(dir)
}

fn rename(from: &Path, to: &Path) -> Result<(), StoreError> {
    fs::rename(from, to).map_err(|source| StoreError::writing(to, source))
}

fn report_bytes(report: &Salvage) -> Vec<u8> {
    #[expect(
        clippy::expect_used,
        reason = "numbers and strings always have a JSON form"
    )]
    let mut bytes = serde_json::to_vec_pretty(report).expect("a report has a JSON form");
    bytes.push(b'\n');
    bytes
}
