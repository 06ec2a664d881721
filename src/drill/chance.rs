//! SplitMix64: the draws of a drill follow from one number.

use std::ops::RangeInclusive;

/// A stream of draws.
#[derive(Clone, Debug)]
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A whole number; the first of the range when it is empty.
    pub(super) fn within(&mut self, range: RangeInclusive<u64>) -> u64 {
        let (first, last) = (*range.start(), *range.end());
        let word = self.word();
        match last.checked_sub(first).and_then(|span| span.checked_add(1)) {
            Some(count) => first + word % count,
            None => first,
        }
    }

    /// True so many times in a hundred.
    pub(super) fn percent(&mut self, often: u64) -> bool {
        self.within(0..=99) < often
    }

    /// One of them; each as often as it is listed.
    pub(super) fn one_of<T: Copy>(&mut self, first: T, others: &[T]) -> T {
        let last = others.len() as u64;
        let place = self.within(0..=last) as usize;
        place
            .checked_sub(1)
            .and_then(|place| others.get(place))
            .copied()
            .unwrap_or(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same() {
        let draws = |seed| {
            let mut chance = Chance::new(seed);
            (0..50).map(|_| chance.within(3..=9)).collect::<Vec<_>>()
        };
        assert_eq!(draws(7), draws(7));
        assert_ne!(draws(7), draws(8));
        let all: std::collections::BTreeSet<_> = draws(7).into_iter().collect();
        assert_eq!(all.into_iter().collect::<Vec<_>>(), [3, 4, 5, 6, 7, 8, 9]);
    }
}
