//! An account: cash, positions and fees, as the fills add up to them.
//!
//! It lends freely: neither margin nor buying power is checked, and nothing is charged for being
//! short.

use std::collections::BTreeMap;

use polyfolio_model::{Fill, InstrumentId, Money, Qty, Side, Ts};

/// What one owner has at a venue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Cash in the base currency; may be below zero.
    pub cash: Money,
    /// Positions, signed; what is flat is not listed.
    pub positions: BTreeMap<InstrumentId, Qty>,
    /// All fees ever paid.
    pub fees: Money,
    month: Month,
}

/// What was traded in a calendar month (UTC), for fees by tier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Month {
    number: i32,
    shares: Qty,
}

impl Account {
    /// An account that starts with this.
    pub fn new(cash: Money, positions: &[(InstrumentId, Qty)]) -> Self {
        let mut account = Self {
            cash,
            ..Self::default()
        };
        for (instrument, quantity) in positions {
            account.add(instrument, *quantity);
        }
        account
    }

    /// The position in an instrument; zero when there is none.
    pub fn position(&self, instrument: &InstrumentId) -> Qty {
        self.positions.get(instrument).copied().unwrap_or_default()
    }

    /// What was traded in the month of `time` so far.
    pub fn month_shares(&self, time: Ts) -> Qty {
        if self.month.number == month_number(time) {
            self.month.shares
        } else {
            Qty::ZERO
        }
    }

    /// Books an execution: money one way, the instrument the other, and the fee.
    pub fn book(&mut self, instrument: &InstrumentId, side: Side, fill: &Fill, time: Ts) {
        let fee = fill.fee.unwrap_or_default();
        self.cash -= fill.last_px * side.signed(fill.last_qty) + fee;
        self.fees += fee;
        self.add(instrument, side.signed(fill.last_qty));
        self.month = Month {
            number: month_number(time),
            shares: self.month_shares(time) + fill.last_qty,
        };
    }

    fn add(&mut self, instrument: &InstrumentId, quantity: Qty) {
        let position = self.position(instrument) + quantity;
        if position.is_zero() {
            self.positions.remove(instrument);
        } else {
            self.positions.insert(instrument.clone(), position);
        }
    }
}

fn month_number(time: Ts) -> i32 {
    use chrono::Datelike;
    let date = time.date();
    date.year() * 12 + date.month0() as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;
    use polyfolio_model::Price;

    fn fill(quantity: i64, price: i64) -> Fill {
        Fill {
            exec_id: "E-1".into(),
            last_qty: Qty::from(quantity),
            last_px: Price::from(price),
            fee: Some(Money::from(1)),
            liquidity: None,
        }
    }

    #[test]
    fn a_round_trip_leaves_its_fees() {
        let day = |month| Ts::on(NaiveDate::from_ymd_opt(2022, month, 28).unwrap(), 21);
        let mut account = Account::new(Money::from(1_000), &[("Y".into(), Qty::from(-3))]);
        account.book(&"X".into(), Side::Buy, &fill(10, 5), day(11));
        assert_eq!(account.cash, Money::from(949));
        assert_eq!(account.month_shares(day(11)), Qty::from(10));
        account.book(&"X".into(), Side::Sell, &fill(10, 5), day(12));
        assert_eq!(account.cash, Money::from(998));
        assert_eq!(account.fees, Money::from(2));
        assert_eq!(account.month_shares(day(12)), Qty::from(10));
        let left: Vec<_> = account.positions.into_iter().collect();
        assert_eq!(left, [("Y".into(), Qty::from(-3))]);
    }
}
