//! Shares of a quantity, in integers.
//!
//! Quantities are counted in grains of the finest decimal place among them, so every share is a
//! ratio of integers and rounding needs one comparison of products, which are taken to 256 bits.
//! `None` everywhere means out of range.

use std::fmt;

use polyfolio_model::Qty;
use rust_decimal::Decimal;

/// 2⁵³, the number of different draws.
const UNITS: u128 = 1 << 53;
/// The finest grain of an instrument without a lot is at most 10⁻⁸.
const FREE_PLACES: u32 = 8;

/// An exact fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    numerator: u64,
    denominator: u64,
}

impl Ratio {
    /// `numerator / denominator`; `None` when the denominator is zero.
    pub fn new(numerator: u64, denominator: u64) -> Option<Self> {
        (denominator > 0).then_some(Self {
            numerator,
            denominator,
        })
    }

    /// A decimal that is not below zero, if it fits.
    pub fn from_decimal(value: Decimal) -> Option<Self> {
        let value = value.normalize();
        let denominator = 10u64.checked_pow(value.scale())?;
        Self::new(u64::try_from(value.mantissa()).ok()?, denominator)
    }

    /// `r / (1 - r)`, of a share of all the share of the rest; `None` from 1 up.
    pub(super) fn of_the_rest(self) -> Option<Self> {
        let rest = self.denominator.checked_sub(self.numerator)?;
        Self::new(self.numerator, rest)
    }

    /// `1 + r (2u - 1)` for `u = unit / 2⁵³`, times what makes it an integer.
    pub(super) fn jittered(self, unit: u64) -> Option<u128> {
        let (up, down) = (2 * u128::from(unit), UNITS);
        let one = u128::from(self.denominator).checked_mul(UNITS)?;
        let r = u128::from(self.numerator);
        one.checked_add(r.checked_mul(up)?)?
            .checked_sub(r.checked_mul(down)?)
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}

/// A quantity and its lot in grains.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    places: u32,
    lot: u128,
    total: u128,
}

impl Grid {
    pub(super) fn new(total: Qty, lot: Qty) -> Option<Self> {
        Self::of(&[total], lot)
    }

    /// Fine enough for all of `quantities`, the first of which is the total.
    pub(super) fn of(quantities: &[Qty], lot: Qty) -> Option<Self> {
        let own = |quantity: &Qty| quantity.get().normalize().scale();
        let finest = quantities.iter().map(own).max()?;
        let places = if lot.is_zero() {
            finest.max(FREE_PLACES)
        } else {
            finest.max(own(&lot))
        };
        let lot = if lot.is_zero() {
            1
        } else {
            grains(lot, places)?
        };
        Some(Self {
            places,
            lot,
            total: grains(*quantities.first()?, places)?,
        })
    }

    /// The cumulative quantities of parts that weigh `weights`.
    pub(super) fn split(&self, weights: &[u128]) -> Option<Vec<Qty>> {
        let sum = weights
            .iter()
            .try_fold(0u128, |sum, weight| sum.checked_add(*weight))?;
        let mut before = 0;
        let mut nodes = Vec::with_capacity(weights.len());
        for weight in weights {
            before += weight;
            nodes.push(self.qty(self.half_up(before, sum)?)?);
        }
        Some(nodes)
    }

    /// `min(total, lot ⌊others · ratio / lot⌋)`.
    pub(super) fn share_rounded_down(&self, total: Qty, others: Qty, ratio: Ratio) -> Option<Qty> {
        let others = grains(others, self.places)?;
        let share = (u128::from(ratio.numerator), others);
        // The largest count of lots with count · lot · denominator ≤ numerator · others.
        let lots = largest(self.lots_at_most()?, |count| {
            let taken = count.checked_mul(self.lot)?;
            Some(wide(taken, u128::from(ratio.denominator)) <= wide(share.0, share.1))
        })?;
        self.qty(lots.checked_mul(self.lot)?)
            .map(|quantity| quantity.min(total))
    }

    /// `min(total, lot ⌊total · part / (whole · lot) + 1/2⌋)` in grains.
    fn half_up(&self, part: u128, whole: u128) -> Option<u128> {
        if part == whole {
            return Some(self.total);
        }
        // The largest count of lots with (2 count - 1) · lot · whole ≤ 2 · total · part.
        let twice = self.total.checked_mul(2)?;
        let lots = largest(self.lots_at_most()?, |count| {
            let odd = (2 * count - 1).checked_mul(self.lot)?;
            Some(wide(odd, whole) <= wide(twice, part))
        })?;
        Some(lots.checked_mul(self.lot)?.min(self.total))
    }

    /// As many lots as the total takes, a begun one included.
    fn lots_at_most(&self) -> Option<u128> {
        let lots = self.total.div_ceil(self.lot);
        // Room for `2 count · lot` below.
        lots.checked_add(1)?.checked_mul(2)?.checked_mul(self.lot)?;
        Some(lots)
    }

    fn qty(&self, grains: u128) -> Option<Qty> {
        let mantissa = i128::try_from(grains).ok()?;
        let value = Decimal::try_from_i128_with_scale(mantissa, self.places).ok()?;
        Some(Qty::new(value.normalize()))
    }
}

/// A quantity in units of its `places`-th place; `None` below zero.
fn grains(quantity: Qty, places: u32) -> Option<u128> {
    let value = quantity.get().normalize();
    let finer = places.checked_sub(value.scale())?;
    u128::try_from(value.mantissa())
        .ok()?
        .checked_mul(10u128.checked_pow(finer)?)
}

/// The largest number from 0 to `most` of which `holds` is true, if it is true of 0 and, once
/// false, stays so.
fn largest(most: u128, holds: impl Fn(u128) -> Option<bool>) -> Option<u128> {
    let (mut yes, mut no) = (0, most.checked_add(1)?);
    while no - yes > 1 {
        let middle = yes + (no - yes) / 2;
        if holds(middle)? {
            yes = middle;
        } else {
            no = middle;
        }
    }
    Some(yes)
}

/// The product to 256 bits, high half first, so that products compare as tuples.
fn wide(a: u128, b: u128) -> (u128, u128) {
    const LOW: u128 = u64::MAX as u128;
    let (a1, a0, b1, b0) = (a >> 64, a & LOW, b >> 64, b & LOW);
    let (low, high) = (a0 * b0, a1 * b1);
    let (mid, carry) = (a1 * b0).overflowing_add(a0 * b1);
    let (low, carry_low) = low.overflowing_add(mid << 64);
    let high = high + (mid >> 64) + (u128::from(carry) << 64) + u128::from(carry_low);
    (high, low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_widest_product() {
        assert_eq!(wide(u128::MAX, u128::MAX), (u128::MAX - 1, 1));
        assert_eq!(wide(u128::MAX, 2), (1, u128::MAX - 1));
    }

    proptest! {
        #[test]
        fn a_product_of_halves_is_exact(a: u64, b: u64, shift in 0u32..64) {
            let (high, low) = wide(u128::from(a) << shift, u128::from(b) << 64);
            // a·b·2^(shift + 64), put together by hand.
            let product = u128::from(a) * u128::from(b);
            prop_assert_eq!(low, product << (shift + 32) << 32);
            prop_assert_eq!(high, product >> (63 - shift) >> 1);
        }
    }
}
