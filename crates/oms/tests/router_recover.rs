//! Start is recover: what another process finds, and goes on with.

mod support;

use polyfolio_execution::AlgoSpec;
use polyfolio_execution::algo::Style;
use polyfolio_model::broker::Snapshot;
use polyfolio_model::{ExecKind, OrdStatus, OrdType, Span};
use polyfolio_oms::router::{Input, LateResume, RouterConfig, StopPolicy};
use polyfolio_oms::{Book, Event, Record};
use rust_decimal::Decimal;
use support::*;

fn twap() -> AlgoSpec {
    AlgoSpec::Twap {
        slices: 2,
        style: Style::Market,
        size_jitter: Decimal::ZERO,
        time_jitter: Span::ZERO,
        seed: 0,
    }
}

fn late(policy: LateResume) -> RouterConfig {
    RouterConfig {
        on_late_resume: policy,
        ..config()
    }
}

#[test]
fn an_intent_without_a_submit_is_sent_under_its_id_once_it_is_proved_absent() {
    let desk = Desk::working(config(), vec![parent(AlgoSpec::Market)]);
    let intended = desk.sent[0].clone();
    let mut desk = desk.crash(config());
    desk.connect();
    let recovered = desk.events.iter().find_map(|event| match event {
        Event::Recovered(found) => Some(found.clone()),
        _ => None,
    });
    let recovered = recovered.unwrap();
    assert_eq!(recovered.unanswered, [child(1)]);
    assert_eq!(recovered.run.as_deref(), Some("20221228-001"));
    desk.quote(99, 101);
    desk.pass_answering(secs(5), &Snapshot::default());
    assert!(
        desk.sent.is_empty(),
        "the horizon begins anew with the connection"
    );
    desk.pass_answering(secs(3), &Snapshot::default());
    assert_eq!(desk.sent, [intended]);
}

#[test]
fn a_resumed_run_keeps_its_parents_fills_and_deadline() {
    let desk = {
        let mut desk = Desk::working(config(), vec![parent(twap())]);
        desk.trade(child(1), "E1", 5);
        desk.pass(secs(10));
        desk
    };
    let planned = desk.book().run().unwrap().planned.clone();
    let mut desk = desk.crash(config());
    desk.connect();
    desk.answer(holding(5));
    let run = desk.book().active_run().unwrap();
    assert_eq!((run.deadline, &run.planned), (start() + secs(60), &planned));
    assert_eq!(desk.parent().cum_qty, qty(5));
    desk.quote(99, 101);
    assert!(desk.sent.is_empty(), "the first slice is done");
    desk.pass(secs(20));
    assert_eq!(
        desk.sent.len(),
        1,
        "the second comes when it would have come"
    );
    assert_eq!(desk.sent[0].cl_ord_id, child(2));
    assert_eq!(desk.sent[0].order_qty, qty(5));
}

#[test]
fn facts_that_were_not_flushed_are_learned_again() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.trade(child(1), "E1", 4);
    assert!(!desk.tail.is_empty());
    let mut desk = desk.crash(config());
    assert_eq!(desk.parent().cum_qty, qty(0));
    desk.connect();
    desk.answer(Snapshot {
        orders: vec![listed(child(1), 10, 4, OrdStatus::PartiallyFilled)],
        fills: vec![executed(child(1), "E1", 4)],
        ..holding(4)
    });
    assert_eq!(desk.parent().cum_qty, qty(4));
    assert!(desk.sent.is_empty());
}

#[test]
fn a_closed_order_waits_for_its_last_fill_after_a_restart_too() {
    let mut settling = config();
    settling.capabilities.settle = secs(2);
    let mut desk = Desk::working(settling.clone(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.pass(secs(59));
    desk.report(
        child(1),
        ExecKind::Canceled {
            request: None,
            cum_qty: None,
        },
    );
    desk.pass(secs(1));
    let mut desk = desk.crash(settling);
    desk.connect();
    desk.quote(99, 101);
    desk.pass_answering(secs(2), &Snapshot::default());
    assert!(desk.sent.is_empty());
    desk.pass_answering(secs(4), &Snapshot::default());
    assert_eq!(desk.sent.len(), 1, "and does not wait for ever");
}

#[test]
fn a_cancel_in_flight_at_the_crash_is_asked_again() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.pass(Span::from_millis(60_200));
    let cancel = desk.cancels[0];
    let mut desk = desk.crash(config());
    desk.connect();
    desk.answer(Snapshot {
        orders: vec![listed(child(1), 10, 0, OrdStatus::New)],
        ..Snapshot::default()
    });
    assert_eq!(desk.cancels, [cancel]);
}

#[test]
fn an_order_of_a_run_that_is_over_is_taken_off_the_book() {
    let mut hurried = parent(limit());
    hurried.sweep_for = secs(1);
    let mut desk = Desk::working(config(), vec![hurried]);
    // Lists that do not reach back to it prove nothing: the run ends with an order in doubt.
    let short = Snapshot {
        reaches_back_to: Some(start() + secs(1_000)),
        ..Snapshot::default()
    };
    desk.pass_answering(secs(70), &short);
    assert!(desk.run_has_ended());
    // Then the broker lists it, and before the cancel is answered the process dies.
    desk.report(child(1), ExecKind::New);
    desk.pass(secs(1));
    let mut desk = desk.crash(config());
    desk.connect();
    desk.answer(Snapshot {
        orders: vec![listed(child(1), 10, 0, OrdStatus::New)],
        ..Snapshot::default()
    });
    assert_eq!(desk.cancels.len(), 1);
}

/// A run whose deadline passed while nobody was there.
fn resumed_late(policy: LateResume) -> Desk {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.pass(secs(1));
    desk.now = start() + secs(3_600);
    let mut desk = desk.crash(late(policy));
    desk.quote(99, 101);
    desk.connect();
    desk.answer(Snapshot {
        orders: vec![listed(child(1), 10, 0, OrdStatus::New)],
        ..Snapshot::default()
    });
    desk
}

#[test]
fn a_late_run_is_swept() {
    let mut desk = resumed_late(LateResume::Sweep);
    assert_eq!(desk.book().active_run().unwrap().deadline, desk.now);
    desk.canceled(child(1), Some(0));
    assert_eq!(desk.sent[0].ord_type, OrdType::Market);
}

#[test]
fn a_late_run_is_given_its_horizon_again() {
    let desk = resumed_late(LateResume::Extend);
    assert_eq!(
        desk.book().active_run().unwrap().deadline,
        desk.now + secs(60)
    );
    assert!(desk.cancels.is_empty(), "its order goes on working");
    assert_eq!(desk.left(), None);
}

#[test]
fn a_late_run_is_given_up() {
    let mut desk = resumed_late(LateResume::Abandon);
    assert_eq!(desk.cancels.len(), 1);
    let why = "its deadline passed while nobody was there";
    assert_eq!(desk.left(), Some(Some(why)));
    desk.canceled(child(1), Some(0));
    desk.pass_answering(secs(1), &Snapshot::default());
    assert!(desk.run_has_ended());
    assert!(desk.sent.is_empty());
}

#[test]
fn the_state_is_the_fold_of_the_journal() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::PendingNew);
    desk.report(child(1), ExecKind::New);
    for _ in 0..2 {
        desk.report(child(1), ExecKind::New);
        desk.report(child(1), ExecKind::PendingNew);
        desk.trade(child(1), "E1", 4);
        desk.report(child(1), ExecKind::Status { cum_qty: qty(4) });
    }
    desk.pass(secs(1));
    assert!(desk.tail.is_empty());
    let fold = |records: &[Record]| {
        let mut book = Book::new(DEPLOYMENT);
        for record in records {
            book.apply(record);
        }
        serde_json::to_string(&book).unwrap()
    };
    let live = serde_json::to_string(desk.book()).unwrap();
    assert_eq!(fold(&desk.durable), live);
}

#[test]
fn a_stop_flushes_and_leaves_orders_to_rest() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.take(Input::Stop(StopPolicy::Leave));
    assert_eq!(desk.order_of_effects()[0], "append");
    assert!(desk.tail.is_empty());
    assert!(desk.cancels.is_empty());
    let resting = |event: &Event| matches!(event, Event::Stopped { resting: 1 });
    assert!(desk.events.iter().any(resting));
    desk.quote(98, 102);
    assert_eq!(desk.sent.len(), 1, "nothing new after it");
}

#[test]
fn a_stop_that_cancels_waits_for_the_answers() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.take(Input::Stop(StopPolicy::Cancel));
    assert_eq!(desk.cancels.len(), 1);
    let stopped = |event: &Event| matches!(event, Event::Stopped { .. });
    assert!(!desk.events.iter().any(stopped));
    desk.canceled(child(1), Some(0));
    assert!(desk.events.iter().any(stopped));
    assert_eq!(desk.sent.len(), 1);
}
