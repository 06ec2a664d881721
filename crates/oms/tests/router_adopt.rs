//! What a person takes over on the record: differences, and orders of a lost part of the journal.

mod support;

use polyfolio_execution::AlgoSpec;
use polyfolio_model::broker::Snapshot;
use polyfolio_model::{ClOrdId, ExecKind, Money, OrdStatus, RunId};
use polyfolio_oms::router::{Input, OLDER_STATE};
use polyfolio_oms::{Event, Record};
use polyfolio_portfolio::TradingState;
use support::*;

fn why() -> String {
    "a person".to_owned()
}

fn of_run(run: u32, number: u32) -> ClOrdId {
    ClOrdId {
        run,
        ..child(number)
    }
}

/// A desk whose journal lost everything behind the plan of run 1, at a broker that had answered
/// its first order and a second one.
fn restored(later: Snapshot) -> Desk {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.durable
        .retain(|record| !matches!(record, Record::Intent(_)));
    let mut desk = desk.crash(config());
    desk.quote(99, 101);
    desk.connect();
    desk.pass_answering(secs(5), &later);
    desk
}

/// Two orders of the lost part: one filled 4 and was canceled, one still works.
fn lost_part() -> Snapshot {
    Snapshot {
        orders: vec![
            listed(child(1), 10, 4, OrdStatus::Canceled),
            listed(child(2), 6, 1, OrdStatus::PartiallyFilled),
        ],
        fills: vec![executed(child(1), "E1", 4), executed(child(2), "E2", 1)],
        ..holding(5)
    }
}

#[test]
fn an_order_that_is_not_on_record_halts_until_the_mark_is_adopted() {
    let mut desk = restored(lost_part());
    assert_eq!(desk.book().trading().0, TradingState::Halted);
    assert_eq!(desk.book().breaks()[0].code, OLDER_STATE);
    assert!(desk.sent.is_empty());

    desk.take(Input::AdoptMark(why()));
    assert_eq!(desk.order_of_effects()[0], "append");
    let marked = Event::MarkAdopted {
        run: RunId(1),
        found: true,
    };
    assert!(desk.events.contains(&marked));
    assert_eq!(desk.left(), Some(Some("a person")), "the run is given up");
    assert_eq!(desk.book().trading().0, TradingState::Halted);
}

#[test]
fn orders_of_a_lost_part_find_their_sleeves_again() {
    let mut desk = restored(lost_part());
    desk.take(Input::AdoptMark(why()));
    desk.pass_answering(secs(1), &lost_part());
    let got = &desk.parent().got;
    assert_eq!(
        (got["a"], got["b"]),
        (qty(3), qty(2)),
        "five, as they want them"
    );
    assert_eq!(desk.book().ledger().positions()[SYMBOL], qty(5));
    // What still works of it is canceled, as of any run that is given up.
    assert_eq!(desk.cancels.len(), 1);
    assert_eq!(desk.cancels[0].0, child(2));
    desk.canceled(child(2), Some(1));
    let closed = Snapshot {
        orders: vec![
            listed(child(1), 10, 4, OrdStatus::Canceled),
            listed(child(2), 6, 1, OrdStatus::Canceled),
        ],
        ..lost_part()
    };
    desk.pass_answering(secs(5), &closed);
    assert!(desk.run_has_ended());

    // The next run has a number of its own, after a restart too.
    let mut desk = desk.crash(config());
    desk.connect();
    desk.pass_answering(secs(1), &closed);
    desk.take(Input::SetTrading(TradingState::Active, why()));
    desk.quote(99, 101);
    desk.take(Input::Plan(Box::new(plan(vec![parent(limit())]))));
    assert!(desk.sent[0].cl_ord_id.run > 1);
    assert_eq!(
        desk.count("adopted"),
        1,
        "the opening: nothing was left to adopt"
    );
}

#[test]
fn no_run_that_the_broker_has_seen_is_begun_again() {
    let later = Snapshot {
        orders: vec![listed(of_run(41, 1), 10, 0, OrdStatus::New)],
        ..Snapshot::default()
    };
    let mut desk = restored(later.clone());
    desk.take(Input::AdoptMark(why()));
    desk.pass_answering(secs(2), &later);
    // Nobody knows who wanted it: it is canceled like everything of what was given up.
    assert_eq!(desk.cancels.last().map(|(id, _)| *id), Some(of_run(41, 1)));
    desk.canceled(of_run(41, 1), Some(0));
    let closed = Snapshot {
        orders: vec![listed(of_run(41, 1), 10, 0, OrdStatus::Canceled)],
        ..Snapshot::default()
    };
    desk.pass_answering(secs(20), &closed);
    assert!(desk.run_has_ended());
    desk.take(Input::SetTrading(TradingState::Active, why()));
    desk.quote(99, 101);
    desk.take(Input::Plan(Box::new(plan(vec![parent(AlgoSpec::Market)]))));
    let run = desk.sent[0].cl_ord_id.run;
    assert!(run > 41, "run {run}");
    // One beyond that is what it was before: a sign of another process.
    desk.report(of_run(run + 1, 1), ExecKind::New);
    assert_eq!(desk.book().trading().0, TradingState::Halted);
}

#[test]
fn without_a_lost_order_there_is_no_mark_to_adopt() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.take(Input::AdoptMark(why()));
    assert_eq!(desk.count("salvaged"), 0);
    assert_eq!(desk.left(), None, "the run goes on");
}

#[test]
fn a_difference_is_taken_over_by_command_once() {
    let mut desk = Desk::new(config());
    desk.connect();
    desk.answer(holding(7));
    desk.take(Input::Reconcile);
    desk.pass_answering(secs(5), &holding(9));
    assert_eq!(desk.book().trading().0, TradingState::Halted);
    assert_eq!(desk.book().ledger().positions()[SYMBOL], qty(7));
    for _ in 0..2 {
        desk.take(Input::Adopt("command".to_owned()));
    }
    assert_eq!(desk.book().ledger().positions()[SYMBOL], qty(9));
    let by_command = |r: &&Record| matches!(r, Record::Adopted(a) if a.reason == "command");
    assert_eq!(desk.durable.iter().filter(by_command).count(), 1);
    assert_eq!(
        desk.book().trading().0,
        TradingState::Halted,
        "a person resumes it"
    );
    desk.take(Input::SetTrading(TradingState::Active, why()));
    desk.take(Input::Reconcile);
    desk.pass_answering(secs(5), &holding(9));
    assert_eq!(desk.book().trading().0, TradingState::Active);
}

#[test]
fn nothing_is_adopted_that_was_not_found() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.take(Input::Adopt("command".to_owned()));
    let nothing = Event::DifferenceAdopted {
        by_command: true,
        positions: Default::default(),
        cash: Money::ZERO,
    };
    assert!(desk.events.contains(&nothing));
    assert_eq!(desk.count("adopted"), 1, "the opening");
}

#[test]
fn a_mark_behind_which_no_id_is_left_is_refused() {
    let mut desk = Desk::new(config());
    desk.connect();
    desk.answer(Snapshot::default());
    let last = Snapshot {
        orders: vec![listed(of_run(u32::MAX - 1, 1), 10, 0, OrdStatus::New)],
        ..Snapshot::default()
    };
    desk.take(Input::Reconcile);
    desk.answer(last);
    let records = desk.durable.len() + desk.tail.len();
    desk.take(Input::AdoptMark(why()));
    let refused = |event: &Event| match event {
        Event::MarkRefused { reason } => reason.contains("no run number is left"),
        _ => false,
    };
    assert!(desk.events.iter().any(refused), "{:?}", desk.events);
    assert_eq!(desk.durable.len() + desk.tail.len(), records);
}
