//! What must hold at the end of every round: written once, used by tests, by the simulation and in
//! production alike.

use polyfolio_model::{ParentId, Qty, SleeveId};

use crate::book::Book;
use crate::order_state::OrderState;
use crate::router::RunPlan;

/// Everything that does not hold for these parents, with its numbers.
pub fn check(book: &Book, parents: impl IntoIterator<Item = ParentId>) -> Vec<String> {
    let mut violations = Vec::new();
    for id in parents {
        let Some(state) = book.parent(id) else {
            continue;
        };
        violations.extend(exposure(book, id));
        let got: Qty = state.got.values().copied().sum();
        if got != state.cum_qty && !book.is_from_before_a_loss(id) {
            let cum_qty = state.cum_qty;
            violations.push(format!("parent {id}: {cum_qty} filled, {got} allocated"));
        }
        for child in book.open_children_of(id).filter(|child| child.is_working()) {
            let wrong = quantities(&child.state);
            violations.extend(wrong.map(|what| format!("order {}: {what}", child.id())));
        }
    }
    violations
}

/// What of a plan does not add up, with its numbers: each parent is what its sleeves want, and a
/// cross gives from one to another.
pub fn check_plan(plan: &RunPlan) -> Vec<String> {
    let mut violations = Vec::new();
    for parent in &plan.parents {
        let wanted: Qty = parent.wants.iter().map(|(_, want)| *want).sum();
        let (order_qty, symbol) = (parent.order_qty, &parent.instrument.id);
        if wanted != order_qty || !order_qty.is_positive() {
            violations.push(format!(
                "{symbol}: an order of {order_qty}, of which its sleeves want {wanted}"
            ));
        }
    }
    for gift in &plan.gifts {
        for given in &gift.positions {
            let (from, quantity, symbol) = (&gift.from, given.quantity, &given.instrument);
            if quantity.is_zero() || from.as_str() == SleeveId::UNASSIGNED {
                violations.push(format!("{symbol}: {from} gives {quantity} to unassigned"));
            }
        }
    }
    for cross in &plan.crosses {
        let (quantity, symbol) = (cross.quantity, &cross.instrument);
        if !quantity.is_positive() || cross.from == cross.to {
            let (from, to) = (&cross.from, &cross.to);
            violations.push(format!("{symbol}: {from} gives {quantity} to {to}"));
        }
    }
    violations
}

/// The exposure rule: filled + working + unknown + pending ≤ order quantity. Executions beyond an
/// order, or beyond what its close said, are the venue's doing; they are booked, a break, and not
/// our violation. Of a parent of which records are lost it cannot be said: an order whose end is
/// lost stands beside the one that took its room. Nothing more is sent for such a parent.
fn exposure(book: &Book, id: ParentId) -> Option<String> {
    if book.is_from_before_a_loss(id) {
        return None;
    }
    let state = book.parent(id)?;
    let may_fill: Qty = book
        .open_children_of(id)
        .map(|child| child.may_still_fill())
        .sum();
    let exposed = state.cum_qty + may_fill - state.overfilled;
    let wanted = state.parent.order_qty;
    let is_above = exposed > wanted && may_fill.is_positive() && state.cum_qty <= wanted;
    (is_above && exposed - denied(book, id) > wanted)
        .then(|| format!("parent {id}: {exposed} filled or open of {wanted} wanted"))
}

/// What we know to be filled of orders that are over and the venue's last word of them denies: a
/// bust of it is on its way, or the venue has said too little. Either is the venue's doing.
fn denied(book: &Book, id: ParentId) -> Qty {
    let over = book.children_of(id).filter(|child| child.is_closed());
    let beyond = over.filter_map(|child| {
        let claimed = child.state.closed_cum_qty()?;
        Some((child.cum_qty() - claimed).max(Qty::ZERO))
    });
    beyond.sum()
}

/// While an order works, what is filled and what is left are the order.
fn quantities(state: &OrderState) -> Option<String> {
    let (cum, leaves, qty) = (state.cum_qty(), state.leaves_qty(), state.order_qty());
    (state.is_open() && !leaves.is_zero() && cum + leaves != qty)
        .then(|| format!("{cum} filled and {leaves} left of {qty}"))
}
