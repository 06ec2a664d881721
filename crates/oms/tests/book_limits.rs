//! Records at the ends of what they may say.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use polyfolio_model::{Money, Qty, RequestId, RunId};
use polyfolio_oms::{Book, Record};
use polyfolio_portfolio::ledger::Ledger;

fn record(text: &str) -> Record {
    Record::decode("test", 1, text.as_bytes()).unwrap()
}

/// Wrapped, they would begin again with ids that were used.
#[test]
fn the_last_id_is_not_followed_by_the_first() {
    let mut book = Book::new(7);
    book.apply(&record(
        r#"{"kind":"planned","run":4294967295,"decision_date":"2022-11-30","start":"2022-11-30T21:00:00Z",
            "deadline":"2022-11-30T21:05:00Z","parents":0,"plan":null}"#,
    ));
    book.apply(&record(
        r#"{"kind":"asked","cl_ord_id":"00000007000000010000000100000001","request":18446744073709551615,
            "time":"2022-11-30T21:00:01Z"}"#,
    ));
    assert_eq!(book.next_run(), RunId(u32::MAX));
    assert_eq!(book.next_request(), RequestId(u64::MAX));
}

#[test]
fn a_stored_order_of_nothing_or_less_does_not_read() {
    let decoded = |quantity: &str| {
        let text = format!(
            r#"{{"kind":"intent","attempt":1,"time":"2022-11-30T21:00:00Z","order":{{
                "cl_ord_id":"00000007000000010000000100000001","instrument":"A","side":"BUY",
                "order_qty":"{quantity}","ord_type":"market","time_in_force":"day"}}}}"#
        );
        Record::decode("intent", 1, text.as_bytes())
    };
    assert!(decoded("0.5").is_ok());
    for quantity in ["0", "-5", "-0.00"] {
        let refused = decoded(quantity).unwrap_err().to_string();
        assert!(refused.contains("must be above zero"), "{refused}");
    }
}

fn refused(text: &str) -> String {
    let read = Record::decode("test", 1, text.as_bytes());
    read.unwrap_err().to_string()
}

#[test]
fn an_amount_beyond_every_amount_does_not_read_and_is_named() {
    let fact = |px: &str| {
        format!(
            r#"{{"kind":"fact","heard":"2022-11-30T21:00:02Z","report":{{
                "cl_ord_id":"00000007000000010000000100000001","time":"2022-11-30T21:00:01Z",
                "kind":{{"trade":{{"exec_id":"E-1","last_qty":"10","last_px":"{px}"}}}}}}}}"#
        )
    };
    assert!(Record::decode("fact", 1, fact("10000000000").as_bytes()).is_ok());
    let said = refused(&fact("79228162514264337593543950335"));
    let place = "cannot be read at report.kind.trade.last_px: ";
    let why = r#""79228162514264337593543950335" is no price: none is greater than 10000000000"#;
    assert!(said.contains(&format!("{place}{why}")), "{said}");
    let adopted = r#"{"kind":"adopted","cash":"0","positions":{"A":"-1000000000000000001"},
        "reason":"policy","time":"2022-11-30T21:00:02Z"}"#;
    let said = refused(adopted);
    assert!(said.contains("cannot be read at positions.A: "), "{said}");
}

#[test]
fn a_parent_or_an_amendment_of_nothing_or_less_does_not_read() {
    let parent = |quantity: &str| {
        format!(
            r#"{{"kind":"parent","id":"1.1","side":"BUY","order_qty":"{quantity}","wants":[],
                "instrument":{{"id":"A","tick":"0.01","lot":"1","min_notional":"0","currency":"USD"}},
                "algo":"market","start":"2022-11-30T21:00:00Z","deadline":"2022-11-30T21:05:00Z",
                "at_deadline":"sweep","sweep_for":1}}"#
        )
    };
    let amendment = |quantity: &str| {
        format!(
            r#"{{"kind":"asked","cl_ord_id":"00000007000000010000000100000001","request":1,
                "amend":{{"order_qty":"{quantity}","price":null}},"time":"2022-11-30T21:00:01Z"}}"#
        )
    };
    for text in [parent("1"), amendment("1")] {
        record(&text);
    }
    for text in [parent("0"), parent("-5"), amendment("0"), amendment("-0.1")] {
        assert!(refused(&text).contains("must be above zero"), "{text}");
    }
}

/// Records that each can be read, and are more together than any amount can be.
#[test]
fn sums_beyond_every_amount_stop_there_and_read_back() {
    let mut book = Book::new(7);
    let allocated = r#"{"kind":"allocated","cl_ord_id":"00000007000000010000000100000001",
        "exec_id":"E-1","instrument":"A","price":"10000000000","shares":[
        {"sleeve":"a","quantity":"1000000000000000000","fee":"10000000000000000000000000000"}]}"#;
    for _ in 0..20 {
        book.apply(&record(allocated));
    }
    let ledger = book.ledger();
    assert_eq!(ledger.positions()["A"], Qty::MAX);
    assert_eq!(ledger.cash(), -Money::MAX);
    let bytes = serde_json::to_vec(ledger).unwrap();
    assert_eq!(&serde_json::from_slice::<Ledger>(&bytes).unwrap(), ledger);
}
