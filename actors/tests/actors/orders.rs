//! Orders whose fate is not known, or that never left.

use std::collections::BTreeSet;

use polyfolio_model::{ClOrdId, Qty};
use polyfolio_oms::events::Event;
use polyfolio_oms::records::Record;
use polyfolio_ports::Command;

use crate::harness::{Setup, qty};
use crate::venue::{Fate, Venue};

/// Nobody answers: the order is Unknown, it is asked for, two snapshots prove that it is not there,
/// and the same order leaves again under the same id.
#[actix::test]
async fn an_order_that_is_never_answered_is_unknown_until_its_absence_is_proved() {
    let setup = Setup::new();
    setup.venue.fates([Fate::Lost]);
    let finished = setup.run().await;
    finished.is_done();

    let submits = setup.venue.submits();
    assert_eq!(submits.len(), 2);
    assert_eq!(submits[0], submits[1]);
    let id = submits[0].cl_ord_id;
    assert_eq!(
        finished.count(
            |event| matches!(event, Event::OrderUnknown { cl_ord_id, .. } if *cl_ord_id == id)
        ),
        1
    );
    let between = between_submits(&setup.venue.commands());
    assert!(between.contains(&Command::Query(id)), "{between:?}");
    let looks = between
        .iter()
        .filter(|command| matches!(command, Command::Snapshot(_)));
    assert!(looks.count() >= 2, "{between:?}");
    assert_eq!(attempts(&setup.records()), [(id, 1), (id, 2)]);
    assert_eq!(
        (setup.venue.tape().len(), setup.venue.position("AAA")),
        (1, qty(1_000))
    );
}

/// The venue has it, and its answers were lost: it is found, and not sent again.
#[actix::test]
async fn an_order_whose_answer_was_lost_is_found_in_the_lists() {
    let mut setup = Setup::new();
    setup.venue.fates([Fate::Unheard]);
    let venue = setup.venue.clone();
    setup.on_event = std::sync::Arc::new(move |event| {
        if matches!(event, Event::OrderChanged { .. }) {
            venue.fill_all();
        }
    });
    let finished = setup.run().await;
    finished.is_done();
    assert_eq!(
        finished.count(|event| matches!(event, Event::OrderUnknown { .. })),
        1
    );
    assert_eq!(
        (setup.venue.submits().len(), setup.venue.position("AAA")),
        (1, qty(1_000))
    );
}

/// No byte left: the child is gone at once, and a later one takes its place. Nothing is reserved
/// for the one that is gone, and nothing is ever ordered beyond what is wanted.
#[actix::test]
async fn an_order_that_was_not_sent_is_followed_by_a_new_child() {
    let setup = Setup::new();
    setup.venue.fates([Fate::NotSent, Fate::NotSent]);
    let finished = setup.run().await;
    finished.is_done();
    let children: Vec<u32> = setup
        .venue
        .submits()
        .iter()
        .map(|order| order.cl_ord_id.child)
        .collect();
    assert_eq!(children, [1, 2, 3]);
    let withdrawn = |record: &Record| matches!(record, Record::NotSent(_));
    assert_eq!(
        setup
            .records()
            .iter()
            .filter(|record| withdrawn(record))
            .count(),
        2
    );
    assert_never_above(&setup.venue, qty(1_000));
    assert_eq!(setup.venue.position("AAA"), qty(1_000));
}

/// In clips: some refused before the wire, some lost on it, some half filled.
#[actix::test]
async fn whatever_becomes_of_clips_the_parent_is_never_exceeded() {
    let setup = Setup {
        max_child: Some(qty(100)),
        ..Setup::new()
    };
    let mut count = 0;
    setup.venue.script(move |_| {
        count += 1;
        match count % 5 {
            1 => Fate::NotSent,
            3 => Fate::Lost,
            _ => Fate::Fill,
        }
    });
    let finished = setup.run().await;
    finished.is_done();
    assert_never_above(&setup.venue, qty(1_000));
    assert_one_order_per_id(&setup.venue);
}

/// What the venue accepted in all: with every order filled, no more than the parent.
fn assert_never_above(venue: &Venue, parent: Qty) {
    let accepted: Qty = venue.tape().iter().map(|order| order.order_qty).sum();
    assert!(accepted <= parent, "{accepted} of {parent}");
}

pub(crate) fn assert_one_order_per_id(venue: &Venue) {
    let tape = venue.tape();
    let ids: BTreeSet<ClOrdId> = tape.iter().map(|order| order.cl_ord_id).collect();
    assert_eq!(ids.len(), tape.len(), "{tape:?}");
}

fn between_submits(commands: &[Command]) -> Vec<Command> {
    let is_new = |command: &&Command| matches!(command, Command::New(_));
    let after = commands
        .iter()
        .skip_while(|command| !is_new(command))
        .skip(1);
    after
        .take_while(|command| !is_new(command))
        .cloned()
        .collect()
}

fn attempts(records: &[Record]) -> Vec<(ClOrdId, u32)> {
    let intent = |record: &Record| match record {
        Record::Intent(intent) => Some((intent.order.cl_ord_id, intent.attempt)),
        _ => None,
    };
    records.iter().filter_map(intent).collect()
}
