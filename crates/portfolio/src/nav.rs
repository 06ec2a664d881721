//! What a sleeve, or a list of positions, is worth at given prices.
//!
//! A missing price is an error that names the instrument: nothing is ever worth 0 because it is
//! not known. Profit is the change of value that no transfer explains.

use polyfolio_model::{InstrumentId, Money, Price, Qty};
use serde::{Deserialize, Serialize};

use crate::ledger::SleeveAccount;

/// A value that cannot be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NavError {
    /// A position without a price.
    #[error("no price for {instrument}, of which {quantity} are held")]
    Unpriced {
        /// What is held.
        instrument: InstrumentId,
        /// How much.
        quantity: Qty,
    },
    /// A value beyond [`Money::MAX`].
    #[error("the value of {quantity} {instrument} at {price} is too large to be counted")]
    TooLarge {
        /// What is held.
        instrument: InstrumentId,
        /// How much.
        quantity: Qty,
        /// At what price.
        price: Price,
    },
}

/// What a sleeve was worth at some time, to measure profit from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Cash and positions, in the base currency.
    pub nav: Money,
    /// The cash that had come in without a trade by then.
    pub funding: Money,
}

impl SleeveAccount {
    /// Cash and positions at `price`.
    pub fn nav(&self, price: impl Fn(&InstrumentId) -> Option<Price>) -> Result<Money, NavError> {
        Ok(self.cash + value_of(self.positions.iter().map(|(id, held)| (id, *held)), price)?)
    }

    /// The mark to measure profit from.
    pub fn mark(&self, price: impl Fn(&InstrumentId) -> Option<Price>) -> Result<Mark, NavError> {
        Ok(Mark {
            nav: self.nav(price)?,
            funding: self.funding,
        })
    }

    /// Profit and loss since `opening`, after fees, transfers not counted. `Mark::default()` is
    /// the beginning. Meaningless for `unassigned`, whose positions are adopted without cash.
    pub fn pnl_since(
        &self,
        opening: Mark,
        price: impl Fn(&InstrumentId) -> Option<Price>,
    ) -> Result<Money, NavError> {
        let now = self.mark(price)?;
        Ok((now.nav - now.funding) - (opening.nav - opening.funding))
    }
}

/// The value of positions at `price`. Flat ones need no price.
pub fn value_of<'a>(
    positions: impl IntoIterator<Item = (&'a InstrumentId, Qty)>,
    price: impl Fn(&InstrumentId) -> Option<Price>,
) -> Result<Money, NavError> {
    let mut sum = Money::ZERO;
    for (instrument, quantity) in positions {
        if quantity.is_zero() {
            continue;
        }
        let unpriced = || NavError::Unpriced {
            instrument: instrument.clone(),
            quantity,
        };
        let price = price(instrument).ok_or_else(unpriced)?;
        let value = notional(quantity, price)
            .map(|value| sum + value)
            .filter(|sum| sum.abs() < Money::MAX);
        let too_large = || NavError::TooLarge {
            instrument: instrument.clone(),
            quantity,
            price,
        };
        sum = value.ok_or_else(too_large)?;
    }
    Ok(sum)
}

/// Signed quantity times price; `None` beyond [`Money::MAX`].
pub fn notional(quantity: Qty, price: Price) -> Option<Money> {
    let value = quantity.get().checked_mul(price.get())?;
    Some(Money::new(value)).filter(|value| value.is_in_bounds())
}
