//! The account, and whether it may trade, as they are stored.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use polyfolio_model::{InstrumentId, Money, Price, Qty, RequestId, RunId, SleeveId, Ts};
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
    /// What differs: `position`, `cash`, `order`, `overfill`, `lost_order`, `order_mismatch`,
    /// `older_state`.
    pub code: String,
    /// Ours against theirs, for a person.
    pub message: String,
    /// When.
    pub time: Ts,
}

/// What is on record ends here with a gap: a journal was damaged and only what stands before this
/// record was kept, or a person says that the broker's book is newer than this directory. What the
/// lost records said is not known: orders may have been sent under them, and ids used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Salvaged {
    /// How many records are known to be lost; there may have been more.
    pub lost: u64,
    /// The first run from here on: above any that a lost record could have begun. Orders of ours
    /// of an earlier run that the book does not know are orders of lost records.
    pub next_run: RunId,
    /// The first request from here on, likewise.
    pub next_request: RequestId,
    /// Where the damaged files are, and what was wrong with them, for a person.
    pub reason: String,
    /// The time of the last record that was kept.
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

/// Cash or positions of one sleeve go to another, or to or from what nobody owns: by a person's
/// word, or because a sleeve left the configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Given {
    /// Whose it was.
    pub from: SleeveId,
    /// Whose it is.
    pub to: SleeveId,
    /// How much cash; zero or more.
    pub cash: Money,
    /// Which positions, in kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub positions: Vec<GivenPosition>,
    /// Who decided so, and why.
    pub reason: String,
    /// When.
    pub time: Ts,
}

/// A position that was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenPosition {
    /// Of what.
    pub instrument: InstrumentId,
    /// How much, signed.
    pub quantity: Qty,
    /// What it is worth: nobody earns by the gift.
    pub price: Price,
}
