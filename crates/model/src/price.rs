//! Prices.

use rust_decimal::{Decimal, RoundingStrategy};

use crate::number::decimal_newtype;
use crate::{Money, Qty, Side};

decimal_newtype! {
    /// Money for one unit of an instrument.
    Price, "price", 10
}

impl Price {
    /// The nearest price on the grid of `tick` that is no better for the other side than `self`:
    /// down for a buy, up for a sell.
    ///
    /// A venue refuses prices off its grid (IB error 110), and rounding towards the market would
    /// pay for the rounding.
    pub fn passive_on_grid(self, side: Side, tick: Price) -> Price {
        let strategy = match side {
            Side::Buy => RoundingStrategy::ToNegativeInfinity,
            Side::Sell => RoundingStrategy::ToPositiveInfinity,
        };
        self.on_grid(tick, strategy)
    }

    /// The nearest price on the grid of `tick`, half away from zero.
    pub fn nearest_on_grid(self, tick: Price) -> Price {
        self.on_grid(tick, RoundingStrategy::MidpointAwayFromZero)
    }

    /// Whether the price lies on the grid of `tick`; a tick of zero means no grid.
    pub fn is_on_grid(self, tick: Price) -> bool {
        let rest = || self.get().checked_rem(tick.get());
        tick.is_zero() || rest().is_some_and(|rest| rest.is_zero())
    }

    fn on_grid(self, tick: Price, strategy: RoundingStrategy) -> Price {
        if tick.is_zero() {
            return self;
        }
        // On a grid too fine to be counted everything lies.
        self.get()
            .checked_div(tick.get())
            .map(|steps| steps.round_dp_with_strategy(0, strategy))
            .and_then(|steps| steps.checked_mul(tick.get()))
            .map_or(self, Price::stopped)
    }
}

impl std::ops::Mul<Qty> for Price {
    type Output = Money;
    fn mul(self, quantity: Qty) -> Money {
        Money::stopped(self.get().saturating_mul(quantity.get()))
    }
}

impl std::ops::Mul<Decimal> for Price {
    type Output = Price;
    fn mul(self, factor: Decimal) -> Price {
        Price::stopped(self.get().saturating_mul(factor))
    }
}
