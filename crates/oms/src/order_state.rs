//! What is known of one order, and the status that follows from it.
//!
//! No status is stored and moved along arrows. Independent **facts** are kept (what was sent, what
//! the broker acknowledged, which executions it reported and which of them it took back, which
//! requests are in flight), and the status is derived from them by the precedence of FIX
//! (Appendix D of FIX 4.4 and 5.0 SP2). So reports that are late, repeated or out of order cannot
//! corrupt it: the same facts in any order make the same status.
//!
//! A report of the broker is never refused, because money has moved; only our own commands are.
//! [`OrderState::apply`] is total: it takes any event in any state, and says in [`OrderNote`]s what
//! was odd about it and what is to be booked.
//!
//! It does not know whether an order whose fate is unknown exists, how often it was submitted, or
//! when anything happened: that is the router's knowledge, and stands beside the status. It does
//! not journal or book: [`OrderNote::Booked`], [`OrderNote::Reversed`] and [`OrderNote::FeeBooked`]
//! tell the caller what to.

mod apply;
mod event;
mod executions;
mod status;

use std::collections::{BTreeMap, BTreeSet};

use polyfolio_model::{ExecId, Fill, Money, Price, Qty, RequestId, TimeInForce};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub use event::{OrderEvent, OrderNote, Refusal, Request};

/// The facts about one order. Serialises in a fixed order, so equal states have equal bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderState {
    order_qty: Qty,
    time_in_force: TimeInForce,
    sent: bool,
    acked: bool,
    rejected: bool,
    canceled: bool,
    expired: bool,
    done_for_day: bool,
    suspended: bool,
    stopped: bool,
    /// The broker said once that it does not know the order.
    disowned: bool,
    /// Requests the broker says it works on.
    pending: BTreeMap<RequestId, status::Pending>,
    /// Requests of ours without an answer.
    local: BTreeMap<RequestId, Request>,
    /// Requests that were answered. It only grows.
    answered: BTreeSet<RequestId>,
    /// Every trade that was reported, dead ones included.
    execs: BTreeMap<ExecId, Fill>,
    /// Trades that were busted or replaced, some perhaps before they were reported.
    dead: BTreeSet<ExecId>,
    /// Fees that were reported apart from their trade. They count before the trade's own.
    fees: BTreeMap<ExecId, Money>,
    /// The broker's number of the last replace in force, and the request it answered.
    replace_sequence: Option<u64>,
    replace_request: Option<RequestId>,
    /// What close reports said had filled. They say different things when an execution is learned
    /// of or busted between two of them.
    closed_cum_qtys: BTreeSet<Qty>,
}

impl OrderState {
    /// An order for `order_qty` that has not been sent.
    pub fn new(order_qty: Qty, time_in_force: TimeInForce) -> Self {
        Self {
            order_qty,
            time_in_force,
            sent: false,
            acked: false,
            rejected: false,
            canceled: false,
            expired: false,
            done_for_day: false,
            suspended: false,
            stopped: false,
            disowned: false,
            pending: BTreeMap::new(),
            local: BTreeMap::new(),
            answered: BTreeSet::new(),
            execs: BTreeMap::new(),
            dead: BTreeSet::new(),
            fees: BTreeMap::new(),
            replace_sequence: None,
            replace_request: None,
            closed_cum_qtys: BTreeSet::new(),
        }
    }

    /// The total quantity in force (FIX 38), as the last replace left it.
    pub fn order_qty(&self) -> Qty {
        self.order_qty
    }

    /// What has filled and stands (FIX 14): the live executions.
    pub fn cum_qty(&self) -> Qty {
        let standing = self.execs.iter().filter(|(id, _)| !self.dead.contains(*id));
        standing.map(|(_, fill)| fill.last_qty).sum()
    }

    /// What has filled beyond the order.
    pub fn overfill(&self) -> Qty {
        above_zero(self.cum_qty(), self.order_qty)
    }

    /// The mean price of what has filled (FIX 6); `None` before the first fill, and where the
    /// amounts leave the range of a decimal.
    pub fn avg_px(&self) -> Option<Price> {
        let amount = self.fills().try_fold(Decimal::ZERO, |sum, fill| {
            sum.checked_add(fill.last_qty.get().checked_mul(fill.last_px.get())?)
        })?;
        // Zero quantity is a division that `checked_div` refuses.
        amount.checked_div(self.cum_qty().get()).map(Price::new)
    }

    /// The executions that stand, in the order of their ids, each with the fee that is known of it.
    pub fn fills(&self) -> impl Iterator<Item = Fill> + '_ {
        self.execs
            .keys()
            .filter(|id| !self.dead.contains(*id))
            .filter_map(|id| self.exec(id))
    }

    /// An execution as it was reported, busted or not, with the fee that is known of it.
    pub fn exec(&self, id: &ExecId) -> Option<Fill> {
        let fill = self.execs.get(id)?;
        Some(Fill {
            fee: self.fees.get(id).copied().or(fill.fee),
            ..fill.clone()
        })
    }

    /// Whether an execution of this id was reported, busted or not.
    pub fn has_exec(&self, id: &ExecId) -> bool {
        self.execs.contains_key(id)
    }

    /// Whether an execution of this id was reported and stands.
    pub fn is_live(&self, id: &ExecId) -> bool {
        self.execs.contains_key(id) && !self.dead.contains(id)
    }

    /// Whether an execution of this id was busted or corrected, reported or not.
    pub fn is_dead(&self, id: &ExecId) -> bool {
        self.dead.contains(id)
    }

    /// Fees of the executions that stand.
    pub fn fees(&self) -> Money {
        self.fills().filter_map(|fill| fill.fee).sum()
    }

    /// What the close report said had filled in all, if there was one and it said so; the largest
    /// of several.
    pub fn closed_cum_qty(&self) -> Option<Qty> {
        self.closed_cum_qtys.last().copied()
    }

    /// Whether a close report said that this is what has filled in all.
    pub fn is_closed_at(&self, cum_qty: Qty) -> bool {
        self.closed_cum_qtys.contains(&cum_qty)
    }

    /// What the close report speaks of and no execution accounts for. While it is above zero the
    /// order's room is not free: a fill is still on its way.
    ///
    /// An execution that is busted after the close leaves the report's quantity too high. A later
    /// close report that says less sets that right. A venue that says less than it will know of is
    /// waited for by whoever gives the order's room out again.
    pub fn missing_qty(&self) -> Qty {
        let claimed = self.closed_cum_qtys.first();
        claimed.map_or(Qty::ZERO, |claimed| above_zero(*claimed, self.cum_qty()))
    }

    /// Requests of ours without an answer, oldest first.
    pub fn requests_in_flight(&self) -> impl Iterator<Item = (RequestId, Request)> + '_ {
        self.local.iter().map(|(id, request)| (*id, *request))
    }

    /// Whether a cancel of ours is without an answer.
    pub fn cancel_in_flight(&self) -> bool {
        self.local
            .values()
            .any(|request| *request == Request::Cancel)
    }

    /// Whether the broker has ever answered a cancel with "unknown order".
    pub fn is_disowned(&self) -> bool {
        self.disowned
    }

    /// Requests that have been answered. The set only grows.
    pub fn requests_answered(&self) -> impl Iterator<Item = RequestId> + '_ {
        self.answered.iter().copied()
    }
}

/// `a - b`, never below zero.
fn above_zero(a: Qty, b: Qty) -> Qty {
    (a - b).max(Qty::ZERO)
}
