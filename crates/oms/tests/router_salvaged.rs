//! A journal of which the end was lost: nothing is counted twice, and what was in the air is
//! settled with the broker.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod support;

use polyfolio_model::broker::Snapshot;
use polyfolio_model::{
    Amend, ClOrdId, ExecKind, ExecutionReport, OrdStatus, Qty, RequestId, RunId,
};
use polyfolio_oms::records::{Asked, Fact};
use polyfolio_oms::router::{Input, OLDER_STATE};
use polyfolio_oms::salvage::{NoIdsLeft, after_salvage};
use polyfolio_oms::{Book, Event, Record};
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

/// Beside what the kept records know, the broker shows two orders that only lost ones can have
/// sent: a child of the kept parent, and one of a later run.
fn with_lost_orders(later: ClOrdId) -> Snapshot {
    let mut snapshot = shown(4, OrdStatus::Canceled);
    snapshot.orders.push(listed(child(2), 3, 2, OrdStatus::New));
    snapshot.orders.push(listed(later, 5, 5, OrdStatus::Filled));
    snapshot.fills = vec![
        executed(child(1), "E1", 4),
        executed(child(2), "E2", 2),
        executed(later, "E3", 5),
    ];
    snapshot.positions = holding(11).positions;
    snapshot
}

#[test]
fn orders_of_lost_records_are_taken_over_booked_and_canceled() {
    let later = ClOrdId { run: 2, ..child(1) };
    let mut desk = salvaged(5);
    desk.connect();
    let snapshot = with_lost_orders(later);
    desk.pass_answering(secs(3), &snapshot);
    assert_eq!(desk.count("recovered"), 2);
    assert!(
        desk.book().breaks().is_empty(),
        "{:?}",
        desk.book().breaks()
    );
    assert!(!desk.cancels.is_empty(), "what is filled needs no cancel");
    assert!(desk.cancels.iter().all(|cancel| cancel.0 == child(2)));
    desk.canceled(child(2), Some(2));
    let mut over = snapshot.clone();
    over.orders[1] = listed(child(2), 3, 2, OrdStatus::Canceled);
    desk.pass_answering(secs(10), &over);

    let ledger = desk.book().ledger();
    assert_eq!(ledger.positions()[SYMBOL], qty(11));
    assert_eq!(desk.parent().cum_qty, qty(6), "the kept parent's own");
    assert!(desk.run_has_ended());
    assert_eq!(desk.book().open_children().count(), 0);
    assert!(desk.sent.is_empty() && desk.book().breaks().is_empty());

    // Another start finds the same, and takes nothing over twice.
    let mut again = desk.crash(config());
    again.connect();
    again.pass_answering(secs(10), &over);
    assert_eq!(again.count("recovered"), 2);
    assert_eq!(again.book().ledger().positions()[SYMBOL], qty(11));
    assert!(again.book().breaks().is_empty());
}

#[test]
fn a_lost_order_that_works_without_its_parent_is_canceled() {
    let later = ClOrdId { run: 2, ..child(1) };
    let mut desk = salvaged(5);
    desk.connect();
    let mut snapshot = shown(4, OrdStatus::Canceled);
    snapshot.orders.push(listed(later, 5, 0, OrdStatus::New));
    desk.pass_answering(secs(3), &snapshot);
    assert!(desk.cancels.iter().all(|cancel| cancel.0 == later));
    assert!(!desk.cancels.is_empty());
    desk.canceled(later, Some(0));
    snapshot.orders[1] = listed(later, 5, 0, OrdStatus::Canceled);
    desk.pass_answering(secs(10), &snapshot);
    assert_eq!(desk.book().open_children().count(), 0);
    assert!(desk.run_has_ended() && desk.book().breaks().is_empty());
}

#[test]
fn a_report_of_a_lost_order_asks_for_the_list_that_says_what_it_is() {
    let later = ClOrdId { run: 2, ..child(1) };
    let mut desk = salvaged(5);
    desk.connect();
    desk.pass_answering(secs(3), &shown(4, OrdStatus::Canceled));
    desk.trade(later, "E9", 1);
    assert!(desk.book().breaks().is_empty());
    assert_eq!(desk.asked.len(), 1);
    let mut snapshot = shown(4, OrdStatus::Canceled);
    snapshot.orders.push(listed(later, 5, 1, OrdStatus::New));
    snapshot.fills = vec![executed(later, "E9", 1)];
    snapshot.positions = holding(5).positions;
    desk.answer(snapshot);
    assert_eq!(desk.book().child(later).unwrap().cum_qty(), qty(1));
    assert_eq!(desk.book().ledger().positions()[SYMBOL], qty(5));
}

#[test]
fn what_no_record_can_explain_is_not_traded_over() {
    let above = ClOrdId {
        run: 100_001,
        ..child(1)
    };
    let mut foreign = shown(4, OrdStatus::Canceled);
    foreign.orders.push(listed(above, 3, 0, OrdStatus::New));
    let desk = settled_with(&foreign);
    assert_eq!(codes(&desk), [OLDER_STATE]);
    assert_eq!(desk.book().trading().0, TradingState::Halted);
}

#[test]
fn an_execution_of_a_lost_order_that_no_list_has_is_a_difference() {
    let unlisted = ClOrdId { run: 2, ..child(1) };
    let mut executed_only = shown(4, OrdStatus::Canceled);
    executed_only.fills = vec![executed(unlisted, "E9", 1)];
    executed_only.positions = holding(5).positions;
    let mut desk = settled_with(&executed_only);
    assert_eq!(codes(&desk), ["position"]);
    assert_eq!(desk.book().trading().0, TradingState::Halted);
    desk.take(Input::Adopt("command".to_owned()));
    assert_eq!(desk.book().ledger().positions()[SYMBOL], qty(5));
}

fn settled_with(snapshot: &Snapshot) -> Desk {
    let mut desk = salvaged(5);
    desk.connect();
    desk.pass_answering(secs(10), snapshot);
    desk
}

fn codes(desk: &Desk) -> Vec<&str> {
    let breaks = desk.book().breaks().iter();
    breaks.map(|found| found.code.as_str()).collect()
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

/// What is reserved of an order of ten of which four filled, when the records behind are lost.
fn reserved_after_a_loss(records: &[Record]) -> Qty {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.trade(child(1), "E1", 4);
    desk.pass(secs(1));
    let mut book = desk.crash(config()).book().clone();
    let lost = after_salvage(&book, 5, "lost".to_owned()).unwrap();
    for record in records.iter().chain(&lost) {
        book.apply(record);
    }
    let order = book.child(child(1)).unwrap();
    assert!(order.is_unknown());
    order.may_still_fill()
}

#[test]
fn an_order_in_doubt_reserves_the_most_that_it_may_have_become() {
    let request = RequestId(50);
    let asked = |order_qty| {
        let (cl_ord_id, order_qty, time) = (child(1), qty(order_qty), start());
        let price = None;
        Record::Asked(Asked {
            cl_ord_id,
            request,
            amend: Some(Amend {
                order_qty,
                price,
                trigger: None,
            }),
            time,
        })
    };
    let confirmed = |order_qty| {
        let kind = ExecKind::Replaced {
            request: Some(request),
            order_qty: qty(order_qty),
            sequence: None,
        };
        let report = ExecutionReport {
            cl_ord_id: child(1),
            venue_id: None,
            time: start(),
            kind,
        };
        let heard = start();
        Record::Fact(Fact { report, heard })
    };
    assert_eq!(reserved_after_a_loss(&[]), qty(6));
    assert_eq!(reserved_after_a_loss(&[asked(25)]), qty(21));
    assert_eq!(reserved_after_a_loss(&[asked(25), confirmed(25)]), qty(21));
    assert_eq!(reserved_after_a_loss(&[asked(5)]), qty(6));
    assert_eq!(reserved_after_a_loss(&[asked(5), confirmed(5)]), qty(6));
}

#[test]
fn the_bust_of_an_execution_whose_allocation_is_lost_moves_nobody() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.trade(child(1), "E1", 4);
    desk.pass(secs(1));
    let is_allocation = |record: &Record| matches!(record, Record::Allocated(_));
    desk.durable.retain(|record| !is_allocation(record));
    let records = after_salvage(desk.book(), 1, "records were lost".to_owned());
    desk.durable.extend(records.unwrap());
    let mut desk = desk.crash(config());
    desk.connect();
    desk.answer(shown(4, OrdStatus::Canceled));
    let (exec_id, reference) = ("E1-busted".into(), "E1".into());
    desk.report(child(1), ExecKind::TradeCancel { exec_id, reference });
    assert!(
        desk.book()
            .ledger()
            .positions()
            .values()
            .all(|q| q.is_zero())
    );
    let violated = |event: &Event| matches!(event, Event::InvariantViolated { .. });
    assert!(!desk.events.iter().any(violated));
}
