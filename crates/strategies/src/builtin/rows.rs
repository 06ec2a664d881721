//! The last rows of closes, whole, and the mean and deviation of each column over them.

/// Closes, row behind row. Sums over the rows are made for all columns side by side, in the order of the
/// rows: the digits are those of a column that is summed for itself, and it takes a fraction of the time.
#[derive(Debug, Clone, Default)]
pub(super) struct Rows {
    cells: Vec<f64>,
    /// How many cells at the front have left.
    left: usize,
    /// By column, for how many rows it has not lacked a close.
    whole: Vec<usize>,
    means: Vec<f64>,
    deviations: Vec<f64>,
}

/// So many cells that have left are kept at least, before the others move to the front.
const SLACK: usize = 1024;

impl Rows {
    /// Adds a row, and drops the oldest while there are more than `most`.
    pub(super) fn push(&mut self, closes: &[f64], has_close: impl Fn(usize) -> bool, most: usize) {
        let kept = most * closes.len();
        if self.cells.len() - self.left >= kept {
            self.left += closes.len();
        }
        if self.left >= kept.max(SLACK) {
            self.cells.drain(..self.left);
            self.left = 0;
        }
        self.cells.extend_from_slice(closes);
        self.whole.resize(closes.len(), 0);
        for (column, whole) in self.whole.iter_mut().enumerate() {
            *whole = if has_close(column) { *whole + 1 } else { 0 };
        }
    }

    /// Measures every column over the last rows. Of one that lacks a close on one of them it says
    /// nothing that is of use: see [`is_whole`](Self::is_whole).
    pub(super) fn measure(&mut self) {
        let width = self.whole.len();
        let cells = &self.cells[self.left..];
        let count = cells.len() / width.max(1);
        // As the standard library begins.
        refill(&mut self.means, width, -0.0);
        for row in cells.chunks_exact(width.max(1)) {
            for (sum, value) in self.means.iter_mut().zip(row) {
                *sum += value;
            }
        }
        self.means.iter_mut().for_each(|sum| *sum /= count as f64);
        refill(&mut self.deviations, width, -0.0);
        for row in cells.chunks_exact(width.max(1)) {
            let columns = self.deviations.iter_mut().zip(&self.means).zip(row);
            for ((sum, mean), value) in columns {
                *sum += (value - mean) * (value - mean);
            }
        }
        for sum in &mut self.deviations {
            *sum = (*sum / count.saturating_sub(1) as f64).sqrt();
        }
    }

    /// Whether a column has had a close on each of the last rows.
    pub(super) fn is_whole(&self, column: usize, rows: usize) -> bool {
        self.whole[column] >= rows
    }

    pub(super) fn mean(&self, column: usize) -> f64 {
        self.means[column]
    }

    /// Of a sample (n − 1).
    pub(super) fn deviation(&self, column: usize) -> f64 {
        self.deviations[column]
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

fn refill(values: &mut Vec<f64>, count: usize, with: f64) {
    values.clear();
    values.resize(count, with);
}

#[cfg(test)]
mod tests {
    use super::*;
    use polyfolio_analytics::{deviation, mean};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_column_has_the_digits_it_has_alone(
            cells in proptest::collection::vec(prop_oneof![9 => 0.01..500.0_f64, 1 => Just(f64::NAN)], 3..600),
            most in 2_usize..30
        ) {
            let mut rows = Rows::default();
            let all: Vec<&[f64]> = cells.chunks_exact(3).collect();
            for end in 1..=all.len() {
                let row = all[end - 1];
                rows.push(row, |column| !row[column].is_nan(), most);
                if end < most {
                    continue;
                }
                rows.measure();
                for column in 0..3 {
                    let own: Vec<f64> = all[end - most..end].iter().map(|row| row[column]).collect();
                    let is_whole = own.iter().all(|value| !value.is_nan());
                    prop_assert_eq!(rows.is_whole(column, most), is_whole);
                    if is_whole {
                        prop_assert_eq!(rows.mean(column).to_bits(), mean(&own).to_bits());
                        prop_assert_eq!(rows.deviation(column).to_bits(), deviation(&own).to_bits());
                    }
                }
            }
        }
    }
}
