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

/// [`mean`] of several series of one length, digit for digit. Sums of a series must wait for each
/// other, those of several need not: it takes little longer than one of them.
///
/// # Panics
/// If they are not of one length.
pub fn means<const N: usize>(series: [&[f64]; N]) -> [f64; N] {
    let length = length(&series);
    sums(series, length, |_, value| value).map(|sum| sum / length as f64)
}

/// [`deviation`] of several series of one length, digit for digit.
///
/// # Panics
/// If they are not of one length.
pub fn deviations<const N: usize>(series: [&[f64]; N]) -> [f64; N] {
    let length = length(&series);
    if length < 2 {
        return [f64::NAN; N];
    }
    let means = means(series);
    let square = |at: usize, value: f64| (value - means[at]) * (value - means[at]);
    sums(series, length, square).map(|squares| (squares / (length - 1) as f64).sqrt())
}

fn length<const N: usize>(series: &[&[f64]; N]) -> usize {
    let length = series.first().map_or(0, |first| first.len());
    assert!(series.iter().all(|one| one.len() == length), "one length");
    length
}

fn sums<const N: usize>(
    series: [&[f64]; N],
    length: usize,
    of: impl Fn(usize, f64) -> f64,
) -> [f64; N] {
    let series = series.map(|one| &one[..length]);
    // As the standard library begins.
    let mut sums = [-0.0; N];
    for place in 0..length {
        for (at, (sum, one)) in sums.iter_mut().zip(series).enumerate() {
            *sum += of(at, one[place]);
        }
    }
    sums
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
        fn several_have_the_digits_of_each(
            values in proptest::collection::vec(prop_oneof![-1e3..1e3_f64, Just(-0.0), Just(0.0)], 0..200)
        ) {
            let length = values.len() / 5;
            let series: [&[f64]; 5] = std::array::from_fn(|at| &values[at * length..][..length]);
            let bits = |values: [f64; 5]| values.map(f64::to_bits);
            // Nothing has no mean, whatever the sign of it.
            if length > 0 {
                prop_assert_eq!(bits(means(series)), bits(series.map(mean)));
            }
            prop_assert_eq!(bits(deviations(series)), bits(series.map(deviation)));
        }

        #[test]
        fn deviation_ignores_a_shift(
            values in proptest::collection::vec(-1.0..1.0_f64, 2..50), shift in -10.0..10.0_f64
        ) {
            let shifted: Vec<f64> = values.iter().map(|value| value + shift).collect();
            prop_assert!((deviation(&values) - deviation(&shifted)).abs() < 1e-12);
        }
    }
}
