//! The router core: what one account's orders do next, as a function of what has happened.
//!
//! `handle(inputs, now)` takes what came in and returns effects, to be performed in their order.
//! The core never awaits, reads no clock and draws no chance; the same inputs give the same
//! effects. Every decision is a [`Record`] that goes through [`Book::apply`] before it is
//! returned, so that the state is always the fold of the journal.
//!
//! It knows nothing of actors, stores, sockets or files.

mod absence;
mod adopt;
mod allocate;
mod bounds;
mod closing;
mod compare;
mod deadline;
mod drive;
mod finish;
mod losses;
mod mismatch;
mod obstinate;
mod reconcile;
mod recover;
mod resolve;
mod send;
mod session;
mod suspects;
mod take;
mod watch;
mod work;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;
use polyfolio_execution::{AlgoSpec, ExecutionAlgo};
use polyfolio_model::broker::{Capabilities, Report};
use polyfolio_model::{
    ClOrdId, Instrument, InstrumentId, Money, NewOrder, ParentId, Price, Qty, Quote, RequestId,
    Side, SleeveId, SnapshotId, Span, Ts,
};
use polyfolio_portfolio::risk::loss::Mark;
use polyfolio_portfolio::{RiskApproved, RiskLimits, TradingState};

use crate::book::Book;
pub use crate::doubt::{order_in_doubt, order_that_works_on};
use crate::events::Event;
use crate::protocol::{Protocol, Rule};
use crate::records::{AtDeadline, Denied, GivenPosition, Record};
use crate::timers::Timers;
pub use absence::LOST_ORDER;
pub use compare::CASH;
pub use mismatch::{OLDER_STATE, ORDER_MISMATCH};
use session::{Account, Sync};
use watch::Watch;

/// What comes in.
#[derive(Clone, Debug)]
pub enum Input {
    /// Begin this run.
    Plan(Box<RunPlan>),
    /// The broker spoke.
    Report(Report),
    /// No byte of this order left.
    NotSent(ClOrdId, &'static str),
    /// The market moved.
    Quote(InstrumentId, Quote),
    /// Somebody else's record, to stand in the one journal.
    Note(Box<Record>),
    /// The time that was asked for has come.
    Wake,
    /// Give up the run that is not over.
    Abandon(String),
    /// Change whether trading is allowed.
    SetTrading(TradingState, String),
    /// Cancel everything of ours that works.
    CancelAll(String),
    /// Ask the broker for everything, and compare.
    Reconcile,
    /// Take the difference that was found into what nobody owns.
    Adopt(String),
    /// Orders that were sent from here are not on record; the broker's book is right.
    AdoptMark(String),
    /// A person says that an order is dead of which no list can say what became.
    Resolve(ClOrdId, String),
    /// Come to a stop.
    Stop(StopPolicy),
}

/// What goes out, to be performed in this order.
#[derive(Debug)]
pub enum Effect {
    /// Durable before any later effect of the same list, with what was appended lazily before it.
    Append(Vec<Record>),
    /// Durable with the next append; a wake for that is asked for.
    AppendLazy(Vec<Record>),
    /// Send this order.
    Submit(RiskApproved<NewOrder>),
    /// Ask for this order to be canceled.
    Cancel(ClOrdId, RequestId),
    /// Ask how this order stands.
    Query(ClOrdId),
    /// Ask for everything the broker knows.
    Snapshot(SnapshotId),
    /// Come back at this time. There is one timer: the last word counts.
    WakeAt(Ts),
    /// Tell the world.
    Publish(Event),
}

/// What happens to working orders when the process is asked to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopPolicy {
    /// They rest; the next start goes on with them.
    Leave,
    /// They are canceled first.
    Cancel,
}

/// What happens to a run whose deadline passed while nobody was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LateResume {
    /// What is left is swept at once.
    Sweep,
    /// It is given its whole horizon again.
    Extend,
    /// It is given up.
    Abandon,
}

/// What happens when our book is not the broker's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnBreak {
    /// Trading halts until a person has looked.
    Halt,
    /// The difference is taken into `unassigned`, on the record.
    Adopt,
}

/// A run as it is handed over: planned, sized, netted, refused where it had to be.
#[derive(Clone, Debug)]
pub struct RunPlan {
    /// The date whose closes decided.
    pub decision_date: NaiveDate,
    /// How long execution may take.
    pub horizon: Span,
    /// The plan as it goes on record.
    pub plan: Arc<serde_json::Value>,
    /// What everything was worth before any of it; none where it cannot be said.
    pub mark: Option<Mark>,
    /// What sleeves that left give in kind to what no sleeve owns.
    pub gifts: Vec<PlannedGift>,
    /// Cash that sets every sleeve to its weight.
    pub transfers: Vec<(SleeveId, Money)>,
    /// Opposite wishes that met inside.
    pub crosses: Vec<PlannedCross>,
    /// What goes to the market.
    pub parents: Vec<PlannedParent>,
}

/// What one sleeve gives in kind to what no sleeve owns.
#[derive(Clone, Debug)]
pub struct PlannedGift {
    /// Who gives.
    pub from: SleeveId,
    /// What, and what it is worth.
    pub positions: Vec<GivenPosition>,
}

/// A cross of the plan.
#[derive(Clone, Debug)]
pub struct PlannedCross {
    /// Of what.
    pub instrument: InstrumentId,
    /// Above zero.
    pub quantity: Qty,
    /// The decision price.
    pub price: Price,
    /// Who gives.
    pub from: SleeveId,
    /// Who takes.
    pub to: SleeveId,
}

/// A parent order of the plan.
#[derive(Clone, Debug)]
pub struct PlannedParent {
    /// What, with its trading rules.
    pub instrument: Instrument,
    /// Which way.
    pub side: Side,
    /// How much, above zero.
    pub order_qty: Qty,
    /// Who wants how much of it, in config order.
    pub wants: Vec<(SleeveId, Qty)>,
    /// How it is worked.
    pub algo: AlgoSpec,
    /// No child at a worse price.
    pub limit: Option<Price>,
    /// No child above this quantity.
    pub max_child: Option<Qty>,
    /// The close that sized it.
    pub decision_price: Option<Price>,
    /// What happens to the remainder at the deadline.
    pub at_deadline: AtDeadline,
    /// How long a sweep may wait for the market after the deadline.
    pub sweep_for: Span,
}

/// How one account is to be run.
#[derive(Clone, Debug)]
pub struct RouterConfig {
    /// What the venue promises.
    pub capabilities: Capabilities,
    /// What our own risk check allows.
    pub limits: RiskLimits,
    /// For a run whose deadline has passed.
    pub on_late_resume: LateResume,
    /// For a book that is not the broker's.
    pub on_break: OnBreak,
    /// How long a broker's fact may wait for the journal.
    pub lazy_for: Span,
    /// A quote older than this is no quote.
    pub quote_age_max: Span,
    /// How long to wait before a failed snapshot is asked for again.
    pub snapshot_retry: Span,
    /// Nothing is sent, canceled or decided: the broker's facts are taken in, and what a person says.
    pub looks_only: bool,
    /// A snapshot that would make more than this share of the positions vanish is not believed.
    pub vanish_share_max: f64,
}

/// One account's orders.
#[derive(Debug)]
pub struct Router {
    config: RouterConfig,
    protocol: Protocol,
    book: Book,
    quotes: BTreeMap<InstrumentId, Quote>,
    algos: BTreeMap<ParentId, Algo>,
    by_instrument: BTreeMap<InstrumentId, ParentId>,
    /// When to look at a parent again.
    timers: Timers<ParentId>,
    /// Parents to look at in this round.
    dirty: BTreeSet<ParentId>,
    /// Parents that something was recorded for in this round.
    touched: BTreeSet<ParentId>,
    /// Parents that may not send before a time, after a setback.
    held_back: BTreeMap<ParentId, Ts>,
    /// Orders that our own risk check does not let out now and may let out later.
    put_off: BTreeMap<ParentId, Denied>,
    /// What has been said of every break on record that stands for good.
    known_breaks: BTreeSet<String>,
    /// What has been said last of each position that differs.
    known_differences: BTreeMap<InstrumentId, String>,
    watches: BTreeMap<ClOrdId, Watch>,
    /// When to look at an order again.
    checks: Timers<ClOrdId>,
    /// Orders that a person has called dead, and why; the broker is asked first.
    resolving: BTreeMap<ClOrdId, String>,
    sync: Sync,
    account: Account,
    /// The snapshot that closes the run must have begun no earlier.
    closing_since: Option<Ts>,
    late_resume_done: bool,
    stopping: Option<StopPolicy>,
    /// When a stop no longer waits for cancels to be answered.
    stop_by: Option<Ts>,
    stopped: bool,
    out: Outbox,
    lazy_due: Option<Ts>,
}

/// An algorithm at work; it holds nothing that a crash could lose.
struct Algo(Box<dyn ExecutionAlgo>);

impl std::fmt::Debug for Algo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Algo")
    }
}

/// What one round decided, before it is put in order.
#[derive(Debug, Default)]
struct Outbox {
    records: Vec<Record>,
    durable: bool,
    commands: Vec<Effect>,
    events: Vec<Event>,
}

impl Router {
    /// The durable state.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// What the venue promises.
    pub fn capabilities(&self) -> &Capabilities {
        &self.config.capabilities
    }

    /// Whether orders may be sent: connected, and the broker's facts and ours are one.
    pub fn is_synchronised(&self) -> bool {
        self.sync.is_done()
    }

    /// Takes one input.
    pub fn handle(&mut self, input: Input, now: Ts) -> Vec<Effect> {
        self.handle_all([input], now)
    }

    /// Takes everything that waits, in order, and decides once: one batch, one sync.
    pub fn handle_all(&mut self, inputs: impl IntoIterator<Item = Input>, now: Ts) -> Vec<Effect> {
        for input in inputs {
            self.take(input, now);
        }
        self.tend_orders(now);
        self.tend_resolving(now);
        self.tend_adopting(now);
        self.tend_snapshots(now);
        self.drive(now);
        self.finish(now)
    }

    /// Decides a record: it is true from here on, and goes out with this round.
    fn record(&mut self, record: Record) {
        self.book.apply(&record);
        self.touched.extend(record.parent());
        self.out.records.push(record);
    }

    /// Decides a record that must be durable before anything of this round leaves.
    fn record_durably(&mut self, record: Record) {
        self.record(record);
        self.out.durable = true;
    }

    fn keeps(&self, rule: Rule) -> bool {
        self.protocol.keeps(rule)
    }

    fn publish(&mut self, event: Event) {
        self.out.events.push(event);
    }
}
