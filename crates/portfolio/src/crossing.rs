//! Opposite wishes, met inside the book: no market, no spread, no fee.
//!
//! The side that wants less is served in full; the other side shares it by the rule of
//! [`allocation`](crate::allocation), so nobody trades beyond or against its wish. What is left
//! has one sign and goes to the market.

use polyfolio_model::{InstrumentId, Price, Qty, SleeveId};
use serde::Serialize;

use crate::allocation::share_out;

/// Two sleeves against each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cross {
    /// Of what.
    pub symbol: InstrumentId,
    /// Above zero.
    pub quantity: Qty,
    /// The decision price.
    pub price: Price,
    /// Who gives.
    pub from: SleeveId,
    /// Who takes.
    pub to: SleeveId,
}

/// A quantity from one place to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// The place that sells.
    pub from: usize,
    /// The place that buys.
    pub to: usize,
    /// Above zero.
    pub quantity: Qty,
}

/// Matches signed demands against each other as far as they go. Afterwards `demands` have one
/// sign, and their sum is what it was.
pub fn match_opposites(demands: &mut [Qty], lot: Qty) -> Vec<Match> {
    let buys: Vec<Qty> = demands.iter().map(|d| (*d).max(Qty::ZERO)).collect();
    let sells: Vec<Qty> = demands.iter().map(|d| (-*d).max(Qty::ZERO)).collect();
    let total = |side: &[Qty]| side.iter().copied().sum::<Qty>();
    let crossed = total(&buys).min(total(&sells));
    if crossed.is_zero() {
        return Vec::new();
    }
    let none = vec![Qty::ZERO; demands.len()];
    let bought = share_out(&buys, &none, crossed, lot);
    let sold = share_out(&sells, &none, crossed, lot);
    for (demand, (bought, sold)) in demands.iter_mut().zip(bought.iter().zip(&sold)) {
        *demand = *demand - *bought + *sold;
    }
    pair_off(sold, bought)
}

/// Sellers and buyers of the same total, first with first.
fn pair_off(mut sold: Vec<Qty>, mut bought: Vec<Qty>) -> Vec<Match> {
    let mut matches = Vec::new();
    let (mut from, mut to) = (0, 0);
    while from < sold.len() && to < bought.len() {
        let quantity = sold[from].min(bought[to]);
        if quantity.is_positive() {
            matches.push(Match { from, to, quantity });
            sold[from] -= quantity;
            bought[to] -= quantity;
        }
        if !sold[from].is_positive() {
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
        let expected: Vec<Match> = matches
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
