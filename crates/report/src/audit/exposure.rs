//! The exposure rule, by the venue's own record: for every parent, after every event, what is
//! filled and what is open of its orders is at most what it wanted.

use std::collections::BTreeMap;

use polyfolio_model::{ClOrdId, ParentId, Qty, Ts};

use super::finding::{Finding, Verdict};
use super::ours::Ours;
use super::venue::{Orders, Tape};

/// The worst moment of one parent.
#[derive(Debug)]
struct Worst {
    exposed: Qty,
    time: Ts,
    orders: Vec<ClOrdId>,
}

pub(super) fn check(ours: &Ours, tape: &Tape) -> Vec<Finding> {
    let mut orders = Orders::default();
    let mut exposed: BTreeMap<ParentId, Qty> = BTreeMap::new();
    let mut worst: BTreeMap<ParentId, Worst> = BTreeMap::new();
    for event in &tape.events {
        // Somebody else's order is a finding of its own, and no parent's exposure.
        let Some(id) = named(&event.what).filter(|id| ours.has_counted(*id)) else {
            continue;
        };
        let before = of_order(&orders, id);
        if orders.take(&event.what).is_none() {
            continue;
        }
        let change = of_order(&orders, id) - before;
        let parent = id.parent_id();
        let sum = exposed.entry(parent).or_default();
        *sum += change;
        let Some(wanted) = ours.parents.get(&parent) else {
            continue;
        };
        let is_worse = worst.get(&parent).is_none_or(|worst| *sum > worst.exposed);
        if *sum > wanted.parent.order_qty && is_worse {
            let orders = counted(&orders, parent);
            let (exposed, time) = (*sum, event.time);
            worst.insert(
                parent,
                Worst {
                    exposed,
                    time,
                    orders,
                },
            );
        }
    }
    worst
        .iter()
        .map(|(id, worst)| told(ours, *id, worst))
        .collect()
}

fn named(what: &super::VenueFact) -> Option<ClOrdId> {
    use super::VenueFact as F;
    match what {
        F::Accepted { cl_ord_id, .. }
        | F::Traded { cl_ord_id, .. }
        | F::Closed { cl_ord_id }
        | F::Replaced { cl_ord_id, .. } => Some(*cl_ord_id),
        F::Opened { .. } | F::Rejected { .. } | F::Other => None,
    }
}

/// Filled and open of one order.
fn of_order(orders: &Orders, id: ClOrdId) -> Qty {
    let order = orders.0.get(&id);
    order.map_or(Qty::ZERO, |order| order.cum_qty + order.leaves())
}

/// The orders of a parent that have filled or may.
fn counted(orders: &Orders, parent: ParentId) -> Vec<ClOrdId> {
    let of_parent = orders.0.keys().filter(|id| id.parent_id() == parent);
    let counts = of_parent.filter(|id| !of_order(orders, **id).is_zero());
    counts.copied().collect()
}

fn told(ours: &Ours, id: ParentId, worst: &Worst) -> Finding {
    let wanted = ours.parents.get(&id).map(|w| &w.parent);
    let (qty, instrument) = wanted.map_or((Qty::ZERO, String::new()), |parent| {
        (parent.order_qty, parent.instrument.id.to_string())
    });
    let message = format!(
        "{} {instrument} filled or open of {qty} wanted by parent {id}, at {}",
        worst.exposed, worst.time
    );
    let finding = Finding::new(Verdict::Overshoots, "exposure", message).of(id);
    worst.orders.iter().fold(finding, Finding::of)
}
