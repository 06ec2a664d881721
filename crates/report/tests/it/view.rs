//! The published answers, byte for byte.

use polyfolio_oms::Book;
use polyfolio_oms::records::{Record, Stopped, Withdrawn};
use polyfolio_report::View;
use polyfolio_report::view::{Answer, Source, Stage};
use serde_json::{Value, json};

use crate::journal::{self, Journal};

fn check<T: serde::Serialize>(answer: &Answer<T>, expected: Value) {
    assert_eq!(serde_json::to_value(answer).unwrap(), expected);
}

/// At work the last word is the intent of 21:05, at the end it is the mark.
fn head(verb: &str, as_of: &str, mut body: Value) -> Value {
    body["schema"] = format!("polyfolio.{verb}/1").into();
    body["as_of"] = as_of.into();
    body["source"] = "store".into();
    body
}

#[test]
fn before_the_first_run_there_is_little_to_say() {
    let view = View::of(&Journal::new().book);
    assert_eq!((view.status.body.run, view.status.body.stage), (None, None));
    assert!(view.orders.body.orders.is_empty() && view.nav.body.nav.is_empty());
    assert_eq!(view.positions.body.positions.len(), 1);
    assert_eq!(View::of(&Book::new(1)).status.as_of, None);
}

#[test]
fn status_says_how_far_the_run_has_come() {
    let view = View::of(&journal::first_run_at_work().book);
    let expected = json!({
        "run": "20221130-001", "stage": "executing", "deadline": "2022-11-30T21:05:00Z",
        "ended": null, "abandoned": null, "trading_state": "active", "trading_reason": "",
        "parents": 2, "done": 0, "working": 0, "unknown": 1, "stopped": {}, "breaks": 0,
        "records": 14,
    });
    check(
        &view.status,
        head("status", "2022-11-30T21:05:00Z", expected),
    );
    let over = View::of(&journal::first_run().book);
    assert_eq!(over.status.body.stage, Some(Stage::Completed));
    assert_eq!((over.status.body.done, over.status.body.unknown), (2, 0));
}

#[test]
fn positions_say_who_holds_what() {
    let view = View::of(&journal::first_run_at_work().book);
    let expected = json!({ "positions": {
        "BND": { "quantity": "7", "sleeves": {}, "unclaimed": "7" },
        "CVX": { "quantity": "200", "sleeves": { "trend": "87", "momentum": "113" }, "unclaimed": "0" },
        "KO": { "quantity": "0", "sleeves": { "trend": "40", "reversion": "-40" }, "unclaimed": "0" },
    }});
    check(
        &view.positions,
        head("positions", "2022-11-30T21:05:00Z", expected),
    );
}

#[test]
fn orders_say_what_is_known_of_each() {
    let view = View::of(&journal::first_run_at_work().book);
    let expected = json!({ "orders": [
        { "cl_ord_id": "00000abc000000010000000100000001", "parent": "1.1", "symbol": "CVX",
          "side": "BUY", "order_qty": "200", "cum_qty": "200", "leaves_qty": "0",
          "price": "179.25", "avg_px": "179.25", "status": "Filled", "unknown": false,
          "gone": null, "venue_id": "V1", "decided": "2022-11-30T21:00:01Z",
          "sleeves": { "trend": "87", "momentum": "113" } },
        { "cl_ord_id": "00000abc000000010000000100000002", "parent": "1.1", "symbol": "CVX",
          "side": "BUY", "order_qty": "212", "cum_qty": "0", "leaves_qty": "212",
          "price": null, "avg_px": null, "status": "PendingNew", "unknown": true,
          "gone": null, "venue_id": null, "decided": "2022-11-30T21:05:00Z", "sleeves": {} },
    ]});
    check(
        &view.orders,
        head("orders", "2022-11-30T21:05:00Z", expected),
    );
}

#[test]
fn orders_of_an_earlier_run_are_shown_while_they_are_open() {
    let closed = View::of(&journal::two_runs().book).orders.body.orders;
    assert_eq!(
        closed
            .iter()
            .map(|line| line.cl_ord_id.run)
            .collect::<Vec<_>>(),
        [2]
    );
    let mut journal = journal::first_run_at_work();
    journal.plan(2, "2022-12-01", 86_400, Value::Null);
    let open = View::of(&journal.book).orders.body.orders;
    let ids: Vec<_> = open
        .iter()
        .map(|line| (line.cl_ord_id.run, line.cl_ord_id.child))
        .collect();
    assert_eq!(ids, [(1, 2)]);
}

#[test]
fn orders_of_an_earlier_run_are_shown_when_a_person_decides_of_them_or_has() {
    let (closed, open) = (journal::cl_ord_id(1, 1, 1), journal::cl_ord_id(1, 1, 2));
    let shown = |journal: &journal::Journal| {
        let orders = View::of(&journal.book).orders.body.orders;
        let line = |line: &polyfolio_report::view::OrderLine| (line.cl_ord_id, line.gone.clone());
        orders.iter().map(line).collect::<Vec<_>>()
    };
    let mut journal = journal::first_run_at_work();
    journal.plan(2, "2022-12-01", 86_400, Value::Null);
    assert_eq!(shown(&journal), [(open, None)]);
    journal.write(Record::Stopped(Stopped {
        instrument: "CVX".into(),
        reason: Some(format!(
            "the fate of order {closed} is unknown: no list has it"
        )),
        time: journal::at(86_401),
    }));
    assert_eq!(shown(&journal), [(closed, None), (open, None)]);
    journal.write(Record::Absent(Withdrawn {
        cl_ord_id: open,
        evidence: "a person: I rang them".to_owned(),
        time: journal::at(86_402),
    }));
    assert_eq!(
        shown(&journal),
        [(closed, None), (open, Some("absent".into()))]
    );
}

#[test]
fn nav_is_a_list_of_times_and_values() {
    let view = View::of(&journal::first_run().book);
    let expected = json!({ "nav": [["2022-11-30T21:06:01Z", "1000433.48"]] });
    check(&view.nav, head("nav", "2022-11-30T21:06:01Z", expected));
}

#[test]
fn a_view_reads_back_and_says_that_it_is_one() {
    let view = View::of(&journal::two_runs().book);
    let read = View::read(&view.write().unwrap()).unwrap();
    assert_eq!(read.status.source, Source::View);
    assert_eq!(read.status.body, view.status.body);
    assert_eq!(
        (read.orders.body, read.orders.source),
        (view.orders.body, Source::View)
    );
    assert_eq!(
        (read.nav.body, read.nav.source),
        (view.nav.body, Source::View)
    );
    assert_eq!(
        (read.positions.body, read.positions.source),
        (view.positions.body, Source::View)
    );
    assert_eq!(
        (read.slippage.body, read.slippage.source),
        (view.slippage.body, Source::View)
    );
    assert!(View::read(b"{\"status\":").is_err());
}
