//! Sleeves that left the config and whose holdings go to what no sleeve owns.
//!
//! A position goes over in kind at the decision price, so nobody earns by it; from then on it is
//! unclaimed and goes the way of everything that is. One without a price stays where it is, and
//! is not traded: its worth would be made up.

use polyfolio_model::Money;

use super::Given;
use super::reading::{Reading, Sleeve};
use crate::refusal::{Code, Refusal};

/// What is given, with names.
pub(super) fn given(reading: &Reading<'_>) -> Vec<Given> {
    let named = |gift: &super::reading::Gift| {
        Some(Given {
            sleeve: reading.sleeves.get(gift.sleeve as usize)?.id.clone(),
            symbol: reading.symbols.name(gift.row as usize)?.clone(),
            quantity: gift.quantity,
            price: gift.price,
        })
    };
    reading.gifts.iter().filter_map(named).collect()
}

/// What would be given and has no price.
pub(super) fn not_given<'a>(reading: &'a Reading<'_>) -> impl Iterator<Item = Refusal> + 'a {
    let keeps = |sleeve: &&Sleeve<'_>| sleeve.has_left() && sleeve.is_hold();
    let left = reading.sleeves.iter().filter(keeps);
    left.flat_map(|sleeve| {
        let holdings = reading.holdings[sleeve.holdings.clone()].iter();
        holdings.filter_map(|(row, held)| {
            let (id, symbol) = (sleeve.id, reading.symbols.name(*row as usize)?);
            let message = format!(
                "{id} left the config with {held} {symbol}: without a close it cannot be given to \
                 unassigned"
            );
            let next =
                "add its closes, or name a price: polyfolio transfer --position SYMBOL=QTY@PRICE";
            Some(
                Refusal::new(Code::Price, message, next)
                    .of_sleeve(id)
                    .of_symbol(symbol),
            )
        })
    })
}

impl Reading<'_> {
    /// What a sleeve gives is worth so much.
    pub(super) fn worth_given(&self, sleeve: usize) -> Money {
        let own = self.gifts.iter();
        let own = own.filter(|gift| gift.sleeve as usize == sleeve);
        own.map(|gift| gift.price * gift.quantity).sum()
    }
}
