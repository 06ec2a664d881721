//! What a person asks of a run that holds the store: a small file beside it, taken within a second.
//!
//! Only the process that holds the store writes its journal; this is how `halt`, `cancel --all`,
//! `resume-trading` and `resolve` reach it. A request is for the process that held the store when it
//! was left, and for no other: what was left for one that died is thrown away. Everybody who asks has a file of his own; it is
//! taken once and then gone: by the run, or by whoever left it and takes his word back.

use std::path::{Path, PathBuf};

use polyfolio_actors::messages::RouterCommand;
use polyfolio_model::ClOrdId;
use polyfolio_portfolio::TradingState;
use polyfolio_store::{StoreError, replace_atomically};
use serde::{Deserialize, Serialize};

const PREFIX: &str = "request-";

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// Trading is allowed, or not.
    Trading {
        /// The state from now on.
        state: TradingState,
        /// Why.
        reason: String,
    },
    /// An order is dead of which no list can say what became.
    Resolve {
        /// Which.
        order: ClOrdId,
        /// How the person knows.
        reason: String,
    },
    /// Cancel everything of ours that works, and give up the run.
    CancelAll {
        /// Why.
        reason: String,
    },
}

impl Asked {
    pub(super) fn command(self) -> RouterCommand {
        match self {
            Self::Trading { state, reason } => RouterCommand::SetTrading(state, reason),
            Self::Resolve { order, reason } => RouterCommand::Resolve(order, reason),
            Self::CancelAll { reason } => RouterCommand::CancelAll(reason),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Request {
    /// The process that it is for.
    holder: u32,
    asked: Asked,
}

/// A request that was left.
#[derive(Debug)]
pub struct Left(PathBuf);

impl Left {
    /// Whether it still waits to be taken.
    pub fn is_waiting(&self) -> bool {
        self.0.exists()
    }

    /// Takes the word back; `false` when it was taken before.
    pub fn take_back(&self) -> bool {
        std::fs::remove_file(&self.0).is_ok()
    }
}

/// Leaves a request for whoever holds the store; none when that cannot be said.
///
/// # Errors
/// It cannot be written.
pub fn leave(directory: &Path, asked: &Asked) -> Result<Option<Left>, StoreError> {
    let Some(holder) = holder(directory) else {
        return Ok(None);
    };
    let asked = asked.clone();
    let bytes = serde_json::to_vec(&Request { holder, asked }).unwrap_or_default();
    let path = directory.join(format!("{PREFIX}{}.json", std::process::id()));
    replace_atomically(&path, &bytes)?;
    Ok(Some(Left(path)))
}

/// Takes every request that waits for this process, in the order of their names. What is for
/// another, or no request at all, is thrown away.
pub(super) fn take_all(directory: &Path) -> Vec<Asked> {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return Vec::new();
    };
    let is_request = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(".json"))
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(is_request);
    paths.sort();
    let taken = paths.into_iter().filter_map(|path| {
        let bytes = std::fs::read(&path).ok()?;
        // Whoever left it may have taken it back meanwhile.
        std::fs::remove_file(&path).ok()?;
        serde_json::from_slice::<Request>(&bytes).ok()
    });
    let for_us = taken.filter(|request| request.holder == std::process::id());
    for_us.map(|request| request.asked).collect()
}

/// The process that holds the store, as it says in its lock.
fn holder(directory: &Path) -> Option<u32> {
    let text = std::fs::read_to_string(directory.join("lock")).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn halt(reason: &str) -> Asked {
        Asked::Trading {
            state: TradingState::Halted,
            reason: reason.to_owned(),
        }
    }

    #[test]
    fn a_request_is_for_the_process_that_held_the_store() {
        let directory = tempfile::tempdir().unwrap();
        let lock = directory.path().join("lock");
        assert!(leave(directory.path(), &halt("x")).unwrap().is_none());
        std::fs::write(&lock, "1").unwrap();
        let left = leave(directory.path(), &halt("for another"))
            .unwrap()
            .unwrap();
        assert!(left.is_waiting());
        assert!(take_all(directory.path()).is_empty());
        assert!(!left.is_waiting(), "and nobody else takes it later");

        std::fs::write(&lock, format!("{}\n", std::process::id())).unwrap();
        let left = leave(directory.path(), &halt("for us")).unwrap().unwrap();
        assert_eq!(take_all(directory.path()), [halt("for us")]);
        assert!(!left.take_back());
        let left = leave(directory.path(), &halt("never mind"))
            .unwrap()
            .unwrap();
        assert!(left.take_back());
        assert!(take_all(directory.path()).is_empty());
    }
}
