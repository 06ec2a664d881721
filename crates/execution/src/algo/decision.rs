//! What an algorithm says, and why.

use std::fmt;

use polyfolio_model::{OrdType, Qty, Ts};
use serde::{Deserialize, Serialize};

/// What should be in the market now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// So much, at such a price.
    Work {
        /// In all: what is there already counts. Above zero.
        open_qty: Qty,
        /// The price.
        ord_type: OrdType,
        /// When to ask again, if nothing happens before.
        wake_at: Option<Ts>,
        /// Why.
        reason: Reason,
    },
    /// Nothing: what is there is canceled.
    Idle {
        /// When to ask again, if nothing happens before.
        wake_at: Option<Ts>,
        /// Why.
        reason: Reason,
    },
    /// It cannot be said: what is there stays, and nothing is added.
    Wait {
        /// When to ask again, if nothing happens before.
        wake_at: Option<Ts>,
        /// Why.
        reason: Reason,
    },
}

/// Why an algorithm decided as it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The parent's time has not come.
    NotStarted,
    /// The parent's time is over.
    Deadline,
    /// Everything has filled.
    Done,
    /// A side that is needed is not quoted, or the quote is crossed.
    NoQuote,
    /// The quote is too old.
    StaleQuote,
    /// The mid at arrival is not known.
    NoArrivalPrice,
    /// The model or the schedule has no answer for these numbers.
    NoAnswer,
    /// Between two slices.
    NextSlice,
    /// As the schedule has it.
    Schedule,
    /// At the model's quote.
    ModelQuote,
    /// The model would trade at once; the quote stops short of the other side.
    HeldAtTouch,
    /// The parent's limit is all that may be paid.
    AtLimit,
    /// At the one price there is.
    FixedPrice,
    /// At once.
    Immediate,
}

impl Decision {
    /// When to ask again, if nothing happens before.
    pub fn wake_at(&self) -> Option<Ts> {
        match self {
            Self::Work { wake_at, .. }
            | Self::Idle { wake_at, .. }
            | Self::Wait { wake_at, .. } => *wake_at,
        }
    }

    /// Why.
    pub fn reason(&self) -> Reason {
        match self {
            Self::Work { reason, .. } | Self::Idle { reason, .. } | Self::Wait { reason, .. } => {
                *reason
            }
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NotStarted => "before the start",
            Self::Deadline => "the deadline has passed",
            Self::Done => "everything has filled",
            Self::NoQuote => "no quote",
            Self::StaleQuote => "the quote is old",
            Self::NoArrivalPrice => "no price at arrival",
            Self::NoAnswer => "no price for these numbers",
            Self::NextSlice => "the next slice has not come",
            Self::Schedule => "on schedule",
            Self::ModelQuote => "at the model's quote",
            Self::HeldAtTouch => "held short of the other side",
            Self::AtLimit => "at the order's limit",
            Self::FixedPrice => "at a fixed price",
            Self::Immediate => "at once",
        })
    }
}
