//! How much a book grew, in all and per year.

use crate::{Curve, TRADING_DAYS};

/// E_N / E_0 − 1.
pub fn total_return(curve: &Curve) -> f64 {
    curve.last() / curve.first() - 1.0
}

/// Compound growth a year of 252 returns: (E_N / E_0)^(252 / N) − 1.
pub fn cagr_252(curve: &Curve) -> f64 {
    let returns = (curve.values().len() - 1) as f64;
    (curve.last() / curve.first()).powf(TRADING_DAYS / returns) - 1.0
}

/// Compound growth a calendar year: (E_N / E_0)^(1 / years) − 1, years = days / 365.25.
pub fn cagr_calendar(curve: &Curve) -> f64 {
    let years = curve.days() as f64 / 365.25;
    (curve.last() / curve.first()).powf(1.0 / years) - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Days, NaiveDate};

    #[test]
    fn doubling_over_252_returns_is_100_percent() {
        let start = NaiveDate::default();
        let points = (0..=252_u64).map(|n| (start + Days::new(n), 2.0_f64.powf(n as f64 / 252.0)));
        let curve = Curve::new(points).unwrap();
        assert!((total_return(&curve) - 1.0).abs() < 1e-15);
        assert!((cagr_252(&curve) - 1.0).abs() < 1e-15);
        let calendar = 2.0_f64.powf(365.25 / 252.0) - 1.0;
        assert!((cagr_calendar(&curve) - calendar).abs() < 1e-14);
    }
}
