//! The tape as it is written: one JSON object a line.
//!
//! The first eight keys are on every line, `null` where they say nothing; what only some events
//! have follows. A line holds all of its event, so that the tape alone gives back the account.

mod codec;

use chrono::NaiveDate;
use polyfolio_model::{
    CancelRejectReason, ClOrdId, ExecId, InstrumentId, Liquidity, Money, Price, Qty, RejectReason,
    RequestId, Side, Span, TimeInForce, Ts, VenueOrderId,
};
use serde::{Deserialize, Serialize};

/// One line of the tape.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TapeLine {
    /// When, by the venue's clock.
    pub time: Ts,
    /// What happened.
    pub event: TapeTag,
    /// To which order.
    pub cl_ord_id: Option<ClOrdId>,
    /// In what.
    pub symbol: Option<InstrumentId>,
    /// Which way.
    pub side: Option<Side>,
    /// Of an order: its quantity. Of a trade: what traded. Of a replace: the new total.
    pub quantity: Option<Qty>,
    /// Of an order or a replace: the limit. Of a trade: its price.
    pub price: Option<Price>,
    /// Of a trade: its id.
    pub exec_id: Option<ExecId>,
    /// The rest.
    #[serde(flatten)]
    pub more: More,
}

/// What only some events have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct More {
    /// The venue's id of the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub venue_id: Option<VenueOrderId>,
    /// Of a stop or a replace of one: its trigger.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trigger: Option<Price>,
    /// For how long the order works.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_in_force: Option<TimeInForce>,
    /// The request that is answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestId>,
    /// What had filled in all when the order ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cum_qty: Option<Qty>,
    /// What the trade cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fee: Option<Money>,
    /// Maker or taker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub liquidity: Option<Liquidity>,
    /// Why an order was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<RejectReason>,
    /// Why a cancel or replace was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel_reason: Option<CancelRejectReason>,
    /// The refusal, for a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What the account was opened with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opening: Option<Opening>,
    /// Where prices begin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub market: Option<MarketLine>,
}

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TapeTag {
    /// The account was opened.
    Opened,
    /// Prices began.
    Market,
    /// An order came onto the book.
    Accepted,
    /// The trigger of a stop was reached.
    Triggered,
    /// An order was refused.
    Rejected,
    /// Something traded.
    Traded,
    /// An order left the book.
    Canceled,
    /// An order's time ran out.
    Expired,
    /// An order has new terms.
    Replaced,
    /// A cancel or replace was refused.
    CancelRejected,
}

/// What an account was opened with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// Cash.
    pub cash: Money,
    /// Positions.
    pub positions: Vec<(InstrumentId, Qty)>,
}

/// Where prices begin, and what their paths depend on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketLine {
    /// The market date.
    pub date: NaiveDate,
    /// The seed.
    pub seed: u64,
    /// Nanoseconds between two moves.
    pub interval: Span,
    /// One path each.
    pub starts: Vec<StartLine>,
}

/// Where one price begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartLine {
    /// Of what.
    pub symbol: InstrumentId,
    /// The mid.
    pub price: Price,
    /// One tick.
    pub tick: Price,
    /// Ticks per square root of a second: the shortest text that reads back as the same double.
    pub sigma: String,
}
