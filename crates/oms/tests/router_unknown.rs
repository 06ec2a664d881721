//! An order without an answer: Unknown ends by evidence only.

mod support;

use polyfolio_execution::AlgoSpec;
use polyfolio_model::broker::{DuplicateScope, Report, Snapshot, SnapshotFailed};
use polyfolio_model::{
    CancelRejectReason, ExecKind, OrdStatus, OrdType, RejectReason, RequestId, Span, Ts,
};
use polyfolio_oms::records::AtDeadline;
use polyfolio_oms::router::{Input, RouterConfig};
use polyfolio_oms::{Event, Record};
use support::*;

fn with(change: impl FnOnce(&mut polyfolio_model::broker::Capabilities)) -> RouterConfig {
    let mut config = config();
    change(&mut config.capabilities);
    config
}

fn silent(config: RouterConfig) -> Desk {
    Desk::working(config, vec![parent(AlgoSpec::Market)])
}

/// Answers what is asked now with a list that lacks everything.
fn lacks(desk: &mut Desk) {
    desk.answer(Snapshot::default());
}

#[test]
fn silence_is_said_and_asked_about() {
    let mut desk = silent(config());
    desk.pass(secs(1));
    assert!(desk.queries.is_empty());
    desk.pass(secs(1));
    assert_eq!(desk.queries, [child(1)]);
    let unknown = |event: &Event| matches!(event, Event::OrderUnknown { .. });
    assert_eq!(desk.events.iter().filter(|e| unknown(e)).count(), 1);
    desk.pass(secs(2));
    assert_eq!(desk.queries.len(), 2, "asked again, said once");
    assert_eq!(desk.events.iter().filter(|e| unknown(e)).count(), 1);
    assert_eq!(desk.sent.len(), 1);
}

#[test]
fn two_complete_snapshots_after_the_horizon_prove_an_absence() {
    let mut desk = silent(config());
    desk.pass(secs(5));
    lacks(&mut desk);
    assert_eq!(desk.sent.len(), 1, "one is not enough");
    desk.pass(secs(1));
    lacks(&mut desk);
    assert_eq!(desk.sent.len(), 2);
    assert_eq!(desk.sent[1], desk.sent[0], "the same order, the same id");
    let attempts = |r: &Record| matches!(r, Record::Intent(intent) if intent.attempt == 2);
    assert!(desk.durable.iter().any(attempts));
    assert_eq!(desk.book().child(child(1)).unwrap().attempts, 2);
}

#[test]
fn a_snapshot_begun_before_the_horizon_proves_nothing() {
    let mut desk = silent(config());
    desk.pass(secs(4));
    desk.take(Input::Reconcile);
    desk.pass(secs(2));
    lacks(&mut desk);
    let asked = desk.now;
    desk.pass(Ts::since(asked + secs(1), desk.now));
    lacks(&mut desk);
    assert_eq!(desk.sent.len(), 1, "the first one counts from here");
}

#[test]
fn could_not_ask_is_not_asked_and_not_there() {
    let mut desk = silent(config());
    for _ in 0..20 {
        desk.pass(secs(1));
        for id in std::mem::take(&mut desk.asked) {
            let failed = Err(SnapshotFailed("cut short".to_owned()));
            desk.take(Input::Report(Report::Snapshot(id, failed)));
        }
    }
    assert_eq!(desk.sent.len(), 1);
    assert_eq!(desk.book().in_flight().unknown[SYMBOL], qty(10));
}

#[test]
fn the_second_snapshot_is_begun_a_lag_after_the_first_was_answered() {
    let mut desk = silent(config());
    desk.pass(secs(5));
    desk.pass(Span::from_millis(900));
    lacks(&mut desk);
    desk.pass(Span::from_millis(600));
    desk.take(Input::Reconcile);
    lacks(&mut desk);
    assert_eq!(
        desk.sent.len(),
        1,
        "1.5 s after the first question, 0.6 s after its answer"
    );
    desk.pass_answering(secs(1), &Snapshot::default());
    assert_eq!(desk.sent.len(), 2);
}

#[test]
fn a_proof_does_not_span_a_reconnect() {
    let mut desk = silent(with(|c| c.propagation_lag = secs(3)));
    desk.pass(secs(5));
    lacks(&mut desk);
    desk.disconnect();
    desk.pass(secs(2));
    desk.connect();
    lacks(&mut desk);
    desk.pass(secs(1));
    desk.take(Input::Reconcile);
    lacks(&mut desk);
    assert_eq!(
        desk.sent.len(),
        1,
        "three seconds after the first one, but another session"
    );
    desk.pass_answering(secs(4), &Snapshot::default());
    assert_eq!(
        desk.sent.len(),
        1,
        "what the session let go of at its begin, its first lists need not show"
    );
    desk.pass_answering(secs(2), &Snapshot::default());
    assert_eq!(desk.sent.len(), 2);
}

#[test]
fn a_list_that_does_not_reach_back_leaves_it_to_a_person() {
    let mut desk = silent(config());
    desk.pass(secs(5));
    for _ in 0..3 {
        let today = Snapshot {
            reaches_back_to: Some(start() + secs(1)),
            ..Snapshot::default()
        };
        desk.pass_answering(secs(1), &today);
    }
    assert_eq!(desk.sent.len(), 1);
    let reason = &desk.book().stopped()[SYMBOL];
    assert!(reason.contains("do not reach back"), "{reason}");
    assert!(desk.book().child(child(1)).unwrap().is_unknown());
}

#[test]
fn reusable_ids_without_a_bound_are_never_sent_again() {
    let mut desk = silent(with(|c| c.late_acceptance_bounded = false));
    desk.pass_answering(secs(30), &Snapshot::default());
    assert_eq!(desk.sent.len(), 1);
    assert!(desk.book().stopped()[SYMBOL].contains("accept it twice"));
    desk.pass_answering(secs(100), &Snapshot::default());
    let left = desk.left().flatten().unwrap();
    assert!(left.contains("is unknown"), "{left}");
    assert!(
        desk.book().child(child(1)).unwrap().is_unknown(),
        "reserved for ever"
    );
}

#[test]
fn a_refused_repeat_shows_that_the_first_exists() {
    let mut desk = silent(with(|c| {
        c.duplicates = DuplicateScope::Forever;
        c.late_acceptance_bounded = false;
    }));
    desk.pass_answering(secs(7), &Snapshot::default());
    assert_eq!(desk.sent.len(), 2);
    let reason = RejectReason::DuplicateClOrdId;
    let text = "exists".to_owned();
    desk.report(child(1), ExecKind::Rejected { reason, text });
    assert!(desk.book().child(child(1)).unwrap().is_working());
    desk.trade(child(1), "E1", 10);
    assert_eq!(desk.left(), Some(None));
}

/// Nobody but the venue's refusal of a repeat can say what became of it, and the sweep has time.
#[test]
fn what_a_sweep_sends_is_sent_again_while_it_lasts() {
    let unbounded = || {
        with(|c| {
            c.duplicates = DuplicateScope::Forever;
            c.late_acceptance_bounded = false;
        })
    };
    let mut desk = Desk::working(unbounded(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.pass(secs(60));
    desk.quote(99, 101);
    desk.canceled(child(1), Some(0));
    let sweep = desk.sent.last().unwrap().clone();
    assert_eq!((desk.sent.len(), sweep.cl_ord_id), (2, child(2)));
    let canceled = Snapshot {
        orders: vec![listed(child(1), 10, 0, OrdStatus::Canceled)],
        ..Snapshot::default()
    };
    desk.pass_answering(secs(8), &canceled);
    assert_eq!(desk.sent.len(), 3, "{:?}", desk.book().stopped());
    assert_eq!(desk.sent[2], sweep, "the same order, the same id");
    desk.trade(child(2), "E1", 10);
    assert_eq!(desk.left(), Some(None));

    // Who wants nothing to trade behind the deadline is asked what became of it.
    let mut leaves = parent(AlgoSpec::Market);
    leaves.at_deadline = AtDeadline::Leave;
    let mut desk = Desk::working(unbounded(), vec![leaves]);
    desk.pass(secs(60));
    desk.pass_answering(secs(20), &Snapshot::default());
    assert_eq!(desk.sent.len(), 1);
    assert!(desk.book().stopped()[SYMBOL].contains("may still accept it"));
}

/// A limit order that nobody spoke of is sent again behind the deadline, so that the venue says what
/// became of it; it is canceled then, and the market order takes its room.
#[test]
fn a_limit_order_that_comes_to_life_in_a_sweep_is_canceled_for_it() {
    let unbounded = with(|c| {
        c.duplicates = DuplicateScope::Forever;
        c.late_acceptance_bounded = false;
    });
    let mut desk = Desk::working(unbounded, vec![parent(limit())]);
    let order = desk.sent[0].clone();
    desk.pass(secs(60));
    for _ in 0..8 {
        if desk.sent.len() == 1 {
            desk.pass_answering(secs(1), &Snapshot::default());
        }
    }
    assert_eq!(desk.sent[1], order, "the same order, the same id");
    assert!(desk.cancels.is_empty());
    desk.quote(99, 101);
    desk.report(child(1), ExecKind::New);
    desk.pass_answering(secs(1), &Snapshot::default());
    assert_eq!(desk.cancels.len(), 1, "it works behind the deadline");
    desk.canceled(child(1), Some(0));
    assert_eq!(desk.sent.len(), 3);
    assert_eq!(desk.sent[2].ord_type, OrdType::Market);
}

#[test]
fn a_refusal_of_a_repeat_is_not_final() {
    let mut desk = silent(config());
    desk.pass_answering(secs(7), &Snapshot::default());
    assert_eq!(desk.sent.len(), 2);
    let reason = RejectReason::RateLimited;
    let text = "too many".to_owned();
    desk.report(child(1), ExecKind::Rejected { reason, text });
    assert!(
        desk.book().child(child(1)).unwrap().is_unknown(),
        "of which copy?"
    );
    assert_eq!(desk.sent.len(), 2);
    // Listed as rejected is no order either; the proof goes on, and the room comes back.
    let refused = Snapshot {
        orders: vec![listed(child(1), 10, 0, OrdStatus::Rejected)],
        ..Snapshot::default()
    };
    desk.pass_answering(secs(8), &refused);
    assert_eq!(desk.count("absent"), 2, "before the repeat, and for good");
    assert_eq!(desk.sent.last().unwrap().cl_ord_id, child(2));
}

#[test]
fn unknown_order_in_answer_to_a_cancel_says_nothing_of_the_submit() {
    let mut desk = silent(config());
    let (request, reason) = (RequestId(1), CancelRejectReason::UnknownOrder);
    desk.report(child(1), ExecKind::CancelRejected { request, reason });
    assert!(desk.book().child(child(1)).unwrap().is_unknown());
    assert_eq!(desk.book().in_flight().unknown[SYMBOL], qty(10));
}

#[test]
fn evidence_ends_doubt() {
    let mut desk = silent(config());
    desk.pass(secs(5));
    desk.answer(Snapshot {
        orders: vec![listed(child(1), 10, 0, OrdStatus::New)],
        ..Snapshot::default()
    });
    assert!(desk.book().child(child(1)).unwrap().is_working());
    desk.trade(child(1), "E1", 10);
    assert_eq!(desk.left(), Some(None));
    assert_eq!(desk.sent.len(), 1);
}

#[test]
fn after_the_deadline_the_sweep_trades_less_until_the_absence_is_proved() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.trade(child(1), "E1", 4);
    desk.report(
        child(1),
        ExecKind::Canceled {
            request: None,
            cum_qty: Some(qty(4)),
        },
    );
    desk.pass(secs(1));
    assert_eq!(
        desk.sent[1].order_qty,
        qty(6),
        "and nobody answers this one"
    );
    desk.pass(secs(58));
    let last = desk.asked.len();
    assert!(last > 0);
    desk.pass(secs(1));
    assert_eq!(desk.sent.len(), 2, "all its room is in doubt");
    desk.pass_answering(secs(4), &holding(4));
    assert_eq!(
        desk.count("absent"),
        1,
        "not wanted again after the deadline"
    );
    assert_eq!(desk.sent[2].order_qty, qty(6));
    assert_eq!(desk.sent[2].cl_ord_id, child(3));
}
