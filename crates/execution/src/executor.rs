//! From what should be in the market to what to send: shared by all algorithms.
//!
//! Pure, and the only place where children are made. It never gives out more than the room the
//! caller grants, which is the parent's quantity less everything that has filled or still may: so
//! a new child comes when the cancel of the old one is accounted for, not when it is asked for.
//! It does not know prices beyond comparing them, nor why room is short.

use polyfolio_model::{ClOrdId, OrdType, Price, Qty, Span, TimeInForce, Ts};

use crate::algo::Decision;

/// A child order that may still trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChildView {
    /// Its id. Children are told apart, and newer from older, by it.
    pub cl_ord_id: ClOrdId,
    /// The most of it that may still fill.
    pub leaves: Qty,
    /// Its price.
    pub ord_type: OrdType,
    /// When it was sent.
    pub sent_at: Ts,
    /// A cancel is on its way.
    pub cancel_pending: bool,
    /// Whether it exists is not known.
    pub unknown: bool,
}

/// What children must obey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// No child is larger; none for no bound.
    pub max_child: Option<Qty>,
    /// No child is canceled for its price sooner after it was sent.
    pub requote_min: Span,
    /// The quantity grid; zero for none.
    pub lot: Qty,
    /// The price grid; zero for none.
    pub tick: Price,
    /// For how long children are sent.
    pub time_in_force: TimeInForce,
}

/// What to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A new child.
    Submit {
        /// How much, above zero.
        qty: Qty,
        /// At what price.
        ord_type: OrdType,
        /// For how long.
        time_in_force: TimeInForce,
    },
    /// Take this child off the book.
    Cancel(ClOrdId),
}

/// What to send so that the market holds what `decision` says: cancels first, then at most one
/// submit. `room` is how much a new child may add.
///
/// - A child away from the wanted price by a tick or more is canceled, [`Limits::requote_min`]
///   after it was sent; at once when the want is to trade at any price, or nothing at all.
/// - Too much at the right price: the newest children are canceled.
/// - Too little: one child for the difference, in whole lots unless it takes all the room there is.
///   Whatever may still fill counts as there, canceled or unknown as it may be.
pub fn reconcile(
    decision: &Decision,
    children: &[ChildView],
    room: Qty,
    limits: &Limits,
    now: Ts,
) -> Vec<Action> {
    match *decision {
        Decision::Wait { .. } => vec![],
        Decision::Idle { .. } => working(children)
            .map(|c| Action::Cancel(c.cl_ord_id))
            .collect(),
        Decision::Work {
            open_qty, ord_type, ..
        } => {
            let mut actions = cancels(open_qty, ord_type, children, limits, now);
            actions.extend(submit(open_qty, ord_type, children, room, limits));
            actions
        }
    }
}

/// When the first child that is away from the wanted price may be canceled; `None` when none is.
/// At that time [`reconcile`] has something to say again.
pub fn requote_due(decision: &Decision, children: &[ChildView], limits: &Limits) -> Option<Ts> {
    let Decision::Work { ord_type, .. } = *decision else {
        return None;
    };
    let away = working(children).filter(|child| is_away(child.ord_type, ord_type, limits.tick));
    away.map(|child| requote_at(child, ord_type, limits)).min()
}

fn cancels(
    open_qty: Qty,
    ord_type: OrdType,
    children: &[ChildView],
    limits: &Limits,
    now: Ts,
) -> Vec<Action> {
    let (away, mut kept): (Vec<&ChildView>, Vec<&ChildView>) =
        working(children).partition(|child| {
            is_away(child.ord_type, ord_type, limits.tick)
                && now >= requote_at(child, ord_type, limits)
        });
    let mut actions: Vec<_> = away.iter().map(|c| Action::Cancel(c.cl_ord_id)).collect();
    let unknown: Qty = children
        .iter()
        .filter(|c| c.unknown)
        .map(|c| c.leaves)
        .sum();
    let mut open = unknown + kept.iter().map(|c| c.leaves).sum();
    kept.sort_by_key(|child| (child.sent_at, child.cl_ord_id));
    while open > open_qty {
        let Some(newest) = kept.pop() else { break };
        open -= newest.leaves;
        actions.push(Action::Cancel(newest.cl_ord_id));
    }
    actions
}

fn submit(
    open_qty: Qty,
    ord_type: OrdType,
    children: &[ChildView],
    room: Qty,
    limits: &Limits,
) -> Option<Action> {
    let there: Qty = children.iter().map(|child| child.leaves).sum();
    let want = (open_qty - there).min(room);
    let most = limits.max_child.map_or(want, |most| most.min(want));
    // The tail of a parent may be less than a lot.
    let qty = if most == room {
        most
    } else {
        most.toward_zero_in_lots(limits.lot)
    };
    let time_in_force = limits.time_in_force;
    qty.is_positive().then_some(Action::Submit {
        qty,
        ord_type,
        time_in_force,
    })
}

/// The children that can be canceled.
fn working(children: &[ChildView]) -> impl Iterator<Item = &ChildView> {
    children
        .iter()
        .filter(|c| c.leaves.is_positive() && !c.cancel_pending && !c.unknown)
}

fn requote_at(child: &ChildView, want: OrdType, limits: &Limits) -> Ts {
    match want {
        OrdType::Market => child.sent_at,
        OrdType::Limit(_) | OrdType::Stop(_) | OrdType::StopLimit { .. } => {
            child.sent_at + limits.requote_min
        }
    }
}

/// Whether a price differs by a tick or more, without a grid at all; or one has a price that the
/// other has not.
fn is_away(have: OrdType, want: OrdType, tick: Price) -> bool {
    let differ = |have: Option<Price>, want: Option<Price>| match (have, want) {
        (Some(have), Some(want)) => have != want && (have - want).abs() >= tick,
        (have, want) => have != want,
    };
    differ(have.limit(), want.limit()) || differ(have.trigger(), want.trigger())
}
