//! The quotes of every number of lots at every time to the deadline, from one solve.

use super::panel::{self, Level};
use super::params::{QuoteError, QuoteParams};
use super::rates::Rates;

/// Largest relative error of a panel's polynomial that is accepted, as estimated from its tail. What
/// is found against exact values is a tenth of it, and counts `1/k` times in a quote.
const TOLERANCE: f64 = 1e-11;
/// A panel is at most this many times as wide as the one before.
const MAX_WIDENING: f64 = 4.0;
/// More panels than any sane market needs; a bound on time and memory.
const MAX_PANELS: usize = 5_000;
/// A boundary layer that is over after this many seconds, as a logarithm, is not resolved.
const LN_NEGLIGIBLE_S: f64 = -92.0;

/// `δ_q(τ)` for `q` from 1 to [`lots`](Self::lots) and `τ` from 0 to
/// [`horizon_s`](Self::horizon_s).
///
/// The panels do not depend on the horizon: two surfaces of the same parameters and lots agree to
/// the last bit wherever both are defined, so a quote computed again after a restart, with less
/// time left, is the same quote.
#[derive(Debug, Clone)]
pub struct QuoteSurface {
    params: QuoteParams,
    rates: Rates,
    lots: usize,
    horizon_s: f64,
    /// Start of each panel in seconds to the deadline, increasing from 0.
    starts: Vec<f64>,
    /// Panel by panel, within it level by level.
    levels: Vec<Level>,
    /// The end of the last panel, at or beyond the horizon.
    end: f64,
    from_zero: bool,
}

impl QuoteSurface {
    /// Solves for 1 to `lots` lots and for 0 to `horizon_s` seconds to the deadline.
    pub fn solve(params: &QuoteParams, lots: usize, horizon_s: f64) -> Result<Self, QuoteError> {
        let rates = Rates::new(params)?;
        if lots == 0 {
            return Err(QuoteError::NoLots);
        }
        if !(horizon_s.is_finite() && horizon_s >= 0.0) {
            return Err(QuoteError::Horizon(horizon_s));
        }
        let layer = rates.ln_start + (lots as f64).ln() - rates.ln_eta;
        let mut surface = Self {
            params: *params,
            rates,
            lots,
            horizon_s,
            starts: Vec::new(),
            levels: Vec::new(),
            end: 0.0,
            from_zero: layer < LN_NEGLIGIBLE_S,
        };
        if params.arrival_rate > 0.0 {
            surface.fill()?;
        }
        Ok(surface)
    }

    /// The parameters it was solved for.
    pub fn params(&self) -> &QuoteParams {
        &self.params
    }

    /// The most lots it answers for.
    pub fn lots(&self) -> usize {
        self.lots
    }

    /// The longest time to the deadline it answers for, in seconds.
    pub fn horizon_s(&self) -> f64 {
        self.horizon_s
    }

    /// How many panels of time it holds: a measure of its cost.
    pub fn panel_count(&self) -> usize {
        self.starts.len()
    }

    /// `δ_q(τ)`: the distance from the mid, in ticks, at which to quote one lot while `q` are left
    /// and the deadline is `seconds_left` away. A seller asks `mid + δ`; a buyer, whose surface is
    /// solved for the [mirrored](QuoteParams::mirrored) parameters, bids `mid - δ`. Negative means
    /// through the mid.
    ///
    /// The time is clamped to `[0, horizon_s]`; at 0 the quote is `c0 - b`, which is minus infinity
    /// for an infinite liquidation cost. NaN for `q` outside `1..=lots` or a time that is NaN.
    pub fn offset(&self, q: usize, seconds_left: f64) -> f64 {
        if q == 0 || q > self.lots || seconds_left.is_nan() {
            return f64::NAN;
        }
        let ln_ratio = self.ln_ratio(q, seconds_left.clamp(0.0, self.horizon_s));
        self.rates.offset(ln_ratio)
    }

    /// [`offset`](Self::offset) for 1, 2, … lots.
    pub fn offsets(&self, seconds_left: f64) -> Vec<f64> {
        (1..=self.lots)
            .map(|q| self.offset(q, seconds_left))
            .collect()
    }

    /// The quote that `q` lots approach as the deadline recedes; `None` where drift pays for
    /// waiting for ever (`α ≤ β`), or nobody comes.
    pub fn asymptotic_offset(&self, q: usize) -> Option<f64> {
        let Rates {
            alpha,
            beta,
            ln_eta,
            ..
        } = self.rates;
        let settles = alpha > beta && ln_eta.is_finite() && q > 0;
        settles.then(|| self.rates.offset(ln_eta - self.rates.lambda(q).ln()))
    }

    /// The probability that a seller of `q` lots who follows the quotes has no fill between
    /// `from_left` and `to_left` seconds to the deadline (`from_left ≥ to_left`).
    ///
    /// Exact in the model: `e^(-(1+γ/k) λ_q t) (w_q(to)/w_q(from))^(1+γ/k)`. NaN outside the surface.
    pub fn no_fill_probability(&self, q: usize, from_left: f64, to_left: f64) -> f64 {
        let within = |s: f64| s >= 0.0 && s <= self.horizon_s;
        if q == 0 || q > self.lots || !within(from_left) || !within(to_left) || from_left < to_left
        {
            return f64::NAN;
        }
        let gained: f64 = (1..=q)
            .map(|j| self.ln_ratio(j, to_left) - self.ln_ratio(j, from_left))
            .sum();
        let waited = self.rates.lambda(q) * (from_left - to_left);
        (self.rates.exponent * (gained - waited)).exp().min(1.0)
    }

    /// `ln(w_q / w_(q-1))` with `s` seconds to the deadline, `q` and `s` in range.
    fn ln_ratio(&self, q: usize, s: f64) -> f64 {
        if s == 0.0 {
            return self.rates.ln_start;
        }
        if self.levels.is_empty() {
            return self.rates.ln_start - self.rates.fall(q) * s;
        }
        let panel = self.starts.partition_point(|&start| start < s) - 1;
        let start = self.starts[panel];
        let end = self.starts.get(panel + 1).copied().unwrap_or(self.end);
        let level = &self.levels[panel * self.lots + q - 1];
        if panel == 0 && self.from_zero {
            level.ln_ratio_from_zero(s, end).max(self.rates.ln_start)
        } else {
            level.ln_ratio(s - start, end - start)
        }
    }

    /// Lays panels until the horizon is covered, each as wide as the tolerance allows.
    fn fill(&mut self) -> Result<(), QuoteError> {
        let start = if self.from_zero {
            f64::NEG_INFINITY
        } else {
            self.rates.ln_start
        };
        let mut ratios = vec![start; self.lots];
        let mut ends = Vec::with_capacity(self.lots);
        let mut width = self.first_width();
        while self.end < self.horizon_s {
            if self.starts.len() == MAX_PANELS {
                return Err(self.unresolved());
            }
            let kept = self.levels.len();
            ends.clear();
            let end = self.end + width;
            let width_s = end - self.end;
            let error = panel::advance(&self.rates, &ratios, width_s, &mut self.levels, &mut ends);
            if error <= TOLERANCE {
                self.starts.push(self.end);
                self.end = end;
                std::mem::swap(&mut ratios, &mut ends);
            } else {
                self.levels.truncate(kept);
                if end == self.end {
                    return Err(self.unresolved());
                }
            }
            width *= widening(error);
        }
        Ok(())
    }

    /// Half the shortest time scale of the start.
    fn first_width(&self) -> f64 {
        let fastest = self
            .rates
            .fall(1)
            .abs()
            .max(self.rates.fall(self.lots).abs());
        let start = if self.from_zero {
            0.0
        } else {
            self.rates.ln_start
        };
        0.5 / (fastest + (self.rates.ln_eta - start).exp()).max(f64::MIN_POSITIVE)
    }

    fn unresolved(&self) -> QuoteError {
        QuoteError::Unresolved {
            panels: self.starts.len(),
            reached_s: self.end,
            horizon_s: self.horizon_s,
        }
    }
}

/// The quotes for 1 to `lots` lots with `seconds_left` to the deadline, in ticks: the same numbers
/// as [`QuoteSurface::offsets`], for a single question.
pub fn offsets_at(
    params: &QuoteParams,
    lots: usize,
    seconds_left: f64,
) -> Result<Vec<f64>, QuoteError> {
    Ok(QuoteSurface::solve(params, lots, seconds_left)?.offsets(seconds_left))
}

/// How much wider the next try may be. The last coefficient of the polynomial goes with the eighth
/// power of the width.
fn widening(error: f64) -> f64 {
    const SAFETY: f64 = 0.85;
    (SAFETY * (TOLERANCE / error).powf(0.125)).clamp(0.2, MAX_WIDENING)
}
