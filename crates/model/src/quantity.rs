//! Quantities.

use rust_decimal::Decimal;

use crate::number::decimal_newtype;
use crate::{Money, Price};

decimal_newtype! {
    /// Units of an instrument: shares, coins, contracts. Positions and differences carry a sign,
    /// order quantities are above zero and have a [`Side`](crate::Side).
    Qty, "quantity", 18
}

impl Qty {
    /// The largest multiple of `lot` not further from zero than `self`; a lot of zero means any
    /// quantity.
    pub fn toward_zero_in_lots(self, lot: Qty) -> Qty {
        if lot.is_zero() {
            return self;
        }
        // Lots that are too small to be counted round nothing.
        let lots = self.get().checked_div(lot.get()).map(|lots| lots.trunc());
        lots.and_then(|lots| lots.checked_mul(lot.get()))
            .map_or(self, Qty::stopped)
    }

    /// How many whole lots, toward zero; of lots too small to be counted the greatest number.
    pub fn whole_lots(self, lot: Qty) -> Decimal {
        if lot.is_zero() {
            self.get()
        } else {
            let lots = self.get().checked_div(lot.get());
            lots.map_or(Decimal::MAX, |lots| lots.trunc())
        }
    }

    /// Whether it is a whole number of lots.
    pub fn is_in_lots(self, lot: Qty) -> bool {
        let rest = || self.get().checked_rem(lot.get());
        lot.is_zero() || rest().is_some_and(|rest| rest.is_zero())
    }
}

impl std::ops::Mul<Price> for Qty {
    type Output = Money;
    fn mul(self, price: Price) -> Money {
        price * self
    }
}

impl std::ops::Mul<Decimal> for Qty {
    type Output = Qty;
    fn mul(self, factor: Decimal) -> Qty {
        Qty::stopped(self.get().saturating_mul(factor))
    }
}
