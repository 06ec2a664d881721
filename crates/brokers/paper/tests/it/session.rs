//! What a connector sees: links, reports, quotes, snapshots, in virtual time.

use std::sync::{Arc, Mutex};

use polyfolio_broker_paper::{read_snapshot, read_tape};
use polyfolio_model::{ExecKind, OrdStatus, Qty, RejectReason, RequestId, Side, Span, Ts};
use polyfolio_ports::{Broker, Clock, Command, Link, MarketData, NotSent, QuoteUpdate, Report};

use crate::common::*;

#[tokio::test(start_paused = true)]
async fn an_order_is_answered_one_round_trip_later() {
    let dir = tempfile::tempdir().unwrap();
    let venue = opened(dir.path());
    let mut session = Session::start(&venue);
    session.pass(Span::from_millis(1_500)).await;
    let sent = session.clock.now();
    session.send(order(1, Side::Buy, 10, "market"));
    session.pass_secs(1).await;
    let said = session.said();
    assert_eq!(said[0].1, Report::Link(Link::Ready));
    assert_eq!(said.len(), 3);
    for (heard, report) in &said[1..] {
        let Report::Execution(report) = report else {
            panic!("{report:?}");
        };
        assert_eq!(report.time, sent + Span::from_millis(30));
        assert_eq!(*heard, sent + Span::from_millis(60));
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_before_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let venue = opened(dir.path());
    let clock = TokioClock::from(venue.venue_time().unwrap());
    let mut broker = venue.broker(clock);
    let sent = broker.send(Command::New(order(1, Side::Buy, 10, "market")));
    assert_eq!(sent, Err(NotSent("the paper broker is not started")));
}

/// Five virtual minutes of orders; returns the tape's bytes.
async fn five_minutes(dir: &std::path::Path) -> Vec<u8> {
    let venue = opened(dir);
    let mut session = Session::start(&venue);
    for minute in 0..5 {
        for (child, side, price) in [
            (1, Side::Buy, "99.97"),
            (2, Side::Sell, "100.03"),
            (3, Side::Buy, "market"),
            (4, Side::Sell, "100.50"),
        ] {
            session.send(order(10 * minute + child, side, 7, price));
        }
        session.pass_secs(30).await;
        let cancel = Command::Cancel(id(10 * minute + 4), RequestId(u64::from(minute)));
        session.broker.send(cancel).unwrap();
        session.pass_secs(30).await;
    }
    venue.advance_to(session.clock.now());
    let passed = venue.venue_time().unwrap().since(Ts::on(date(1), 21));
    assert_eq!(passed, Span::from_secs(300));
    std::fs::read(dir.join("tape.jsonl")).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_seed_gives_the_same_bytes() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = five_minutes(one.path()).await;
    assert_eq!(first, five_minutes(two.path()).await);
    let tape = read_tape(one.path()).unwrap();
    let count = |tag| tape.iter().filter(|line| line.event == tag).count();
    use polyfolio_broker_paper::TapeTag;
    assert_eq!(count(TapeTag::Accepted), 20);
    assert!(count(TapeTag::Traded) >= 10);
    assert_eq!(
        count(TapeTag::Traded) + count(TapeTag::Canceled),
        20 - open_orders(&tape)
    );
}

/// Orders on a tape that have neither traded nor ended.
fn open_orders(tape: &[polyfolio_broker_paper::TapeLine]) -> usize {
    use polyfolio_broker_paper::TapeTag;
    let mut open = std::collections::BTreeSet::new();
    for line in tape {
        match line.event {
            TapeTag::Accepted => assert!(open.insert(line.cl_ord_id)),
            TapeTag::Traded | TapeTag::Canceled => assert!(open.remove(&line.cl_ord_id)),
            _ => {}
        }
    }
    open.len()
}

#[tokio::test(start_paused = true)]
async fn every_line_has_the_keys_that_readers_rely_on() {
    let dir = tempfile::tempdir().unwrap();
    let bytes = five_minutes(dir.path()).await;
    for line in String::from_utf8(bytes).unwrap().lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let keys = [
            "time",
            "event",
            "cl_ord_id",
            "symbol",
            "side",
            "quantity",
            "price",
            "exec_id",
        ];
        for key in keys {
            assert!(line.get(key).is_some(), "{key} in {line}");
        }
        if line["event"] == "traded" {
            assert_eq!(line["cl_ord_id"].as_str().unwrap().len(), 32);
            assert!(line["quantity"].is_string() && line["price"].is_string());
            assert!(line["exec_id"].is_string() && line["fee"].is_string());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn quotes_come_to_those_who_asked_the_present_ones_first() {
    let dir = tempfile::tempdir().unwrap();
    let venue = opened(dir.path());
    let clock = TokioClock::from(venue.venue_time().unwrap());
    let heard: Arc<Mutex<Vec<QuoteUpdate>>> = Arc::default();
    let ear = heard.clone();
    let mut data = venue.market_data(clock.clone());
    data.subscribe(
        vec!["AAA".into()],
        Arc::new(move |update| ear.lock().unwrap().push(update)),
    );
    let session = Session::start(&venue);
    session.pass_secs(120).await;
    let quotes = heard.lock().unwrap().clone();
    assert!(quotes.len() > 10, "{}", quotes.len());
    assert!(
        quotes
            .iter()
            .all(|update| update.instrument == "AAA".into())
    );
    assert_eq!(quotes[0].quote.mid(), Some(100.into()));
    assert_eq!(
        Some(quotes.last().unwrap().quote),
        venue.quote(&"AAA".into())
    );
    drop(data);
    session.pass_secs(120).await;
    assert_eq!(heard.lock().unwrap().len(), quotes.len());
}

#[tokio::test(start_paused = true)]
async fn a_snapshot_says_everything() {
    let dir = tempfile::tempdir().unwrap();
    let venue = opened(dir.path());
    let mut session = Session::start(&venue);
    session.send(order(1, Side::Buy, 10, "market"));
    session.send(order(2, Side::Buy, 10, "90.00"));
    session.send(order(3, Side::Buy, 10, "90.005"));
    session.pass_secs(1).await;
    let snapshot = session.snapshot(1).await;
    let read = read_snapshot(dir.path(), &config()).unwrap();
    assert_eq!(read.as_ref(), Some(&snapshot));
    let statuses: Vec<_> = snapshot.orders.iter().map(|o| o.status).collect();
    assert_eq!(
        statuses,
        [OrdStatus::Filled, OrdStatus::New, OrdStatus::Rejected]
    );
    assert_eq!(snapshot.fills.len(), 1);
    let fill = &snapshot.fills[0];
    assert_eq!(fill.cl_ord_id, Some(id(1)));
    let held = [("AAA".into(), Qty::from(10)), ("BBB".into(), Qty::from(40))];
    assert_eq!(snapshot.positions, held);
    let cost = fill.fill.last_px * Qty::from(10) + fill.fill.fee.unwrap();
    assert_eq!(snapshot.cash, Some(config().cash - cost));
    assert_eq!(snapshot.reaches_back_to, None);
    let account = venue.account().unwrap();
    let value = account
        .positions
        .iter()
        .map(|(id, q)| account.mids[id] * *q);
    assert_eq!(account.nav, Some(account.cash + value.sum()));
}

#[tokio::test(start_paused = true)]
async fn a_new_session_begins_with_its_link_and_may_ask_again() {
    let dir = tempfile::tempdir().unwrap();
    let venue = opened(dir.path());
    let mut first = Session::start(&venue);
    first.send(order(1, Side::Buy, 10, "market"));
    // The answer is on the wire when the connector dies.
    first.pass(Span::from_millis(45)).await;
    let mut second = Session::on(&venue, first.clock.clone());
    assert_eq!(first.kinds(), []);
    second.broker.send(Command::Query(id(1))).unwrap();
    second.pass_secs(1).await;
    assert_eq!(second.said()[0].1, Report::Link(Link::Ready));
    let kinds = second.kinds();
    assert!(matches!(kinds.last(), Some(ExecKind::Status { cum_qty }) if *cum_qty == 10.into()));
    let exec_ids: std::collections::BTreeSet<_> = kinds
        .iter()
        .filter_map(|kind| match kind {
            ExecKind::Trade(fill) => Some(fill.exec_id.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(exec_ids.len(), 1);
    assert_eq!(first.kinds(), []);
}

#[tokio::test(start_paused = true)]
async fn a_duplicate_is_refused_and_trades_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let venue = opened(dir.path());
    let mut session = Session::start(&venue);
    session.send(order(1, Side::Buy, 10, "market"));
    session.send(order(1, Side::Buy, 10, "market"));
    session.pass_secs(1).await;
    let kinds = session.kinds();
    assert_eq!(kinds.len(), 3);
    let refused = |kind: &ExecKind| {
        matches!(
            kind,
            ExecKind::Rejected {
                reason: RejectReason::DuplicateClOrdId,
                ..
            }
        )
    };
    assert!(refused(&kinds[2]));
    assert_eq!(venue.account().unwrap().positions["AAA"], Qty::from(10));
}
