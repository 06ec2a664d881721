//! What the broker says of orders, in whatever order, as often and as late as it likes.

mod support;

use polyfolio_execution::AlgoSpec;
use polyfolio_model::broker::Snapshot;
use polyfolio_model::{CancelRejectReason, ExecKind, Money, OrdStatus, Qty, SleeveId, Span};
use polyfolio_oms::router::RouterConfig;
use polyfolio_portfolio::TradingState;
use support::*;

/// A last fill may come two seconds after the close.
fn settling() -> RouterConfig {
    let mut config = config();
    config.capabilities.settle = secs(2);
    config
}

fn got(desk: &Desk, sleeve: &str) -> Qty {
    let got = desk.parent().got.get(&SleeveId::from(sleeve));
    got.copied().unwrap_or_default()
}

#[test]
fn an_execution_counts_once_and_goes_to_the_sleeves_that_wanted_it() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.trade(child(1), "E1", 5);
    let records = desk.durable.len() + desk.tail.len();
    desk.trade(child(1), "E1", 5);
    assert_eq!(
        desk.durable.len() + desk.tail.len(),
        records,
        "no news, no record"
    );
    assert_eq!(desk.parent().cum_qty, qty(5));
    assert_eq!((got(&desk, "a"), got(&desk, "b")), (qty(3), qty(2)));
    desk.trade(child(1), "E2", 5);
    assert_eq!((got(&desk, "a"), got(&desk, "b")), (qty(6), qty(4)));
    assert_eq!(desk.left(), Some(None));
}

#[test]
fn a_fill_that_races_a_cancel_is_accounted_for() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.pass(secs(60));
    // The close speaks of three, and none of them has been heard of.
    desk.canceled(child(1), Some(3));
    assert_eq!(
        desk.sent.len(),
        1,
        "the cancel is not over until its fills are here"
    );
    desk.trade(child(1), "E1", 3);
    assert_eq!(desk.sent.len(), 2);
    assert_eq!(desk.sent[1].order_qty, qty(7));
}

#[test]
fn a_late_fill_after_a_cancel_counts_and_shrinks_the_remainder() {
    let mut desk = Desk::working(settling(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.pass(secs(60));
    desk.canceled(child(1), Some(0));
    desk.pass(secs(1));
    desk.trade(child(1), "E1", 4);
    assert_eq!(desk.parent().cum_qty, qty(4));
    assert_eq!(desk.sent.len(), 1, "its room waits");
    desk.pass_answering(secs(5), &holding(4));
    assert_eq!(desk.sent.len(), 2);
    assert_eq!(desk.sent[1].order_qty, qty(6));
    assert!(desk.book().breaks().is_empty());
}

#[test]
fn the_room_of_a_closed_order_waits_for_one_more_look() {
    let mut desk = Desk::working(settling(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.pass(secs(60));
    desk.canceled(child(1), None);
    // Settle wait and propagation lag: three seconds.
    desk.pass(Span::from_millis(2_900));
    assert_eq!(desk.sent.len(), 1);
    desk.pass_answering(secs(2), &Snapshot::default());
    assert_eq!(desk.sent.len(), 2);
}

#[test]
fn a_close_without_a_quantity_is_not_final() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.pass(secs(60));
    desk.canceled(child(1), None);
    assert_eq!(desk.sent.len(), 1, "it said nothing of fills");
    let unheard = Snapshot {
        orders: vec![listed(child(1), 10, 2, OrdStatus::Canceled)],
        fills: vec![executed(child(1), "E1", 2)],
        ..holding(2)
    };
    desk.pass_answering(secs(2), &unheard);
    assert_eq!(desk.sent.len(), 2);
    assert_eq!(desk.sent[1].order_qty, qty(8));
}

#[test]
fn fills_that_a_close_speaks_of_and_nobody_sends_are_asked_for() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.pass(secs(60));
    desk.canceled(child(1), Some(3));
    // The list of orders is ahead of the list of executions, for a while.
    let ahead = Snapshot {
        orders: vec![listed(child(1), 10, 3, OrdStatus::Canceled)],
        ..holding(3)
    };
    desk.pass_answering(Span::from_millis(900), &ahead);
    assert_eq!(desk.sent.len(), 1);
    let caught_up = Snapshot {
        fills: vec![executed(child(1), "E1", 3)],
        ..ahead
    };
    desk.pass_answering(secs(3), &caught_up);
    assert_eq!(desk.sent[1].order_qty, qty(7));
    assert!(desk.book().breaks().is_empty());
}

#[test]
fn a_cancel_that_comes_too_late_is_not_asked_in_a_loop() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.pass(secs(60));
    for _ in 0..50 {
        let request = desk.cancels.last().unwrap().1;
        let reason = CancelRejectReason::TooLate;
        desk.report(child(1), ExecKind::CancelRejected { request, reason });
    }
    assert_eq!(desk.cancels.len(), 1, "the fill is on its way");
    desk.pass(secs(2));
    assert_eq!(desk.cancels.len(), 2, "and if it is not, ask again");
}

#[test]
fn an_unanswered_cancel_is_repeated_as_the_same_request() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.pass(secs(62));
    assert_eq!(desk.cancels.len(), 2);
    assert_eq!(desk.cancels[0], desk.cancels[1]);
    assert_eq!(desk.queries, [child(1)]);
}

#[test]
fn a_cancel_that_a_disconnect_swallowed_is_repeated_after_it() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.pass(secs(60));
    desk.disconnect();
    desk.pass(secs(10));
    assert_eq!(desk.cancels.len(), 1, "nobody to ask");
    desk.connect();
    desk.answer(Snapshot {
        orders: vec![listed(child(1), 10, 0, OrdStatus::New)],
        ..Snapshot::default()
    });
    desk.pass(secs(2));
    assert!(desk.cancels.len() >= 2);
}

#[test]
fn an_overfill_is_booked_is_a_break_and_stops_the_instrument() {
    let mut two = parent(AlgoSpec::Market);
    two.max_child = Some(qty(5));
    let mut desk = Desk::working(config(), vec![two]);
    desk.report(child(1), ExecKind::New);
    assert_eq!(desk.sent.len(), 2);
    desk.trade(child(1), "E1", 6);
    assert_eq!(desk.parent().cum_qty, qty(6));
    assert_eq!(desk.book().breaks()[0].code, "overfill");
    assert!(desk.book().stopped().contains_key(SYMBOL));
    desk.trade(child(1), "E1", 6);
    assert_eq!(desk.book().breaks().len(), 1);
}

#[test]
fn a_bust_takes_back_and_does_not_give_the_room_out_twice() {
    let mut two = parent(limit());
    two.max_child = Some(qty(5));
    let mut desk = Desk::working(config(), vec![two]);
    desk.report(child(1), ExecKind::New);
    assert_eq!(desk.sent.len(), 2);
    desk.trade(child(1), "E1", 5);
    let bust = ExecKind::TradeCancel {
        exec_id: "B1".into(),
        reference: "E1".into(),
    };
    desk.report(child(1), bust);
    assert_eq!(desk.parent().cum_qty, qty(0));
    assert_eq!((got(&desk, "a"), got(&desk, "b")), (qty(0), qty(0)));
    desk.quote(99, 102);
    assert_eq!(desk.sent.len(), 2, "the first order works again");
}

#[test]
fn a_fee_that_comes_late_goes_to_the_same_sleeves() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.trade(child(1), "E1", 10);
    let before = desk.book().ledger().cash();
    let fee = Money::from(10);
    desk.report(
        child(1),
        ExecKind::Fee {
            exec_id: "E1".into(),
            fee,
        },
    );
    let paid = |sleeve: &str| desk.book().ledger().account(&sleeve.into()).unwrap().fees;
    assert_eq!((paid("a"), paid("b")), (Money::from(6), Money::from(4)));
    assert_eq!(desk.book().ledger().cash(), before - fee);
}

#[test]
fn orders_of_others_are_not_ours_to_touch() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    let records = desk.durable.len() + desk.tail.len();
    let foreign = polyfolio_model::ClOrdId {
        deployment: 8,
        ..child(1)
    };
    desk.trade(foreign, "F1", 5);
    assert_eq!(desk.durable.len() + desk.tail.len(), records);
    assert_eq!(desk.parent().cum_qty, qty(0));
}

#[test]
fn a_close_that_says_less_than_we_know_of_is_looked_into() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.trade(child(1), "E1", 3);
    desk.trade(child(1), "E2", 3);
    // One of them was busted, and two were filled that nobody has heard of.
    desk.canceled(child(1), Some(5));
    assert_eq!(desk.sent.len(), 1, "its room waits for the lists");
    desk.trade(child(1), "E3", 2);
    let exec_id = "E1-busted".into();
    let reference = "E1".into();
    desk.report(child(1), ExecKind::TradeCancel { exec_id, reference });
    assert_eq!(desk.sent.len(), 2, "now they agree");
    assert_eq!(desk.sent[1].order_qty, qty(5));
}

#[test]
fn what_a_close_denies_is_no_violation_of_ours() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.trade(child(1), "E1", 3);
    desk.trade(child(1), "E2", 3);
    // The same quantity by chance: one lot was corrected away and another filled, and neither has
    // been said.
    desk.canceled(child(1), Some(6));
    assert_eq!(desk.sent[1].order_qty, qty(4));
    desk.trade(child(1), "E3", 1);
    assert_eq!(desk.book().trading().0, TradingState::Active);
    assert_eq!(desk.parent().cum_qty, qty(7));
}
