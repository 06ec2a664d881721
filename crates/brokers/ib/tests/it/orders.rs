//! Orders on their way to the gateway and back.

use polyfolio_broker_ib::{ContractSpec, IbConfig};
use polyfolio_model::{Amend, OrdStatus, OrdType, Price, Qty, RequestId, Side, Span, TimeInForce};
use polyfolio_ports::{Broker, Command};
use polyfolio_simulators::tws::GatewayConfig;

use crate::common::{Desk, Venue, gateway_config, id, is_alarm, order};

fn replace(desk: &mut Desk, child: u32, request: u64, quantity: i64, price: &str) {
    let amend = Amend {
        order_qty: Qty::from(quantity),
        price: Some(price.parse().unwrap()),
        trigger: None,
    };
    desk.send(Command::Replace(id(child), RequestId(request), amend));
}

#[tokio::test]
async fn a_market_order_fills_and_its_fee_comes_later() {
    let venue = Venue::open().await;
    let mut desk = venue.desk().await;
    assert_eq!(desk.broker.account(), "DU1234567");
    desk.buy(1, 10, None);
    let expect = ["1 PendingNew", "1 New", "1 trade 10 at 100.01", "1 fee 1"];
    desk.hears(&expect).await;
}

/// A stop is acknowledged and waits, shows its trigger, gets another one, and says when it woke.
#[tokio::test]
async fn a_stop_waits_is_moved_and_wakes() {
    let venue = Venue::open().await;
    let mut desk = venue.desk().await;
    let stop = |child, trigger: &str| {
        let mut order = order(child, Side::Buy, 10, None);
        order.ord_type = OrdType::Stop(trigger.parse().unwrap());
        Command::New(order)
    };
    desk.send(stop(1, "120.001"));
    desk.hears(&["1 rejected: Tick"]).await;
    desk.send(stop(2, "120.00"));
    desk.hears(&["2 PendingNew", "2 New"]).await;
    let snapshot = desk.snapshot().await.unwrap();
    let shown = snapshot.orders.iter().find(|o| o.cl_ord_id == Some(id(2)));
    let shown = shown.unwrap();
    assert_eq!((shown.price, shown.trigger), (None, Some(Price::from(120))));
    let amend = Amend {
        order_qty: Qty::from(10),
        price: None,
        trigger: Some("99.00".parse().unwrap()),
    };
    desk.send(Command::Replace(id(2), RequestId(3), amend));
    desk.hears(&[
        "2 replaced for 3: 10",
        "2 Triggered",
        "2 trade 10 at 100.01",
        "2 fee 1",
    ])
    .await;
}

/// An order for the close is one at IB: it rests, and is listed as what it is.
#[tokio::test]
async fn an_order_for_the_close_rests_until_it() {
    let venue = Venue::open().await;
    let mut desk = venue.desk().await;
    for (child, price) in [(1, None), (2, Some("101.00"))] {
        let mut order = order(child, Side::Buy, 5, price);
        order.time_in_force = TimeInForce::AtTheClose;
        desk.send(Command::New(order));
        let news = [format!("{child} PendingNew"), format!("{child} New")];
        desk.hears(&[&news[0], &news[1]]).await;
    }
    let snapshot = desk.snapshot().await.unwrap();
    assert_eq!(snapshot.orders.len(), 2);
    let prices: Vec<_> = snapshot.orders.iter().map(|order| order.price).collect();
    assert!(prices.contains(&None) && prices.contains(&Some(Price::from(101))));
}

#[tokio::test]
async fn a_limit_order_rests_fills_in_parts_and_is_cancelled() {
    let config = GatewayConfig {
        fill_size: Qty::from(4),
        ..gateway_config()
    };
    let venue = Venue::of(config).await;
    let mut desk = venue.desk().await;
    desk.buy(1, 10, Some("99.95"));
    desk.hears(&["1 PendingNew", "1 New"]).await;
    let trade = loop {
        venue.clock.pass(Span::from_secs(5));
        let snapshot = desk.snapshot().await.unwrap();
        if let Some(fill) = snapshot.fills.first() {
            break fill.clone();
        }
    };
    assert_eq!(trade.cl_ord_id, Some(id(1)));
    assert_eq!(trade.fill.last_qty, Qty::from(4));
    desk.cancel(1, 7);
    // Reports of the fills were passed over while the snapshots were read.
    loop {
        let heard = desk.heard().await;
        if heard.starts_with("1 canceled for 7, ") {
            break;
        }
        let known = ["1 trade 4", "1 trade 2", "1 fee", "1 pending cancel 7"];
        assert!(
            known.iter().any(|known| heard.starts_with(known)),
            "{heard}"
        );
    }
}

#[tokio::test]
async fn a_cancel_says_whose_it_is_and_how_much_had_filled() {
    let venue = Venue::open().await;
    let mut desk = venue.desk().await;
    desk.buy(1, 10, Some("99.90"));
    desk.hears(&["1 PendingNew", "1 New"]).await;
    desk.cancel(1, 7);
    let expect = ["1 pending cancel 7", "1 canceled for 7, 0 filled"];
    desk.hears(&expect).await;
    // A second one comes too late, and gets an answer of its own.
    desk.cancel(1, 8);
    desk.hears(&["1 cancel 8 rejected: TooLate"]).await;
    desk.cancel(99, 9);
    desk.hears(&["99 cancel 9 rejected: UnknownOrder"]).await;
}

#[tokio::test]
async fn new_terms_are_totals() {
    let venue = Venue::open().await;
    let mut desk = venue.desk().await;
    desk.buy(1, 10, Some("99.90"));
    desk.hears(&["1 PendingNew", "1 New"]).await;
    replace(&mut desk, 1, 3, 12, "99.91");
    desk.hears(&["1 replaced for 3: 12"]).await;
    let snapshot = desk.snapshot().await.unwrap();
    let facts = &snapshot.orders[0];
    assert_eq!(facts.order_qty, Qty::from(12));
    assert_eq!(facts.price, Some("99.91".parse().unwrap()));
    // Off the grid: refused before it leaves.
    replace(&mut desk, 1, 4, 12, "99.915");
    desk.hears(&["1 cancel 4 rejected: Other"]).await;
    replace(&mut desk, 9, 5, 12, "99.91");
    desk.hears(&["9 cancel 5 rejected: UnknownOrder"]).await;
}

#[tokio::test]
async fn new_terms_for_a_filled_order_come_too_late() {
    let venue = Venue::open().await;
    let mut desk = venue.desk().await;
    desk.buy(1, 10, Some("100.01"));
    let expect = ["1 PendingNew", "1 New", "1 trade 10 at 100.01", "1 fee 1"];
    desk.hears(&expect).await;
    replace(&mut desk, 1, 3, 12, "100.01");
    desk.hears(&["1 cancel 3 rejected: TooLate"]).await;
}

/// F25: a price off the grid wastes the order, so it does not leave.
#[tokio::test]
async fn f25_a_price_off_the_grid_is_refused_before_it_leaves() {
    let venue = Venue::open().await;
    let mut desk = venue.desk().await;
    desk.buy(1, 10, Some("99.905"));
    desk.hears(&["1 rejected: Tick"]).await;
    assert_eq!(desk.snapshot().await.unwrap().orders, []);
}

/// F28: what the gateway refuses with a number becomes one report.
#[tokio::test]
async fn f28_a_refusal_is_one_report() {
    let venue = Venue::open().await;
    let mut desk = venue.desk().await;
    let mut half = order(1, Side::Buy, 1, None);
    half.order_qty = "1.5".parse().unwrap();
    desk.send(Command::New(half));
    desk.hears(&["1 rejected: Other"]).await;
    // Nothing more is said of it: the next thing heard is of another order.
    desk.buy(2, 1, None);
    desk.hears(&["2 PendingNew"]).await;
}

#[tokio::test]
async fn every_time_in_force_arrives() {
    let venue = Venue::open().await;
    let mut desk = venue.desk().await;
    for (child, tif, ends) in [
        (1, TimeInForce::Day, false),
        (2, TimeInForce::GoodTillCancel, false),
        (3, TimeInForce::ImmediateOrCancel, true),
    ] {
        let mut order = order(child, Side::Sell, 5, Some("100.20"));
        order.time_in_force = tif;
        desk.send(Command::New(order));
        let news = [format!("{child} PendingNew"), format!("{child} New")];
        for expect in news {
            let heard = desk.heard().await;
            assert!(heard == expect || ends, "{heard}");
            if heard.contains("canceled") {
                break;
            }
        }
    }
}

/// F27: forty orders at once leave within the budget, and a cancel does not wait behind them.
#[tokio::test]
async fn f27_orders_are_paced_and_a_cancel_goes_first() {
    let venue = Venue::open().await;
    let config = IbConfig {
        messages_per_second: 20,
        cancels_reserve: 5,
        ..venue.config()
    };
    let mut desk = Desk::open(config, venue.clock.clone());
    desk.ready().await;
    desk.buy(1, 1, Some("99.00"));
    desk.hears(&["1 PendingNew", "1 New"]).await;
    for child in 2..42 {
        desk.buy(child, 1, Some("99.00"));
    }
    desk.cancel(1, 1);
    let mut acknowledged = 0;
    let mut before_the_cancel = None;
    while acknowledged < 40 {
        let heard = desk.heard().await;
        if heard.starts_with("1 canceled") {
            before_the_cancel = Some(acknowledged);
        }
        acknowledged += u32::from(heard.ends_with(" New"));
    }
    // The sync and the first order took a part of the first second's budget.
    let before = before_the_cancel.unwrap();
    assert!(before <= 15, "{before} orders left before the cancel");
}

#[tokio::test]
async fn an_instrument_that_ib_does_not_know_is_named_and_its_orders_do_not_leave() {
    let venue = Venue::open().await;
    let mut config = venue.config();
    config
        .contracts
        .insert("ZZZ".into(), ContractSpec::default());
    config
        .contracts
        .insert("CCC".into(), ContractSpec::default());
    let mut desk = Desk::open(config, venue.clock.clone());
    desk.ready().await;
    let ambiguous = desk.notice("CCC").await;
    assert!(is_alarm(&ambiguous));
    let text = ambiguous.to_string();
    assert!(
        text.contains("primary_exchange to one of NASDAQ, NYSE"),
        "{text}"
    );
    let unknown = desk.notice("ZZZ").await.to_string();
    assert!(
        unknown.contains("IB knows no contract for ZZZ"),
        "{unknown}"
    );
    let mut order = order(1, Side::Buy, 1, None);
    order.instrument = "ZZZ".into();
    desk.send(Command::New(order));
    desk.hears(&["1 rejected: UnknownInstrument"]).await;
}

#[tokio::test]
async fn a_contract_is_known_by_its_rules() {
    let venue = Venue::open().await;
    let desk = venue.desk().await;
    let facts = desk.account.contract(&"CCC".into()).unwrap();
    assert_eq!(facts.con_id, 1_004);
    assert_eq!(facts.instrument.tick, "0.01".parse::<Price>().unwrap());
    assert_eq!(facts.instrument.lot, Qty::from(1));
    assert_eq!(facts.instrument.currency, "USD".into());
    assert_eq!(facts.long_name, "CCC of NASDAQ");
    assert_eq!(facts.trading_hours.zone, "UTC");
    assert_eq!(desk.account.contract(&"ZZZ".into()), None);
}

#[tokio::test]
async fn a_query_says_how_an_order_stands() {
    let venue = Venue::open().await;
    let mut desk = venue.desk().await;
    desk.buy(1, 10, None);
    let first = ["1 PendingNew", "1 New", "1 trade 10 at 100.01", "1 fee 1"];
    desk.hears(&first).await;
    desk.send(Command::Query(id(1)));
    desk.hears(&["1 trade 10 at 100.01", "1 stands at 10"])
        .await;
    desk.buy(2, 10, Some("99.00"));
    desk.hears(&["2 PendingNew", "2 New"]).await;
    desk.send(Command::Query(id(2)));
    desk.hears(&["2 New", "2 stands at 0"]).await;
}

#[tokio::test]
async fn a_snapshot_is_everything() {
    let venue = Venue::open().await;
    let mut desk = venue.desk().await;
    desk.buy(1, 10, None);
    desk.buy(2, 10, Some("99.00"));
    desk.buy(3, 10, Some("99.00"));
    for _ in 0..8 {
        desk.heard().await;
    }
    desk.cancel(3, 1);
    desk.hears(&["3 pending cancel 1", "3 canceled for 1, 0 filled"])
        .await;
    let snapshot = desk.snapshot().await.unwrap();
    let mut orders: Vec<_> = snapshot
        .orders
        .iter()
        .map(|o| (o.cl_ord_id.unwrap().child, o.status, o.order_qty, o.cum_qty))
        .collect();
    orders.sort();
    let ten = Qty::from(10);
    let expect = [
        (1, OrdStatus::Filled, ten, ten),
        (2, OrdStatus::New, ten, Qty::ZERO),
        (3, OrdStatus::Canceled, ten, Qty::ZERO),
    ];
    assert_eq!(orders, expect);
    let fill = &snapshot.fills[0];
    assert_eq!(snapshot.fills.len(), 1);
    assert_eq!(fill.cl_ord_id, Some(id(1)));
    assert_eq!(fill.fill.fee, Some(1.into()));
    assert_eq!(fill.time.to_string(), "2022-12-01T21:00:05Z");
    assert_eq!(snapshot.positions, [("AAA".into(), Qty::from(60))]);
    assert_eq!(snapshot.cash, Some("98998.9".parse().unwrap()));
    assert_eq!(snapshot.nav, Some("104998.9".parse().unwrap()));
    let midnight = "2022-12-01T00:00:00Z".parse().unwrap();
    assert_eq!(snapshot.reaches_back_to, Some(midnight));
}

/// F22: a position that nobody can explain takes nothing else with it.
#[tokio::test]
async fn f22_a_position_in_a_contract_that_is_none_of_ours_takes_no_order_with_it() {
    let mut config = gateway_config();
    config.positions.insert("CCC.NYSE".into(), Qty::from(3));
    let venue = Venue::of(config).await;
    let mut desk = venue.desk().await;
    desk.buy(1, 10, Some("99.00"));
    desk.hears(&["1 PendingNew", "1 New"]).await;
    let snapshot = desk.snapshot().await.unwrap();
    assert_eq!(snapshot.orders[0].cl_ord_id, Some(id(1)));
    let expect = [
        ("AAA".into(), Qty::from(50)),
        ("CCC@1003".into(), Qty::from(3)),
    ];
    assert_eq!(snapshot.positions, expect);
}
