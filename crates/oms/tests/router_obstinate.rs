//! Orders that work on, however often their cancel is asked for.

mod support;

use polyfolio_model::broker::Snapshot;
use polyfolio_model::{CancelRejectReason, ExecKind, OrdStatus};
use polyfolio_oms::records::Stopped;
use polyfolio_oms::router::{Input, order_in_doubt, order_that_works_on};
use polyfolio_oms::{Event, Record};
use polyfolio_portfolio::TradingState;
use support::*;

/// What a venue does with a cancel.
#[derive(Clone, Copy)]
enum Answer {
    Refused(CancelRejectReason),
    None,
}

const ANSWERS: [Answer; 4] = [
    Answer::Refused(CancelRejectReason::UnknownOrder),
    Answer::Refused(CancelRejectReason::TooLate),
    Answer::Refused(CancelRejectReason::Other),
    Answer::None,
];

fn resting() -> Desk {
    let mut desk = Desk::working(config(), vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.trade(child(1), "E1", 4);
    desk
}

/// The venue has the order, four of ten filled.
fn works() -> Snapshot {
    Snapshot {
        orders: vec![listed(child(1), 10, 4, OrdStatus::PartiallyFilled)],
        fills: vec![executed(child(1), "E1", 4)],
        ..holding(4)
    }
}

/// The order is canceled at the venue.
fn is_over() -> Snapshot {
    Snapshot {
        orders: vec![listed(child(1), 10, 4, OrdStatus::Canceled)],
        ..works()
    }
}

/// Lets time pass; cancels are answered this way.
fn pass(desk: &mut Desk, seconds: i64, answer: Answer, snapshot: &Snapshot) {
    let mut answered = desk.cancels.len();
    for _ in 0..seconds {
        desk.pass_answering(secs(1), snapshot);
        while let Some((id, request)) = desk.cancels.get(answered).copied() {
            answered += 1;
            if let Answer::Refused(reason) = answer {
                desk.report(id, ExecKind::CancelRejected { request, reason });
            }
        }
    }
}

fn stopped_for(desk: &Desk) -> Option<&str> {
    desk.book().stopped().get(SYMBOL).map(String::as_str)
}

fn stops(desk: &Desk) -> usize {
    let is_stop = |event: &&Event| matches!(event, Event::InstrumentStopped { .. });
    desk.events.iter().filter(is_stop).count()
}

#[test]
fn the_run_ends_and_a_person_is_told_to_cancel_it_at_the_broker() {
    for answer in ANSWERS {
        let mut desk = resting();
        pass(&mut desk, 600, answer, &works());
        assert!(desk.run_has_ended());
        let reason = stopped_for(&desk).unwrap();
        assert_eq!(order_that_works_on(reason), Some(child(1)), "{reason}");
        assert_eq!(order_in_doubt(reason), Some(child(1)), "{reason}");
        let left = desk.left().flatten().unwrap();
        assert!(left.contains("still working"), "{left}");
        assert_eq!(stops(&desk), 1, "it is said once");
        assert_eq!(desk.sent.len(), 1, "its room is not given out again");
        assert_eq!(desk.book().trading().0, TradingState::Active);
    }
}

#[test]
fn what_is_wanted_in_time_is_left_and_says_why() {
    let mut desk = resting();
    desk.take(Input::Abandon("enough".to_owned()));
    pass(&mut desk, 600, ANSWERS[0], &works());
    assert!(desk.run_has_ended());
    assert!(stopped_for(&desk).is_some());
}

#[test]
fn cancels_go_on_and_its_end_sets_the_instrument_free() {
    for answer in ANSWERS {
        let mut desk = resting();
        pass(&mut desk, 600, answer, &works());
        let before = desk.cancels.len();
        pass(&mut desk, 120, answer, &works());
        assert!(desk.cancels.len() > before, "it is asked for again");
        assert!(desk.cancels.len() <= before + 3, "once a minute");
        desk.report(
            child(1),
            ExecKind::Canceled {
                request: None,
                cum_qty: Some(qty(4)),
            },
        );
        desk.pass_answering(secs(30), &is_over());
        assert_eq!(stopped_for(&desk), None);
        assert_eq!(desk.parent().cum_qty, qty(4));
    }
}

#[test]
fn its_fills_count_after_the_run() {
    let mut desk = resting();
    pass(&mut desk, 600, ANSWERS[0], &works());
    desk.trade(child(1), "E2", 6);
    let filled = Snapshot {
        orders: vec![listed(child(1), 10, 10, OrdStatus::Filled)],
        fills: vec![executed(child(1), "E1", 4), executed(child(1), "E2", 6)],
        ..holding(10)
    };
    desk.pass_answering(secs(30), &filled);
    assert_eq!(desk.book().ledger().positions()[SYMBOL], qty(10));
    assert_eq!(stopped_for(&desk), None);
    assert!(desk.book().breaks().is_empty());
}

#[test]
fn a_restart_keeps_the_stop_and_finds_its_end_in_the_lists() {
    let mut desk = resting();
    pass(&mut desk, 600, ANSWERS[0], &works());
    let mut again = desk.crash(config());
    again.connect();
    again.pass_answering(secs(5), &works());
    assert_eq!(
        order_that_works_on(stopped_for(&again).unwrap()),
        Some(child(1))
    );
    again.quote(99, 101);
    again.take(Input::Plan(Box::new(plan(vec![parent(limit())]))));
    again.pass_answering(secs(5), &works());
    assert!(again.sent.is_empty(), "nothing is sent beside it");
    again.take(Input::Reconcile);
    again.pass_answering(secs(60), &is_over());
    assert_eq!(stopped_for(&again), None);
    assert!(!again.sent.is_empty(), "and then it is");
}

#[test]
fn a_person_cannot_call_it_dead() {
    let mut desk = resting();
    pass(&mut desk, 600, ANSWERS[0], &works());
    desk.take(Input::Resolve(child(1), "I think so".to_owned()));
    desk.pass_answering(secs(5), &works());
    let refused = |event: &Event| matches!(event, Event::ResolveRefused { reason, .. } if reason.contains("the broker has it"));
    assert!(desk.events.iter().any(refused));
    assert_eq!(desk.count("absent"), 0);
}

#[test]
fn a_cancel_that_is_heard_in_time_stops_nothing() {
    let mut desk = resting();
    pass(&mut desk, 45, ANSWERS[1], &works());
    desk.canceled(child(1), Some(4));
    desk.pass_answering(secs(600), &is_over());
    assert_eq!(stops(&desk), 0);
    assert!(desk.run_has_ended());
}

#[test]
fn a_doubt_about_the_same_order_gives_way_to_what_is_to_be_done_now() {
    let mut desk = resting();
    pass(&mut desk, 600, ANSWERS[0], &works());
    // It ends, and the lists begin behind it: now nobody can say what it filled.
    let closed = ExecKind::Canceled {
        request: None,
        cum_qty: None,
    };
    desk.report(child(1), closed);
    let short = Snapshot {
        reaches_back_to: Some(desk.now),
        ..holding(4)
    };
    desk.pass_answering(secs(60), &short);
    let reason = stopped_for(&desk).unwrap();
    assert_eq!(order_that_works_on(reason), None, "{reason}");
    assert_eq!(order_in_doubt(reason), Some(child(1)), "{reason}");
    let is_stop = |r: &&Record| matches!(r, Record::Stopped(_));
    let all = desk.durable.iter().chain(&desk.tail);
    assert_eq!(all.filter(is_stop).count(), 2);
}

#[test]
fn an_instrument_that_stopped_for_something_else_still_says_so() {
    let mut desk = resting();
    let other = Record::Stopped(Stopped {
        instrument: SYMBOL.into(),
        reason: Some("an overfill".to_owned()),
        time: desk.now,
    });
    desk.take(Input::Note(Box::new(other)));
    pass(&mut desk, 600, ANSWERS[0], &works());
    assert_eq!(stopped_for(&desk), Some("an overfill"), "that stays");
    let is_told = |event: &Event| matches!(event, Event::InstrumentStopped { reason, .. } if order_that_works_on(reason) == Some(child(1)));
    assert_eq!(desk.events.iter().filter(|event| is_told(event)).count(), 1);
    assert!(desk.run_has_ended());
}

#[test]
fn who_resumes_without_having_ended_it_is_told_again() {
    let mut desk = resting();
    pass(&mut desk, 600, ANSWERS[0], &works());
    let looked = "looked".to_owned();
    desk.take(Input::SetTrading(TradingState::Halted, looked.clone()));
    desk.take(Input::SetTrading(TradingState::Active, looked));
    assert_eq!(stopped_for(&desk), None);
    pass(&mut desk, 130, ANSWERS[0], &works());
    assert!(stopped_for(&desk).is_some());
}

#[test]
fn a_patient_broker_is_judged_as_well() {
    let mut config = config();
    config.capabilities.ack_timeout = secs(90);
    let mut desk = Desk::working(config, vec![parent(limit())]);
    desk.report(child(1), ExecKind::New);
    desk.trade(child(1), "E1", 4);
    pass(&mut desk, 1_200, ANSWERS[3], &works());
    assert!(stopped_for(&desk).is_some());
    assert!(desk.run_has_ended());
}
