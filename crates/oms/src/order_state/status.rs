//! The status that the facts add up to, and how much may still trade.

use polyfolio_model::{OrdStatus, Qty, TimeInForce};
use serde::{Deserialize, Serialize};

use super::{OrderState, Request, above_zero};

/// What the broker says it works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Pending {
    Cancel,
    Replace,
}

impl OrderState {
    /// FIX 39: of all that applies, what has the highest precedence. FIX 4.4 Appendix D has the
    /// values: pending cancel 12, pending replace 11, done for day 10, filled 8, stopped 7,
    /// suspended 6, canceled and expired 5, partially filled 4, and 2 for the rest.
    pub fn status(&self) -> OrdStatus {
        let cum_qty = self.cum_qty();
        let pending = |kind| !self.is_ended() && self.pending.values().any(|p| *p == kind);
        let by_precedence = [
            (pending(Pending::Cancel), OrdStatus::PendingCancel),
            (pending(Pending::Replace), OrdStatus::PendingReplace),
            (self.done_for_day, OrdStatus::DoneForDay),
            (
                cum_qty.is_positive() && cum_qty >= self.order_qty,
                OrdStatus::Filled,
            ),
            (self.stopped, OrdStatus::Stopped),
            (self.suspended, OrdStatus::Suspended),
            (self.canceled, OrdStatus::Canceled),
            (self.expired, OrdStatus::Expired),
            (cum_qty.is_positive(), OrdStatus::PartiallyFilled),
            (self.counts_as_rejected(), OrdStatus::Rejected),
            (self.acked, OrdStatus::New),
        ];
        let highest = by_precedence.into_iter().find(|(applies, _)| *applies);
        highest.map_or(OrdStatus::PendingNew, |(_, status)| status)
    }

    /// What is open for execution (FIX 151).
    ///
    /// Zero for an order that the broker says it does not know, although such an answer proves
    /// nothing: to bound what may still fill, take [`exposure_qty`](Self::exposure_qty).
    pub fn leaves_qty(&self) -> Qty {
        if self.is_ended() || self.is_over_for_today() {
            Qty::ZERO
        } else {
            above_zero(self.order_qty, self.cum_qty())
        }
    }

    /// The most that may still fill, as far as reports tell: the larger of the old and the new
    /// terms while a replace is in flight, everything while a submit may have been overtaken by
    /// its cancel, and what a close report claims beyond the executions we have.
    pub fn exposure_qty(&self) -> Qty {
        if self.is_finished() {
            return self.missing_qty();
        }
        let asked = self.local.values().filter_map(|request| match request {
            Request::Cancel => None,
            Request::Replace(qty) => Some(*qty),
        });
        above_zero(asked.fold(self.order_qty, Qty::max), self.cum_qty())
    }

    /// Whether it was sent and may still trade. An order that the broker says it does not know
    /// stays open until somebody proves it absent.
    pub fn is_open(&self) -> bool {
        self.sent && !self.is_closed()
    }

    /// Whether nothing of it can trade any more: the broker ended it, or everything filled. A bust
    /// or a replace can open a filled order again; nothing opens one that was canceled, expired or
    /// rejected.
    pub fn is_closed(&self) -> bool {
        self.is_finished() || self.cum_qty() >= self.order_qty
    }

    /// Whether the broker ended it: no fill made after that report is possible.
    fn is_finished(&self) -> bool {
        self.canceled || self.expired || self.rejected || self.is_over_for_today()
    }

    /// Whether FIX shows nothing open for it.
    fn is_ended(&self) -> bool {
        self.canceled || self.expired || self.counts_as_rejected()
    }

    fn is_over_for_today(&self) -> bool {
        self.done_for_day && self.time_in_force != TimeInForce::GoodTillCancel
    }

    /// FIX shows an order as rejected when a cancel of it is refused as unknown and nothing else
    /// was ever heard of it. Any sign of life takes that back.
    fn counts_as_rejected(&self) -> bool {
        self.rejected || (self.disowned && !self.acked)
    }
}
