//! What the model is told, and what it refuses.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The market and the trader's taste, in ticks, seconds and lots, from the seller's side.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuoteParams {
    /// σ, volatility of the mid, ticks per square root of a second. Zero is a mid that stands still.
    pub sigma: f64,
    /// A, fills per second of a quote at the mid. Zero is a market where nobody comes.
    pub arrival_rate: f64,
    /// k, how fast fills thin out away from the mid, per tick. Positive.
    pub decay: f64,
    /// γ, absolute risk aversion, per tick and lot. Zero is risk neutral.
    pub risk_aversion: f64,
    /// b, ticks below the mid at which a lot left over is sold at the deadline. May be infinite:
    /// nothing may be left over at any price.
    pub liquidation_cost: f64,
    /// μ, drift of the mid, ticks per second, of either sign.
    #[serde(default)]
    pub drift: f64,
}

/// Why there is no quote.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum QuoteError {
    /// A parameter outside its domain.
    #[error("quote parameter {name} must be {domain}, got {value}")]
    Parameter {
        name: &'static str,
        domain: &'static str,
        value: f64,
    },
    /// The time to the deadline is negative or not finite.
    #[error("quote horizon must be finite and at least 0 seconds, got {0}")]
    Horizon(f64),
    /// A surface of no lots.
    #[error("quote surface needs at least 1 lot")]
    NoLots,
    /// Each parameter is valid, but together they leave the range of floating point.
    #[error("quote parameters are too extreme together: {name} is {value}")]
    Range { name: &'static str, value: f64 },
    /// The solution has more structure than the solver's panels may hold.
    #[error(
        "quote surface resolved for {reached_s} s of {horizon_s} s in {panels} panels, no further"
    )]
    Unresolved {
        reached_s: f64,
        horizon_s: f64,
        panels: usize,
    },
}

impl QuoteParams {
    /// The same market seen by a buyer, who quotes `S - δ`: the drift changes its sign.
    pub fn mirrored(self) -> Self {
        Self {
            drift: -self.drift,
            ..self
        }
    }

    /// Names the first parameter outside its domain.
    pub fn validate(&self) -> Result<(), QuoteError> {
        let non_negative = |x: f64| x.is_finite() && x >= 0.0;
        demand("sigma", self.sigma, "finite and at least 0", non_negative)?;
        demand(
            "arrival_rate",
            self.arrival_rate,
            "finite and at least 0",
            non_negative,
        )?;
        demand("decay", self.decay, "finite and above 0", |x| {
            x.is_finite() && x > 0.0
        })?;
        demand(
            "risk_aversion",
            self.risk_aversion,
            "finite and at least 0",
            non_negative,
        )?;
        demand(
            "liquidation_cost",
            self.liquidation_cost,
            "at least 0",
            |x| x >= 0.0,
        )?;
        demand("drift", self.drift, "finite", f64::is_finite)
    }
}

fn demand(
    name: &'static str,
    value: f64,
    domain: &'static str,
    holds: impl Fn(f64) -> bool,
) -> Result<(), QuoteError> {
    if holds(value) {
        Ok(())
    } else {
        Err(QuoteError::Parameter {
            name,
            domain,
            value,
        })
    }
}
