//! Orders, as they are sent.

use std::fmt;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use crate::{ClOrdId, InstrumentId, Price, Qty};

/// FIX 54.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Side {
    /// Adds to the position.
    Buy,
    /// Takes from it.
    Sell,
}

impl Side {
    /// The side that moves a position by `difference`; `None` for no difference.
    pub fn of(difference: Qty) -> Option<Side> {
        match difference {
            d if d.is_positive() => Some(Side::Buy),
            d if d.is_negative() => Some(Side::Sell),
            _ => None,
        }
    }

    /// The other side.
    pub fn opposite(self) -> Side {
        match self {
            Side::Buy => Side::Sell,
            Side::Sell => Side::Buy,
        }
    }

    /// `quantity` with the sign it has in a position.
    pub fn signed(self, quantity: Qty) -> Qty {
        match self {
            Side::Buy => quantity,
            Side::Sell => -quantity,
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Side::Buy => "BUY",
            Side::Sell => "SELL",
        })
    }
}

/// FIX 40, with the price where the type has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrdType {
    /// At whatever price there is.
    Market,
    /// At this price or better.
    Limit(Price),
}

impl OrdType {
    /// The limit, when there is one.
    pub fn limit(self) -> Option<Price> {
        match self {
            OrdType::Market => None,
            OrdType::Limit(price) => Some(price),
        }
    }
}

/// FIX 59.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeInForce {
    /// Until the end of the trading day.
    Day,
    /// Until it is filled or canceled.
    GoodTillCancel,
    /// What can trade at once, the rest is canceled.
    ImmediateOrCancel,
}

/// FIX 39, as an order's facts add up to it. That an order's fate is not known stands beside the
/// status, not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum OrdStatus {
    /// Sent or about to be, not yet acknowledged.
    PendingNew,
    /// Acknowledged, working, nothing filled.
    New,
    /// Working, something filled.
    PartiallyFilled,
    /// Everything filled.
    Filled,
    /// Will not trade again today.
    DoneForDay,
    /// Off the book.
    Canceled,
    /// The broker works on a cancel.
    PendingCancel,
    /// The broker stopped it with a guaranteed price.
    Stopped,
    /// Refused by the broker. (Refused by our own risk check is `Denied`, and never an order.)
    Rejected,
    /// Held by the broker.
    Suspended,
    /// Its time ran out.
    Expired,
    /// The broker works on a replace.
    PendingReplace,
}

/// A single order as it goes to a broker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewOrder {
    /// Our id.
    pub cl_ord_id: ClOrdId,
    /// What.
    pub instrument: InstrumentId,
    /// Which way.
    pub side: Side,
    /// How much, above zero.
    #[serde(deserialize_with = "above_zero")]
    pub order_qty: Qty,
    /// At what price.
    pub ord_type: OrdType,
    /// For how long.
    pub time_in_force: TimeInForce,
}

/// Reads the quantity of an order. A stored order of less than nothing would give away room instead
/// of taking it.
pub fn above_zero<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Qty, D::Error> {
    let quantity = Qty::deserialize(deserializer)?;
    if quantity.is_positive() {
        return Ok(quantity);
    }
    let what = format!("an order of {quantity}: its quantity must be above zero");
    Err(D::Error::custom(what))
}

/// New terms for a working order. The quantity is the new total, never a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amend {
    /// The new total quantity, above zero, what is already filled included.
    #[serde(deserialize_with = "above_zero")]
    pub order_qty: Qty,
    /// The new limit, when it has one.
    pub price: Option<Price>,
}
