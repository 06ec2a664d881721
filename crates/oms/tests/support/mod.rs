//! A router core and everything around it played by hand: the journal, the broker, the clock.
// Every test file uses its own part of it.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used)]

use chrono::NaiveDate;
use polyfolio_execution::AlgoSpec;
use polyfolio_model::broker::{AccountFill, Capabilities, DuplicateScope, Link, Report, Snapshot};
use polyfolio_model::{
    ClOrdId, ExecKind, ExecutionReport, Fill, Instrument, Money, NewOrder, OrdStatus, OrderFacts,
    ParentId, Price, Qty, Quote, RequestId, RunId, Side, SnapshotId, Span, Ts, VenueOrderId,
};
use polyfolio_oms::records::{AtDeadline, ParentStage, VERSION};
use polyfolio_oms::router::{
    Effect, Input, LateResume, OnBreak, PlannedParent, RouterConfig, RunPlan,
};
use polyfolio_oms::{Book, Event, ParentState, Record, Router};
use polyfolio_portfolio::RiskLimits;

pub const DEPLOYMENT: u32 = 7;
pub const SYMBOL: &str = "X";

pub fn date() -> NaiveDate {
    NaiveDate::from_ymd_opt(2022, 12, 28).unwrap()
}

pub fn start() -> Ts {
    Ts::on(date(), 21)
}

pub fn secs(secs: i64) -> Span {
    Span::from_secs(secs)
}

pub fn qty(qty: i64) -> Qty {
    Qty::from(qty)
}

/// Acks within 2 s, absent after 5 s, lists 1 s behind, closes final, ids unique while open.
pub fn config() -> RouterConfig {
    RouterConfig {
        capabilities: Capabilities {
            ack_timeout: secs(2),
            absence_horizon: secs(5),
            propagation_lag: secs(1),
            settle: Span::ZERO,
            duplicates: DuplicateScope::WhileOpen,
            late_acceptance_bounded: true,
            replaces: false,
            prepares: false,
        },
        limits: RiskLimits::default(),
        on_late_resume: LateResume::Sweep,
        on_break: OnBreak::Halt,
        lazy_for: Span::from_millis(100),
        quote_age_max: secs(1_000),
        snapshot_retry: secs(1),
        looks_only: false,
        vanish_share_max: 0.5,
    }
}

pub fn instrument(symbol: &str) -> Instrument {
    Instrument {
        id: symbol.into(),
        tick: "0.01".parse().unwrap(),
        lot: qty(1),
        min_notional: Money::ZERO,
        currency: "USD".into(),
    }
}

/// Ten to buy, six for one sleeve and four for another; swept at the deadline.
pub fn parent(algo: AlgoSpec) -> PlannedParent {
    PlannedParent {
        instrument: instrument(SYMBOL),
        side: Side::Buy,
        order_qty: qty(10),
        wants: vec![("a".into(), qty(6)), ("b".into(), qty(4))],
        algo,
        limit: None,
        max_child: None,
        decision_price: Some(Price::from(100)),
        at_deadline: AtDeadline::Sweep,
        sweep_for: secs(30),
    }
}

/// A minute's work.
pub fn plan(parents: Vec<PlannedParent>) -> RunPlan {
    RunPlan {
        mark: None,
        decision_date: date(),
        horizon: secs(60),
        plan: serde_json::json!({}).into(),
        gifts: Vec::new(),
        transfers: Vec::new(),
        crosses: Vec::new(),
        parents,
    }
}

pub fn limit() -> AlgoSpec {
    AlgoSpec::Limit {
        price: Some(Price::from(99)),
    }
}

pub fn child(child: u32) -> ClOrdId {
    ClOrdId {
        deployment: DEPLOYMENT,
        run: 1,
        parent: 1,
        child,
    }
}

pub fn fill(exec_id: &str, last_qty: i64) -> Fill {
    Fill {
        exec_id: exec_id.into(),
        last_qty: qty(last_qty),
        last_px: Price::from(100),
        fee: None,
        liquidity: None,
    }
}

/// A router between a journal and a broker.
pub struct Desk {
    pub router: Router,
    pub now: Ts,
    /// The effects of the last round.
    pub round: Vec<Effect>,
    pub durable: Vec<Record>,
    pub tail: Vec<Record>,
    pub sent: Vec<NewOrder>,
    pub cancels: Vec<(ClOrdId, RequestId)>,
    pub queries: Vec<ClOrdId>,
    /// Snapshots that were asked for and not answered.
    pub asked: Vec<SnapshotId>,
    pub events: Vec<Event>,
    pub wake: Option<Ts>,
    /// Whether this test is about an invariant that does not hold; in any other that is a failure.
    pub may_violate: bool,
}

impl Desk {
    /// An empty journal, nobody connected.
    pub fn new(config: RouterConfig) -> Self {
        Self::from(config, Vec::new(), start())
    }

    /// A process that starts with a journal. What it folds is what it would have made of a
    /// snapshot in the middle and the records behind it.
    pub fn from(config: RouterConfig, records: Vec<Record>, now: Ts) -> Self {
        assert_eq!(
            state(&folded(&records)),
            state(&through_a_snapshot(&records, records.len() / 2))
        );
        Self {
            router: Router::recover(config, DEPLOYMENT, records.clone()),
            now,
            round: Vec::new(),
            durable: records,
            tail: Vec::new(),
            sent: Vec::new(),
            cancels: Vec::new(),
            queries: Vec::new(),
            asked: Vec::new(),
            events: Vec::new(),
            wake: None,
            may_violate: false,
        }
    }

    /// Connected, the empty account seen, a quote there, the run begun.
    pub fn working(config: RouterConfig, parents: Vec<PlannedParent>) -> Self {
        let mut desk = Self::new(config);
        desk.connect();
        desk.answer(Snapshot::default());
        desk.quote(99, 101);
        desk.take(Input::Plan(Box::new(plan(parents))));
        desk
    }

    /// Takes one input, and does what the journal and the timer do.
    pub fn take(&mut self, input: Input) {
        self.round = self.router.handle(input, self.now);
        for effect in &self.round {
            match effect {
                Effect::Append(records) => {
                    self.durable.append(&mut self.tail);
                    self.durable.extend(records.iter().map(stored));
                }
                Effect::AppendLazy(records) => self.tail.extend(records.iter().map(stored)),
                Effect::Submit(order) => self.sent.push(order.get().clone()),
                Effect::Cancel(id, request) => self.cancels.push((*id, *request)),
                Effect::Query(id) => self.queries.push(*id),
                Effect::Snapshot(id) => self.asked.push(*id),
                Effect::WakeAt(at) => self.wake = Some(*at),
                Effect::Publish(event) => {
                    let violated = matches!(event, Event::InvariantViolated { .. });
                    assert!(self.may_violate || !violated, "{event:?}");
                    self.events.push(event.clone());
                }
            }
        }
    }

    /// Lets time pass, waking the router whenever it asked for it.
    pub fn pass(&mut self, span: Span) {
        let until = self.now + span;
        while let Some(at) = self.wake.filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.wake = None;
            self.take(Input::Wake);
        }
        self.now = until;
    }

    /// Lets time pass; every question for a snapshot is answered at once.
    pub fn pass_answering(&mut self, span: Span, snapshot: &Snapshot) {
        let until = self.now + span;
        loop {
            while !self.asked.is_empty() {
                self.answer(snapshot.clone());
            }
            let Some(at) = self.wake.filter(|at| *at <= until) else {
                break;
            };
            self.now = self.now.max(at);
            self.wake = None;
            self.take(Input::Wake);
        }
        self.now = until;
    }

    pub fn connect(&mut self) {
        self.take(Input::Report(Report::Link(Link::Ready)));
    }

    pub fn disconnect(&mut self) {
        let reason = "gone".to_owned();
        self.asked.clear();
        self.take(Input::Report(Report::Link(Link::Down { reason })));
    }

    /// Answers the oldest question for a snapshot.
    pub fn answer(&mut self, snapshot: Snapshot) {
        assert!(!self.asked.is_empty(), "nobody asked for a snapshot");
        let id = self.asked.remove(0);
        self.take(Input::Report(Report::Snapshot(id, Ok(snapshot))));
    }

    pub fn quote(&mut self, bid: i64, ask: i64) {
        let quote = Quote::new(Some(Price::from(bid)), Some(Price::from(ask)), self.now);
        self.take(Input::Quote(SYMBOL.into(), quote));
    }

    pub fn report(&mut self, cl_ord_id: ClOrdId, kind: ExecKind) {
        let report = ExecutionReport {
            cl_ord_id,
            venue_id: Some(venue_id(cl_ord_id)),
            time: self.now,
            kind,
        };
        self.take(Input::Report(Report::Execution(report)));
    }

    pub fn trade(&mut self, id: ClOrdId, exec_id: &str, quantity: i64) {
        self.report(id, ExecKind::Trade(fill(exec_id, quantity)));
    }

    /// The broker confirms the last cancel of an order.
    pub fn canceled(&mut self, id: ClOrdId, cum_qty: Option<i64>) {
        let request = self.cancels.iter().rev().find(|c| c.0 == id).map(|c| c.1);
        let cum_qty = cum_qty.map(qty);
        self.report(id, ExecKind::Canceled { request, cum_qty });
    }

    /// The process dies; with what is durable another one starts.
    pub fn crash(self, config: RouterConfig) -> Self {
        Self::from(config, self.durable, self.now)
    }

    pub fn book(&self) -> &Book {
        self.router.book()
    }

    pub fn parent(&self) -> &ParentState {
        let id = ParentId {
            run: RunId(1),
            parent: 1,
        };
        self.book().parent(id).expect("the parent is planned")
    }

    /// Why the parent was left, when it is done.
    pub fn left(&self) -> Option<Option<&str>> {
        match &self.parent().stage {
            ParentStage::Done { left } => Some(left.as_deref()),
            _ => None,
        }
    }

    pub fn run_has_ended(&self) -> bool {
        self.book().run().is_some_and(|run| run.ended.is_some())
    }

    /// The records of one kind, durable or not.
    pub fn count(&self, kind: &str) -> usize {
        let all = self.durable.iter().chain(&self.tail);
        all.filter(|record| record.kind() == kind).count()
    }

    /// The order of the last round's effects, one word each.
    pub fn order_of_effects(&self) -> Vec<&'static str> {
        self.round
            .iter()
            .map(|effect| match effect {
                Effect::Append(_) => "append",
                Effect::AppendLazy(_) => "append lazily",
                Effect::Submit(_) => "submit",
                Effect::Cancel(..) => "cancel",
                Effect::Query(_) => "query",
                Effect::Snapshot(_) => "snapshot",
                Effect::WakeAt(_) => "wake",
                Effect::Publish(_) => "publish",
            })
            .collect()
    }
}

pub fn folded(records: &[Record]) -> Book {
    let mut book = Book::new(DEPLOYMENT);
    for record in records {
        book.apply(record);
    }
    book
}

/// The book of a snapshot behind `at` records, and of the records behind it.
pub fn through_a_snapshot(records: &[Record], at: usize) -> Book {
    let (before, behind) = records.split_at(at);
    let kept = folded(before).keep().unwrap();
    let mut book = Book::restore(DEPLOYMENT, &kept).unwrap();
    for record in behind {
        book.apply(record);
    }
    book
}

/// Everything a book holds, what is derived included.
pub fn state(book: &Book) -> (Vec<u8>, Vec<ClOrdId>, String) {
    let open = book.open_children().map(|child| child.id()).collect();
    let bytes = book.keep().unwrap().bytes;
    (bytes, open, format!("{:?}", book.in_flight()))
}

/// What a journal keeps of a record.
fn stored(record: &Record) -> Record {
    let bytes = record.encode().expect("a record has bytes");
    Record::decode(record.kind(), VERSION, &bytes).expect("a record reads back")
}

pub fn venue_id(id: ClOrdId) -> VenueOrderId {
    VenueOrderId::new(format!("V-{}", id.child))
}

/// An order as a list shows it.
pub fn listed(id: ClOrdId, order_qty: i64, cum_qty: i64, status: OrdStatus) -> OrderFacts {
    OrderFacts {
        cl_ord_id: Some(id),
        venue_id: venue_id(id),
        instrument: SYMBOL.into(),
        side: Side::Buy,
        order_qty: qty(order_qty),
        cum_qty: qty(cum_qty),
        status,
        price: None,
        trigger: None,
    }
}

/// An execution as a list shows it.
pub fn executed(id: ClOrdId, exec_id: &str, quantity: i64) -> AccountFill {
    AccountFill {
        cl_ord_id: Some(id),
        instrument: SYMBOL.into(),
        side: Side::Buy,
        time: start(),
        fill: fill(exec_id, quantity),
        replaces: None,
    }
}

/// What the broker shows: so much of `SYMBOL` held.
pub fn holding(quantity: i64) -> Snapshot {
    Snapshot {
        positions: vec![(SYMBOL.into(), qty(quantity))],
        ..Snapshot::default()
    }
}
