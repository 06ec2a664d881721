//! A journal's long life: 100,000 orders in 200 runs, through the router core and the real store,
//! with the snapshots that the program takes at each start. What grows (memory, disk), and what the
//! start after it costs, from opening the store to "reconciled"; beside it the start of a journal
//! of the same records without a snapshot.
//!
//! The broker fills every order at once, and lists the last ten thousand.
#![allow(
    clippy::expect_used,
    reason = "a benchmark that cannot go on should stop"
)]

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::time::Duration;

use polyfolio_actors::order_router::{Folded, Keep, read_state, snapshot_of};
use polyfolio_benches::{cpu, listing, now, resident, router_config, stored, symbol};
use polyfolio_execution::AlgoSpec;
use polyfolio_model::broker::{AccountFill, Link, Report, Snapshot};
use polyfolio_model::{
    ExecKind, ExecutionReport, Fill, InstrumentId, Money, NewOrder, OrdStatus, OrderFacts, Price,
    Qty, Quote, Side, SleeveId, SnapshotId, Span, Ts, VenueOrderId,
};
use polyfolio_oms::records::{AtDeadline, Record};
use polyfolio_oms::router::{PlannedParent, RunPlan};
use polyfolio_oms::{Effect, Event, Input, Router};
use polyfolio_ports::Journal;
use polyfolio_store::{Options, SledJournal};
use tokio::runtime::Runtime;

const RUNS: u32 = 200;
const PARENTS: usize = 500;
const LISTED: usize = 10_000;

fn main() {
    println!("{RUNS} runs of {PARENTS} orders");
    let (with, without) = (tempfile(), tempfile());
    let keep = Keep::default();
    let venue = live("with snapshots", with.path(), keep);
    let never = Keep {
        every: u64::MAX,
        ..keep
    };
    live("without", without.path(), never);
    println!("\na start, from opening the store to reconciled");
    let kept = start("with snapshots", with.path(), &venue);
    let whole = start("without", without.path(), &venue);
    println!(
        "  ratio           {:.3}",
        kept.as_secs_f64() / whole.as_secs_f64()
    );
}

/// All runs, each begun as a process begins it: with the journal's state, and a snapshot when it is
/// time to.
fn live(name: &str, dir: &Path, keep: Keep) -> Venue {
    println!("\n{name}\n   orders   records    resident        disk");
    let runtime = runtime();
    let mut venue = Venue::default();
    let options = Options::default().deployment(7);
    let journal = SledJournal::open_with(dir, options).expect("a new journal");
    let mut folded = read_state(&journal).expect("a sound journal");
    for run in 1..=RUNS {
        if keep.every != u64::MAX {
            folded = read_state(&journal).expect("a sound journal");
        }
        let Folded { book, last, kept } = folded.clone();
        if last - kept >= keep.every {
            let state = snapshot_of(&book).expect("a book");
            let taken = runtime.block_on(journal.snapshot(last, state));
            taken.expect("a snapshot");
            if kept > 0 {
                let dropped = runtime.block_on(journal.compact(kept));
                dropped.expect("a compaction");
            }
        }
        let mut desk = Desk {
            router: Router::of_book(router_config(), book),
            journal: &journal,
            runtime: &runtime,
            venue: &mut venue,
            reconciled: false,
        };
        desk.run(run);
        desk.venue.time = desk.venue.time + Span::from_secs(86_400);
        folded.book = desk.router.book().clone();
        if run % 20 == 0 {
            let orders = run as usize * PARENTS;
            let (last, resident, disk) = (journal.last_seq(), resident(), size(dir));
            println!("  {orders:>7} {last:>9} {resident:>8.1} MB {disk:>8.1} MB");
        }
    }
    journal.close().expect("closed");
    venue
}

fn start(name: &str, dir: &Path, venue: &Venue) -> Duration {
    let (began, cpu) = (now(), cpu());
    let journal = SledJournal::open(dir).expect("a sound journal");
    let Folded { book, .. } = read_state(&journal).expect("a sound journal");
    let orders = book.children().count();
    let runtime = runtime();
    let mut desk = Desk {
        router: Router::of_book(router_config(), book),
        journal: &journal,
        runtime: &runtime,
        venue: &mut venue.clone(),
        reconciled: false,
    };
    desk.connect();
    assert!(desk.reconciled, "the account is as the book says");
    let (took, cpu) = (now().duration_since(began), self::cpu() - cpu);
    println!(
        "  {name:<15} {:>6.0} ms, {:.2} s of CPU, {orders} orders in memory",
        took.as_secs_f64() * 1e3,
        cpu
    );
    took
}

/// The broker's books.
#[derive(Clone, Debug, Default)]
struct Venue {
    orders: VecDeque<OrderFacts>,
    fills: VecDeque<AccountFill>,
    positions: BTreeMap<InstrumentId, Qty>,
    cash: Money,
    executions: u64,
    time: Ts,
}

impl Venue {
    fn snapshot(&self) -> Snapshot {
        Snapshot {
            orders: self.orders.iter().cloned().collect(),
            fills: self.fills.iter().cloned().collect(),
            positions: self.positions.clone().into_iter().collect(),
            cash: Some(self.cash),
            nav: Some(self.cash),
            reaches_back_to: None,
        }
    }

    fn fill(&mut self, order: &NewOrder) -> Input {
        self.executions += 1;
        let fill = Fill {
            exec_id: format!("E-{}", self.executions).as_str().into(),
            last_qty: order.order_qty,
            last_px: Price::from(100),
            fee: Some(Money::from(1)),
            liquidity: None,
        };
        let signed = order.side.signed(fill.last_qty);
        *self.positions.entry(order.instrument.clone()).or_default() += signed;
        self.cash -= fill.last_px * signed + Money::from(1);
        let venue_id = VenueOrderId::new(format!("V-{}", self.executions));
        self.orders.push_back(OrderFacts {
            cl_ord_id: Some(order.cl_ord_id),
            venue_id: venue_id.clone(),
            instrument: order.instrument.clone(),
            side: order.side,
            order_qty: order.order_qty,
            cum_qty: order.order_qty,
            status: OrdStatus::Filled,
            price: None,
            trigger: None,
        });
        self.fills.push_back(AccountFill {
            cl_ord_id: Some(order.cl_ord_id),
            instrument: order.instrument.clone(),
            side: order.side,
            time: self.time,
            fill: fill.clone(),
            replaces: None,
        });
        if self.orders.len() > LISTED {
            self.orders.pop_front();
            self.fills.pop_front();
        }
        Input::Report(Report::Execution(ExecutionReport {
            cl_ord_id: order.cl_ord_id,
            venue_id: Some(venue_id),
            time: self.time,
            kind: ExecKind::Trade(fill),
        }))
    }
}

/// A router between a journal and a broker.
struct Desk<'a> {
    router: Router,
    journal: &'a SledJournal,
    runtime: &'a Runtime,
    venue: &'a mut Venue,
    reconciled: bool,
}

impl Desk<'_> {
    fn run(&mut self, run: u32) {
        self.connect();
        let side = if run % 2 == 1 { Side::Buy } else { Side::Sell };
        let quotes = (0..PARENTS).map(|n| Input::Quote(symbol(n), quote(self.venue.time)));
        let plan = Input::Plan(Box::new(plan(side)));
        self.take(quotes.chain([plan]).collect());
        let over = |desk: &Self| desk.router.book().active_run().is_none();
        for _ in 0..100 {
            if over(self) {
                return;
            }
            self.pass();
        }
        assert!(over(self), "run {run} ends");
    }

    fn connect(&mut self) {
        self.take(vec![Input::Report(Report::Link(Link::Ready))]);
        for _ in 0..5 {
            self.pass();
        }
    }

    fn pass(&mut self) {
        self.venue.time = self.venue.time + Span::from_secs(2);
        self.take(vec![Input::Wake]);
    }

    /// One round, and the broker's answers to it in the next.
    fn take(&mut self, mut inputs: Vec<Input>) {
        while !inputs.is_empty() {
            let effects = self
                .router
                .handle_all(std::mem::take(&mut inputs), self.venue.time);
            for effect in effects {
                match effect {
                    Effect::Append(records) | Effect::AppendLazy(records) => self.write(&records),
                    Effect::Submit(order) => inputs.push(self.venue.fill(order.get())),
                    Effect::Snapshot(id) => inputs.push(self.answer(id)),
                    Effect::Publish(Event::Reconciled(_)) => self.reconciled = true,
                    _ => {}
                }
            }
        }
    }

    fn answer(&self, id: SnapshotId) -> Input {
        Input::Report(Report::Snapshot(id, Ok(self.venue.snapshot())))
    }

    fn write(&self, records: &[Record]) {
        let blobs = records.iter().map(stored).collect();
        let written = self.runtime.block_on(self.journal.append(blobs));
        written.expect("a durable batch");
    }
}

fn quote(time: Ts) -> Quote {
    Quote::new(Some(Price::from(99)), Some(Price::from(100)), time)
}

fn plan(side: Side) -> RunPlan {
    let order_qty = Qty::from(100);
    let parent = |n| PlannedParent {
        instrument: listing(n),
        side,
        order_qty,
        wants: vec![(SleeveId::from("trend"), order_qty)],
        algo: AlgoSpec::Market,
        limit: None,
        max_child: None,
        decision_price: Some(Price::from(100)),
        at_deadline: AtDeadline::Sweep,
        sweep_for: Span::from_secs(60),
    };
    RunPlan {
        mark: None,
        decision_date: chrono::NaiveDate::from_ymd_opt(2022, 12, 28).expect("a date"),
        horizon: Span::from_secs(300),
        plan: Default::default(),
        gifts: Vec::new(),
        transfers: Vec::new(),
        crosses: Vec::new(),
        parents: (0..PARENTS).map(parent).collect(),
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime")
}

fn tempfile() -> tempfile::TempDir {
    polyfolio_benches::on_disk(env!("CARGO_TARGET_TMPDIR"))
}

/// What lies below a directory, in megabytes.
fn size(dir: &Path) -> f64 {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(data) if data.is_dir() => size(&entry.path()),
            Ok(data) => data.len() as f64 / 1e6,
            Err(_) => 0.0,
        })
        .sum()
}
