//! A journal of which the end was lost: nothing is counted twice, and what was in the air is
//! settled with the broker.

mod support;

use polyfolio_model::broker::Snapshot;
use polyfolio_model::{ExecKind, OrdStatus, RunId};
use polyfolio_oms::router::{Input, OLDER_STATE};
use polyfolio_oms::salvage::{NoIdsLeft, after_salvage};
use polyfolio_oms::{Book, Record};
use polyfolio_portfolio::TradingState;
use support::*;

/// Four of ten filled, the rest works; then everything behind is lost.
fn salvaged(lost: u64) -> Desk {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.trade(child(1), "E1", 4);
    desk.pass(secs(1));
    let mut desk = desk.crash(config());
    let records = after_salvage(desk.book(), lost, "records were lost".to_owned());
    desk.durable.extend(records.unwrap());
    desk.crash(config())
}

fn shown(cum_qty: i64, status: OrdStatus) -> Snapshot {
    Snapshot {
        orders: vec![listed(child(1), 10, cum_qty, status)],
        ..holding(cum_qty)
    }
}

#[test]
fn a_working_order_is_unknown_and_ids_go_on_above_all_that_was_lost() {
    for lost in [0, 1, 1_000, 1_000_000] {
        let desk = salvaged(lost);
        let book = desk.book();
        let order = book.child(child(1)).unwrap();
        assert!(order.is_unknown() && !order.is_working());
        assert_eq!(order.may_still_fill(), qty(6), "what is filled is filled");
        assert!(u64::from(book.next_run().0) > 1 + lost);
        assert!(book.next_request().0 > lost);
        assert_eq!(book.next_run().0 % 100_000, 1);
        assert_eq!(book.trading(), (TradingState::Halted, "records were lost"));
        assert!(book.active_run().unwrap().abandoned.is_some());
        assert_eq!(book.salvaged().unwrap().lost, lost);
    }
}

#[test]
fn an_order_that_still_works_is_found_canceled_and_the_run_ends() {
    let mut desk = salvaged(5);
    desk.connect();
    desk.pass_answering(secs(3), &shown(4, OrdStatus::PartiallyFilled));
    assert!(desk.book().child(child(1)).unwrap().is_working());
    let (id, request) = desk.cancels[0];
    assert_eq!(id, child(1));
    assert!(request.0 > 100_000, "{request:?}");
    desk.canceled(id, Some(4));
    desk.pass_answering(secs(10), &shown(4, OrdStatus::Canceled));
    assert!(desk.run_has_ended());
    assert!(desk.sent.is_empty() && desk.book().breaks().is_empty());
    let found = desk.book().next_run();
    assert_eq!(found, desk.crash(config()).book().next_run());
}

#[test]
fn an_order_that_filled_in_the_lost_records_is_settled_by_the_broker() {
    let mut desk = salvaged(5);
    desk.connect();
    let filled = Snapshot {
        fills: vec![executed(child(1), "E1", 4), executed(child(1), "E2", 6)],
        ..shown(10, OrdStatus::Filled)
    };
    desk.pass_answering(secs(10), &filled);
    assert_eq!(desk.parent().cum_qty, qty(10));
    assert_eq!(desk.book().ledger().positions()[SYMBOL], qty(10));
    assert!(desk.run_has_ended());
    assert!(desk.sent.is_empty() && desk.book().breaks().is_empty());
}

#[test]
fn an_order_that_nobody_has_any_more_is_over_and_is_not_sent_again() {
    let mut desk = salvaged(5);
    desk.connect();
    desk.pass_answering(secs(60), &holding(4));
    assert!(!desk.book().child(child(1)).unwrap().is_open());
    assert!(desk.run_has_ended());
    assert!(desk.sent.is_empty());
}

#[test]
fn nothing_is_planned_under_a_lost_id() {
    let mut desk = salvaged(5);
    desk.connect();
    desk.pass_answering(secs(60), &holding(4));
    let active = TradingState::Active;
    desk.take(Input::SetTrading(active, "a person has looked".to_owned()));
    desk.quote(99, 101);
    desk.take(Input::Plan(Box::new(plan(vec![parent(limit())]))));
    let run = desk.book().run().unwrap().planned.run;
    assert!(run > RunId(100_000), "{run:?}");
    assert_eq!(desk.sent.last().unwrap().cl_ord_id.run, run.0);
}

#[test]
fn an_order_of_a_lost_record_is_not_traded_over() {
    let mut desk = salvaged(5);
    desk.connect();
    let mut lost = listed(child(2), 3, 0, OrdStatus::New);
    lost.venue_id = venue_id(child(2));
    let mut snapshot = shown(4, OrdStatus::Canceled);
    snapshot.orders.push(lost);
    desk.pass_answering(secs(10), &snapshot);
    let codes: Vec<&str> = desk
        .book()
        .breaks()
        .iter()
        .map(|b| b.code.as_str())
        .collect();
    assert_eq!(codes, [OLDER_STATE]);
    assert_eq!(desk.book().trading().0, TradingState::Halted);
}

#[test]
fn the_records_read_back_and_an_empty_book_has_them_too() {
    let book = Book::new(DEPLOYMENT);
    let records = after_salvage(&book, 3, "lost".to_owned()).unwrap();
    let kinds: Vec<&str> = records.iter().map(Record::kind).collect();
    assert_eq!(kinds, ["salvaged", "trading"]);
    for record in &records {
        let bytes = record.encode().unwrap();
        let read = Record::decode(record.kind(), 1, &bytes).unwrap();
        assert_eq!(read, *record);
    }
    let full = after_salvage(&book, u64::from(u32::MAX), "lost".to_owned());
    assert!(matches!(full, Err(NoIdsLeft { .. })), "{full:?}");
}
