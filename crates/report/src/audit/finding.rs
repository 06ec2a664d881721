//! What does not agree, in words and ids.

use std::fmt;

use serde::Serialize;

/// Under which of the four promises a finding counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// One order, twice: at the venue under one id, or two orders of ours under one id.
    Duplicates,
    /// One side has an order, or its fate, and the other side has not.
    Missing,
    /// More was filled or open at the venue than a parent wanted.
    Overshoots,
    /// The account is not what ledger, executions or targets say.
    PositionErrors,
}

/// One disagreement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it counts as.
    pub verdict: Verdict,
    /// Which check found it, e.g. `sent_twice`.
    pub code: &'static str,
    /// The orders, executions, parents, runs or symbols it is about.
    pub ids: Vec<String>,
    /// Ours against theirs, for a person.
    pub message: String,
}

impl Finding {
    pub(super) fn new(verdict: Verdict, code: &'static str, message: String) -> Self {
        Self {
            verdict,
            code,
            ids: Vec::new(),
            message,
        }
    }

    pub(super) fn of(mut self, id: impl ToString) -> Self {
        self.ids.push(id.to_string());
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} ({})",
            self.code,
            self.message,
            self.ids.join(", ")
        )
    }
}
