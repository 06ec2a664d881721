//! What a person asks of a run that holds the store: a small file beside it, taken within a second.
//!
//! Only the process that holds the store writes its journal; this is how `halt` and `cancel --all`
//! reach it. A request is taken once and then gone: by the run, or by whoever left it and takes
//! its word back.

use std::path::Path;

use polyfolio_actors::messages::RouterCommand;
use polyfolio_portfolio::TradingState;
use polyfolio_store::{StoreError, replace_atomically};
use serde::{Deserialize, Serialize};

const FILE: &str = "request.json";

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
            Self::CancelAll { reason } => RouterCommand::CancelAll(reason),
        }
    }
}

/// Leaves a request for whoever holds the store.
///
/// # Errors
/// It cannot be written.
pub fn leave(directory: &Path, asked: &Asked) -> Result<(), StoreError> {
    let bytes = serde_json::to_vec(asked).unwrap_or_default();
    replace_atomically(&directory.join(FILE), &bytes)
}

/// Whether a request is still waiting to be taken.
pub fn is_waiting(directory: &Path) -> bool {
    directory.join(FILE).exists()
}

/// Takes the request that waits, if one does. What is no request is thrown away.
pub fn take(directory: &Path) -> Option<Asked> {
    let path = directory.join(FILE);
    let bytes = std::fs::read(&path).ok()?;
    std::fs::remove_file(&path).ok()?;
    serde_json::from_slice(&bytes).ok()
}
