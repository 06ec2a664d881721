//! A paper account in a folder of its own, a listener, and tokio's clock as the only time.

use std::path::Path;
use std::sync::{Arc, Mutex};

use chrono::NaiveDate;
use polyfolio_broker_paper::{PaperBroker, PaperConfig, PaperVenue};
use polyfolio_matching::{Listing, MarketParams};
use polyfolio_model::{
    ClOrdId, ExecKind, ExecutionReport, Instrument, InstrumentId, Money, NewOrder, Price, Qty,
    Side, SnapshotId, Span, Ts,
};
use polyfolio_ports::{BoxFuture, Broker, Clock, Command, Report, Sink, Snapshot};
use polyfolio_testkit::orders;

/// Time as tokio tells it, from an origin on.
pub(crate) struct TokioClock {
    origin: Ts,
    began: tokio::time::Instant,
}

impl TokioClock {
    pub(crate) fn from(origin: Ts) -> Arc<Self> {
        let began = tokio::time::Instant::now();
        Arc::new(Self { origin, began })
    }
}

impl Clock for TokioClock {
    fn now(&self) -> Ts {
        let passed = self.began.elapsed().as_nanos() as i64;
        self.origin + Span::from_nanos(passed)
    }

    #[expect(clippy::disallowed_methods, reason = "this is the tests' clock")]
    fn sleep_until(&self, at: Ts) -> BoxFuture<()> {
        let until = self.began + at.since(self.origin).to_std();
        Box::pin(tokio::time::sleep_until(until))
    }
}

pub(crate) fn date(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2022, 12, day).unwrap()
}

pub(crate) fn config() -> PaperConfig {
    let listing = |symbol: &str| Listing {
        instrument: Instrument {
            id: symbol.into(),
            tick: "0.01".parse().unwrap(),
            lot: Qty::from(1),
            min_notional: Money::from(1),
            currency: "USD".into(),
        },
        market: MarketParams {
            sigma: 0.5,
            arrival_rate: 0.1,
            decay: 0.3,
            tick: Price::ZERO,
        },
    };
    PaperConfig {
        cash: Money::from(100_000),
        positions: [("BBB".into(), Qty::from(40))].into(),
        latency_ms: 30,
        seed: 11,
        listings: vec![listing("AAA"), listing("BBB")],
        ..PaperConfig::default()
    }
}

pub(crate) fn closes(price: i64) -> Vec<(InstrumentId, Price)> {
    vec![("AAA".into(), price.into()), ("BBB".into(), price.into())]
}

/// The account in `dir`, its market at the first date.
pub(crate) fn opened(dir: &Path) -> PaperVenue {
    let (venue, notices) = PaperVenue::open(dir, config()).unwrap();
    assert_eq!(notices, []);
    venue.set_market(date(1), &closes(100)).unwrap();
    venue
}

/// A broker session and everything it has said.
pub(crate) struct Session {
    pub(crate) clock: Arc<TokioClock>,
    pub(crate) broker: PaperBroker,
    said: Arc<Mutex<Vec<(Ts, Report)>>>,
}

impl Session {
    pub(crate) fn start(venue: &PaperVenue) -> Self {
        Self::on(venue, TokioClock::from(venue.venue_time().unwrap()))
    }

    pub(crate) fn on(venue: &PaperVenue, clock: Arc<TokioClock>) -> Self {
        let said: Arc<Mutex<Vec<(Ts, Report)>>> = Arc::default();
        let (ear, watch) = (said.clone(), clock.clone());
        let sink: Sink<Report> =
            Arc::new(move |report| ear.lock().unwrap().push((watch.now(), report)));
        let mut broker = venue.broker(clock.clone());
        broker.start(sink);
        Self {
            clock,
            broker,
            said,
        }
    }

    /// Lets virtual time pass.
    pub(crate) async fn pass(&self, span: Span) {
        self.clock.sleep_until(self.clock.now() + span).await;
    }

    pub(crate) async fn pass_secs(&self, secs: i64) {
        self.pass(Span::from_secs(secs)).await;
    }

    pub(crate) fn said(&self) -> Vec<(Ts, Report)> {
        self.said.lock().unwrap().clone()
    }

    pub(crate) fn executions(&self) -> Vec<ExecutionReport> {
        let execution = |(_, report)| match report {
            Report::Execution(report) => Some(report),
            _ => None,
        };
        self.said().into_iter().filter_map(execution).collect()
    }

    pub(crate) fn kinds(&self) -> Vec<ExecKind> {
        self.executions().into_iter().map(|r| r.kind).collect()
    }

    pub(crate) fn send(&mut self, order: NewOrder) {
        self.broker.send(Command::New(order)).unwrap();
    }

    pub(crate) async fn snapshot(&mut self, id: u64) -> Snapshot {
        self.broker.send(Command::Snapshot(SnapshotId(id))).unwrap();
        self.pass_secs(1).await;
        let answer = |(_, report)| match report {
            Report::Snapshot(of, answer) if of == SnapshotId(id) => Some(answer),
            _ => None,
        };
        self.said().into_iter().find_map(answer).unwrap().unwrap()
    }
}

pub(crate) fn id(child: u32) -> ClOrdId {
    orders::cl_ord_id(0xabc, child)
}

pub(crate) fn order(child: u32, side: Side, quantity: i64, price: &str) -> NewOrder {
    orders::order(id(child), "AAA", side, quantity, price)
}
