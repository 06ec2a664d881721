//! A virtual account at work: wishes become orders, orders are filled or wait.

use polyfolio_model::InstrumentId;
use polyfolio_ports::{Row, Size, Which, Wishes};

use crate::account::{Account, VirtualFill, units};
use crate::{Settings, StrategyError};

/// Units to trade in one column, bought positive.
#[derive(Debug, Clone, Copy)]
struct Order {
    column: usize,
    quantity: f64,
}

impl Order {
    /// Sells before buys, each in the order of the columns.
    fn rank(&self) -> (bool, usize) {
        (self.quantity > 0.0, self.column)
    }
}

/// The account, and what is to be traded in it.
#[derive(Debug)]
pub(super) struct Trading<'a> {
    settings: &'a Settings,
    pub(super) account: Account,
    /// Every fill, where they are wanted.
    pub(super) fills: Option<Vec<VirtualFill>>,
    /// Orders that wait for the next close of their instrument, in the order they are filled in.
    pending: Vec<Order>,
    /// Of one row, and used again for the next one: the columns that were named, and what is bought.
    named: Vec<bool>,
    buys: Vec<Order>,
}

impl<'a> Trading<'a> {
    pub(super) fn new(settings: &'a Settings, instruments: usize, keeps_fills: bool) -> Self {
        Self {
            settings,
            account: Account::new(settings.capital, instruments),
            fills: keeps_fills.then(Vec::new),
            pending: Vec::new(),
            named: vec![false; instruments],
            buys: Vec::new(),
        }
    }

    /// Whether no order waits.
    pub(super) fn is_quiet(&self) -> bool {
        self.pending.is_empty()
    }

    /// Fills what waits and can be filled on this row; the rest goes on waiting.
    pub(super) fn fill_pending(&mut self, row: &Row<'_>) {
        let mut pending = std::mem::take(&mut self.pending);
        pending.retain(|&order| {
            if row.has_close(order.column) || self.is_way_out(row, order) {
                self.fill(row, order);
                return false;
            }
            !row.is_gone(order.column)
        });
        self.pending = pending;
    }

    /// Whether an order lessens the position of an instrument that is gone.
    fn is_way_out(&self, row: &Row<'_>, order: Order) -> bool {
        let held = self.account.positions[order.column];
        row.is_gone(order.column)
            && held * order.quantity < 0.0
            && order.quantity.abs() <= held.abs()
    }

    /// Makes orders of the wishes of one row: sells before buys, each in the order of the columns.
    /// What waited for an instrument that is named again is forgotten.
    pub(super) fn order(
        &mut self,
        row: &Row<'_>,
        equity: f64,
        wishes: &Wishes,
    ) -> Result<(), StrategyError> {
        if wishes.is_empty() {
            return Ok(());
        }
        self.named.fill(false);
        let waited = self.pending.len();
        for (at, (which, size)) in wishes.iter().enumerate() {
            let column = column(row, at, which)?;
            if std::mem::replace(&mut self.named[column], true) {
                return Err(StrategyError::NamedTwice {
                    date: row.date,
                    instrument: row.instruments[column].clone(),
                });
            }
            let quantity = self.target(row, column, equity, size)? - self.account.positions[column];
            let order = Order { column, quantity };
            if quantity > 0.0 {
                self.buys.push(order);
            } else if quantity != 0.0 {
                self.pending.push(order);
            }
        }
        if waited > 0 {
            let (named, mut at) = (&self.named, 0);
            self.pending.retain(|order| {
                at += 1;
                at > waited || !named[order.column]
            });
        }
        self.pending.append(&mut self.buys);
        // A strategy that names all it holds does so in order.
        if !self.pending.is_sorted_by_key(Order::rank) {
            self.pending.sort_by_key(Order::rank);
        }
        Ok(())
    }

    fn target(
        &self,
        row: &Row<'_>,
        column: usize,
        equity: f64,
        size: Size,
    ) -> Result<f64, StrategyError> {
        let units = units(size, equity, row.closes[column]);
        if !units.is_finite() {
            let (date, instrument) = (row.date, row.instruments[column].clone());
            let (Size::Weight(wanted) | Size::Quantity(wanted)) = size;
            return Err(match row.closes[column].is_nan() && wanted.is_finite() {
                true => StrategyError::NoCloseYet { date, instrument },
                false => StrategyError::NotFinite {
                    date,
                    instrument,
                    size: wanted,
                },
            });
        }
        Ok(if self.settings.lots {
            units.trunc()
        } else {
            units
        })
    }

    fn fill(&mut self, row: &Row<'_>, order: Order) {
        let Order { column, quantity } = order;
        let price = row.closes[column];
        let fee_rate = self.settings.fee_rate;
        let fee = self.account.fill(column, quantity, price, fee_rate);
        if let Some(fills) = &mut self.fills {
            fills.push(VirtualFill {
                date: row.date,
                instrument: row.instruments[column].clone(),
                quantity,
                price,
                fee,
            });
        }
    }
}

/// A strategy that names all it holds does so in order; `at` saves the search.
fn column(row: &Row<'_>, at: usize, which: &Which) -> Result<usize, StrategyError> {
    let outside = |instrument: InstrumentId| StrategyError::OutsideUniverse {
        date: row.date,
        instrument,
    };
    match which {
        &Which::Column(column) if column < row.instruments.len() => Ok(column),
        Which::Column(column) => Err(outside(format!("column {column}").as_str().into())),
        Which::Name(name) if row.instruments.get(at) == Some(name) => Ok(at),
        Which::Name(name) => row
            .instruments
            .iter()
            .position(|have| have == name)
            .ok_or_else(|| outside(name.clone())),
    }
}
