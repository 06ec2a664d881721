//! The venue's own record of what happened: lossless, in order, and enough to rebuild its book.
//!
//! A venue decides, writes a [`TapeEvent`], and changes its [`Book`](crate::Book) by that event
//! alone; replaying a tape is the same code as living it. What the sender hears is derived from
//! the event too ([`TapeEvent::report`]), so tape and reports cannot disagree.
//!
//! Serde writes an event for whoever keeps a tape without a form of his own; he says which version
//! of it he reads.

use chrono::NaiveDate;
use polyfolio_model::{
    CancelRejectReason, ClOrdId, ExecKind, ExecutionReport, Fill, InstrumentId, Money, NewOrder,
    OrdType, Price, Qty, RejectReason, RequestId, Side, Span, Ts, VenueOrderId,
};
use serde::{Deserialize, Serialize};

/// One thing that happened in a venue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TapeEvent {
    /// When, by the venue's clock.
    pub time: Ts,
    /// What.
    pub what: Happening,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happening {
    /// The account came to be.
    Opened {
        /// Its cash, in the base currency.
        cash: Money,
        /// Its positions.
        positions: Vec<(InstrumentId, Qty)>,
    },
    /// Prices began anew: a new date, a new instrument, or new parameters.
    Market(MarketSet),
    /// An order came onto the book.
    Accepted {
        /// The order.
        order: NewOrder,
        /// The venue's id of it.
        venue_id: VenueOrderId,
    },
    /// The market came to the trigger of a stop: it is worked from now on.
    Triggered {
        /// Which order.
        order: OrderRef,
    },
    /// An order was refused.
    Rejected {
        /// The order.
        order: NewOrder,
        /// Why.
        reason: RejectReason,
        /// Why, for a person.
        text: String,
    },
    /// Something traded.
    Traded {
        /// Which order.
        order: OrderRef,
        /// The execution; its fee is always known with the trade.
        fill: Fill,
    },
    /// An order left the book.
    Canceled {
        /// Which order.
        order: OrderRef,
        /// The request it answers; none when nobody asked.
        request: Option<RequestId>,
        /// What had filled in all: final.
        cum_qty: Qty,
    },
    /// An order's time ran out.
    Expired {
        /// Which order.
        order: OrderRef,
        /// What had filled in all: final.
        cum_qty: Qty,
    },
    /// An order has new terms.
    Replaced {
        /// Which order.
        order: OrderRef,
        /// The request it answers.
        request: RequestId,
        /// The new total quantity.
        order_qty: Qty,
        /// The prices now in force.
        ord_type: OrdType,
    },
    /// A cancel or replace was refused.
    CancelRejected {
        /// Which order was meant.
        cl_ord_id: ClOrdId,
        /// The request it answers.
        request: RequestId,
        /// Why.
        reason: CancelRejectReason,
    },
}

/// An order on the book, named in full.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRef {
    /// Its owner's id.
    pub cl_ord_id: ClOrdId,
    /// The venue's id.
    pub venue_id: VenueOrderId,
    /// What.
    pub instrument: InstrumentId,
    /// Which way.
    pub side: Side,
}

/// Prices that begin at the event's time, with all that their paths depend on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MarketSet {
    /// The market date.
    pub date: NaiveDate,
    /// The seed of the paths.
    pub seed: u64,
    /// The time between two moves of the mid.
    pub interval: Span,
    /// Where each path begins; instruments that are not named go on as they were.
    pub starts: Vec<Start>,
}

/// Where one instrument's mid begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// Of what.
    pub instrument: InstrumentId,
    /// The mid, on no grid.
    pub price: Price,
    /// What one tick is.
    pub tick: Price,
    /// Ticks per square root of a second.
    pub sigma: f64,
}

impl TapeEvent {
    /// What the sender of the order hears of it; `None` for what concerns no order.
    pub fn report(&self) -> Option<ExecutionReport> {
        let of = |order: &OrderRef, kind| (order.cl_ord_id, Some(order.venue_id.clone()), kind);
        let (cl_ord_id, venue_id, kind) = match &self.what {
            Happening::Opened { .. } | Happening::Market(_) => return None,
            Happening::Accepted { order, venue_id } => {
                (order.cl_ord_id, Some(venue_id.clone()), ExecKind::New)
            }
            Happening::Rejected {
                order,
                reason,
                text,
            } => {
                let (reason, text) = (*reason, text.clone());
                (order.cl_ord_id, None, ExecKind::Rejected { reason, text })
            }
            Happening::Triggered { order } => of(order, ExecKind::Triggered),
            Happening::Traded { order, fill } => of(order, ExecKind::Trade(fill.clone())),
            Happening::Canceled {
                order,
                request,
                cum_qty,
            } => {
                let (request, cum_qty) = (*request, Some(*cum_qty));
                of(order, ExecKind::Canceled { request, cum_qty })
            }
            Happening::Expired { order, cum_qty } => {
                let cum_qty = Some(*cum_qty);
                of(order, ExecKind::Expired { cum_qty })
            }
            Happening::Replaced {
                order,
                request,
                order_qty,
                ..
            } => {
                let kind = ExecKind::Replaced {
                    request: Some(*request),
                    order_qty: *order_qty,
                    sequence: None,
                };
                of(order, kind)
            }
            Happening::CancelRejected {
                cl_ord_id,
                request,
                reason,
            } => {
                let (request, reason) = (*request, *reason);
                let kind = ExecKind::CancelRejected { request, reason };
                (*cl_ord_id, None, kind)
            }
        };
        Some(ExecutionReport {
            cl_ord_id,
            venue_id,
            time: self.time,
            kind,
        })
    }
}
