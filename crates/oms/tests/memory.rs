//! What a book forgets, what it keeps as a snapshot, and what a late word about an order that it
//! has forgotten comes to.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod support;

use polyfolio_execution::AlgoSpec;
use polyfolio_model::broker::Snapshot;
use polyfolio_model::{ClOrdId, ExecKind, Money, OrdStatus, ParentId, RunId, Span};
use polyfolio_oms::book::{BREAKS_MAX, Kept, KeptError, NAVS_MAX, SLEEVE_NAVS_MAX, STAYS_FOR};
use polyfolio_oms::records::{Break, Nav, Stopped};
use polyfolio_oms::router::{Input, ORDER_MISMATCH};
use polyfolio_oms::{Book, Record};
use polyfolio_portfolio::TradingState;
use support::*;

fn of_run(run: u32) -> ClOrdId {
    ClOrdId { run, ..child(1) }
}

fn execution(run: u32) -> String {
    format!("E{run}")
}

/// So many runs, one a day, each of which bought ten at once; the broker lists all of them for ever.
fn after_runs(runs: u32) -> (Desk, Snapshot) {
    after_runs_every(STAYS_FOR, runs)
}

fn after_runs_every(pause: Span, runs: u32) -> (Desk, Snapshot) {
    let mut desk = Desk::new(config());
    let mut shown = Snapshot::default();
    desk.connect();
    for run in 1..=runs {
        while !desk.asked.is_empty() {
            desk.answer(shown.clone());
        }
        desk.quote(99, 101);
        desk.take(Input::Plan(Box::new(plan(vec![parent(AlgoSpec::Market)]))));
        desk.report(of_run(run), ExecKind::New);
        desk.trade(of_run(run), &execution(run), 10);
        shown
            .orders
            .push(listed(of_run(run), 10, 10, OrdStatus::Filled));
        shown.fills.push(executed(of_run(run), &execution(run), 10));
        shown.positions = holding(10 * i64::from(run)).positions;
        desk.pass_answering(secs(30), &shown);
        assert!(desk.run_has_ended(), "run {run}");
        desk.pass_answering(pause, &shown);
    }
    (desk, shown)
}

#[test]
fn orders_leave_memory_with_the_second_run_behind_theirs() {
    let (desk, _) = after_runs(5);
    let ids: Vec<u32> = desk.book().children().map(|child| child.id().run).collect();
    assert_eq!(ids, [4, 5], "the last run and the one before");
    let parents: Vec<RunId> = desk.book().parents().keys().map(|id| id.run).collect();
    assert_eq!(parents, [RunId(4), RunId(5)]);
    for run in 1..=5 {
        assert_eq!(desk.book().has_left(of_run(run)), run < 4);
    }
    let foreign = ClOrdId {
        deployment: DEPLOYMENT + 1,
        ..of_run(1)
    };
    assert!(!desk.book().has_left(foreign));
    assert_eq!(desk.book().ledger().positions()[SYMBOL], qty(50));
}

/// Also when many runs come within minutes, a correction of the day is booked to who has the fill.
#[test]
fn an_order_stays_while_a_person_has_to_say_what_became_of_it() {
    let (mut desk, shown) = after_runs(1);
    let id = of_run(1);
    let reason = Some(format!(
        "the fate of order {id} is unknown: no list shows it"
    ));
    let (instrument, time) = (SYMBOL.into(), desk.now);
    desk.take(Input::Note(Box::new(Record::Stopped(Stopped {
        instrument,
        reason,
        time,
    }))));
    for _ in 0..3 {
        desk.quote(99, 101);
        desk.take(Input::Plan(Box::new(plan(vec![parent(AlgoSpec::Market)]))));
        desk.pass_answering(secs(200), &shown);
        assert!(desk.run_has_ended());
        desk.pass_answering(STAYS_FOR, &shown);
    }
    assert_eq!(desk.book().run().unwrap().planned.run, RunId(4));
    assert!(desk.book().child(id).is_some());
}

#[test]
fn orders_of_the_day_stay_however_many_runs_follow() {
    let (mut desk, _) = after_runs_every(secs(1), 6);
    assert_eq!(desk.book().children().count(), 6);
    assert!(!desk.book().has_left(of_run(1)));
    let (fill, reference) = (fill("E1-corrected", 8), "E1".into());
    desk.report(of_run(1), ExecKind::TradeCorrect { fill, reference });
    assert_eq!(desk.book().ledger().positions()[SYMBOL], qty(58));
}

#[test]
fn f45_a_book_does_not_grow_with_the_runs_behind_it() {
    let size = |runs| after_runs(runs).0.book().keep().unwrap().bytes.len();
    let (few, many) = (size(4), size(60));
    assert!(
        many < few + few / 20,
        "{few} bytes after 4 runs, {many} after 60"
    );
}

/// Twice equals once, also for what has left: nothing is booked again, and no order that was sent
/// from here counts as one that never was.
#[test]
fn lists_that_reach_back_to_forgotten_orders_change_nothing() {
    let (mut desk, shown) = after_runs(5);
    let records = desk.durable.len() + desk.tail.len();
    for _ in 0..2 {
        desk.take(Input::Reconcile);
        desk.pass_answering(secs(5), &shown);
    }
    assert_eq!(desk.durable.len() + desk.tail.len(), records);
    let mut again = desk.crash(config());
    again.connect();
    again.pass_answering(secs(5), &shown);
    assert_eq!(again.durable.len() + again.tail.len(), records);
    assert!(again.book().breaks().is_empty());
    assert_eq!(again.book().trading().0, TradingState::Active);
}

#[test]
fn a_late_word_about_a_forgotten_order_asks_the_broker_and_its_position_speaks() {
    let (mut desk, mut shown) = after_runs(4);
    desk.trade(of_run(1), "E-late", 3);
    assert_eq!(desk.book().ledger().positions()[SYMBOL], qty(40));
    assert!(desk.book().breaks().is_empty());
    shown.positions = holding(43).positions;
    desk.pass_answering(secs(10), &shown);
    assert_eq!(desk.book().breaks()[0].code, "position");
    assert_eq!(desk.book().trading().0, TradingState::Halted);
}

#[test]
fn a_forgotten_order_that_works_at_the_broker_halts_trading() {
    let (mut desk, mut shown) = after_runs(4);
    shown.orders[0] = listed(of_run(1), 10, 4, OrdStatus::PartiallyFilled);
    desk.take(Input::Reconcile);
    desk.pass_answering(secs(10), &shown);
    let found = &desk.book().breaks()[0];
    assert_eq!(found.code, ORDER_MISMATCH);
    assert!(
        found.message.contains("works at the broker"),
        "{}",
        found.message
    );
    assert_eq!(desk.book().trading().0, TradingState::Halted);
    assert!(desk.book().child(of_run(1)).is_none());
}

/// An order whose fate nobody knows stays, however many runs pass, and its parent with it.
#[test]
fn what_may_still_trade_is_never_forgotten() {
    let (desk, _) = after_runs(2);
    let mut book = folded(&desk.durable);
    let intent = desk.durable.iter().find_map(|record| match record {
        Record::Intent(intent) => Some(intent.clone()),
        _ => None,
    });
    let mut intent = intent.unwrap();
    intent.order.cl_ord_id.child = 2;
    book.apply(&Record::Intent(intent.clone()));
    let planned = desk.durable.iter().find_map(|record| match record {
        Record::Planned(planned) => Some(planned.clone()),
        _ => None,
    });
    let mut planned = planned.unwrap();
    for run in 3..9 {
        planned.run = RunId(run);
        planned.start = planned.start + STAYS_FOR;
        book.apply(&Record::Planned(planned.clone()));
    }
    let id = intent.order.cl_ord_id;
    assert!(book.child(id).unwrap().is_unknown());
    assert_eq!(book.children().count(), 1);
    assert!(!book.has_left(id) && book.has_left(of_run(1)));
    assert!(book.parent(id.parent_id()).is_some());
    let (run, parent) = (RunId(2), 1);
    assert!(book.parent(ParentId { run, parent }).is_none());
    assert_eq!(book.in_flight().unknown[SYMBOL], qty(10));
}

#[test]
fn breaks_and_marks_are_bounded_and_old_marks_say_less() {
    let mut book = Book::new(DEPLOYMENT);
    let navs = (NAVS_MAX + 10) as i64;
    for n in 0..navs {
        book.apply(&Record::Break(Break {
            instrument: None,
            code: "cash".to_owned(),
            message: n.to_string(),
            time: start() + secs(n),
        }));
        book.apply(&Record::Nav(Nav {
            date: date(),
            time: start() + secs(n),
            account: Money::from(n),
            cash: Money::ZERO,
            sleeves: [("a".into(), Money::from(n))].into(),
            run: None,
        }));
    }
    assert_eq!(book.breaks().len(), BREAKS_MAX);
    assert_eq!(
        book.breaks().back().unwrap().message,
        (navs - 1).to_string()
    );
    assert_eq!(book.navs().len(), NAVS_MAX);
    assert_eq!(book.navs()[0].account, Money::from(10));
    let whole = book.navs().iter().filter(|nav| !nav.sleeves.is_empty());
    assert_eq!(whole.count(), SLEEVE_NAVS_MAX);
    assert_eq!(book.navs().back().unwrap().sleeves.len(), 1);
}

#[test]
fn a_snapshot_behind_any_record_stands_for_all_before_it() {
    let (mut desk, _) = after_runs(4);
    // And one in the middle of its work.
    desk.quote(99, 101);
    desk.take(Input::Plan(Box::new(plan(vec![parent(limit())]))));
    desk.report(of_run(5), ExecKind::New);
    desk.trade(of_run(5), "E5", 3);
    desk.pass(secs(1));
    let whole = state(&folded(&desk.durable));
    assert!(!whole.1.is_empty(), "an order works");
    for at in 0..=desk.durable.len() {
        let through = state(&through_a_snapshot(&desk.durable, at));
        assert_eq!(through, whole, "behind {at} records");
    }
}

#[test]
fn what_is_no_snapshot_of_this_journal_is_refused_by_name() {
    let (desk, _) = after_runs(1);
    let kept = desk.book().keep().unwrap();
    let refused = |kept: Kept| Book::restore(DEPLOYMENT, &kept).unwrap_err().to_string();
    let newer = Kept {
        version: 99,
        ..kept.clone()
    };
    assert!(refused(newer).contains("version 99"));
    let other = Kept {
        kind: "planned".to_owned(),
        ..kept.clone()
    };
    assert!(refused(other).contains("`planned`"));
    let torn = Kept {
        bytes: kept.bytes[..kept.bytes.len() / 2].to_vec(),
        ..kept.clone()
    };
    assert!(refused(torn).contains("cannot be read"));
    let foreign = Book::restore(DEPLOYMENT + 1, &kept);
    assert!(matches!(
        foreign,
        Err(KeptError::Foreign {
            found: DEPLOYMENT,
            ..
        })
    ));
}
