//! One thing that happened to an instrument's orders.

use std::collections::BTreeMap;

use polyfolio_model::{
    CancelRejectReason, ClOrdId, ExecId, Liquidity, Money, OrdType, Price, Qty, Side, SleeveId, Ts,
};
use serde::Serialize;

/// Something that happened, and when it came on record.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Told {
    /// By our clock.
    pub time: Ts,
    /// To which order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cl_ord_id: Option<ClOrdId>,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum What {
    /// The market was met.
    Arrived {
        /// At this mid.
        mid: Price,
    },
    /// An order was let out.
    Sent {
        /// Which way.
        side: Side,
        /// How much.
        quantity: Qty,
        /// How it was priced.
        ord_type: OrdType,
        /// Above 1: the same order again.
        attempt: u32,
        /// The mid when it was decided.
        mid: Option<Price>,
    },
    /// Our own check held an order back.
    Denied {
        /// By which rule.
        code: String,
        /// In words.
        message: String,
    },
    /// An order never was, or is no more, at the venue.
    Gone {
        /// How that is known.
        evidence: String,
    },
    /// The venue has it.
    Accepted,
    /// The venue refused it.
    Rejected {
        /// In its words.
        text: String,
    },
    /// Some of it traded.
    Filled {
        /// The venue's id of it.
        exec_id: ExecId,
        /// How much.
        quantity: Qty,
        /// At what price.
        price: Price,
        /// Its commission, when the venue has said it.
        fee: Option<Money>,
        /// Maker or taker.
        liquidity: Option<Liquidity>,
        /// Who got how much, as it changes positions.
        sleeves: BTreeMap<SleeveId, Qty>,
    },
    /// A trade did not happen after all, or happened otherwise.
    Busted {
        /// Which.
        exec_id: ExecId,
    },
    /// A cancel was asked for.
    CancelAsked,
    /// A cancel or a change was refused.
    CancelRejected {
        /// Why.
        reason: CancelRejectReason,
    },
    /// The order is off the book.
    Canceled {
        /// Whether we had asked for it.
        asked: bool,
        /// What had filled, when the venue said so.
        cum_qty: Option<Qty>,
    },
    /// The order's day is over.
    Expired,
    /// The deadline passed: what works comes off.
    Winding,
    /// What is left goes to the market.
    Sweeping,
    /// Nothing more is sent.
    Done {
        /// Why some of it was left.
        left: Option<String>,
    },
    /// The books differed.
    Break {
        /// How.
        message: String,
    },
    /// It waits for a person.
    Stopped {
        /// Why.
        reason: String,
    },
    /// It goes on.
    Freed,
}
