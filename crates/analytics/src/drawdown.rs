//! Drawdown: how far below its highest equity a book has been.

use chrono::NaiveDate;

use crate::Curve;

/// A distance below the highest equity so far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drawdown {
    /// E / max(E so far) − 1: zero or negative.
    pub depth: f64,
    /// The (first) date of that depth.
    pub date: NaiveDate,
}

/// The deepest drawdown; depth 0 on the first date if equity never fell.
pub fn max_drawdown(curve: &Curve) -> Drawdown {
    let mut peak = curve.first();
    let mut deepest = Drawdown {
        depth: 0.0,
        date: curve.dates()[0],
    };
    for (&date, &value) in curve.dates().iter().zip(curve.values()) {
        peak = peak.max(value);
        let depth = value / peak - 1.0;
        if depth < deepest.depth {
            deepest = Drawdown { depth, date };
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Days;
    use proptest::prelude::*;

    fn curve(values: &[f64]) -> Curve {
        let start = NaiveDate::default();
        let dates = (0..).map(|n| start + Days::new(n));
        Curve::new(dates.zip(values.iter().copied())).unwrap()
    }

    #[test]
    fn is_measured_from_the_highest_point_before() {
        let deepest = max_drawdown(&curve(&[100.0, 80.0, 120.0, 90.0, 90.0, 130.0]));
        assert_eq!(deepest.depth, 90.0 / 120.0 - 1.0);
        assert_eq!(deepest.date, NaiveDate::default() + Days::new(3));
    }

    proptest! {
        #[test]
        fn is_the_worst_of_all_pairs(
            values in proptest::collection::vec(1.0..100.0_f64, 2..40)
        ) {
            let pairs = (0..values.len()).flat_map(|i| (i..values.len()).map(move |j| (i, j)));
            let worst = pairs.map(|(i, j)| values[j] / values[i] - 1.0).fold(0.0, f64::min);
            prop_assert_eq!(max_drawdown(&curve(&values)).depth, worst);
        }
    }
}
