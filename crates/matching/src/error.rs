//! What a venue cannot be made of, or moved to.

use chrono::NaiveDate;
use polyfolio_model::{InstrumentId, Price, Qty, Span};

/// Why a venue was not made, or its market not set.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum VenueError {
    /// The mid cannot move at such an interval.
    #[error("quote interval {0} is not above zero")]
    QuoteInterval(Span),
    /// A message cannot arrive before it is sent.
    #[error("a latency is below zero")]
    NegativeLatency,
    /// An execution cannot be of less than nothing.
    #[error("fill size {0} is below zero")]
    FillSize(Qty),
    /// A fee rate that is no rate.
    #[error("fee rate of {0} basis points: a number between -10000 and 10000 is expected")]
    FeeRate(rust_decimal::Decimal),
    /// Neither a price grid nor a unit.
    #[error("{0} has neither a price grid nor a tick for its market")]
    NoTick(InstrumentId),
    /// A market parameter that is no number, or below zero.
    #[error("{instrument}: {name} is {value}: a finite number, zero or above, is expected")]
    Parameter {
        /// Of what.
        instrument: InstrumentId,
        /// Which parameter.
        name: &'static str,
        /// Its value.
        value: f64,
    },
    /// One instrument twice.
    #[error("{0} is listed twice")]
    ListedTwice(InstrumentId),
    /// A price for something that is not traded here.
    #[error("{0} is not listed at this venue")]
    NotListed(InstrumentId),
    /// A price that is no price.
    #[error("{instrument}: start price {price} is not above zero")]
    StartPrice {
        /// Of what.
        instrument: InstrumentId,
        /// The price.
        price: Price,
    },
    /// A market date never goes back.
    #[error("the market stands at {have} and cannot go back to {asked}")]
    GoesBack {
        /// Where it stands.
        have: NaiveDate,
        /// Where it was asked to go.
        asked: NaiveDate,
    },
}
