//! Trend by two moving averages.

use std::collections::VecDeque;

use polyfolio_model::{InstrumentId, Price};
use polyfolio_ports::{BadState, Phase, Row, Size, Strategy, VirtualAccount};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::params::{Param, integer};
use crate::{Kind, Source, memory};

/// Holds an instrument while the mean of its last `fast` closes is above that of its last `slow`.
///
/// It starts with nothing. An instrument that turns on is bought at weight 1/n, one that turns off
/// is sold; the others are left as they are. The comparison is exact: averages that are equal are
/// not "above", whatever the rounding of doubles says. Until there are `slow` rows all is off.
#[derive(Debug, Clone)]
pub struct SmaCross {
    fast: usize,
    slow: usize,
    memory: Memory,
    fast_sums: Vec<Price>,
    slow_sums: Vec<Price>,
}

/// What must be kept; the sums follow from it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Memory {
    /// The last `slow` rows of prices, the latest at the back.
    window: VecDeque<Vec<Price>>,
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
        })
    }

    fn push(&mut self, prices: &[Price]) {
        self.fast_sums.resize(prices.len(), Price::ZERO);
        self.slow_sums.resize(prices.len(), Price::ZERO);
        let window = &mut self.memory.window;
        if let Some(leaves) = window
            .len()
            .checked_sub(self.fast)
            .and_then(|at| window.get(at))
        {
            subtract(&mut self.fast_sums, leaves);
        }
        let mut row = Vec::new();
        if window.len() == self.slow {
            row = window.pop_front().unwrap_or_default();
            subtract(&mut self.slow_sums, &row);
            row.clear();
        }
        add(&mut self.fast_sums, prices);
        add(&mut self.slow_sums, prices);
        row.extend_from_slice(prices);
        window.push_back(row);
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
        self.push(row.prices);
        self.memory.on.resize(row.instruments.len(), false);
        if row.phase == Phase::WarmUp || self.memory.window.len() < self.slow {
            return Vec::new();
        }
        let weight = 1.0 / row.instruments.len() as f64;
        let mut wishes = Vec::new();
        for (column, name) in row.instruments.iter().enumerate() {
            let above = self.is_above(column);
            if std::mem::replace(&mut self.memory.on[column], above) != above {
                let size = Size::Weight(if above { weight } else { 0.0 });
                wishes.push((name.clone(), size));
            }
        }
        wishes
    }

    fn why(&self) -> String {
        let on = self.memory.on.iter().filter(|&&on| on).count();
        let (fast, slow, all) = (self.fast, self.slow, self.memory.on.len());
        format!("{on} of {all}: {fast}-day average above {slow}-day")
    }

    fn state(&self) -> Vec<u8> {
        memory::save(&self.memory)
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), BadState> {
        let memory: Memory = memory::load(state)?;
        let mut fresh = Self {
            memory: Memory::default(),
            ..self.clone()
        };
        (fresh.fast_sums, fresh.slow_sums) = (Vec::new(), Vec::new());
        for row in &memory.window {
            if row.len() != memory.on.len() {
                return Err(BadState("rows of different length".to_owned()));
            }
            fresh.push(row);
        }
        fresh.memory.on = memory.on;
        *self = fresh;
        Ok(())
    }
}

fn add(sums: &mut [Price], prices: &[Price]) {
    sums.iter_mut()
        .zip(prices)
        .for_each(|(sum, &price)| *sum += price);
}

fn subtract(sums: &mut [Price], prices: &[Price]) {
    sums.iter_mut()
        .zip(prices)
        .for_each(|(sum, &price)| *sum -= price);
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
