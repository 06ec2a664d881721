//! A broker whose book is not ours about one order: it has lost it, or has another under its id.

mod support;

use polyfolio_model::broker::Snapshot;
use polyfolio_model::{
    CancelRejectReason, ClOrdId, ExecKind, OrdStatus, OrderFacts, RejectReason, Side,
};
use polyfolio_oms::router::{Input, LOST_ORDER, ORDER_MISMATCH};
use polyfolio_oms::{Book, Record};
use polyfolio_portfolio::TradingState;
use support::*;

/// Four of ten filled, the rest works.
fn resting() -> Desk {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.trade(child(1), "E1", 4);
    desk
}

/// Lets time pass before a broker that knows no order: every cancel is refused.
fn pass_denied(desk: &mut Desk, seconds: i64, snapshot: &Snapshot) {
    let mut answered = 0;
    for _ in 0..seconds {
        desk.pass_answering(secs(1), snapshot);
        while let Some((id, request)) = desk.cancels.get(answered).copied() {
            answered += 1;
            let reason = CancelRejectReason::UnknownOrder;
            desk.report(id, ExecKind::CancelRejected { request, reason });
        }
    }
}

fn codes(book: &Book) -> Vec<&str> {
    book.breaks()
        .iter()
        .map(|found| found.code.as_str())
        .collect()
}

#[test]
fn an_acknowledged_order_that_the_venue_lost_is_a_break_and_the_run_ends() {
    let mut desk = resting();
    pass_denied(&mut desk, 120, &holding(4));
    assert_eq!(codes(desk.book()), [LOST_ORDER]);
    assert!(desk.book().stopped()[SYMBOL].contains("has lost order"));
    assert_eq!(desk.count("absent"), 1);
    let left = desk.left().flatten().unwrap();
    assert!(left.contains("has lost order"), "{left}");
    assert!(desk.run_has_ended());
    assert_eq!(desk.parent().cum_qty, qty(4), "what it executed stays");
    assert_eq!(desk.sent.len(), 1);
    let again = desk.crash(config());
    assert!(!again.book().child(child(1)).unwrap().is_open());
}

#[test]
fn one_list_that_lacks_an_acknowledged_order_proves_nothing() {
    let mut desk = resting();
    desk.pass(secs(10));
    desk.take(Input::Reconcile);
    desk.answer(holding(4));
    let shown = Snapshot {
        orders: vec![listed(child(1), 10, 4, OrdStatus::PartiallyFilled)],
        ..holding(4)
    };
    desk.pass_answering(secs(5), &shown);
    desk.take(Input::Reconcile);
    desk.answer(holding(4));
    assert!(desk.book().child(child(1)).unwrap().is_working());
    assert!(codes(desk.book()).is_empty());
}

#[test]
fn a_lost_order_that_is_listed_again_is_back() {
    let mut desk = resting();
    pass_denied(&mut desk, 120, &holding(4));
    desk.take(Input::Reconcile);
    desk.answer(Snapshot {
        orders: vec![listed(child(1), 10, 4, OrdStatus::PartiallyFilled)],
        ..holding(4)
    });
    assert!(desk.book().child(child(1)).unwrap().is_working());
    let canceled = desk.cancels.len();
    desk.pass(secs(61));
    assert!(desk.cancels.len() > canceled, "its parent is done");
}

#[test]
fn cancels_that_are_denied_for_ever_fill_no_journal() {
    let mut desk = resting();
    desk.pass(secs(60));
    let shown = Snapshot {
        orders: vec![listed(child(1), 10, 4, OrdStatus::PartiallyFilled)],
        ..holding(4)
    };
    pass_denied(&mut desk, 600, &shown);
    let (asked, facts) = (desk.count("asked"), desk.count("fact"));
    pass_denied(&mut desk, 3_600, &shown);
    assert_eq!((desk.count("asked"), desk.count("fact")), (asked, facts));
    assert!(asked <= 2, "{asked}");
    let cancels = desk.cancels.len();
    assert!((60..=80).contains(&cancels), "one a minute: {cancels}");
}

#[test]
fn a_refused_duplicate_of_an_order_sent_once_proves_nothing() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    let (reason, text) = (RejectReason::DuplicateClOrdId, "exists".to_owned());
    desk.report(child(1), ExecKind::Rejected { reason, text });
    assert!(desk.book().child(child(1)).unwrap().is_unknown());
    assert_eq!(desk.queries, [child(1)]);
    assert_eq!(desk.asked.len(), 1);
    desk.answer(Snapshot {
        orders: vec![listed(child(1), 10, 0, OrdStatus::New)],
        ..Snapshot::default()
    });
    assert!(desk.book().child(child(1)).unwrap().is_working());
}

#[test]
fn another_order_under_our_id_is_never_adopted() {
    let same = || listed(child(1), 10, 0, OrdStatus::New);
    let others: [fn(&mut OrderFacts); 3] = [
        |other| other.instrument = "Y".into(),
        |other| other.side = Side::Sell,
        |other| other.order_qty = qty(11),
    ];
    for change in others {
        let mut desk = Desk::working(config(), vec![parent(limit())]);
        desk.pass(secs(2));
        desk.take(Input::Reconcile);
        let mut other = same();
        change(&mut other);
        let snapshot = Snapshot {
            orders: vec![other],
            ..Snapshot::default()
        };
        desk.pass_answering(secs(10), &snapshot);
        assert_eq!(codes(desk.book()), [ORDER_MISMATCH], "found once");
        assert_eq!(desk.book().trading().0, TradingState::Halted);
        assert!(desk.book().child(child(1)).unwrap().is_unknown());
        assert_eq!(desk.sent.len(), 1);
    }
}

#[test]
fn an_execution_of_another_order_under_our_id_is_not_booked() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.take(Input::Reconcile);
    let mut other = executed(child(1), "E1", 3);
    other.side = Side::Sell;
    desk.answer(Snapshot {
        fills: vec![other],
        ..Snapshot::default()
    });
    assert_eq!(codes(desk.book()), [ORDER_MISMATCH]);
    assert_eq!(desk.parent().cum_qty, qty(0));
}

#[test]
fn trading_that_is_resumed_frees_stopped_instruments() {
    let mut desk = resting();
    pass_denied(&mut desk, 30, &holding(4));
    desk.take(Input::Reconcile);
    desk.pass_answering(secs(10), &holding(4));
    assert!(desk.book().stopped().contains_key(SYMBOL));
    let looked = "a person has looked".to_owned();
    desk.take(Input::SetTrading(TradingState::Active, looked.clone()));
    assert!(desk.book().stopped().is_empty());
    assert_eq!(desk.count("trading"), 1);
    desk.take(Input::SetTrading(TradingState::Active, looked));
    assert_eq!(desk.count("trading"), 1, "nothing is left to be freed");
    let id: ClOrdId = desk.sent.last().unwrap().cl_ord_id;
    assert_eq!(
        (id, desk.sent.len()),
        (child(2), 2),
        "its room is free again"
    );
    assert!(desk.durable.iter().any(|r| matches!(r, Record::Trading(_))));
    assert!(desk.crash(config()).book().stopped().is_empty());
}
