//! The account of a strategy that stands inside another: what it would hold if it were alone.

use polyfolio_ports::{Row, VirtualAccount, Which, Wishes};
use serde::{Deserialize, Serialize};

use crate::account::{equity, units};

/// Cash and units by column. Wishes are filled at the closes they were made on, the last ones known
/// where an instrument has none on the row, whole and without fees: fills, fees and lots belong to the account of whoever wraps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ModelBook {
    cash: f64,
    positions: Vec<f64>,
}

impl ModelBook {
    pub(super) fn new(cash: f64, instruments: usize) -> Self {
        Self {
            cash,
            positions: vec![0.0; instruments],
        }
    }

    pub(super) fn columns(&self) -> usize {
        self.positions.len()
    }

    /// As the strategy inside sees it.
    pub(super) fn view<'a>(&'a self, row: &Row<'a>) -> VirtualAccount<'a> {
        VirtualAccount {
            instruments: row.instruments,
            positions: &self.positions,
            cash: self.cash,
            equity: self.equity(row.closes),
        }
    }

    /// Fills wishes; gives whether anything was traded. `None`, and nothing is filled, if one of
    /// them cannot be: whoever gets it as a wish of the strategy outside says why.
    pub(super) fn fill(&mut self, row: &Row<'_>, wishes: &Wishes) -> Option<bool> {
        if wishes.is_empty() {
            return Some(false);
        }
        let equity = self.equity(row.closes);
        let mut targets: Vec<Option<f64>> = vec![None; self.positions.len()];
        for (at, (which, size)) in wishes.iter().enumerate() {
            let column = column(row, at, which)?;
            let target = units(size, equity, row.closes[column]);
            if !target.is_finite() || targets[column].replace(target).is_some() {
                return None;
            }
        }
        let mut is_traded = false;
        for (column, target) in targets.into_iter().enumerate() {
            let Some(target) = target else { continue };
            let quantity = target - self.positions[column];
            if quantity == 0.0 {
                continue;
            }
            is_traded = true;
            self.cash -= quantity * row.closes[column];
            self.positions[column] = target;
        }
        Some(is_traded)
    }

    /// What each instrument is of the equity; all zero if there is none.
    pub(super) fn weights(&self, closes: &[f64]) -> Vec<f64> {
        let equity = self.equity(closes);
        let weight = |(position, close): (&f64, &f64)| match equity > 0.0 && *position != 0.0 {
            true => position * close / equity,
            false => 0.0,
        };
        self.positions.iter().zip(closes).map(weight).collect()
    }

    fn equity(&self, closes: &[f64]) -> f64 {
        equity(self.cash, &self.positions, closes)
    }
}

/// A strategy that names all it holds does so in order; `at` saves the search.
fn column(row: &Row<'_>, at: usize, which: &Which) -> Option<usize> {
    match which {
        &Which::Column(column) => (column < row.instruments.len()).then_some(column),
        Which::Name(name) if row.instruments.get(at) == Some(name) => Some(at),
        Which::Name(name) => row.instruments.iter().position(|have| have == name),
    }
}
