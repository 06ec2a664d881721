//! Whatever clients say, in whatever order, and wherever the process ends meanwhile: the gateway's
//! ledger stays the market's, no order is told of in two ways, and none works on after its end.

use std::collections::{BTreeMap, BTreeSet};

use polyfolio_matching::{FillModel, Listing, MarketParams};
use polyfolio_model::{ClOrdId, Instrument, Money, Price, Qty, Span};
use proptest::prelude::*;
use prost::Message;
use tempfile::TempDir;

use super::*;
use crate::tws::frame::FrameBuffer;
use crate::tws::line::{Line, LineEnd};
use crate::tws::messages::{CancelOrderRequest, Contract, Order, OrderStatus, PlaceOrderRequest};
use crate::tws::{ClientMessage, Stock};

/// What somebody does next.
#[derive(Clone, Debug)]
enum Act {
    Place {
        client: i32,
        order_id: i32,
        buys: bool,
        quantity: u32,
        /// Ticks from 100; none for a market order.
        price: Option<i32>,
        /// The same of a stop's trigger.
        stop: Option<i32>,
        /// At the close, where there is no trigger.
        closes: bool,
    },
    Cancel {
        client: i32,
        order_id: i32,
    },
    CancelAll,
    Reconnect {
        client: i32,
    },
    Pass {
        millis: i64,
    },
    /// The process ends where it is, and another one goes on.
    Restart,
}

const CLIENTS: std::ops::Range<i32> = 1..3;

fn act() -> impl Strategy<Value = Act> {
    let order = (
        CLIENTS,
        1..12,
        any::<bool>(),
        1..30_u32,
        prop::option::of(-6..6),
        prop::option::weighted(0.3, -9..9),
        prop::bool::weighted(0.1),
    );
    prop_oneof![
        8 => order.prop_map(|(client, order_id, buys, quantity, price, stop, closes)| Act::Place {
            client, order_id, buys, quantity, price, stop, closes,
        }),
        3 => (CLIENTS, 1..12).prop_map(|(client, order_id)| Act::Cancel { client, order_id }),
        1 => Just(Act::CancelAll),
        1 => CLIENTS.prop_map(|client| Act::Reconnect { client }),
        4 => (0..20_000_i64).prop_map(|millis| Act::Pass { millis }),
    ]
}

fn act_or_restart() -> impl Strategy<Value = Act> {
    prop_oneof![10 => act(), 1 => Just(Act::Restart)]
}

/// A desk, its clients, and what they were told of their orders.
struct Room {
    desk: Desk,
    dir: TempDir,
    now: Ts,
    ends: BTreeMap<i32, (SessionId, LineEnd, FrameBuffer)>,
    /// By client and order id: how much had filled, and the status that the order ended with.
    told: BTreeMap<(i32, i32), (Qty, Option<String>)>,
}

impl Room {
    fn new(seed: u64, latency_ms: u32) -> Self {
        let now = "2022-12-01T21:00:00Z".parse().unwrap();
        let listing = Listing {
            instrument: Instrument {
                id: "AAA".into(),
                tick: "0.01".parse().unwrap(),
                lot: Qty::from(1),
                min_notional: Money::ZERO,
                currency: "USD".into(),
            },
            market: MarketParams {
                sigma: 2.0,
                arrival_rate: 0.5,
                decay: 0.3,
                tick: Price::ZERO,
            },
        };
        let stock = Stock {
            con_id: 1,
            symbol: "AAA".into(),
            primary_exchange: "NYSE".into(),
            long_name: "A".into(),
            start: Some(Price::from(100)),
            listing,
            terms: crate::tws::ContractTerms::default(),
            closes: Vec::new(),
        };
        let config = GatewayConfig {
            seed,
            latency_ms,
            fill_size: Qty::from(7),
            close: chrono::NaiveTime::from_hms_opt(21, 2, 0).unwrap(),
            fill_model: FillModel::Poisson,
            positions: [("AAA".into(), Qty::from(40))].into(),
            stocks: vec![stock],
            ..GatewayConfig::default()
        };
        let dir = TempDir::new().unwrap();
        let mut room = Self {
            desk: Desk::resume(config, dir.path(), now).unwrap().0,
            dir,
            now,
            ends: BTreeMap::new(),
            told: BTreeMap::new(),
        };
        CLIENTS.for_each(|client| room.connect(client));
        room
    }

    fn connect(&mut self, client: i32) {
        if let Some((id, _, _)) = self.ends.remove(&client) {
            self.desk.leave(id);
        }
        let (line, end) = Line::new();
        let id = self.desk.join(client, line, self.now).unwrap();
        self.ends.insert(client, (id, end, FrameBuffer::default()));
    }

    fn say(&mut self, client: i32, message: ClientMessage) {
        let id = self.ends[&client].0;
        self.desk.hear(id, Ok(message), self.now);
    }

    fn act(&mut self, act: &Act) {
        match act.clone() {
            Act::Place {
                client,
                order_id,
                buys,
                quantity,
                price,
                stop,
                closes,
            } => {
                let at = |ticks: i32| f64::from(10_000 + ticks) / 100.0;
                let kind = match (price, stop) {
                    (None, None) if closes => "MOC",
                    (Some(_), None) if closes => "LOC",
                    (None, None) => "MKT",
                    (Some(_), None) => "LMT",
                    (None, Some(_)) => "STP",
                    (Some(_), Some(_)) => "STP LMT",
                };
                let order = Order {
                    action: Some(if buys { "BUY" } else { "SELL" }.into()),
                    total_quantity: Some(quantity.to_string()),
                    order_type: Some(kind.into()),
                    lmt_price: price.map(at),
                    aux_price: stop.map(at),
                    transmit: Some(true),
                    ..Order::default()
                };
                let contract = Contract {
                    con_id: Some(1),
                    ..Contract::default()
                };
                let request = PlaceOrderRequest {
                    order_id: Some(order_id),
                    contract: Some(contract),
                    order: Some(order),
                };
                self.say(client, ClientMessage::PlaceOrder(Box::new(request)));
            }
            Act::Cancel { client, order_id } => {
                let request = CancelOrderRequest {
                    order_id: Some(order_id),
                    order_cancel: None,
                };
                self.say(client, ClientMessage::CancelOrder(request));
            }
            Act::CancelAll => self.say(1, ClientMessage::GlobalCancel),
            Act::Reconnect { client } => {
                self.listen();
                self.connect(client);
            }
            Act::Restart => {
                self.listen();
                self.desk.end();
                let config = self.desk.config.clone();
                let resumed = Desk::resume(config, self.dir.path(), self.now);
                self.desk = resumed.unwrap().0;
                self.ends.clear();
                CLIENTS.for_each(|client| self.connect(client));
            }
            Act::Pass { millis } => {
                self.now = self.now + Span::from_millis(millis);
                self.desk.advance(self.now);
            }
        }
        self.listen();
    }

    /// Reads what the clients were told: nothing that filled is taken back, and an end is the end.
    fn listen(&mut self) {
        for (client, (_, end, buffer)) in &mut self.ends {
            while let Ok(bytes) = end.frames.try_recv() {
                buffer.push(&bytes);
            }
            while let Some(frame) = buffer.next_frame().unwrap() {
                if frame.id != OrderStatus::ID {
                    continue;
                }
                let said = OrderStatus::decode(frame.payload.as_slice()).unwrap();
                let (filled, status) = (said.filled.unwrap(), said.status.unwrap());
                let filled: Qty = filled.parse().unwrap();
                let of = (*client, said.order_id.unwrap());
                let (before, ended) = self.told.entry(of).or_default();
                assert!(
                    filled >= *before,
                    "{of:?} filled {before} and then {filled}"
                );
                assert_eq!(*ended, None, "{of:?} went on as {status}");
                *before = filled;
                let is_end = ["Filled", "Cancelled", "Inactive"].contains(&status.as_str());
                *ended = is_end.then_some(status);
            }
        }
    }

    /// The ledger is the market's. Only without a latency is it so at every instant.
    fn audit(&self) {
        let book = self.desk.market.book();
        book.audit().unwrap();
        let ledger = &self.desk.ledger;
        let open = |entry: &&order::Entry| entry.is_open();
        let ours: BTreeSet<ClOrdId> = ledger
            .orders()
            .filter(open)
            .map(|entry| entry.cl_ord_id())
            .collect();
        let theirs = book.open_orders().map(|record| record.order.cl_ord_id);
        assert_eq!(ours, theirs.collect());
        for entry in ledger.orders() {
            let record = book.order(entry.cl_ord_id()).unwrap();
            assert_eq!(entry.filled, record.cum_qty);
            assert_eq!(entry.value, record.cum_value);
            assert_eq!(entry.fees, record.fees);
            assert_eq!(entry.terms.quantity, record.order.order_qty);
            assert_eq!(entry.terms.ord_type, record.order.ord_type);
            let is_held = entry.status == order::Status::PreSubmitted;
            assert_eq!(is_held, entry.is_open() && record.waits_for().is_some());
            assert!(!entry.remaining().is_negative());
        }
        assert_eq!(ledger.executions.len(), book.executions());
        let held = ledger.holdings.of(&"AAA".into()).quantity;
        assert_eq!(held, book.account.position(&"AAA".into()));
        let ids: BTreeSet<_> = ledger
            .executions
            .iter()
            .map(|e| e.execution.exec_id.clone())
            .collect();
        assert_eq!(ids.len(), ledger.executions.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_ledger_is_the_markets(
        seed in any::<u64>(),
        acts in prop::collection::vec(act_or_restart(), 1..60),
    ) {
        let mut room = Room::new(seed, 0);
        for act in &acts {
            room.act(act);
            room.audit();
        }
    }

    /// With messages under way for a while, it is so once all have arrived.
    #[test]
    fn the_ledger_comes_to_be_the_markets(
        seed in any::<u64>(),
        acts in prop::collection::vec(act_or_restart(), 1..60),
    ) {
        let mut room = Room::new(seed, 700);
        acts.iter().for_each(|act| room.act(act));
        room.act(&Act::CancelAll);
        room.act(&Act::Pass { millis: 1_400 });
        room.audit();
        prop_assert_eq!(room.desk.ledger.orders().filter(|entry| entry.is_open()).count(), 0);
    }
}

/// What cannot be written down is not said, and nothing after it.
#[test]
fn a_gateway_that_cannot_write_falls_silent() {
    let mut room = Room::new(1, 0);
    room.act(&Act::Pass { millis: 10 });
    room.desk.record.as_mut().unwrap().made_read_only();
    let failures = room.desk.failures();
    room.act(&Act::Place {
        client: 1,
        order_id: 1,
        buys: true,
        quantity: 1,
        price: None,
        stop: None,
        closes: false,
    });
    assert_eq!(room.told, BTreeMap::new());
    assert!(failures.borrow().is_some());
    assert_eq!(room.desk.next_event(), None);
    let (line, _) = Line::new();
    assert_eq!(room.desk.join(1, line, room.now), None);
    // Another one finds all that was said.
    room.act(&Act::Restart);
    assert_eq!(room.desk.ledger.orders().count(), 0);
    room.audit();
}
