//! An equity curve that can be measured.

use chrono::NaiveDate;

/// A dated series of equity: at least two points, dates strictly ascending,
/// every value finite and above zero.
///
/// What fails one of these has no returns worth a figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    dates: Vec<NaiveDate>,
    values: Vec<f64>,
}

/// Why a series is not a curve.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum CurveError {
    /// Fewer than two points: no return.
    #[error("an equity curve needs at least two points, there are {0}")]
    TooShort(usize),
    /// A date that does not come after the one before.
    #[error("equity on {date} does not come after {previous}")]
    Order {
        /// The date.
        date: NaiveDate,
        /// The date before it.
        previous: NaiveDate,
    },
    /// Nothing, a debt, or no number.
    #[error("equity on {date} is {value}; statistics need a finite value above zero")]
    Value {
        /// The date.
        date: NaiveDate,
        /// The equity there.
        value: f64,
    },
}

impl Curve {
    /// Checks a series and takes it.
    pub fn new(points: impl IntoIterator<Item = (NaiveDate, f64)>) -> Result<Self, CurveError> {
        let (dates, values): (Vec<_>, Vec<_>) = points.into_iter().unzip();
        if dates.len() < 2 {
            return Err(CurveError::TooShort(dates.len()));
        }
        for pair in dates.windows(2) {
            if pair[1] <= pair[0] {
                return Err(CurveError::Order {
                    date: pair[1],
                    previous: pair[0],
                });
            }
        }
        for (&date, &value) in dates.iter().zip(&values) {
            if !(value.is_finite() && value > 0.0) {
                return Err(CurveError::Value { date, value });
            }
        }
        Ok(Self { dates, values })
    }

    /// The dates.
    pub fn dates(&self) -> &[NaiveDate] {
        &self.dates
    }

    /// The equity on each date.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The first equity.
    pub fn first(&self) -> f64 {
        self.values[0]
    }

    /// The last equity.
    pub fn last(&self) -> f64 {
        self.values[self.values.len() - 1]
    }

    /// Simple returns, E_k / E_(k−1) − 1; one fewer than there are points.
    pub fn returns(&self) -> Vec<f64> {
        self.values
            .windows(2)
            .map(|pair| pair[1] / pair[0] - 1.0)
            .collect()
    }

    /// Calendar days from the first date to the last.
    pub fn days(&self) -> i64 {
        (self.dates[self.dates.len() - 1] - self.dates[0]).num_days()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: u64) -> NaiveDate {
        NaiveDate::default() + chrono::Days::new(n)
    }

    #[test]
    fn refuses_what_has_no_returns() {
        let check = |points: &[(u64, f64)], expect: CurveError| {
            let got = Curve::new(points.iter().map(|&(n, value)| (day(n), value)));
            assert_eq!(got, Err(expect));
        };
        check(&[(0, 1.0)], CurveError::TooShort(1));
        check(
            &[(1, 1.0), (1, 2.0)],
            CurveError::Order {
                date: day(1),
                previous: day(1),
            },
        );
        check(
            &[(0, 1.0), (1, 0.0)],
            CurveError::Value {
                date: day(1),
                value: 0.0,
            },
        );
        check(
            &[(0, 1.0), (1, -2.0)],
            CurveError::Value {
                date: day(1),
                value: -2.0,
            },
        );
        let nan = Curve::new([(day(0), f64::NAN), (day(1), 1.0)]);
        assert!(matches!(nan, Err(CurveError::Value { .. })));
    }
}
