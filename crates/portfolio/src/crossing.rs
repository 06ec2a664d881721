//! Opposite wishes, met inside the book: no market, no spread, no fee.
//!
//! The side that wants less is served in full; the other side shares it by the rule of
//! [`allocation`](crate::allocation), so nobody trades beyond or against its wish. What is left
//! has one sign and goes to the market.

use polyfolio_model::{InstrumentId, Price, Qty, SleeveId};
use serde::Serialize;

use crate::amount::Amount;

/// Two sleeves against each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Cross<'a> {
    /// Of what.
    pub symbol: &'a InstrumentId,
    /// Above zero.
    pub quantity: Qty,
    /// The decision price.
    pub price: Price,
    /// Who gives.
    pub from: &'a SleeveId,
    /// Who takes.
    pub to: &'a SleeveId,
}

/// A quantity from one place to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Match<T> {
    /// The place that sells.
    pub(crate) from: usize,
    /// The place that buys.
    pub(crate) to: usize,
    /// Above zero.
    pub(crate) quantity: T,
}

/// Matches signed demands against each other as far as they go. Afterwards `demands` have one
/// sign, and their sum is what it was.
pub(crate) fn match_opposites<T: Amount>(demands: &mut [T], lot: T) -> Vec<Match<T>> {
    let none = T::default();
    let bought: T = demands.iter().map(|d| (*d).max(none)).sum();
    let sold: T = demands.iter().map(|d| (-*d).max(none)).sum();
    let crossed = bought.min(sold);
    if crossed == none {
        return Vec::new();
    }
    let buys: Vec<T> = demands.iter().map(|d| (*d).max(none)).collect();
    let sells: Vec<T> = demands.iter().map(|d| (-*d).max(none)).collect();
    let bought = T::share_out(&buys, crossed, lot);
    let sold = T::share_out(&sells, crossed, lot);
    for (demand, (bought, sold)) in demands.iter_mut().zip(bought.iter().zip(&sold)) {
        *demand = *demand - *bought + *sold;
    }
    pair_off(sold, bought)
}

/// Sellers and buyers of the same total, first with first.
fn pair_off<T: Amount>(mut sold: Vec<T>, mut bought: Vec<T>) -> Vec<Match<T>> {
    let none = T::default();
    let mut matches = Vec::with_capacity(sold.len());
    let (mut from, mut to) = (0, 0);
    while from < sold.len() && to < bought.len() {
        let quantity = sold[from].min(bought[to]);
        if quantity > none {
            matches.push(Match { from, to, quantity });
            sold[from] -= quantity;
            bought[to] -= quantity;
        }
        if sold[from] <= none {
            from += 1;
        } else {
            to += 1;
        }
    }
    matches
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(demands: &[i64], matches: &[(usize, usize, i64)], left: &[i64]) {
        let mut demands: Vec<Qty> = demands.iter().map(|d| Qty::from(*d)).collect();
        let found = match_opposites(&mut demands, Qty::from(1));
        let expected: Vec<Match<Qty>> = matches
            .iter()
            .map(|(from, to, quantity)| Match {
                from: *from,
                to: *to,
                quantity: (*quantity).into(),
            })
            .collect();
        assert_eq!(found, expected);
        assert_eq!(
            demands,
            left.iter().map(|d| Qty::from(*d)).collect::<Vec<_>>()
        );
    }

    #[test]
    fn the_smaller_side_is_served_in_full() {
        check(&[40, -40], &[(1, 0, 40)], &[0, 0]);
        check(&[60, -40, 40], &[(1, 0, 24), (1, 2, 16)], &[36, 0, 24]);
        check(&[5, 7], &[], &[5, 7]);
        check(&[-3, -1, 2], &[(0, 2, 2)], &[-1, -1, 0]);
    }

    proptest! {
        #[test]
        fn demands_shrink_to_one_sign_and_their_sum_stays(
            units in prop::collection::vec(-500_i64..500, 0..9), lot in 1_i64..5,
        ) {
            let before: Vec<Qty> = units.iter().map(|d| Qty::from(*d)).collect();
            let mut after = before.clone();
            let matches = match_opposites(&mut after, Qty::from(lot));
            let mut booked = before.clone();
            for found in &matches {
                prop_assert!(found.quantity.is_positive());
                booked[found.from] += found.quantity;
                booked[found.to] -= found.quantity;
            }
            prop_assert_eq!(&booked, &after);
            prop_assert!(!(after.iter().any(|d| d.is_positive()) && after.iter().any(|d| d.is_negative())));
            for (before, after) in before.iter().zip(&after) {
                prop_assert!(after.abs() <= before.abs());
                prop_assert!((before.get() * after.get()) >= rust_decimal::Decimal::ZERO);
            }
        }
    }
}
