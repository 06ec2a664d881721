//! Faults that users of other systems met, one test each: orders in doubt (F01–F15), as the router's
//! core and the state of one order decide about them. `docs/faults.md` has the whole list.

#![allow(clippy::unwrap_used)] // The helpers of a test may fail it.

mod support;

use std::collections::BTreeSet;

use polyfolio_execution::AlgoSpec;
use polyfolio_model::broker::{DuplicateScope, Report, Snapshot, SnapshotFailed};
use polyfolio_model::{ExecKind, ExecutionReport, OrdStatus, Qty, RequestId, Span, TimeInForce};
use polyfolio_oms::order_state::{OrderEvent, OrderState};
use polyfolio_oms::router::Input;
use polyfolio_oms::{Event, Record};
use polyfolio_portfolio::TradingState;
use support::*;

/// Ten were sent, and nobody answers.
fn unanswered() -> Desk {
    Desk::working(config(), vec![parent(AlgoSpec::Market)])
}

/// Ten work; nothing is filled.
fn resting() -> Desk {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk
}

fn is_unknown(desk: &Desk) -> bool {
    desk.book().child(child(1)).unwrap().is_unknown()
}

fn unknown_qty(desk: &Desk) -> Qty {
    let unknown = desk.book().in_flight().unknown;
    unknown.get(SYMBOL).copied().unwrap_or_default()
}

/// All that was ever sent, if every order of it was filled whole.
fn sent_in_all(desk: &Desk) -> Qty {
    desk.sent
        .iter()
        .fold(Qty::ZERO, |sum, order| sum + order.order_qty)
}

/// A submit without an answer was called rejected after some retries, and the order was live.
#[test]
fn f01_an_unanswered_submit_is_unknown_and_never_rejected() {
    let mut desk = unanswered();
    desk.pass(secs(60));
    let status = desk.book().child(child(1)).unwrap().state.status();
    assert_ne!(status, OrdStatus::Rejected);
    assert!(is_unknown(&desk));
    assert_eq!(unknown_qty(&desk), qty(10), "its room is reserved");
    let mut desk = desk.crash(config());
    assert!(is_unknown(&desk), "for another process too");
    assert_eq!(unknown_qty(&desk), qty(10));
    desk.connect();
    desk.trade(child(1), "E1", 10);
    assert!(!is_unknown(&desk), "evidence ends it");
    assert_eq!((desk.parent().cum_qty, desk.sent.len()), (qty(10), 0));
}

/// Orders that the venue had accepted were dropped on network errors, and all of them filled.
#[test]
fn f02_a_network_error_forgets_no_order() {
    let mut desk = unanswered();
    for _ in 0..5 {
        desk.disconnect();
        desk.pass(secs(20));
        desk.connect();
        for id in std::mem::take(&mut desk.asked) {
            let failed = Err(SnapshotFailed("no such host".to_owned()));
            desk.take(Input::Report(Report::Snapshot(id, failed)));
        }
        desk.pass(secs(3));
        assert_eq!(unknown_qty(&desk), qty(10));
    }
    assert_eq!(desk.sent.len(), 1);
    desk.trade(child(1), "E1", 10);
    assert_eq!(desk.parent().cum_qty, qty(10), "and its fill is ours");
}

/// A timeout, "ordering again", and the position was doubled.
#[test]
fn f03_an_order_is_repeated_only_after_its_absence_is_proved_and_under_its_id() {
    let mut desk = unanswered();
    desk.pass_answering(secs(5), &Snapshot::default());
    assert_eq!(
        desk.sent.len(),
        1,
        "its time is not up, or one look is not enough"
    );
    desk.pass_answering(secs(2), &Snapshot::default());
    assert_eq!(desk.sent.len(), 2);
    assert_eq!(
        desk.sent[1], desk.sent[0],
        "the venue can tell that it is the same"
    );

    let mut reusable = config();
    reusable.capabilities.late_acceptance_bounded = false;
    reusable.capabilities.duplicates = DuplicateScope::Never;
    let mut desk = Desk::working(reusable, vec![parent(AlgoSpec::Market)]);
    desk.pass_answering(secs(600), &Snapshot::default());
    assert_eq!(desk.sent.len(), 1, "a venue that cannot tell gets it once");
}

/// A truncated answer read as success, without an order id.
#[test]
fn f04_a_send_that_went_well_is_no_answer() {
    let mut desk = unanswered();
    // The connector had nothing to complain of: there is no `NotSent`.
    assert!(is_unknown(&desk));
    desk.pass(config().capabilities.ack_timeout);
    assert!(
        desk.events
            .iter()
            .any(|e| matches!(e, Event::OrderUnknown { .. }))
    );
    assert_eq!(desk.queries, [child(1)]);
    let ours_without_its_id = ExecutionReport {
        cl_ord_id: child(1),
        venue_id: None,
        time: desk.now,
        kind: ExecKind::New,
    };
    desk.take(Input::Report(Report::Execution(ours_without_its_id)));
    assert!(!is_unknown(&desk), "a report of it is one, by our id");
    assert_eq!(desk.sent.len(), 1);
}

/// "Order does not exist" right after placing it, and then it existed.
#[test]
fn f05_not_found_counts_only_behind_the_horizon_of_the_venue() {
    let mut desk = unanswered();
    for _ in 0..8 {
        desk.pass(Span::from_millis(500));
        desk.take(Input::Reconcile);
        while !desk.asked.is_empty() {
            desk.answer(Snapshot::default());
        }
    }
    assert!(is_unknown(&desk));
    assert_eq!((desk.sent.len(), desk.count("absent")), (1, 0));
    desk.report(child(1), ExecKind::New);
    desk.pass_answering(secs(1), &Snapshot::default());
    assert!(desk.book().child(child(1)).unwrap().is_working());
}

/// Sent again after an error, although the stream had told of it already.
#[test]
fn f06_what_the_stream_tells_ends_a_proof_of_absence() {
    let mut desk = unanswered();
    desk.pass(secs(5));
    desk.answer(Snapshot::default());
    // The first of two looks lacks it; then it is there; the list of the second is behind.
    desk.report(child(1), ExecKind::New);
    desk.pass(secs(1));
    desk.take(Input::Reconcile);
    while !desk.asked.is_empty() {
        desk.answer(Snapshot::default());
    }
    assert_eq!(desk.sent.len(), 1);
    assert_eq!(desk.count("absent"), 0);
    desk.trade(child(1), "E1", 10);
    assert_eq!(desk.left(), Some(None));
}

/// At the start every order that was "not found" was taken for canceled.
#[test]
fn f08_an_order_that_a_start_does_not_find_keeps_its_room() {
    let mut desk = unanswered().crash(config());
    desk.connect();
    desk.answer(Snapshot::default());
    desk.quote(99, 101);
    assert!(is_unknown(&desk));
    assert_eq!((unknown_qty(&desk), desk.sent.len()), (qty(10), 0));
    desk.trade(child(1), "E1", 10);
    desk.pass_answering(secs(120), &holding(10));
    assert_eq!(desk.parent().cum_qty, qty(10));
    assert!(desk.sent.is_empty());
}

/// Ids that were random or began anew after a restart collided.
#[test]
fn f09_ids_are_counted_on_from_the_journal() {
    let mut ids = BTreeSet::new();
    let mut desk = Desk::new(config());
    for _ in 0..5 {
        desk.connect();
        desk.answer(Snapshot::default());
        desk.quote(99, 101);
        let mut two = parent(limit());
        two.max_child = Some(qty(5));
        desk.take(Input::Plan(Box::new(plan(vec![two]))));
        // The second clip leaves when the first one works.
        for nth in 0..2 {
            let id = desk.sent[nth].cl_ord_id;
            assert!(ids.insert(id), "{id} was used before");
            desk.report(id, ExecKind::New);
        }
        desk.take(Input::Abandon("the next one".to_owned()));
        for order in desk.sent.clone() {
            desk.canceled(order.cl_ord_id, Some(0));
        }
        desk.pass_answering(secs(2), &Snapshot::default());
        assert!(desk.run_has_ended());
        desk = desk.crash(config());
    }
    assert_eq!(ids.len(), 10);
}

/// A late "New" behind "Filled" made an open order that did not exist.
#[test]
fn f10_a_late_new_opens_no_order_that_is_filled() {
    let mut desk = unanswered();
    desk.trade(child(1), "E1", 10);
    desk.report(child(1), ExecKind::New);
    let order = desk.book().child(child(1)).unwrap();
    assert_eq!(order.state.status(), OrdStatus::Filled);
    assert!(!order.is_open());
    assert!(desk.book().in_flight().working.is_empty());
}

/// A fill landed while the cancel was under way and was never counted: 1,000 bought for 500.
#[test]
fn f11_a_cancel_is_over_when_the_fills_it_speaks_of_are_here() {
    let mut desk = resting();
    desk.pass(secs(60));
    assert_eq!(desk.cancels.len(), 1);
    desk.canceled(child(1), Some(4));
    desk.pass(secs(1));
    assert_eq!(
        desk.sent.len(),
        1,
        "four were bought, and nobody told of them yet"
    );
    desk.trade(child(1), "E1", 4);
    assert_eq!(desk.sent.len(), 2);
    assert_eq!(desk.parent().cum_qty + desk.sent[1].order_qty, qty(10));
}

/// A disconnect lost fills, and the remainder went out once more as a market order.
#[test]
fn f12_fills_are_read_again_before_anything_is_sent_after_a_disconnect() {
    let mut desk = resting();
    desk.disconnect();
    desk.pass(secs(61));
    desk.connect();
    desk.quote(99, 101);
    assert_eq!(
        desk.sent.len(),
        1,
        "the deadline has passed, and nobody has looked"
    );
    desk.answer(Snapshot {
        orders: vec![listed(child(1), 10, 7, OrdStatus::Canceled)],
        fills: vec![executed(child(1), "E1", 7)],
        ..holding(7)
    });
    desk.quote(99, 101);
    desk.pass_answering(
        secs(5),
        &Snapshot {
            orders: vec![listed(child(1), 10, 7, OrdStatus::Canceled)],
            fills: vec![executed(child(1), "E1", 7)],
            ..holding(7)
        },
    );
    assert_eq!(desk.parent().cum_qty, qty(7));
    assert_eq!(desk.sent.len(), 2);
    assert_eq!(desk.sent[1].order_qty, qty(3));
}

/// An order was modified while the connection was gone, and two of it were live.
#[test]
fn f13_nothing_is_sent_or_changed_while_nobody_is_connected() {
    let mut two = parent(limit());
    two.max_child = Some(qty(5));
    let mut desk = Desk::working(config(), vec![two]);
    for nth in 0..2 {
        let id = desk.sent[nth].cl_ord_id;
        desk.report(id, ExecKind::New);
    }
    desk.disconnect();
    let (sent, cancels) = (desk.sent.len(), desk.cancels.len());
    // A last word of the session that is gone: half of it is to be had again.
    let cum_qty = Some(qty(0));
    desk.report(child(1), ExecKind::Expired { cum_qty });
    desk.quote(90, 91);
    desk.pass(secs(10));
    assert_eq!(desk.sent.len(), sent, "nobody to send it to");
    desk.take(Input::CancelAll("a person".to_owned()));
    desk.pass(secs(300));
    assert_eq!((desk.sent.len(), desk.cancels.len()), (sent, cancels));
    desk.connect();
    desk.answer(Snapshot {
        orders: vec![listed(child(2), 5, 0, OrdStatus::New)],
        ..Snapshot::default()
    });
    assert_eq!(desk.cancels.len(), cancels + 1, "it waited");
}

/// The same, of the order itself: until the broker says which, both quantities may fill.
#[test]
fn f13_a_replace_reserves_the_larger_of_both() {
    let mut order = OrderState::new(qty(10), TimeInForce::Day);
    order.apply(&OrderEvent::Submitted);
    order.apply(&OrderEvent::Reported(ExecKind::New));
    order.apply(&OrderEvent::ReplaceRequested(RequestId(1), qty(4)));
    assert_eq!(order.exposure_qty(), qty(10));
    order.apply(&OrderEvent::ReplaceRequested(RequestId(2), qty(15)));
    assert_eq!(order.exposure_qty(), qty(15));
}

/// Two threads sent one combination twice.
#[test]
fn f14_a_plan_that_comes_twice_is_sent_once() {
    let mut desk = resting();
    let records = desk.durable.len();
    desk.take(Input::Plan(Box::new(plan(vec![parent(limit())]))));
    assert!(
        desk.events
            .iter()
            .any(|e| matches!(e, Event::PlanRefused { .. }))
    );
    desk.pass(secs(10));
    assert_eq!(desk.sent.len(), 1);
    let plans = |r: &&Record| matches!(r, Record::Planned(_));
    assert_eq!(desk.durable[..records].iter().filter(plans).count(), 1);
    assert_eq!(desk.count("planned"), 1);
}

/// The difference was sent again, because what was pending did not count.
#[test]
fn f15_what_works_and_what_is_unknown_leave_no_difference_to_send() {
    for mut desk in [resting(), unanswered()] {
        for price in 90..110 {
            desk.quote(price, price + 2);
            desk.take(Input::Wake);
            assert_eq!(sent_in_all(&desk), qty(10));
        }
    }
}

/// An order that was filled, at a price that somebody inferred, was made up to explain a position.
#[test]
fn f42_a_difference_is_a_break_on_record_and_no_fill_is_made_up() {
    let mut desk = resting();
    desk.pass(secs(10));
    desk.take(Input::Reconcile);
    let shown = Snapshot {
        orders: vec![listed(child(1), 10, 0, OrdStatus::New)],
        ..holding(8)
    };
    desk.pass_answering(secs(10), &shown);
    assert_eq!(desk.count("break"), 1);
    assert_eq!(desk.parent().cum_qty, qty(0));
    assert!(
        desk.book()
            .child(child(1))
            .unwrap()
            .state
            .fills()
            .next()
            .is_none()
    );
    assert_eq!(desk.book().trading().0, TradingState::Halted);
}

/// A position that was found at a start belonged to nobody's book, and its fill was dropped.
#[test]
fn f43_what_was_there_before_us_is_in_the_book() {
    let mut desk = Desk::new(config());
    desk.connect();
    desk.answer(Snapshot {
        fills: vec![executed(child(9), "E0", 7)],
        ..holding(7)
    });
    assert_eq!(desk.book().ledger().positions()[SYMBOL], qty(7));
    assert_eq!(desk.count("adopted"), 1);
    let again = desk.crash(config());
    assert_eq!(again.book().ledger().positions()[SYMBOL], qty(7));
}
