//! The same risk in everything, as far as each instrument alone tells.

use polyfolio_analytics::deviations;
use polyfolio_model::InstrumentId;
use polyfolio_ports::{BadState, Phase, Row, Size, Strategy, VirtualAccount, Wishes};
use serde::{Deserialize, Serialize};

use super::absent::Absent;
use super::by_name;
use super::lanes::{LANES, lanes};
use super::own_closes::OwnCloses;
use super::sliding::Sliding;
use crate::memory;
use crate::params::{Param, integer};
use crate::{Kind, Source};

/// Holds every instrument of its universe at a weight in proportion to 1/σ, σ being the sample
/// deviation (n − 1) of its last `window` daily log returns. The weights sum to 1. It rebalances on
/// the first row and at every month end.
///
/// An instrument whose closes did not move in the window has no σ and gets nothing, and so does one
/// that has fewer than `window` + 1 closes of its own, or is gone.
///
/// The "equal-risk budget" of Raul Leote de Carvalho, Xiao Lu and Pierre Moulin (2012),
/// *Demystifying Equity Risk-Based Strategies: A Simple Alpha plus Beta Description*, The Journal of
/// Portfolio Management 38(3).
#[derive(Debug, Clone)]
pub struct InverseVolatility {
    window: usize,
    memory: Memory,
    /// The last `window` log returns by column; they follow from the closes.
    returns: Vec<Sliding<f64>>,
    /// Only for [`why`](Strategy::why); known again from the next row.
    absent: Absent,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Memory {
    /// The last `window` + 1 closes.
    window: OwnCloses,
    /// What was wanted last: weights by column.
    weights: Vec<(InstrumentId, f64)>,
}

impl InverseVolatility {
    /// At least 2 returns; otherwise `None`.
    pub fn new(window: usize) -> Option<Self> {
        (window >= 2).then(|| Self {
            window,
            memory: Memory::default(),
            returns: Vec::new(),
            absent: Absent::default(),
        })
    }

    fn rows(&self) -> usize {
        self.window.saturating_add(1)
    }

    fn push(&mut self, row: &Row<'_>) {
        self.memory.window.push(row, self.rows());
        self.returns
            .resize_with(row.instruments.len(), Sliding::default);
        for (column, returns) in self.returns.iter_mut().enumerate() {
            if row.has_close(column)
                && let &[before, close] = self.memory.window.last(2, column)
            {
                returns.push(f64::ln(close / before), self.window);
            }
        }
    }

    /// 1/σ by column, or 0 for what did not move, has too few closes or is gone.
    fn inverses(&self, row: &Row<'_>) -> Vec<f64> {
        let mut inverses = vec![0.0; row.instruments.len()];
        let is_due = |&column: &usize| {
            row.is_current(column) && self.memory.window.len(column) == self.rows()
        };
        let mut due = (0..row.instruments.len()).filter(is_due);
        while let Some(columns) = lanes(&mut due) {
            let sigmas = deviations(columns.map(|column| self.returns[column].all()));
            for lane in 0..LANES {
                if sigmas[lane] > 0.0 {
                    inverses[columns[lane]] = 1.0 / sigmas[lane];
                }
            }
        }
        inverses
    }

    /// What is wanted from now on, by column.
    fn weigh(&mut self, row: &Row<'_>) {
        let inverses = self.inverses(row);
        let sum: f64 = inverses.iter().sum();
        let weight = |inverse: f64| if sum > 0.0 { inverse / sum } else { 0.0 };
        let weights = inverses.into_iter().map(weight);
        let memory = &mut self.memory.weights;
        if memory.len() == row.instruments.len() {
            let former = memory.iter_mut().zip(weights);
            former.for_each(|((_, former), weight)| *former = weight);
        } else {
            *memory = row.instruments.iter().cloned().zip(weights).collect();
        }
    }
}

impl Strategy for InverseVolatility {
    fn warm_up(&self) -> usize {
        self.window
    }

    fn on_row(&mut self, row: &Row<'_>, account: &VirtualAccount<'_>) -> Vec<(InstrumentId, Size)> {
        by_name(self, row, account)
    }

    fn wish(&mut self, row: &Row<'_>, _: &VirtualAccount<'_>, wishes: &mut Wishes) {
        self.push(row);
        let (window, rows) = (&self.memory.window, self.rows());
        self.absent.look(row, |column| window.len(column) == rows);
        let is_due = row.phase == Phase::First || row.is_month_end;
        if row.phase == Phase::WarmUp || !is_due || window.longest() < rows {
            return;
        }
        self.weigh(row);
        for (column, (_, weight)) in self.memory.weights.iter().enumerate() {
            wishes.column(column, Size::Weight(*weight));
        }
    }

    fn why(&self) -> String {
        let (have, rows) = (self.memory.window.longest(), self.rows());
        if have < rows {
            return format!("waits: {have} of {rows} closes seen");
        }
        let held = self
            .memory
            .weights
            .iter()
            .filter(|(_, weight)| *weight > 0.0);
        let least = held.clone().min_by(|a, b| a.1.total_cmp(&b.1));
        let most = held.clone().max_by(|a, b| a.1.total_cmp(&b.1));
        match (least, most) {
            (Some(least), Some(most)) => format!(
                "{} names by 1/σ of {} days, {} {:.1}% to {} {:.1}%{}",
                held.count(),
                self.window,
                least.0,
                least.1 * 100.0,
                most.0,
                most.1 * 100.0,
                self.absent
            ),
            _ => "waits for a month end".to_owned(),
        }
    }

    fn state(&self) -> Vec<u8> {
        memory::save(&self.memory)
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), BadState> {
        let memory: Memory = memory::load(state)?;
        memory.window.check(self.rows(), memory.weights.len())?;
        let returns = |column| {
            let closes = memory.window.last(self.rows(), column);
            let mut returns = Sliding::default();
            for pair in closes.windows(2) {
                returns.push(f64::ln(pair[1] / pair[0]), self.window);
            }
            returns
        };
        self.returns = (0..memory.window.columns()).map(returns).collect();
        self.memory = memory;
        Ok(())
    }
}

const PARAMS: &[Param] = &[integer("window", 2, 60, "daily returns that σ is taken of")];

pub(super) fn kind() -> Kind {
    Kind::new(
        "inverse_volatility",
        "holds everything, the calmer the more",
        PARAMS,
        "{ window = 60 }",
        |params| {
            let strategy = InverseVolatility::new(params.integer("window"));
            let refuse = || params.refuse("window", "at least 2");
            strategy.map(Source::strategy).ok_or_else(refuse)
        },
    )
    .about(
        "Weights are in proportion to 1/σ and sum to 1; σ is the standard deviation (n − 1) of the \
         last `window` daily log returns of an instrument. Correlations are not looked at. An \
         instrument whose closes did not move has no σ and gets nothing.\n\n\
         It is brought to these weights on the first traded row and at every month end, and left \
         alone in between. Long only.",
    )
    .reference(
        "Raul Leote de Carvalho, Xiao Lu and Pierre Moulin (2012), Demystifying Equity Risk-Based \
         Strategies: A Simple Alpha plus Beta Description, The Journal of Portfolio Management \
         38(3), 56–70 (equal-risk budget)",
    )
    .warm_up("`window` + 1 closes")
}
