//! How the book is sized and its orders worked.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;
use polyfolio_execution::AlgoSpec;
use polyfolio_model::{Currency, Instrument, InstrumentId, Qty, SleeveId, Span};
use polyfolio_oms::records::AtDeadline;
use polyfolio_portfolio::RiskLimits;
use polyfolio_portfolio::plan::PlanSettings;

/// What happens when a strategy fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnStrategyFailure {
    /// Its sleeve stays as it is, the others go on.
    HoldSleeve,
    /// Nothing is planned.
    Abort,
}

/// How an order for so much of an instrument is worked.
pub type AlgoChoice = Arc<dyn Fn(&Instrument, Qty) -> AlgoSpec + Send + Sync>;

/// How parents are worked.
#[derive(Clone)]
pub struct ExecutionSettings {
    /// The algorithm of each order.
    pub algo: AlgoChoice,
    /// How long a run may take.
    pub horizon: Span,
    /// What happens to the remainder then.
    pub at_deadline: AtDeadline,
    /// No child above this quantity.
    pub max_child: Option<Qty>,
    /// How long a sweep may wait for the market.
    pub sweep_for: Span,
}

impl std::fmt::Debug for ExecutionSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExecutionSettings")
            .field("horizon", &self.horizon)
            .finish_non_exhaustive()
    }
}

/// How the book is sized.
#[derive(Clone, Debug)]
pub struct ScalerSettings {
    /// Sleeves and weights, in config order.
    pub weights: IndexMap<SleeveId, f64>,
    /// Sizing, netting, rounding.
    pub plan: PlanSettings,
    /// What is allowed.
    pub limits: RiskLimits,
    /// What instruments without rules are counted in.
    pub base_currency: Currency,
    /// Trading rules.
    pub instruments: BTreeMap<InstrumentId, Instrument>,
    /// How parents are worked.
    pub execution: ExecutionSettings,
    /// What happens when a strategy fails.
    pub on_strategy_failure: OnStrategyFailure,
    /// How long a strategy may compute (host time).
    pub strategy_timeout: Span,
}
