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

/// FIX 40, with the prices that the type has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrdType {
    /// At whatever price there is.
    Market,
    /// At this price or better.
    Limit(Price),
    /// Nothing until the market has come to this price (FIX 99); a market order from then on.
    Stop(Price),
    /// Nothing until the market has come to the trigger; a limit order from then on.
    StopLimit {
        /// Where it wakes up (FIX 99).
        trigger: Price,
        /// The limit it has then (FIX 44).
        limit: Price,
    },
}

impl OrdType {
    /// The type that has these prices and no other.
    pub fn of(limit: Option<Price>, trigger: Option<Price>) -> Self {
        match (limit, trigger) {
            (None, None) => OrdType::Market,
            (Some(limit), None) => OrdType::Limit(limit),
            (None, Some(trigger)) => OrdType::Stop(trigger),
            (Some(limit), Some(trigger)) => OrdType::StopLimit { trigger, limit },
        }
    }

    /// The limit, when there is one.
    pub fn limit(self) -> Option<Price> {
        match self {
            OrdType::Market | OrdType::Stop(_) => None,
            OrdType::Limit(limit) | OrdType::StopLimit { limit, .. } => Some(limit),
        }
    }

    /// The price that it waits for, when it waits for one.
    pub fn trigger(self) -> Option<Price> {
        match self {
            OrdType::Market | OrdType::Limit(_) => None,
            OrdType::Stop(trigger) | OrdType::StopLimit { trigger, .. } => Some(trigger),
        }
    }

    /// What it is once its trigger is reached.
    #[must_use]
    pub fn triggered(self) -> Self {
        Self::of(self.limit(), None)
    }

    /// The same type at the prices of `amend`, a price that is not named staying as it is; `None`
    /// where a price is named that the type does not have.
    pub fn amended(self, amend: &Amend) -> Option<Self> {
        let known = |named: Option<Price>, have: Option<Price>| named.is_none() || have.is_some();
        let (limit, trigger) = (self.limit(), self.trigger());
        let fits = known(amend.price, limit) && known(amend.trigger, trigger);
        fits.then(|| Self::of(amend.price.or(limit), amend.trigger.or(trigger)))
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
    /// At the price of the session's close and at no other time: with a market order what is known
    /// as market on close, with a limit order as limit on close.
    AtTheClose,
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

impl NewOrder {
    /// Refuses terms that contradict each other.
    pub fn check_terms(&self) -> Result<(), StopAtTheClose> {
        let at_the_close = self.time_in_force == TimeInForce::AtTheClose;
        match self.ord_type.trigger() {
            Some(trigger) if at_the_close => Err(StopAtTheClose { trigger }),
            _ => Ok(()),
        }
    }
}

/// The close is one instant and a stop waits for another: which of the two was meant cannot be
/// told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a stop at {trigger} cannot be for the close: send it for the day, or at the close without a trigger"
)]
pub struct StopAtTheClose {
    /// Its trigger.
    pub trigger: Price,
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
    /// The new limit; as it was when there is none.
    pub price: Option<Price>,
    /// The new trigger of a stop; as it was when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<Price>,
}

#[cfg(test)]
mod tests;
