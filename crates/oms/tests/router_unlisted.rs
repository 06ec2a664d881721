//! Orders that are over, on a venue whose lists do not reach back to them: the last fill of one may
//! stand in no list.

mod support;

use polyfolio_model::broker::Snapshot;
use polyfolio_model::{ExecKind, Span};
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
    desk.take(Input::Resolve(child(1), "their desk says so".to_owned()));
    desk.pass_answering(secs(20), &unheard);
    assert_eq!(adoptions(&desk), 1);
}
