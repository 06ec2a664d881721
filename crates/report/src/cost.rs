//! What trading gained and cost: slippage against the arrival price, and profit against the price
//! that decided.
//!
//! Slippage is a cost where it is positive, for a buy and for a sell, as the field counts it; a
//! profit is a profit. A sum over nothing is unknown, not zero.

use polyfolio_model::{Money, Price, Qty, convert};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// What was paid (above zero) or saved against the mid at which the parents met the market.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slippage {
    /// `Σ signed quantity · (price − arrival mid)`, fees not counted.
    pub cash: Money,
    /// The same in basis points of `Σ |quantity| · arrival mid`.
    pub bp: f64,
}

/// What somebody traded in a run, and what came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Performance {
    /// Profit and loss: the change of value at the closes that decided, which no transfer explains.
    /// `Σ signed quantity · (decision price − price) − fees` over the run's executions; a cross is
    /// at the decision price and makes none. `None` where something was traded that no close
    /// decided on.
    pub pnl: Option<Money>,
    /// The value of what was bought.
    pub bought: Money,
    /// The value of what was sold.
    pub sold: Money,
    /// Bought and sold over the NAV: the larger of before and after the run, so that neither what
    /// was just begun nor what was wound down is measured by its dust. `None` when both are less
    /// than a cent.
    pub turnover: Option<f64>,
    /// What the executions cost; a rebate is negative.
    pub fees: Money,
    /// Against the arrival mid; `None` without an execution whose parent saw one.
    pub slippage: Option<Slippage>,
}

/// An execution, or a sleeve's part of one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    /// Signed, as it changes the position.
    pub(crate) signed: Qty,
    pub(crate) price: Price,
    pub(crate) fee: Money,
    pub(crate) arrival: Option<Price>,
    pub(crate) decision: Option<Price>,
}

impl Piece {
    /// What was saved against `reference`; below zero for a cost.
    pub(crate) fn saved_against(&self, reference: Price) -> Money {
        (reference - self.price) * self.signed
    }
}

/// Sums up pieces.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pnl: Money,
    is_undecided: bool,
    bought: Money,
    sold: Money,
    fees: Money,
    slipped: Money,
    arrived: Money,
}

impl Tally {
    pub(crate) fn add(&mut self, piece: &Piece) {
        self.add_value(piece.signed, piece.price);
        self.fees += piece.fee;
        match piece.decision {
            Some(decision) => self.pnl += piece.saved_against(decision) - piece.fee,
            None => self.is_undecided = true,
        }
        if let Some(arrival) = piece.arrival {
            self.slipped -= piece.saved_against(arrival);
            self.arrived += arrival * piece.signed.abs();
        }
    }

    /// Both together.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            pnl: self.pnl + other.pnl,
            is_undecided: self.is_undecided || other.is_undecided,
            bought: self.bought + other.bought,
            sold: self.sold + other.sold,
            fees: self.fees + other.fees,
            slipped: self.slipped + other.slipped,
            arrived: self.arrived + other.arrived,
        }
    }

    /// A trade inside the book, at the price that decided.
    pub(crate) fn add_value(&mut self, signed: Qty, price: Price) {
        let value = price * signed.abs();
        if signed.is_positive() {
            self.bought += value;
        } else {
            self.sold += value;
        }
    }

    pub(crate) fn slippage(&self) -> Option<Slippage> {
        let bp = ratio(self.slipped, self.arrived)? * 1e4;
        let cash = self.slipped;
        Some(Slippage { cash, bp })
    }

    /// Whether nothing was done.
    pub(crate) fn is_idle(&self) -> bool {
        self.bought.is_zero() && self.sold.is_zero() && self.fees.is_zero()
    }

    pub(crate) fn performance(
        &self,
        nav_before: Option<Money>,
        nav_after: Option<Money>,
    ) -> Performance {
        Performance {
            pnl: (!self.is_undecided).then_some(self.pnl),
            bought: self.bought,
            sold: self.sold,
            turnover: nav_before
                .max(nav_after)
                .and_then(above_dust)
                .and_then(|nav| ratio(self.bought + self.sold, nav)),
            fees: self.fees,
            slippage: self.slippage(),
        }
    }
}

/// `None` unless the whole is above zero.
pub(crate) fn ratio(part: Money, whole: Money) -> Option<f64> {
    let is_whole = whole.is_positive();
    is_whole.then(|| convert::money_f64(part) / convert::money_f64(whole))
}

/// A NAV that something can be a share of. What a sleeve leaves behind when it gave everything back
/// is dust of rounding, no NAV.
pub(crate) fn above_dust(nav: Money) -> Option<Money> {
    (nav >= Money::new(Decimal::new(1, 2))).then_some(nav)
}

/// The mean price of these pieces, by quantity.
pub(crate) fn mean_price(pieces: impl Iterator<Item = (Qty, Price)>) -> Option<Price> {
    let (mut value, mut quantity) = (Decimal::ZERO, Decimal::ZERO);
    for (part, price) in pieces {
        value = value.checked_add(part.get().checked_mul(price.get())?)?;
        quantity = quantity.checked_add(part.get())?;
    }
    value.checked_div(quantity).map(rounded)
}

/// A mean price, to the digits that anybody reads.
pub(crate) fn rounded(mean: Decimal) -> Price {
    Price::new(mean.round_dp(10))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(signed: i64, price: &str, fee: &str) -> Piece {
        Piece {
            signed: signed.into(),
            price: price.parse().unwrap(),
            fee: fee.parse().unwrap(),
            arrival: Some("100".parse().unwrap()),
            decision: Some("99.5".parse().unwrap()),
        }
    }

    fn money(text: &str) -> Money {
        text.parse().unwrap()
    }

    #[test]
    fn paying_more_and_getting_less_both_slip() {
        let mut tally = Tally::default();
        tally.add(&piece(10, "100.1", "0.5"));
        tally.add(&piece(-10, "99.9", "0.5"));
        let made = tally.performance(None, Some(money("4000")));
        let slippage = made.slippage.unwrap();
        assert_eq!(slippage.cash, money("2"));
        assert_eq!(slippage.bp, 10.0);
        assert_eq!((made.bought, made.sold), (money("1001"), money("999")));
        assert_eq!(made.turnover, Some(0.5));
        // Bought 0.6 above the close, sold 0.4 above it, one in fees.
        assert_eq!(made.pnl, Some(money("-3")));
        assert_eq!(made.fees, money("1"));
    }

    #[test]
    fn what_is_not_known_is_not_zero() {
        let nothing = Tally::default().performance(None, None);
        assert_eq!(nothing.slippage, None);
        assert_eq!(nothing.turnover, None);
        assert_eq!(nothing.pnl, Some(Money::ZERO));
        let mut undecided = Tally::default();
        let (arrival, decision) = (None, None);
        undecided.add(&Piece {
            arrival,
            decision,
            ..piece(1, "100", "0")
        });
        let undecided = undecided.performance(None, Some(Money::ZERO));
        assert_eq!((undecided.pnl, undecided.turnover), (None, None));
    }

    #[test]
    fn dust_is_no_nav_to_turn_over() {
        let mut tally = Tally::default();
        tally.add(&piece(-10, "100", "0"));
        let turnover = |nav: &str| tally.performance(None, Some(money(nav))).turnover;
        assert_eq!(turnover("0.0000000000000000000000001"), None);
        assert_eq!(turnover("0.009"), None);
        assert_eq!(turnover("-5"), None);
        assert_eq!(turnover("0.01"), Some(100_000.0));
    }

    #[test]
    fn what_was_wound_down_is_measured_by_what_it_was() {
        let mut tally = Tally::default();
        tally.add(&piece(-10, "100", "0"));
        let turnover = |before: &str, after: &str| {
            let made = tally.performance(Some(money(before)), Some(money(after)));
            made.turnover
        };
        assert_eq!(turnover("2000", "0.02"), Some(0.5));
        assert_eq!(turnover("0", "4000"), Some(0.25));
        assert_eq!(turnover("0.001", "0"), None);
    }

    #[test]
    fn the_mean_price_weighs_by_quantity() {
        let pieces =
            [(1, "10"), (3, "20")].map(|(q, p): (i64, &str)| (Qty::from(q), p.parse().unwrap()));
        assert_eq!(mean_price(pieces.into_iter()), "17.5".parse().ok());
        assert_eq!(mean_price(std::iter::empty()), None);
    }
}
