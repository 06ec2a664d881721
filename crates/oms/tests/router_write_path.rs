//! What leaves, when, and what it takes before.

mod support;

use polyfolio_execution::AlgoSpec;
use polyfolio_model::broker::Snapshot;
use polyfolio_model::{ExecKind, Money, OrdType, Price, Quote, RejectReason};
use polyfolio_oms::records::AtDeadline;
use polyfolio_oms::router::{Effect, Input, RouterConfig};
use polyfolio_oms::{Event, Record};
use polyfolio_portfolio::{RiskLimits, TradingState};
use support::*;

#[test]
fn an_intent_is_durable_before_its_order_leaves() {
    let desk = Desk::working(config(), vec![parent(AlgoSpec::Market)]);
    let order = desk.order_of_effects();
    let at = |what| order.iter().position(|effect| *effect == what);
    assert!(at("append") < at("submit"), "{order:?}");
    let Some(Effect::Append(records)) = desk.round.first() else {
        panic!("the append comes first: {order:?}");
    };
    let kinds: Vec<_> = records.iter().map(Record::kind).collect();
    assert_eq!(kinds, ["planned", "parent", "arrived", "intent"]);
    assert_eq!(desk.sent.len(), 1);
    assert_eq!(desk.sent[0].cl_ord_id, child(1));
    assert_eq!(desk.sent[0].order_qty, qty(10));
}

#[test]
fn nothing_leaves_before_the_broker_was_asked() {
    let mut desk = Desk::new(config());
    desk.quote(99, 101);
    desk.take(Input::Plan(Box::new(plan(vec![parent(AlgoSpec::Market)]))));
    assert_eq!(desk.durable.len(), 2, "the run itself is durable");
    desk.connect();
    assert!(desk.sent.is_empty());
    desk.answer(Snapshot::default());
    assert_eq!(desk.sent.len(), 1);
}

#[test]
fn facts_go_before_the_next_intent() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    assert_eq!(desk.order_of_effects()[0], "append lazily");
    desk.pass(secs(60));
    desk.canceled(child(1), Some(0));
    let kinds: Vec<_> = desk.durable.iter().map(Record::kind).collect();
    let last = |kind| kinds.iter().rposition(|one| *one == kind);
    assert!(last("fact") < last("intent"), "{kinds:?}");
    assert!(desk.tail.is_empty(), "one log, one order");
}

#[test]
fn a_lonely_fact_is_durable_after_a_tenth_of_a_second() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    assert_eq!(desk.tail.len(), 1);
    desk.pass(config().lazy_for);
    assert!(desk.tail.is_empty());
}

#[test]
fn what_was_not_sent_leaves_room_for_another() {
    let mut desk = Desk::working(config(), vec![parent(AlgoSpec::Market)]);
    desk.take(Input::NotSent(child(1), "the mailbox is full"));
    assert_eq!(desk.sent.len(), 1, "not at once");
    desk.pass(secs(1));
    assert_eq!(desk.sent.len(), 2);
    assert_eq!(desk.sent[1].cl_ord_id, child(2));
    assert_eq!(desk.sent[1].order_qty, qty(10));
}

/// Each order has the mid of its own decision on record, beside the one at which its parent arrived.
#[test]
fn an_intent_keeps_the_mid_at_which_it_was_decided() {
    let mut desk = Desk::working(config(), vec![parent(AlgoSpec::Market)]);
    desk.take(Input::NotSent(child(1), "the mailbox is full"));
    desk.quote(102, 104);
    desk.pass(secs(1));
    let mids: Vec<_> = desk
        .durable
        .iter()
        .filter_map(|record| match record {
            Record::Intent(intent) => Some(intent.mid),
            _ => None,
        })
        .collect();
    assert_eq!(mids, [Some(Price::from(100)), Some(Price::from(103))]);
    let book = desk.router.book();
    let of_child = |number| book.child(child(number)).unwrap().mid;
    assert_eq!([of_child(1), of_child(2)], [mids[0], mids[1]]);
    assert_eq!(book.parent(child(1).parent_id()).unwrap().arrival, mids[0]);
}

#[test]
fn a_denied_order_is_never_sent_and_said_so() {
    let limits = RiskLimits {
        max_order_notional: Some(Money::from(500)),
        ..RiskLimits::default()
    };
    let config = RouterConfig { limits, ..config() };
    let mut desk = Desk::working(config, vec![parent(AlgoSpec::Market)]);
    desk.pass_answering(secs(5), &Snapshot::default());
    assert!(desk.sent.is_empty());
    let is_denied = |event: &Event| matches!(event, Event::OrderDenied { code, .. } if code == "max_order_notional");
    assert!(desk.events.iter().any(is_denied));
    let left = desk.left().flatten().unwrap();
    assert!(left.starts_with("denied (max_order_notional)"), "{left}");
    assert!(desk.run_has_ended());
}

#[test]
fn three_refusals_in_a_row_give_a_parent_up_and_not_in_one_breath() {
    let mut desk = Desk::working(config(), vec![parent(AlgoSpec::Market)]);
    for number in 1..=3 {
        assert_eq!(desk.sent.len(), number as usize);
        let reason = RejectReason::RateLimited;
        let text = "too many".to_owned();
        desk.report(child(number), ExecKind::Rejected { reason, text });
        assert_eq!(desk.sent.len(), number as usize, "not at once");
        desk.pass(secs(1));
    }
    assert_eq!(desk.sent.len(), 3);
    assert_eq!(desk.left(), Some(Some("the broker refused its orders")));
}

#[test]
fn without_a_quote_nothing_is_sent_and_an_old_one_is_none() {
    let mut desk = Desk::new(RouterConfig {
        quote_age_max: secs(3),
        ..config()
    });
    desk.connect();
    desk.answer(Snapshot::default());
    desk.take(Input::Plan(Box::new(plan(vec![parent(AlgoSpec::Market)]))));
    desk.pass(secs(5));
    assert!(desk.sent.is_empty());
    let old = Quote {
        time: start(),
        ..quote_of(99, 101)
    };
    desk.take(Input::Quote(SYMBOL.into(), old));
    assert!(desk.sent.is_empty(), "five seconds old");
    desk.quote(99, 101);
    assert_eq!(desk.sent.len(), 1);
}

#[test]
fn the_deadline_takes_what_works_off_the_book_and_sweeps_the_rest() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.trade(child(1), "E1", 3);
    desk.pass(secs(60));
    assert_eq!(desk.cancels.len(), 1);
    assert_eq!(
        desk.sent.len(),
        1,
        "a new one waits until the cancel is accounted for"
    );
    desk.canceled(child(1), Some(3));
    assert_eq!(desk.sent.len(), 2);
    assert_eq!(desk.sent[1].ord_type, OrdType::Market);
    assert_eq!(desk.sent[1].order_qty, qty(7));
    desk.trade(child(2), "E2", 7);
    assert_eq!(desk.left(), Some(None));
    desk.answer(holding(10));
    assert!(desk.run_has_ended());
}

#[test]
fn leave_leaves() {
    let mut leave = parent(limit());
    leave.at_deadline = AtDeadline::Leave;
    let mut desk = Desk::working(config(), vec![leave]);
    desk.report(child(1), ExecKind::New);
    desk.pass(secs(60));
    desk.canceled(child(1), Some(0));
    let left = desk.left().flatten().unwrap();
    assert!(left.contains("at_deadline = \"leave\""), "{left}");
    assert_eq!(desk.sent.len(), 1);
}

#[test]
fn a_sweep_without_a_market_ends_and_says_so() {
    let mut desk = Desk::working(
        RouterConfig {
            quote_age_max: secs(3),
            ..config()
        },
        vec![parent(limit())],
    );
    desk.report(child(1), ExecKind::New);
    desk.pass(secs(60));
    desk.canceled(child(1), Some(0));
    desk.pass(secs(30));
    assert_eq!(desk.left(), Some(Some("the sweep found no market in time")));
    assert_eq!(desk.sent.len(), 1);
}

#[test]
fn a_sweep_obeys_lots_and_grid() {
    let mut odd = parent(limit());
    odd.max_child = Some("3.5".parse().unwrap());
    odd.limit = Some("101.005".parse().unwrap());
    let mut desk = Desk::working(config(), vec![odd]);
    desk.report(child(1), ExecKind::New);
    let first = desk.sent.len() as u32;
    desk.pass(secs(60));
    for number in 1..=first {
        desk.canceled(child(number), Some(0));
    }
    let sweep = desk.sent.last().unwrap();
    assert_eq!(sweep.order_qty, qty(3));
    assert_eq!(sweep.ord_type, OrdType::Limit("101".parse().unwrap()));
}

#[test]
fn a_run_without_parents_ends() {
    let mut desk = Desk::working(config(), Vec::new());
    desk.answer(Snapshot::default());
    assert!(desk.run_has_ended());
    let marked =
        |event: &Event| matches!(event, Event::AccountMarked(mark) if mark.closes_run.is_some());
    assert!(desk.events.iter().any(marked));
}

fn quote_of(bid: i64, ask: i64) -> Quote {
    let price = |price| Some(Price::from(price));
    Quote::new(price(bid), price(ask), start())
}

#[test]
fn a_plan_that_does_not_add_up_is_not_begun_and_halts() {
    let mut desk = Desk::new(config());
    desk.may_violate = true;
    desk.connect();
    desk.answer(Snapshot::default());
    desk.quote(99, 101);
    let mut wrong = parent(AlgoSpec::Market);
    wrong.order_qty = qty(11);
    desk.take(Input::Plan(Box::new(plan(vec![wrong]))));
    assert!(desk.sent.is_empty());
    assert_eq!(desk.count("planned"), 0);
    let (state, reason) = desk.book().trading();
    assert_eq!(state, TradingState::Halted);
    assert!(
        reason.contains("X: an order of 11, of which its sleeves want 10"),
        "{reason}"
    );
    let said = |event: &Event| matches!(event, Event::InvariantViolated { .. });
    assert!(desk.events.iter().any(said));
    let halted = |record: &Record| matches!(record, Record::Trading(_));
    assert!(desk.durable.iter().any(halted), "durably");
}

#[test]
fn who_had_halted_before_reads_of_a_violation_all_the_same() {
    let mut desk = Desk::new(config());
    desk.may_violate = true;
    desk.connect();
    desk.answer(Snapshot::default());
    desk.take(Input::SetTrading(TradingState::Halted, "lunch".into()));
    for _ in 0..2 {
        desk.take(Input::Note(Box::new(Record::Allocated(invented()))));
    }
    let (_, reason) = desk.book().trading();
    assert!(reason.starts_with("an invariant is violated"), "{reason}");
    let halts = |record: &&Record| matches!(record, Record::Trading(_));
    let halts = desk.durable.iter().filter(halts).count();
    assert_eq!(halts, 2, "the person's and one of ours");
}

/// An execution that no order had, given to a sleeve.
fn invented() -> polyfolio_oms::records::Allocated {
    let share = polyfolio_oms::records::Share {
        sleeve: "a".into(),
        quantity: qty(3),
        fee: polyfolio_model::Money::ZERO,
    };
    polyfolio_oms::records::Allocated {
        cl_ord_id: child(1),
        exec_id: "E1".into(),
        instrument: SYMBOL.into(),
        price: polyfolio_model::Price::from(100),
        shares: vec![share],
    }
}

#[test]
fn sleeves_that_hold_what_the_account_does_not_halt_trading_and_nothing_is_sent() {
    let mut desk = Desk::new(config());
    desk.may_violate = true;
    desk.connect();
    desk.answer(Snapshot::default());
    desk.take(Input::Note(Box::new(Record::Allocated(invented()))));
    let violated = desk.events.iter().find_map(|event| match event {
        Event::InvariantViolated { violations } => Some(violations.join("; ")),
        _ => None,
    });
    let violated = violated.expect("it says which identity does not hold");
    assert!(
        violated.contains("sleeves hold 3 X, the account 0"),
        "{violated}"
    );
    let halted = |record: &Record| matches!(record, Record::Trading(_));
    assert!(desk.durable.iter().any(halted), "durably");
    assert_eq!(desk.book().trading().0, TradingState::Halted);
    desk.quote(99, 101);
    desk.take(Input::Plan(Box::new(plan(vec![parent(AlgoSpec::Market)]))));
    assert!(desk.sent.is_empty());
}
