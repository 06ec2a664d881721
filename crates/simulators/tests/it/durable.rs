//! What a gateway with a record brings back, wherever its process ended.

use std::path::Path;
use std::sync::Arc;

use polyfolio_model::{Qty, Span};
use polyfolio_simulators::tws::faults::GatewayState;
use polyfolio_simulators::tws::ids::ClientMessageId as Id;
use polyfolio_simulators::tws::messages::*;
use polyfolio_simulators::tws::record::{RECORD_FILE, RecordedFact, read_record};
use polyfolio_simulators::tws::{Fault, Gateway, GatewayConfig, GatewayError, Opening, Recovered};
use tempfile::TempDir;

use crate::common::{HandClock, Venue, config};
use crate::raw::Raw;

fn quiet(latency_ms: u32) -> GatewayConfig {
    let mut quiet = config();
    quiet.latency_ms = latency_ms;
    for stock in &mut quiet.stocks {
        stock.listing.market.arrival_rate = 0.0;
    }
    quiet
}

async fn opened(
    dir: &Path,
    clock: Arc<HandClock>,
    config: GatewayConfig,
) -> Result<(Venue, Recovered), GatewayError> {
    let opening = Opening {
        state: Some(dir.to_owned()),
        ..Opening::default()
    };
    let any = "127.0.0.1:0".parse().unwrap();
    let (gateway, recovered) = Gateway::open(any, config, clock.clone(), &opening).await?;
    Ok((Venue { gateway, clock }, recovered))
}

/// Ends a gateway where it is, and starts another one on what it left.
async fn again(venue: Venue, dir: &TempDir, latency_ms: u32) -> Venue {
    let clock = venue.clock.clone();
    drop(venue);
    let reopened = opened(dir.path(), clock, quiet(latency_ms)).await;
    reopened.unwrap().0
}

async fn fresh(latency_ms: u32) -> (Venue, TempDir) {
    let dir = TempDir::new().unwrap();
    let clock = HandClock::at("2022-12-01T21:00:05Z");
    let (venue, recovered) = opened(dir.path(), clock, quiet(latency_ms)).await.unwrap();
    assert_eq!(recovered, Recovered::default());
    (venue, dir)
}

/// All that outlives a process.
fn facts(venue: &Venue) -> GatewayState {
    GatewayState {
        messages_heard: 0,
        orders_heard: 0,
        sessions: Vec::new(),
        waiting: Vec::new(),
        ..venue.gateway.faults().state()
    }
}

#[tokio::test]
async fn orders_executions_ids_and_account_come_back() {
    let (venue, dir) = fresh(0).await;
    let mut raw = Raw::connect(&venue, 1).await;
    raw.place(1, "BUY", 5, 90.0).await;
    raw.place(2, "BUY", 6, 101.0).await;
    raw.place(3, "BUY", 7, 90.0).await;
    raw.cancel(3).await;
    raw.place(4, "BUY", 8, 90.001).await;
    raw.place(5, "SELL", 9, 110.0).await;
    raw.place(5, "SELL", 4, 111.0).await;
    raw.all().await;
    let fault = Fault::Fill {
        order_ref: Some("ref-5".into()),
        perm_id: None,
        quantity: Some(Qty::from(1)),
    };
    venue.gateway.faults().order(fault).unwrap();
    let before = facts(&venue);
    assert_eq!(before.orders.len(), 4);
    assert_eq!(before.executions.len(), 2);
    drop(raw);
    let venue = again(venue, &dir, 0).await;
    assert_eq!(facts(&venue), before);

    let mut raw = Raw::dial(&venue).await;
    raw.name_itself(1).await;
    let began = raw.all().await;
    assert_eq!(began[1], "next 6");
    raw.send(Id::OpenOrders, &OpenOrdersRequest {}).await;
    raw.send(
        Id::CompletedOrders,
        &CompletedOrdersRequest { api_only: None },
    )
    .await;
    raw.send(Id::Executions, &ExecutionRequest::default()).await;
    raw.hears(&[
        "order 1 Submitted",
        "status 1 Submitted 0+5",
        "order 5 Submitted",
        "status 5 Submitted 1+3",
        "message 53",
        "completed ref-2",
        "completed ref-3",
        "message 102",
        "executed 2 6 E-1.01",
        "cost E-1.01",
        "executed 5 1 E-2.01",
        "cost E-2.01",
        "message 55",
    ])
    .await;
    // What is used is used, what works is its client's to change.
    raw.place(2, "BUY", 6, 90.0).await;
    raw.place(4, "BUY", 6, 90.0).await;
    raw.place(5, "SELL", 4, 112.0).await;
    raw.cancel(1).await;
    raw.hears(&[
        "notice 2 104",
        "notice 4 103",
        "order 5 Submitted",
        "status 5 Submitted 1+3",
        "status 1 PendingCancel 0+5",
        "status 1 Cancelled 0+5",
        "notice 1 202",
    ])
    .await;
    let before = facts(&venue);
    drop(raw);
    let venue = again(venue, &dir, 0).await;
    assert_eq!(facts(&venue), before);
}

/// An order that was acknowledged and had not come to the market comes there, and a cancel too.
#[tokio::test]
async fn what_was_under_way_to_the_market_gets_there() {
    let (venue, dir) = fresh(500).await;
    let mut raw = Raw::connect(&venue, 1).await;
    raw.place(1, "BUY", 5, 90.0).await;
    raw.place(2, "BUY", 6, 90.0).await;
    raw.hears(&[
        "order 1 PendingSubmit",
        "status 1 PendingSubmit 0+5",
        "order 2 PendingSubmit",
        "status 2 PendingSubmit 0+6",
    ])
    .await;
    raw.cancel(2).await;
    raw.hears(&["status 2 PendingCancel 0+6"]).await;
    drop(raw);
    let venue = again(venue, &dir, 500).await;
    let mut raw = Raw::connect(&venue, 1).await;
    venue.clock.pass(Span::from_secs(1));
    raw.hears(&[
        "order 1 Submitted",
        "status 1 Submitted 0+5",
        "order 2 Submitted",
        "status 2 Submitted 0+6",
        "status 2 Cancelled 0+6",
        "notice 2 202",
    ])
    .await;
}

#[tokio::test]
async fn a_fill_that_follows_a_confirmed_cancel_follows_it_over_a_restart() {
    let (venue, dir) = fresh(0).await;
    let mut raw = Raw::connect(&venue, 1).await;
    raw.place(1, "BUY", 5, 90.0).await;
    let quantity = Some(Qty::from(2));
    let after_ms = 60_000;
    let fault = Fault::FillAfterNextCancel { quantity, after_ms };
    venue.gateway.faults().order(fault).unwrap();
    raw.cancel(1).await;
    assert_eq!(raw.all().await[5], "status 1 Cancelled 0+5");
    drop(raw);
    let venue = again(venue, &dir, 0).await;
    let state = facts(&venue);
    assert_eq!(state.orders[0].filled, Qty::from(2));
    assert_eq!(state.orders[0].status, "Cancelled");
    assert!(!state.orders[0].works);
}

#[tokio::test]
async fn ids_that_rolled_back_and_a_day_that_ended_stay_so() {
    let (venue, dir) = fresh(0).await;
    let mut raw = Raw::connect(&venue, 1).await;
    for id in 1..4 {
        raw.place(id, "BUY", 1, 101.0).await;
    }
    raw.all().await;
    let faults = venue.gateway.faults();
    let (by, client_id) = (2, None);
    faults.order(Fault::RollBackIds { by, client_id }).unwrap();
    faults.order(Fault::Midnight {}).unwrap();
    drop((raw, faults));
    let venue = again(venue, &dir, 0).await;
    let mut raw = Raw::dial(&venue).await;
    raw.name_itself(1).await;
    assert_eq!(raw.all().await[1], "next 2");
    raw.send(Id::Executions, &ExecutionRequest::default()).await;
    raw.hears(&["message 55"]).await;
}

/// Whatever of the last line was written, the lines before it hold.
#[tokio::test]
async fn a_line_without_its_end_is_cut_off() {
    let (venue, dir) = fresh(0).await;
    let mut raw = Raw::connect(&venue, 1).await;
    raw.place(1, "BUY", 5, 90.0).await;
    raw.all().await;
    let clock = venue.clock.clone();
    let before = facts(&venue);
    drop((raw, venue));
    let path = dir.path().join(RECORD_FILE);
    let whole = std::fs::read(&path).unwrap();
    for torn in ["{", "{\"line\":\"midnight\"}", "\u{0}\u{0}"] {
        let bytes = [whole.as_slice(), torn.as_bytes()].concat();
        std::fs::write(&path, bytes).unwrap();
        let reopened = opened(dir.path(), clock.clone(), quiet(0)).await;
        let (venue, recovered) = reopened.unwrap();
        assert_eq!(recovered.torn_bytes, torn.len() as u64);
        assert_eq!(facts(&venue), before);
    }
}

#[tokio::test]
async fn a_record_that_is_not_sound_is_refused_by_line() {
    let (venue, dir) = fresh(0).await;
    let clock = venue.clock.clone();
    drop(venue);
    let path = dir.path().join(RECORD_FILE);
    let whole = std::fs::read_to_string(&path).unwrap();
    let refused = async |text: String| {
        std::fs::write(&path, text).unwrap();
        let reopened = opened(dir.path(), clock.clone(), quiet(0)).await;
        match reopened.map(|_| ()).unwrap_err() {
            GatewayError::Record(fault) => fault.to_string(),
            fault => panic!("{fault}"),
        }
    };
    let lines = whole.lines().count();
    let said = refused(format!("{whole}{{\"line\":\"dream\"}}\n")).await;
    assert!(said.contains(&format!("line {}: ", lines + 1)), "{said}");
    let said = refused("{\"line\":\"midnight\"}\n".into()).await;
    assert!(said.contains("line 1: the record does not begin"), "{said}");
    let said = refused(whole.replace("\"format\":1", "\"format\":2")).await;
    assert!(said.contains("format 2, this program reads 1"), "{said}");
}

#[tokio::test]
async fn a_record_is_one_gateways_and_one_accounts() {
    let (venue, dir) = fresh(0).await;
    let clock = venue.clock.clone();
    let second = opened(dir.path(), clock.clone(), quiet(0)).await;
    let said = second.map(|_| ()).unwrap_err();
    assert!(matches!(said, GatewayError::Record(_)), "{said}");
    drop(venue);
    let other = GatewayConfig {
        account: "DU7654321".into(),
        ..quiet(0)
    };
    let said = opened(dir.path(), clock.clone(), other).await;
    let said = said.map(|_| ()).unwrap_err().to_string();
    assert!(said.contains("DU1234567's, not DU7654321's"), "{said}");
    let mut smaller = quiet(0);
    smaller.positions.clear();
    smaller.stocks.retain(|stock| stock.symbol != "AAA");
    // Nothing was ever ordered in it.
    opened(dir.path(), clock, smaller).await.unwrap();
}

/// Seeded faults are others at every start: an order that is lost at one is not at each.
#[tokio::test]
async fn every_start_draws_faults_of_its_own() {
    let (mut venue, dir) = fresh(0).await;
    let mut courses = Vec::new();
    for _ in 0..3 {
        venue.gateway.faults().draw(3, 0.5);
        let mut course = String::new();
        for client in 1..=16 {
            let mut raw = Raw::connect(&venue, client).await;
            let before = venue.gateway.faults().state().messages_heard;
            raw.place(100_000, "BUY", 1, 90.0).await;
            while venue.gateway.faults().state().messages_heard == before {
                tokio::task::yield_now().await;
            }
            let sessions = venue.gateway.faults().state().sessions;
            let stays = sessions.iter().any(|session| session.client_id == client);
            course.push(if stays { '.' } else { 'x' });
            venue.clock.pass(Span::from_secs(2));
        }
        courses.push(course);
        venue = again(venue, &dir, 0).await;
    }
    assert!(
        courses[0] != courses[1] && courses[1] != courses[2],
        "{courses:?}"
    );
}

/// What days ago ended leaves memory; its ids stay used.
#[tokio::test]
async fn old_orders_are_forgotten() {
    let (venue, dir) = fresh(0).await;
    let mut raw = Raw::connect(&venue, 1).await;
    raw.place(1, "BUY", 5, 101.0).await;
    raw.place(2, "BUY", 5, 90.0).await;
    raw.all().await;
    for (days, orders) in [(1, 2), (1, 1), (1, 1)] {
        venue.clock.pass(Span::from_secs(86_400 * days));
        assert_eq!(facts(&venue).orders.len(), orders);
    }
    let filter = ExecutionFilter {
        last_n_days: Some(7),
        ..ExecutionFilter::default()
    };
    let request = ExecutionRequest {
        execution_filter: Some(filter),
        ..ExecutionRequest::default()
    };
    raw.send(Id::Executions, &request).await;
    assert_eq!(raw.all().await.len(), 3);
    venue.clock.pass(Span::from_secs(86_400 * 4));
    raw.send(Id::Executions, &request).await;
    raw.hears(&["message 55"]).await;
    raw.place(1, "BUY", 5, 101.0).await;
    raw.hears(&["notice 1 103"]).await;
    let before = facts(&venue);
    drop(raw);
    let venue = again(venue, &dir, 0).await;
    let after = facts(&venue);
    assert_eq!(
        (after.orders, after.positions),
        (before.orders, before.positions)
    );
}

/// What an audit reads: the client's names, every line, and nothing that has no end.
#[tokio::test]
async fn a_record_tells_an_audit_what_became_of_whose_order() {
    let (venue, dir) = fresh(0).await;
    assert_eq!(read_record(TempDir::new().unwrap().path()).unwrap(), []);
    let mut raw = Raw::connect(&venue, 1).await;
    raw.place(1, "BUY", 5, 90.0).await;
    raw.place(1, "BUY", 7, 90.0).await;
    raw.cancel(1).await;
    raw.place(2, "BUY", 6, 101.0).await;
    raw.all().await;
    let refuse = Fault::RejectNextOrder {
        code: 201,
        text: None,
    };
    venue.gateway.faults().order(refuse).unwrap();
    raw.place(3, "BUY", 8, 90.0).await;
    raw.all().await;
    drop((raw, venue));
    let path = dir.path().join(RECORD_FILE);
    let mut bytes = std::fs::read(&path).unwrap();
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
    bytes.extend(b"{\"line\":\"midnight\"}");
    std::fs::write(&path, bytes).unwrap();

    let record = read_record(dir.path()).unwrap();
    assert_eq!(record.len(), lines);
    assert!(record.is_sorted_by_key(|line| line.time));
    let told = record.iter().filter_map(|line| match &line.what {
        RecordedFact::Opened { cash, .. } => Some(format!("opened with {cash}")),
        RecordedFact::Entered {
            order_ref,
            instrument,
            side,
            quantity,
        } => Some(format!(
            "{} {side} {quantity} {instrument}",
            name(order_ref)
        )),
        RecordedFact::Refused { order_ref } => Some(format!("{} refused", name(order_ref))),
        RecordedFact::Replaced {
            order_ref,
            quantity,
        } => Some(format!("{} is {quantity}", name(order_ref))),
        RecordedFact::Traded {
            order_ref,
            exec_id,
            quantity,
            ..
        } => Some(format!("{} traded {quantity} {exec_id}", name(order_ref))),
        RecordedFact::Ended { order_ref } => Some(format!("{} ended", name(order_ref))),
        RecordedFact::Other => None,
    });
    let cash = quiet(0).cash;
    let expect = [
        &format!("opened with {cash}"),
        "ref-1 BUY 5 AAA.NYSE",
        "ref-1 is 7",
        "ref-1 ended",
        "ref-2 BUY 6 AAA.NYSE",
        "ref-2 traded 6 E-1.01",
        "ref-3 refused",
    ];
    assert_eq!(told.collect::<Vec<_>>(), expect);
}

fn name(order_ref: &Option<String>) -> &str {
    order_ref.as_deref().unwrap()
}
