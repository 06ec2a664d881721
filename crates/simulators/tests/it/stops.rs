//! Stops and orders at the close, as the real crate sends and hears them.

use std::time::Duration;

use chrono::NaiveTime;
use ibapi::orders::{Action, Order, OrderData, OrderStatus, OrderUpdate, Orders, order_builder};
use ibapi::prelude::SubscriptionItem;
use polyfolio_model::Span;
use polyfolio_simulators::tws::GatewayConfig;

use crate::common::{Trader, Venue, config, limit, market};

const BOUND: Duration = Duration::from_secs(20);

fn stop(action: Action, trigger: f64) -> Order {
    order_builder::stop(action, 10.0, trigger)
}

fn stop_limit(action: Action, limit: f64, trigger: f64) -> Order {
    let mut order = stop(action, trigger);
    order.order_type = "STP LMT".into();
    order.limit_price = Some(limit);
    order
}

/// A market whose quote moves by some ticks a second.
fn moving() -> GatewayConfig {
    let mut config = config();
    config.stocks[0].listing.market.sigma = 3.0;
    config
}

async fn order(trader: &mut Trader) -> OrderData {
    match trader.update().await {
        SubscriptionItem::Data(OrderUpdate::OpenOrder(data)) => data,
        other => panic!("{other:?}"),
    }
}

async fn status(trader: &mut Trader) -> OrderStatus {
    match trader.update().await {
        SubscriptionItem::Data(OrderUpdate::OrderStatus(status)) => status,
        other => panic!("{other:?}"),
    }
}

/// Orders as another client is told of them, for an answer is also heard as an update: id, type,
/// limit, stop price, time in force, status.
async fn open_orders(other: &Trader) -> Vec<String> {
    let mut orders = other.client.all_open_orders().await.unwrap();
    let told = orders.collect_to_end_within(BOUND).await.unwrap();
    let line = |orders| match orders {
        Orders::OrderData(data) => {
            let (order, id) = (&data.order, data.order_id);
            let (limit, stop) = (order.limit_price, order.aux_price);
            let (kind, tif) = (&order.order_type, order.tif.to_string());
            let status = &data.order_state.status;
            Some(format!("{id} {kind} {limit:?} {stop:?} {tif} {status:?}"))
        }
        Orders::OrderStatus(_) => None,
    };
    told.into_iter().filter_map(line).collect()
}

#[tokio::test]
async fn a_stop_is_held_until_the_market_comes_to_it() {
    let venue = Venue::of(moving()).await;
    let (mut trader, other) = (venue.client(1).await, venue.client(2).await);
    trader.submit(1, &stop(Action::Buy, 100.30)).await;
    let first = order(&mut trader).await;
    assert_eq!(first.order.order_type, "STP");
    assert_eq!(first.order.aux_price, Some(100.30));
    assert_eq!(status(&mut trader).await.why_held, "");
    let held = order(&mut trader).await;
    assert_eq!(format!("{:?}", held.order_state.status), "PreSubmitted");
    let held = status(&mut trader).await;
    assert_eq!(format!("{:?}", held.status), "PreSubmitted");
    assert_eq!((held.why_held.as_str(), held.remaining), ("trigger", 10.0));
    let listed = ["1 STP None Some(100.3) DAY PreSubmitted"];
    assert_eq!(open_orders(&other).await, listed);
    venue.clock.pass(Span::from_secs(3_600));
    let awake = order(&mut trader).await;
    assert_eq!(format!("{:?}", awake.order_state.status), "Submitted");
    assert_eq!(awake.order.order_type, "STP");
    let awake = status(&mut trader).await;
    assert_eq!(format!("{:?}", awake.status), "Submitted");
    assert_eq!(awake.why_held, "");
    let executed = match trader.update().await {
        SubscriptionItem::Data(OrderUpdate::ExecutionData(data)) => data.execution,
        other => panic!("{other:?}"),
    };
    assert_eq!(executed.shares, 10.0);
    // Where the market was when it came: at the trigger or a few ticks beyond.
    let price = executed.price;
    assert!((100.30..100.60).contains(&price), "{price}");
    trader
        .hears(&["order 1 10 at market: Filled", "status 1 Filled 10+0"])
        .await;
}

#[tokio::test]
async fn a_stop_behind_the_market_is_elected_at_once() {
    let venue = Venue::open().await;
    let (mut trader, other) = (venue.client(1).await, venue.client(2).await);
    trader.submit(1, &stop(Action::Buy, 100.01)).await;
    trader
        .hears(&[
            "order 1 10 at market: PendingSubmit",
            "status 1 PendingSubmit 0+10",
            "order 1 10 at market: PreSubmitted",
            "status 1 PreSubmitted 0+10",
            "order 1 10 at market: Submitted",
            "status 1 Submitted 0+10",
            "executed 1 Bought 10 at 100.01",
            "order 1 10 at market: Filled",
            "status 1 Filled 10+0",
            "commission 1",
        ])
        .await;
    // Elected, and its limit not met: an order like any other.
    trader.submit(2, &stop_limit(Action::Buy, 99.5, 99.0)).await;
    trader
        .hears(&[
            "order 2 10 at 99.5: PendingSubmit",
            "status 2 PendingSubmit 0+10",
            "order 2 10 at 99.5: PreSubmitted",
            "status 2 PreSubmitted 0+10",
            "order 2 10 at 99.5: Submitted",
            "status 2 Submitted 0+10",
        ])
        .await;
    let listed = ["2 STP LMT Some(99.5) Some(99.0) DAY Submitted"];
    assert_eq!(open_orders(&other).await, listed);
}

#[tokio::test]
async fn a_held_stop_is_modified_and_cancelled() {
    let venue = Venue::open().await;
    let (mut trader, other) = (venue.client(1).await, venue.client(2).await);
    trader
        .submit(1, &stop_limit(Action::Buy, 102.0, 101.0))
        .await;
    for _ in 0..4 {
        trader.heard().await;
    }
    trader
        .submit(1, &stop_limit(Action::Buy, 103.0, 102.0))
        .await;
    trader
        .hears(&[
            "order 1 10 at 103: PreSubmitted",
            "status 1 PreSubmitted 0+10",
        ])
        .await;
    let listed = ["1 STP LMT Some(103.0) Some(102.0) DAY PreSubmitted"];
    assert_eq!(open_orders(&other).await, listed);
    // Another type is another order.
    for other in [
        stop(Action::Buy, 102.0),
        limit(Action::Buy, 10.0, 103.0),
        market(Action::Buy, 10.0),
    ] {
        trader.submit(1, &other).await;
        trader.hears(&["notice 105"]).await;
    }
    trader.cancel(1).await;
    trader
        .hears(&[
            "status 1 PendingCancel 0+10",
            "status 1 Cancelled 0+10",
            "notice 202",
        ])
        .await;
    trader.hears_no_more().await;
}

/// The quote stands at 99.99 to 100.01, so the market closes at 100.
#[tokio::test]
async fn orders_at_the_close_trade_there_or_are_over() {
    let closing = GatewayConfig {
        close: NaiveTime::from_hms_opt(21, 30, 0).unwrap(),
        ..config()
    };
    let venue = Venue::of(closing).await;
    let (mut trader, other) = (venue.client(1).await, venue.client(2).await);
    let orders = [
        order_builder::market_on_close(Action::Buy, 10.0),
        order_builder::limit_on_close(Action::Buy, 10.0, 100.0),
        order_builder::limit_on_close(Action::Buy, 10.0, 99.99),
    ];
    for (at, order) in orders.iter().enumerate() {
        trader.submit(at as i32 + 1, order).await;
        for _ in 0..4 {
            trader.heard().await;
        }
    }
    let listed = [
        "1 MOC None None DAY Submitted",
        "2 LOC Some(100.0) None DAY Submitted",
        "3 LOC Some(99.99) None DAY Submitted",
    ];
    assert_eq!(open_orders(&other).await, listed);
    venue.clock.pass(Span::from_secs(29 * 60 + 54));
    trader.hears_no_more().await;
    venue.clock.pass(Span::from_secs(1));
    trader
        .hears(&[
            "executed 1 Bought 10 at 100",
            "order 1 10 at market: Filled",
            "status 1 Filled 10+0",
            "commission 1",
            "executed 2 Bought 10 at 100",
            "order 2 10 at 100: Filled",
            "status 2 Filled 10+0",
            "commission 1",
            "status 3 Cancelled 0+10",
            "notice 202",
        ])
        .await;
    trader.hears_no_more().await;
}

#[tokio::test]
async fn what_no_stop_and_no_close_can_be_is_refused_with_its_code() {
    let venue = Venue::open().await;
    let mut trader = venue.client(1).await;
    let mut bare = stop(Action::Buy, 101.0);
    bare.aux_price = None;
    let mut half = stop_limit(Action::Buy, 101.0, 101.0);
    half.limit_price = None;
    let mut lasting = order_builder::market_on_close(Action::Buy, 1.0);
    lasting.tif = ibapi::orders::TimeInForce::GoodTillCanceled;
    let mut trailing = stop(Action::Buy, 101.0);
    trailing.order_type = "TRAIL".into();
    let cases = [
        (bare, 321),
        (half, 321),
        (lasting, 10_052),
        (trailing, 387),
        (stop(Action::Buy, 101.001), 110),
        (stop(Action::Buy, -1.0), 110),
        (stop_limit(Action::Buy, 101.001, 101.0), 110),
        (
            order_builder::limit_on_close(Action::Buy, 1.0, 101.001),
            110,
        ),
    ];
    for (n, (order, code)) in cases.iter().enumerate() {
        trader.submit(n as i32 + 1, order).await;
        assert_eq!(trader.heard().await, format!("notice {code}"), "case {n}");
    }
}
