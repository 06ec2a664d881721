//! One case at work: a session with the broker, and what it has said in it.

use std::sync::Arc;
use std::time::Duration;

use polyfolio_model::{
    Amend, ClOrdId, ExecKind, NewOrder, OrdType, OrderFacts, Price, Qty, RequestId, Side,
    SnapshotId, TimeInForce,
};
use polyfolio_ports::{Broker, Capabilities, Command, Link, NotSent, Report, Snapshot};
use rust_decimal::Decimal;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

use super::log::Log;
use super::rig::{Act, Market, Rig, Verdict};
use crate::orders::cl_ord_id;

/// How long anything may take before a case gives up on it.
const PATIENCE: Duration = Duration::from_secs(30);

/// The deployment whose orders are ours.
pub(super) const OURS: u32 = 0xc0f0_0001;

/// How many ticks from the market an order of the suite rests.
const TICKS_AWAY: u32 = 50;

/// A session with the broker.
pub(super) struct Trial<'a, R> {
    pub(super) rig: &'a mut R,
    pub(super) broker: Box<dyn Broker>,
    pub(super) market: Market,
    pub(super) log: Log,
    ear: UnboundedReceiver<Report>,
    counted: u64,
}

impl<'a, R: Rig> Trial<'a, R> {
    /// A process whose connection is ready.
    pub(super) async fn open(rig: &'a mut R) -> Self {
        let broker = rig.start();
        let mut trial = Self::over(rig, broker);
        trial.listen();
        trial.ready().await;
        trial
    }

    /// A process with a wire that is not started.
    pub(super) fn over(rig: &'a mut R, broker: Box<dyn Broker>) -> Self {
        let market = rig.market();
        let (_, ear) = unbounded_channel();
        Self {
            rig,
            broker,
            market,
            log: Log::default(),
            ear,
            counted: 0,
        }
    }

    /// Counts its ids from here on, as a later life does.
    pub(super) fn counting_from(mut self, counted: u64) -> Self {
        self.counted = counted;
        self
    }

    /// The wire, and what listens to it.
    pub(super) fn into_parts(self) -> (&'a mut R, Box<dyn Broker>, UnboundedReceiver<Report>) {
        (self.rig, self.broker, self.ear)
    }

    /// Starts the wire: what it says from now on is a new log's.
    pub(super) fn listen(&mut self) {
        let (say, ear) = unbounded_channel();
        self.log = Log::default();
        self.ear = ear;
        self.broker.start(Arc::new(move |report| {
            // Nobody listens to a session that is over.
            let _ = say.send(report);
        }));
    }

    /// Another process on the same state, ready.
    pub(super) async fn restart(&mut self) {
        self.broker = Box::new(Nobody);
        self.broker = self.rig.start();
        self.listen();
        self.ready().await;
    }

    /// The process dies.
    pub(super) fn die(&mut self) {
        self.broker = Box::new(Nobody);
        self.rig.stop();
    }

    /// Something happens at the venue.
    pub(super) async fn act(&mut self, act: Act) -> Verdict {
        self.rig.act(act).await
    }

    /// Listens until there is what is looked for.
    ///
    /// # Panics
    /// It does not come.
    pub(super) async fn until<T>(&mut self, what: &str, find: impl Fn(&Log) -> Option<T>) -> T {
        let (log, ear) = (&mut self.log, &mut self.ear);
        let listening = async {
            loop {
                if let Some(found) = find(log) {
                    return Some(found);
                }
                log.push(ear.recv().await?);
            }
        };
        match timeout(PATIENCE, listening).await {
            Ok(Some(found)) => found,
            Ok(None) => panic!("nobody speaks any more, no {what}: {:#?}", self.log),
            Err(_) => panic!("no {what} within {PATIENCE:?}: {:#?}", self.log),
        }
    }

    /// Listens until something was said of an order.
    pub(super) async fn hear(&mut self, id: ClOrdId, what: &str, is: impl Fn(&ExecKind) -> bool) {
        self.until(what, |log| log.says(id, &is).then_some(()))
            .await;
    }

    /// Listens until so much of an order has traded.
    pub(super) async fn hear_traded(&mut self, id: ClOrdId, quantity: i64) {
        let quantity = Qty::from(quantity);
        let what = format!("trades of {quantity}");
        self.until(&what, |log| (log.traded(id) >= quantity).then_some(()))
            .await;
        assert_eq!(self.log.traded(id), quantity, "{:#?}", self.log);
    }

    /// Listens until the connection is up, as far as the last word of it goes.
    pub(super) async fn ready(&mut self) {
        let is_up = |log: &Log| log.links().last().is_some_and(|l| **l == Link::Ready);
        self.until("connection", |log| is_up(log).then_some(()))
            .await;
    }

    /// Listens until the connection is down.
    pub(super) async fn down(&mut self) {
        let is_down = |log: &Log| matches!(log.links().last(), Some(Link::Down { .. }));
        self.until("word that the connection is down", |log| {
            is_down(log).then_some(())
        })
        .await;
    }

    /// Listens until the connection was down and is up again.
    pub(super) async fn ready_again(&mut self) {
        let again = |log: &Log| {
            let links = log.links();
            let downs = links.iter().any(|link| **link != Link::Ready);
            downs && links.last().is_some_and(|link| **link == Link::Ready)
        };
        self.until("new session", |log| again(log).then_some(()))
            .await;
    }

    pub(super) fn send(&mut self, command: Command) -> Result<(), NotSent> {
        self.broker.send(command)
    }

    /// # Panics
    /// It cannot be sent.
    pub(super) fn must_send(&mut self, command: Command) {
        if let Err(fault) = self.broker.send(command.clone()) {
            panic!("{command:?}: {fault}, after {:#?}", self.log);
        }
    }

    pub(super) fn count(&mut self) -> u64 {
        self.counted += 1;
        self.counted
    }

    /// The capabilities of the broker.
    pub(super) fn can(&self) -> Capabilities {
        self.broker.capabilities()
    }

    /// So many ticks from a price.
    pub(super) fn away(&self, from: Price, ticks: i32) -> Price {
        Price::new(from.get() + self.market.tick.get() * Decimal::from(ticks))
    }

    /// A limit at which a buy order rests.
    pub(super) fn low(&self) -> Price {
        self.away(self.market.bid, -(TICKS_AWAY as i32))
    }

    /// A price above the market.
    pub(super) fn high(&self) -> Price {
        self.away(self.market.ask, TICKS_AWAY as i32)
    }

    /// An order to buy that lasts, with an id of its own.
    pub(super) fn order(&mut self, quantity: i64, ord_type: OrdType) -> NewOrder {
        let child = u32::try_from(self.count()).unwrap_or(u32::MAX);
        NewOrder {
            cl_ord_id: cl_ord_id(OURS, child),
            instrument: self.market.instrument.clone(),
            side: Side::Buy,
            order_qty: Qty::from(quantity),
            ord_type,
            time_in_force: TimeInForce::GoodTillCancel,
        }
    }

    /// An order to buy that rests.
    pub(super) fn resting_order(&mut self, quantity: i64) -> NewOrder {
        let low = self.low();
        self.order(quantity, OrdType::Limit(low))
    }

    /// Sends an order.
    pub(super) fn place(&mut self, order: &NewOrder) -> ClOrdId {
        self.must_send(Command::New(order.clone()));
        order.cl_ord_id
    }

    /// An order that rests, acknowledged.
    pub(super) async fn rest(&mut self, quantity: i64) -> ClOrdId {
        let order = self.resting_order(quantity);
        let id = self.place(&order);
        self.hear(id, "acknowledgement", |k| *k == ExecKind::New)
            .await;
        id
    }

    /// An order that has filled.
    pub(super) async fn filled(&mut self, quantity: i64) -> ClOrdId {
        let order = self.order(quantity, OrdType::Market);
        let id = self.place(&order);
        self.hear_traded(id, quantity).await;
        id
    }

    pub(super) fn cancel(&mut self, id: ClOrdId) -> RequestId {
        let request = RequestId(self.count());
        self.must_send(Command::Cancel(id, request));
        request
    }

    pub(super) fn replace(&mut self, id: ClOrdId, total: i64, price: Option<Price>) -> RequestId {
        let request = RequestId(self.count());
        let amend = Amend {
            order_qty: Qty::from(total),
            price,
            trigger: None,
        };
        self.must_send(Command::Replace(id, request, amend));
        request
    }

    /// The one answer to a request; there must not be a second one.
    pub(super) async fn answer(&mut self, request: RequestId) -> ExecKind {
        let found = |log: &Log| log.answers(request).first().map(|kind| (*kind).clone());
        let answer = self.until("answer to a request", found).await;
        self.snapshot().await;
        let answers = self.log.answers(request);
        assert_eq!(answers.len(), 1, "{answers:?}");
        answer
    }

    /// Asks for everything.
    pub(super) fn ask(&mut self) -> SnapshotId {
        let id = SnapshotId(self.count());
        self.must_send(Command::Snapshot(id));
        id
    }

    /// Everything the broker knows; what was said before it has been heard then.
    pub(super) async fn snapshot(&mut self) -> Snapshot {
        let id = self.ask();
        match self.snapshot_of(id).await {
            Ok(snapshot) => snapshot,
            Err(fault) => panic!("{fault}"),
        }
    }

    pub(super) async fn snapshot_of(
        &mut self,
        id: SnapshotId,
    ) -> Result<Snapshot, polyfolio_ports::SnapshotFailed> {
        let answer = |log: &Log| {
            let answers = log.snapshots();
            let answer = answers.into_iter().find(|(of, _)| *of == id.0);
            answer.map(|(_, answer)| answer.clone())
        };
        self.until("answer to a request for everything", answer)
            .await
    }

    /// Everything the broker knows, once it can say it: connections may come and go meanwhile.
    pub(super) async fn snapshot_at_last(&mut self) -> Snapshot {
        loop {
            self.ready().await;
            let id = SnapshotId(self.count());
            if self.send(Command::Snapshot(id)).is_err() {
                // It is down and has not said so: that word is next.
                let heard = self.log.links().len();
                let more = |log: &Log| (log.links().len() > heard).then_some(());
                self.until("word about the connection", more).await;
            } else if let Ok(snapshot) = self.snapshot_of(id).await {
                return snapshot;
            }
        }
    }

    /// How an order stands in the lists.
    ///
    /// # Panics
    /// It is in none, or twice.
    pub(super) async fn listed(&mut self, id: ClOrdId) -> OrderFacts {
        let snapshot = self.snapshot().await;
        match &facts(&snapshot, id)[..] {
            [facts] => facts.clone(),
            other => panic!("{id} is listed as {other:?}"),
        }
    }

    /// What the lists say has traded of an order.
    pub(super) async fn listed_trades(&mut self, id: ClOrdId) -> Qty {
        bought(&self.snapshot().await, id)
    }

    /// How much of the instrument is held.
    pub(super) fn held(&self, snapshot: &Snapshot) -> Qty {
        let mut positions = snapshot.positions.iter();
        let held = positions.find(|(instrument, _)| *instrument == self.market.instrument);
        held.map_or(Qty::ZERO, |(_, quantity)| *quantity)
    }
}

/// An order as the lists show it.
pub(super) fn facts(snapshot: &Snapshot, id: ClOrdId) -> Vec<OrderFacts> {
    let orders = snapshot.orders.iter();
    let of = orders.filter(|facts| facts.cl_ord_id == Some(id));
    of.cloned().collect()
}

/// What the lists say has traded of an order.
pub(super) fn bought(snapshot: &Snapshot, id: ClOrdId) -> Qty {
    let fills = snapshot.fills.iter();
    let of = fills.filter(|fill| fill.cl_ord_id == Some(id));
    of.map(|fill| fill.fill.last_qty).sum()
}

/// Stands where the wire of a process that is gone was.
struct Nobody;

impl Broker for Nobody {
    fn account(&self) -> String {
        String::new()
    }

    fn capabilities(&self) -> Capabilities {
        panic!("nobody is there")
    }

    fn start(&mut self, _: polyfolio_ports::Sink<Report>) {
        panic!("nobody is there")
    }

    fn send(&mut self, _: Command) -> Result<(), NotSent> {
        Err(NotSent("nobody is there"))
    }
}
