//! Everything that can go wrong on command, as a client meets it.

use ibapi::orders::Action;
use polyfolio_model::{Qty, Span};
use polyfolio_simulators::tws::faults::{List, Meanwhile, Script};
use polyfolio_simulators::tws::ids::ClientMessageId as Id;
use polyfolio_simulators::tws::messages::*;
use polyfolio_simulators::tws::{Fault, GatewayConfig};

use crate::common::{Venue, config, limit, named, soon};
use crate::raw::Raw;

/// A market in which nothing trades by itself.
async fn quiet() -> Venue {
    let mut quiet = config();
    for stock in &mut quiet.stocks {
        stock.listing.market.arrival_rate = 0.0;
    }
    Venue::of(quiet).await
}

/// What a client hears of an order that comes to rest.
fn rests(id: i32, quantity: i32) -> [String; 4] {
    [
        format!("order {id} PendingSubmit"),
        format!("status {id} PendingSubmit 0+{quantity}"),
        format!("order {id} Submitted"),
        format!("status {id} Submitted 0+{quantity}"),
    ]
}

impl Venue {
    fn goes_wrong(&self, fault: Fault) {
        self.gateway.faults().order(fault).unwrap();
    }

    /// By reference: how much filled at the market, and what the client was told last.
    fn orders(&self) -> Vec<String> {
        let state = self.gateway.faults().state();
        let orders = state.orders.iter();
        let words = orders.map(|order| {
            let (name, works) = (order.order_ref.as_deref().unwrap(), order.works);
            let works = if works { "works" } else { "is over" };
            format!("{name} {} {} {works}", order.filled, order.status)
        });
        words.collect()
    }

    async fn heard(&self, messages: u64) {
        while self.gateway.faults().state().messages_heard < messages {
            tokio::task::yield_now().await;
        }
    }
}

async fn rested(venue: &Venue, client: i32, id: i32, quantity: i32) -> Raw {
    let mut raw = Raw::connect(venue, client).await;
    raw.place(id, "BUY", quantity, 90.0).await;
    assert_eq!(raw.all().await, rests(id, quantity));
    raw
}

#[tokio::test]
async fn the_next_order_is_refused_and_only_that() {
    let venue = quiet().await;
    let mut raw = Raw::connect(&venue, 1).await;
    for code in [103, 104, 105, 110, 201, 202] {
        let text = None;
        venue.goes_wrong(Fault::RejectNextOrder { code, text });
    }
    for (id, code) in (1..).zip([103, 104, 105, 110, 201, 202]) {
        raw.place(id, "BUY", 1, 90.0).await;
        raw.hears(&[&format!("notice {id} {code}")]).await;
    }
    // The id is used up, the order is nowhere.
    raw.place(6, "BUY", 1, 90.0).await;
    raw.hears(&["notice 6 103"]).await;
    assert_eq!(venue.orders(), [""; 0]);
    raw.place(7, "BUY", 1, 90.0).await;
    assert_eq!(raw.all().await, rests(7, 1));
    for code in [10_147, 10_148] {
        let text = None;
        venue.goes_wrong(Fault::RejectNextCancel { code, text });
        raw.cancel(7).await;
        raw.hears(&[&format!("notice 7 {code}")]).await;
    }
    assert_eq!(venue.orders(), ["ref-7 0 Submitted works"]);
}

#[tokio::test]
async fn an_order_is_lost_with_its_connection() {
    let venue = quiet().await;
    let mut raw = Raw::connect(&venue, 1).await;
    venue.goes_wrong(Fault::DropBeforeNextOrder {});
    raw.place(1, "BUY", 5, 90.0).await;
    raw.is_hung_up_on().await;
    assert_eq!(venue.orders(), [""; 0]);
    // The same id goes out again as if nothing had been.
    drop(rested(&venue, 1, 1, 5).await);
}

#[tokio::test]
async fn an_order_is_taken_and_its_connection_lost() {
    let venue = quiet().await;
    let mut raw = Raw::connect(&venue, 1).await;
    venue.goes_wrong(Fault::DropAfterNextOrder {});
    raw.place(1, "BUY", 5, 90.0).await;
    // Sent in one go with it; who is hung up on is not heard any more.
    raw.place(2, "BUY", 5, 90.0).await;
    raw.is_hung_up_on().await;
    assert_eq!(venue.orders(), ["ref-1 0 Submitted works"]);
    let mut again = Raw::connect(&venue, 1).await;
    again.send(Id::OpenOrders, &OpenOrdersRequest {}).await;
    again
        .hears(&["order 1 Submitted", "status 1 Submitted 0+5", "message 53"])
        .await;
}

#[tokio::test]
async fn a_cancel_is_lost_before_or_after_it_is_taken() {
    let venue = quiet().await;
    let mut raw = rested(&venue, 1, 1, 5).await;
    venue.goes_wrong(Fault::DropBeforeNextCancel {});
    raw.cancel(1).await;
    raw.is_hung_up_on().await;
    assert_eq!(venue.orders(), ["ref-1 0 Submitted works"]);
    let mut raw = Raw::connect(&venue, 1).await;
    venue.goes_wrong(Fault::DropAfterNextCancel {});
    raw.cancel(1).await;
    raw.is_hung_up_on().await;
    assert_eq!(venue.orders(), ["ref-1 0 Cancelled is over"]);
}

/// Nothing is said of what a mute gateway did, then or later.
#[tokio::test]
async fn a_mute_gateway_loses_orders_or_works_them_unheard() {
    for (messages, orders) in [
        (Meanwhile::Lost, &[][..]),
        (Meanwhile::Worked, &["ref-1 0 Submitted works"][..]),
    ] {
        let venue = quiet().await;
        let mut raw = Raw::connect(&venue, 1).await;
        let for_ms = Some(5_000);
        venue.goes_wrong(Fault::Mute { for_ms, messages });
        raw.place(1, "BUY", 5, 90.0).await;
        venue.heard(1).await;
        venue.clock.pass(Span::from_secs(5));
        venue.goes_wrong(Fault::Unmute {});
        raw.hears(&[]).await;
        assert_eq!(venue.orders(), orders);
    }
}

#[tokio::test]
async fn a_gateway_that_stands_still_answers_later() {
    let venue = quiet().await;
    let mut raw = Raw::connect(&venue, 1).await;
    venue.goes_wrong(Fault::Mute {
        for_ms: Some(5_000),
        messages: Meanwhile::Held,
    });
    raw.place(1, "BUY", 5, 90.0).await;
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(venue.orders(), [""; 0]);
    venue.clock.pass(Span::from_secs(5));
    assert_eq!(raw.all().await, rests(1, 5));
}

/// Who connects to a mute gateway is accepted and waits for its greeting.
#[tokio::test]
async fn a_mute_gateway_greets_nobody() {
    let venue = quiet().await;
    venue.goes_wrong(Fault::Mute {
        for_ms: None,
        messages: Meanwhile::Lost,
    });
    let connecting = Raw::dial(&venue);
    tokio::pin!(connecting);
    for _ in 0..1_000 {
        tokio::select! {
            biased;
            _ = &mut connecting => panic!("greeted"),
            () = tokio::task::yield_now() => {}
        }
    }
    venue.goes_wrong(Fault::Unmute {});
    connecting.await;
}

#[tokio::test]
async fn killed_connections_come_back_when_they_may() {
    let venue = quiet().await;
    let mut first = rested(&venue, 1, 1, 5).await;
    let mut second = Raw::connect(&venue, 2).await;
    let mut nameless = Raw::dial(&venue).await;
    venue.goes_wrong(Fault::Kill { refuse_ms: 3_000 });
    first.is_hung_up_on().await;
    second.is_hung_up_on().await;
    nameless.is_hung_up_on().await;
    assert_eq!(venue.gateway.faults().state().sessions, []);
    let mut refused = tokio::net::TcpStream::connect(venue.gateway.address())
        .await
        .unwrap();
    let mut nothing = [0; 1];
    let read = tokio::io::AsyncReadExt::read(&mut refused, &mut nothing).await;
    assert_eq!(read.unwrap_or_default(), 0);
    venue.clock.pass(Span::from_secs(3));
    let mut again = Raw::connect(&venue, 1).await;
    again.cancel(1).await;
    again
        .hears(&[
            "status 1 PendingCancel 0+5",
            "status 1 Cancelled 0+5",
            "notice 1 202",
        ])
        .await;
}

#[tokio::test]
async fn a_dead_connection_holds_its_client_id() {
    let venue = quiet().await;
    let raw = Raw::connect(&venue, 1).await;
    venue.goes_wrong(Fault::HoldClientIds { for_ms: 60_000 });
    drop(raw);
    while !venue.gateway.faults().state().sessions.is_empty() {
        tokio::task::yield_now().await;
    }
    let mut early = Raw::dial(&venue).await;
    early.name_itself(1).await;
    assert_eq!(early.said().await.as_deref(), Some("notice -1 326"));
    early.is_hung_up_on().await;
    venue.clock.pass(Span::from_secs(60));
    Raw::connect(&venue, 1).await.hears(&[]).await;
}

#[tokio::test]
async fn an_order_trades_while_its_cancel_is_under_way() {
    let venue = quiet().await;
    let mut raw = rested(&venue, 1, 1, 5).await;
    let quantity = Some(Qty::from(2));
    venue.goes_wrong(Fault::FillDuringNextCancel { quantity });
    // A cancel of nothing is no race.
    raw.cancel(9).await;
    raw.hears(&["notice 9 10147"]).await;
    raw.cancel(1).await;
    raw.hears(&[
        "status 1 PendingCancel 0+5",
        "executed 1 2 E-1.01",
        "order 1 PendingCancel",
        "status 1 PendingCancel 2+3",
        "cost E-1.01",
        "status 1 Cancelled 2+3",
        "notice 1 202",
    ])
    .await;
    assert_eq!(venue.orders(), ["ref-1 2 Cancelled is over"]);
    raw.place(2, "BUY", 5, 90.0).await;
    raw.all().await;
    let quantity = None;
    venue.goes_wrong(Fault::FillDuringNextCancel { quantity });
    raw.cancel(2).await;
    raw.hears(&[
        "status 2 PendingCancel 0+5",
        "executed 2 5 E-2.01",
        "order 2 Filled",
        "status 2 Filled 5+0",
        "cost E-2.01",
        "notice 2 10148",
    ])
    .await;
}

/// An order that is still on its way cannot trade, and its cancel is no race.
#[tokio::test]
async fn an_order_that_has_not_come_to_the_market_does_not_trade() {
    let slow = GatewayConfig {
        latency_ms: 500,
        ..config()
    };
    let venue = Venue::of(slow).await;
    let mut raw = Raw::connect(&venue, 1).await;
    raw.place(1, "BUY", 5, 90.0).await;
    assert_eq!(raw.all().await, rests(1, 5)[..2]);
    let (order_ref, perm_id, quantity) = (None, None, None);
    let fault = Fault::Fill {
        order_ref,
        perm_id,
        quantity,
    };
    assert!(venue.gateway.faults().order(fault).is_err());
    venue.goes_wrong(Fault::FillDuringNextCancel { quantity });
    raw.cancel(1).await;
    raw.hears(&["status 1 PendingCancel 0+5"]).await;
    venue.clock.pass(Span::from_secs(1));
    assert_eq!(raw.all().await.last().unwrap(), "notice 1 202");
    assert_eq!(venue.gateway.faults().state().waiting.len(), 1);
}

#[tokio::test]
async fn an_order_trades_after_its_cancel_was_confirmed() {
    let venue = quiet().await;
    for (id, quantity, told) in [
        (1, None, "status 1 Filled 5+0"),
        (2, Some(Qty::from(2)), "status 2 Cancelled 2+3"),
    ] {
        let mut raw = rested(&venue, 1, id, 5).await;
        let after_ms = 2_000;
        venue.goes_wrong(Fault::FillAfterNextCancel { quantity, after_ms });
        raw.cancel(id).await;
        raw.hears(&[
            &format!("status {id} PendingCancel 0+5"),
            &format!("status {id} Cancelled 0+5"),
            &format!("notice {id} 202"),
        ])
        .await;
        venue.clock.pass(Span::from_secs(2));
        let said = raw.all().await;
        assert_eq!(said.len(), 4, "{said:?}");
        let filled = quantity.unwrap_or(Qty::from(5));
        assert_eq!(said[0], format!("executed {id} {filled} E-{id}.01"));
        assert_eq!(said[2], told);
        drop(raw);
        while !venue.gateway.faults().state().sessions.is_empty() {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(
        venue.orders(),
        ["ref-1 5 Filled is over", "ref-2 2 Cancelled is over"]
    );
    let held = venue.gateway.faults().state().positions;
    assert_eq!(held["AAA.NYSE"], Qty::from(57));
}

#[tokio::test]
async fn executions_are_told_twice_or_in_another_order() {
    let venue = quiet().await;
    let mut raw = rested(&venue, 1, 1, 9).await;
    let fill = |quantity: i64| {
        venue.goes_wrong(Fault::Fill {
            order_ref: Some("ref-1".into()),
            perm_id: None,
            quantity: Some(Qty::from(quantity)),
        });
    };
    venue.goes_wrong(Fault::DuplicateExecutions { count: 1 });
    fill(1);
    raw.hears(&[
        "executed 1 1 E-1.01",
        "executed 1 1 E-1.01",
        "order 1 Submitted",
        "status 1 Submitted 1+8",
        "cost E-1.01",
        "cost E-1.01",
    ])
    .await;
    venue.goes_wrong(Fault::ReorderExecutions { count: 2 });
    fill(2);
    fill(3);
    raw.hears(&[
        "order 1 Submitted",
        "status 1 Submitted 3+6",
        "cost E-2.01",
        "order 1 Submitted",
        "status 1 Submitted 6+3",
        "cost E-3.01",
        "executed 1 3 E-3.01",
        "executed 1 2 E-2.01",
    ])
    .await;
    // An order that is done holds nothing back.
    venue.goes_wrong(Fault::ReorderExecutions { count: 9 });
    fill(3);
    raw.hears(&[
        "order 1 Filled",
        "status 1 Filled 9+0",
        "cost E-4.01",
        "executed 1 3 E-4.01",
    ])
    .await;
    let fault = Fault::Fill {
        order_ref: None,
        perm_id: None,
        quantity: None,
    };
    let said = venue.gateway.faults().order(fault).unwrap_err().to_string();
    assert_eq!(said, "no order that works fits");
}

#[tokio::test]
async fn an_order_whose_id_was_rolled_back_is_cancelled_by_hand_alone() {
    let venue = quiet().await;
    let mut raw = rested(&venue, 1, 1, 5).await;
    let by_hand = |order_ref: &str| Fault::CancelByHand {
        order_ref: Some(order_ref.to_owned()),
        perm_id: None,
    };
    venue.goes_wrong(Fault::RollBackIds {
        by: 1,
        client_id: None,
    });
    raw.cancel(1).await;
    raw.hears(&["notice 1 10147"]).await;
    assert_eq!(venue.orders(), ["ref-1 0 Submitted works"]);
    let order = |fault| venue.gateway.faults().order(fault);
    let said = order(by_hand("ref-2")).unwrap_err().to_string();
    assert_eq!(said, "no order that works fits");
    venue.goes_wrong(by_hand("ref-1"));
    raw.hears(&[
        "status 1 PendingCancel 0+5",
        "status 1 Cancelled 0+5",
        "notice 1 202",
    ])
    .await;
    assert!(order(by_hand("ref-1")).is_err(), "it is over");
}

#[tokio::test]
async fn quotes_go_blank_and_come_back() {
    let venue = quiet().await;
    let mut raw = Raw::connect(&venue, 1).await;
    let ask = |req_id, snapshot| MarketDataRequest {
        req_id: Some(req_id),
        contract: Some(Contract {
            con_id: Some(1_001),
            ..Contract::default()
        }),
        snapshot: Some(snapshot),
        ..MarketDataRequest::default()
    };
    raw.send(Id::MarketData, &ask(1, false)).await;
    let said = raw.all().await;
    assert_eq!(said[2..], ["tick 1 99.99 x 100", "tick 2 100.01 x 100"]);
    venue.goes_wrong(Fault::BlankQuotes {
        symbol: Some("AAA".into()),
        for_ms: Some(9_000),
    });
    raw.hears(&["tick 1 -1 x 0", "tick 2 -1 x 0"]).await;
    raw.send(Id::MarketData, &ask(2, true)).await;
    assert_eq!(raw.all().await[2..4], ["tick 1 -1 x 0", "tick 2 -1 x 0"]);
    venue.clock.pass(Span::from_secs(9));
    raw.hears(&["tick 1 99.99 x 100", "tick 2 100.01 x 100"])
        .await;
    let symbol = Some("ZZZ".into());
    let fault = Fault::BlankQuotes {
        symbol,
        for_ms: None,
    };
    assert!(venue.gateway.faults().order(fault).is_err());
}

#[tokio::test]
async fn any_notice_comes_out_of_the_blue() {
    let venue = quiet().await;
    let mut first = Raw::connect(&venue, 1).await;
    let mut second = Raw::connect(&venue, 2).await;
    let system = [
        326, 502, 504, 1_100, 1_101, 1_102, 2_103, 2_104, 2_105, 2_106, 2_107, 2_108,
    ];
    let notice = |code, order_id, client_id| {
        venue.goes_wrong(Fault::Notice {
            code,
            text: None,
            order_id,
            client_id,
        });
    };
    system.into_iter().for_each(|code| notice(code, None, None));
    let expect: Vec<String> = system.iter().map(|c| format!("notice -1 {c}")).collect();
    assert_eq!(first.all().await, expect);
    assert_eq!(second.all().await, expect);
    let of_orders = [103, 104, 105, 110, 201, 202, 10_147, 10_148];
    of_orders
        .into_iter()
        .for_each(|code| notice(code, Some(7), Some(2)));
    let expect: Vec<String> = of_orders.iter().map(|c| format!("notice 7 {c}")).collect();
    assert_eq!(first.all().await, [""; 0]);
    assert_eq!(second.all().await, expect);
}

/// What happens to orders while the broker is gone is told neither then nor later.
#[tokio::test]
async fn a_gateway_without_its_broker_takes_nothing_and_hears_nothing() {
    for (data_lost, code) in [(true, 1_101), (false, 1_102)] {
        let venue = quiet().await;
        let mut raw = rested(&venue, 1, 1, 5).await;
        let for_ms = Some(60_000);
        venue.goes_wrong(Fault::LoseConnectivity { for_ms, data_lost });
        venue.goes_wrong(Fault::Fill {
            order_ref: None,
            perm_id: None,
            quantity: None,
        });
        raw.place(2, "BUY", 1, 90.0).await;
        raw.cancel(1).await;
        raw.send(
            Id::GlobalCancel,
            &GlobalCancelRequest { order_cancel: None },
        )
        .await;
        raw.hears(&[
            "notice -1 1100",
            "notice 2 504",
            "notice 1 504",
            "notice -1 504",
        ])
        .await;
        venue.clock.pass(Span::from_secs(60));
        raw.hears(&[&format!("notice -1 {code}")]).await;
        assert_eq!(venue.orders(), ["ref-1 5 Filled is over"]);
        raw.send(Id::Executions, &ExecutionRequest::default()).await;
        raw.hears(&["executed 1 5 E-1.01", "cost E-1.01", "message 55"])
            .await;
    }
}

/// Ids come again that orders have which work on: both orders are told of under one id.
#[tokio::test]
async fn order_ids_roll_back() {
    let venue = quiet().await;
    let mut raw = rested(&venue, 1, 1, 5).await;
    raw.place(2, "BUY", 6, 90.0).await;
    raw.all().await;
    venue.goes_wrong(Fault::RollBackIds {
        by: 1,
        client_id: None,
    });
    raw.send(Id::Ids, &IdsRequest { num_ids: None }).await;
    raw.hears(&["next 2"]).await;
    raw.place(2, "BUY", 7, 90.0).await;
    assert_eq!(raw.all().await, rests(2, 7));
    raw.send(Id::OpenOrders, &OpenOrdersRequest {}).await;
    raw.hears(&[
        "order 1 Submitted",
        "status 1 Submitted 0+5",
        "order 2 Submitted",
        "status 2 Submitted 0+6",
        "order 2 Submitted",
        "status 2 Submitted 0+7",
        "message 53",
    ])
    .await;
    let fault = Fault::RollBackIds {
        by: 0,
        client_id: None,
    };
    assert!(venue.gateway.faults().order(fault).is_err());
}

#[tokio::test]
async fn at_midnight_the_days_executions_are_forgotten() {
    let venue = quiet().await;
    let mut raw = Raw::connect(&venue, 1).await;
    raw.place(1, "BUY", 5, 101.0).await;
    raw.all().await;
    venue.goes_wrong(Fault::Midnight {});
    let completed = CompletedOrdersRequest { api_only: None };
    raw.send(Id::CompletedOrders, &completed).await;
    raw.send(Id::Executions, &ExecutionRequest::default()).await;
    raw.hears(&["message 102", "message 55"]).await;
    // Who asks for two days finds them.
    let filter = ExecutionFilter {
        last_n_days: Some(2),
        ..ExecutionFilter::default()
    };
    let request = ExecutionRequest {
        execution_filter: Some(filter),
        ..ExecutionRequest::default()
    };
    raw.send(Id::Executions, &request).await;
    raw.hears(&["executed 1 5 E-1.01", "cost E-1.01", "message 55"])
        .await;
    raw.place(2, "BUY", 1, 101.0).await;
    raw.all().await;
    raw.send(Id::CompletedOrders, &completed).await;
    raw.hears(&["completed ref-2", "message 102"]).await;
}

#[tokio::test]
async fn fifty_messages_a_second_are_taken_and_no_more() {
    let venue = quiet().await;
    let mut raw = Raw::connect(&venue, 1).await;
    for _ in 0..2 {
        for _ in 0..49 {
            raw.send(Id::Ids, &IdsRequest { num_ids: None }).await;
        }
        assert_eq!(raw.all().await, vec!["next 1"; 49]);
        venue.clock.pass(Span::from_secs(1));
    }
    for _ in 0..51 {
        raw.send(Id::Ids, &IdsRequest { num_ids: None }).await;
    }
    let said = raw.all().await;
    assert_eq!(said.len(), 52, "{said:?}");
    assert_eq!(said[50..], ["notice -1 100", "hung up"]);

    let unpaced = GatewayConfig {
        messages_per_second_max: 0,
        ..config()
    };
    let venue = Venue::of(unpaced).await;
    let mut raw = Raw::connect(&venue, 1).await;
    for _ in 0..500 {
        raw.send(Id::Ids, &IdsRequest { num_ids: None }).await;
    }
    assert_eq!(raw.all().await, vec!["next 1"; 500]);
    venue.goes_wrong(Fault::Pacing {
        messages_per_second_max: 1,
    });
    raw.send(Id::Ids, &IdsRequest { num_ids: None }).await;
    raw.hears(&["next 1", "notice -1 100", "hung up"]).await;
}

#[tokio::test]
async fn a_list_ends_early_and_does_not_say_so() {
    let venue = quiet().await;
    let mut raw = Raw::connect(&venue, 1).await;
    for id in 1..3 {
        raw.place(id, "BUY", 1, 90.0).await;
    }
    for id in 3..5 {
        raw.place(id, "BUY", 1, 101.0).await;
    }
    raw.all().await;
    let cut = |list, after, code, hang_up| {
        venue.goes_wrong(Fault::CutNextList {
            list,
            after,
            code,
            hang_up,
        });
    };
    cut(List::OpenOrders, 1, None, false);
    cut(List::CompletedOrders, 1, None, false);
    cut(List::Executions, 1, Some(321), false);
    cut(List::Positions, 0, None, false);
    cut(List::AccountSummary, 1, None, false);
    cut(List::ContractData, 0, None, false);
    raw.send(Id::AllOpenOrders, &AllOpenOrdersRequest {}).await;
    raw.hears(&["order 1 Submitted", "status 1 Submitted 0+1"])
        .await;
    let completed = CompletedOrdersRequest { api_only: None };
    raw.send(Id::CompletedOrders, &completed).await;
    raw.hears(&["completed ref-3"]).await;
    let executions = ExecutionRequest {
        req_id: Some(8),
        ..ExecutionRequest::default()
    };
    raw.send(Id::Executions, &executions).await;
    raw.hears(&["executed 3 1 E-1.01", "cost E-1.01", "notice 8 321"])
        .await;
    raw.send(Id::Positions, &PositionsRequest {}).await;
    raw.hears(&[]).await;
    let summary = AccountSummaryRequest {
        req_id: Some(9),
        tags: Some("NetLiquidation,TotalCashValue".into()),
        ..AccountSummaryRequest::default()
    };
    raw.send(Id::AccountSummary, &summary).await;
    raw.hears(&["message 63"]).await;
    let contract = ContractDataRequest {
        req_id: Some(10),
        contract: Some(Contract {
            con_id: Some(1_001),
            ..Contract::default()
        }),
    };
    raw.send(Id::ContractData, &contract).await;
    raw.hears(&[]).await;
    // The next ones are whole again.
    raw.send(Id::CompletedOrders, &completed).await;
    raw.hears(&["completed ref-3", "completed ref-4", "message 102"])
        .await;
    cut(List::OpenOrders, 1, None, true);
    raw.send(Id::OpenOrders, &OpenOrdersRequest {}).await;
    raw.hears(&["order 1 Submitted", "status 1 Submitted 0+1", "hung up"])
        .await;
}

#[tokio::test]
async fn the_clock_that_is_told_can_be_off() {
    let venue = quiet().await;
    let mut raw = Raw::connect(&venue, 1).await;
    venue.goes_wrong(Fault::ClockOff { by_ms: -90_000 });
    raw.send(Id::CurrentTime, &CurrentTimeRequest {}).await;
    assert_eq!(raw.said().await.as_deref(), Some("time 1669928315"));
    venue.goes_wrong(Fault::Clear {});
    raw.send(Id::CurrentTime, &CurrentTimeRequest {}).await;
    assert_eq!(raw.said().await.as_deref(), Some("time 1669928405"));
}

#[tokio::test]
async fn a_script_goes_by_time_and_by_orders() {
    let venue = quiet().await;
    let mut raw = Raw::connect(&venue, 1).await;
    let script = "{\"do\":\"notice\",\"code\":2103,\"at\":2.5}\n\
                  {\"do\":\"notice\",\"code\":2104,\"after_orders\":2}\n\
                  {\"do\":\"drop_before_next_order\",\"after_orders\":2}\n\
                  {\"do\":\"notice\",\"code\":2105}\n";
    let script = Script::parse(script).unwrap();
    venue.gateway.faults().play(script);
    raw.hears(&["notice -1 2105"]).await;
    assert_eq!(venue.gateway.faults().state().waiting.len(), 3);
    venue.clock.pass(Span::from_millis(2_499));
    raw.hears(&[]).await;
    venue.clock.pass(Span::from_millis(1));
    raw.hears(&["notice -1 2103"]).await;
    raw.place(1, "BUY", 1, 90.0).await;
    assert_eq!(raw.all().await, rests(1, 1));
    raw.place(2, "BUY", 1, 90.0).await;
    let said = raw.all().await;
    assert_eq!(said[..4], rests(2, 1));
    assert_eq!(said[4..], ["notice -1 2104"]);
    raw.place(3, "BUY", 1, 90.0).await;
    raw.is_hung_up_on().await;
    assert_eq!(venue.orders().len(), 2);
}

/// Every order meets a fault of the wire: whatever that is, an order is there once or not at all.
#[tokio::test]
async fn faults_drawn_from_a_seed_are_those_of_the_seed() {
    let mut courses = Vec::new();
    for _ in 0..2 {
        let venue = quiet().await;
        venue.gateway.faults().draw(11, 1.0);
        let mut course = Vec::new();
        for id in 1..=12 {
            let mut raw = Raw::connect(&venue, id).await;
            let before = venue.gateway.faults().state().messages_heard;
            raw.place(1, "BUY", 1, 90.0).await;
            venue.heard(before + 1).await;
            let sessions = venue.gateway.faults().state().sessions;
            let there = sessions.iter().any(|session| session.client_id == id);
            course.push((venue.orders().len(), there));
            venue.clock.pass(Span::from_secs(2));
        }
        courses.push(course);
    }
    assert_eq!(courses[0], courses[1]);
    let taken = courses[0].last().unwrap().0;
    assert!((1..12).contains(&taken), "{:?}", courses[0]);
}

/// A clear word ends everything that waits or lasts.
#[tokio::test]
async fn all_can_be_made_well_again() {
    let venue = quiet().await;
    let mut raw = Raw::connect(&venue, 1).await;
    venue.goes_wrong(Fault::DropBeforeNextOrder {});
    venue.goes_wrong(Fault::RejectNextCancel {
        code: 10_147,
        text: None,
    });
    venue.goes_wrong(Fault::CutNextList {
        list: List::OpenOrders,
        after: 0,
        code: None,
        hang_up: true,
    });
    venue.goes_wrong(Fault::LoseConnectivity {
        for_ms: None,
        data_lost: false,
    });
    venue.goes_wrong(Fault::Mute {
        for_ms: None,
        messages: Meanwhile::Lost,
    });
    venue.gateway.faults().draw(1, 1.0);
    venue.goes_wrong(Fault::Clear {});
    raw.hears(&["notice -1 1100", "notice -1 1102"]).await;
    assert_eq!(venue.gateway.faults().state().waiting, []);
    raw.place(1, "BUY", 5, 90.0).await;
    assert_eq!(raw.all().await, rests(1, 5));
    raw.send(Id::OpenOrders, &OpenOrdersRequest {}).await;
    assert_eq!(raw.all().await.len(), 3);
    raw.cancel(1).await;
    assert_eq!(raw.all().await[2], "notice 1 202");
}

/// To the real client both are a success; only a list tells which it was.
#[tokio::test]
async fn lost_bytes_and_a_lost_answer_look_alike_to_the_real_client() {
    for (fault, listed) in [
        (Fault::DropBeforeNextOrder {}, &[][..]),
        (Fault::DropAfterNextOrder {}, &["1/1 lost Submitted"][..]),
    ] {
        let venue = quiet().await;
        let trader = venue.client(1).await;
        venue.goes_wrong(fault);
        let order = named(limit(Action::Buy, 5.0, 90.0), "lost");
        // It says that all went well.
        trader.submit(1, &order).await;
        while venue.gateway.faults().state().orders_heard == 0 {
            tokio::task::yield_now().await;
        }
        soon("the end", trader.client.disconnect()).await;
        drop(trader);
        let again = venue.client_again(1).await;
        let open = again.client.all_open_orders().await.unwrap();
        assert_eq!(crate::lists::open(open).await, listed);
    }
}
