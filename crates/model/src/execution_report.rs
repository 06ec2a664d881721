//! What a broker says of orders.

use serde::{Deserialize, Serialize};

use crate::{
    ClOrdId, ExecId, InstrumentId, Money, OrdStatus, Price, Qty, RequestId, Side, Ts, VenueOrderId,
};

/// One statement of a broker about one order of ours (FIX 35=8 and 35=9).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutionReport {
    /// Which order.
    pub cl_ord_id: ClOrdId,
    /// The broker's own id of it, when the report carries one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub venue_id: Option<VenueOrderId>,
    /// The venue's time of the event, not of our hearing of it.
    pub time: Ts,
    /// What happened.
    pub kind: ExecKind,
}

/// What happened to an order (FIX 150, and the cancel reject).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExecKind {
    /// Received, not yet working.
    PendingNew,
    /// Working; a stop waits for its trigger.
    New,
    /// A stop's trigger was reached (FIX 150=L): it works like any other order from now on.
    Triggered,
    /// Refused.
    Rejected {
        /// Why.
        reason: RejectReason,
        /// The broker's own words.
        text: String,
    },
    /// Something traded.
    Trade(Fill),
    /// A trade did not happen after all.
    TradeCancel {
        /// This report's id.
        exec_id: ExecId,
        /// The trade that is busted.
        reference: ExecId,
    },
    /// A trade happened otherwise.
    TradeCorrect {
        /// The trade that counts from now on.
        fill: Fill,
        /// The trade it replaces.
        reference: ExecId,
    },
    /// The fee of a trade, when it comes later than the trade.
    Fee {
        /// The trade.
        exec_id: ExecId,
        /// What it cost; a rebate is negative.
        fee: Money,
    },
    /// The broker works on a cancel.
    PendingCancel {
        /// The request it answers.
        request: RequestId,
    },
    /// The broker works on a replace.
    PendingReplace {
        /// The request it answers.
        request: RequestId,
    },
    /// Off the book.
    Canceled {
        /// The request it answers; none when nobody asked.
        request: Option<RequestId>,
        /// What had filled in all, when the broker says so.
        cum_qty: Option<Qty>,
    },
    /// A cancel or replace was refused (FIX 35=9).
    CancelRejected {
        /// The request it answers.
        request: RequestId,
        /// Why.
        reason: CancelRejectReason,
    },
    /// New terms are in force.
    Replaced {
        /// The request it answers.
        request: Option<RequestId>,
        /// The new total quantity.
        order_qty: Qty,
        /// The broker's own order of replaces, when it has one.
        sequence: Option<u64>,
    },
    /// Its time ran out.
    Expired {
        /// What had filled in all, when the broker says so.
        cum_qty: Option<Qty>,
    },
    /// Will not trade again today.
    DoneForDay,
    /// Restated by the broker: no longer done for day.
    Restated,
    /// Held.
    Suspended,
    /// No longer held.
    Resumed,
    /// Stopped with a guaranteed price.
    Stopped,
    /// The answer to a question: how things stand. It moves nothing; a gap asks for executions.
    Status {
        /// What the broker says has filled in all.
        cum_qty: Qty,
    },
}

/// Why a broker refused an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectReason {
    /// The price is not on the grid.
    Tick,
    /// The quantity is not on the grid.
    Lot,
    /// The order is worth too little.
    MinNotional,
    /// An order of this client order id exists: evidence that the first one arrived.
    DuplicateClOrdId,
    /// The broker does not know the instrument.
    UnknownInstrument,
    /// Not enough money or margin.
    InsufficientFunds,
    /// Too many messages; nothing was accepted.
    RateLimited,
    /// The market is closed or halted.
    MarketClosed,
    /// Anything else; the text says what.
    Other,
}

/// Why a broker refused a cancel or replace (FIX 102).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelRejectReason {
    /// The order is already done.
    TooLate,
    /// The broker does not know the order. Says nothing about the submit: it may be overtaken.
    UnknownOrder,
    /// Anything else.
    Other,
}

/// Whether an execution took or gave liquidity (FIX 851).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Liquidity {
    /// Rested in the book.
    Maker,
    /// Traded at once.
    Taker,
}

/// One execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fill {
    /// Its id: it counts once.
    pub exec_id: ExecId,
    /// How much, above zero.
    pub last_qty: Qty,
    /// At what price.
    pub last_px: Price,
    /// What it cost, when that is known with the trade; a rebate is negative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<Money>,
    /// Maker or taker, when the broker says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub liquidity: Option<Liquidity>,
}

/// An order as a broker's list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderFacts {
    /// Our id, when the order carries one of ours.
    pub cl_ord_id: Option<ClOrdId>,
    /// The broker's id.
    pub venue_id: VenueOrderId,
    /// What.
    pub instrument: InstrumentId,
    /// Which way.
    pub side: Side,
    /// How much in all.
    pub order_qty: Qty,
    /// How much has filled.
    pub cum_qty: Qty,
    /// How it stands.
    pub status: OrdStatus,
    /// Its limit.
    pub price: Option<Price>,
    /// The price that a stop waits for, or waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<Price>,
}

impl OrderFacts {
    /// Whether it can still trade.
    pub fn is_open(&self) -> bool {
        use OrdStatus as S;
        !matches!(
            self.status,
            S::Filled | S::Canceled | S::Rejected | S::Expired | S::DoneForDay
        )
    }
}
