//! A run that is stopped, at every stage and under both policies, and taken up again by the next
//! process: the same parents, the same targets, one order per id.

use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

use polyfolio_actors::Task;
use polyfolio_actors::conductor::End;
use polyfolio_actors::mail::Station;
use polyfolio_actors::messages::{RouterCommand, TargetsScaled};
use polyfolio_actors::order_router::read_records;
use polyfolio_actors::switchboard::Switchboard;
use polyfolio_model::Span;
use polyfolio_oms::events::Event;
use polyfolio_oms::records::{Parent, Record};
use polyfolio_oms::router::StopPolicy;
use polyfolio_ports::Clock;
use polyfolio_store::MemoryJournal;

use crate::harness::{Setup, StopWhen, holds, qty, source};
use crate::orders::assert_one_order_per_id;
use crate::parts::{clock, plan_of, start_router, until};
use crate::venue::Fate;

/// (stage, when, whether there is a run by then, orders that rest when they are left)
const STAGES: [(&str, StopWhen, bool, u32); 6] = [
    ("connecting", |e| matches!(e, Event::Recovered(_)), false, 0),
    (
        "reconciled",
        |e| matches!(e, Event::Reconciled(_)),
        false,
        0,
    ),
    (
        "run planned",
        |e| matches!(e, Event::RunPlanned { .. }),
        true,
        1,
    ),
    (
        "order submitted",
        |e| matches!(e, Event::OrderSubmitted { .. }),
        true,
        1,
    ),
    (
        "accepted",
        |e| matches!(e, Event::OrderChanged { .. }),
        true,
        1,
    ),
    (
        "half filled",
        |e| matches!(e, Event::Filled { .. }),
        true,
        1,
    ),
];

#[actix::test]
async fn a_run_that_is_stopped_is_finished_by_the_next_process() {
    for policy in [StopPolicy::Leave, StopPolicy::Cancel] {
        for (name, when, has_run, resting) in STAGES {
            stopped_and_taken_up(name, when, has_run, resting, policy).await;
        }
    }
}

async fn stopped_and_taken_up(
    name: &str,
    when: StopWhen,
    has_run: bool,
    rests: u32,
    policy: StopPolicy,
) {
    let at = format!("{name}, {policy:?}");
    let mut setup = Setup {
        stop: Some((when, policy)),
        ..Setup::new()
    };
    setup.venue.fates([Fate::Half]);
    let (release, released) = channel::<()>();
    if !has_run {
        // The plan would overtake the stop otherwise, now and then.
        let released = Arc::new(Mutex::new(released));
        let waits = move || {
            let _ = released.lock().unwrap().recv();
            Err("released".to_owned())
        };
        setup = setup.sleeves(&[("alpha", source(waits))]);
    }
    let stopped = setup.run().await;
    drop(release);
    let End::Stopped { run, resting } = stopped.outcome.end else {
        panic!("{at}: {:?}", stopped.outcome.end)
    };
    assert_eq!(run.is_some(), has_run, "{at}");
    let expected = if policy == StopPolicy::Leave {
        rests
    } else {
        0
    };
    assert_eq!(resting, expected, "{at}");
    let planned = parents(&setup);

    setup = setup.sleeves(&[("alpha", holds(&[("AAA", 10.0)]))]);
    setup.stop = None;
    let venue = setup.venue.clone();
    setup.on_event = Arc::new(move |event| {
        if matches!(event, Event::Reconciled(_)) {
            venue.fill_all();
        }
    });
    let finished = setup.run().await;
    finished.is_done();
    assert!(
        matches!(finished.outcome.end, End::Done { resumed, .. } if resumed == has_run),
        "{at}"
    );
    if has_run {
        assert_eq!(parents(&setup), planned, "{at}");
    }
    assert_eq!(setup.venue.position("AAA"), qty(1_000), "{at}");
    assert_one_order_per_id(&setup.venue);
}

fn parents(setup: &Setup) -> Vec<Parent> {
    let parent = |record| match record {
        Record::Parent(parent) => Some(parent),
        _ => None,
    };
    setup.records().into_iter().filter_map(parent).collect()
}

/// A plan that comes behind a stop is not begun: the outcome has said that there is none.
#[actix::test]
async fn a_plan_behind_a_stop_is_not_begun() {
    let (clock, journal) = (clock(), Arc::new(MemoryJournal::new(7)));
    let board = Arc::new(Switchboard::new(clock.clone(), []));
    let events = start_router(&board, &clock, journal.clone());
    let (post, plan) = (
        &board.post,
        TargetsScaled(Box::new(plan_of(&["AAA".into()]))),
    );
    let stop = RouterCommand::Stop(StopPolicy::Leave);
    post.send(&Station::Conductor, &board.router_command, stop, None)
        .unwrap();
    post.send(&Station::Scaler, &board.targets_scaled, plan, None)
        .unwrap();
    let stopped = |event: &Event| matches!(event, Event::Stopped { .. });
    until(|| events.lock().unwrap().iter().any(stopped)).await;
    clock.sleep_until(clock.now() + Span::from_secs(1)).await;
    assert!(read_records(&*journal).unwrap().is_empty());
}

/// "Cancel all" gives up the run of an earlier process and takes its orders off the book.
#[actix::test]
async fn cancel_all_takes_a_run_that_was_left_off_the_book() {
    let when: StopWhen = |event| matches!(event, Event::Filled { .. });
    let mut setup = Setup {
        stop: Some((when, StopPolicy::Leave)),
        ..Setup::new()
    };
    setup.venue.fates([Fate::Half]);
    setup.run().await;

    (setup.stop, setup.task) = (None, Task::CancelAll("a person".to_owned()));
    let finished = setup.run().await;
    let End::Done { run, abandoned, .. } = finished.outcome.end else {
        panic!("{:?}", finished.outcome.end)
    };
    assert_eq!(
        (run.is_some(), abandoned),
        (true, Some("a person".to_owned()))
    );
    assert_eq!(finished.book.unwrap().open_children().count(), 0);
    assert_eq!(setup.venue.position("AAA"), qty(500));
    assert_eq!(
        finished.outcome.nav.unwrap().account,
        polyfolio_model::Money::from(100_000)
    );
}

#[actix::test]
async fn cancel_all_without_a_run_is_done() {
    let setup = Setup {
        task: Task::CancelAll("a person".to_owned()),
        ..Setup::new()
    };
    setup.run().await.is_done();
}
