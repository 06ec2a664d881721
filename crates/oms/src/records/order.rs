//! Orders, what we asked of them, and what was said of them, as they are stored.

use polyfolio_model::{
    Amend, ClOrdId, ExecId, ExecutionReport, InstrumentId, Money, NewOrder, ParentId, Price, Qty,
    RequestId, SleeveId, Ts,
};
use serde::{Deserialize, Serialize};

/// An order that may leave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// The order, price included: a decision that was journalled is never made again.
    pub order: NewOrder,
    /// 1 for the first time; a repeat after an absence proof counts on, under the same id.
    pub attempt: u32,
    /// When it was decided.
    pub time: Ts,
    /// The mid then; none without a quote, and in what older programs wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mid: Option<Price>,
}

/// An order of a lost record, as the broker lists it. Its parent may be lost too; then nobody wants
/// it any more, and what it fills is nobody's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recovered {
    /// The order.
    pub order: NewOrder,
    /// When we found it.
    pub time: Ts,
}

/// Our own risk check refused an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Denied {
    /// For which parent.
    pub parent: ParentId,
    /// The rule, e.g. `max_order_notional`.
    pub code: String,
    /// What was asked and what is allowed.
    pub message: String,
    /// When.
    pub time: Ts,
}

/// An order that is certain not to exist at the venue: it never did, or the venue acknowledged it
/// and has lost it since. What it executed stays booked; later evidence brings it back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Withdrawn {
    /// Which.
    pub cl_ord_id: ClOrdId,
    /// How we know; a person's word begins with `a person: `.
    pub evidence: String,
    /// When.
    pub time: Ts,
}

/// A request about a working order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// Which order.
    pub cl_ord_id: ClOrdId,
    /// The request.
    pub request: RequestId,
    /// New terms; absent for a cancel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amend: Option<Amend>,
    /// When.
    pub time: Ts,
}

/// Something a broker said of an order of ours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// What it said.
    pub report: ExecutionReport,
    /// When we heard it (Clock time).
    pub heard: Ts,
}

/// An execution, given to sleeves. Stands in the same batch as the fact it follows from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Allocated {
    /// Of which order.
    pub cl_ord_id: ClOrdId,
    /// Of which execution.
    pub exec_id: ExecId,
    /// Of what.
    pub instrument: InstrumentId,
    /// The price it is booked at.
    pub price: Price,
    /// Who gets what.
    pub shares: Vec<Share>,
}

/// A sleeve's part of an execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Whose.
    pub sleeve: SleeveId,
    /// Signed, as it changes the position; a bust has the opposite sign, a fee that comes later
    /// than its execution has none.
    pub quantity: Qty,
    /// What it costs; a rebate is negative.
    pub fee: Money,
}
