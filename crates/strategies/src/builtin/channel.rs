//! The highest and the lowest of the last closes, kept as they come.

/// The greatest of the last so many values, in a few steps a value however many count.
///
/// The last values are cut in two: of those up to some row the greatest from each of them on is known,
/// of those behind it the greatest of all. When the first part has left, the cut moves to the present.
#[derive(Debug, Clone)]
struct Greatest {
    /// By value of the first part, the greatest from it on.
    before: Vec<f64>,
    /// How many of the first part have left.
    left: usize,
    /// The greatest of the second part.
    behind: f64,
}

impl Default for Greatest {
    fn default() -> Self {
        Self {
            before: Vec::new(),
            left: 0,
            behind: f64::NEG_INFINITY,
        }
    }
}

impl Greatest {
    /// Nothing is greater than nothing.
    fn value(&self) -> f64 {
        let before = self.before.get(self.left).copied();
        before.map_or(self.behind, |before| before.max(self.behind))
    }

    /// One more value has come, and is the last of these: the `most` that count, or fewer.
    fn push(&mut self, values: &[f64], most: usize, sign: f64) {
        let Some(&value) = values.last() else { return };
        self.left += usize::from(!self.before.is_empty());
        self.behind = self.behind.max(sign * value);
        if values.len() == most && self.left == self.before.len() {
            self.cut(values, sign);
        }
    }

    /// From here on these are the first part.
    fn cut(&mut self, values: &[f64], sign: f64) {
        self.before.clear();
        self.before.extend(values.iter().map(|value| sign * value));
        let mut greatest = f64::NEG_INFINITY;
        for value in self.before.iter_mut().rev() {
            greatest = greatest.max(*value);
            *value = greatest;
        }
        (self.left, self.behind) = (0, f64::NEG_INFINITY);
    }
}

/// The highest of the last so many closes of an instrument.
#[derive(Debug, Clone, Default)]
pub(super) struct High(Greatest);

/// The lowest of the last so many closes of an instrument.
#[derive(Debug, Clone, Default)]
pub(super) struct Low(Greatest);

impl High {
    /// Below everything while there is no close.
    pub(super) fn value(&self) -> f64 {
        self.0.value()
    }

    /// One more close has come, and is the last of these: the `most` that count, or fewer.
    pub(super) fn push(&mut self, closes: &[f64], most: usize) {
        self.0.push(closes, most, 1.0);
    }
}

impl Low {
    /// Above everything while there is no close.
    pub(super) fn value(&self) -> f64 {
        -self.0.value()
    }

    /// As [`High::push`].
    pub(super) fn push(&mut self, closes: &[f64], most: usize) {
        self.0.push(closes, most, -1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn are_those_of_the_last_closes(
            closes in proptest::collection::vec(1_u32..20, 0..80), most in 1_usize..12
        ) {
            let closes: Vec<f64> = closes.into_iter().map(f64::from).collect();
            let (mut high, mut low) = (High::default(), Low::default());
            for end in 0..=closes.len() {
                let last = &closes[end.saturating_sub(most)..end];
                high.push(last, most);
                low.push(last, most);
                let highest = last.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let lowest = last.iter().copied().fold(f64::INFINITY, f64::min);
                prop_assert_eq!((high.value(), low.value()), (highest, lowest));
                let (mut high, mut low) = (High::default(), Low::default());
                for end in 1..=last.len() {
                    high.push(&last[..end], most);
                    low.push(&last[..end], most);
                }
                prop_assert_eq!((high.value(), low.value()), (highest, lowest));
            }
        }
    }
}
