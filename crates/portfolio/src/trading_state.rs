//! Whether trading is allowed: one word that stands above every other rule.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What may be sent.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum TradingState {
    /// Everything that the limits allow.
    #[default]
    Active,
    /// Only what makes a position smaller; never through zero.
    ReduceOnly,
    /// Nothing.
    Halted,
}

impl fmt::Display for TradingState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Active => "active",
            Self::ReduceOnly => "reduce only",
            Self::Halted => "halted",
        })
    }
}
