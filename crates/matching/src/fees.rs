//! What trading costs.
//!
//! A minimum or a maximum is per order, so a fee belongs to an order: [`FeeModel::order_fee`] is
//! what an order has cost so far, and a fill costs the difference it makes. Rates are those of the
//! brokers' published tables (Interactive Brokers' "Pro" plans for US stocks, Binance's spot
//! default); they change, and somebody who needs today's sets [`FeeModel::Bps`] or a table of his
//! own.

use polyfolio_model::{Money, Price, Qty, Side};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::VenueError;

/// How an order is charged, in the currency of its instrument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeeModel {
    /// Nothing.
    #[default]
    Zero,
    /// So many basis points of the value; below zero for a rebate.
    Bps(#[serde(with = "rust_decimal::serde::str")] Decimal),
    /// Interactive Brokers' fixed plan, US stocks, and on sales the authorities' fees.
    IbkrFixed,
    /// Interactive Brokers' tiered plan, US stocks, and on sales the authorities' fees.
    /// Exchange and clearing fees depend on the route and are not in it.
    IbkrTiered,
    /// The authorities' fees on sales of US stocks alone.
    UsSellFees,
}

/// What an order has traded so far, as far as fees ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traded {
    /// Which way.
    pub side: Side,
    /// How much in all.
    pub quantity: Qty,
    /// Its value in all: Σ quantity × price.
    pub value: Money,
    /// What the account had traded in the month, in shares, before the order's first fill.
    pub month: Qty,
}

/// A fee in the asset it is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charge {
    /// In units of what was bought: the position grows by less than the trade.
    Base(Qty),
    /// In money.
    Quote(Money),
}

impl FeeModel {
    /// What an order has cost in all when it has traded `traded`. Never falls as an order fills,
    /// except by a rebate.
    pub fn order_fee(&self, traded: Traded) -> Money {
        let Traded {
            side,
            quantity,
            value,
            month,
        } = traded;
        let authorities = || us_sell_fees(side, quantity, value);
        match self {
            FeeModel::Zero => Money::ZERO,
            FeeModel::Bps(rate) => Money::new(value.get() * rate * bp(1)),
            FeeModel::IbkrFixed => ibkr_fixed(quantity, value) + authorities(),
            FeeModel::IbkrTiered => ibkr_tiered(quantity, value, month) + authorities(),
            FeeModel::UsSellFees => authorities(),
        }
    }

    /// Refuses a rate that is none.
    pub fn check(&self) -> Result<(), VenueError> {
        match self {
            FeeModel::Bps(rate) if rate.abs() > Decimal::from(10_000) => {
                Err(VenueError::FeeRate(*rate))
            }
            _ => Ok(()),
        }
    }
}

/// Interactive Brokers, US stocks, fixed: 0.005 a share, at least 1.00, at most 1 % of the value;
/// the maximum beats the minimum.
pub fn ibkr_fixed(quantity: Qty, value: Money) -> Money {
    let by_share = quantity.get().abs() * Decimal::new(5, 3);
    bounded(by_share, Decimal::ONE, value)
}

/// Interactive Brokers, US stocks, tiered: a rate per share by the month's shares, each share at
/// the rate of the tier it falls into; at least 0.35, at most 1 % of the value. `month` is what
/// was traded in the month before.
pub fn ibkr_tiered(quantity: Qty, value: Money, month: Qty) -> Money {
    let (from, to) = (month.get(), month.get() + quantity.get().abs());
    let mut by_share = Decimal::ZERO;
    let mut below = Decimal::ZERO;
    for (upper, rate) in tiers() {
        let upper = upper.unwrap_or(Decimal::MAX);
        let shares = (to.min(upper) - from.max(below)).max(Decimal::ZERO);
        by_share += shares * rate;
        below = upper;
    }
    bounded(by_share, Decimal::new(35, 2), value)
}

/// The authorities' fees on a sale of US stocks: SEC 0.0000278 of the value, FINRA TAF 0.000166
/// a share. A purchase pays none.
pub fn us_sell_fees(side: Side, quantity: Qty, value: Money) -> Money {
    match side {
        Side::Buy => Money::ZERO,
        Side::Sell => {
            let sec = value.get().abs() * Decimal::new(278, 7);
            Money::new(sec + quantity.get().abs() * Decimal::new(166, 6))
        }
    }
}

/// A crypto exchange's spot fee: `rate` (a fraction) of what is *received*: coins for a purchase,
/// money for a sale.
pub fn spot(side: Side, quantity: Qty, price: Price, rate: Decimal) -> Charge {
    match side {
        Side::Buy => Charge::Base(quantity * rate),
        Side::Sell => Charge::Quote(Money::new((quantity * price).get() * rate)),
    }
}

/// A day of borrowing `quantity` shares to be short of them (Interactive Brokers): the collateral
/// is 102 % of the prior settlement price, up to whole money, and `rate` a year of 360 days.
/// Every calendar day counts.
pub fn borrow_per_day(quantity: Qty, settle: Price, rate: Decimal) -> Money {
    let collateral = (settle.get() * Decimal::new(102, 2)).ceil();
    Money::new(collateral * quantity.get().abs() * rate / Decimal::from(360))
}

fn tiers() -> [(Option<Decimal>, Decimal); 5] {
    let tier = |shares: i64, rate| (Some(Decimal::from(shares)), Decimal::new(rate, 4));
    [
        tier(300_000, 35),
        tier(3_000_000, 20),
        tier(20_000_000, 15),
        tier(100_000_000, 10),
        (None, Decimal::new(5, 4)),
    ]
}

fn bounded(fee: Decimal, least: Decimal, value: Money) -> Money {
    Money::new(fee.max(least).min(value.get().abs() * bp(100)))
}

fn bp(points: i64) -> Decimal {
    Decimal::new(points, 4)
}
