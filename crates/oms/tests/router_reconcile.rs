//! The broker's facts and ours made one.

mod support;

use polyfolio_execution::AlgoSpec;
use polyfolio_model::broker::{AccountFill, Report, Snapshot, SnapshotFailed};
use polyfolio_model::{ClOrdId, ExecKind, Money, OrdStatus};
use polyfolio_oms::events::Finding;
use polyfolio_oms::router::{CASH, Input, OnBreak, RouterConfig};
use polyfolio_oms::{Event, Record};
use polyfolio_portfolio::TradingState;
use support::*;

fn connected(config: RouterConfig, first: Snapshot) -> Desk {
    let mut desk = Desk::new(config);
    desk.connect();
    desk.answer(first);
    desk
}

/// Asks for everything, and answers it.
fn reconcile(desk: &mut Desk, snapshot: &Snapshot) {
    desk.take(Input::Reconcile);
    desk.pass_answering(secs(5), snapshot);
}

#[test]
fn the_first_snapshot_is_the_opening_of_the_account() {
    let opening = Snapshot {
        cash: Some(Money::from(1_000)),
        ..holding(7)
    };
    let mut desk = connected(config(), opening.clone());
    assert_eq!(desk.book().ledger().positions()[SYMBOL], qty(7));
    assert_eq!(desk.book().ledger().cash(), Money::from(1_000));
    assert!(desk.book().breaks().is_empty());
    reconcile(&mut desk, &opening);
    assert_eq!(desk.count("adopted"), 1, "once");
}

#[test]
fn fills_that_only_a_snapshot_knows_are_booked_and_counted() {
    let mut desk = Desk::working(config(), vec![parent(AlgoSpec::Market)]);
    desk.disconnect();
    desk.connect();
    desk.answer(Snapshot {
        orders: vec![listed(child(1), 10, 4, OrdStatus::PartiallyFilled)],
        fills: vec![executed(child(1), "E1", 4)],
        ..holding(4)
    });
    assert_eq!(desk.parent().cum_qty, qty(4));
    let found = desk.events.iter().rev().find_map(|event| match event {
        Event::Reconciled(found) => Some(found.clone()),
        _ => None,
    });
    let found = found.unwrap();
    assert_eq!(found.fills_found, 1);
    let (cum_qty, leaves_qty) = (qty(4), qty(6));
    assert_eq!(
        found.settled[0].finding,
        Finding::Adopted {
            cum_qty,
            leaves_qty
        }
    );
    assert_eq!(desk.sent.len(), 1);
}

#[test]
fn twice_equals_once() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    let seen = Snapshot {
        orders: vec![listed(child(1), 10, 4, OrdStatus::PartiallyFilled)],
        fills: vec![executed(child(1), "E1", 4)],
        ..holding(4)
    };
    reconcile(&mut desk, &seen);
    let records = desk.durable.len();
    reconcile(&mut desk, &seen);
    assert_eq!(desk.durable.len(), records);
    assert!(desk.tail.is_empty());
}

#[test]
fn two_snapshots_that_differ_from_us_halt_trading() {
    let mut desk = connected(config(), holding(7));
    desk.take(Input::Reconcile);
    desk.answer(holding(9));
    assert_eq!(
        desk.book().trading().0,
        TradingState::Active,
        "one may be behind"
    );
    desk.pass_answering(secs(2), &holding(9));
    assert_eq!(desk.book().trading().0, TradingState::Halted);
    let found = &desk.book().breaks()[0];
    assert_eq!(found.message, "X: our book says 7, the broker says 9");
    assert_eq!(
        desk.book().ledger().positions()[SYMBOL],
        qty(7),
        "nothing is invented"
    );
    reconcile(&mut desk, &holding(9));
    reconcile(&mut desk, &holding(9));
    assert_eq!(desk.book().breaks().len(), 1, "found once");
}

#[test]
fn a_difference_that_comes_back_is_another_break() {
    let mut desk = connected(config(), holding(7));
    reconcile(&mut desk, &holding(9));
    reconcile(&mut desk, &holding(7));
    assert_eq!(desk.book().breaks().len(), 1);
    reconcile(&mut desk, &holding(9));
    assert_eq!(desk.book().breaks().len(), 2, "it was gone in between");

    // A start knows the one that nobody has answered, and takes up no other.
    let mut desk = desk.crash(config());
    desk.connect();
    desk.answer(holding(9));
    desk.pass_answering(secs(2), &holding(9));
    assert_eq!(desk.book().breaks().len(), 2, "it stands");
    desk.take(Input::SetTrading(TradingState::Active, "looked".into()));
    let mut desk = desk.crash(config());
    desk.connect();
    desk.answer(holding(9));
    desk.pass_answering(secs(2), &holding(9));
    assert_eq!(desk.book().breaks().len(), 3, "trading went on with it");
    assert_eq!(desk.book().trading().0, TradingState::Halted);
}

#[test]
fn by_policy_a_difference_is_taken_over_on_the_record() {
    let adopt = RouterConfig {
        on_break: OnBreak::Adopt,
        ..config()
    };
    let mut desk = connected(adopt, holding(7));
    reconcile(&mut desk, &holding(9));
    assert_eq!(desk.book().trading().0, TradingState::Active);
    assert_eq!(desk.book().ledger().positions()[SYMBOL], qty(9));
    let by_policy = |r: &&Record| matches!(r, Record::Adopted(a) if a.reason == "policy");
    assert_eq!(desk.durable.iter().filter(by_policy).count(), 1);
    assert_eq!(desk.book().breaks().len(), 1);
    let said = Event::DifferenceAdopted {
        by_command: false,
        positions: [(SYMBOL.into(), qty(2))].into(),
        cash: Money::ZERO,
    };
    assert!(desk.events.contains(&said), "and it is said");
}

/// Asks once a second, and answers with so much of `SYMBOL` and cash that goes on moving.
fn reconcile_with_moving_cash(desk: &mut Desk, held: i64) {
    for cash in 0..10 {
        desk.take(Input::Reconcile);
        while !desk.asked.is_empty() {
            desk.answer(Snapshot {
                cash: Some(Money::from(1_000 + cash)),
                ..holding(held)
            });
        }
        desk.pass(secs(1));
    }
}

#[test]
fn cash_that_goes_on_moving_keeps_no_position_in_doubt() {
    let opening = Snapshot {
        cash: Some(Money::from(999)),
        ..holding(7)
    };
    let mut desk = connected(config(), opening.clone());
    reconcile_with_moving_cash(&mut desk, 9);
    assert_eq!(desk.book().trading().0, TradingState::Halted);
    assert_eq!(
        desk.book().breaks()[0].message,
        "X: our book says 7, the broker says 9"
    );
    let adopt = RouterConfig {
        on_break: OnBreak::Adopt,
        ..config()
    };
    let mut desk = connected(adopt, opening);
    reconcile_with_moving_cash(&mut desk, 9);
    assert_eq!(desk.book().ledger().positions()[SYMBOL], qty(9));
}

#[test]
fn a_position_that_goes_on_moving_keeps_no_other_in_doubt() {
    let mut desk = connected(config(), holding(7));
    for other in 1..10 {
        desk.take(Input::Reconcile);
        while !desk.asked.is_empty() {
            let mut snapshot = holding(9);
            snapshot.positions.push(("Y".into(), qty(other)));
            desk.answer(snapshot);
        }
        desk.pass(secs(1));
    }
    let found = desk.book().breaks().iter();
    let found: Vec<&str> = found.map(|found| found.message.as_str()).collect();
    assert_eq!(found, ["X: our book says 7, the broker says 9"]);
}

#[test]
fn a_difference_that_passes_is_none() {
    let mut desk = connected(config(), holding(7));
    desk.take(Input::Reconcile);
    desk.answer(holding(9));
    desk.pass_answering(secs(5), &holding(7));
    assert!(desk.book().breaks().is_empty());
}

#[test]
fn a_second_look_before_the_lists_had_time_confirms_nothing() {
    let mut desk = connected(config(), holding(7));
    for _ in 0..5 {
        desk.take(Input::Reconcile);
        desk.answer(holding(9));
    }
    assert!(desk.book().breaks().is_empty(), "all at one moment");
}

#[test]
fn lists_that_are_behind_a_trading_book_are_no_break() {
    let mut slices = parent(limit());
    slices.order_qty = qty(10);
    let mut desk = Desk::working(config(), vec![slices]);
    // Every two seconds one more fills, and every list is one behind.
    for number in 1..=8 {
        desk.trade(child(1), &format!("E{number}"), 1);
        reconcile_at_once(&mut desk, number - 1);
        desk.pass(secs(1));
        reconcile_at_once(&mut desk, number - 1);
    }
    assert!(
        desk.book().breaks().is_empty(),
        "{:?}",
        desk.book().breaks()
    );
    assert_eq!(desk.book().trading().0, TradingState::Active);
}

fn reconcile_at_once(desk: &mut Desk, shown: i64) {
    desk.take(Input::Reconcile);
    while !desk.asked.is_empty() {
        desk.answer(holding(shown));
    }
}

#[test]
fn cash_moves_for_reasons_of_its_own() {
    let with = |cash: i64| Snapshot {
        cash: Some(Money::from(cash)),
        ..holding(7)
    };
    let mut desk = connected(config(), with(1_000));
    reconcile(&mut desk, &with(1_003));
    assert_eq!(desk.book().ledger().cash(), Money::from(1_003));
    assert_eq!(desk.book().trading().0, TradingState::Active);
    let found = &desk.book().breaks()[0];
    assert_eq!((found.code.as_str(), &found.instrument), (CASH, &None));
    assert!(
        found
            .message
            .contains("our book says 1000, the broker says 1003")
    );
    // The same interest once more is another break.
    for (cash, breaks) in [(1_000, 2), (1_003, 3)] {
        desk.pass(secs(1));
        reconcile(&mut desk, &with(cash));
        assert_eq!(desk.book().breaks().len(), breaks);
    }
}

#[test]
fn an_order_that_this_directory_never_sent_halts_everything() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), polyfolio_model::ExecKind::New);
    let newer = ClOrdId { run: 5, ..child(1) };
    reconcile(
        &mut desk,
        &Snapshot {
            orders: vec![
                listed(child(1), 10, 0, OrdStatus::New),
                listed(newer, 10, 0, OrdStatus::New),
            ],
            ..Snapshot::default()
        },
    );
    assert_eq!(desk.book().trading().0, TradingState::Halted);
    let found = &desk.book().breaks()[0];
    assert_eq!(found.code, "older_state");
    assert!(
        found.message.contains(&newer.to_string()),
        "{}",
        found.message
    );
    assert_eq!(desk.book().breaks().len(), 1);
    assert!(
        desk.cancels.iter().all(|(id, _)| *id == child(1)),
        "not ours to cancel"
    );
}

#[test]
fn orders_of_others_are_counted() {
    let foreign = ClOrdId {
        deployment: 8,
        ..child(1)
    };
    let mut unnamed = listed(child(1), 5, 0, OrdStatus::New);
    unnamed.cl_ord_id = None;
    let desk = connected(
        config(),
        Snapshot {
            orders: vec![listed(foreign, 5, 0, OrdStatus::New), unnamed],
            ..Snapshot::default()
        },
    );
    let counted = |event: &Event| matches!(event, Event::Reconciled(r) if r.foreign_orders == 2);
    assert!(desk.events.iter().any(counted));
    assert!(desk.cancels.is_empty());
}

#[test]
fn a_snapshot_in_which_the_book_vanishes_is_not_believed_at_once() {
    let full = Snapshot {
        positions: vec![
            ("X".into(), qty(1)),
            ("Y".into(), qty(2)),
            ("Z".into(), qty(3)),
        ],
        ..Snapshot::default()
    };
    let mut desk = connected(config(), full.clone());
    desk.take(Input::Reconcile);
    desk.answer(Snapshot::default());
    let doubted = |event: &Event| matches!(event, Event::SnapshotFailed { .. });
    assert!(desk.events.iter().any(doubted));
    desk.pass_answering(secs(5), &full);
    assert!(desk.book().breaks().is_empty());
}

#[test]
fn an_unbelievable_snapshot_proves_no_absence() {
    let full = Snapshot {
        positions: vec![("Y".into(), qty(2)), ("Z".into(), qty(3))],
        ..Snapshot::default()
    };
    let mut desk = connected(config(), full);
    desk.quote(99, 101);
    desk.take(Input::Plan(Box::new(plan(vec![parent(limit())]))));
    desk.pass(secs(6));
    desk.pass_answering(secs(2), &Snapshot::default());
    assert_eq!(desk.sent.len(), 1);
}

#[test]
fn an_answer_from_before_the_reconnect_is_void() {
    let mut desk = Desk::new(config());
    desk.connect();
    let old = desk.asked[0];
    desk.disconnect();
    desk.connect();
    assert_ne!(desk.asked, [old]);
    desk.asked.insert(0, old);
    desk.answer(holding(7));
    assert!(!desk.router.is_synchronised());
}

#[test]
fn questions_of_two_processes_do_not_share_a_number() {
    let mut desk = Desk::new(config());
    desk.connect();
    let first = desk.asked[0];
    desk.now = desk.now + secs(1);
    let mut desk = desk.crash(config());
    desk.connect();
    assert_ne!(desk.asked, [first]);
}

/// An execution that a list shows in the place of another.
fn corrected(exec_id: &str, quantity: i64, replaces: &str) -> AccountFill {
    AccountFill {
        replaces: Some(replaces.into()),
        ..executed(child(1), exec_id, quantity)
    }
}

/// After these executions were heard, a list shows those; so much stands at the end, once.
fn stands(heard: &[(&str, i64)], fills: Vec<AccountFill>, expect: i64) {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    for (exec_id, quantity) in heard {
        desk.trade(child(1), exec_id, *quantity);
    }
    let seen = Snapshot {
        orders: vec![listed(child(1), 10, expect, OrdStatus::PartiallyFilled)],
        fills,
        ..holding(expect)
    };
    reconcile(&mut desk, &seen);
    assert_eq!(desk.parent().cum_qty, qty(expect), "after {heard:?}");
    assert_eq!(desk.book().ledger().positions()[SYMBOL], qty(expect));
    assert!(desk.book().breaks().is_empty());
    desk.pass(secs(1));
    let records = desk.durable.len();
    reconcile(&mut desk, &seen);
    assert_eq!(desk.durable.len(), records, "twice equals once");
}

#[test]
fn a_listed_correction_stands_for_the_execution_that_it_replaces() {
    let first = || executed(child(1), "E1", 4);
    let second = || corrected("E2", 3, "E1");
    stands(&[("E1", 4)], vec![second()], 3);
    stands(&[("E1", 4)], vec![first(), second()], 3);
    stands(&[], vec![first(), second()], 3);
    stands(&[], vec![second(), first()], 3);
    // Heard as a trade, without the word that it is a correction.
    stands(&[("E1", 4), ("E2", 3)], vec![first(), second()], 3);
    let third = corrected("E3", 2, "E2");
    stands(&[("E1", 4)], vec![third, second(), first()], 2);
}

#[test]
fn a_fee_that_only_a_list_says_is_paid_by_those_who_have_the_execution() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.trade(child(1), "E1", 10);
    let with_fee = |fee: Option<i64>| {
        let mut seen = executed(child(1), "E1", 10);
        seen.fill.fee = fee.map(Money::from);
        Snapshot {
            orders: vec![listed(child(1), 10, 10, OrdStatus::Filled)],
            fills: vec![seen],
            cash: Some(Money::from(-1_000 - fee.unwrap_or(0))),
            ..holding(10)
        }
    };
    let paid = |desk: &Desk, sleeve: &str| {
        let account = desk.book().ledger().account(&sleeve.into()).cloned();
        account.map(|account| account.fees)
    };
    reconcile(&mut desk, &with_fee(Some(0)));
    assert_eq!(desk.count("fact"), 2, "a fee of nothing is no news");
    for (said, a, b) in [(Some(5), 3, 2), (Some(10), 6, 4), (Some(-5), -3, -2)] {
        let (seen, a, b) = (with_fee(said), Money::from(a), Money::from(b));
        reconcile(&mut desk, &seen);
        assert_eq!((paid(&desk, "a"), paid(&desk, "b")), (Some(a), Some(b)));
        let records = desk.durable.len();
        reconcile(&mut desk, &seen);
        assert_eq!(desk.durable.len(), records, "twice equals once");
    }
    let mut unsaid = with_fee(None);
    unsaid.cash = Some(Money::from(-995));
    reconcile(&mut desk, &unsaid);
    assert_eq!(paid(&desk, "a"), Some(Money::from(-3)), "it says nothing");
    assert_eq!(desk.book().ledger().cash(), Money::from(-995));
    assert_eq!(desk.count("adopted"), 1, "nothing is nobody's");
    assert!(desk.book().breaks().is_empty());
}

/// Every snapshot of the next two seconds fails; the last one is asked for at their end.
fn two_seconds_of_failures(desk: &mut Desk) {
    let until = desk.now + secs(2);
    while desk.now < until {
        desk.pass(secs(1));
        if desk.now < until {
            let id = desk.asked.remove(0);
            let failed = SnapshotFailed("the list was cut short".to_owned());
            desk.take(Input::Report(Report::Snapshot(id, Err(failed))));
        }
    }
    assert_eq!(desk.asked.len(), 1);
}

#[test]
fn a_list_that_is_older_than_the_bust_of_an_unheard_execution_is_no_difference() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    // The list of executions is behind, and the report was lost.
    let unheard = Snapshot {
        orders: vec![listed(child(1), 10, 3, OrdStatus::PartiallyFilled)],
        ..holding(3)
    };
    desk.take(Input::Reconcile);
    desk.answer(unheard.clone());
    two_seconds_of_failures(&mut desk);
    let (exec_id, reference) = ("E1-busted".into(), "E1".into());
    desk.report(child(1), ExecKind::TradeCancel { exec_id, reference });
    let before_the_bust = Snapshot {
        fills: vec![executed(child(1), "E1", 3)],
        ..unheard
    };
    desk.answer(before_the_bust);
    assert!(desk.book().breaks().is_empty());
    let caught_up = Snapshot {
        orders: vec![listed(child(1), 10, 0, OrdStatus::New)],
        ..holding(0)
    };
    desk.pass_answering(secs(10), &caught_up);
    assert!(desk.book().breaks().is_empty());
}

#[test]
fn two_differences_that_look_alike_are_not_one_when_something_was_heard_between() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    let order = |filled| vec![listed(child(1), 10, filled, OrdStatus::PartiallyFilled)];
    // One that we have not heard of.
    let first = Snapshot {
        orders: order(1),
        ..holding(1)
    };
    desk.take(Input::Reconcile);
    desk.answer(first);
    desk.trade(child(1), "E1", 1);
    two_seconds_of_failures(&mut desk);
    // Another one that we have not heard of: the list of executions is behind again.
    let second = Snapshot {
        orders: order(2),
        fills: vec![executed(child(1), "E1", 1)],
        ..holding(2)
    };
    desk.answer(second);
    assert!(desk.book().breaks().is_empty());
    assert_eq!(desk.book().trading().0, TradingState::Active);
}
