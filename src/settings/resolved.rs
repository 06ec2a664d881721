//! Settings that passed every check: what the rest of the program works with.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::NaiveDate;
use indexmap::IndexMap;
use polyfolio_execution::optimal_quote::QuoteParams;
use polyfolio_matching::{FeeModel, FillModel};
use polyfolio_model::{Currency, Instrument, InstrumentId, Money, Price, Qty, SleeveId, Span};

pub use super::choices::{
    Algorithm, AtDeadline, Mode, OnBreak, OnLateResume, OnStop, OnStrategyFailure, Rounding,
    Sizing, Unclaimed,
};

/// Everything that a config says, checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where orders go.
    pub mode: Mode,
    /// What must survive a crash: `<state.dir>/<mode>`.
    pub state_dir: PathBuf,
    /// What a run leaves behind for people.
    pub logs_dir: PathBuf,
    /// The price history.
    pub history: HistorySettings,
    /// How sleeves become one book.
    pub portfolio: PortfolioSettings,
    /// The sleeves in config order.
    pub sleeves: IndexMap<SleeveId, SleeveSettings>,
    /// Trading rules.
    pub instruments: Instruments,
    /// How orders are worked.
    pub execution: ExecutionSettings,
    /// What no order may do.
    pub risk: RiskSettings,
    /// The embedded paper broker.
    pub paper: PaperSettings,
}

/// `[history]`.
#[derive(Clone, Debug, Default)]
pub struct HistorySettings {
    /// The file of daily closes.
    pub daily: Option<PathBuf>,
    /// Decide as if this were the last date.
    pub as_of: Option<NaiveDate>,
}

/// `[portfolio]`.
#[derive(Clone, Debug)]
pub struct PortfolioSettings {
    /// What NAV and limits are counted in.
    pub base_currency: Currency,
    /// What weights are shares of.
    pub sizing: Sizing,
    /// Multiplies every target; finite.
    pub leverage: f64,
    /// Whether weights are divided by their sum.
    pub normalize: bool,
    /// Given when the sizing is `reference`; the planner refuses what it cannot size by.
    pub reference_nav: Option<f64>,
    /// Given when the sizing is `reference`.
    pub reference_date: Option<NaiveDate>,
    /// What happens to positions that no sleeve owns.
    pub unclaimed: Unclaimed,
    /// The grid of targets.
    pub rounding: Rounding,
    /// Differences up to this share of the target are left alone; at least 0.
    pub no_trade_band: f64,
    /// Orders worth less are left alone; at least 0.
    pub min_notional: Money,
    /// When a strategy fails.
    pub on_strategy_failure: OnStrategyFailure,
    /// When a run is resumed after its deadline.
    pub on_late_resume: OnLateResume,
    /// When the broker's book differs from ours.
    pub on_break: OnBreak,
    /// When the process is told to stop.
    pub on_stop: OnStop,
}

/// `[sleeve.NAME]`.
#[derive(Clone, Debug)]
pub struct SleeveSettings {
    /// A kind of the registry.
    pub strategy: String,
    /// Finite and at least 0 in `nav` sizing; in `reference` sizing as written, for the planner to
    /// refuse.
    pub weight: f64,
    /// The parameters of the kind, accepted by the registry.
    pub params: serde_json::Value,
    /// Universe, dates and rules of its virtual account.
    pub account: polyfolio_strategies::Settings,
}

/// `[instrument.NAME]`, with what `[instrument.default]` says for the rest.
#[derive(Clone, Debug, Default)]
pub struct Instruments {
    pub(super) default: InstrumentRules,
    pub(super) named: BTreeMap<InstrumentId, InstrumentRules>,
    pub(super) base_currency: Option<Currency>,
    /// Whether a plan may do without ticks and lots.
    pub(super) optional: bool,
}

/// What one table says of an instrument.
#[derive(Clone, Debug, Default)]
pub struct InstrumentRules {
    /// The price grid, above 0.
    pub tick: Option<Price>,
    /// The quantity grid, above 0.
    pub lot: Option<Qty>,
    /// The smallest value of an order.
    pub min_notional: Option<Money>,
    /// What it is quoted in.
    pub currency: Option<Currency>,
    /// Its own quote parameters.
    pub quote: QuoteOverrides,
}

/// Quote parameters that somebody wrote down for an instrument.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct QuoteOverrides {
    /// σ, ticks per √s.
    pub sigma: Option<f64>,
    /// A, per second.
    pub arrival_rate: Option<f64>,
    /// k, per tick.
    pub decay: Option<f64>,
    /// γ, per tick and lot.
    pub risk_aversion: Option<f64>,
    /// b, ticks.
    pub liquidation_cost: Option<f64>,
}

/// `[execution]`.
#[derive(Clone, Debug)]
pub struct ExecutionSettings {
    /// How parent orders are worked.
    pub algorithm: Algorithm,
    /// How long a run may take; above 0.
    pub horizon: Span,
    /// What happens to what is left then.
    pub at_deadline: AtDeadline,
    /// How much one quote shows; above 0.
    pub clip: Option<Qty>,
    /// The shortest time between two quotes; above 0.
    pub requote_min: Span,
    /// The largest order sent; above 0.
    pub max_child: Option<Qty>,
    /// Whether a quote may reach the opposite side.
    pub cross: bool,
    /// The quote parameters where an instrument says nothing; valid, without drift.
    pub quote: QuoteParams,
}

/// `[risk]`: a limit that is not given does not limit.
#[derive(Clone, Debug, Default)]
pub struct RiskSettings {
    /// Σ |position value| / NAV.
    pub max_gross_leverage: Option<f64>,
    /// |Σ position value| / NAV.
    pub max_net_leverage: Option<f64>,
    /// |position value| / NAV.
    pub max_weight_per_instrument: Option<f64>,
    /// The value of one order.
    pub max_order_notional: Option<Money>,
    /// Older closes are stale; days.
    pub max_price_age_days: Option<u32>,
    /// Never traded.
    pub restricted: Vec<InstrumentId>,
}

/// `[broker.paper]`.
#[derive(Clone, Debug)]
pub struct PaperSettings {
    /// The name of the account.
    pub account: String,
    /// Opening cash; at least 0.
    pub cash: Money,
    /// Opening positions.
    pub positions: BTreeMap<InstrumentId, Qty>,
    /// Of all chance in its market.
    pub seed: u64,
    /// How long a message takes each way.
    pub latency: Span,
    /// What trading costs.
    pub fees: FeeModel,
    /// When resting orders trade.
    pub fill_model: FillModel,
    /// Offer less bid, in ticks.
    pub spread_ticks: u32,
}

/// A trading rule that nobody gave.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("instrument {instrument} has no {rule}")]
pub struct NoRule {
    /// Which instrument.
    pub instrument: InstrumentId,
    /// `tick` or `lot`.
    pub rule: &'static str,
}

impl Instruments {
    /// The trading rules of an instrument.
    ///
    /// # Errors
    /// Names the rule that neither its own table nor `[instrument.default]` gives. Where a plan
    /// needs neither tick nor lot (reference sizing without rounding) a missing one is 0: no grid.
    pub fn rules(&self, id: &InstrumentId) -> Result<Instrument, NoRule> {
        let own = self.named.get(id).unwrap_or(&self.default);
        let missing = |rule| NoRule {
            instrument: id.clone(),
            rule,
        };
        let tick = own
            .tick
            .or(self.default.tick)
            .or(self.optional.then_some(Price::ZERO));
        let lot = own
            .lot
            .or(self.default.lot)
            .or(self.optional.then_some(Qty::ZERO));
        let currency = own
            .currency
            .clone()
            .or_else(|| self.default.currency.clone());
        let base = || {
            self.base_currency
                .clone()
                .unwrap_or_else(|| Currency::from(""))
        };
        Ok(Instrument {
            id: id.clone(),
            tick: tick.ok_or_else(|| missing("tick"))?,
            lot: lot.ok_or_else(|| missing("lot"))?,
            min_notional: own
                .min_notional
                .or(self.default.min_notional)
                .unwrap_or_default(),
            currency: currency.unwrap_or_else(base),
        })
    }

    /// What somebody wrote down of an instrument's quote parameters.
    pub fn quote(&self, id: &InstrumentId) -> QuoteOverrides {
        let own = self
            .named
            .get(id)
            .map(|rules| rules.quote)
            .unwrap_or_default();
        let default = self.default.quote;
        QuoteOverrides {
            sigma: own.sigma.or(default.sigma),
            arrival_rate: own.arrival_rate.or(default.arrival_rate),
            decay: own.decay.or(default.decay),
            risk_aversion: own.risk_aversion.or(default.risk_aversion),
            liquidation_cost: own.liquidation_cost.or(default.liquidation_cost),
        }
    }
}

impl Settings {
    /// The quote parameters of an instrument, and the names of the market's parameters (σ, A, k)
    /// that are assumed and not known of it. `sigma` is what its history says, in ticks per √s; what
    /// is written down for the instrument comes before it, `[execution.quote]` after it.
    pub fn quote_params(
        &self,
        id: &InstrumentId,
        sigma: Option<f64>,
    ) -> (QuoteParams, Vec<&'static str>) {
        let assumed = self.execution.quote;
        let own = self.instruments.quote(id);
        let known = [
            ("sigma", own.sigma.or(sigma).is_some()),
            ("arrival_rate", own.arrival_rate.is_some()),
            ("decay", own.decay.is_some()),
        ];
        let params = QuoteParams {
            sigma: own.sigma.or(sigma).unwrap_or(assumed.sigma),
            arrival_rate: own.arrival_rate.unwrap_or(assumed.arrival_rate),
            decay: own.decay.unwrap_or(assumed.decay),
            risk_aversion: own.risk_aversion.unwrap_or(assumed.risk_aversion),
            liquidation_cost: own.liquidation_cost.unwrap_or(assumed.liquidation_cost),
            drift: 0.0,
        };
        let names = known
            .into_iter()
            .filter(|(_, known)| !known)
            .map(|(name, _)| name);
        (params, names.collect())
    }
}
