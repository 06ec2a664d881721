//! The model's own forecast: what is left of a parent over time, through the real algorithm, the
//! real executor and the real venue.
//!
//! The venue fills at the rate A·e^(−kδ) the theory assumes, without rounding, spread or latency.
//! The mean of what is left over seeded paths must lie within four standard errors of the exact
//! expectation, at every point of every case of the check data.
//!
//! The theory quotes without pause, a program can not. Here the algorithm is asked at every fill,
//! at every move of the mid, and whenever time alone has moved the fill rate of its quote by
//! [`RATE_STEP`]; the old quote being a little high, fills come half of that too slowly, which is
//! well within a standard error.

#![allow(clippy::unwrap_used)] // The helpers of a test may fail it.

use polyfolio_execution::optimal_quote::{QuoteParams, QuoteSurface};
use polyfolio_execution::{
    Action, AlgoSpec, ChildView, ExecutionAlgo, Limits, ParentView, reconcile,
};
use polyfolio_matching::{
    FeeModel, FillModel, Latency, Listing, MarketParams, SyntheticVenue, Venue, VenueCommand,
    VenueConfig, VenueEvent,
};
use polyfolio_model::{
    ClOrdId, Currency, ExecKind, Instrument, InstrumentId, Money, NewOrder, OrdType, Price, Qty,
    Quote, RequestId, Side, Span, TimeInForce, Ts,
};
use serde_json::Value;

const PATHS: u64 = 10_000;
const RATE_STEP: f64 = 0.015;
/// How often the mid moves on a path.
const MOVES: i64 = 20;

struct Case {
    name: String,
    params: QuoteParams,
    lots: usize,
    horizon_s: f64,
    times: Vec<Ts>,
    expected: Vec<f64>,
}

#[test]
fn the_mean_inventory_is_the_models() {
    let file: Value = serde_json::from_str(include_str!("data/optimal-quote-curve.json")).unwrap();
    let cases = file.as_array().unwrap();
    assert!(!cases.is_empty());
    std::thread::scope(|scope| {
        for (number, case) in cases.iter().enumerate() {
            // Sell and buy in turns: without drift they are each other's mirror.
            let side = [Side::Sell, Side::Buy][number % 2];
            scope.spawn(move || check(&Case::read(case), side, number as u64));
        }
    });
}

fn check(case: &Case, side: Side, number: u64) {
    let mut desk = Desk::new(case, side);
    let (mut sum, mut squares) = (vec![0u64; case.times.len()], vec![0u64; case.times.len()]);
    for path in 0..PATHS {
        let left = desk.walk(number << 32 | path);
        for (point, left) in left.into_iter().enumerate() {
            sum[point] += left;
            squares[point] += left * left;
        }
    }
    let n = PATHS as f64;
    for (point, expected) in case.expected.iter().enumerate() {
        let mean = sum[point] as f64 / n;
        // No count of whole lots varies less than one of the same mean that is 0 or 1, so a rare
        // rest that no path met does not count as certain.
        let (fraction, seen) = (expected.fract(), squares[point] as f64 / n - mean * mean);
        let error = (seen.max(fraction * (1.0 - fraction)) / n).sqrt();
        let away = (mean - expected) / error.max(f64::MIN_POSITIVE);
        assert!(
            mean == *expected || away.abs() <= 4.0,
            "{} at {}: {mean} lots left, {expected} expected, {away:.1} standard errors away",
            case.name,
            case.times[point],
        );
    }
}

/// A parent, worked over and over.
struct Desk<'a> {
    case: &'a Case,
    side: Side,
    instrument: Instrument,
    algo: Box<dyn ExecutionAlgo>,
    limits: Limits,
    /// For each number of lots left, when time alone calls for a new quote.
    requotes: Vec<Vec<Ts>>,
}

/// What the desk knows on one path.
struct Walk {
    quote: Option<Quote>,
    fills: Vec<Ts>,
    children: Vec<ChildView>,
    sent: u32,
}

impl<'a> Desk<'a> {
    fn new(case: &'a Case, side: Side) -> Self {
        let spec = AlgoSpec::OptimalLimit {
            clip: Qty::from(1),
            requote_min: Span::from_nanos(1),
            cross: true,
            params: case.params,
            tick: Price::from(1),
        };
        let surface = QuoteSurface::solve(&case.params, case.lots, case.horizon_s).unwrap();
        Self {
            case,
            side,
            instrument: Instrument {
                id: InstrumentId::new("X"),
                tick: Price::ZERO,
                lot: Qty::from(1),
                min_notional: Money::ZERO,
                currency: Currency::new("USD"),
            },
            algo: spec.build().unwrap(),
            limits: Limits {
                max_child: None,
                requote_min: Span::ZERO,
                lot: Qty::from(1),
                tick: Price::ZERO,
                time_in_force: TimeInForce::Day,
            },
            requotes: (0..=case.lots)
                .map(|q| requotes(case, &surface, q))
                .collect(),
        }
    }

    /// The lots left at each time of the case, on the path of `seed`.
    fn walk(&mut self, seed: u64) -> Vec<u64> {
        let mut venue = self.venue(seed);
        let end = Ts::from_nanos(0) + Span::from_secs_f64(self.case.horizon_s);
        let mut walk = Walk {
            quote: None,
            fills: vec![],
            children: vec![],
            sent: 0,
        };
        let mut now = Ts::from_nanos(0);
        let mut heard = venue.advance(now);
        while now < end && walk.fills.len() < self.case.lots {
            walk.hear(&heard);
            self.act(&mut walk, &mut venue, now);
            let due = &self.requotes[self.case.lots - walk.fills.len()];
            let due = due[due.partition_point(|at| *at <= now)..]
                .first()
                .copied()
                .unwrap_or(end);
            now = venue.next_event().map_or(due, |at| at.min(due));
            heard.clear();
            venue.advance_into(now, &mut heard);
        }
        walk.hear(&heard);
        let left = |time: &Ts| {
            let filled = walk.fills.iter().filter(|fill| *fill <= time).count();
            (self.case.lots - filled) as u64
        };
        self.case.times.iter().map(left).collect()
    }

    /// Asks the algorithm, and does what the executor makes of it until nothing is left to do.
    fn act(&mut self, walk: &mut Walk, venue: &mut SyntheticVenue, now: Ts) {
        let order_qty = Qty::from(self.case.lots as i64);
        let filled = Qty::from(walk.fills.len() as i64);
        let parent = ParentView {
            instrument: &self.instrument,
            side: self.side,
            order_qty,
            filled,
            open: walk.open(),
            start: Ts::from_nanos(0),
            deadline: Ts::from_nanos(0) + Span::from_secs_f64(self.case.horizon_s),
            limit: None,
            arrival_mid: None,
            quote_max_age: Span::from_secs(1 << 20),
        };
        let decision = self.algo.decide(&parent, walk.quote.as_ref(), now);
        loop {
            let room = order_qty - filled - walk.open();
            let actions = reconcile(&decision, &walk.children, room, &self.limits, now);
            if actions.is_empty() {
                return;
            }
            for action in actions {
                let command = walk.command(action, &self.instrument, self.side, now);
                walk.hear(&venue.apply(command, now));
            }
        }
    }

    fn venue(&self, seed: u64) -> SyntheticVenue {
        let params = &self.case.params;
        let market = MarketParams {
            sigma: params.sigma,
            arrival_rate: params.arrival_rate,
            decay: params.decay,
            tick: Price::from(1),
        };
        let nanos = Span::from_secs_f64(self.case.horizon_s).nanos();
        let config = VenueConfig {
            seed,
            latency: Latency::default(),
            quote_interval: Span::from_nanos(nanos / MOVES),
            spread_ticks: 0,
            fill_model: FillModel::Poisson,
            fill_size: Qty::ZERO,
            fees: FeeModel::Zero,
            close: polyfolio_matching::close_of_us_stocks(),
            listings: vec![Listing {
                instrument: self.instrument.clone(),
                market,
            }],
        };
        let mut venue = SyntheticVenue::new(config).unwrap();
        let close = (self.instrument.id.clone(), Price::from(100_000));
        let start = Ts::from_nanos(0);
        venue.set_market(start.date(), start, &[close]).unwrap();
        venue
    }
}

impl Walk {
    fn open(&self) -> Qty {
        self.children.iter().map(|child| child.leaves).sum()
    }

    fn hear(&mut self, events: &[VenueEvent]) {
        for event in events {
            match event {
                VenueEvent::Quote { quote, .. } => self.quote = Some(*quote),
                VenueEvent::Report(report) => match &report.kind {
                    ExecKind::Trade(_) => {
                        self.fills.push(report.time);
                        self.children
                            .retain(|child| child.cl_ord_id != report.cl_ord_id);
                    }
                    ExecKind::Canceled { .. } => {
                        self.children
                            .retain(|child| child.cl_ord_id != report.cl_ord_id);
                    }
                    ExecKind::New => {}
                    other => panic!("the venue said {other:?}"),
                },
                VenueEvent::Tape(_) => {}
            }
        }
    }

    fn command(
        &mut self,
        action: Action,
        instrument: &Instrument,
        side: Side,
        now: Ts,
    ) -> VenueCommand {
        match action {
            Action::Cancel(id) => VenueCommand::Cancel(id, RequestId(u64::from(id.child))),
            Action::Submit {
                qty,
                ord_type,
                time_in_force,
            } => {
                self.sent += 1;
                let cl_ord_id = ClOrdId {
                    deployment: 1,
                    run: 1,
                    parent: 1,
                    child: self.sent,
                };
                self.children.push(child(cl_ord_id, qty, ord_type, now));
                VenueCommand::New(NewOrder {
                    cl_ord_id,
                    instrument: instrument.id.clone(),
                    side,
                    order_qty: qty,
                    ord_type,
                    time_in_force,
                })
            }
        }
    }
}

fn child(cl_ord_id: ClOrdId, leaves: Qty, ord_type: OrdType, sent_at: Ts) -> ChildView {
    ChildView {
        cl_ord_id,
        leaves,
        ord_type,
        sent_at,
        cancel_pending: false,
        unknown: false,
    }
}

/// The times at which the rate of the quote for `q` lots has moved by [`RATE_STEP`] since the last.
fn requotes(case: &Case, surface: &QuoteSurface, q: usize) -> Vec<Ts> {
    const STEPS: u32 = 300_000;
    let mut times = vec![];
    if q == 0 {
        return times;
    }
    let left = |step: u32| case.horizon_s * f64::from(STEPS - step) / f64::from(STEPS);
    let mut quoted = surface.offset(q, case.horizon_s);
    for step in 1..STEPS {
        let offset = surface.offset(q, left(step));
        if (offset - quoted).abs() * case.params.decay > RATE_STEP {
            quoted = offset;
            times.push(Ts::from_nanos(0) + Span::from_secs_f64(case.horizon_s - left(step)));
        }
    }
    times
}

impl Case {
    fn read(json: &Value) -> Self {
        let number = |name: &str| json["params"][name].as_str().unwrap().parse().unwrap();
        let numbers = |name: &str| -> Vec<f64> {
            json[name]
                .as_array()
                .unwrap()
                .iter()
                .map(|x| x.as_f64().unwrap())
                .collect()
        };
        let at = |secs: f64| Ts::from_nanos(0) + Span::from_secs_f64(secs);
        Self {
            name: json["name"].as_str().unwrap().to_owned(),
            params: QuoteParams {
                sigma: number("sigma"),
                arrival_rate: number("A"),
                decay: number("k"),
                risk_aversion: number("gamma"),
                liquidation_cost: number("b"),
                drift: number("mu"),
            },
            lots: usize::try_from(json["q0"].as_u64().unwrap()).unwrap(),
            horizon_s: json["T"].as_f64().unwrap(),
            times: numbers("t").into_iter().map(at).collect(),
            expected: numbers("expected_inventory"),
        }
    }
}
