//! Quantities.

use rust_decimal::Decimal;

use crate::number::decimal_newtype;
use crate::{Money, Price};

decimal_newtype! {
    /// Units of an instrument: shares, coins, contracts. Positions and differences carry a sign,
    /// order quantities are above zero and have a [`Side`](crate::Side).
    Qty
}

impl Qty {
    /// The largest multiple of `lot` not further from zero than `self`; a lot of zero means any
    /// quantity.
    pub fn toward_zero_in_lots(self, lot: Qty) -> Qty {
        if lot.is_zero() {
            return self;
        }
        Qty::new((self.get() / lot.get()).trunc() * lot.get())
    }

    /// How many whole lots, toward zero.
    pub fn whole_lots(self, lot: Qty) -> Decimal {
        if lot.is_zero() {
            self.get()
        } else {
            (self.get() / lot.get()).trunc()
        }
    }

    /// Whether it is a whole number of lots.
    pub fn is_in_lots(self, lot: Qty) -> bool {
        lot.is_zero() || (self.get() % lot.get()).is_zero()
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
        Qty::new(self.get() * factor)
    }
}
