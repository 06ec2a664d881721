//! A gateway on a port of the system's choice, a clock that the test moves, and a connector with
//! everything it says.

use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use polyfolio_broker_ib::{ContractSpec, IbAccount, IbBroker, IbConfig, IbNotice, Level};
use polyfolio_matching::{FeeModel, FillModel, Listing, MarketParams};
use polyfolio_model::{
    ClOrdId, ExecKind, ExecutionReport, Instrument, Money, NewOrder, OrdType, Price, Qty,
    RequestId, Side, SnapshotId, Span, TimeInForce, Ts,
};
use polyfolio_ports::{BoxFuture, Broker, Clock, Command, Link, Report, Snapshot, SnapshotFailed};
use polyfolio_simulators::tws::{ContractTerms, Gateway, GatewayConfig, Stock};
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::watch;

/// How long anything may take before a test gives up on it.
const PATIENCE: Duration = Duration::from_secs(20);

/// Within the bound, or the test fails and says for what it waited.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(_) => panic!("waited too long for {what}"),
    }
}

/// Time that stands until the test moves it.
pub(crate) struct HandClock {
    now: watch::Sender<Ts>,
}

impl HandClock {
    pub(crate) fn at(time: &str) -> Arc<Self> {
        let now = watch::Sender::new(time.parse().unwrap());
        Arc::new(Self { now })
    }

    pub(crate) fn pass(&self, span: Span) {
        self.now.send_modify(|now| *now = *now + span);
    }

    pub(crate) fn pass_to(&self, time: &str) {
        let time: Ts = time.parse().unwrap();
        self.pass(time.since(self.now()));
    }
}

impl Clock for HandClock {
    fn now(&self) -> Ts {
        *self.now.borrow()
    }

    fn sleep_until(&self, at: Ts) -> BoxFuture<()> {
        let mut now = self.now.subscribe();
        Box::pin(async move {
            // The clock outlives whoever sleeps by it.
            let _ = now.wait_for(|now| *now >= at).await;
        })
    }
}

pub(crate) fn stock(con_id: i32, symbol: &str, exchange: &str, start: Option<i64>) -> Stock {
    Stock {
        con_id,
        symbol: symbol.into(),
        primary_exchange: exchange.into(),
        long_name: format!("{symbol} of {exchange}"),
        start: start.map(Price::from),
        listing: Listing {
            instrument: Instrument {
                id: format!("{symbol}.{exchange}").as_str().into(),
                tick: "0.01".parse().unwrap(),
                lot: Qty::from(1),
                min_notional: Money::ZERO,
                currency: "USD".into(),
            },
            // A quote that stands, and resting orders that trade within the hour.
            market: MarketParams {
                sigma: 0.0,
                arrival_rate: 0.05,
                decay: 0.0,
                tick: Price::ZERO,
            },
        },
        terms: ContractTerms::default(),
        closes: Vec::new(),
    }
}

/// AAA at 99.99 to 100.01, of which 50 are held; BBB at 50; CCC on two exchanges; DDD without a
/// market.
pub(crate) fn gateway_config() -> GatewayConfig {
    GatewayConfig {
        account: "DU1234567".into(),
        cash: Money::from(100_000),
        positions: [("AAA.NYSE".into(), Qty::from(50))].into(),
        latency_ms: 0,
        seed: 5,
        fees: FeeModel::IbkrFixed,
        fill_model: FillModel::Poisson,
        stocks: vec![
            stock(1_001, "AAA", "NYSE", Some(100)),
            stock(1_002, "BBB", "NASDAQ", Some(50)),
            stock(1_003, "CCC", "NYSE", Some(10)),
            stock(1_004, "CCC", "NASDAQ", Some(11)),
            stock(1_005, "DDD", "NYSE", None),
        ],
        // The clock stands still between steps, and a second never ends.
        messages_per_second_max: 0,
        ..GatewayConfig::default()
    }
}

pub(crate) struct Venue {
    pub(crate) gateway: Gateway,
    pub(crate) clock: Arc<HandClock>,
}

impl Venue {
    pub(crate) async fn open() -> Self {
        Self::of(gateway_config()).await
    }

    pub(crate) async fn of(config: GatewayConfig) -> Self {
        let clock = HandClock::at("2022-12-01T21:00:05Z");
        let address: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let gateway = Gateway::listen(address, config, clock.clone());
        let gateway = gateway.await.unwrap();
        Self { gateway, clock }
    }

    pub(crate) fn config(&self) -> IbConfig {
        config(self.gateway.address())
    }

    /// A connector in a folder of its own, ready.
    pub(crate) async fn desk(&self) -> Desk {
        let mut desk = Desk::open(self.config(), self.clock.clone());
        desk.ready().await;
        desk
    }
}

/// AAA, BBB, CCC of the NASDAQ and DDD, and no patience: the gateway is on this machine.
pub(crate) fn config(address: SocketAddr) -> IbConfig {
    let nasdaq = ContractSpec {
        primary_exchange: Some("NASDAQ".into()),
        ..ContractSpec::default()
    };
    IbConfig {
        port: address.port(),
        backoff_first_ms: 20,
        backoff_max_ms: 100,
        propagation_lag_ms: 50,
        contracts: [
            ("AAA".into(), ContractSpec::default()),
            ("BBB".into(), ContractSpec::default()),
            ("CCC".into(), nasdaq),
            ("DDD".into(), ContractSpec::default()),
        ]
        .into(),
        ..IbConfig::default()
    }
}

/// A connector and everything it says.
pub(crate) struct Desk {
    pub(crate) account: IbAccount,
    pub(crate) broker: IbBroker,
    reports: UnboundedReceiver<Report>,
    notices: UnboundedReceiver<IbNotice>,
    pub(crate) dir: TempDir,
    config: IbConfig,
    clock: Arc<HandClock>,
    asked: u64,
}

impl Desk {
    pub(crate) fn open(config: IbConfig, clock: Arc<HandClock>) -> Self {
        Self::open_in(tempfile::tempdir().unwrap(), config, clock)
    }

    pub(crate) fn open_in(dir: TempDir, config: IbConfig, clock: Arc<HandClock>) -> Self {
        let (account, notices) = open_account(dir.path(), &config, &clock);
        let mut broker = account.broker();
        let reports = listen(&mut broker);
        Self {
            account,
            broker,
            reports,
            notices,
            dir,
            config,
            clock,
            asked: 0,
        }
    }

    /// Another process with the same folder: the first one is gone, and nothing it said.
    pub(crate) fn restarted(self) -> Self {
        let Self {
            account,
            broker,
            dir,
            config,
            clock,
            ..
        } = self;
        drop((broker, account));
        Self::open_in(dir, config, clock)
    }

    /// Another life of whoever listens.
    pub(crate) fn listen_again(&mut self) {
        self.broker = self.account.broker();
        self.reports = listen(&mut self.broker);
    }

    pub(crate) async fn report(&mut self) -> Report {
        soon("a report", self.reports.recv()).await.unwrap()
    }

    /// The next word about the connection; reports of orders before it are passed over.
    pub(crate) async fn link(&mut self) -> Link {
        loop {
            if let Report::Link(link) = self.report().await {
                return link;
            }
        }
    }

    pub(crate) async fn ready(&mut self) {
        while self.link().await != Link::Ready {}
    }

    /// Ready, and what was said of orders of a former life is passed over.
    pub(crate) async fn settled(&mut self) {
        self.ready().await;
        self.snapshot().await.unwrap();
    }

    /// Why there is no connection.
    pub(crate) async fn down(&mut self) -> String {
        match self.link().await {
            Link::Down { reason } => reason,
            Link::Ready => panic!("it is up"),
        }
    }

    /// The next thing that is said of an order, in a few words.
    pub(crate) async fn heard(&mut self) -> String {
        match self.report().await {
            Report::Execution(report) => words(&report),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn hears(&mut self, expect: &[&str]) {
        let mut heard = Vec::new();
        for _ in expect {
            heard.push(self.heard().await);
        }
        assert_eq!(heard, expect);
    }

    /// The first notice that speaks of this.
    pub(crate) async fn notice(&mut self, part: &str) -> IbNotice {
        let notices = &mut self.notices;
        let first = async {
            loop {
                let notice = notices.recv().await.unwrap();
                if notice.to_string().contains(part) {
                    return notice;
                }
            }
        };
        soon(&format!("a notice of {part:?}"), first).await
    }

    pub(crate) fn send(&mut self, command: Command) {
        self.broker.send(command).unwrap();
    }

    pub(crate) fn buy(&mut self, child: u32, quantity: i64, price: Option<&str>) {
        let order = order(child, Side::Buy, quantity, price);
        self.send(Command::New(order));
    }

    pub(crate) fn cancel(&mut self, child: u32, request: u64) {
        self.send(Command::Cancel(id(child), RequestId(request)));
    }

    /// Everything the broker knows; reports before it are passed over.
    pub(crate) async fn snapshot(&mut self) -> Result<Snapshot, SnapshotFailed> {
        self.asked += 1;
        let asked = SnapshotId(self.asked);
        self.send(Command::Snapshot(asked));
        loop {
            match self.report().await {
                Report::Snapshot(id, answer) if id == asked => return answer,
                Report::Link(link) => panic!("{link:?} before the snapshot"),
                _ => {}
            }
        }
    }
}

impl Desk {
    /// Everything the broker knows, unless the connection is lost before it says so.
    pub(crate) async fn snapshot_unless_down(&mut self) -> Result<Snapshot, SnapshotFailed> {
        self.asked += 1;
        let asked = SnapshotId(self.asked);
        let down = || SnapshotFailed("down".to_owned());
        self.broker
            .send(Command::Snapshot(asked))
            .map_err(|_| down())?;
        loop {
            match self.report().await {
                Report::Snapshot(id, answer) if id == asked => return answer,
                Report::Link(Link::Down { .. }) => return Err(down()),
                _ => {}
            }
        }
    }
}

fn open_account(
    dir: &Path,
    config: &IbConfig,
    clock: &Arc<HandClock>,
) -> (IbAccount, UnboundedReceiver<IbNotice>) {
    let (sender, notices) = unbounded_channel();
    let talk = Arc::new(move |notice: IbNotice| {
        // A test may have stopped listening.
        let _ = sender.send(notice);
    });
    let account = IbAccount::open(dir, config.clone(), clock.clone(), talk);
    (account.unwrap(), notices)
}

fn listen(broker: &mut IbBroker) -> UnboundedReceiver<Report> {
    let (sender, reports) = unbounded_channel();
    broker.start(Arc::new(move |report| {
        let _ = sender.send(report);
    }));
    reports
}

pub(crate) fn id(child: u32) -> ClOrdId {
    ClOrdId {
        deployment: 0xdead_beef,
        run: 1,
        parent: 1,
        child,
    }
}

pub(crate) fn order(child: u32, side: Side, quantity: i64, price: Option<&str>) -> NewOrder {
    NewOrder {
        cl_ord_id: id(child),
        instrument: "AAA".into(),
        side,
        order_qty: Qty::from(quantity),
        ord_type: match price {
            Some(price) => OrdType::Limit(price.parse().unwrap()),
            None => OrdType::Market,
        },
        time_in_force: TimeInForce::GoodTillCancel,
    }
}

/// A report in a few words, with the order's number in front.
pub(crate) fn words(report: &ExecutionReport) -> String {
    let child = report.cl_ord_id.child;
    let what = match &report.kind {
        ExecKind::Trade(fill) => format!("trade {} at {}", fill.last_qty, fill.last_px),
        ExecKind::Fee { fee, .. } => format!("fee {fee}"),
        ExecKind::Canceled { request, cum_qty } => {
            let request = request.map_or("nobody".into(), |r| r.to_string());
            let cum = cum_qty.map_or("unknown".into(), |qty| qty.to_string());
            format!("canceled for {request}, {cum} filled")
        }
        ExecKind::Rejected { reason, .. } => format!("rejected: {reason:?}"),
        ExecKind::CancelRejected { request, reason } => {
            format!("cancel {request} rejected: {reason:?}")
        }
        ExecKind::PendingCancel { request } => format!("pending cancel {request}"),
        ExecKind::Replaced {
            request, order_qty, ..
        } => {
            let request = request.map_or("nobody".into(), |r| r.to_string());
            format!("replaced for {request}: {order_qty}")
        }
        ExecKind::Status { cum_qty } => format!("stands at {cum_qty}"),
        other => format!("{other:?}"),
    };
    format!("{child} {what}")
}

pub(crate) fn is_alarm(notice: &IbNotice) -> bool {
    notice.level == Level::Alarm
}
