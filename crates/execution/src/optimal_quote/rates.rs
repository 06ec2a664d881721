//! The model's constants as the equations want them, each formed without cancellation.

use super::params::{QuoteError, QuoteParams};

/// `α`, `β`, `ln η`, `c0` and the start `ln r_q(0) = -kb`. See the module above for their meaning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rates {
    /// α = kγσ²/2, per second.
    pub alpha: f64,
    /// β = kμ, per second.
    pub beta: f64,
    /// ln η; minus infinity when nobody comes.
    pub ln_eta: f64,
    /// c0, ticks: what a risk averse monopolist adds even with no time to lose.
    pub margin: f64,
    /// -kb; minus infinity when nothing may be left over.
    pub ln_start: f64,
    /// k, per tick.
    pub decay: f64,
    /// 1 + γ/k, the exponent between `w` and probability.
    pub exponent: f64,
}

impl Rates {
    pub(super) fn new(params: &QuoteParams) -> Result<Self, QuoteError> {
        params.validate()?;
        let QuoteParams {
            sigma,
            arrival_rate,
            decay,
            risk_aversion,
            liquidation_cost,
            drift,
        } = *params;
        let aversion = risk_aversion / decay;
        let ln_ratio = log1p_over(aversion);
        let rates = Self {
            alpha: 0.5 * decay * sigma * (risk_aversion * sigma),
            beta: decay * drift,
            ln_eta: arrival_rate.ln() - (1.0 + aversion) * ln_ratio,
            margin: ln_ratio / decay,
            ln_start: -decay * liquidation_cost,
            decay,
            exponent: 1.0 + aversion,
        };
        rates.check(arrival_rate)?;
        Ok(rates)
    }

    /// λ_q - λ_(q-1), per second: how fast the ratio `r_q` falls for want of a fill.
    pub(super) fn fall(&self, q: usize) -> f64 {
        let q = q as f64;
        self.alpha * (2.0 * q - 1.0) - self.beta
    }

    /// λ_q, per second.
    pub(super) fn lambda(&self, q: usize) -> f64 {
        let q = q as f64;
        q * (self.alpha * q - self.beta)
    }

    /// The quote, in ticks, of a ratio given by its logarithm.
    pub(super) fn offset(&self, ln_ratio: f64) -> f64 {
        ln_ratio / self.decay + self.margin
    }

    fn check(&self, arrival_rate: f64) -> Result<(), QuoteError> {
        let finite = |name, value: f64| {
            if value.is_finite() {
                Ok(())
            } else {
                Err(QuoteError::Range { name, value })
            }
        };
        finite("decay * risk_aversion * sigma^2 / 2", self.alpha)?;
        finite("decay * drift", self.beta)?;
        finite("ln(1 + risk_aversion / decay) / risk_aversion", self.margin)?;
        finite("1 + risk_aversion / decay", self.exponent)?;
        if arrival_rate > 0.0 {
            finite("ln(eta)", self.ln_eta)
        } else {
            Ok(())
        }
    }
}

/// `ln(1 + x)/x`, continued by 1 at zero.
fn log1p_over(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { x.ln_1p() / x }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn risk_neutral_constants_are_the_limit_of_small_risk_aversion() {
        let at = |risk_aversion| {
            let params = QuoteParams {
                sigma: 0.3,
                arrival_rate: 0.1,
                decay: 0.3,
                risk_aversion,
                liquidation_cost: 3.0,
                drift: 0.0,
            };
            Rates::new(&params).unwrap()
        };
        let neutral = at(0.0);
        assert_eq!(neutral.margin, 1.0 / 0.3);
        assert!((neutral.ln_eta - (0.1_f64.ln() - 1.0)).abs() < 1e-15);
        for risk_aversion in [1e-12, 1e-16, 1e-300, f64::MIN_POSITIVE / 4.0] {
            let near = at(risk_aversion);
            assert!(
                (near.margin - neutral.margin).abs() < 1e-10,
                "{risk_aversion}"
            );
            assert!(
                (near.ln_eta - neutral.ln_eta).abs() < 1e-10,
                "{risk_aversion}"
            );
        }
    }
}
