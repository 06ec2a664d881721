//! Trend by two moving averages.

use polyfolio_model::{InstrumentId, Price};
use polyfolio_ports::{BadState, Phase, Row, Size, Strategy, VirtualAccount, Wishes};
use serde::{Deserialize, Serialize};

use super::absent::Absent;
use super::averages::{Averages, Lengths};
use super::by_name;
use super::sliding::Sliding;
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
    lengths: Lengths,
    /// By column.
    averages: Vec<Averages>,
    /// Which instruments are held.
    on: Vec<bool>,
    /// Only for [`why`](Strategy::why); known again from the next row.
    absent: Absent,
}

/// What must be kept; the averages follow from it.
#[derive(Debug, Serialize, Deserialize)]
struct Memory {
    /// The last `slow` closes of each instrument, the latest at the back.
    windows: Vec<Sliding<Price>>,
    /// Which instruments are held.
    on: Vec<bool>,
}

impl SmaCross {
    /// Windows in rows, 1 ≤ `fast` < `slow`; otherwise `None`.
    pub fn new(fast: usize, slow: usize) -> Option<Self> {
        let valid = 1 <= fast && fast < slow;
        valid.then(|| Self {
            lengths: Lengths { fast, slow },
            averages: Vec::new(),
            on: Vec::new(),
            absent: Absent::default(),
        })
    }

    fn push(&mut self, row: &Row<'_>) {
        let columns = row.instruments.len();
        self.averages.resize_with(columns, Averages::default);
        self.on.resize(columns, false);
        for (column, averages) in self.averages.iter_mut().enumerate() {
            if row.has_close(column) {
                averages.push(row.prices[column], self.lengths);
            }
        }
    }

    /// Whether an instrument is to be held from now on.
    fn next(&self, row: &Row<'_>, column: usize) -> bool {
        match row.has_close(column) {
            true => self.averages[column].is_above(self.lengths),
            false => self.on[column] && !row.is_gone(column),
        }
    }
}

impl Strategy for SmaCross {
    fn warm_up(&self) -> usize {
        self.lengths.slow - 1
    }

    fn on_row(&mut self, row: &Row<'_>, account: &VirtualAccount<'_>) -> Vec<(InstrumentId, Size)> {
        by_name(self, row, account)
    }

    fn wish(&mut self, row: &Row<'_>, _: &VirtualAccount<'_>, wishes: &mut Wishes) {
        self.push(row);
        let (averages, slow) = (&self.averages, self.lengths.slow);
        let has_enough = |column: usize| averages[column].closes().len() == slow;
        self.absent.look(row, has_enough);
        if row.phase == Phase::WarmUp {
            return;
        }
        let weight = 1.0 / row.instruments.len() as f64;
        for column in 0..row.instruments.len() {
            let is_on = self.next(row, column);
            if std::mem::replace(&mut self.on[column], is_on) != is_on {
                wishes.column(column, Size::Weight(if is_on { weight } else { 0.0 }));
            }
        }
    }

    fn why(&self) -> String {
        let on = self.on.iter().filter(|&&on| on).count();
        let (Lengths { fast, slow }, all) = (self.lengths, self.on.len());
        let absent = &self.absent;
        let seen = self.averages.iter().map(|one| one.closes().len());
        let seen = seen.max().unwrap_or_default();
        if seen < slow {
            return format!("waits: {seen} of {slow} closes seen");
        }
        format!("{on} of {all}: {fast}-day average above {slow}-day{absent}")
    }

    fn state(&self) -> Vec<u8> {
        let windows = self
            .averages
            .iter()
            .map(|averages| averages.closes().clone());
        memory::save(&Memory {
            windows: windows.collect(),
            on: self.on.clone(),
        })
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), BadState> {
        let memory: Memory = memory::load(state)?;
        let too_long = |window: &Sliding<Price>| window.len() > self.lengths.slow;
        if memory.windows.len() != memory.on.len() || memory.windows.iter().any(too_long) {
            return Err(BadState("windows of another length".to_owned()));
        }
        let windows = memory.windows.iter();
        let averages = windows.map(|window| Averages::of(window, self.lengths));
        self.averages = averages.collect();
        self.on = memory.on;
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
