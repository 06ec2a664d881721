//! Volatility.

use crate::{TRADING_DAYS, deviation};

/// Standard deviation of daily returns (n − 1), times √252. NaN of fewer than two.
pub fn volatility(returns: &[f64]) -> f64 {
    deviation(returns) * TRADING_DAYS.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_plus_and_minus_one_percent() {
        // mean 0, squares 2e-4, divisor 1
        let expected = (2e-4_f64).sqrt() * 252.0_f64.sqrt();
        assert!((volatility(&[0.01, -0.01]) - expected).abs() < 1e-15);
    }
}
