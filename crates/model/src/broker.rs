//! What passes between us and a broker: commands in, reports out; silence is an honest answer.

use crate::{
    Amend, ClOrdId, ExecId, ExecutionReport, Fill, InstrumentId, Money, NewOrder, OrderFacts, Qty,
    RequestId, Side, SnapshotId, Span, Ts,
};

/// What we ask of a broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// These orders come next, as soon as their intents are durable; or never, if something dies
    /// or fails before. Nothing leaves for it: a broker writes down what it has to have on its own
    /// disk before they leave, while the journal writes. It is a favour, and may be lost.
    Prepare(Vec<ClOrdId>),
    /// Work this order.
    New(NewOrder),
    /// Take this order off the book.
    Cancel(ClOrdId, RequestId),
    /// Give this order new terms.
    Replace(ClOrdId, RequestId, Amend),
    /// How does this order stand?
    Query(ClOrdId),
    /// Everything you know.
    Snapshot(SnapshotId),
}

/// What a broker says, whenever it likes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// Something happened to an order.
    Execution(ExecutionReport),
    /// Everything the broker knows, or the honest answer that it could not be had.
    Snapshot(SnapshotId, Result<Snapshot, SnapshotFailed>),
    /// The connection changed.
    Link(Link),
}

/// The state of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// Healthy. Each `Ready` begins a new session: an absence proof never spans two.
    Ready,
    /// Nothing may be sent.
    Down {
        /// Why, for a person.
        reason: String,
    },
}

/// An execution as a broker's list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountFill {
    /// Our id of the order, when it carries one of ours.
    pub cl_ord_id: Option<ClOrdId>,
    /// What.
    pub instrument: InstrumentId,
    /// Which way.
    pub side: Side,
    /// The venue's time of it.
    pub time: Ts,
    /// The execution.
    pub fill: Fill,
    /// The execution that it corrects and stands for, when it does (FIX 19, ExecRefID).
    pub replaces: Option<ExecId>,
}

/// Everything a broker knows of the account: complete, or not a snapshot. Open orders, executions
/// and positions are independent facts; failing to explain one never deletes another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Open orders, and done orders as far back as `reaches_back_to`.
    pub orders: Vec<OrderFacts>,
    /// Executions as far back as `reaches_back_to`.
    pub fills: Vec<AccountFill>,
    /// Positions; an instrument that is not listed is flat.
    pub positions: Vec<(InstrumentId, Qty)>,
    /// Cash in the base currency; absent when the broker did not say.
    pub cash: Option<Money>,
    /// Net asset value in the base currency; absent when the broker did not say. Never 0 for
    /// "unknown".
    pub nav: Option<Money>,
    /// How far back done orders and executions reach; `None` for ever. A list that does not reach
    /// back to an intent proves nothing about it.
    pub reaches_back_to: Option<Ts>,
}

/// A snapshot that could not be had. "Could not ask" is not "asked, not there".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the broker did not give a complete snapshot: {0}")]
pub struct SnapshotFailed(pub String);

/// For how long a venue refuses a second order of the same client order id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DuplicateScope {
    /// For ever: its refusal of a repeat is evidence that the first exists.
    Forever,
    /// While the first one is open.
    WhileOpen,
    /// Never: a repeat is a second order.
    Never,
}

/// What a venue promises, as far as order safety needs it. All lengths are Clock time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// After this long without a word about an order its fate is unknown, and is asked for.
    pub ack_timeout: Span,
    /// Counted from the send: after this long an order that the venue does not list was not
    /// accepted in time.
    pub absence_horizon: Span,
    /// How long a fact may take to appear in every list. Two snapshots that prove an absence are
    /// at least this far apart.
    pub propagation_lag: Span,
    /// After a close report, how long a last fill may still be on its way. Zero means a close
    /// report's cumulative quantity is final.
    pub settle: Span,
    /// The scope in which client order ids are unique.
    pub duplicates: DuplicateScope,
    /// Whether a submit that is delayed beyond the horizon can no longer be accepted.
    pub late_acceptance_bounded: bool,
    /// Whether working orders can be given new terms.
    pub replaces: bool,
    /// Whether orders are announced by [`Command::Prepare`].
    pub prepares: bool,
}

/// A definite answer: no byte of the command left. Everything else is a report, or silence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not sent: {0}")]
pub struct NotSent(pub &'static str);
