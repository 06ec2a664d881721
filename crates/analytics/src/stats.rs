//! All figures of one book, by the names under which they are published.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    Curve, cagr_252, cagr_calendar, max_drawdown, one_way_per_year, sharpe, sortino, total_return,
    volatility,
};

/// What was traded to make a curve.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Traded {
    /// Fees paid, in money.
    pub fees: f64,
    /// Σ |quantity| · price over all fills, in money.
    pub notional: f64,
    /// How many fills.
    pub fills: u64,
}

/// The figures of a book. Ratios are plain numbers: 0.18 is 18 %.
///
/// A ratio that is not a number (a Sharpe ratio of returns that do not vary) is
/// written as JSON `null`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PortfolioStats {
    /// Returns, one fewer than there are equity values.
    pub n_returns: usize,
    /// The last equity.
    pub final_equity: f64,
    /// Last over first equity, less one.
    pub total_return: f64,
    /// Growth a year of 252 returns.
    pub cagr_252: f64,
    /// Growth a calendar year of 365.25 days.
    pub cagr_calendar: f64,
    /// Standard deviation of returns a year.
    pub vol: f64,
    /// Mean over deviation of returns, a year.
    pub sharpe: f64,
    /// Mean over downside deviation of returns, a year.
    pub sortino: f64,
    /// The deepest fall from a high: zero or negative.
    pub max_drawdown: f64,
    /// When it was reached.
    pub max_drawdown_date: NaiveDate,
    /// `cagr_252` over the size of `max_drawdown`.
    pub calmar: f64,
    /// Half of what was traded over mean equity, a year.
    pub turnover_one_way_per_year: f64,
    /// Fees paid.
    pub fees: f64,
    /// Σ |quantity| · price over all fills.
    pub traded_notional: f64,
    /// How many fills.
    pub n_fills: u64,
}

impl PortfolioStats {
    /// Measures a curve.
    pub fn new(curve: &Curve, traded: Traded) -> Self {
        let returns = curve.returns();
        let drawdown = max_drawdown(curve);
        let cagr_252 = cagr_252(curve);
        Self {
            n_returns: returns.len(),
            final_equity: curve.last(),
            total_return: total_return(curve),
            cagr_252,
            cagr_calendar: cagr_calendar(curve),
            vol: volatility(&returns),
            sharpe: sharpe(&returns),
            sortino: sortino(&returns),
            max_drawdown: drawdown.depth,
            max_drawdown_date: drawdown.date,
            calmar: cagr_252 / drawdown.depth.abs(),
            turnover_one_way_per_year: one_way_per_year(traded.notional, curve),
            fees: traded.fees,
            traded_notional: traded.notional,
            n_fills: traded.fills,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_under_its_published_names() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let points = [
            ("2023-01-02", 100.0),
            ("2023-01-03", 110.0),
            ("2023-01-04", 99.0),
        ];
        let curve = Curve::new(points.map(|(date, value)| (day(date), value))).unwrap();
        let traded = Traded {
            fees: 1.0,
            notional: 100.0,
            fills: 2,
        };
        let json = serde_json::to_value(PortfolioStats::new(&curve, traded)).unwrap();
        let names: Vec<&str> = json
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let mut expected = [
            "n_returns",
            "final_equity",
            "total_return",
            "cagr_252",
            "cagr_calendar",
            "vol",
            "sharpe",
            "sortino",
            "max_drawdown",
            "max_drawdown_date",
            "calmar",
            "turnover_one_way_per_year",
            "fees",
            "traded_notional",
            "n_fills",
        ];
        expected.sort_unstable();
        assert_eq!(names, expected);
        assert_eq!(json["max_drawdown_date"], "2023-01-04");
        assert_eq!(json["max_drawdown"], 99.0 / 110.0 - 1.0);
    }

    #[test]
    fn a_flat_book_has_no_ratios() {
        let day = |n| NaiveDate::default() + chrono::Days::new(n);
        let curve = Curve::new((0..3).map(|n| (day(n), 100.0))).unwrap();
        let json = serde_json::to_value(PortfolioStats::new(&curve, Traded::default())).unwrap();
        assert!(json["sharpe"].is_null() && json["calmar"].is_null());
        assert_eq!(json["vol"], 0.0);
    }
}
