//! Sharpe ratio.

use crate::{TRADING_DAYS, deviation, mean};

/// Mean over standard deviation (n − 1) of daily returns, times √252; no
/// risk-free rate. Not finite when returns do not vary.
pub fn sharpe(returns: &[f64]) -> f64 {
    mean(returns) / deviation(returns) * TRADING_DAYS.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_one_two_three_percent() {
        assert!((sharpe(&[0.01, 0.02, 0.03]) - 2.0 * 252.0_f64.sqrt()).abs() < 1e-12);
        assert!(!sharpe(&[0.01, 0.01]).is_finite());
    }
}
