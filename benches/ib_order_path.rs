//! From a fill heard to the next order's bytes on the socket, with the intent durable in between,
//! at the simulated gateway; beside it the library's bare call behind one `fdatasync` of the same
//! bytes.
//!
//! Ours is the whole way but the two mailboxes between the actors: the core takes the fill in and
//! decides, the store makes the records durable while the connector gives the order an id that is
//! durable too, and its thread writes. Both sides go through a relay of the same kind, which notes
//! when the order comes by; they take turns, at a pace that IB allows.
#![allow(
    clippy::expect_used,
    reason = "a benchmark that cannot go on should stop"
)]

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use ibapi::Client;
use ibapi::contracts::Contract;
use ibapi::orders::{Action, Order};
use polyfolio_benches::{
    Bare, Desk, LocalGateway, Relay, connector, now, on_disk, pause, row, symbol,
};
use polyfolio_broker_ib::IbBroker;
use polyfolio_model::NewOrder;
use polyfolio_ports::{Broker, Command, Link, Report};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const TARGET: &str = env!("CARGO_TARGET_TMPDIR");
const ROUNDS: usize = 40;
const ORDERS_PER_ROUND: usize = 25;

/// Between two orders: IB hangs up on more than fifty messages a second, and the connector keeps
/// some of them for cancels.
const PACE: Duration = Duration::from_millis(40);

fn main() {
    let gateway = LocalGateway::start(1, 1_000);
    let mut ours = Ours::open(&gateway);
    let mut bare = BareCall::open(&gateway);
    let (mut our_times, mut bare_times) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let mut sent = Vec::new();
        for _ in 0..ORDERS_PER_ROUND {
            let (time, order, bytes) = ours.next();
            our_times.push(time);
            sent.push((order, bytes));
            pause(PACE);
        }
        for (order, bytes) in &sent {
            bare_times.push(bare.send(order, bytes));
            pause(PACE);
        }
    }
    println!("from a fill to the next order on the socket");
    let (ours, bare) = (
        row("polyfolio", 1, our_times),
        row("bare call", 1, bare_times),
    );
    println!("  times as long  {:>7.2}", bare / ours);
}

/// The core, the store and the connector.
struct Ours {
    desk: Desk,
    broker: IbBroker,
    relay: Relay,
    _dir: TempDir,
}

impl Ours {
    fn open(gateway: &LocalGateway) -> Self {
        let dir = on_disk(TARGET);
        let relay = Relay::to(gateway.address);
        let account = connector(dir.path(), relay.address, 1);
        let mut broker = account.broker();
        let (say, said) = channel();
        broker.start(Arc::new(move |report| {
            if report == Report::Link(Link::Ready) {
                // It may become ready again later, when nobody waits for it.
                let _ = say.send(());
            }
        }));
        said.recv().expect("it connects");
        Self {
            desk: Desk::new(1, TARGET),
            broker,
            relay,
            _dir: dir,
        }
    }

    fn next(&mut self) -> (Duration, NewOrder, Vec<u8>) {
        // The next order's id is the next count: its digits are known before it is decided.
        let mut id = self.desk.working()[0].cl_ord_id;
        id.child += 1;
        self.relay.want(&id.to_string());
        let began = now();
        let broker = &mut self.broker;
        let bytes = self.desk.announced_orders(&mut |ids| {
            let told = broker.send(Command::Prepare(ids));
            told.expect("the connection takes it");
        });
        let order = self.desk.working()[0].clone();
        let sent = self.broker.send(Command::New(order.clone()));
        sent.expect("the connection takes it");
        let time = self.relay.seen().duration_since(began);
        assert_eq!(order.cl_ord_id, id, "it is the one that was waited for");
        (time, order, bytes)
    }
}

/// The library alone.
struct BareCall {
    file: Bare,
    client: Client,
    runtime: Runtime,
    relay: Relay,
    next_id: i32,
}

impl BareCall {
    fn open(gateway: &LocalGateway) -> Self {
        let relay = Relay::to(gateway.address);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let address = relay.address.to_string();
        let connecting = Client::connect(&address, 99);
        let client = runtime.block_on(connecting).expect("a connection");
        Self {
            file: Bare::new(TARGET),
            next_id: client.next_order_id(),
            client,
            runtime,
            relay,
        }
    }

    fn send(&mut self, order: &NewOrder, bytes: &[u8]) -> Duration {
        let contract = Contract::stock(symbol(0).as_str()).build();
        let name = format!("bare-{}", order.cl_ord_id);
        let wire = Order {
            action: Action::Buy,
            total_quantity: 100.0,
            order_type: "MKT".to_owned(),
            order_ref: name.clone(),
            ..Order::default()
        };
        let id = self.next_id;
        self.next_id += 1;
        self.relay.want(&name);
        let began = now();
        self.file.write(bytes);
        let sent = self.client.submit_order(id, &contract, &wire);
        self.runtime.block_on(sent).expect("it leaves");
        self.relay.seen().duration_since(began)
    }
}
