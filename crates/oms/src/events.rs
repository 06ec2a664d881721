//! What the router tells the world once it is durable: past participles, for the log, the view
//! and the face. Nothing here is needed to go on after a crash.

use std::collections::BTreeMap;

use polyfolio_model::{
    ClOrdId, InstrumentId, Money, OrdStatus, OrdType, ParentId, Price, Qty, RunId, Side, SleeveId,
    Span, Ts,
};
use polyfolio_portfolio::TradingState;
use serde::Serialize;

use crate::records::{Break, ParentStage};

/// Something that happened to the book.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The journal was folded; this is what an unfinished run left behind.
    Recovered(Recovered),
    /// The broker's facts and ours are one.
    Reconciled(Reconciled),
    /// A run is durable and begins.
    RunPlanned {
        /// Which.
        run: RunId,
        /// Its name.
        label: String,
        /// How many parents it has.
        parents: u32,
        /// When it must be over.
        deadline: Ts,
    },
    /// The book was kept, and the next start reads no further back than it.
    StateKept {
        /// The record up to which it stands.
        record: u64,
        /// Its size.
        bytes: u64,
        /// The last record that was dropped for it; 0 for none.
        dropped: u64,
    },
    /// The book could not be kept: the next start reads as far back as this one, and tries again.
    StateNotKept {
        /// Why.
        reason: String,
    },
    /// A plan was not begun: nothing of it is on record, and nothing was sent.
    PlanRefused {
        /// Why.
        reason: String,
    },
    /// An order left.
    OrderSubmitted {
        /// Which.
        cl_ord_id: ClOrdId,
        /// What.
        symbol: InstrumentId,
        /// Which way.
        side: Side,
        /// How much.
        order_qty: Qty,
        /// At what price.
        ord_type: OrdType,
        /// 1, or more for a repeat under the same id.
        attempt: u32,
    },
    /// A cancel left.
    CancelRequested {
        /// Of which order.
        cl_ord_id: ClOrdId,
    },
    /// The status of an order changed.
    OrderChanged {
        /// Which.
        cl_ord_id: ClOrdId,
        /// What.
        symbol: InstrumentId,
        /// The status from now on.
        status: OrdStatus,
        /// What has filled.
        cum_qty: Qty,
        /// The broker's reason, when it refused.
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<String>,
    },
    /// Something traded.
    Filled {
        /// On which order.
        cl_ord_id: ClOrdId,
        /// For which parent.
        parent: ParentId,
        /// What.
        symbol: InstrumentId,
        /// Which way.
        side: Side,
        /// How much.
        last_qty: Qty,
        /// At what price.
        last_px: Price,
        /// What it cost.
        fee: Money,
        /// Who got it.
        shares: Vec<(SleeveId, Qty)>,
        /// What the parent has filled in all.
        parent_cum: Qty,
        /// What the parent wants in all.
        parent_qty: Qty,
        /// When we heard of it.
        heard: Ts,
    },
    /// An order's fate is not known; its quantity stays reserved.
    OrderUnknown {
        /// Which.
        cl_ord_id: ClOrdId,
        /// What.
        symbol: InstrumentId,
    },
    /// An order is certain not to exist.
    OrderGone {
        /// Which.
        cl_ord_id: ClOrdId,
        /// How we know.
        evidence: String,
    },
    /// A person called an order dead whose fate is not a person's to decide.
    ResolveRefused {
        /// Which.
        cl_ord_id: ClOrdId,
        /// What is known of it.
        reason: String,
    },
    /// Our own risk check refused an order.
    OrderDenied {
        /// For which parent.
        parent: ParentId,
        /// What.
        symbol: InstrumentId,
        /// The rule.
        code: String,
        /// What was asked and what is allowed.
        message: String,
    },
    /// A parent entered another stage.
    ParentStaged {
        /// Which.
        parent: ParentId,
        /// What.
        symbol: InstrumentId,
        /// The stage.
        stage: ParentStage,
        /// What has filled.
        cum_qty: Qty,
        /// What it wants.
        order_qty: Qty,
    },
    /// A run is over.
    RunEnded {
        /// Which.
        run: RunId,
        /// Its name.
        label: String,
        /// Why it was given up, when it was.
        #[serde(skip_serializing_if = "Option::is_none")]
        abandoned: Option<String>,
    },
    /// Our book is not the broker's.
    BreakFound(Break),
    /// A person has said that part of what was sent from here is not on record.
    MarkAdopted {
        /// The highest run seen; none up to it is begun again.
        run: RunId,
        /// Whether the broker had shown an order that is not on record.
        found: bool,
    },
    /// A difference was taken into what nobody owns.
    DifferenceAdopted {
        /// Whether a person asked for it; otherwise by policy, or cash, which always is.
        by_command: bool,
        /// Signed differences of positions.
        positions: BTreeMap<InstrumentId, Qty>,
        /// The difference of cash.
        cash: Money,
    },
    /// No run number is left behind a gap in the record: nothing was adopted.
    MarkRefused {
        /// Why.
        reason: String,
    },
    /// An order that was sent from here and is not on record was found at the broker, and is one
    /// of ours again.
    OrderAdopted {
        /// Which.
        cl_ord_id: ClOrdId,
        /// What.
        symbol: InstrumentId,
    },
    /// An instrument stops until a person has looked.
    InstrumentStopped {
        /// Which.
        symbol: InstrumentId,
        /// Why.
        reason: String,
    },
    /// An instrument that was stopped goes on: what it stopped for is known now.
    InstrumentFreed {
        /// Which.
        symbol: InstrumentId,
    },
    /// Whether trading is allowed has changed.
    TradingChanged {
        /// The state from now on.
        state: TradingState,
        /// Who or what changed it.
        reason: String,
    },
    /// The connection changed.
    LinkChanged {
        /// Whether orders may be sent.
        ready: bool,
        /// Why not, or which session it is.
        detail: String,
    },
    /// A snapshot could not be had, or could not be believed.
    SnapshotFailed {
        /// Why.
        reason: String,
    },
    /// What the broker says the account is.
    AccountMarked(AccountMark),
    /// An identity of the books does not hold. Trading is halted.
    InvariantViolated {
        /// Which, with its numbers.
        violations: Vec<String>,
    },
    /// The router has stopped as asked.
    Stopped {
        /// Orders that still rest at the broker.
        resting: u32,
    },
}

/// The account, as a complete snapshot shows it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct AccountMark {
    /// Net asset value; absent when the broker did not say. Never 0 for unknown.
    pub nav: Option<Money>,
    /// Cash.
    pub cash: Option<Money>,
    /// Positions that are not flat.
    pub positions: BTreeMap<InstrumentId, Qty>,
    /// When the snapshot was asked for.
    pub as_of: Ts,
    /// The run that this look at the account closes, when it does.
    pub closes_run: Option<RunId>,
}

/// What a start found.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Recovered {
    /// The name of the unfinished run, when there is one.
    pub run: Option<String>,
    /// How long that run had been going on when it was last heard of.
    pub elapsed: Span,
    /// How much time it had left.
    pub left: Span,
    /// How many of its parents are done.
    pub done: usize,
    /// Records folded.
    pub records: u64,
    /// Intents without an answer.
    pub unanswered: Vec<ClOrdId>,
}

/// What a reconcile did.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Reconciled {
    /// Orders that had no answer, and what the broker said of each.
    pub settled: Vec<Settled>,
    /// Executions that we had not heard of.
    pub fills_found: u32,
    /// Orders at the broker that are not ours: shown, counted, never touched.
    pub foreign_orders: u32,
    /// Orders of ours that work.
    pub working: u32,
    /// Positions that differ and were not taken over: the broker's less ours.
    pub differences: BTreeMap<InstrumentId, Qty>,
    /// The cash that differs with them.
    pub cash_difference: Money,
}

/// What became of an order that had no answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Settled {
    /// Which.
    pub cl_ord_id: ClOrdId,
    /// What.
    pub symbol: InstrumentId,
    /// Which way.
    pub side: Side,
    /// How much.
    pub order_qty: Qty,
    /// At what price.
    pub ord_type: OrdType,
    /// What the broker said.
    pub finding: Finding,
}

/// What the broker said of an order without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// The broker has it.
    Adopted {
        /// What has filled.
        cum_qty: Qty,
        /// What still works.
        leaves_qty: Qty,
    },
    /// The broker does not list it, and that is not yet a proof.
    NotYetListed,
}
