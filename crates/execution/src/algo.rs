//! What an execution algorithm is: from a parent order, a quote and a time to what should be in
//! the market now.
//!
//! An algorithm keeps nothing that does not follow from parent, fills and clock (a solved quote
//! surface is a cache, not a memory). That is what makes it resume where it died: dropped and built
//! again from its [`AlgoSpec`], it decides the same. It sends nothing and knows no children; see
//! [`executor`](crate::executor).

mod params_record;

use std::fmt;

use polyfolio_model::{Instrument, OrdType, Price, Qty, Quote, Side, Span, Ts};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::algos::{Limit, Market, OptimalLimit, Twap};
use crate::optimal_quote::{QuoteError, QuoteParams};
use crate::schedule::ScheduleError;

/// Which algorithm works a parent, and how: a record of the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum AlgoSpec {
    /// One clip at a time at the quote of Guéant, Lehalle and Fernandez-Tapia.
    OptimalLimit {
        /// The model's lot: how much is shown at once.
        clip: Qty,
        /// The shortest time between two quotes.
        requote_min: Span,
        /// Whether a quote may reach the opposite side. Otherwise it stops one tick short of it.
        cross: bool,
        /// The market and the trader's taste, from the seller's side.
        #[serde(with = "params_record")]
        params: QuoteParams,
        /// What a tick of `params` is worth where the instrument has no price grid; with a grid the
        /// grid counts.
        #[serde(default = "one")]
        tick: Price,
    },
    /// Equal slices over the time there is, with what did not fill caught up.
    Twap {
        /// How many.
        slices: u32,
        /// How each of them is priced.
        style: Style,
        /// How unequal the slices are: 0 for equal ones, below 1.
        #[serde(default)]
        size_jitter: Decimal,
        /// By how much a slice may come late, at most the length of one.
        #[serde(default)]
        time_jitter: Span,
        /// The seed of both jitters.
        #[serde(default)]
        seed: u64,
    },
    /// Everything at once, at one price.
    Limit {
        /// The price; none for the mid at the parent's arrival, rounded to the passive side.
        price: Option<Price>,
    },
    /// Everything at once, at whatever price there is.
    Market,
}

/// How a scheduled child is priced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// At the best price of its own side.
    Passive,
    /// At whatever price there is.
    Market,
}

/// A parent order as an algorithm sees it.
#[derive(Clone, Copy, Debug)]
pub struct ParentView<'a> {
    /// What is traded, with its grids.
    pub instrument: &'a Instrument,
    /// Which way.
    pub side: Side,
    /// How much in all.
    pub order_qty: Qty,
    /// How much has filled.
    pub filled: Qty,
    /// What the open children may still fill. No algorithm here needs it.
    pub open: Qty,
    /// Nothing before.
    pub start: Ts,
    /// Nothing at or after, but by [`AlgoSpec::Market`].
    pub deadline: Ts,
    /// No child pays more, or takes less.
    pub limit: Option<Price>,
    /// The mid when the parent was made.
    pub arrival_mid: Option<Price>,
    /// A quote older than this says nothing.
    pub quote_max_age: Span,
}

/// What should be in the market now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// So much, at such a price.
    Work {
        /// In all: what is there already counts. Above zero.
        open_qty: Qty,
        /// The price.
        ord_type: OrdType,
        /// When to ask again, if nothing happens before.
        wake_at: Option<Ts>,
        /// Why.
        reason: Reason,
    },
    /// Nothing: what is there is canceled.
    Idle {
        /// When to ask again, if nothing happens before.
        wake_at: Option<Ts>,
        /// Why.
        reason: Reason,
    },
    /// It cannot be said: what is there stays, and nothing is added.
    Wait {
        /// When to ask again, if nothing happens before.
        wake_at: Option<Ts>,
        /// Why.
        reason: Reason,
    },
}

/// Why an algorithm decided as it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The parent's time has not come.
    NotStarted,
    /// The parent's time is over.
    Deadline,
    /// Everything has filled.
    Done,
    /// A side that is needed is not quoted, or the quote is crossed.
    NoQuote,
    /// The quote is too old.
    StaleQuote,
    /// The mid at arrival is not known.
    NoArrivalPrice,
    /// The model or the schedule has no answer for these numbers.
    NoAnswer,
    /// Between two slices.
    NextSlice,
    /// As the schedule has it.
    Schedule,
    /// At the model's quote.
    ModelQuote,
    /// The model would trade at once; the quote stops short of the other side.
    HeldAtTouch,
    /// The parent's limit is all that may be paid.
    AtLimit,
    /// At the one price there is.
    FixedPrice,
    /// At once.
    Immediate,
}

/// An algorithm. Built by [`AlgoSpec::build`].
pub trait ExecutionAlgo: Send + fmt::Debug {
    /// What should be in the market now. A missing, crossed or old quote means waiting, never a
    /// market order.
    fn decide(&mut self, parent: &ParentView<'_>, quote: Option<&Quote>, now: Ts) -> Decision;
}

/// Why no algorithm can be made.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ExecutionError {
    /// Nothing would ever be shown.
    #[error("optimal_limit: the clip must be above zero, got {0}")]
    Clip(Qty),
    /// Re-quoting without a pause would never end.
    #[error("optimal_limit: requote_min must be above zero, got {0}")]
    RequoteMin(Span),
    /// What a tick is worth cannot be said.
    #[error("optimal_limit: the tick must be above zero, got {0}")]
    Tick(Price),
    /// The model refuses its parameters.
    #[error("optimal_limit: {0}")]
    Quote(#[from] QuoteError),
    /// The schedule refuses its parameters.
    #[error("twap: {0}")]
    Schedule(#[from] ScheduleError),
    /// A price nobody can trade at.
    #[error("limit: the price must be above zero, got {0}")]
    Price(Price),
}

impl AlgoSpec {
    /// The name it has in a config.
    pub fn name(&self) -> &'static str {
        match self {
            Self::OptimalLimit { .. } => "optimal_limit",
            Self::Twap { .. } => "twap",
            Self::Limit { .. } => "limit",
            Self::Market => "market",
        }
    }

    /// The algorithm, or what is wrong with its parameters.
    pub fn build(&self) -> Result<Box<dyn ExecutionAlgo>, ExecutionError> {
        Ok(match self {
            Self::OptimalLimit { clip, requote_min, cross, params, tick } => {
                Box::new(OptimalLimit::new(*clip, *requote_min, *cross, *params, *tick)?)
            }
            Self::Twap { slices, style, size_jitter, time_jitter, seed } => {
                Box::new(Twap::new(*slices, *style, *size_jitter, *time_jitter, *seed)?)
            }
            Self::Limit { price } => Box::new(Limit::new(*price)?),
            Self::Market => Box::new(Market),
        })
    }
}

impl ParentView<'_> {
    /// What is left to trade, never below zero.
    pub fn remaining(&self) -> Qty {
        (self.order_qty - self.filled).max(Qty::ZERO)
    }

    /// The decision that every algorithm but `market` comes to outside the parent's time, and when
    /// everything has filled.
    pub(crate) fn outside(&self, now: Ts) -> Option<Decision> {
        let (wake_at, reason) = match () {
            () if self.remaining().is_zero() => (None, Reason::Done),
            () if now < self.start => (Some(self.start), Reason::NotStarted),
            () if now >= self.deadline => (None, Reason::Deadline),
            () => return None,
        };
        Some(Decision::Idle { wake_at, reason })
    }

    /// `quote`, if it says something at `now`.
    pub(crate) fn fresh<'q>(&self, quote: Option<&'q Quote>, now: Ts) -> Result<&'q Quote, Reason> {
        let quote = quote.ok_or(Reason::NoQuote)?;
        let crossed = quote.bid.zip(quote.ask).is_some_and(|(bid, ask)| bid > ask);
        match () {
            () if crossed => Err(Reason::NoQuote),
            () if now.since(quote.time) > self.quote_max_age => Err(Reason::StaleQuote),
            () => Ok(quote),
        }
    }

    /// `price` on the grid, and not beyond the parent's limit.
    pub(crate) fn bounded(&self, price: Price) -> (Price, bool) {
        let grid = |price: Price| price.passive_on_grid(self.side, self.instrument.tick);
        let price = grid(price);
        match self.limit.map(grid) {
            Some(limit) if self.is_better(price, limit) => (limit, true),
            _ => (price, false),
        }
    }

    /// An order at whatever price there is, as far as the parent's limit allows.
    pub(crate) fn immediate(&self) -> OrdType {
        let grid = |price: Price| price.passive_on_grid(self.side, self.instrument.tick);
        self.limit.map_or(OrdType::Market, |limit| OrdType::Limit(grid(limit)))
    }

    /// Whether an order at `a` gives the other side more than one at `b`.
    pub(crate) fn is_better(&self, a: Price, b: Price) -> bool {
        match self.side {
            Side::Buy => a > b,
            Side::Sell => a < b,
        }
    }
}

impl Decision {
    /// When to ask again, if nothing happens before.
    pub fn wake_at(&self) -> Option<Ts> {
        match self {
            Self::Work { wake_at, .. } | Self::Idle { wake_at, .. } | Self::Wait { wake_at, .. } => {
                *wake_at
            }
        }
    }

    /// Why.
    pub fn reason(&self) -> Reason {
        match self {
            Self::Work { reason, .. } | Self::Idle { reason, .. } | Self::Wait { reason, .. } => {
                *reason
            }
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NotStarted => "before the start",
            Self::Deadline => "the deadline has passed",
            Self::Done => "everything has filled",
            Self::NoQuote => "no quote",
            Self::StaleQuote => "the quote is old",
            Self::NoArrivalPrice => "no price at arrival",
            Self::NoAnswer => "no price for these numbers",
            Self::NextSlice => "the next slice has not come",
            Self::Schedule => "on schedule",
            Self::ModelQuote => "at the model's quote",
            Self::HeldAtTouch => "held short of the other side",
            Self::AtLimit => "at the order's limit",
            Self::FixedPrice => "at a fixed price",
            Self::Immediate => "at once",
        })
    }
}

fn one() -> Price {
    Price::from(1)
}
