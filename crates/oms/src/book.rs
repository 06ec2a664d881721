//! The durable state of the order management: the fold of the journal.
//!
//! [`Book::apply`] is total and decides nothing. A live run and a replay go through it alike, so
//! that what was true before a crash is true after it. It knows no clock, no connection, no
//! timer: what is volatile lives in the router.

use std::collections::{BTreeMap, BTreeSet};

use polyfolio_model::{
    CancelRejectReason, ClOrdId, ExecId, ExecKind, InstrumentId, ParentId, Price, Qty,
    RejectReason, RequestId, RunId, Side, SleeveId, Ts,
};
use polyfolio_portfolio::TradingState;
use polyfolio_portfolio::ledger::Ledger;
use serde::Serialize;

use crate::child::{Child, Gone};
use crate::order_state::{OrderEvent, OrderNote};
use crate::records::{
    Abandoned, Adopted, Allocated, Asked, Break, Cross, Denied, Extended, Fact, Intent, Nav,
    Parent, ParentStage, Planned, Record, RunEnded, Salvaged,
};

/// A run and how far it has come.
#[derive(Clone, Debug, Serialize)]
pub struct Run {
    /// What was planned.
    pub planned: Planned,
    /// When it must be over; later than planned when it was extended.
    pub deadline: Ts,
    /// Why it was given up, when it was.
    pub abandoned: Option<String>,
    /// How it ended, when it has.
    pub ended: Option<RunEnded>,
    /// Sleeves that traded with each other in it.
    pub crosses: Vec<Cross>,
}

/// A parent order and what has become of it.
#[derive(Clone, Debug, Serialize)]
pub struct ParentState {
    /// What was planned.
    pub parent: Parent,
    /// Where it is in its life.
    pub stage: ParentStage,
    /// The price at which it met the market.
    pub arrival: Option<Price>,
    /// What its children have filled.
    pub cum_qty: Qty,
    /// What its children have filled beyond their own quantities: the venue's doing.
    pub overfilled: Qty,
    /// What each sleeve has got of it.
    pub got: BTreeMap<SleeveId, Qty>,
    /// How many children it has had.
    pub children: u32,
    /// The last refusal of our own risk check.
    pub denied: Option<Denied>,
}

impl ParentState {
    fn new(parent: Parent) -> Self {
        Self {
            parent,
            stage: ParentStage::Working,
            arrival: None,
            cum_qty: Qty::ZERO,
            overfilled: Qty::ZERO,
            got: BTreeMap::new(),
            children: 0,
            denied: None,
        }
    }

    /// What is still wanted.
    pub fn remaining(&self) -> Qty {
        self.parent.order_qty - self.cum_qty
    }
}

/// Everything that survives.
#[derive(Clone, Debug, Serialize)]
pub struct Book {
    deployment: u32,
    run: Option<Run>,
    parents: BTreeMap<ParentId, ParentState>,
    children: BTreeMap<ClOrdId, Child>,
    /// The children that may still trade.
    open: BTreeSet<ClOrdId>,
    open_by_instrument: BTreeMap<InstrumentId, BTreeSet<ClOrdId>>,
    requests: u64,
    /// The last time that records were lost.
    salvaged: Option<Salvaged>,
    ledger: Ledger,
    opened: bool,
    trading: TradingState,
    trading_reason: String,
    stopped: BTreeMap<InstrumentId, String>,
    breaks: Vec<Break>,
    navs: Vec<Nav>,
    records: u64,
    as_of: Option<Ts>,
}

/// What a broker's fact meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// What there is to say and to book.
    pub notes: Vec<OrderNote>,
    /// Whether it changed anything; only then it is a record.
    pub is_news: bool,
}

impl Book {
    /// The book of a state directory in which nothing has happened.
    pub fn new(deployment: u32) -> Self {
        Self {
            deployment,
            run: None,
            parents: BTreeMap::new(),
            children: BTreeMap::new(),
            open: BTreeSet::new(),
            open_by_instrument: BTreeMap::new(),
            requests: 0,
            salvaged: None,
            ledger: Ledger::default(),
            opened: false,
            trading: TradingState::Active,
            trading_reason: String::new(),
            stopped: BTreeMap::new(),
            breaks: Vec::new(),
            navs: Vec::new(),
            records: 0,
            as_of: None,
        }
    }

    /// Takes one record in, and says what a broker's fact meant beyond itself. Records that speak
    /// of what is not there change nothing.
    pub fn apply(&mut self, record: &Record) -> Vec<OrderNote> {
        if let Record::Fact(fact) = record {
            return self.hear(fact).notes;
        }
        self.count(record.time());
        self.apply_own(record);
        Vec::new()
    }

    /// Takes a broker's fact in, and says whether it was any news. What is no news leaves no trace
    /// here, so that it need not be in the journal.
    pub fn hear(&mut self, fact: &Fact) -> Heard {
        let heard = self.fact(fact);
        if heard.is_news {
            self.count(Some(fact.heard));
        }
        heard
    }

    fn count(&mut self, time: Option<Ts>) {
        self.records += 1;
        self.as_of = time.or(self.as_of);
    }

    fn apply_own(&mut self, record: &Record) {
        match record {
            Record::Planned(planned) => self.plan(planned),
            Record::Abandoned(abandoned) => self.abandon(abandoned),
            Record::Extended(extended) => self.extend(extended),
            Record::RunEnded(ended) => self.end_run(ended),
            Record::Parent(parent) => {
                self.parents
                    .insert(parent.id, ParentState::new(parent.clone()));
            }
            Record::Arrived(arrived) => {
                self.with_parent(arrived.parent, |p| p.arrival = Some(arrived.mid));
            }
            Record::Stage(staged) => {
                self.with_parent(staged.parent, |p| p.stage = staged.stage.clone());
            }
            Record::Intent(intent) => self.intend(intent),
            Record::Denied(denied) => {
                self.with_parent(denied.parent, |p| p.denied = Some(denied.clone()));
            }
            Record::NotSent(withdrawn) => self.withdraw(withdrawn.cl_ord_id, Gone::NotSent),
            Record::Absent(withdrawn) => self.withdraw(withdrawn.cl_ord_id, Gone::Absent),
            Record::Asked(asked) => self.ask(asked),
            Record::Fact(fact) => drop(self.hear(fact)),
            Record::Allocated(allocated) => self.allocate(allocated),
            Record::Cross(cross) => self.cross(cross),
            Record::Transfer(transfer) => self.ledger.transfer(&transfer.sleeve, transfer.cash),
            Record::Adopted(adopted) => self.adopt(adopted),
            Record::Break(found) => self.breaks.push(found.clone()),
            Record::Nav(nav) => self.navs.push(nav.clone()),
            Record::Trading(trading) => {
                self.trading = trading.state;
                self.trading_reason.clone_from(&trading.reason);
                if trading.state == TradingState::Active {
                    self.stopped.clear();
                }
            }
            Record::Stopped(stopped) => match &stopped.reason {
                Some(reason) => {
                    self.stopped
                        .insert(stopped.instrument.clone(), reason.clone());
                }
                None => {
                    self.stopped.remove(&stopped.instrument);
                }
            },
            Record::Salvaged(salvaged) => self.lose(salvaged),
            Record::Recovered(recovered) => self.intend(&Intent {
                order: recovered.order.clone(),
                attempt: 1,
                time: recovered.time,
            }),
        }
    }

    /// The book is older than the world from here on. What the venue had said of an open order may
    /// be long overtaken: each that works is in doubt until it speaks again.
    fn lose(&mut self, salvaged: &Salvaged) {
        self.requests = self.requests.max(salvaged.next_request.0.saturating_sub(1));
        for id in &self.open {
            let working = |child: &&mut Child| child.is_working();
            if let Some(child) = self.children.get_mut(id).filter(working) {
                child.evidence = false;
            }
        }
        self.salvaged = Some(salvaged.clone());
    }

    fn plan(&mut self, planned: &Planned) {
        self.run = Some(Run {
            planned: planned.clone(),
            deadline: planned.deadline,
            abandoned: None,
            ended: None,
            crosses: Vec::new(),
        });
    }

    fn abandon(&mut self, abandoned: &Abandoned) {
        if let Some(run) = self
            .run
            .as_mut()
            .filter(|run| run.planned.run == abandoned.run)
        {
            run.abandoned = Some(abandoned.reason.clone());
        }
        for (_, parent) in self
            .parents
            .iter_mut()
            .filter(|(id, _)| id.run == abandoned.run)
        {
            if !parent.stage.is_done() {
                parent.stage = ParentStage::Done {
                    left: Some(abandoned.reason.clone()),
                };
            }
        }
    }

    fn extend(&mut self, extended: &Extended) {
        if let Some(run) = self
            .run
            .as_mut()
            .filter(|run| run.planned.run == extended.run)
        {
            run.deadline = extended.deadline;
        }
        for (_, parent) in self
            .parents
            .iter_mut()
            .filter(|(id, _)| id.run == extended.run)
        {
            if !parent.stage.is_done() {
                parent.parent.deadline = extended.deadline;
            }
        }
    }

    fn end_run(&mut self, ended: &RunEnded) {
        if let Some(run) = self.run.as_mut().filter(|run| run.planned.run == ended.run) {
            run.ended = Some(ended.clone());
        }
    }

    fn intend(&mut self, intent: &Intent) {
        let id = intent.order.cl_ord_id;
        match self.children.get_mut(&id) {
            Some(child) => {
                child.attempts = intent.attempt;
                child.decided = intent.time;
                child.gone = None;
            }
            None => {
                let mut child = Child::new(intent.order.clone(), intent.time);
                child.state.apply(&OrderEvent::Submitted);
                self.children.insert(id, child);
                self.with_parent(id.parent_id(), |p| p.children = p.children.max(id.child));
            }
        }
        self.index(id);
    }

    fn withdraw(&mut self, id: ClOrdId, gone: Gone) {
        // One that the venue ended is not lost; one that it acknowledged can be.
        let can_be_gone = |child: &&mut Child| !child.is_closed();
        if let Some(child) = self.children.get_mut(&id).filter(can_be_gone) {
            child.gone = Some(gone);
        }
        self.index(id);
    }

    /// Keeps the index of open children true.
    fn index(&mut self, id: ClOrdId) {
        let Some(child) = self.children.get(&id) else {
            return;
        };
        let instrument = &child.order.instrument;
        let of_instrument = self
            .open_by_instrument
            .entry(instrument.clone())
            .or_default();
        if child.is_open() {
            self.open.insert(id);
            of_instrument.insert(id);
        } else {
            self.open.remove(&id);
            of_instrument.remove(&id);
        }
    }

    fn ask(&mut self, asked: &Asked) {
        self.requests = self.requests.max(asked.request.0);
        if let Some(child) = self.children.get_mut(&asked.cl_ord_id) {
            let event = match asked.amend {
                Some(amend) => OrderEvent::ReplaceRequested(asked.request, amend.order_qty),
                None => OrderEvent::CancelRequested(asked.request),
            };
            child.state.apply(&event);
        }
    }

    fn fact(&mut self, fact: &Fact) -> Heard {
        let (id, report) = (fact.report.cl_ord_id, &fact.report);
        let Some(child) = self.children.get_mut(&id) else {
            return Heard::default();
        };
        let Some(kind) = what_it_proves(child, &report.kind) else {
            return Heard::default();
        };
        let (before, overfilled) = (child.cum_qty(), child.state.overfill());
        let notes = child.state.apply(&OrderEvent::Reported(kind.clone()));
        let names_it = report.venue_id.is_some() && report.venue_id != child.venue_id;
        let revives = child.gone.is_some() && is_evidence(&kind);
        let answers = !child.evidence && is_evidence(&kind);
        let is_news = names_it || revives || answers || says_more(child, &kind, &notes);
        if is_news {
            child.remember(report);
            child.evidence = child.evidence || is_evidence(&kind);
        }
        if revives {
            child.gone = None;
        }
        let change = child.cum_qty() - before;
        let beyond = child.state.overfill() - overfilled;
        self.with_parent(id.parent_id(), |p| {
            p.cum_qty += change;
            p.overfilled += beyond;
        });
        self.index(id);
        Heard { notes, is_news }
    }

    fn allocate(&mut self, allocated: &Allocated) {
        for share in &allocated.shares {
            self.ledger.book_share(
                &share.sleeve,
                &allocated.instrument,
                share.quantity,
                allocated.price,
                share.fee,
            );
        }
        if let Some(child) = self.children.get_mut(&allocated.cl_ord_id) {
            child.remember_shares(&allocated.exec_id, &allocated.shares);
        }
        self.with_parent(allocated.cl_ord_id.parent_id(), |parent| {
            let side = parent.parent.side;
            for share in &allocated.shares {
                *parent.got.entry(share.sleeve.clone()).or_default() += side.signed(share.quantity);
            }
        });
    }

    fn cross(&mut self, cross: &Cross) {
        self.ledger.cross(
            &cross.from,
            &cross.to,
            &cross.instrument,
            cross.quantity,
            cross.price,
        );
        if let Some(run) = self.run.as_mut().filter(|r| r.planned.run == cross.run) {
            run.crosses.push(cross.clone());
        }
    }

    fn adopt(&mut self, adopted: &Adopted) {
        self.opened = true;
        for (instrument, difference) in &adopted.positions {
            self.ledger.adopt_position(instrument, *difference);
        }
        self.ledger.adopt_cash(adopted.cash);
    }

    fn with_parent(&mut self, id: ParentId, change: impl FnOnce(&mut ParentState)) {
        if let Some(parent) = self.parents.get_mut(&id) {
            change(parent);
        }
    }
}

/// What may be concluded from a report about an order in this state, if anything.
///
/// - A refusal of a repeat for a duplicate id is evidence that the first copy exists, not that it
///   is dead. Of an order that was sent once it proves nothing: the id may be another order's.
/// - Any other refusal is final only for an order that was sent once: after a repeat it may speak
///   of one copy while the other lives.
/// - "Unknown order" in answer to a cancel says nothing about a submit that it may have overtaken.
///   Said again it is no news: the request stays as it is, and is repeated under its own id.
fn what_it_proves(child: &Child, kind: &ExecKind) -> Option<ExecKind> {
    match kind {
        ExecKind::Rejected {
            reason: RejectReason::DuplicateClOrdId,
            ..
        } => (child.attempts > 1).then_some(ExecKind::New),
        ExecKind::Rejected { .. } if child.attempts > 1 => None,
        ExecKind::CancelRejected {
            request,
            reason: CancelRejectReason::UnknownOrder,
        } if !child.evidence => {
            let reason = CancelRejectReason::Other;
            Some(ExecKind::CancelRejected {
                request: *request,
                reason,
            })
        }
        ExecKind::CancelRejected {
            reason: CancelRejectReason::UnknownOrder,
            ..
        } if child.state.is_disowned() => None,
        other => Some(other.clone()),
    }
}

/// Whether a report changed anything: the answer to a question moves nothing, and what was said
/// before need not be said again.
fn says_more(child: &Child, kind: &ExecKind, notes: &[OrderNote]) -> bool {
    match kind {
        ExecKind::Status { .. } => false,
        ExecKind::PendingNew => !child.evidence,
        _ => !notes.contains(&OrderNote::Duplicate),
    }
}

fn is_evidence(kind: &ExecKind) -> bool {
    !matches!(
        kind,
        ExecKind::CancelRejected { .. } | ExecKind::Status { .. } | ExecKind::Fee { .. }
    )
}

/// Questions.
impl Book {
    /// The first part of every client order id.
    pub fn deployment(&self) -> u32 {
        self.deployment
    }

    /// The last run, ended or not.
    pub fn run(&self) -> Option<&Run> {
        self.run.as_ref()
    }

    /// The run that is not over.
    pub fn active_run(&self) -> Option<&Run> {
        self.run.as_ref().filter(|run| run.ended.is_none())
    }

    /// The id of the next run.
    pub fn next_run(&self) -> RunId {
        let behind_last = self.run.as_ref().map_or(0, |run| run.planned.run.0) + 1;
        let behind_lost = self.salvaged.as_ref().map_or(0, |of| of.next_run.0);
        RunId(behind_last.max(behind_lost))
    }

    /// The last time that records were lost, if they ever were.
    pub fn salvaged(&self) -> Option<&Salvaged> {
        self.salvaged.as_ref()
    }

    /// Whether an order was sent, if it was, by a record that is lost: it carries our deployment, is
    /// not in this book, and its run is from before the loss.
    pub fn is_lost(&self, id: ClOrdId) -> bool {
        id.deployment == self.deployment
            && !self.children.contains_key(&id)
            && self.is_from_before_a_loss(id.parent_id())
    }

    /// Whether records of a parent may be lost.
    pub fn is_from_before_a_loss(&self, id: ParentId) -> bool {
        let lost = self.salvaged.as_ref();
        lost.is_some_and(|salvaged| id.run < salvaged.next_run)
    }

    /// The next request id.
    pub fn next_request(&self) -> RequestId {
        RequestId(self.requests + 1)
    }

    /// Every parent.
    pub fn parents(&self) -> &BTreeMap<ParentId, ParentState> {
        &self.parents
    }

    /// One parent.
    pub fn parent(&self, id: ParentId) -> Option<&ParentState> {
        self.parents.get(&id)
    }

    /// The parents of the run that is not over.
    pub fn active_parents(&self) -> impl Iterator<Item = (ParentId, &ParentState)> {
        let run = self.active_run().map(|run| run.planned.run);
        self.parents
            .iter()
            .filter(move |(id, _)| Some(id.run) == run)
            .map(|(id, p)| (*id, p))
    }

    /// Every child.
    pub fn children(&self) -> &BTreeMap<ClOrdId, Child> {
        &self.children
    }

    /// One child.
    pub fn child(&self, id: ClOrdId) -> Option<&Child> {
        self.children.get(&id)
    }

    /// The children of one parent, in the order they were made.
    pub fn children_of(&self, id: ParentId) -> impl DoubleEndedIterator<Item = &Child> {
        let bound = |child| ClOrdId {
            deployment: self.deployment,
            run: id.run.0,
            parent: id.parent,
            child,
        };
        self.children
            .range(bound(0)..=bound(u32::MAX))
            .map(|(_, child)| child)
    }

    /// The children of one parent that may still fill, in the order they were made.
    pub fn open_children_of(&self, id: ParentId) -> impl Iterator<Item = &Child> {
        let deployment = self.deployment;
        let bound = move |child| ClOrdId {
            deployment,
            run: id.run.0,
            parent: id.parent,
            child,
        };
        let open = self.open.range(bound(0)..=bound(u32::MAX));
        open.filter_map(|id| self.children.get(id))
    }

    /// Whether an execution is booked.
    pub fn has_execution(&self, id: ClOrdId, exec_id: &ExecId) -> bool {
        self.children
            .get(&id)
            .is_some_and(|child| child.state.exec(exec_id).is_some())
    }

    /// Sleeves' positions and cash, `unassigned` among them.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Whether the account was ever seen.
    pub fn is_opened(&self) -> bool {
        self.opened
    }

    /// Whether trading is allowed, and who said so.
    pub fn trading(&self) -> (TradingState, &str) {
        (self.trading, &self.trading_reason)
    }

    /// Instruments that wait for a person, and why.
    pub fn stopped(&self) -> &BTreeMap<InstrumentId, String> {
        &self.stopped
    }

    /// Every difference found between our book and the broker's.
    pub fn breaks(&self) -> &[Break] {
        &self.breaks
    }

    /// The history of what the account was worth.
    pub fn navs(&self) -> &[Nav] {
        &self.navs
    }

    /// How many records were folded.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// The time that the last record carries; `None` for an empty journal.
    pub fn as_of(&self) -> Option<Ts> {
        self.as_of
    }

    /// Orders of ours that may still trade, known or not.
    pub fn open_children(&self) -> impl Iterator<Item = &Child> {
        self.open.iter().filter_map(|id| self.children.get(id))
    }

    /// What may still fill on our open orders, signed, by instrument: what works, and what is
    /// unknown.
    pub fn in_flight(&self) -> InFlight {
        let mut flight = InFlight::default();
        for child in self.open_children() {
            let signed = child.order.side.signed(child.may_still_fill());
            let into = if child.is_unknown() {
                &mut flight.unknown
            } else {
                &mut flight.working
            };
            *into.entry(child.order.instrument.clone()).or_default() += signed;
        }
        flight
    }

    /// What may still fill of one instrument on orders other than `except`.
    pub fn in_flight_of(&self, instrument: &InstrumentId, except: ClOrdId) -> OpenSides {
        let mut open = OpenSides::default();
        let others = self
            .open_by_instrument
            .get(instrument)
            .into_iter()
            .flatten();
        let others = others.filter(|id| **id != except);
        for child in others.filter_map(|id| self.children.get(id)) {
            match child.order.side {
                Side::Buy => open.buy += child.may_still_fill(),
                Side::Sell => open.sell += child.may_still_fill(),
            }
        }
        open
    }

    /// The instruments of the active run.
    pub fn active_instruments(&self) -> BTreeSet<InstrumentId> {
        self.active_parents()
            .map(|(_, p)| p.parent.instrument.id.clone())
            .collect()
    }

    /// When the active run began.
    pub fn run_start(&self) -> Option<Ts> {
        self.active_run().map(|run| run.planned.start)
    }
}

/// What may still fill of one instrument, each side above zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenSides {
    /// On buys.
    pub buy: Qty,
    /// On sells.
    pub sell: Qty,
}

/// Signed quantities that may still fill.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InFlight {
    /// On orders the venue knows.
    pub working: BTreeMap<InstrumentId, Qty>,
    /// On orders nobody knows of.
    pub unknown: BTreeMap<InstrumentId, Qty>,
}
