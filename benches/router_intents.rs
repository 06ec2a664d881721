//! Durable intents through the router: from a fill heard to the next order's intent on the disk.
//!
//! A run of many parents; every round the venue fills each working child, and the router core
//! books and allocates the fills, decides the next children, passes them through the risk check
//! and returns one batch, which the real store makes durable. The reference writes the same bytes
//! to a file and calls `fdatasync`. Both sides take turns, so that they share the disk's moods.
#![allow(
    clippy::expect_used,
    reason = "a benchmark that cannot go on should stop"
)]

use std::fs::File;
use std::io::Write;
use std::time::Duration;

use polyfolio_benches::{listing, now, router_config, row, stored, symbol};
use polyfolio_execution::AlgoSpec;
use polyfolio_model::broker::{Link, Report, Snapshot};
use polyfolio_model::{
    ExecKind, ExecutionReport, Fill, Money, NewOrder, Price, Qty, Quote, Side, SleeveId, Span, Ts,
};
use polyfolio_oms::records::AtDeadline;
use polyfolio_oms::router::{PlannedParent, RunPlan};
use polyfolio_oms::{Effect, Input, Router};
use polyfolio_ports::{Blob, Journal};
use polyfolio_store::SledJournal;
use tempfile::TempDir;

const BATCHES: [usize; 2] = [1, 50];
const ROUNDS: usize = 20;
const BATCHES_PER_ROUND: usize = 50;

fn main() {
    for batch in BATCHES {
        compare(batch);
    }
}

fn compare(batch: usize) {
    let (mut ours, mut bare) = (Durable::new(batch), Bare::new());
    let (mut our_times, mut bare_times) = (Vec::new(), Vec::new());
    let mut bytes = 0;
    for _ in 0..ROUNDS {
        let mut written = Vec::with_capacity(BATCHES_PER_ROUND);
        for _ in 0..BATCHES_PER_ROUND {
            let (time, batch) = ours.round();
            our_times.push(time);
            written.push(batch);
        }
        for batch in &written {
            bytes += batch.len();
            bare_times.push(bare.write(batch));
        }
    }
    let size = bytes / our_times.len() / batch;
    println!("intents through the router, batch of {batch}, {size} bytes an order");
    let (ours, bare) = (
        row("router", batch, our_times),
        row("bare file", batch, bare_times),
    );
    println!("  ratio       {:>10.2}\n", ours / bare);
}

/// The router core over the real store.
struct Durable {
    router: Router,
    journal: SledJournal,
    runtime: tokio::runtime::Runtime,
    working: Vec<NewOrder>,
    time: Ts,
    fills: u64,
    _dir: TempDir,
}

impl Durable {
    fn new(parents: usize) -> Self {
        let dir = on_disk();
        let journal = SledJournal::open(dir.path()).expect("a new journal");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime");
        let router = Router::recover(router_config(), journal.deployment(), []);
        let time = Ts::from_nanos(1_672_261_200_000_000_000);
        let mut durable = Self {
            router,
            journal,
            runtime,
            working: Vec::new(),
            time,
            fills: 0,
            _dir: dir,
        };
        durable.begin(parents);
        durable
    }

    fn begin(&mut self, parents: usize) {
        let ready = self.handle([Input::Report(Report::Link(Link::Ready))]);
        let asked = ready.iter().find_map(|effect| match effect {
            Effect::Snapshot(id) => Some(*id),
            _ => None,
        });
        let cash = Some(Money::from(1_000_000_000_000));
        let account = Snapshot {
            cash,
            nav: cash,
            ..Snapshot::default()
        };
        let answer = Report::Snapshot(asked.expect("a snapshot is asked for"), Ok(account));
        let effects = self.handle([Input::Report(answer)]);
        self.perform(effects);
        let quotes: Vec<Input> = (0..parents)
            .map(|n| Input::Quote(symbol(n), quote(self.time)))
            .chain([Input::Plan(Box::new(plan(parents)))])
            .collect();
        let effects = self.handle(quotes);
        self.perform(effects);
        assert_eq!(self.working.len(), parents, "one child a parent");
    }

    /// Every working child fills; the next ones are decided and durable. Timed from the fills to
    /// the end of the sync.
    fn round(&mut self) -> (Duration, Vec<u8>) {
        self.time = self.time + Span::from_millis(1);
        let reports: Vec<Input> = std::mem::take(&mut self.working)
            .into_iter()
            .map(|order| self.filled(&order))
            .collect();
        let expected = reports.len();
        let began = now();
        let effects = self.handle(reports);
        let bytes = self.perform(effects);
        let time = now().duration_since(began);
        assert_eq!(
            self.working.len(),
            expected,
            "every fill leads to the next child"
        );
        (time, bytes)
    }

    fn filled(&mut self, order: &NewOrder) -> Input {
        self.fills += 1;
        let fill = Fill {
            exec_id: format!("E-{}", self.fills).as_str().into(),
            last_qty: order.order_qty,
            last_px: price("100.01"),
            fee: Some(Money::from(1)),
            liquidity: None,
        };
        let kind = ExecKind::Trade(fill);
        let (cl_ord_id, time) = (order.cl_ord_id, self.time);
        Input::Report(Report::Execution(ExecutionReport {
            cl_ord_id,
            venue_id: None,
            time,
            kind,
        }))
    }

    fn handle(&mut self, inputs: impl IntoIterator<Item = Input>) -> Vec<Effect> {
        self.router.handle_all(inputs, self.time)
    }

    /// Performs effects as the actor does: nothing behind the append before it is durable.
    fn perform(&mut self, effects: Vec<Effect>) -> Vec<u8> {
        let mut written = Vec::new();
        for effect in effects {
            match effect {
                Effect::Append(records) | Effect::AppendLazy(records) if !records.is_empty() => {
                    let blobs: Vec<Blob> = records.iter().map(stored).collect();
                    for blob in &blobs {
                        written.extend_from_slice(&blob.bytes);
                    }
                    self.runtime
                        .block_on(self.journal.append(blobs))
                        .expect("a durable batch");
                }
                Effect::Submit(order) => self.working.push(order.into_inner()),
                _ => {}
            }
        }
        written
    }
}

/// The same bytes in a file, synced.
struct Bare {
    file: File,
    _dir: TempDir,
}

impl Bare {
    fn new() -> Self {
        let dir = on_disk();
        let file = File::create(dir.path().join("bare")).expect("a new file");
        Self { file, _dir: dir }
    }

    fn write(&mut self, bytes: &[u8]) -> Duration {
        let began = now();
        self.file
            .write_all(bytes)
            .and_then(|()| self.file.sync_data())
            .expect("a durable batch");
        now().duration_since(began)
    }
}

fn on_disk() -> TempDir {
    polyfolio_benches::on_disk(env!("CARGO_TARGET_TMPDIR")).expect("a temporary directory")
}

fn price(text: &str) -> Price {
    text.parse().expect("a price")
}

fn quote(time: Ts) -> Quote {
    Quote::new(Some(price("99.99")), Some(price("100.01")), time)
}

fn plan(parents: usize) -> RunPlan {
    RunPlan {
        decision_date: chrono::NaiveDate::from_ymd_opt(2022, 12, 28).expect("a date"),
        horizon: Span::from_secs(1_000_000),
        plan: serde_json::Value::Null,
        transfers: Vec::new(),
        crosses: Vec::new(),
        parents: (0..parents).map(parent).collect(),
    }
}

fn parent(n: usize) -> PlannedParent {
    let order_qty = Qty::from(100_000_000);
    PlannedParent {
        instrument: listing(n),
        side: Side::Buy,
        order_qty,
        wants: vec![(SleeveId::from("trend"), order_qty)],
        algo: AlgoSpec::Market,
        limit: None,
        max_child: Some(Qty::from(100)),
        decision_price: Some(price("100")),
        at_deadline: AtDeadline::Leave,
        sweep_for: Span::from_secs(60),
    }
}
