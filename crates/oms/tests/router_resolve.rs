//! A person decides the fate of an order that no list can prove.

mod support;

use polyfolio_execution::AlgoSpec;
use polyfolio_model::broker::Snapshot;
use polyfolio_model::{ClOrdId, ExecKind, OrdStatus};
use polyfolio_oms::child::Gone;
use polyfolio_oms::router::{Input, ORDER_MISMATCH, RouterConfig, order_in_doubt};
use polyfolio_oms::{Event, Record};
use polyfolio_portfolio::TradingState;
use support::*;

/// A venue whose lists hold the current day, which began after the first order was sent.
fn today() -> Snapshot {
    Snapshot {
        reaches_back_to: Some(start() + secs(1)),
        ..Snapshot::default()
    }
}

fn of_today(snapshot: Snapshot) -> Snapshot {
    Snapshot {
        reaches_back_to: today().reaches_back_to,
        ..snapshot
    }
}

/// Lists that are right at once.
fn prompt() -> RouterConfig {
    let mut config = config();
    config.capabilities.propagation_lag = secs(0);
    config
}

/// A run whose first order nobody will ever speak of.
fn stuck() -> Desk {
    let mut desk = Desk::working(prompt(), vec![parent(AlgoSpec::Market)]);
    desk.pass_answering(secs(7), &today());
    let reason = &desk.book().stopped()[SYMBOL];
    assert_eq!(order_in_doubt(reason), Some(child(1)), "{reason}");
    desk
}

fn resolve(desk: &mut Desk, id: ClOrdId) {
    desk.take(Input::Resolve(id, "their desk says so".to_owned()));
}

fn refusals(desk: &Desk) -> Vec<&str> {
    let mut refusals = Vec::new();
    for event in &desk.events {
        if let Event::ResolveRefused { reason, .. } = event {
            refusals.push(reason.as_str());
        }
    }
    refusals
}

#[test]
fn a_dead_order_gives_its_room_back_and_its_instrument_goes_on() {
    let mut desk = stuck();
    assert_eq!(desk.book().in_flight().unknown[SYMBOL], qty(10));
    resolve(&mut desk, child(1));
    assert_eq!(desk.order_of_effects()[0], "append");
    let by_a_person = |record: &Record| match record {
        Record::Absent(gone) => gone.evidence == "a person: their desk says so",
        _ => false,
    };
    assert!(desk.durable.iter().any(by_a_person), "with the reason");
    assert_eq!(
        desk.book().child(child(1)).unwrap().gone,
        Some(Gone::Absent)
    );
    assert!(desk.book().stopped().is_empty());
    let dead = desk.book().child(child(1)).unwrap();
    assert_eq!(dead.may_still_fill(), qty(0));
    let order = desk.sent.last().unwrap();
    assert_eq!((order.cl_ord_id, order.order_qty), (child(2), qty(10)));
}

#[test]
fn the_decision_survives_a_restart_and_the_next_snapshots() {
    let mut desk = stuck();
    desk.take(Input::Abandon("enough".to_owned()));
    resolve(&mut desk, child(1));
    let mut again = desk.crash(prompt());
    again.connect();
    again.pass_answering(secs(30), &today());
    again.take(Input::Reconcile);
    again.pass_answering(secs(30), &today());
    assert!(again.book().stopped().is_empty());
    assert_eq!(
        again.book().child(child(1)).unwrap().gone,
        Some(Gone::Absent)
    );
    assert!(again.run_has_ended());
    assert!(again.sent.is_empty());
}

#[test]
fn evidence_that_it_lives_wins() {
    let mut desk = stuck();
    desk.take(Input::Abandon("enough".to_owned()));
    resolve(&mut desk, child(1));
    desk.trade(child(1), "E1", 4);
    let order = desk.book().child(child(1)).unwrap();
    assert!(order.is_working(), "it is back");
    assert_eq!(desk.book().ledger().positions()[SYMBOL], qty(4));
    desk.pass(secs(3));
    assert_eq!(desk.cancels[0].0, child(1), "nobody wants it any more");
    assert!(
        desk.crash(prompt())
            .book()
            .child(child(1))
            .unwrap()
            .gone
            .is_none()
    );
}

#[test]
fn an_order_that_the_broker_lists_again_is_back() {
    let mut desk = stuck();
    desk.take(Input::Abandon("enough".to_owned()));
    resolve(&mut desk, child(1));
    desk.take(Input::Reconcile);
    desk.answer(of_today(Snapshot {
        orders: vec![listed(child(1), 10, 0, OrdStatus::New)],
        ..Snapshot::default()
    }));
    assert!(desk.book().child(child(1)).unwrap().is_working());
}

#[test]
fn a_word_that_comes_too_early_waits_for_the_brokers() {
    let mut desk = Desk::working(prompt(), vec![parent(AlgoSpec::Market)]);
    resolve(&mut desk, child(1));
    desk.pass_answering(secs(3), &today());
    assert!(
        desk.book().child(child(1)).unwrap().is_unknown(),
        "it was sent three seconds ago: its answer may be on its way"
    );
    assert_eq!(desk.sent.len(), 1);
    desk.pass_answering(secs(4), &today());
    assert_eq!(
        desk.book().child(child(1)).unwrap().gone,
        Some(Gone::Absent)
    );
    assert!(refusals(&desk).is_empty());
}

#[test]
fn a_word_that_the_broker_overtakes_is_refused() {
    let mut desk = Desk::working(prompt(), vec![parent(limit())]);
    resolve(&mut desk, child(1));
    desk.report(child(1), ExecKind::New);
    let known = format!(
        "the fate of order {} is known: the broker has it, 0 filled and 10 working",
        child(1)
    );
    assert_eq!(refusals(&desk), [known]);
    assert!(desk.book().child(child(1)).unwrap().is_working());
}

#[test]
fn an_absence_that_lists_prove_needs_no_word_and_repeats_nothing() {
    let mut desk = Desk::working(prompt(), vec![parent(AlgoSpec::Market)]);
    resolve(&mut desk, child(1));
    desk.pass_answering(secs(7), &Snapshot::default());
    assert_eq!(desk.count("absent"), 1);
    let repeats = |order: &&polyfolio_model::NewOrder| order.cl_ord_id == child(1);
    assert_eq!(desk.sent.iter().filter(repeats).count(), 1);
}

#[test]
fn what_is_not_in_doubt_is_refused_by_name() {
    let mut desk = stuck();
    let foreign = ClOrdId {
        deployment: DEPLOYMENT + 1,
        ..child(1)
    };
    resolve(&mut desk, foreign);
    resolve(&mut desk, child(9));
    resolve(&mut desk, child(1));
    resolve(&mut desk, child(1));
    let said = refusals(&desk);
    assert_eq!(said.len(), 3, "{said:?}");
    assert!(said[0].contains("another state directory"), "{}", said[0]);
    assert!(said[1].contains("not on record"), "{}", said[1]);
    assert!(said[2].contains("on record as gone"), "{}", said[2]);
    assert_eq!(desk.count("absent"), 1);

    let mut desk = Desk::working(prompt(), vec![parent(AlgoSpec::Market)]);
    desk.trade(child(1), "E1", 10);
    resolve(&mut desk, child(1));
    assert!(refusals(&desk)[0].contains("the broker ended it (Filled), 10 of 10"));
}

/// An order of a former run is in doubt, and its instrument was freed before anybody said what became
/// of it: the next run has sent one more.
fn stuck_twice() -> (Desk, ClOrdId) {
    let mut desk = stuck();
    desk.take(Input::Abandon("enough".to_owned()));
    desk.pass_answering(secs(2), &today());
    assert!(desk.run_has_ended());
    let looked = "a person has looked".to_owned();
    desk.take(Input::SetTrading(TradingState::Active, looked));
    desk.take(Input::Plan(Box::new(plan(vec![parent(limit())]))));
    let second = desk.sent[desk.sent.len() - 1].cl_ord_id;
    assert_eq!((second.run, second.child), (2, 1));
    (desk, second)
}

#[test]
fn an_instrument_goes_on_only_when_no_other_order_is_in_doubt() {
    let (mut desk, second) = stuck_twice();
    let today = Snapshot {
        reaches_back_to: Some(desk.now + secs(1)),
        ..Snapshot::default()
    };
    desk.pass_answering(secs(7), &today);
    resolve(&mut desk, child(1));
    let reason = &desk.book().stopped()[SYMBOL];
    assert_eq!(order_in_doubt(reason), Some(second), "{reason}");
    let sent = desk.sent.len();
    resolve(&mut desk, second);
    assert!(desk.book().stopped().is_empty());
    assert_eq!(desk.sent.len(), sent + 1);
}

#[test]
fn an_instrument_that_stopped_for_something_else_stays_stopped() {
    let (mut desk, second) = stuck_twice();
    desk.trade(second, "E1", 11);
    assert!(desk.book().stopped()[SYMBOL].contains("filled 11 of 10"));
    desk.take(Input::Reconcile);
    desk.pass_answering(secs(7), &of_today(holding(11)));
    resolve(&mut desk, child(1));
    assert_eq!(
        desk.book().child(child(1)).unwrap().gone,
        Some(Gone::Absent)
    );
    assert!(desk.book().stopped()[SYMBOL].contains("filled 11 of 10"));
}

#[test]
fn a_closed_order_whose_fills_no_list_holds_can_be_settled() {
    let mut desk = Desk::working(prompt(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.trade(child(1), "E1", 3);
    let (request, cum_qty) = (None, Some(qty(5)));
    desk.report(child(1), ExecKind::Canceled { request, cum_qty });
    let ended = of_today(Snapshot {
        orders: vec![listed(child(1), 10, 5, OrdStatus::Canceled)],
        ..holding(3)
    });
    desk.pass_answering(secs(60), &ended);
    assert!(desk.book().stopped()[SYMBOL].contains("accounts for all that it filled"));
    desk.take(Input::Abandon("enough".to_owned()));
    resolve(&mut desk, child(1));
    assert!(desk.book().stopped().is_empty());
    // The list says what it said before: no news.
    desk.pass_answering(secs(60), &ended);
    let mut again = desk.crash(prompt());
    again.connect();
    again.pass_answering(secs(60), &ended);
    assert!(again.book().stopped().is_empty());
    assert!(again.run_has_ended());
    // The execution comes after all.
    again.trade(child(1), "E2", 2);
    assert_eq!(again.book().ledger().positions()[SYMBOL], qty(5));
    assert!(again.book().child(child(1)).unwrap().is_accounted());
}

#[test]
fn another_order_under_its_id_stops_nobody_once_a_person_has_looked() {
    let mut desk = Desk::working(prompt(), vec![parent(limit())]);
    let other = Snapshot {
        orders: vec![listed(child(1), 11, 11, OrdStatus::Filled)],
        ..Snapshot::default()
    };
    desk.take(Input::Reconcile);
    desk.pass_answering(secs(3), &other);
    assert_eq!(desk.book().breaks()[0].code, ORDER_MISMATCH);
    desk.trade(child(1), "E1", 11);
    assert_eq!(desk.parent().cum_qty, qty(0), "that is of the other one");
    resolve(&mut desk, child(1));
    let looked = "a person has looked".to_owned();
    desk.take(Input::SetTrading(TradingState::Active, looked));
    desk.take(Input::Reconcile);
    desk.pass_answering(secs(3), &other);
    assert_eq!(desk.book().trading().0, TradingState::Active);
    assert!(desk.book().stopped().is_empty());
    let ours = desk.book().child(child(1)).unwrap();
    assert_eq!((ours.gone, ours.cum_qty()), (Some(Gone::Absent), qty(0)));
}

#[test]
fn to_resume_trading_settles_no_order() {
    let mut desk = Desk::working(prompt(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.trade(child(1), "E1", 3);
    desk.take(Input::Abandon("enough".to_owned()));
    let (request, cum_qty) = (None, Some(qty(3)));
    desk.report(child(1), ExecKind::Canceled { request, cum_qty });
    let (exec_id, reference) = ("E1-busted".into(), "E1".into());
    desk.report(child(1), ExecKind::TradeCancel { exec_id, reference });
    desk.pass_answering(secs(60), &today());
    let is_stopped = |desk: &Desk| desk.book().stopped().contains_key(SYMBOL);
    assert!(is_stopped(&desk));
    let looked = "a person has looked".to_owned();
    desk.take(Input::SetTrading(TradingState::Active, looked));
    desk.pass_answering(secs(1), &today());
    assert!(is_stopped(&desk), "what became of it is still unknown");
    resolve(&mut desk, child(1));
    assert!(!is_stopped(&desk));
    desk.pass_answering(secs(60), &today());
    assert!(!is_stopped(&desk));
}
