//! Something that must not happen, and did.

use std::fmt;

/// A promise that was broken in a simulation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{promise}: {what}")]
pub struct Fault {
    /// Which promise.
    pub promise: &'static str,
    /// With its numbers.
    pub what: String,
}

impl Fault {
    /// This promise was broken in this way.
    pub fn new(promise: &'static str, what: impl fmt::Display) -> Self {
        let what = what.to_string();
        Self { promise, what }
    }
}
