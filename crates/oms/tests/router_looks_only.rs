//! A router that only looks: the broker's facts go on record, and nothing goes to the broker.

mod support;

use polyfolio_execution::AlgoSpec;
use polyfolio_model::broker::{DuplicateScope, Snapshot};
use polyfolio_model::{ExecKind, OrdStatus};
use polyfolio_oms::router::{Input, LateResume, RouterConfig};
use support::*;

fn looking() -> RouterConfig {
    RouterConfig {
        looks_only: true,
        ..config()
    }
}

#[test]
fn a_run_that_is_not_over_is_left_as_it_is() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.trade(child(1), "E1", 3);
    desk.canceled(child(1), Some(3));
    desk.pass(secs(1));
    desk.take(Input::Reconcile);
    let before = desk.sent.len();
    assert_eq!(before, 2, "what is left is sent again");
    let mut desk = desk.crash(looking());
    let shown = Snapshot {
        orders: vec![listed(child(1), 10, 3, OrdStatus::Canceled)],
        fills: vec![executed(child(1), "E1", 3)],
        ..holding(3)
    };
    desk.connect();
    desk.quote(99, 101);
    for _ in 0..200 {
        desk.pass_answering(secs(1), &shown);
        desk.quote(99, 101);
    }
    assert!(desk.sent.is_empty() && desk.cancels.is_empty());
    assert!(!desk.run_has_ended());
    assert_eq!(desk.count("extended") + desk.count("abandoned"), 0);
    // The next one goes on with it.
    let mut desk = desk.crash(RouterConfig {
        on_late_resume: LateResume::Extend,
        ..config()
    });
    desk.connect();
    desk.quote(99, 101);
    desk.pass_answering(secs(2), &shown);
    desk.quote(99, 101);
    assert_eq!(desk.sent.len(), 1);
}

#[test]
fn what_it_sees_goes_on_record() {
    let desk = Desk::working(config(), vec![parent(AlgoSpec::Market)]);
    let mut desk = desk.crash(looking());
    desk.connect();
    desk.pass_answering(
        secs(3),
        &Snapshot {
            orders: vec![listed(child(1), 10, 10, OrdStatus::Filled)],
            fills: vec![executed(child(1), "E1", 10)],
            ..holding(10)
        },
    );
    assert_eq!(desk.parent().cum_qty, qty(10));
    assert!(desk.router.is_synchronised());
}

#[test]
fn an_order_that_works_is_not_canceled_and_no_run_is_begun() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.take(Input::Abandon("enough".to_owned()));
    let mut desk = desk.crash(looking());
    let shown = Snapshot {
        orders: vec![listed(child(1), 10, 0, OrdStatus::New)],
        ..Snapshot::default()
    };
    desk.connect();
    desk.pass_answering(secs(120), &shown);
    desk.take(Input::Plan(Box::new(plan(vec![parent(limit())]))));
    desk.pass_answering(secs(5), &shown);
    assert!(desk.sent.is_empty() && desk.cancels.is_empty());
    assert_eq!(desk.count("planned"), 1);
}

#[test]
fn an_order_that_whoever_works_would_send_again_is_left_to_him() {
    let unbounded = |mut config: RouterConfig| {
        config.capabilities.duplicates = DuplicateScope::Forever;
        config.capabilities.late_acceptance_bounded = false;
        config
    };
    let desk = Desk::working(unbounded(config()), vec![parent(AlgoSpec::Market)]);
    let mut desk = desk.crash(unbounded(looking()));
    desk.connect();
    desk.pass_answering(secs(30), &Snapshot::default());
    assert!(desk.router.is_synchronised());
    assert!(desk.book().stopped().is_empty(), "a look decides nothing");
    let mut worker = desk.crash(unbounded(config()));
    worker.connect();
    worker.quote(99, 101);
    worker.pass_answering(secs(10), &Snapshot::default());
    assert_eq!(worker.sent[0].cl_ord_id, child(1));
}

#[test]
fn a_person_may_have_the_last_word_of_it_all_the_same() {
    let mut looks = looking();
    looks.capabilities.duplicates = DuplicateScope::Forever;
    looks.capabilities.late_acceptance_bounded = false;
    let desk = Desk::working(config(), vec![parent(AlgoSpec::Market)]);
    let mut desk = desk.crash(looks);
    desk.connect();
    desk.take(Input::Resolve(child(1), "their desk says so".to_owned()));
    desk.pass_answering(secs(30), &Snapshot::default());
    assert!(desk.book().child(child(1)).unwrap().gone.is_some());
    assert!(desk.book().stopped().is_empty());
}
