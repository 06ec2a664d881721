//! Mean and standard deviation, summed from left to right.

/// The arithmetic mean; NaN of nothing.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The sample standard deviation (divisor n − 1); NaN of fewer than two values.
pub fn deviation(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return f64::NAN;
    }
    let mean = mean(values);
    let squares: f64 = values
        .iter()
        .map(|value| (value - mean) * (value - mean))
        .sum();
    (squares / (values.len() - 1) as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn of_one_to_five() {
        let values = [1.0, 2.0, 3.0, 4.0, 5.0];
        assert_eq!(mean(&values), 3.0);
        assert_eq!(deviation(&values), 2.5_f64.sqrt());
        assert!(deviation(&values[..1]).is_nan());
    }

    proptest! {
        #[test]
        fn deviation_ignores_a_shift(
            values in proptest::collection::vec(-1.0..1.0_f64, 2..50), shift in -10.0..10.0_f64
        ) {
            let shifted: Vec<f64> = values.iter().map(|value| value + shift).collect();
            prop_assert!((deviation(&values) - deviation(&shifted)).abs() < 1e-12);
        }
    }
}
