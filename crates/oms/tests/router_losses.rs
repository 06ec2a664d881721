//! Losses: what may be lost, durably, and what a person makes of it.

mod support;

use std::collections::BTreeMap;

use polyfolio_model::Money;
use polyfolio_model::broker::Snapshot;
use polyfolio_oms::router::{Input, RouterConfig, RunPlan};
use polyfolio_portfolio::TradingState;
use polyfolio_portfolio::risk::OnLoss;
use polyfolio_portfolio::risk::loss::Mark;
use support::*;

fn limited(on_loss: OnLoss) -> RouterConfig {
    let mut config = config();
    config.limits.max_drawdown = Some(0.2);
    config.limits.max_daily_loss = Some(0.1);
    config.limits.max_sleeve_drawdown = Some(0.5);
    config.limits.on_loss = on_loss;
    config
}

/// A run without orders: the account is worth this much, and one sleeve that; it is given cash.
fn planned(desk: &mut Desk, day: u64, account: i64, sleeve: i64, given: i64) {
    let mark = Mark {
        date: date() + chrono::Days::new(day),
        account: account.into(),
        sleeves: BTreeMap::from([("a".into(), Money::from(sleeve))]),
        paid_in: desk.book().tracks().paid_in(),
    };
    let plan = RunPlan {
        mark: Some(mark),
        gifts: Vec::new(),
        transfers: vec![("a".into(), given.into())],
        ..plan(Vec::new())
    };
    desk.take(Input::Plan(Box::new(plan)));
    let quiet = Snapshot::default();
    desk.pass_answering(secs(5), &quiet);
    assert!(desk.run_has_ended());
}

fn trading(desk: &Desk) -> (TradingState, &str) {
    desk.book().trading()
}

fn connected(config: RouterConfig) -> Desk {
    let mut desk = Desk::new(config);
    desk.connect();
    desk.answer(Snapshot::default());
    desk
}

fn started_again(desk: Desk, config: RouterConfig) -> Desk {
    let mut desk = desk.crash(config);
    desk.connect();
    desk.pass_answering(secs(5), &Snapshot::default());
    desk
}

fn resume(desk: &mut Desk) {
    let looked = "looked".to_owned();
    desk.take(Input::SetTrading(TradingState::Active, looked));
}

#[test]
fn the_best_mark_survives_a_restart_and_a_snapshot() {
    let mut desk = connected(limited(OnLoss::Halt));
    for (day, account) in [(0, 1_000), (1, 1_100), (2, 1_000), (3, 940)] {
        planned(&mut desk, day, account, 0, 0);
    }
    assert_eq!(trading(&desk).0, TradingState::Active);
    // A crash folds the records and, halfway, a snapshot of them.
    let mut desk = started_again(desk, limited(OnLoss::Halt));
    planned(&mut desk, 4, 870, 0, 0);
    let (state, why) = trading(&desk);
    assert_eq!(state, TradingState::Halted);
    assert!(why.contains("20.91% below its best"), "{why}");
    let desk = started_again(desk, limited(OnLoss::Halt));
    assert_eq!(trading(&desk).0, TradingState::Halted);
}

#[test]
fn trading_stops_in_the_batch_of_the_plan_and_before_anything_leaves() {
    let mut desk = connected(limited(OnLoss::ReduceOnly));
    planned(&mut desk, 0, 1_000, 0, 0);
    desk.quote(99, 101);
    let mark = Mark {
        date: date() + chrono::Days::new(1),
        account: 890.into(),
        sleeves: BTreeMap::new(),
        paid_in: Money::ZERO,
    };
    let plan = RunPlan {
        mark: Some(mark),
        ..plan(vec![parent(limit())])
    };
    desk.take(Input::Plan(Box::new(plan)));
    let (state, why) = trading(&desk);
    assert_eq!(state, TradingState::ReduceOnly);
    assert!(why.contains("11.00% below the day before"), "{why}");
    assert_eq!(desk.order_of_effects()[0], "append");
    assert!(desk.sent.is_empty(), "it opens a position");
}

#[test]
fn who_resumes_goes_on_from_there_and_no_other_word_forgets_a_loss() {
    let mut desk = connected(limited(OnLoss::Halt));
    planned(&mut desk, 0, 1_000, 0, 0);
    planned(&mut desk, 1, 920, 0, 0);
    // Somebody halts and resumes for another reason: the best mark stays.
    let other = "a look at KO".to_owned();
    desk.take(Input::SetTrading(TradingState::Halted, other));
    resume(&mut desk);
    planned(&mut desk, 2, 850, 0, 0);
    assert_eq!(trading(&desk).0, TradingState::Active);
    planned(&mut desk, 3, 795, 0, 0);
    assert_eq!(trading(&desk).0, TradingState::Halted);
    resume(&mut desk);
    planned(&mut desk, 4, 795, 0, 0);
    planned(&mut desk, 5, 720, 0, 0);
    assert_eq!(trading(&desk).0, TradingState::Active);
    let mut desk = started_again(desk, limited(OnLoss::Halt));
    planned(&mut desk, 6, 630, 0, 0);
    assert_eq!(trading(&desk).0, TradingState::Halted);
}

#[test]
fn a_deposit_hides_no_loss() {
    let mut desk = connected(limited(OnLoss::Halt));
    planned(&mut desk, 0, 1_000, 0, 0);
    desk.take(Input::Reconcile);
    let paid = Snapshot {
        cash: Some(1_000.into()),
        ..Snapshot::default()
    };
    desk.pass_answering(secs(10), &paid);
    assert_eq!(desk.book().tracks().paid_in(), Money::from(1_000));
    let mark = Mark {
        date: date() + chrono::Days::new(1),
        account: 1_850.into(),
        sleeves: BTreeMap::new(),
        paid_in: 1_000.into(),
    };
    desk.take(Input::Plan(Box::new(RunPlan {
        mark: Some(mark),
        ..plan(Vec::new())
    })));
    let (state, why) = trading(&desk);
    assert_eq!(state, TradingState::Halted);
    assert!(why.contains("15.00% below the day before"), "{why}");
}

#[test]
fn what_a_sleeve_is_given_is_neither_won_nor_lost() {
    let mut desk = connected(limited(OnLoss::Halt));
    planned(&mut desk, 0, 1_000, 0, 400);
    planned(&mut desk, 1, 1_000, 400, -300);
    planned(&mut desk, 2, 1_000, 100, -100);
    planned(&mut desk, 3, 1_000, 0, 400);
    planned(&mut desk, 4, 970, 370, 0);
    assert_eq!(trading(&desk).0, TradingState::Active);
    planned(&mut desk, 5, 930, 180, 0);
    let (state, why) = trading(&desk);
    assert_eq!(state, TradingState::Halted);
    assert!(why.contains("sleeve a is 55.00% below its best"), "{why}");
}
