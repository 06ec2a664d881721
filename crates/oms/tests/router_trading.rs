//! Trading states, stops, and what a person may ask for in the middle of a run.

mod support;

use polyfolio_execution::AlgoSpec;
use polyfolio_model::broker::Snapshot;
use polyfolio_model::{ExecKind, Money, Side};
use polyfolio_oms::records::Stopped;
use polyfolio_oms::router::{Input, PlannedParent};
use polyfolio_oms::{Event, Record};
use polyfolio_portfolio::TradingState;
use support::*;

fn halt(state: TradingState) -> Input {
    Input::SetTrading(state, "a person".to_owned())
}

/// A desk that holds some, with one parent of a side.
fn holding_desk(held: i64, side: Side) -> Desk {
    let mut desk = Desk::new(config());
    desk.connect();
    desk.answer(holding(held));
    desk.take(halt(TradingState::ReduceOnly));
    desk.quote(99, 101);
    let parent = PlannedParent {
        side,
        ..parent(AlgoSpec::Market)
    };
    desk.take(Input::Plan(Box::new(plan(vec![parent]))));
    desk
}

#[test]
fn a_halt_is_durable_takes_everything_off_and_lets_nothing_out() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.take(halt(TradingState::Halted));
    assert_eq!(desk.order_of_effects()[0], "append");
    assert_eq!(desk.cancels.len(), 1);
    desk.canceled(child(1), Some(0));
    desk.quote(98, 100);
    assert_eq!(desk.sent.len(), 1);
    desk.pass(secs(60));
    assert_eq!(desk.left(), Some(Some("trading is halted")));
    let desk = desk.crash(config());
    assert_eq!(desk.book().trading().0, TradingState::Halted);
}

#[test]
fn trading_goes_on_when_it_is_allowed_again() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.take(halt(TradingState::Halted));
    desk.canceled(child(1), Some(0));
    desk.take(halt(TradingState::Active));
    assert_eq!(desk.sent.len(), 2);
    assert_eq!(desk.sent[1].cl_ord_id, child(2));
}

#[test]
fn an_unknown_order_is_not_sent_again_while_trading_is_halted() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.take(halt(TradingState::Halted));
    desk.pass_answering(secs(10), &Snapshot::default());
    assert_eq!(desk.sent.len(), 1);
    assert_eq!(desk.count("absent"), 1);
}

#[test]
fn reduce_only_reduces() {
    let desk = holding_desk(15, Side::Sell);
    assert_eq!(desk.sent.len(), 1);
}

#[test]
fn reduce_only_does_not_open() {
    let desk = holding_desk(15, Side::Buy);
    assert!(desk.sent.is_empty());
    assert_eq!(desk.left(), None, "it waits for its deadline");
}

#[test]
fn reduce_only_does_not_go_through_zero() {
    let mut desk = holding_desk(5, Side::Sell);
    assert!(desk.sent.is_empty());
    assert_eq!(desk.left(), None, "a person may allow it yet");
    desk.pass(secs(100));
    assert!(desk.sent.is_empty());
    let left = desk.left().flatten().unwrap();
    assert!(left.contains("only 5 more would reduce"), "{left}");
    assert_eq!(denials(&desk), ["reduce_only"], "said once");
    assert_eq!(desk.count("denied"), 0);
}

fn denials(desk: &Desk) -> Vec<&str> {
    let denied = desk.events.iter().filter_map(|event| match event {
        Event::OrderDenied { code, .. } => Some(code.as_str()),
        _ => None,
    });
    denied.collect()
}

#[test]
fn a_lesser_halt_loosens_none() {
    let mut desk = holding_desk(15, Side::Sell);
    desk.take(halt(TradingState::Halted));
    let records = desk.count("trading");
    desk.take(halt(TradingState::ReduceOnly));
    assert_eq!(desk.book().trading().0, TradingState::Halted);
    assert_eq!(desk.count("trading"), records);
}

#[test]
fn what_is_denied_for_now_is_sent_when_it_may() {
    let mut desk = holding_desk(5, Side::Sell);
    desk.pass(secs(10));
    desk.take(halt(TradingState::Active));
    desk.pass(secs(2));
    assert_eq!(desk.sent.len(), 1);
    assert_eq!(desk.sent[0].order_qty, qty(10));
}

#[test]
fn a_quote_that_is_too_old_to_send_on_is_waited_for() {
    let mut strict = config();
    strict.limits.max_quote_age = Some(secs(5));
    let mut desk = Desk::new(strict);
    desk.connect();
    desk.answer(Snapshot::default());
    desk.quote(99, 101);
    desk.pass(secs(6));
    desk.take(Input::Plan(Box::new(plan(vec![parent(limit())]))));
    assert!(desk.sent.is_empty());
    assert_eq!(denials(&desk), ["stale_price"]);
    desk.pass(secs(10));
    desk.quote(99, 101);
    desk.pass(secs(1));
    assert_eq!(desk.sent.len(), 1);
    assert_eq!(denials(&desk), ["stale_price"], "said once");
}

#[test]
fn what_no_market_can_change_is_denied_for_good() {
    let mut strict = config();
    strict.limits.max_order_notional = Some(Money::from(500));
    let desk = Desk::working(strict, vec![parent(limit())]);
    assert!(desk.sent.is_empty());
    assert_eq!(desk.count("denied"), 1);
    let left = desk.left().flatten().unwrap();
    assert!(left.contains("max_order_notional"), "{left}");
}

#[test]
fn a_stopped_instrument_waits_for_a_person() {
    let stopped = |reason: Option<&str>| {
        let stopped = Stopped {
            instrument: SYMBOL.into(),
            reason: reason.map(str::to_owned),
            time: start(),
        };
        Input::Note(Box::new(Record::Stopped(stopped)))
    };
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.take(stopped(Some("look")));
    assert_eq!(desk.cancels.len(), 1);
    desk.canceled(child(1), Some(0));
    desk.quote(98, 101);
    assert_eq!(desk.sent.len(), 1);
    desk.take(stopped(None));
    assert_eq!(desk.sent.len(), 2);
}

#[test]
fn cancel_all_gives_the_run_up() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.take(Input::CancelAll("a person".to_owned()));
    assert_eq!(desk.cancels.len(), 1);
    assert_eq!(desk.left(), Some(Some("a person")));
    // A cancel that races a fill: what filled is booked all the same.
    desk.trade(child(1), "E1", 4);
    desk.canceled(child(1), Some(4));
    desk.pass_answering(secs(1), &holding(4));
    assert!(desk.run_has_ended());
    assert_eq!(desk.parent().cum_qty, qty(4));
    assert_eq!(desk.sent.len(), 1);
}

#[test]
fn an_abandoned_run_ends_when_its_orders_are_closed() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.take(Input::Abandon("the market date passed".to_owned()));
    desk.pass_answering(secs(1), &Snapshot::default());
    assert!(!desk.run_has_ended());
    desk.canceled(child(1), Some(0));
    desk.pass_answering(secs(1), &Snapshot::default());
    assert!(desk.run_has_ended());
    desk.take(Input::Plan(Box::new(plan(vec![parent(limit())]))));
    assert_eq!(desk.sent.len(), 2);
    assert_eq!(desk.sent[1].cl_ord_id.run, 2);
}

#[test]
fn a_second_plan_does_not_disturb_the_first() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.take(Input::Plan(Box::new(plan(vec![parent(limit())]))));
    assert_eq!(desk.count("planned"), 1);
    let reason = "run 20221228-001 is not over".to_owned();
    assert_eq!(desk.events.last(), Some(&Event::PlanRefused { reason }));
}

#[test]
fn a_run_that_is_given_up_ends_when_the_fate_of_its_orders_is_known() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.take(Input::Abandon("the market date passed".to_owned()));
    assert_eq!(desk.left(), Some(Some("the market date passed")));
    desk.pass_answering(secs(4), &Snapshot::default());
    assert!(!desk.run_has_ended(), "nobody has spoken of its order");
    desk.pass_answering(secs(6), &Snapshot::default());
    assert_eq!(desk.count("absent"), 1);
    assert!(desk.run_has_ended());
}

#[test]
fn an_order_that_nobody_can_ever_speak_of_holds_no_run_up() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.take(Input::Abandon("the market date passed".to_owned()));
    // The lists do not reach back to the order: no proof of its absence can come of them.
    let short = Snapshot {
        reaches_back_to: Some(start() + secs(1_000)),
        ..Snapshot::default()
    };
    desk.pass_answering(secs(20), &short);
    assert!(desk.book().stopped().contains_key(SYMBOL));
    assert!(desk.run_has_ended());
    assert_eq!(desk.book().open_children().count(), 1);
}
