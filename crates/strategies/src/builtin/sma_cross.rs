//! Trend by two moving averages.

use std::collections::VecDeque;

use polyfolio_model::{InstrumentId, Price};
use polyfolio_ports::{BadState, Phase, Row, Size, Strategy, VirtualAccount};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::absent::Absent;
use crate::params::{Param, integer};
use crate::{Kind, Source, memory};

/// Holds an instrument while the mean of its last `fast` closes is above that of its last `slow`.
///
/// It starts with nothing. An instrument that turns on is bought at weight 1/n, one that turns off
/// is sold; the others are left as they are. The comparison is exact: averages that are equal are
/// not "above", whatever the rounding of doubles says. Until it has `slow` closes of its own an
/// instrument is off; one that is gone is off as well.
#[derive(Debug, Clone)]
pub struct SmaCross {
    fast: usize,
    slow: usize,
    memory: Memory,
    fast_sums: Vec<Price>,
    slow_sums: Vec<Price>,
    /// Only for [`why`](Strategy::why); known again from the next row.
    absent: Absent,
}

/// What must be kept; the sums follow from it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Memory {
    /// The last `slow` closes of each instrument, the latest at the back.
    windows: Vec<VecDeque<Price>>,
    /// Which instruments are held.
    on: Vec<bool>,
}

impl SmaCross {
    /// Windows in rows, 1 ≤ `fast` < `slow`; otherwise `None`.
    pub fn new(fast: usize, slow: usize) -> Option<Self> {
        let valid = 1 <= fast && fast < slow;
        valid.then(|| Self {
            fast,
            slow,
            memory: Memory::default(),
            fast_sums: Vec::new(),
            slow_sums: Vec::new(),
            absent: Absent::default(),
        })
    }

    fn grow(&mut self, columns: usize) {
        self.fast_sums.resize(columns, Price::ZERO);
        self.slow_sums.resize(columns, Price::ZERO);
        self.memory.windows.resize(columns, VecDeque::new());
        self.memory.on.resize(columns, false);
    }

    fn push(&mut self, column: usize, price: Price) {
        let window = &mut self.memory.windows[column];
        let leaves = window.len().checked_sub(self.fast);
        if let Some(&leaves) = leaves.and_then(|at| window.get(at)) {
            self.fast_sums[column] -= leaves;
        }
        if window.len() == self.slow
            && let Some(leaves) = window.pop_front()
        {
            self.slow_sums[column] -= leaves;
        }
        self.fast_sums[column] += price;
        self.slow_sums[column] += price;
        window.push_back(price);
    }

    /// Whether an instrument is to be held from now on.
    fn next(&self, row: &Row<'_>, column: usize) -> bool {
        let has_enough = self.memory.windows[column].len() == self.slow;
        match row.has_close(column) {
            true => has_enough && self.is_above(column),
            false => self.memory.on[column] && !row.is_gone(column),
        }
    }

    /// Whether the fast average is above the slow one, without dividing.
    fn is_above(&self, column: usize) -> bool {
        let fast = Decimal::from(self.slow) * self.fast_sums[column].get();
        fast > Decimal::from(self.fast) * self.slow_sums[column].get()
    }
}

impl Strategy for SmaCross {
    fn warm_up(&self) -> usize {
        self.slow - 1
    }

    fn on_row(&mut self, row: &Row<'_>, _: &VirtualAccount<'_>) -> Vec<(InstrumentId, Size)> {
        self.grow(row.instruments.len());
        for (column, &price) in row.prices.iter().enumerate() {
            if row.has_close(column) {
                self.push(column, price);
            }
        }
        let windows = &self.memory.windows;
        self.absent = Absent::of(row, |column| windows[column].len() == self.slow);
        if row.phase == Phase::WarmUp {
            return Vec::new();
        }
        let weight = 1.0 / row.instruments.len() as f64;
        let mut wishes = Vec::new();
        for (column, name) in row.instruments.iter().enumerate() {
            let is_on = self.next(row, column);
            if std::mem::replace(&mut self.memory.on[column], is_on) != is_on {
                let size = Size::Weight(if is_on { weight } else { 0.0 });
                wishes.push((name.clone(), size));
            }
        }
        wishes
    }

    fn why(&self) -> String {
        let on = self.memory.on.iter().filter(|&&on| on).count();
        let (fast, slow, all) = (self.fast, self.slow, self.memory.on.len());
        let absent = &self.absent;
        format!("{on} of {all}: {fast}-day average above {slow}-day{absent}")
    }

    fn state(&self) -> Vec<u8> {
        memory::save(&self.memory)
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), BadState> {
        let memory: Memory = memory::load(state)?;
        let columns = memory.on.len();
        let too_long = |window: &VecDeque<Price>| window.len() > self.slow;
        if memory.windows.len() != columns || memory.windows.iter().any(too_long) {
            return Err(BadState("windows of another length".to_owned()));
        }
        let mut fresh = Self {
            memory: Memory::default(),
            fast_sums: Vec::new(),
            slow_sums: Vec::new(),
            ..self.clone()
        };
        fresh.grow(columns);
        for (column, window) in memory.windows.iter().enumerate() {
            window.iter().for_each(|&price| fresh.push(column, price));
        }
        fresh.memory.on = memory.on;
        *self = fresh;
        Ok(())
    }
}

const PARAMS: &[Param] = &[
    integer("fast", 1, 50, "rows of the fast average"),
    integer("slow", 2, 200, "rows of the slow average, more than fast"),
];

pub(super) fn kind() -> Kind {
    Kind::new(
        "sma_cross",
        "holds what has its fast moving average above the slow one",
        PARAMS,
        "{ fast = 50, slow = 200 }",
        |params| {
            let strategy = SmaCross::new(params.integer("fast"), params.integer("slow"));
            let refuse = || params.refuse("slow", "more than \"fast\"");
            strategy.map(Source::strategy).ok_or_else(refuse)
        },
    )
    .about(
        "An instrument is held while the mean of its last `fast` closes is above that of its last \
         `slow`, today's among them. The comparison is exact: equal averages are not above.\n\n\
         It is looked at on every row. An instrument that turns is brought to 1/n of the equity, n \
         being the size of the universe, or to nothing; the others are left as they are. Long only.",
    )
    .reference(
        "William Brock, Josef Lakonishok and Blake LeBaron (1992), Simple Technical Trading Rules \
         and the Stochastic Properties of Stock Returns, The Journal of Finance 47(5)",
    )
    .warm_up("`slow` closes, today's among them")
}
