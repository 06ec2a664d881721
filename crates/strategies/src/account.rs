//! A strategy's virtual account: cash, positions, and what was traded.

use chrono::NaiveDate;
use polyfolio_analytics::Traded;
use polyfolio_model::InstrumentId;
use polyfolio_ports::Size;
use serde::Serialize;

/// One fill in a virtual account.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VirtualFill {
    /// The row it was filled on.
    pub date: NaiveDate,
    /// What was traded.
    pub instrument: InstrumentId,
    /// Units, bought positive.
    pub quantity: f64,
    /// The close it was filled at.
    pub price: f64,
    /// The fee taken.
    pub fee: f64,
}

/// The units that a wish comes to at a close: NaN where there is no close yet and some are wanted.
pub(crate) fn units(size: Size, equity: f64, close: f64) -> f64 {
    match size {
        Size::Weight(0.0) if close.is_nan() => 0.0,
        Size::Quantity(quantity) if close.is_nan() && quantity != 0.0 => f64::NAN,
        Size::Weight(weight) => (weight * equity) / close,
        Size::Quantity(quantity) => quantity,
    }
}

/// Cash, then each position at its last close, summed in the order of the columns. What is not held
/// need not have a close.
pub(crate) fn equity(cash: f64, positions: &[f64], closes: &[f64]) -> f64 {
    let held = positions.iter().zip(closes);
    let held = held.filter(|(position, _)| **position != 0.0);
    held.fold(cash, |sum, (position, close)| sum + position * close)
}

/// Cash and units, by column of the universe.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) cash: f64,
    pub(crate) positions: Vec<f64>,
    pub(crate) traded: Traded,
}

impl Account {
    pub(crate) fn new(capital: f64, instruments: usize) -> Self {
        Self {
            cash: capital,
            positions: vec![0.0; instruments],
            traded: Traded::default(),
        }
    }

    /// Cash, then each position at its last close, summed in the order of the columns.
    pub(crate) fn equity(&self, closes: &[f64]) -> f64 {
        equity(self.cash, &self.positions, closes)
    }

    /// Books a trade; gives the fee.
    pub(crate) fn fill(&mut self, column: usize, quantity: f64, price: f64, fee_rate: f64) -> f64 {
        let notional = quantity.abs() * price;
        let fee = notional * fee_rate;
        self.cash -= quantity * price;
        self.cash -= fee;
        self.positions[column] += quantity;
        self.traded.fees += fee;
        self.traded.notional += notional;
        self.traded.fills += 1;
        fee
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn trading_costs_the_fee_and_nothing_else(
            trades in proptest::collection::vec((0_usize..3, -100.0..100.0_f64), 1..30),
            fee_rate in 0.0..0.01_f64,
        ) {
            let closes = [10.0, 25.0, 7.5];
            let mut account = Account::new(10_000.0, 3);
            for (column, quantity) in trades {
                account.fill(column, quantity, closes[column], fee_rate);
            }
            let lost = 10_000.0 - account.equity(&closes);
            prop_assert!((lost - account.traded.fees).abs() < 1e-6);
        }
    }
}
