//! Connections: how they begin, what ends them, and what is said meanwhile.

use polyfolio_broker_ib::{IbConfig, Level, Phase};
use polyfolio_model::{ExecKind, Qty};
use polyfolio_ports::{Broker, Command, Link, Report};
use polyfolio_simulators::tws::Fault;
use tokio::net::TcpListener;

use crate::common::{Desk, HandClock, Venue, config, gateway_config, id, order, soon, stock};
use crate::relay::Relay;
use polyfolio_model::{RequestId, Side, SnapshotId};

/// Heartbeats that come soon.
fn lively(config: IbConfig) -> IbConfig {
    IbConfig {
        heartbeat_interval_ms: 100,
        heartbeat_timeout_ms: 300,
        ..config
    }
}

#[tokio::test]
async fn nothing_listens_and_the_next_step_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let clock = HandClock::at("2022-12-01T21:00:05Z");
    let mut desk = Desk::open(config(address), clock);
    let reason = desk.down().await;
    assert!(reason.contains("start TWS or IB Gateway"), "{reason}");
    assert!(reason.contains("broker.ib.port"), "{reason}");
    let refused = desk.broker.send(Command::New(order(1, Side::Buy, 1, None)));
    assert_eq!(
        refused.unwrap_err().to_string(),
        "not sent: there is no connection to IB"
    );
    let state = desk.account.link();
    assert_eq!(state.down.unwrap().1, reason);
}

#[tokio::test]
async fn something_else_listens_and_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = IbConfig {
        connect_timeout_ms: 200,
        ..config(listener.local_addr().unwrap())
    };
    let mut desk = Desk::open(config, HandClock::at("2022-12-01T21:00:05Z"));
    let reason = desk.down().await;
    assert!(reason.contains("did not answer within 200 ms"), "{reason}");
}

/// F29: after a crash the gateway still holds the dead session.
#[tokio::test]
async fn f29_a_client_id_in_use_is_tried_again_until_it_is_free() {
    let venue = Venue::open().await;
    let first = venue.desk().await;
    let mut second = Desk::open(venue.config(), venue.clock.clone());
    let reason = second.down().await;
    assert!(reason.contains("client id 17 is in use"), "{reason}");
    assert_eq!(second.notice("client id 17").await.level, Level::Warning);
    drop(first);
    second.ready().await;
    second.buy(1, 10, None);
    second.hears(&["1 PendingNew", "1 New"]).await;
}

/// The real gateway refuses the lists of orders with the orders: nothing can be known then.
#[tokio::test]
async fn a_read_only_api_is_named_with_the_box_to_untick() {
    let venue = Venue::open().await;
    let faults = venue.gateway.faults();
    faults.order(Fault::ReadOnly { lists: true }).unwrap();
    let mut desk = Desk::open(venue.config(), venue.clock.clone());
    let reason = desk.down().await;
    assert!(reason.contains("untick Read-Only API"), "{reason}");
    assert_eq!(desk.notice("Read-Only API").await.level, Level::Warning);
    // Once it is unticked nothing has to be started again.
    faults.order(Fault::Clear {}).unwrap();
    desk.ready().await;
    desk.buy(1, 10, None);
    desk.hears(&["1 PendingNew", "1 New"]).await;
}

#[tokio::test]
async fn an_order_that_a_read_only_api_refuses_says_what_to_do() {
    let venue = Venue::open().await;
    let mut desk = venue.desk().await;
    let faults = venue.gateway.faults();
    faults.order(Fault::ReadOnly { lists: false }).unwrap();
    desk.buy(1, 10, Some("99.00"));
    let said = loop {
        if let Report::Execution(report) = desk.report().await
            && let ExecKind::Rejected { text, .. } = report.kind
        {
            break text;
        }
    };
    assert!(
        said.contains("321") && said.contains("Read-Only mode"),
        "{said}"
    );
    assert!(said.contains("untick Read-Only API"), "{said}");
    // What could not leave is nowhere: the account knows no order.
    let snapshot = desk.snapshot().await.unwrap();
    assert_eq!(snapshot.orders, []);
}

#[tokio::test]
async fn an_account_that_the_login_does_not_have_is_named() {
    let venue = Venue::open().await;
    let other = IbConfig {
        account: Some("DU9".into()),
        ..venue.config()
    };
    let mut desk = Desk::open(other, venue.clock.clone());
    let reason = desk.down().await;
    assert!(
        reason.contains("no account DU9, only DU1234567"),
        "{reason}"
    );
}

#[tokio::test]
async fn an_account_with_real_money_takes_a_switch() {
    let venue = Venue::of(polyfolio_simulators::tws::GatewayConfig {
        account: "U1234567".into(),
        ..crate::common::gateway_config()
    })
    .await;
    let mut desk = Desk::open(venue.config(), venue.clock.clone());
    let reason = desk.down().await;
    assert!(reason.contains("real money"), "{reason}");
    let live = IbConfig {
        live: true,
        ..venue.config()
    };
    drop(desk);
    Desk::open(live, venue.clock.clone()).ready().await;
}

/// F24: a gateway that is mute keeps its socket, and takes orders into nothing.
#[tokio::test]
async fn f24_a_mute_gateway_is_noticed() {
    let venue = Venue::open().await;
    let relay = Relay::to(venue.gateway.address()).await;
    let config = lively(config(relay.address));
    let mut desk = Desk::open(config, venue.clock.clone());
    desk.ready().await;
    relay.set_mute(true);
    desk.buy(1, 10, None);
    let reason = desk.down().await;
    assert_eq!(reason, "the gateway has not answered for 300ms");
    relay.set_mute(false);
    relay.cut();
    desk.ready().await;
    // It had arrived: Ok and silence meant nothing.
    let snapshot = desk.snapshot().await.unwrap();
    assert_eq!(snapshot.orders[0].cl_ord_id, Some(id(1)));
    assert_eq!(snapshot.orders[0].cum_qty, Qty::from(10));
}

/// F19: a lost connection is dialled again for ever, and says since when it is down.
#[tokio::test]
async fn f19_a_lost_connection_comes_back() {
    let venue = Venue::open().await;
    let relay = Relay::to(venue.gateway.address()).await;
    let mut desk = Desk::open(config(relay.address), venue.clock.clone());
    desk.ready().await;
    assert_eq!(desk.account.link().phase, Phase::Ready);
    relay.set_closed(true);
    let reason = desk.down().await;
    assert_eq!(reason, "the gateway closed the connection");
    let (since, _) = desk.account.link().down.unwrap();
    assert_eq!(since.to_string(), "2022-12-01T21:00:05Z");
    let reason = desk.down().await;
    assert!(reason.contains("hung up at once"), "{reason}");
    relay.set_closed(false);
    desk.ready().await;
    assert_eq!(desk.account.link().down, None);
    desk.buy(1, 10, None);
    desk.hears(&["1 PendingNew", "1 New"]).await;
}

#[tokio::test]
async fn an_outage_that_lasts_is_an_alarm() {
    let venue = Venue::open().await;
    let relay = Relay::to(venue.gateway.address()).await;
    let mut desk = Desk::open(config(relay.address), venue.clock.clone());
    desk.ready().await;
    relay.set_closed(true);
    desk.down().await;
    venue.clock.pass(polyfolio_model::Span::from_secs(900));
    let alarm = desk.notice("no connection to IB since").await;
    assert_eq!(alarm.level, Level::Alarm);
}

#[tokio::test]
async fn a_snapshot_that_cannot_be_had_is_a_failure_and_no_empty_one() {
    let venue = Venue::open().await;
    let relay = Relay::to(venue.gateway.address()).await;
    let mut desk = Desk::open(config(relay.address), venue.clock.clone());
    desk.ready().await;
    relay.set_mute(true);
    desk.send(Command::Snapshot(SnapshotId(5)));
    relay.cut();
    let failed = loop {
        match desk.report().await {
            polyfolio_ports::Report::Snapshot(SnapshotId(5), answer) => break answer,
            polyfolio_ports::Report::Link(Link::Ready) => panic!("ready before the answer"),
            _ => {}
        }
    };
    assert!(failed.is_err(), "{failed:?}");
}

/// A snapshot ends in time, whatever the gateway keeps to itself.
#[tokio::test]
async fn a_snapshot_has_an_end() {
    let venue = Venue::open().await;
    let relay = Relay::to(venue.gateway.address()).await;
    let config = IbConfig {
        snapshot_timeout_ms: 200,
        ..config(relay.address)
    };
    let mut desk = Desk::open(config, venue.clock.clone());
    desk.ready().await;
    relay.set_mute(true);
    let failed = desk.snapshot().await.unwrap_err();
    assert!(
        failed.to_string().contains("no complete answer in time"),
        "{failed}"
    );
}

#[tokio::test]
async fn a_new_listener_begins_a_new_session() {
    let venue = Venue::open().await;
    let mut desk = venue.desk().await;
    desk.listen_again();
    desk.ready().await;
    desk.buy(1, 10, None);
    desk.hears(&["1 PendingNew", "1 New"]).await;
}

#[tokio::test]
async fn what_is_let_through_and_cannot_leave_any_more_gets_a_definite_answer() {
    let venue = Venue::open().await;
    let relay = Relay::to(venue.gateway.address()).await;
    let config = IbConfig {
        messages_per_second: 2,
        cancels_reserve: 1,
        ..config(relay.address)
    };
    let mut desk = Desk::open(config, venue.clock.clone());
    desk.ready().await;
    // One a second leaves, and the synchronisation has used this second's.
    for child in 1..10 {
        desk.buy(child, 1, Some("99.00"));
    }
    desk.send(Command::Cancel(id(9), RequestId(1)));
    relay.set_closed(true);
    let (mut refused, mut down) = (0, false);
    while !down || refused < 8 {
        match desk.report().await {
            polyfolio_ports::Report::Link(Link::Down { .. }) => down = true,
            polyfolio_ports::Report::Execution(report) => {
                let words = crate::common::words(&report);
                refused += u32::from(words.ends_with("rejected: Other"));
            }
            _ => {}
        }
    }
    relay.set_closed(false);
    desk.ready().await;
    let listed = desk.snapshot().await.unwrap().orders.len();
    assert!(
        listed <= 2,
        "{listed} orders of those that were refused are there"
    );
}

#[tokio::test]
async fn the_account_is_released_with_its_last_handle() {
    let venue = Venue::open().await;
    let desk = venue.desk().await;
    let mut desk = soon("a restart", async { desk.restarted() }).await;
    desk.ready().await;
}

/// The library keeps a number of messages of every stream; a list may be longer than that.
#[tokio::test]
async fn a_list_that_is_longer_than_any_channel_is_complete() {
    const MANY: i32 = 1_500;
    let mut config = gateway_config();
    let more = (0..MANY).map(|n| stock(2_000 + n, &format!("S{n}"), "NYSE", Some(10)));
    config.stocks.extend(more);
    let held = (0..MANY).map(|n| (format!("S{n}.NYSE").as_str().into(), Qty::from(1)));
    config.positions.extend(held);
    let venue = Venue::of(config).await;
    let mut desk = venue.desk().await;
    let snapshot = desk.snapshot().await.unwrap();
    assert_eq!(snapshot.positions.len(), 1 + MANY as usize);
}
