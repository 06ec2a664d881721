//! Turnover.

use crate::{Curve, TRADING_DAYS, mean};

/// One-way turnover a year: half of what was traded, over mean equity, over
/// years of 252 returns.
pub fn one_way_per_year(traded_notional: f64, curve: &Curve) -> f64 {
    let years = (curve.values().len() - 1) as f64 / TRADING_DAYS;
    traded_notional / 2.0 / mean(curve.values()) / years
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Days, NaiveDate};

    #[test]
    fn selling_and_buying_the_whole_book_once_a_year_is_one() {
        let start = NaiveDate::default();
        let curve = Curve::new((0..=252).map(|n| (start + Days::new(n), 100.0))).unwrap();
        assert_eq!(one_way_per_year(200.0, &curve), 1.0);
    }
}
