//! What an execution algorithm is: from a parent order, a quote and a time to what should be in
//! the market now.
//!
//! An algorithm keeps nothing that does not follow from parent, fills and clock (a solved quote
//! surface is a cache, not a memory). That is what makes it resume where it died: dropped and built
//! again from its [`AlgoSpec`], it decides the same. It sends nothing and knows no children; see
//! [`executor`](crate::executor).

mod decision;
mod params_record;
mod parent;

use std::fmt;

use polyfolio_model::{Price, Qty, Quote, Span, Ts};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use decision::{Decision, Reason};
pub use parent::ParentView;

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
            Self::OptimalLimit {
                clip,
                requote_min,
                cross,
                params,
                tick,
            } => Box::new(OptimalLimit::new(
                *clip,
                *requote_min,
                *cross,
                *params,
                *tick,
            )?),
            Self::Twap {
                slices,
                style,
                size_jitter,
                time_jitter,
                seed,
            } => Box::new(Twap::new(
                *slices,
                *style,
                *size_jitter,
                *time_jitter,
                *seed,
            )?),
            Self::Limit { price } => Box::new(Limit::new(*price)?),
            Self::Market => Box::new(Market),
        })
    }
}

fn one() -> Price {
    Price::from(1)
}
