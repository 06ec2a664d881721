//! Orders that are over, on a venue whose lists do not reach back to them: the last fill of one may
//! stand in no list.

mod support;

use polyfolio_model::broker::Snapshot;
use polyfolio_model::{ExecKind, Money, OrdStatus, Span};
use polyfolio_oms::router::{Input, OnBreak, RouterConfig, order_in_doubt};
use polyfolio_oms::{Event, Record};
use support::*;

/// Fills may come two seconds after the close, and differences are nobody's.
fn adopting() -> RouterConfig {
    let mut config = config();
    config.capabilities.settle = secs(2);
    config.on_break = OnBreak::Adopt;
    config
}

/// What a venue shows whose lists begin behind everything that was sent.
fn short_lists(holds: i64) -> Snapshot {
    Snapshot {
        reaches_back_to: Some(start() + secs(50)),
        ..holding(holds)
    }
}

/// An order that closed with nothing filled, as far as anybody said.
fn closed(config: RouterConfig) -> Desk {
    let mut desk = Desk::working(config, vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.pass(secs(60));
    desk.canceled(child(1), Some(0));
    desk
}

fn adoptions(desk: &Desk) -> usize {
    let by_policy = |r: &&Record| matches!(r, Record::Adopted(a) if a.reason == "policy");
    let all = desk.durable.iter().chain(&desk.tail);
    all.filter(by_policy).count()
}

fn is_stopped_for_it(desk: &Desk) -> bool {
    let reason = desk.book().stopped().get(SYMBOL);
    reason.and_then(|reason| order_in_doubt(reason)) == Some(child(1))
}

#[test]
fn a_position_that_is_ours_gives_the_room_back() {
    let mut desk = closed(adopting());
    desk.pass_answering(secs(6), &short_lists(0));
    assert_eq!(desk.sent.len(), 2);
    assert_eq!(desk.sent[1].order_qty, qty(10));
    assert!(desk.book().stopped().is_empty());
}

#[test]
fn a_position_that_is_not_ours_may_be_its_fill_and_waits_for_a_person() {
    for on_break in [OnBreak::Adopt, OnBreak::Halt] {
        let mut desk = closed(RouterConfig {
            on_break,
            ..adopting()
        });
        // It filled three behind its close, and no report of it arrived.
        desk.pass_answering(secs(20), &short_lists(3));
        assert_eq!(desk.sent.len(), 1, "its room is not given out again");
        assert!(is_stopped_for_it(&desk));
        assert_eq!(adoptions(&desk), 0, "nobody takes it over");
        assert_eq!(desk.book().breaks().len(), 1, "it is on record");
    }
}

#[test]
fn a_restart_and_the_end_of_the_run_change_nothing() {
    let mut desk = closed(adopting());
    desk.pass_answering(secs(20), &short_lists(3));
    desk.take(Input::Abandon("enough".to_owned()));
    desk.pass_answering(secs(20), &short_lists(3));
    assert!(desk.run_has_ended());
    let mut again = desk.crash(adopting());
    again.connect();
    again.pass_answering(secs(20), &short_lists(3));
    assert_eq!(adoptions(&again), 0);
    assert!(is_stopped_for_it(&again));
}

#[test]
fn when_a_person_has_said_what_became_of_it_the_rest_is_nobodys() {
    let mut desk = closed(adopting());
    desk.pass_answering(secs(20), &short_lists(3));
    let mut desk = desk.crash(adopting());
    desk.connect();
    desk.pass_answering(secs(20), &short_lists(3));
    let reason = "their desk says so".to_owned();
    desk.take(Input::Resolve(child(1), reason));
    assert!(desk.book().stopped().is_empty());
    desk.pass_answering(secs(20), &short_lists(3));
    assert_eq!(adoptions(&desk), 1);
    let mut again = desk.crash(adopting());
    again.connect();
    again.pass_answering(Span::from_secs(20), &short_lists(3));
    assert!(again.book().stopped().is_empty(), "and stays said");
    let refused = |event: &Event| matches!(event, Event::ResolveRefused { .. });
    assert!(!again.events.iter().any(refused));
}

#[test]
fn its_fill_can_still_be_heard_of() {
    let mut desk = closed(adopting());
    desk.pass_answering(secs(20), &short_lists(3));
    desk.trade(child(1), "E1", 3);
    assert_eq!(desk.parent().cum_qty, qty(3));
    desk.pass_answering(secs(10), &short_lists(3));
    assert_eq!(desk.book().ledger().positions()[SYMBOL], qty(3));
    assert_eq!(adoptions(&desk), 0);
}

#[test]
fn a_difference_beside_an_order_that_nobody_spoke_of_waits_as_well() {
    let mut desk = Desk::working(adopting(), vec![parent(limit())]);
    let unheard = Snapshot {
        reaches_back_to: Some(desk.now + secs(10)),
        ..holding(3)
    };
    desk.pass_answering(secs(20), &unheard);
    assert!(is_stopped_for_it(&desk));
    assert_eq!(adoptions(&desk), 0);
    desk.take(Input::Abandon("enough".to_owned()));
    desk.take(Input::Resolve(child(1), "their desk says so".to_owned()));
    desk.pass_answering(secs(20), &unheard);
    assert_eq!(adoptions(&desk), 1);
}

/// A process that died before it could find anything out, and its successor.
fn died(desk: Desk, config: RouterConfig) -> Desk {
    let mut again = desk.crash(config);
    again.connect();
    again.quote(99, 101);
    again
}

#[test]
fn a_start_takes_nothing_over_before_the_orders_are_judged() {
    let mut desk = closed(adopting());
    desk.pass(secs(1));
    let mut again = died(desk, adopting());
    again.pass_answering(secs(20), &short_lists(3));
    assert!(again.sent.is_empty(), "its room is not given out again");
    assert_eq!(adoptions(&again), 0);
    assert!(is_stopped_for_it(&again));

    let desk = Desk::working(adopting(), vec![parent(limit())]);
    let mut again = died(desk, adopting());
    let unheard = Snapshot {
        reaches_back_to: Some(start() + secs(10)),
        ..holding(3)
    };
    again.pass_answering(secs(20), &unheard);
    assert_eq!(adoptions(&again), 0);
    assert!(is_stopped_for_it(&again));
}

#[test]
fn a_person_who_adopts_is_told_first_what_it_may_be() {
    let halting = RouterConfig {
        on_break: OnBreak::Halt,
        ..adopting()
    };
    let mut desk = closed(halting.clone());
    desk.pass(secs(1));
    let mut again = died(desk, halting);
    again.take(Input::Adopt("it is ours".to_owned()));
    again.pass_answering(Span::from_millis(4_500), &short_lists(3));
    assert!(!again.book().breaks().is_empty(), "it is seen");
    again.pass_answering(secs(20), &short_lists(3));
    assert!(is_stopped_for_it(&again), "and said what it may be");
    assert!(again.book().ledger().positions().is_empty());
    // Who has heard that and says it again is believed.
    again.take(Input::Adopt("it is nobody's all the same".to_owned()));
    again.pass_answering(secs(20), &short_lists(3));
    assert_eq!(again.book().ledger().positions()[SYMBOL], qty(3));
    assert!(again.book().stopped().is_empty());
}

#[test]
fn an_instrument_goes_on_when_the_fill_it_waited_for_is_heard_of() {
    let mut desk = closed(adopting());
    desk.pass_answering(secs(20), &short_lists(3));
    assert!(is_stopped_for_it(&desk));
    desk.quote(99, 101);
    desk.trade(child(1), "E1", 3);
    desk.pass_answering(secs(10), &short_lists(3));
    assert!(desk.book().stopped().is_empty());
    assert_eq!(desk.sent[1].order_qty, qty(7));
}

#[test]
fn an_order_that_has_nothing_left_to_fill_hides_nothing() {
    let mut desk = Desk::working(adopting(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.pass(secs(60));
    desk.trade(child(1), "E1", 10);
    // Somebody has bought five by hand.
    desk.pass_answering(secs(20), &short_lists(15));
    assert!(desk.book().stopped().is_empty());
    assert_eq!(adoptions(&desk), 1);
}

#[test]
fn a_fill_in_the_place_of_a_difference_that_is_over_is_none_itself() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.pass(secs(60));
    // Three are shown that are none of ours, by a list that is behind; when it is right again, an
    // order of ours has filled three, and the list of executions is behind.
    let shown = |fills| Snapshot {
        orders: vec![listed(child(1), 10, 0, OrdStatus::New)],
        fills,
        ..holding(3)
    };
    desk.take(Input::Reconcile);
    desk.pass_answering(Span::from_millis(2_500), &shown(Vec::new()));
    assert!(desk.book().breaks().is_empty());
    desk.pass_answering(secs(20), &shown(vec![executed(child(1), "E1", 3)]));
    assert_eq!(desk.book().ledger().positions()[SYMBOL], qty(3));
    assert!(desk.book().breaks().is_empty());
}

#[test]
fn without_an_order_in_between_two_looks_are_enough() {
    let mut desk = Desk::new(config());
    desk.connect();
    desk.answer(Snapshot::default());
    desk.pass(secs(60));
    desk.take(Input::Reconcile);
    desk.pass_answering(Span::from_millis(2_500), &holding(3));
    assert_eq!(desk.book().breaks().len(), 1);
}

#[test]
fn what_moves_all_the_time_is_a_difference_in_the_end() {
    let mut config = adopting();
    config.capabilities.settle = secs(0);
    let mut desk = Desk::working(config, vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    let mut filled = 0;
    for second in 0..30 {
        if second % 4 == 0 && filled < 9 {
            filled += 1;
            desk.trade(child(1), &format!("E{filled}"), 1);
        }
        // Five that are nobody's.
        let shown = Snapshot {
            orders: vec![listed(child(1), 10, filled, OrdStatus::PartiallyFilled)],
            ..holding(filled + 5)
        };
        desk.take(Input::Reconcile);
        desk.pass_answering(secs(1), &shown);
    }
    assert_eq!(adoptions(&desk), 1);
}

#[test]
fn a_person_may_say_what_became_of_it_when_its_run_has_long_ended() {
    let mut desk = closed(adopting());
    desk.pass_answering(secs(20), &short_lists(3));
    desk.take(Input::Abandon("enough".to_owned()));
    desk.pass_answering(secs(20), &short_lists(3));
    assert!(desk.run_has_ended());
    let mut again = died(desk, adopting());
    again.take(Input::Resolve(child(1), "their desk says so".to_owned()));
    again.pass_answering(secs(20), &short_lists(3));
    assert!(again.book().stopped().is_empty());
    let refused = |event: &Event| matches!(event, Event::ResolveRefused { .. });
    assert!(!again.events.iter().any(refused));
    again.pass_answering(secs(20), &short_lists(3));
    assert_eq!(adoptions(&again), 1);
}

#[test]
fn what_differs_elsewhere_is_taken_over_and_cash_waits_with_the_doubt() {
    let mut desk = closed(adopting());
    let mut shown = short_lists(3);
    shown.positions.push(("Y".into(), qty(5)));
    shown.cash = Some(Money::from(-700));
    desk.pass_answering(secs(30), &shown);
    assert!(is_stopped_for_it(&desk));
    let ledger = desk.book().ledger();
    assert_eq!(ledger.positions()["Y"], qty(5));
    assert!(!ledger.positions().contains_key(SYMBOL));
    assert_eq!(ledger.cash(), Money::ZERO, "nobody knows how much of it");
    desk.take(Input::Abandon("enough".to_owned()));
    desk.take(Input::Resolve(child(1), "their desk says so".to_owned()));
    desk.pass_answering(secs(30), &shown);
    let ledger = desk.book().ledger();
    assert_eq!(ledger.positions()[SYMBOL], qty(3));
    assert_eq!(ledger.cash(), Money::from(-700));
}

#[test]
fn a_run_does_not_stand_still_for_cash_when_the_connection_comes_back() {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.disconnect();
    desk.connect();
    let shown = Snapshot {
        orders: vec![listed(child(1), 10, 0, OrdStatus::New)],
        cash: Some(Money::from(7)),
        ..Snapshot::default()
    };
    desk.answer(shown.clone());
    assert!(desk.router.is_synchronised(), "a dividend can wait");
    desk.pass_answering(secs(10), &shown);
    assert_eq!(desk.book().ledger().cash(), Money::from(7));
}
