//! Orders, id by id: each one meant once, sent once, and known to both sides.

use polyfolio_model::ClOrdId;

use super::finding::{Finding, Verdict};
use super::ours::{Intended, Ours};
use super::runs::Runs;
use super::venue::{Tape, VenueOrder};

pub(super) fn check(ours: &Ours, tape: &Tape, runs: &Runs) -> Vec<Finding> {
    let mut findings = ours.findings.clone();
    for (id, order) in &tape.orders.0 {
        findings.extend(sent_twice(*id, order));
        findings.extend(meant(*id, order, ours.intents.get(id)));
        findings.extend(forgotten(*id, order, runs));
    }
    for (id, intended) in &ours.intents {
        let is_there = tape.orders.0.contains_key(id);
        let is_answered = is_there || tape.rejected.contains(id);
        findings.extend(fate(*id, intended, is_there, is_answered, runs));
    }
    findings
}

fn sent_twice(id: ClOrdId, order: &VenueOrder) -> Option<Finding> {
    let times = order.times_accepted;
    (times > 1).then(|| {
        let message = format!("the venue took {} {times} times", told(order));
        Finding::new(Verdict::Duplicates, "sent_twice", message).of(id)
    })
}

/// The venue has nothing that the journal did not mean, and nothing that it meant otherwise.
fn meant(id: ClOrdId, order: &VenueOrder, intended: Option<&Intended>) -> Option<Finding> {
    let Some(intended) = intended else {
        let message = format!(
            "the venue has {}, which the journal never meant",
            told(order)
        );
        return Some(Finding::new(Verdict::Missing, "never_intended", message).of(id));
    };
    let ours = &intended.order;
    let is_same = ours.instrument == order.instrument
        && ours.side == order.side
        && ours.order_qty == order.accepted_qty;
    if is_same {
        return None;
    }
    let meant = format!("{} {} {}", ours.side, ours.order_qty, ours.instrument);
    let message = format!("the venue has {}, meant was {meant}", told(order));
    Some(Finding::new(Verdict::Missing, "intended_otherwise", message).of(id))
}

/// Nothing of a run that is over still stands at the venue.
fn forgotten(id: ClOrdId, order: &VenueOrder, runs: &Runs) -> Option<Finding> {
    let leaves = order.leaves();
    (!leaves.is_zero() && runs.ended.contains(&id.run)).then(|| {
        let message = format!(
            "{leaves} of {} stand at the venue, and its run is over",
            told(order)
        );
        Finding::new(Verdict::Missing, "forgotten", message).of(id)
    })
}

/// What the journal knows of an order's fate is true.
fn fate(
    id: ClOrdId,
    intended: &Intended,
    is_there: bool,
    is_answered: bool,
    runs: &Runs,
) -> Option<Finding> {
    let order = &intended.order;
    let told = format!("{} {} {}", order.side, order.order_qty, order.instrument);
    let is_over = runs.ended.contains(&id.run);
    let (code, message) = if intended.is_heard && !is_answered {
        let message = format!("{told} was acknowledged, and the venue has no record of it");
        ("lost_at_venue", message)
    } else if is_over && intended.is_withdrawn && is_there {
        (
            "given_up",
            format!("{told} was given up as absent, and the venue has it"),
        )
    } else if is_over && !intended.is_known() {
        (
            "unsettled",
            format!("{told}: its run is over and its fate is not on record"),
        )
    } else {
        return None;
    };
    Some(Finding::new(Verdict::Missing, code, message).of(id))
}

fn told(order: &VenueOrder) -> String {
    format!("{} {} {}", order.side, order.accepted_qty, order.instrument)
}
