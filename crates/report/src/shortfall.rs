//! Implementation shortfall (Perold 1988): what it cost to turn a decision into positions, in parts
//! that add up.
//!
//! Against a paper portfolio that trades everything at the decision price, for nothing and at once:
//! - *delay*: the market's move from the decision to the arrival mid, on what filled;
//! - *slippage*: from the arrival mid to the fills, spread and market impact together;
//! - *fees*: the commissions that are known;
//! - *opportunity*: the move from the decision to a price after the end, on what was left undone.
//!
//! Every part is a cost where it is positive, for a buy and for a sell. A part that needs a price
//! which nobody knows is not known, and neither is a sum with it: zero is said of nothing but zero.

use std::iter::Sum;
use std::ops::Add;

use polyfolio_model::{Money, Price, Qty, Side};
use serde::{Deserialize, Serialize};

use crate::cost::ratio;

/// An amount, positive where it was paid, and its size beside what was decided.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// In currency.
    pub cash: Money,
    /// In basis points of the notional; `None` where that is not known or nothing.
    pub bp: Option<f64>,
}

/// What it cost, in parts that add up to the total in currency and in basis points.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shortfall {
    /// What was wanted (of a single order: what it filled) at the decision price; the whole that
    /// every basis point here is of.
    pub notional: Option<Money>,
    /// Decision → arrival, on what filled. `None` where a fill has no decision price or no arrival.
    pub delay: Option<Cost>,
    /// Arrival → fills. `None` where a fill has no arrival.
    pub slippage: Option<Cost>,
    /// The commissions that the broker has said; a rebate is negative.
    pub fees: Cost,
    /// Decision → later, on what was left undone; zero where nothing was. `None` where no later
    /// price is known, and while it is still being worked.
    pub opportunity: Option<Cost>,
    /// All of it: decision → fills, fees, opportunity. Known without an arrival.
    pub total: Option<Cost>,
}

/// A sum that one unknown makes unknown.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Known(Option<Money>);

impl Known {
    const ZERO: Self = Self(Some(Money::ZERO));

    /// `quantity · price`; nothing of an unknown price is still nothing.
    fn value(quantity: Qty, price: Option<Price>) -> Self {
        match price {
            _ if quantity.is_zero() => Self::ZERO,
            price => Self(price.map(|price| price * quantity)),
        }
    }

    /// What was lost on a signed quantity that could have been had at `from` and stood at `to`.
    fn lost(signed: Qty, from: Option<Price>, to: Option<Price>) -> Self {
        let move_of = from.zip(to).map(|(from, to)| to - from);
        Self::value(signed, move_of)
    }
}

impl Add for Known {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.zip(other.0).map(|(one, two)| one + two))
    }
}

/// What adds up: of fills to an order, of orders to a parent, of parents to a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Parts {
    notional: Known,
    delay: Known,
    slippage: Known,
    /// Decision → fills: delay and slippage together, known without an arrival.
    filled: Known,
    fees: Money,
    opportunity: Known,
}

impl Parts {
    const NOTHING: Self = Self {
        notional: Known::ZERO,
        delay: Known::ZERO,
        slippage: Known::ZERO,
        filled: Known::ZERO,
        fees: Money::ZERO,
        opportunity: Known::ZERO,
    };

    /// A fill of `quantity`, above zero.
    pub(crate) fn fill(
        side: Side,
        (quantity, price): (Qty, Price),
        fee: Money,
        (decision, arrival): (Option<Price>, Option<Price>),
    ) -> Self {
        let signed = side.signed(quantity);
        Self {
            notional: Known::value(quantity, decision),
            delay: Known::lost(signed, decision, arrival),
            slippage: Known::lost(signed, arrival, Some(price)),
            filled: Known::lost(signed, decision, Some(price)),
            fees: fee,
            opportunity: Known::ZERO,
        }
    }

    /// What did not fill, zero or more, and a price after the end.
    pub(crate) fn undone(
        side: Side,
        left: Qty,
        decision: Option<Price>,
        later: Option<Price>,
    ) -> Self {
        Self {
            notional: Known::value(left, decision),
            opportunity: Known::lost(side.signed(left), decision, later),
            ..Self::NOTHING
        }
    }

    pub(crate) fn shortfall(&self) -> Shortfall {
        let notional = self.notional.0;
        let cost = |cash: Money| Cost {
            cash,
            bp: notional
                .and_then(|notional| ratio(cash, notional))
                .map(|share| share * 1e4),
        };
        let total = self.filled + Known(Some(self.fees)) + self.opportunity;
        Shortfall {
            notional,
            delay: self.delay.0.map(cost),
            slippage: self.slippage.0.map(cost),
            fees: cost(self.fees),
            opportunity: self.opportunity.0.map(cost),
            total: total.0.map(cost),
        }
    }
}

impl Add for Parts {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            notional: self.notional + other.notional,
            delay: self.delay + other.delay,
            slippage: self.slippage + other.slippage,
            filled: self.filled + other.filled,
            fees: self.fees + other.fees,
            opportunity: self.opportunity + other.opportunity,
        }
    }
}

impl Sum for Parts {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::NOTHING, Add::add)
    }
}

impl Default for Shortfall {
    /// Of nothing.
    fn default() -> Self {
        Parts::NOTHING.shortfall()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn money(text: &str) -> Money {
        text.parse().unwrap()
    }

    fn price(text: &str) -> Option<Price> {
        Some(text.parse().unwrap())
    }

    fn cash(cost: Option<Cost>) -> Option<Money> {
        cost.map(|cost| cost.cash)
    }

    /// 1,000 wanted at 50.00; 800 filled at 50.12 after an arrival at 50.05; 40.00 of fees; the
    /// other 200 stood at 50.50 later.
    fn textbook(side: Side) -> Shortfall {
        let mirror = |text: &str| {
            let at = price(text).unwrap();
            let centre: Price = "50".parse().unwrap();
            Some(match side {
                Side::Buy => at,
                Side::Sell => centre + centre - at,
            })
        };
        let fill = (800.into(), mirror("50.12").unwrap());
        let filled = Parts::fill(side, fill, money("40"), (price("50"), mirror("50.05")));
        let undone = Parts::undone(side, 200.into(), price("50"), mirror("50.5"));
        (filled + undone).shortfall()
    }

    #[test]
    fn the_parts_of_a_textbook_order() {
        let found = textbook(Side::Buy);
        assert_eq!(found.notional, Some(money("50000")));
        assert_eq!(cash(found.delay), Some(money("40")));
        assert_eq!(cash(found.slippage), Some(money("56")));
        assert_eq!(found.fees.cash, money("40"));
        assert_eq!(cash(found.opportunity), Some(money("100")));
        // 236 of 50,000.
        assert_eq!(cash(found.total), Some(money("236")));
        let bp = |cost: Option<Cost>| cost.and_then(|cost| cost.bp).unwrap();
        assert!((bp(found.total) - 47.2).abs() < 1e-9);
        assert!((bp(found.slippage) - 11.2).abs() < 1e-9);
    }

    #[test]
    fn a_sell_whose_prices_fell_costs_what_a_buy_costs_whose_prices_rose() {
        assert_eq!(textbook(Side::Sell), textbook(Side::Buy));
    }

    #[test]
    fn a_better_price_and_a_rebate_are_negative() {
        let fill = (10.into(), "99".parse().unwrap());
        let parts = Parts::fill(Side::Buy, fill, money("-1"), (price("100"), price("99.5")));
        let found = parts.shortfall();
        assert_eq!(cash(found.delay), Some(money("-5")));
        assert_eq!(cash(found.slippage), Some(money("-5")));
        assert_eq!(cash(found.total), Some(money("-11")));
    }

    #[test]
    fn what_is_not_known_makes_no_sum_but_hides_nothing_else() {
        let fill = (10.into(), "101".parse().unwrap());
        let known = Parts::fill(Side::Buy, fill, money("1"), (price("100"), price("100.5")));
        let unseen = Parts::fill(Side::Buy, fill, money("1"), (price("100"), None));
        let found = (known + unseen).shortfall();
        assert_eq!((found.delay, found.slippage), (None, None));
        assert_eq!(cash(found.total), Some(money("22")));
        let undecided = Parts::fill(Side::Buy, fill, money("1"), (None, price("100.5")));
        let found = (known + undecided).shortfall();
        assert_eq!(cash(found.slippage), Some(money("10")));
        assert_eq!((found.notional, found.total), (None, None));
        assert_eq!((found.fees.cash, found.fees.bp), (money("2"), None));
        let left = Parts::undone(Side::Buy, 5.into(), price("100"), None);
        let found = (known + left).shortfall();
        assert_eq!((found.opportunity, found.total), (None, None));
        assert_eq!(found.notional, Some(money("1500")));
    }

    #[test]
    fn of_nothing_every_part_is_nothing() {
        let nothing = Shortfall::default();
        assert_eq!(cash(nothing.total), Some(Money::ZERO));
        assert_eq!(nothing.fees.bp, None);
        let full = Parts::undone(Side::Sell, Qty::ZERO, None, None);
        assert_eq!(full.shortfall(), nothing);
    }

    prop_compose! {
        fn a_price()(ticks in 1_i64..1_000_000) -> Price {
            Price::new(rust_decimal::Decimal::new(ticks, 2))
        }
    }

    prop_compose! {
        fn fills()(fills in prop::collection::vec((1_i64..10_000, a_price(), -500_i64..500), 0..8))
            -> Vec<(Qty, Price, Money)> {
            let of = |(quantity, price, fee): (i64, Price, i64)| {
                (quantity.into(), price, Money::new(rust_decimal::Decimal::new(fee, 2)))
            };
            fills.into_iter().map(of).collect()
        }
    }

    fn parts(
        side: Side,
        fills: &[(Qty, Price, Money)],
        prices: (Option<Price>, Option<Price>),
    ) -> Parts {
        let of = |(quantity, price, fee): &(Qty, Price, Money)| {
            Parts::fill(side, (*quantity, *price), *fee, prices)
        };
        fills.iter().map(of).sum()
    }

    proptest! {
        #[test]
        fn the_parts_add_up_to_the_total(
            fills in fills(), decision in a_price(), arrival in a_price(),
            left in 0_i64..1_000, later in a_price(), is_buy: bool,
        ) {
            let side = if is_buy { Side::Buy } else { Side::Sell };
            let filled = parts(side, &fills, (Some(decision), Some(arrival)));
            let undone = Parts::undone(side, left.into(), Some(decision), Some(later));
            let found = (filled + undone).shortfall();
            let sum = cash(found.delay).unwrap() + cash(found.slippage).unwrap()
                + found.fees.cash + cash(found.opportunity).unwrap();
            prop_assert_eq!(Some(sum), cash(found.total));
            // The paper portfolio against the real one, both valued at the later price.
            let wanted: Qty = fills.iter().map(|(quantity, ..)| *quantity).sum::<Qty>() + left.into();
            let paper = (later - decision) * side.signed(wanted);
            let real: Money = fills
                .iter()
                .map(|(quantity, price, fee)| (later - *price) * side.signed(*quantity) - *fee)
                .sum();
            prop_assert_eq!(Some(paper - real), cash(found.total));
        }

        #[test]
        fn what_is_split_costs_the_same(
            fills in fills(), decision in a_price(), arrival in a_price(), at in 0_usize..8,
        ) {
            let prices = (Some(decision), Some(arrival));
            let (one, two) = fills.split_at(at.min(fills.len()));
            let split = parts(Side::Buy, one, prices) + parts(Side::Buy, two, prices);
            prop_assert_eq!(split, parts(Side::Buy, &fills, prices));
        }

        #[test]
        fn the_other_side_at_the_same_prices_gains_what_this_one_pays(
            fills in fills(), decision in a_price(), arrival in a_price(),
        ) {
            let free: Vec<_> = fills.iter().map(|(q, p, _)| (*q, *p, Money::ZERO)).collect();
            let prices = (Some(decision), Some(arrival));
            let buy = parts(Side::Buy, &free, prices).shortfall();
            let sell = parts(Side::Sell, &free, prices).shortfall();
            for (paid, gained) in [(buy.delay, sell.delay), (buy.slippage, sell.slippage)] {
                prop_assert_eq!(cash(paid), cash(gained).map(|cash| -cash));
            }
        }
    }
}
