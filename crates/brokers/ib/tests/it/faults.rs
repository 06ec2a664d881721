//! What users of IB met in public, through the connector and the gateway's own faults over TCP:
//! those that have no place among the other tests here. `docs/faults.md` lists them all.

use std::collections::BTreeSet;

use polyfolio_broker_ib::{IbConfig, Level, MaintenanceWindow, Phase};
use polyfolio_model::{Amend, ClOrdId, OrdStatus, Qty, RequestId, Side, SnapshotId, Span};
use polyfolio_ports::{Broker, Command, Link, Report};
use polyfolio_simulators::tws::faults::{Fault, List, Meanwhile};
use polyfolio_simulators::tws::{Gateway, GatewayConfig, Opening};
use polyfolio_testkit::conformance::JumpClock;

use crate::common::{Desk, HandClock, Venue, config, gateway_config, id, order, soon, words};
use crate::quotes::{is_absent, is_whole, quote, subscribe};

impl Venue {
    fn fault(&self, fault: Fault) {
        self.gateway.faults().order(fault).unwrap();
    }

    fn fill(&self, child: u32) {
        self.fault(Fault::Fill {
            order_ref: Some(id(child).to_string()),
            perm_id: None,
            quantity: None,
        });
    }

    /// The order ids that our client has at the gateway, and whose they are.
    fn order_ids(&self) -> Vec<(i32, Option<String>)> {
        let state = self.gateway.faults().state();
        let orders = state.orders.into_iter();
        orders
            .map(|order| (order.order_id, order.order_ref))
            .collect()
    }
}

/// F16: an order written in the second in which the gateway dies is lost, and the ids roll back.
#[tokio::test]
async fn f16_an_order_lost_in_the_gateways_restart_is_one_order_though_ids_roll_back() {
    let venue = Venue::open().await;
    let mut desk = venue.desk().await;
    for child in 1..=4 {
        desk.buy(child, 1, Some("99.00"));
        desk.hears(&[&format!("{child} PendingNew"), &format!("{child} New")])
            .await;
    }
    venue.fault(Fault::DropBeforeNextOrder {});
    venue.fault(Fault::RollBackIds {
        by: 4,
        client_id: None,
    });
    desk.buy(5, 1, Some("99.00"));
    desk.down().await;
    desk.ready().await;
    // In no list, and nobody said that it was refused: it goes again, under its own id.
    let listed = desk.snapshot().await.unwrap().orders;
    assert!(listed.iter().all(|order| order.cl_ord_id != Some(id(5))));
    let mut desk = desk.restarted();
    desk.settled().await;
    desk.buy(5, 1, Some("99.00"));
    desk.buy(6, 1, Some("99.00"));
    let mut acknowledged = BTreeSet::new();
    while acknowledged.len() < 2 {
        let heard = desk.heard().await;
        if let Some(child) = heard.strip_suffix(" New") {
            acknowledged.insert(child.to_owned());
        }
    }
    assert_eq!(acknowledged, ["5".to_owned(), "6".to_owned()].into());
    let expect: Vec<_> = (1..=6)
        .map(|child| (child, Some(id(child as u32).to_string())))
        .collect();
    assert_eq!(venue.order_ids(), expect);
}

/// F16: ids roll back while an order works. No cancel reaches it, which is said each time; what a
/// person does with it at the gateway is heard.
#[tokio::test]
async fn f16_an_order_that_the_gateway_knows_by_its_id_no_longer_is_heard_of_to_its_end() {
    let venue = Venue::open().await;
    let mut desk = venue.desk().await;
    desk.buy(1, 10, Some("99.00"));
    desk.hears(&["1 PendingNew", "1 New"]).await;
    venue.fault(Fault::RollBackIds {
        by: 1,
        client_id: None,
    });
    for request in 1..=3 {
        desk.cancel(1, request);
        desk.hears(&[&format!("1 cancel {request} rejected: UnknownOrder")])
            .await;
        let listed = desk.snapshot().await.unwrap().orders;
        assert_eq!(listed[0].cl_ord_id, Some(id(1)));
        assert!(listed[0].is_open());
    }
    venue.fault(Fault::CancelByHand {
        order_ref: Some(id(1).to_string()),
        perm_id: None,
    });
    desk.hears(&["1 canceled for nobody, 0 filled"]).await;
    let listed = desk.snapshot().await.unwrap().orders;
    assert_eq!(listed[0].status, OrdStatus::Canceled);
}

/// F17: the same order id means another order to another client and in another session.
#[tokio::test]
async fn f17_an_order_id_of_another_session_is_not_our_order() {
    let venue = Venue::open().await;
    let other = IbConfig {
        client_id: 18,
        ..venue.config()
    };
    let mut theirs = Desk::open(other, venue.clock.clone());
    theirs.ready().await;
    let mut order = order(1, Side::Buy, 3, Some("99.00"));
    order.cl_ord_id.deployment = 7;
    let foreign = order.cl_ord_id;
    theirs.send(Command::New(order));
    theirs.hears(&["1 PendingNew", "1 New"]).await;
    let mut desk = venue.desk().await;
    desk.buy(1, 10, Some("99.00"));
    desk.hears(&["1 PendingNew", "1 New"]).await;
    assert_eq!(
        venue.order_ids(),
        [(1, Some(foreign.to_string())), (1, Some(id(1).to_string()))]
    );
    // The fill of their order 1 is none of our order 1.
    venue.fault(Fault::Fill {
        order_ref: Some(foreign.to_string()),
        perm_id: None,
        quantity: None,
    });
    theirs.hears(&["1 trade 3 at 99"]).await;
    desk.send(Command::Snapshot(SnapshotId(99)));
    let snapshot = match desk.report().await {
        Report::Snapshot(_, answer) => answer.unwrap(),
        other => panic!("{other:?}: their order is told as ours"),
    };
    let of = |id: ClOrdId| -> Qty {
        let fills = snapshot.fills.iter();
        let of = fills.filter(|fill| fill.cl_ord_id == Some(id));
        of.map(|fill| fill.fill.last_qty).sum()
    };
    assert_eq!((of(foreign), of(id(1))), (Qty::from(3), Qty::ZERO));
}

/// F17: the gateway gives an order id out again, and the order that had it in a former session
/// fills after all.
#[tokio::test]
async fn f17_a_late_fill_of_a_former_order_is_not_the_new_orders_that_has_its_id() {
    let venue = Venue::open().await;
    let mut former = venue.desk().await;
    former.buy(7, 10, Some("99.00"));
    former.hears(&["7 PendingNew", "7 New"]).await;
    venue.fault(Fault::FillAfterNextCancel {
        quantity: None,
        after_ms: 1_000,
    });
    former.cancel(7, 1);
    former
        .hears(&["7 pending cancel 1", "7 canceled for 1, 0 filled"])
        .await;
    drop(former);
    venue.fault(Fault::RollBackIds {
        by: 1,
        client_id: None,
    });
    // The same client with a new state directory: it has no mark of its own.
    let mut desk = Desk::open(venue.config(), venue.clock.clone());
    desk.ready().await;
    desk.buy(1, 5, Some("98.00"));
    desk.hears(&["1 PendingNew", "1 New"]).await;
    let ids: Vec<i32> = venue.order_ids().iter().map(|(id, _)| *id).collect();
    assert_eq!(ids, [1, 1], "the id was not given out again");
    venue.clock.pass(Span::from_secs(1));
    desk.hears(&["7 trade 10 at 99"]).await;
    let snapshot = desk.snapshot().await.unwrap();
    let ours = snapshot.orders.iter().find(|o| o.cl_ord_id == Some(id(1)));
    let ours = ours.unwrap();
    assert_eq!((ours.status, ours.cum_qty), (OrdStatus::New, Qty::ZERO));
}

/// F18: what fills while the gateway has lost IB is told by nobody, then or later.
#[tokio::test]
async fn f18_a_fill_during_1100_is_in_the_first_snapshot_after_it() {
    let venue = Venue::open().await;
    let mut desk = venue.desk().await;
    desk.buy(1, 10, Some("99.00"));
    desk.hears(&["1 PendingNew", "1 New"]).await;
    venue.fault(Fault::LoseConnectivity {
        for_ms: None,
        data_lost: true,
    });
    let reason = desk.down().await;
    assert!(reason.contains("the gateway has lost IB"), "{reason}");
    venue.fill(1);
    venue.fault(Fault::RestoreConnectivity { data_lost: true });
    desk.ready().await;
    let snapshot = desk.snapshot().await.unwrap();
    assert_eq!(snapshot.orders[0].status, OrdStatus::Filled);
    assert_eq!(snapshot.fills.len(), 1);
    assert_eq!(snapshot.fills[0].fill.last_qty, Qty::from(10));
    assert_eq!(snapshot.positions, [("AAA".into(), Qty::from(60))]);
}

/// F19: in the nightly restart a lost connection is no alarm, but it is dialled on for ever, and
/// one that outlasts the window is.
#[tokio::test]
async fn f19_the_nightly_restart_is_no_alarm_until_it_lasts_too_long() {
    let venue = Venue::open().await;
    let window: MaintenanceWindow = toml::from_str("from = \"20:55\"\nto = \"21:10\"").unwrap();
    let config = IbConfig {
        maintenance: vec![window],
        alarm_every_s: 60,
        ..venue.config()
    };
    let mut desk = Desk::open(config, venue.clock.clone());
    desk.ready().await;
    venue.fault(Fault::Kill {
        refuse_ms: 3_600_000,
    });
    desk.down().await;
    let expected = desk.notice("maintenance window").await;
    assert_eq!(expected.level, Level::Info, "{expected}");
    assert_eq!(
        desk.account.link().down.unwrap().0.to_string(),
        "2022-12-01T21:00:05Z"
    );
    venue.clock.pass(Span::from_secs(1_800));
    let alarm = desk.notice("no connection to IB since").await;
    assert_eq!(alarm.level, Level::Alarm);
    venue.fault(Fault::Clear {});
    desk.ready().await;
    assert_eq!(desk.account.link().phase, Phase::Ready);
}

/// F20: a list that breaks off is not an empty one, whichever it is and however it breaks off.
#[tokio::test]
async fn f20_a_list_that_breaks_off_is_a_failure_and_no_empty_list() {
    let venue = Venue::open().await;
    let config = IbConfig {
        snapshot_timeout_ms: 300,
        ..venue.config()
    };
    let mut desk = Desk::open(config, venue.clock.clone());
    desk.ready().await;
    desk.buy(1, 10, None);
    desk.hears(&["1 PendingNew", "1 New", "1 trade 10 at 100.01", "1 fee 1"])
        .await;
    desk.buy(2, 10, Some("99.00"));
    desk.hears(&["2 PendingNew", "2 New"]).await;
    let whole = desk.snapshot().await.unwrap();
    assert_eq!(whole.positions, [("AAA".into(), Qty::from(60))]);
    let lists = [
        List::Positions,
        List::OpenOrders,
        List::CompletedOrders,
        List::Executions,
        List::AccountSummary,
    ];
    for list in lists {
        for hang_up in [false, true] {
            venue.fault(Fault::CutNextList {
                list,
                after: 0,
                code: None,
                hang_up,
            });
            let answer = desk.snapshot_unless_down().await;
            assert!(answer.is_err(), "{list:?}: {answer:?}");
            if hang_up {
                desk.ready().await;
            }
            assert_eq!(desk.snapshot().await.unwrap(), whole, "after {list:?}");
        }
    }
}

/// F24: an order that a mute gateway never looked at was taken by the socket all the same.
#[tokio::test]
async fn f24_what_a_dying_gateway_swallowed_is_in_no_list_and_goes_again() {
    let venue = Venue::open().await;
    let config = IbConfig {
        heartbeat_interval_ms: 100,
        heartbeat_timeout_ms: 500,
        connect_timeout_ms: 500,
        ..venue.config()
    };
    let mut desk = Desk::open(config, venue.clock.clone());
    desk.ready().await;
    venue.fault(Fault::Mute {
        for_ms: None,
        messages: Meanwhile::Lost,
    });
    desk.buy(1, 10, None);
    let reason = desk.down().await;
    assert!(reason.contains("has not answered for"), "{reason}");
    let refused = desk.broker.send(Command::New(order(2, Side::Buy, 1, None)));
    assert!(refused.is_err());
    venue.fault(Fault::Clear {});
    desk.ready().await;
    assert_eq!(desk.snapshot().await.unwrap().orders, []);
    desk.buy(1, 10, None);
    desk.hears(&["1 PendingNew", "1 New", "1 trade 10 at 100.01", "1 fee 1"])
        .await;
}

/// F26: −1 in the middle of the day is no price either.
#[tokio::test]
async fn f26_a_quote_of_minus_one_is_absent_and_comes_back() {
    let venue = Venue::open().await;
    let desk = venue.desk().await;
    let mut quotes = subscribe(&desk, &["AAA"]);
    quote(&mut quotes, "AAA", is_whole).await;
    venue.fault(Fault::BlankQuotes {
        symbol: Some("AAA".into()),
        for_ms: None,
    });
    let blank = quote(&mut quotes, "AAA", is_absent).await;
    assert_eq!((blank.bid, blank.ask), (None, None));
    venue.fault(Fault::RestoreQuotes {});
    quote(&mut quotes, "AAA", is_whole).await;
}

/// F27: a gateway that hangs up on more than fifty messages a second keeps this connection, though
/// a hundred orders are sent at once.
#[tokio::test]
async fn f27_a_gateway_that_counts_messages_does_not_hang_up() {
    let clock = JumpClock::from("2022-12-01T18:00:05Z".parse().unwrap());
    let limits = GatewayConfig {
        messages_per_second_max: 50,
        ..gateway_config()
    };
    let address = "127.0.0.1:0".parse().unwrap();
    let gateway = Gateway::listen(address, limits, clock).await.unwrap();
    let hand = HandClock::at("2022-12-01T18:00:05Z");
    let mut desk = Desk::open(config(gateway.address()), hand);
    desk.ready().await;
    for child in 1..=100 {
        desk.buy(child, 1, Some("99.00"));
    }
    let mut acknowledged = 0;
    while acknowledged < 100 {
        match desk.report().await {
            Report::Execution(report) => {
                acknowledged += u32::from(words(&report).ends_with(" New"));
            }
            Report::Link(Link::Down { reason }) => panic!("the gateway hung up: {reason}"),
            _ => {}
        }
    }
    assert_eq!(gateway.faults().state().orders.len(), 100);
}

/// F28: each number about an order is one report, or a break that somebody is told of.
#[tokio::test]
async fn f28_every_number_about_an_order_is_one_report_or_a_break() {
    let venue = Venue::open().await;
    let mut desk = venue.desk().await;
    // Of a new order.
    for (child, code, expect) in [
        (1, 201, "1 rejected: Other"),
        (2, 110, "2 rejected: Tick"),
        (3, 321, "3 rejected: Other"),
    ] {
        venue.fault(Fault::RejectNextOrder { code, text: None });
        desk.buy(child, 1, Some("99.00"));
        desk.hears(&[expect]).await;
    }
    // Of a cancel.
    desk.buy(4, 10, Some("99.00"));
    desk.hears(&["4 PendingNew", "4 New"]).await;
    for (request, code, expect) in [
        (1, 10_147, "4 cancel 1 rejected: UnknownOrder"),
        (2, 10_148, "4 cancel 2 rejected: TooLate"),
        (3, 161, "4 cancel 3 rejected: TooLate"),
    ] {
        venue.fault(Fault::RejectNextCancel { code, text: None });
        desk.cancel(4, request);
        desk.hears(&[expect]).await;
    }
    // Of new terms.
    let amend = Amend {
        order_qty: Qty::from(12),
        price: None,
        trigger: None,
    };
    for (request, code, expect) in [
        (4, 104, "4 cancel 4 rejected: TooLate"),
        (5, 105, "4 cancel 5 rejected: Other"),
        (6, 103, "4 cancel 6 rejected: TooLate"),
    ] {
        venue.fault(Fault::RejectNextOrder { code, text: None });
        desk.send(Command::Replace(id(4), RequestId(request), amend));
        desk.hears(&[expect]).await;
    }
    // Canceled by nobody of ours: one report, with how much had filled.
    let state = venue.gateway.faults().state();
    let order_id = state.orders.last().unwrap().order_id;
    desk.cancel(4, 7);
    desk.hears(&["4 pending cancel 7", "4 canceled for 7, 0 filled"])
        .await;
    // A number of a later day: a break, and the lists are asked.
    venue.fault(Fault::Notice {
        code: 23_456,
        text: Some("Something of a later day.".into()),
        order_id: Some(order_id),
        client_id: None,
    });
    let told = desk.notice("Something of a later day").await;
    assert_eq!(told.level, Level::Break);
    // Nothing else was said of any of them: the next word is another order's, or the lists'.
    desk.buy(5, 1, Some("99.00"));
    loop {
        let heard = desk.heard().await;
        if heard == "5 New" {
            break;
        }
        let from_the_lists = heard == "4 canceled for nobody, 0 filled";
        assert!(heard == "5 PendingNew" || from_the_lists, "{heard}");
    }
}

/// F28: an id that the gateway takes for used, of an order that is in no list: it leaves once more,
/// under another one.
#[tokio::test]
async fn f28_a_duplicate_order_id_is_no_rejection() {
    let venue = Venue::open().await;
    let mut desk = venue.desk().await;
    venue.fault(Fault::RejectNextOrder {
        code: 103,
        text: None,
    });
    desk.buy(1, 10, None);
    desk.hears(&["1 PendingNew", "1 New", "1 trade 10 at 100.01", "1 fee 1"])
        .await;
    assert_eq!(venue.order_ids(), [(2, Some(id(1).to_string()))]);
}

/// F29: after a crash the gateway holds the dead session's client id for a while.
#[tokio::test]
async fn f29_a_dead_session_that_holds_the_client_id_is_waited_out() {
    let venue = Venue::open().await;
    venue.fault(Fault::HoldClientIds { for_ms: 1_000 });
    let mut desk = venue.desk().await;
    desk.buy(1, 10, Some("99.00"));
    desk.hears(&["1 PendingNew", "1 New"]).await;
    let mut desk = desk.restarted();
    let reason = desk.down().await;
    assert!(reason.contains("client id 17 is in use"), "{reason}");
    venue.clock.pass(Span::from_secs(1));
    desk.settled().await;
    // The same client: its orders are its own.
    desk.cancel(1, 1);
    desk.hears(&["1 pending cancel 1", "1 canceled for 1, 0 filled"])
        .await;
}

/// F21, F23: the gateway dies and comes back with what it had written; its orders are ours, once.
#[tokio::test]
async fn f23_orders_outlive_the_gateway_and_are_ours_once() {
    let state = tempfile::tempdir().unwrap();
    let opening = Opening {
        state: Some(state.path().to_owned()),
        ..Opening::default()
    };
    let clock = HandClock::at("2022-12-01T21:00:05Z");
    let address = "127.0.0.1:0".parse().unwrap();
    let open = Gateway::open(address, gateway_config(), clock.clone(), &opening);
    let (gateway, _) = open.await.unwrap();
    let address = gateway.address();
    let mut desk = Desk::open(config(address), clock.clone());
    desk.ready().await;
    desk.buy(1, 10, None);
    desk.hears(&["1 PendingNew", "1 New", "1 trade 10 at 100.01", "1 fee 1"])
        .await;
    desk.buy(2, 10, Some("99.00"));
    desk.hears(&["2 PendingNew", "2 New"]).await;
    let before = desk.snapshot().await.unwrap();
    drop(gateway);
    desk.down().await;
    let again = async {
        loop {
            let open = Gateway::open(address, gateway_config(), clock.clone(), &opening);
            match open.await {
                Ok((gateway, _)) => return gateway,
                // Its port may not be free yet.
                Err(_) => tokio::task::yield_now().await,
            }
        }
    };
    let _gateway = soon("the gateway's port", again).await;
    desk.ready().await;
    assert_eq!(desk.snapshot().await.unwrap(), before);
    desk.cancel(2, 1);
    desk.hears(&["2 pending cancel 1", "2 canceled for 1, 0 filled"])
        .await;
}
