//! Another strategy, at the same risk whatever the market does.

use std::fmt;
use std::sync::Arc;

use polyfolio_analytics::volatility;
use polyfolio_model::InstrumentId;
use polyfolio_ports::{BadState, Phase, Row, Size, Strategy, VirtualAccount, Wishes};
use serde::{Deserialize, Serialize};

use super::by_name;
use super::model_book::ModelBook;
use super::window::Window;
use crate::params::{Bounds, Param, ParamType, choice, integer, number};
use crate::{Kind, Source, memory};

/// Holds what another strategy holds, times target/σ, at most `leverage_max` times.
///
/// The other one lives in a model account of its own, filled at the closes it decides on, without
/// fees. With the weights w that it holds there, σ = √(252 · wᵀ Σ w), where Σ is the sample
/// covariance (n − 1) of the daily returns close/close before − 1 over the last `window` rows:
/// what these weights would have varied by, a year. A portfolio that does not vary is held at
/// `leverage_max`. Until there are `window` + 1 closes nothing is held.
///
/// On a row where something that is held has no close it counts as one that did not move, and moves
/// the more on its next. A row before its first close says nothing of the portfolio and is left
/// out; with fewer than 2 left the factor stays what it was.
///
/// Campbell R. Harvey, Edward Hoyle, Russell Korgaonkar, Sandy Rattray, Matthew Sargaison and Otto
/// Van Hemert (2018), *The Impact of Volatility Targeting*, The Journal of Portfolio Management
/// 45(1).
pub struct VolatilityTarget {
    inside: Box<dyn Strategy>,
    scaling: Scaling,
    memory: Memory,
    /// What the strategy inside wishes for on a row; used again for the next one.
    wishes: Wishes,
}

/// How another strategy is scaled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scaling {
    target: f64,
    window: usize,
    leverage_max: f64,
    rescale: Rescale,
}

/// When the factor is taken anew, beside the rows on which the strategy inside trades.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rescale {
    /// At month ends.
    Monthly,
    /// On every row.
    Daily,
}

impl Rescale {
    const WORDS: &[&str] = &["monthly", "daily"];
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Memory {
    /// The last `window` + 1 rows.
    window: Window,
    /// What the strategy inside holds; `None` before the first row.
    book: Option<ModelBook>,
    /// What held when it was taken last.
    factor: Option<Factor>,
    /// What the strategy inside remembers, put here when this is saved.
    inside: Vec<u8>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Factor {
    /// A year's, of the portfolio inside.
    volatility: f64,
    times: f64,
}

impl Scaling {
    /// A volatility above 0, at least 2 returns, and a greatest factor above 0; otherwise `None`.
    pub fn new(target: f64, window: usize, leverage_max: f64, rescale: Rescale) -> Option<Self> {
        let is_positive = |number: f64| number.is_finite() && number > 0.0;
        let valid = is_positive(target) && window >= 2 && is_positive(leverage_max);
        valid.then_some(Self {
            target,
            window,
            leverage_max,
            rescale,
        })
    }

    /// The closes that so many returns are made of.
    fn rows(self) -> usize {
        self.window.saturating_add(1)
    }
}

impl VolatilityTarget {
    /// A strategy that has seen nothing, scaled.
    pub fn new(inside: Box<dyn Strategy>, scaling: Scaling) -> Self {
        Self {
            inside,
            scaling,
            memory: Memory::default(),
            wishes: Wishes::default(),
        }
    }

    /// The volatility that these weights would have had over the window: the deviation of the
    /// weighted returns is √(wᵀ Σ w), without a matrix.
    fn factor(&self, weights: &[f64]) -> Option<Factor> {
        let weighted = |(before, row): (&[f64], &[f64])| {
            let columns = weights.iter().zip(before.iter().zip(row));
            let mut held = columns.filter(|(weight, _)| **weight != 0.0);
            held.try_fold(0.0, |sum, (weight, (&before, close))| {
                (before > 0.0).then(|| sum + weight * (close / before - 1.0))
            })
        };
        let returns: Vec<f64> = self.memory.window.steps().filter_map(weighted).collect();
        if returns.len() < 2 {
            return self.memory.factor;
        }
        let volatility = volatility(&returns);
        let times = match volatility > 0.0 {
            true => (self.scaling.target / volatility).min(self.scaling.leverage_max),
            false => self.scaling.leverage_max,
        };
        Some(Factor { volatility, times })
    }

    /// Lets the strategy inside see the row and trade; gives whether it did. `None` where its wishes
    /// cannot be filled.
    fn step(&mut self, row: &Row<'_>, account: &VirtualAccount<'_>) -> Option<bool> {
        let fresh = || ModelBook::new(account.equity, row.instruments.len());
        let book = self.memory.book.get_or_insert_with(fresh);
        self.wishes.clear();
        self.inside.wish(row, &book.view(row), &mut self.wishes);
        if row.phase == Phase::WarmUp {
            return Some(false);
        }
        book.fill(row, &self.wishes)
    }
}

impl fmt::Debug for VolatilityTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VolatilityTarget")
            .field("scaling", &self.scaling)
            .field("memory", &self.memory)
            .finish_non_exhaustive()
    }
}

impl Strategy for VolatilityTarget {
    fn warm_up(&self) -> usize {
        self.inside.warm_up().max(self.scaling.window)
    }

    fn names(&self) -> Vec<InstrumentId> {
        self.inside.names()
    }

    fn on_row(&mut self, row: &Row<'_>, account: &VirtualAccount<'_>) -> Vec<(InstrumentId, Size)> {
        by_name(self, row, account)
    }

    fn wish(&mut self, row: &Row<'_>, account: &VirtualAccount<'_>, wishes: &mut Wishes) {
        self.memory.window.push(row, self.scaling.rows());
        let Some(is_traded) = self.step(row, account) else {
            // Whoever hears them as they are says what is wrong with them.
            wishes.append(&mut self.wishes);
            return;
        };
        if row.phase == Phase::WarmUp || self.memory.window.len() < self.scaling.rows() {
            return;
        }
        let is_time = self.scaling.rescale == Rescale::Daily || row.is_month_end;
        if !(is_traded || is_time || self.memory.factor.is_none()) {
            return;
        }
        let book = self.memory.book.as_ref();
        let weights = book
            .map(|book| book.weights(row.closes))
            .unwrap_or_default();
        let Some(factor) = self.factor(&weights) else {
            return;
        };
        self.memory.factor = Some(factor);
        for (column, weight) in weights.into_iter().enumerate() {
            wishes.column(column, Size::Weight(factor.times * weight));
        }
    }

    fn why(&self) -> String {
        let (have, rows) = (self.memory.window.len(), self.scaling.rows());
        let inside = self.inside.why();
        match self.memory.factor {
            _ if have < rows => format!("waits: {have} of {rows} closes seen"),
            None => inside,
            Some(factor) => {
                let (is, wanted) = (factor.volatility * 100.0, self.scaling.target * 100.0);
                let times = factor.times;
                format!("{times:.2} times, volatility {is:.1}% for {wanted:.1}%: {inside}")
            }
        }
    }

    fn state(&self) -> Vec<u8> {
        memory::save(&Memory {
            inside: self.inside.state(),
            ..self.memory.clone()
        })
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), BadState> {
        let mut memory: Memory = memory::load(state)?;
        let columns = memory.book.as_ref().map(ModelBook::columns);
        memory.window.check(self.scaling.rows(), columns)?;
        self.inside.restore(&std::mem::take(&mut memory.inside))?;
        self.memory = memory;
        Ok(())
    }
}

const PARAMS: &[Param] = &[
    Param {
        name: "of",
        kind: ParamType::Strategy { default: None },
        doc: "the strategy that is scaled",
    },
    number(
        "target",
        Bounds::POSITIVE.at_most(2.0),
        0.10,
        "the volatility wanted, a year's; 0.10 is 10%",
    ),
    integer(
        "window",
        2,
        60,
        "daily returns that the volatility is taken of",
    ),
    number("leverage_max", Bounds::POSITIVE, 1.0, "the greatest factor"),
    choice(
        "rescale",
        Rescale::WORDS,
        "when the factor is taken anew, beside the rows on which the other trades",
    ),
];

pub(super) fn kind() -> Kind {
    Kind::wrapping(
        "volatility_target",
        "holds what another strategy does, at a constant volatility",
        PARAMS,
        "{ target = 0.10, window = 60, leverage_max = 1.5, rescale = \"monthly\", \
         of = { strategy = \"momentum\", params = { top = 5 } } }",
        |params, registry| {
            let wrapped = params.wrapped("of", registry)?;
            let rescale = match params.text("rescale") {
                "daily" => Rescale::Daily,
                _ => Rescale::Monthly,
            };
            let scaling = Scaling::new(
                params.number("target"),
                params.integer("window"),
                params.number("leverage_max"),
                rescale,
            );
            let scaling = scaling.ok_or_else(|| params.refuse("target", "above 0"))?;
            Ok(Source::Replayed(Arc::new(move || {
                Box::new(VolatilityTarget::new((wrapped.make)(), scaling))
            })))
        },
    )
    .about(
        "What the strategy inside holds, in an account of its own, is held times target/σ, at most \
         `leverage_max` times. σ = √(252 · wᵀ Σ w) with its present weights w and the covariance Σ \
         (n − 1) of the last `window` daily returns: what these weights would have varied by. A \
         portfolio that does not vary is held at `leverage_max`.\n\n\
         The factor is taken anew, and everything brought to it, when the strategy inside trades and \
         at every month end, or on every row with rescale = \"daily\". The account inside pays no \
         fees and fills at the close of the decision; the sleeve's fee_rate, fill and lots hold for \
         what is really held. What goes beyond the equity is borrowed at no cost; [risk] limits it.",
    )
    .reference(
        "Campbell R. Harvey, Edward Hoyle, Russell Korgaonkar, Sandy Rattray, Matthew Sargaison and \
         Otto Van Hemert (2018), The Impact of Volatility Targeting, The Journal of Portfolio \
         Management 45(1), 14–33",
    )
    .warm_up("`window` + 1 closes, and what the strategy inside needs")
}
