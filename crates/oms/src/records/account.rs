//! The account, and whether it may trade, as they are stored.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use polyfolio_model::{InstrumentId, Money, Qty, RunId, SleeveId, Ts};
use polyfolio_portfolio::TradingState;
use serde::{Deserialize, Serialize};

/// A difference taken over into the book of what nobody owns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Adopted {
    /// Signed differences of positions.
    pub positions: BTreeMap<InstrumentId, Qty>,
    /// The difference of cash.
    pub cash: Money,
    /// Why: `opening`, `policy`, `command`, `cash`.
    pub reason: String,
    /// When.
    pub time: Ts,
}

/// Our book is not the broker's. Nothing is invented to explain it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Break {
    /// Of what; absent for a break of orders or of the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instrument: Option<InstrumentId>,
    /// What differs: `position`, `order`, `overfill`, `lost_order`, `order_mismatch`, `older_state`.
    pub code: String,
    /// Ours against theirs, for a person.
    pub message: String,
    /// When.
    pub time: Ts,
}

/// Part of what was sent from here is not in this journal (a restored backup, a salvaged store),
/// and a person has said so. From here on no run has a number up to this one: an order of such a
/// run that turns up at the broker was ours once, and is no sign of an older state directory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MarkAdopted {
    /// The highest run that may have been sent from here.
    pub run: RunId,
    /// Why.
    pub reason: String,
    /// When.
    pub time: Ts,
}

/// What the account and its sleeves were worth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Nav {
    /// The date of the prices.
    pub date: NaiveDate,
    /// When it was marked.
    pub time: Ts,
    /// The account, in the base currency.
    pub account: Money,
    /// Its cash.
    pub cash: Money,
    /// Each sleeve.
    pub sleeves: BTreeMap<SleeveId, Money>,
    /// The run it belongs to, when it was marked by one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
}

/// Whether trading is allowed, from now on. `Active` is said by a person who has looked: it also
/// frees every stopped instrument.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trading {
    /// The state.
    pub state: TradingState,
    /// Who or what changed it.
    pub reason: String,
    /// When.
    pub time: Ts,
}

/// An instrument that is not traded until a person has looked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stopped {
    /// Which.
    pub instrument: InstrumentId,
    /// Why; absent when a person has looked and it may go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When.
    pub time: Ts,
}
