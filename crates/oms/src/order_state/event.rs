//! What can happen to an order, and what there is to say about it.

use polyfolio_model::{ExecId, ExecKind, Fill, Money, Qty, RequestId};
use serde::{Deserialize, Serialize};

/// Something that happened to an order: a command of ours, or a report of the broker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderEvent {
    /// We sent it. A repeat of the same submission after an absence proof is not a second event.
    Submitted,
    /// We ask the broker to cancel it.
    CancelRequested(RequestId),
    /// We ask the broker for a new total quantity (FIX 35=G).
    ReplaceRequested(RequestId, Qty),
    /// The broker said something.
    Reported(ExecKind),
}

/// A request of ours to the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Off the book.
    Cancel,
    /// A new total quantity.
    Replace(Qty),
}

/// What an event meant beyond the facts it left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderNote {
    /// Book this execution, with the fee that is known of it. Once for every execution id.
    Booked(Fill),
    /// Take this execution back, with its fee: it was booked and is busted or corrected.
    Reversed(Fill),
    /// Book this difference in the fee of an execution that is booked.
    FeeBooked {
        /// The execution.
        exec_id: ExecId,
        /// Known before: fee less what was booked with it.
        fee: Money,
    },
    /// Said before; nothing at all changed.
    Duplicate,
    /// A fill after the order was canceled or had expired. It counts.
    LateFill,
    /// More has filled than was ordered, by this much in all. It is booked, and is an alarm.
    Overfill(Qty),
    /// A bust or correction of an execution that has not been reported yet.
    EarlyBust,
    /// An execution that was busted before it was reported: it never counts.
    Void,
    /// A pending report about a request that has been answered, or a replace older than the one in
    /// force: it counts only as the answer to its own request.
    Stale,
    /// The broker knows of this much more than its executions told us: ask for them.
    Gap {
        /// How much is missing.
        qty: Qty,
    },
    /// Canceled though the report answers no request.
    UnsolicitedCancel,
    /// The broker's answer does not fit what we know: ask how the order stands.
    Resync,
    /// The facts contradict each other; they are kept all the same.
    Anomaly(&'static str),
    /// A command of ours that makes no sense now. It must not be sent; nothing changed.
    Refused(Refusal),
}

/// Why a command of ours is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It was submitted before.
    #[error("the order has been sent already")]
    AlreadySent,
    /// Nothing was submitted.
    #[error("the order has not been sent")]
    NotSent,
    /// Nothing of it can trade any more.
    #[error("the order is closed")]
    Closed,
    /// A cancel is without an answer.
    #[error("a cancel is in flight")]
    CancelInFlight,
    /// The request id was used before.
    #[error("the request has been used already")]
    RequestUsed,
    /// The new total is not above what has filled.
    #[error("the new quantity {order_qty} is not above the {cum_qty} that have filled")]
    NothingToReplace {
        /// The new total.
        order_qty: Qty,
        /// What has filled.
        cum_qty: Qty,
    },
}
