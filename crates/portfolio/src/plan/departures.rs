//! Sleeves that left the config and whose holdings go to what no sleeve owns.
//!
//! A position goes over in kind at the decision price, so nobody earns by it; from then on it is
//! unclaimed and goes the way of everything that is. One without a price stays where it is, and
//! is not traded: its worth would be made up. So does one that may not be crossed: trading is
//! halted, it is restricted, its close is stale.

use polyfolio_model::{InstrumentId, Money, Price, Qty, SleeveId};

use super::reading::{Gift, Reading};
use super::{Given, PlanInput, Row};
use crate::refusal::{Code, Refusal};

/// What is given, with names.
pub(super) fn given(reading: &Reading<'_>) -> Vec<Given> {
    let named = |gift: &Gift| {
        Some(Given {
            sleeve: reading.sleeves.get(gift.sleeve as usize)?.id.clone(),
            symbol: reading.symbols.name(gift.row as usize)?.clone(),
            quantity: gift.quantity,
            price: gift.price,
        })
    };
    reading.gifts.iter().filter_map(named).collect()
}

/// At what price a sleeve that left gives a position; or why it does not.
pub(super) fn gift_price(
    input: &PlanInput<'_>,
    (sleeve, symbol, held): (&SleeveId, &InstrumentId, Qty),
) -> Result<Price, Refusal> {
    let close = input.prices.get(symbol);
    let Some(close) = close.filter(|close| close.price.is_in_bounds()) else {
        let message = format!(
            "{sleeve} left the config with {held} {symbol}: without a close it cannot be given to \
             unassigned; name a price:  polyfolio transfer --from {sleeve} --to unassigned \
             --position {symbol}={held}@PRICE"
        );
        let refusal = Refusal::new(Code::Price, message, "");
        return Err(refusal.of_sleeve(sleeve).of_symbol(symbol));
    };
    // What may not even be crossed is not given either: only a person takes it back.
    let date = Some(close.date);
    let refused = input
        .limits
        .refuse_instrument(input.trading, symbol, date, input.decision_date);
    refused.map_or(Ok(close.price), |refusal| Err(refusal.of_sleeve(sleeve)))
}

/// Of a plan that is refused as a whole nothing is given: what would be is still its sleeves'.
pub(super) fn give_nothing(reading: &Reading<'_>, rows: &mut [Row]) {
    for gift in &reading.gifts {
        let symbol = reading.symbols.name(gift.row as usize);
        let row = rows.iter_mut().find(|row| Some(&row.symbol) == symbol);
        if let Some(row) = row {
            row.unclaimed -= gift.quantity;
        }
    }
}

impl Reading<'_> {
    /// What a sleeve gives is worth so much.
    pub(super) fn worth_given(&self, sleeve: usize) -> Money {
        let own = self.gifts.iter();
        let own = own.filter(|gift| gift.sleeve as usize == sleeve);
        own.map(|gift| gift.price * gift.quantity).sum()
    }
}
