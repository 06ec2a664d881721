//! What the gateway says of its own connections and of orders, in numbers.

use polyfolio_broker_ib::{IbConfig, Level, Phase};
use polyfolio_model::{OrdStatus, Qty, Side, Span};
use polyfolio_ports::{Broker, Command};

use crate::common::{Desk, HandClock, Venue, config, id, order};
use crate::quotes::{is_absent, is_whole, quote, subscribe};
use crate::relay::Relay;

/// No request's and no order's.
const NOBODY: i32 = -1;

async fn through_a_relay(venue: &Venue) -> (Relay, Desk) {
    let relay = Relay::to(venue.gateway.address()).await;
    let mut desk = Desk::open(config(relay.address), venue.clock.clone());
    desk.ready().await;
    (relay, desk)
}

/// F13, F18: while the gateway has lost IB nothing is sent, and afterwards everything is asked
/// again.
#[tokio::test]
async fn f18_nothing_is_sent_while_ib_is_lost_and_everything_is_asked_afterwards() {
    let venue = Venue::open().await;
    let (relay, mut desk) = through_a_relay(&venue).await;
    desk.buy(1, 10, Some("99.99"));
    desk.hears(&["1 PendingNew", "1 New"]).await;
    relay.say(
        NOBODY,
        1100,
        "Connectivity between IB and TWS has been lost.",
    );
    let reason = desk.down().await;
    assert!(reason.contains("the gateway has lost IB"), "{reason}");
    let refused = desk.broker.send(Command::New(order(2, Side::Buy, 1, None)));
    assert!(refused.is_err());
    for (restored, quotes) in [(1102, "maintained"), (1101, "lost")] {
        let text = format!("Connectivity restored - data {quotes}.");
        relay.say(NOBODY, restored, &text);
        desk.ready().await;
        relay.say(NOBODY, 1100, "Connectivity lost again.");
        desk.down().await;
    }
    relay.say(NOBODY, 1102, "Connectivity restored - data maintained.");
    desk.ready().await;
    let snapshot = desk.snapshot().await.unwrap();
    assert_eq!(snapshot.orders[0].status, OrdStatus::New);
    desk.cancel(1, 1);
    desk.hears(&["1 pending cancel 1", "1 canceled for 1, 0 filled"])
        .await;
}

#[tokio::test]
async fn a_lost_market_data_farm_takes_the_quotes_and_not_the_orders() {
    let venue = Venue::open().await;
    let (relay, mut desk) = through_a_relay(&venue).await;
    let mut quotes = subscribe(&desk, &["AAA"]);
    quote(&mut quotes, "AAA", is_whole).await;
    relay.say(NOBODY, 2103, "Market data farm connection is broken:usfarm");
    quote(&mut quotes, "AAA", is_absent).await;
    assert_eq!(desk.account.link().phase, Phase::Degraded);
    desk.buy(1, 10, None);
    desk.hears(&["1 PendingNew", "1 New"]).await;
    desk.hears(&["1 trade 10 at 100.01", "1 fee 1"]).await;
    relay.say(NOBODY, 2104, "Market data farm connection is OK:usfarm");
    quote(&mut quotes, "AAA", is_whole).await;
    assert_eq!(desk.account.link().phase, Phase::Ready);
}

/// A number that nobody knows, about an order: the lists say how it stands.
#[tokio::test]
async fn f28_an_unknown_number_about_an_order_asks_the_lists() {
    let venue = Venue::open().await;
    let (relay, mut desk) = through_a_relay(&venue).await;
    desk.buy(1, 10, Some("99.00"));
    desk.hears(&["1 PendingNew", "1 New"]).await;
    relay.say(1, 12_345, "Something new.");
    assert_eq!(desk.notice("Something new").await.level, Level::Break);
    desk.hears(&["1 New", "1 stands at 0"]).await;
}

#[tokio::test]
async fn a_changed_port_ends_the_session_and_another_one_begins() {
    let venue = Venue::open().await;
    let (relay, mut desk) = through_a_relay(&venue).await;
    relay.say(NOBODY, 1300, "TWS socket port has been reset.");
    desk.down().await;
    desk.ready().await;
    desk.buy(1, 10, None);
    desk.hears(&["1 PendingNew", "1 New"]).await;
}

#[tokio::test]
async fn a_clock_that_is_far_off_is_an_alarm() {
    let venue = Venue::open().await;
    let ahead = HandClock::at("2022-12-01T22:00:05Z");
    let config = IbConfig {
        heartbeat_interval_ms: 50,
        ..venue.config()
    };
    let mut desk = Desk::open(config, ahead.clone());
    let alarm = desk.notice("the gateway's clock is").await;
    assert_eq!(alarm.level, Level::Alarm);
    let text = alarm.to_string();
    assert!(text.contains("-59m59s off"), "{text}");
    // Set right and off again, it is told again.
    ahead.pass(Span::from_secs(-3_600));
    desk.ready().await;
    let mut second = desk.restarted();
    ahead.pass(Span::from_secs(3_600));
    second.notice("the gateway's clock is").await;
}

/// A fill that comes while the cancel is on its way counts, and the cancel ends with it.
#[tokio::test]
async fn f11_a_fill_that_meets_the_cancel_is_counted() {
    let config = polyfolio_simulators::tws::GatewayConfig {
        latency_ms: 500,
        ..crate::common::gateway_config()
    };
    let venue = Venue::of(config).await;
    let mut desk = venue.desk().await;
    desk.buy(1, 10, None);
    desk.hears(&["1 PendingNew"]).await;
    desk.cancel(1, 1);
    desk.hears(&["1 pending cancel 1"]).await;
    // Both arrive in order: the order trades before its cancel comes.
    for _ in 0..8 {
        venue.clock.pass(Span::from_millis(250));
        tokio::task::yield_now().await;
    }
    let mut heard = Vec::new();
    while heard.len() < 2 || !heard.iter().any(|h: &String| h.contains("rejected")) {
        heard.push(desk.heard().await);
    }
    assert!(
        heard.contains(&"1 trade 10 at 100.01".to_owned()),
        "{heard:?}"
    );
    assert!(
        heard.contains(&"1 cancel 1 rejected: TooLate".to_owned()),
        "{heard:?}"
    );
    let snapshot = desk.snapshot().await.unwrap();
    assert_eq!(snapshot.orders[0].cum_qty, Qty::from(10));
    assert_eq!(snapshot.orders[0].cl_ord_id, Some(id(1)));
}
