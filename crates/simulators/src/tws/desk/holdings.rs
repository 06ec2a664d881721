//! What the positions cost, and what leaving them realised.

use std::collections::BTreeMap;

use polyfolio_model::{InstrumentId, Money, Price, Qty, Side};
use rust_decimal::Decimal;

/// Quantities and what they cost on average, fees apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Holdings {
    /// What is flat stays listed at zero: the gateway tells of it too.
    held: BTreeMap<InstrumentId, Held>,
}

/// One position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) quantity: Qty,
    pub(super) average: Price,
}

impl Holdings {
    /// What the account opens with, at the prices it opens at.
    pub(super) fn opening(
        positions: &BTreeMap<InstrumentId, Qty>,
        starts: &[(InstrumentId, Price)],
    ) -> Self {
        let price = |id: &InstrumentId| starts.iter().find(|(of, _)| of == id).map(|(_, p)| *p);
        let held = positions.iter().map(|(id, quantity)| {
            let (quantity, average) = (*quantity, price(id).unwrap_or_default());
            (id.clone(), Held { quantity, average })
        });
        Self {
            held: held.collect(),
        }
    }

    /// Books a trade; what it realised, if it left a position.
    pub(super) fn trade(
        &mut self,
        instrument: &InstrumentId,
        side: Side,
        quantity: Qty,
        price: Price,
    ) -> Option<Money> {
        let held = self.held.entry(instrument.clone()).or_default();
        let (before, traded) = (held.quantity.get(), side.signed(quantity).get());
        let after = before + traded;
        let opposes = before.is_sign_negative() != traded.is_sign_negative();
        let leaves = !before.is_zero() && opposes;
        let left = before.abs().min(traded.abs());
        let realized = leaves.then(|| {
            let gain = price.get() - held.average.get();
            Money::new(if before.is_sign_negative() {
                -gain * left
            } else {
                gain * left
            })
        });
        held.quantity = Qty::new(after);
        held.average = match leaves {
            false => {
                let cost = held.average.get() * before + price.get() * traded;
                Price::new(cost / after)
            }
            true if after.is_zero() => Price::ZERO,
            // Flipped: what is left was opened by this trade.
            true if traded.abs() > before.abs() => price,
            true => held.average,
        };
        realized
    }

    /// Every position that is or was, by instrument.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&InstrumentId, &Held)> {
        self.held.iter()
    }

    /// One position.
    pub(super) fn of(&self, instrument: &InstrumentId) -> Held {
        self.held.get(instrument).copied().unwrap_or_default()
    }
}

/// Average cost as a price: Σ quantity × price over quantity.
pub(super) fn average(value: Money, quantity: Qty) -> Decimal {
    value.get().checked_div(quantity.get()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_average_realise_and_flip() {
        let mut held = Holdings::default();
        let id: InstrumentId = "X".into();
        let mut trade = |side, quantity: i64, price: i64, realised: Option<i64>, position, at| {
            let said = held.trade(&id, side, Qty::from(quantity), Price::from(price));
            assert_eq!(said, realised.map(Money::from));
            let Held { quantity, average } = held.of(&id);
            assert_eq!((quantity, average), (Qty::from(position), Price::from(at)));
        };
        trade(Side::Buy, 10, 100, None, 10, 100);
        trade(Side::Buy, 10, 110, None, 20, 105);
        trade(Side::Sell, 5, 115, Some(50), 15, 105);
        trade(Side::Sell, 20, 100, Some(-75), -5, 100);
        trade(Side::Sell, 5, 90, None, -10, 95);
        trade(Side::Buy, 10, 85, Some(100), 0, 0);
    }
}
