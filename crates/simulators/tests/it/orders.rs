//! Orders: placed, filled, modified, cancelled, refused; and what outlives a connection.

use ibapi::contracts::Contract;
use ibapi::orders::{Action, OrderUpdate};
use ibapi::prelude::SubscriptionItem;
use polyfolio_model::{Qty, Span};

use crate::common::{Venue, aaa, config, limit, market, named, stock};
use polyfolio_simulators::tws::GatewayConfig;

#[tokio::test]
async fn a_market_order_fills_at_the_quote() {
    let venue = Venue::open().await;
    let mut trader = venue.client(1).await;
    trader
        .submit(1, &named(market(Action::Buy, 10.0), "first"))
        .await;
    trader
        .hears(&[
            "order 1 10 at market: PendingSubmit",
            "status 1 PendingSubmit 0+10",
            "order 1 10 at market: Submitted",
            "status 1 Submitted 0+10",
        ])
        .await;
    let executed = match trader.update().await {
        SubscriptionItem::Data(OrderUpdate::ExecutionData(data)) => data.execution,
        other => panic!("{other:?}"),
    };
    assert_eq!((executed.shares, executed.price), (10.0, 100.01));
    assert_eq!(executed.order_reference, "first");
    assert_eq!((executed.order_id, executed.client_id), (1, 1));
    assert!(executed.perm_id > 1_900_000_000, "{}", executed.perm_id);
    assert_eq!(executed.account_number, "DU1234567");
    assert_eq!(executed.time, "20221201 21:00:05 UTC");
    trader
        .hears(&[
            "order 1 10 at market: Filled",
            "status 1 Filled 10+0",
            "commission 1",
        ])
        .await;
    trader.hears_no_more().await;
}

/// A resting order waits for the market; time alone fills it, and at its own price.
#[tokio::test]
async fn a_limit_order_rests_and_fills_in_parts() {
    let in_parts = GatewayConfig {
        fill_size: Qty::from(4),
        ..config()
    };
    let venue = Venue::of(in_parts).await;
    let mut trader = venue.client(1).await;
    trader.submit(1, &limit(Action::Sell, 10.0, 100.5)).await;
    trader
        .hears(&[
            "order 1 10 at 100.5: PendingSubmit",
            "status 1 PendingSubmit 0+10",
            "order 1 10 at 100.5: Submitted",
            "status 1 Submitted 0+10",
        ])
        .await;
    trader.hears_no_more().await;
    venue.clock.pass(Span::from_secs(3_600));
    for (shares, status) in [
        (4, "Submitted 4+6"),
        (4, "Submitted 8+2"),
        (2, "Filled 10+0"),
    ] {
        assert_eq!(
            trader.heard().await,
            format!("executed 1 Sold {shares} at 100.5")
        );
        assert!(trader.heard().await.starts_with("order 1 10 at 100.5: "));
        assert_eq!(trader.heard().await, format!("status 1 {status}"));
        assert!(trader.heard().await.starts_with("commission "));
    }
    trader.hears_no_more().await;
}

#[tokio::test]
async fn the_same_id_gives_a_working_order_new_terms() {
    let venue = Venue::open().await;
    let mut trader = venue.client(1).await;
    trader.submit(1, &limit(Action::Buy, 10.0, 90.0)).await;
    for _ in 0..4 {
        trader.heard().await;
    }
    trader.submit(1, &limit(Action::Buy, 7.0, 91.0)).await;
    trader
        .hears(&["order 1 7 at 91: Submitted", "status 1 Submitted 0+7"])
        .await;
    // A price that the market meets fills it.
    trader.submit(1, &limit(Action::Buy, 7.0, 101.0)).await;
    trader
        .hears(&[
            "order 1 7 at 101: Submitted",
            "status 1 Submitted 0+7",
            "executed 1 Bought 7 at 100.01",
            "order 1 7 at 101: Filled",
            "status 1 Filled 7+0",
            "commission 1",
        ])
        .await;
    trader.submit(1, &limit(Action::Buy, 9.0, 101.0)).await;
    trader.hears(&["notice 104"]).await;
    trader.hears_no_more().await;
}

/// What has filled cannot be asked back: an order made smaller than that is done.
#[tokio::test]
async fn an_order_is_not_made_smaller_than_what_filled() {
    let in_parts = GatewayConfig {
        fill_size: Qty::from(4),
        ..config()
    };
    let venue = Venue::of(in_parts).await;
    let mut trader = venue.client(1).await;
    trader.submit(1, &limit(Action::Buy, 10.0, 100.01)).await;
    for _ in 0..4 {
        trader.heard().await;
    }
    trader
        .hears(&[
            "executed 1 Bought 4 at 100.01",
            "order 1 10 at 100.01: Submitted",
            "status 1 Submitted 4+6",
            "commission 1",
        ])
        .await;
    trader.submit(1, &limit(Action::Buy, 3.0, 100.01)).await;
    trader
        .hears(&["order 1 4 at 100.01: Filled", "status 1 Filled 4+0"])
        .await;
    assert_eq!(
        crate::lists::completed(&trader).await,
        [" Filled 4 of 0 left"]
    );
}

/// What an order is cannot be modified, and terms that are refused leave it as it was.
#[tokio::test]
async fn an_order_stays_what_it_is() {
    let venue = Venue::open().await;
    let mut trader = venue.client(1).await;
    trader.submit(1, &limit(Action::Buy, 10.0, 90.0)).await;
    for _ in 0..4 {
        trader.heard().await;
    }
    for (order, code) in [
        (limit(Action::Sell, 10.0, 90.0), 105),
        (market(Action::Buy, 10.0), 105),
        (limit(Action::Buy, 10.0, 90.001), 110),
        (limit(Action::Buy, 10.5, 90.0), 201),
    ] {
        trader.submit(1, &order).await;
        assert_eq!(trader.heard().await, format!("notice {code}"));
    }
    let bbb = Contract::stock("BBB").build();
    trader
        .submit_in(1, &bbb, &limit(Action::Buy, 10.0, 90.0))
        .await;
    trader.hears(&["notice 105"]).await;
    trader.cancel(1).await;
    trader
        .hears(&[
            "status 1 PendingCancel 0+10",
            "status 1 Cancelled 0+10",
            "notice 202",
        ])
        .await;
}

#[tokio::test]
async fn an_order_is_cancelled_once() {
    let venue = Venue::open().await;
    let mut trader = venue.client(1).await;
    trader.submit(1, &limit(Action::Buy, 10.0, 90.0)).await;
    for _ in 0..4 {
        trader.heard().await;
    }
    trader.cancel(1).await;
    trader
        .hears(&[
            "status 1 PendingCancel 0+10",
            "status 1 Cancelled 0+10",
            "notice 202",
        ])
        .await;
    trader.cancel(1).await;
    trader.hears(&["notice 10148"]).await;
    trader.cancel(77).await;
    trader.hears(&["notice 10147"]).await;
    trader.submit(1, &limit(Action::Buy, 10.0, 90.0)).await;
    trader.hears(&["notice 103"]).await;
    // What trades at once and not at all: an end without a request.
    let mut at_once = limit(Action::Buy, 10.0, 90.0);
    at_once.tif = ibapi::orders::TimeInForce::ImmediateOrCancel;
    trader.submit(2, &at_once).await;
    for _ in 0..4 {
        trader.heard().await;
    }
    trader
        .hears(&["status 2 Cancelled 0+10", "notice 202"])
        .await;
}

/// Ids are a client's own, only grow, and are used by what was refused too.
#[tokio::test]
async fn order_ids_only_grow() {
    let venue = Venue::open().await;
    let mut trader = venue.client(1).await;
    trader.submit(5, &limit(Action::Buy, 1.0, 90.001)).await;
    trader.hears(&["notice 110"]).await;
    assert_eq!(trader.client.next_valid_order_id().await.unwrap(), 6);
    for id in [5, 4] {
        trader.submit(id, &limit(Action::Buy, 1.0, 90.0)).await;
        trader.hears(&["notice 103"]).await;
    }
    trader.submit(6, &limit(Action::Buy, 1.0, 90.0)).await;
    assert_eq!(trader.heard().await, "order 6 1 at 90: PendingSubmit");
    // Another client begins at one, and does not reach the first one's order.
    let mut other = venue.client(2).await;
    assert_eq!(other.client.next_order_id(), 1);
    other.cancel(6).await;
    other.hears(&["notice 10147"]).await;
    other.submit(6, &limit(Action::Buy, 2.0, 80.0)).await;
    assert_eq!(other.heard().await, "order 6 2 at 80: PendingSubmit");
}

#[tokio::test]
async fn what_cannot_be_worked_is_refused_with_its_code() {
    let venue = Venue::open().await;
    let mut trader = venue.client(1).await;
    let base = || limit(Action::Buy, 1.0, 90.0);
    let mut trailing = base();
    trailing.order_type = "TRAIL".into();
    let mut tif = base();
    tif.tif = ibapi::orders::TimeInForce::OnOpen;
    let mut account = base();
    account.account = "U7654321".into();
    let mut what_if = base();
    what_if.what_if = true;
    let mut held_back = base();
    held_back.transmit = false;
    let mut child = base();
    child.parent_id = 1;
    let cases = [
        (trailing, 387),
        (tif, 10_052),
        (account, 321),
        (what_if, 321),
        (held_back, 321),
        (child, 321),
        (limit(Action::Buy, 0.5, 90.0), 201),
        (limit(Action::Buy, 0.0, 90.0), 321),
        (limit(Action::Buy, 1.0, -90.0), 110),
    ];
    for (n, (order, code)) in cases.iter().enumerate() {
        trader.submit(n as i32 + 1, order).await;
        assert_eq!(trader.heard().await, format!("notice {code}"), "case {n}");
    }
    for (id, symbol) in [(21, "ZZZ"), (22, "CCC")] {
        trader
            .submit_in(id, &Contract::stock(symbol).build(), &base())
            .await;
        trader.hears(&["notice 200"]).await;
    }
    // What only the market refuses: a stock that has no market today.
    trader
        .submit_in(23, &Contract::stock("DDD").build(), &base())
        .await;
    trader
        .hears(&[
            "order 23 1 at 90: PendingSubmit",
            "status 23 PendingSubmit 0+1",
            "status 23 Inactive 0+1",
            "notice 201",
        ])
        .await;
    trader.hears_no_more().await;
}

#[tokio::test]
async fn a_global_cancel_is_everybodys() {
    let venue = Venue::open().await;
    let (mut first, mut second) = (venue.client(1).await, venue.client(2).await);
    first.submit(1, &limit(Action::Buy, 1.0, 90.0)).await;
    second.submit(1, &limit(Action::Buy, 2.0, 80.0)).await;
    for _ in 0..4 {
        first.heard().await;
        second.heard().await;
    }
    second.client.global_cancel().await.unwrap();
    first
        .hears(&[
            "status 1 PendingCancel 0+1",
            "status 1 Cancelled 0+1",
            "notice 202",
        ])
        .await;
    second
        .hears(&[
            "status 1 PendingCancel 0+2",
            "status 1 Cancelled 0+2",
            "notice 202",
        ])
        .await;
}

/// A message to the market and its answer take their time, and in it a cancel can come too late.
#[tokio::test]
async fn a_fill_can_overtake_a_cancel() {
    let slow = GatewayConfig {
        latency_ms: 1_000,
        ..config()
    };
    let venue = Venue::of(slow).await;
    let mut trader = venue.client(1).await;
    trader.submit(1, &market(Action::Buy, 3.0)).await;
    trader
        .hears(&[
            "order 1 3 at market: PendingSubmit",
            "status 1 PendingSubmit 0+3",
        ])
        .await;
    trader.cancel(1).await;
    trader.hears(&["status 1 PendingCancel 0+3"]).await;
    venue.clock.pass(Span::from_secs(2));
    trader
        .hears(&[
            "order 1 3 at market: PendingCancel",
            "status 1 PendingCancel 0+3",
            "executed 1 Bought 3 at 100.01",
            "order 1 3 at market: Filled",
            "status 1 Filled 3+0",
            "commission 1",
            "notice 10148",
        ])
        .await;
}

/// A connection is not an order's life: it works on, fills while nobody listens, and is found again.
#[tokio::test]
async fn orders_and_fills_outlive_a_disconnect() {
    let venue = Venue::open().await;
    let mut trader = venue.client(1).await;
    trader
        .submit(1, &named(limit(Action::Sell, 5.0, 100.5), "sold"))
        .await;
    trader
        .submit(2, &named(limit(Action::Buy, 5.0, 90.0), "bid"))
        .await;
    for _ in 0..8 {
        trader.heard().await;
    }
    trader.cancel(2).await;
    trader
        .hears(&[
            "status 2 PendingCancel 0+5",
            "status 2 Cancelled 0+5",
            "notice 202",
        ])
        .await;
    trader.client.disconnect().await;
    drop(trader);
    venue.clock.pass(Span::from_secs(3_600));
    let mut again = venue.client_again(1).await;
    assert_eq!(again.client.next_order_id(), 3);
    // Nobody repeats what was missed; it stands in the lists.
    again.hears_no_more().await;
    assert_eq!(
        crate::lists::executions(&again, ibapi::orders::ExecutionFilter::default()).await,
        ["1 sold Sold 5 at 100.5"]
    );
    let completed = crate::lists::completed(&again).await;
    assert_eq!(
        completed,
        ["sold Filled 5 of 0 left", "bid Cancelled 0 of 5 left"]
    );
}

/// The same configuration, the same messages and the same times: the same answers.
#[tokio::test]
async fn a_seed_is_a_run() {
    let mut said = Vec::new();
    for _ in 0..2 {
        let mut moving = config();
        moving.stocks = vec![stock(1_001, "AAA", "NYSE", Some(100))];
        moving.stocks[0].listing.market.sigma = 2.0;
        let venue = Venue::of(moving).await;
        let mut trader = venue.client(1).await;
        let mut heard = Vec::new();
        for n in 1..=5 {
            let price = 99.0 + f64::from(n) * 0.1;
            trader
                .submit_in(n, &aaa(), &limit(Action::Buy, 2.0, price))
                .await;
            for _ in 0..4 {
                heard.push(trader.heard().await);
            }
        }
        venue.clock.pass(Span::from_secs(3_600));
        for _ in 0..20 {
            heard.push(trader.heard().await);
        }
        said.push(heard);
    }
    assert_eq!(said[0], said[1]);
}
