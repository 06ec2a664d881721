//! Two moving averages, compared exactly.
//!
//! Prices are decimals, and sums of decimals take their time. Nearly every price is a whole number of
//! billionths that 64 bits hold: those are summed as such, and a window with another one is added up
//! from its decimals.

use polyfolio_model::Price;
use rust_decimal::Decimal;

use super::sliding::Sliding;

/// Decimal places of the whole numbers, and ten to the power of those that a price lacks.
const PLACES: usize = 9;
const TENS: [i64; PLACES + 1] = {
    let mut tens = [1; PLACES + 1];
    let mut place = 1;
    while place <= PLACES {
        tens[place] = 10 * tens[place - 1];
        place += 1;
    }
    tens
};

/// A window of which the sums, times its length, stay far within 128 bits.
const LENGTH_MAX: usize = 1 << 20;

/// The lengths of the two windows, in closes, `fast` < `slow`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lengths {
    pub(super) fast: usize,
    pub(super) slow: usize,
}

/// The last closes of an instrument, and what both averages are made of.
#[derive(Debug, Clone, Default)]
pub(super) struct Averages {
    closes: Sliding<Price>,
    units: Sliding<i64>,
    fast_sum: i128,
    slow_sum: i128,
    /// How many of the closes are no such numbers; they count as 0 in the sums.
    odd: usize,
}

impl Averages {
    /// Takes up closes that were kept, oldest first.
    pub(super) fn of(closes: &Sliding<Price>, lengths: Lengths) -> Self {
        let mut averages = Self::default();
        for &price in closes.all() {
            averages.push(price, lengths);
        }
        averages
    }

    /// The last `slow` closes.
    pub(super) fn closes(&self) -> &Sliding<Price> {
        &self.closes
    }

    pub(super) fn push(&mut self, price: Price, lengths: Lengths) {
        let Lengths { fast, slow } = lengths;
        let all = self.units.all();
        if let Some(at) = all.len().checked_sub(fast) {
            self.fast_sum -= counted(all[at]);
        }
        if all.len() == slow {
            self.slow_sum -= counted(all[0]);
            self.odd -= usize::from(all[0] == ODD);
        }
        let units = units_of(price);
        self.fast_sum += counted(units);
        self.slow_sum += counted(units);
        self.odd += usize::from(units == ODD);
        self.units.push(units, slow);
        self.closes.push(price, slow);
    }

    /// Whether there are closes enough, and the average of the last `fast` is above that of the last
    /// `slow`. Nothing is divided, and nothing rounded.
    pub(super) fn is_above(&self, lengths: Lengths) -> bool {
        let Lengths { fast, slow } = lengths;
        if self.closes.len() < slow {
            return false;
        }
        if self.odd == 0 && slow <= LENGTH_MAX {
            return slow as i128 * self.fast_sum > fast as i128 * self.slow_sum;
        }
        let sum = |closes: &[Price]| -> Price { closes.iter().copied().sum() };
        let (fast_sum, slow_sum) = (sum(self.closes.last(fast)), sum(self.closes.all()));
        Decimal::from(slow) * fast_sum.get() > Decimal::from(fast) * slow_sum.get()
    }
}

/// Stands for a price that is no such number.
const ODD: i64 = i64::MIN;

/// A price in billionths, if it is a whole number of them that 64 bits hold.
fn units_of(price: Price) -> i64 {
    let price = price.get();
    let places = PLACES.checked_sub(price.scale() as usize);
    let mantissa = i64::try_from(price.mantissa()).ok();
    let units = places.zip(mantissa);
    let units = units.and_then(|(places, mantissa)| mantissa.checked_mul(TENS[places]));
    units.unwrap_or(ODD)
}

/// What it counts in the sums.
fn counted(units: i64) -> i128 {
    if units == ODD { 0 } else { i128::from(units) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// By decimals alone.
    fn is_above(closes: &[Price], Lengths { fast, slow }: Lengths) -> bool {
        let sum = |closes: &[Price]| closes.iter().fold(Decimal::ZERO, |sum, c| sum + c.get());
        let (late, all) = (
            &closes[closes.len() - fast..],
            &closes[closes.len() - slow..],
        );
        Decimal::from(slow) * sum(late) > Decimal::from(fast) * sum(all)
    }

    proptest! {
        /// Also where one of the prices is finer, or larger, than the whole numbers go.
        #[test]
        fn is_what_decimals_say(
            prices in proptest::collection::vec((1_i64..40, prop_oneof![9 => Just(1_u32), 1 => 8_u32..12]), 1..60),
            huge in 0_usize..80, fast in 1_usize..6, more in 1_usize..6
        ) {
            let lengths = Lengths { fast, slow: fast + more };
            let mut closes: Vec<Price> = prices
                .into_iter()
                .map(|(units, scale)| Price::new(Decimal::new(units, scale)))
                .collect();
            if let Some(price) = closes.get_mut(huge) {
                *price = Price::new(Decimal::new(i64::MAX, 1));
            }
            let mut averages = Averages::default();
            for end in 1..=closes.len() {
                averages.push(closes[end - 1], lengths);
                let restored = Averages::of(averages.closes(), lengths);
                let expected = end >= lengths.slow && is_above(&closes[..end], lengths);
                prop_assert_eq!(averages.is_above(lengths), expected);
                prop_assert_eq!(restored.is_above(lengths), expected);
            }
        }
    }
}
