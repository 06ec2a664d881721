//! Losses: what may be lost, durably, and what a person makes of it.

mod support;

use std::collections::BTreeMap;

use polyfolio_model::broker::Snapshot;
use polyfolio_model::{Money, Span};
use polyfolio_oms::Record;
use polyfolio_oms::records::Nav;
use polyfolio_oms::router::{Input, RouterConfig};
use polyfolio_portfolio::TradingState;
use polyfolio_portfolio::risk::OnLoss;
use support::*;

fn limited(on_loss: OnLoss) -> RouterConfig {
    let mut config = config();
    config.limits.max_drawdown = Some(0.2);
    config.limits.max_daily_loss = Some(0.1);
    config.limits.on_loss = on_loss;
    config
}

fn nav(day: i64, account: i64) -> Nav {
    Nav {
        date: date() + chrono::Days::new(day as u64),
        time: start() + Span::from_secs(day * 86_400),
        account: account.into(),
        cash: Money::ZERO,
        sleeves: BTreeMap::new(),
        run: None,
    }
}

/// On record, as at the end of a run.
fn noted(desk: &mut Desk, day: i64, account: i64) {
    let record = Record::Nav(nav(day, account));
    desk.take(Input::Note(Box::new(record)));
}

/// Before a plan.
fn marked(desk: &mut Desk, day: i64, account: i64) {
    desk.take(Input::Mark(Box::new(nav(day, account))));
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

#[test]
fn the_best_mark_survives_a_restart_and_a_snapshot() {
    let mut desk = connected(limited(OnLoss::Halt));
    for (day, account) in [(0, 1_000), (1, 1_100), (2, 1_000), (3, 940)] {
        noted(&mut desk, day, account);
    }
    assert_eq!(trading(&desk).0, TradingState::Active);
    // A crash folds the records and, halfway, a snapshot of them.
    desk.pass(secs(1));
    let mut desk = desk.crash(limited(OnLoss::Halt));
    desk.connect();
    desk.answer(Snapshot::default());
    marked(&mut desk, 4, 870);
    let (state, why) = trading(&desk);
    assert_eq!(state, TradingState::Halted);
    assert!(why.contains("20.91% below its best"), "{why}");
    assert_eq!(desk.order_of_effects()[0], "append", "durable at once");
}

#[test]
fn a_mark_before_a_plan_is_not_on_record_and_one_behind_a_run_is() {
    let mut desk = connected(limited(OnLoss::ReduceOnly));
    noted(&mut desk, 0, 1_000);
    marked(&mut desk, 1, 905);
    assert_eq!(trading(&desk).0, TradingState::Active);
    assert_eq!(desk.count("nav"), 1);
    noted(&mut desk, 1, 890);
    assert_eq!(desk.count("nav"), 2);
    let (state, why) = trading(&desk);
    assert_eq!(state, TradingState::ReduceOnly);
    assert!(why.contains("11.00% below the day before"), "{why}");
}

#[test]
fn who_resumes_goes_on_from_there() {
    let mut desk = connected(limited(OnLoss::Halt));
    noted(&mut desk, 0, 1_000);
    noted(&mut desk, 1, 700);
    assert_eq!(trading(&desk).0, TradingState::Halted);
    let resume = Input::SetTrading(TradingState::Active, "looked".to_owned());
    desk.take(resume);
    marked(&mut desk, 1, 700);
    marked(&mut desk, 2, 640);
    assert_eq!(trading(&desk).0, TradingState::Active);
    let mut desk = desk.crash(limited(OnLoss::Halt));
    desk.connect();
    desk.answer(Snapshot::default());
    marked(&mut desk, 2, 620);
    assert_eq!(trading(&desk).0, TradingState::Halted);
}

#[test]
fn a_deposit_hides_no_loss_and_positions_from_nowhere_make_none() {
    let mut desk = connected(limited(OnLoss::Halt));
    noted(&mut desk, 0, 1_000);
    // A hundred are lost, and a thousand come in.
    desk.take(Input::Reconcile);
    desk.pass_answering(
        secs(10),
        &Snapshot {
            cash: Some(1_000.into()),
            ..Snapshot::default()
        },
    );
    noted(&mut desk, 1, 1_790);
    let (state, why) = trading(&desk);
    assert_eq!(state, TradingState::Halted, "{why}");
}

#[test]
fn who_only_looks_changes_nothing() {
    let mut config = limited(OnLoss::Halt);
    config.looks_only = true;
    let mut desk = connected(config);
    noted(&mut desk, 0, 1_000);
    marked(&mut desk, 1, 100);
    assert_eq!(trading(&desk).0, TradingState::Active);
}

#[test]
fn an_order_that_works_comes_off_when_trading_halts() {
    let mut desk = Desk::working(limited(OnLoss::Halt), vec![parent(limit())]);
    desk.report(child(1), polyfolio_model::ExecKind::New);
    noted(&mut desk, 0, 1_000);
    noted(&mut desk, 1, 500);
    assert_eq!(desk.cancels.len(), 1);
}
