//! Sortino ratio.

use crate::{TRADING_DAYS, mean};

/// Mean daily return times 252, over the root mean square of the negative
/// returns (zeros for the others, divisor n) times √252; target 0. Not finite
/// when nothing was lost.
pub fn sortino(returns: &[f64]) -> f64 {
    let losses: f64 = returns
        .iter()
        .map(|value| value.min(0.0) * value.min(0.0))
        .sum();
    let downside = (losses / returns.len() as f64).sqrt() * TRADING_DAYS.sqrt();
    mean(returns) * TRADING_DAYS / downside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_losses_count_below() {
        // mean 0.01, downside √(0.01² / 2)
        let expected = 0.01 * 252.0 / ((1e-4_f64 / 2.0).sqrt() * 252.0_f64.sqrt());
        assert!((sortino(&[0.03, -0.01]) - expected).abs() < 1e-12);
        assert!(!sortino(&[0.03, 0.01]).is_finite());
    }
}
