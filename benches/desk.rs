//! The router core over the real store, performing what it decides as the router's actor does.

use polyfolio_execution::AlgoSpec;
use polyfolio_model::broker::{Link, Report, Snapshot};
use polyfolio_model::{
    ClOrdId, ExecKind, ExecutionReport, Fill, Money, NewOrder, Qty, Quote, Side, SleeveId, Span, Ts,
};
use polyfolio_oms::records::AtDeadline;
use polyfolio_oms::router::{PlannedParent, RunPlan};
use polyfolio_oms::{Effect, Input, Router};
use polyfolio_ports::{Blob, Journal};
use polyfolio_store::SledJournal;
use tempfile::TempDir;

use crate::{listing, on_disk, price, router_config, stored, symbol};

/// A run of parents that are worked by market orders, each of one instrument; a fill of one order
/// leads to the next.
pub struct Desk {
    router: Router,
    journal: SledJournal,
    runtime: tokio::runtime::Runtime,
    working: Vec<NewOrder>,
    time: Ts,
    fills: u64,
    _dir: TempDir,
}

impl Desk {
    /// Connected, reconciled, with a plan and the first order of every parent, in a new journal
    /// below this place on the disk.
    pub fn new(parents: usize, target: &str) -> Self {
        let dir = on_disk(target);
        let journal = SledJournal::open(dir.path()).expect("a new journal");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime");
        let router = Router::recover(router_config(), journal.deployment(), []);
        let time = Ts::from_nanos(1_672_261_200_000_000_000);
        let mut desk = Self {
            router,
            journal,
            runtime,
            working: Vec::new(),
            time,
            fills: 0,
            _dir: dir,
        };
        desk.begin(parents);
        desk
    }

    /// The orders that work, oldest first.
    pub fn working(&self) -> &[NewOrder] {
        &self.working
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
        self.perform(effects, &mut |_| ());
        let quotes: Vec<Input> = (0..parents)
            .map(|n| Input::Quote(symbol(n), quote(self.time)))
            .chain([Input::Plan(Box::new(plan(parents)))])
            .collect();
        let effects = self.handle(quotes);
        self.perform(effects, &mut |_| ());
        assert_eq!(self.working.len(), parents, "one child a parent");
    }

    /// Every working order fills; the next ones are decided, and durable when this returns. With
    /// them the bytes of the records.
    pub fn next_orders(&mut self) -> Vec<u8> {
        self.announced_orders(&mut |_| ())
    }

    /// The same, and a broker hears of the orders before the journal writes.
    pub fn announced_orders(&mut self, announce: &mut dyn FnMut(Vec<ClOrdId>)) -> Vec<u8> {
        self.time = self.time + Span::from_millis(1);
        let filled = std::mem::take(&mut self.working);
        let reports: Vec<Input> = filled.iter().map(|order| self.filled(order)).collect();
        let effects = self.handle(reports);
        let bytes = self.perform(effects, announce);
        assert_eq!(
            self.working.len(),
            filled.len(),
            "every fill leads to the next child"
        );
        bytes
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
    fn perform(&mut self, effects: Vec<Effect>, announce: &mut dyn FnMut(Vec<ClOrdId>)) -> Vec<u8> {
        let submits = effects.iter().filter_map(|effect| match effect {
            Effect::Submit(order) => Some(order.get().cl_ord_id),
            _ => None,
        });
        announce(submits.collect());
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

fn quote(time: Ts) -> Quote {
    Quote::new(Some(price("99.99")), Some(price("100.01")), time)
}

fn plan(parents: usize) -> RunPlan {
    RunPlan {
        mark: None,
        decision_date: chrono::NaiveDate::from_ymd_opt(2022, 12, 28).expect("a date"),
        horizon: Span::from_secs(1_000_000),
        plan: Default::default(),
        gifts: Vec::new(),
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
