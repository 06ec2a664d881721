//! Many orders over a line that is cut, deaf and mute by turns, with the connector killed between
//! them: every order is one order.

use std::collections::BTreeMap;

use polyfolio_broker_ib::IbConfig;
use polyfolio_model::{ClOrdId, Qty, Side};
use polyfolio_ports::{Broker, Command};

use crate::common::{Desk, Venue, config, id, order};
use crate::relay::Relay;

const ORDERS: u32 = 16;

/// A walk through all 64-bit numbers (Knuth's constants).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        let next = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = next.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// Sends every order that no list shows, as an absence proof does: two complete snapshots of one
/// session lack it. Then the same order leaves again under the same id.
async fn settle(desk: &mut Desk, sent: u32) {
    loop {
        let mut listed = Vec::new();
        for _ in 0..2 {
            let Ok(snapshot) = desk.snapshot_unless_down().await else {
                desk.ready().await;
                listed.clear();
                continue;
            };
            let known = snapshot.orders.iter().filter_map(|order| order.cl_ord_id);
            listed.extend(known);
        }
        let missing: Vec<u32> = (1..=sent).filter(|n| !listed.contains(&id(*n))).collect();
        if missing.is_empty() {
            return;
        }
        for child in missing {
            // The budget or the connection may refuse it; the next round looks again.
            let _ = desk
                .broker
                .send(Command::New(order(child, Side::Buy, 1, None)));
        }
    }
}

async fn drill(seed: u64) {
    println!("seed {seed}");
    let mut chance = Chance(seed);
    let venue = Venue::open().await;
    let relay = Relay::to(venue.gateway.address()).await;
    let config = IbConfig {
        heartbeat_interval_ms: 200,
        heartbeat_timeout_ms: 400,
        messages_per_second: 50,
        cancels_reserve: 1,
        ..config(relay.address)
    };
    let mut desk = Desk::open(config, venue.clock.clone());
    desk.ready().await;
    for child in 1..=ORDERS {
        let fault = chance.below(6);
        match fault {
            0 => relay.set_deaf(true),
            1 => relay.set_mute(true),
            _ => {}
        }
        let sent = desk
            .broker
            .send(Command::New(order(child, Side::Buy, 1, None)));
        if fault < 4 && sent.is_ok() {
            match fault {
                // Somewhere on its way.
                2 => relay.cut(),
                3 => desk = desk.restarted(),
                _ => relay.after_a_word().await,
            }
        }
        if fault < 2 {
            relay.cut();
            relay.set_deaf(false);
            relay.set_mute(false);
        }
        if fault < 4 {
            desk.ready().await;
            settle(&mut desk, child).await;
        }
    }
    settle(&mut desk, ORDERS).await;
    let snapshot = desk.snapshot_unless_down().await.unwrap();
    let mut orders: BTreeMap<ClOrdId, u32> = BTreeMap::new();
    for order in &snapshot.orders {
        *orders.entry(order.cl_ord_id.unwrap()).or_default() += 1;
    }
    let expect: BTreeMap<ClOrdId, u32> = (1..=ORDERS).map(|child| (id(child), 1)).collect();
    assert_eq!(orders, expect, "seed {seed}");
    assert_eq!(snapshot.fills.len(), ORDERS as usize, "seed {seed}");
    let held = [("AAA".into(), Qty::from(50 + i64::from(ORDERS)))];
    assert_eq!(snapshot.positions, held, "seed {seed}");
}

/// One seed; any number with `SEEDS=`.
#[tokio::test]
async fn every_order_is_one_order_whatever_the_line_does() {
    let seeds = std::env::var("SEEDS").ok().and_then(|n| n.parse().ok());
    for seed in 1..=seeds.unwrap_or(1) {
        drill(seed).await;
    }
}
