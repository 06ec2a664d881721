//! What others may see of the journal while this process holds the store: `journal.json`.
//!
//! The process that holds the store reads the journal back behind its own writer and writes down
//! what it found: the head that it verified, and the last records. The file is renewed when
//! there is something new, and answers only for the process that holds the lock.

use std::path::{Path, PathBuf};

use polyfolio_store::{Envelope, Follower, SledJournal, Verification, replace_atomically};
use serde::{Deserialize, Serialize};

/// The file's name within the state directory.
pub(crate) const FILE: &str = "journal.json";

/// How many records a run keeps at hand for others.
pub const KEPT: usize = 200;

/// What a process that holds the store has written down of its journal.
#[derive(Debug, Serialize, Deserialize)]
pub struct JournalView {
    /// Who wrote it.
    pid: u32,
    /// What was verified.
    pub verification: Verification,
    /// The last envelopes, each as it is stored.
    lines: Vec<String>,
}

impl JournalView {
    /// What the process that holds the store has written down; nothing when it has not yet, and
    /// nothing when another process, dead by now, wrote it.
    pub fn read(directory: &Path) -> Option<Self> {
        let holder = std::fs::read_to_string(directory.join("lock")).ok()?;
        let bytes = std::fs::read(directory.join(FILE)).ok()?;
        let view: Self = serde_json::from_slice(&bytes).ok()?;
        (holder.trim() == view.pid.to_string()).then_some(view)
    }

    /// The last `count` records, as far as they are kept; nothing when one is not what it says.
    pub fn tail(&self, count: u64) -> Option<Vec<Envelope>> {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let from = self.lines.len().saturating_sub(count);
        let lines = self.lines[from..].iter();
        lines.map(|line| Envelope::published(line)).collect()
    }
}

/// Writes the file, and takes it away in the end.
#[derive(Debug)]
pub(super) struct JournalKeeper {
    path: PathBuf,
    follower: Follower,
    is_written: bool,
}

impl JournalKeeper {
    /// For a journal that this process holds; none when its end cannot be read: there is no view
    /// then, and the run finds out by itself.
    pub(super) fn of(journal: &SledJournal) -> Option<Self> {
        let path = journal.dir().join(FILE);
        forget(journal.dir());
        let follower = journal.follow(KEPT).ok()?;
        Some(Self {
            path,
            follower,
            is_written: false,
        })
    }

    /// Writes down what is new.
    pub(super) fn renew(&mut self) {
        match self.follower.catch_up() {
            Ok(false) if self.is_written => {}
            Ok(_) => self.write(),
            // What cannot be read now is read the next time.
            Err(_) => {}
        }
    }

    fn write(&mut self) {
        let view = JournalView {
            pid: std::process::id(),
            verification: self.follower.verification(),
            lines: self.follower.tail().map(|kept| kept.line.clone()).collect(),
        };
        if let Ok(bytes) = serde_json::to_vec(&view) {
            // A view that cannot be written is an old view; the run goes on.
            self.is_written = replace_atomically(&self.path, &bytes).is_ok();
        }
    }
}

impl Drop for JournalKeeper {
    fn drop(&mut self) {
        // The store is free again soon, and says more.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Takes away what a process left that died.
fn forget(directory: &Path) {
    let _ = std::fs::remove_file(directory.join(FILE));
}
