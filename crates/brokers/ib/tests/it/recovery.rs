//! What died meanwhile: the connector, the connection, the messages.

use polyfolio_model::{ExecKind, OrdStatus, Qty, Side, Span};
use polyfolio_ports::{Command, Report};

use crate::common::{Desk, Venue, config, id, order};
use crate::relay::Relay;

/// F09, F16: the same order sent again after a crash has the same order id, and is one order.
#[tokio::test]
async fn f16_the_same_order_again_after_a_restart_is_one_order() {
    let venue = Venue::open().await;
    let mut desk = venue.desk().await;
    desk.buy(1, 10, Some("99.00"));
    desk.hears(&["1 PendingNew", "1 New"]).await;
    let mut desk = desk.restarted();
    desk.settled().await;
    desk.buy(1, 10, Some("99.00"));
    // The answer to the repeat is evidence of its own.
    desk.hears(&["1 New"]).await;
    let orders = desk.snapshot().await.unwrap().orders;
    assert_eq!(orders.len(), 1);
    assert_eq!(orders[0].cl_ord_id, Some(id(1)));
    assert_eq!(orders[0].order_qty, Qty::from(10));
    // A new order gets an id of its own.
    desk.buy(2, 5, Some("99.00"));
    desk.hears(&["2 PendingNew", "2 New"]).await;
    assert_eq!(desk.snapshot().await.unwrap().orders.len(), 2);
}

/// F03: a repeat of an order that has filled buys nothing.
#[tokio::test]
async fn f03_a_repeat_of_a_filled_order_buys_nothing() {
    let venue = Venue::open().await;
    let mut desk = venue.desk().await;
    desk.buy(1, 10, None);
    let first = ["1 PendingNew", "1 New", "1 trade 10 at 100.01", "1 fee 1"];
    desk.hears(&first).await;
    let mut desk = desk.restarted();
    desk.settled().await;
    desk.buy(1, 10, None);
    // The refusal is evidence that it is there; the lists tell the rest.
    desk.hears(&["1 trade 10 at 100.01", "1 stands at 10"])
        .await;
    let snapshot = desk.snapshot().await.unwrap();
    assert_eq!(snapshot.positions, [("AAA".into(), Qty::from(60))]);
    assert_eq!(snapshot.fills.len(), 1);
}

/// F18: fills during an outage are not told again by the gateway.
#[tokio::test]
async fn f18_fills_during_an_outage_are_in_the_first_snapshot() {
    let venue = Venue::open().await;
    let relay = Relay::to(venue.gateway.address()).await;
    let mut desk = Desk::open(config(relay.address), venue.clock.clone());
    desk.ready().await;
    desk.buy(1, 10, Some("99.99"));
    desk.hears(&["1 PendingNew", "1 New"]).await;
    relay.set_closed(true);
    desk.down().await;
    // Long enough for the order to fill.
    for _ in 0..720 {
        venue.clock.pass(Span::from_secs(5));
        tokio::task::yield_now().await;
    }
    relay.set_closed(false);
    desk.ready().await;
    let snapshot = desk.snapshot().await.unwrap();
    let bought: Qty = snapshot.fills.iter().map(|fill| fill.fill.last_qty).sum();
    assert_eq!(bought, Qty::from(10));
    assert_eq!(snapshot.orders[0].status, OrdStatus::Filled);
    assert_eq!(snapshot.positions, [("AAA".into(), Qty::from(60))]);
}

/// Bytes that were lost before the gateway had them: the order is in no list, and sent again.
#[tokio::test]
async fn an_order_whose_bytes_were_lost_is_sent_again_and_is_one_order() {
    let venue = Venue::open().await;
    let relay = Relay::to(venue.gateway.address()).await;
    let mut desk = Desk::open(config(relay.address), venue.clock.clone());
    desk.ready().await;
    relay.set_deaf(true);
    // Both are on their way into nothing before the line is cut.
    relay.after(|| desk.buy(1, 10, None)).await;
    relay.after(|| desk.buy(2, 5, None)).await;
    relay.cut();
    desk.down().await;
    relay.set_deaf(false);
    desk.ready().await;
    assert_eq!(desk.snapshot().await.unwrap().orders, []);
    desk.buy(1, 10, None);
    let first = ["1 PendingNew", "1 New", "1 trade 10 at 100.01", "1 fee 1"];
    desk.hears(&first).await;
    desk.buy(2, 5, None);
    let second = ["2 PendingNew", "2 New", "2 trade 5 at 100.01", "2 fee 1"];
    desk.hears(&second).await;
    let snapshot = desk.snapshot().await.unwrap();
    assert_eq!(snapshot.positions, [("AAA".into(), Qty::from(65))]);
}

/// A lost order whose id lies below one that was used since: the gateway never takes that id, so
/// the order leaves under a new one, once, and stays one order.
#[tokio::test]
async fn a_lost_order_whose_id_was_overtaken_leaves_under_a_new_one() {
    let venue = Venue::open().await;
    let relay = Relay::to(venue.gateway.address()).await;
    let mut desk = Desk::open(config(relay.address), venue.clock.clone());
    desk.ready().await;
    relay.set_deaf(true);
    relay.after(|| desk.buy(1, 10, None)).await;
    relay.cut();
    desk.down().await;
    relay.set_deaf(false);
    desk.ready().await;
    desk.buy(2, 5, None);
    let second = ["2 PendingNew", "2 New", "2 trade 5 at 100.01", "2 fee 1"];
    desk.hears(&second).await;
    desk.buy(1, 10, None);
    let first = ["1 PendingNew", "1 New", "1 trade 10 at 100.01", "1 fee 1"];
    desk.hears(&first).await;
    desk.notice("leaves under 3").await;
    let mut desk = desk.restarted();
    desk.settled().await;
    desk.buy(1, 10, None);
    desk.hears(&["1 trade 10 at 100.01", "1 stands at 10"])
        .await;
    let snapshot = desk.snapshot().await.unwrap();
    assert_eq!(snapshot.positions, [("AAA".into(), Qty::from(65))]);
}

/// An acknowledgement that was lost after the gateway had the order.
#[tokio::test]
async fn a_lost_acknowledgement_is_found_in_the_lists() {
    let venue = Venue::open().await;
    let relay = Relay::to(venue.gateway.address()).await;
    let mut desk = Desk::open(config(relay.address), venue.clock.clone());
    desk.ready().await;
    relay.set_mute(true);
    relay
        .after_the_answer(|| desk.buy(1, 10, Some("99.00")))
        .await;
    relay.cut();
    desk.down().await;
    relay.set_mute(false);
    desk.ready().await;
    let orders = desk.snapshot().await.unwrap().orders;
    assert_eq!(orders.len(), 1);
    assert_eq!(orders[0].status, OrdStatus::New);
    // It can be managed by a later session: same client, same order id.
    desk.cancel(1, 1);
    desk.hears(&["1 pending cancel 1", "1 canceled for 1, 0 filled"])
        .await;
}

/// F23: orders of a former process are managed by the next one.
#[tokio::test]
async fn f23_orders_of_a_former_process_can_be_changed_and_cancelled() {
    let venue = Venue::open().await;
    let mut desk = venue.desk().await;
    desk.buy(1, 10, Some("99.00"));
    desk.hears(&["1 PendingNew", "1 New"]).await;
    let mut desk = desk.restarted();
    desk.settled().await;
    let amend = polyfolio_model::Amend {
        order_qty: Qty::from(8),
        price: Some("99.01".parse().unwrap()),
        trigger: None,
    };
    let request = polyfolio_model::RequestId(4);
    desk.send(Command::Replace(id(1), request, amend));
    desk.hears(&["1 replaced for 4: 8"]).await;
    desk.cancel(1, 5);
    desk.hears(&["1 pending cancel 5", "1 canceled for 5, 0 filled"])
        .await;
}

/// F23: orders of somebody else are shown, and not ours.
#[tokio::test]
async fn f23_orders_of_another_client_are_shown_and_not_owned() {
    let venue = Venue::open().await;
    let other = polyfolio_broker_ib::IbConfig {
        client_id: 18,
        ..venue.config()
    };
    let mut theirs = Desk::open(other, venue.clock.clone());
    theirs.ready().await;
    let mut order = order(1, Side::Buy, 3, Some("99.00"));
    order.cl_ord_id.deployment = 7;
    theirs.send(Command::New(order));
    theirs.hears(&["1 PendingNew", "1 New"]).await;
    let mut ours = venue.desk().await;
    let orders = ours.snapshot().await.unwrap().orders;
    assert_eq!(orders.len(), 1);
    assert_eq!(orders[0].cl_ord_id.unwrap().deployment, 7);
    // Their order id 1 is not our order id 1.
    ours.buy(5, 2, Some("99.00"));
    ours.hears(&["5 PendingNew", "5 New"]).await;
    assert_eq!(ours.snapshot().await.unwrap().orders.len(), 2);
}

/// F21: the same facts, however often they are asked for, are the same facts.
#[tokio::test]
async fn f21_twice_equals_once() {
    let venue = Venue::open().await;
    let mut desk = venue.desk().await;
    desk.buy(1, 10, None);
    let first = ["1 PendingNew", "1 New", "1 trade 10 at 100.01", "1 fee 1"];
    desk.hears(&first).await;
    let once = desk.snapshot().await.unwrap();
    let mut desk = desk.restarted();
    desk.settled().await;
    assert_eq!(desk.snapshot().await.unwrap(), once);
    desk.send(Command::Snapshot(polyfolio_model::SnapshotId(99)));
    loop {
        match desk.report().await {
            Report::Snapshot(_, twice) => {
                assert_eq!(twice.unwrap(), once);
                break;
            }
            // What the gateway tells again is the same execution, of the same id.
            Report::Execution(report) => match report.kind {
                ExecKind::Trade(fill) => assert_eq!(fill.exec_id, once.fills[0].fill.exec_id),
                ExecKind::Fee { exec_id, .. } => {
                    assert_eq!(exec_id, once.fills[0].fill.exec_id);
                }
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }
}
