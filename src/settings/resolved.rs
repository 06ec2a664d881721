//! Settings that passed every check: what the rest of the program works with.

mod broker;
mod instruments;

use std::collections::BTreeSet;
use std::path::PathBuf;

use chrono::NaiveDate;
use indexmap::IndexMap;
use polyfolio_broker_ib::IbConfig;
use polyfolio_broker_paper::PaperConfig;
use polyfolio_execution::optimal_quote::QuoteParams;
use polyfolio_market_data::ReadOptions;
use polyfolio_model::{Currency, InstrumentId, Qty, SleeveId, Span};
use polyfolio_oms::records::AtDeadline;
use polyfolio_oms::router::{LateResume, OnBreak};
use polyfolio_portfolio::plan::{PlanSettings, Rounding};
use polyfolio_portfolio::risk::RiskLimits;
use polyfolio_portfolio::scaling::Sizing;
use polyfolio_ports::NoticeKind;
use polyfolio_strategies::{Host, Source};
use polyfolio_webhook::Target;

pub use broker::{BrokerChoice, OwnBroker};
pub use instruments::{InstrumentRules, Instruments, NoRule, QuoteOverrides};

pub use super::choices::{Algorithm, IbMarketData, IbSecType, Mode, OnStop, OnStrategyFailure};

/// Everything that a config says, checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where orders go.
    pub mode: Mode,
    /// Whose account is traded.
    pub broker: BrokerChoice,
    /// What must survive a crash: `<state.dir>/<mode>`, with the broker's name behind it unless it
    /// is the embedded one.
    pub state_dir: PathBuf,
    /// After how many records a start keeps the book.
    pub snapshot_every: u32,
    /// Whether records stay when a snapshot stands for them.
    pub keep_all: bool,
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
    pub risk: RiskLimits,
    /// The embedded paper broker: account and market, without listings yet.
    pub paper: PaperConfig,
    /// The account at Interactive Brokers, without contracts yet.
    pub ib: IbConfig,
    /// Who outside is told of what.
    pub notify: NotifySettings,
}

/// `[notify]`.
#[derive(Clone, Debug, Default)]
pub struct NotifySettings {
    /// Where notices are posted; nobody is told without.
    pub webhook: Option<Target>,
    /// What is told.
    pub events: BTreeSet<NoticeKind>,
}

/// `[history]`.
#[derive(Clone, Debug, Default)]
pub struct HistorySettings {
    /// The file of daily closes.
    pub daily: Option<PathBuf>,
    /// How its times are taken.
    pub read: ReadOptions,
    /// Decide as if this were the last date.
    pub as_of: Option<NaiveDate>,
}

/// `[portfolio]`.
#[derive(Clone, Debug)]
pub struct PortfolioSettings {
    /// What NAV and limits are counted in.
    pub base_currency: Currency,
    /// Sizing, weights, netting, rounding. In `nav` sizing its numbers were checked here, in
    /// `reference` sizing they are as written, for the planner to refuse.
    pub plan: PlanSettings,
    /// When a strategy fails.
    pub on_strategy_failure: OnStrategyFailure,
    /// When a run is resumed after its deadline.
    pub on_late_resume: LateResume,
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
    /// What evaluates it.
    pub host: Host,
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
    /// How long a sweep may wait for a market after the deadline; above 0.
    pub sweep_for: Span,
    /// The largest order sent; above 0.
    pub max_child: Option<Qty>,
    /// Whether a quote may reach the opposite side.
    pub cross: bool,
    /// The quote parameters where an instrument says nothing; valid, without drift.
    pub quote: QuoteParams,
}

impl SleeveSettings {
    /// Whether it is evaluated over the price history, and not read from a file.
    pub fn is_replayed(&self) -> bool {
        matches!(self.host.source(), Source::Replayed(_))
    }
}

impl Settings {
    /// The account as a person knows it before anybody is connected.
    pub fn account(&self) -> String {
        match &self.broker {
            BrokerChoice::Paper => self.paper.account.clone(),
            BrokerChoice::Ib => match &self.ib.account {
                Some(account) => account.clone(),
                None => format!("at {}:{}", self.ib.host, self.ib.port),
            },
            BrokerChoice::Own(own) => own.kind.account(&own.settings),
        }
    }

    /// Whose money, and which: `paper`, or with a broker's name `ib paper` and `ib live`.
    pub fn venue(&self) -> String {
        match &self.broker {
            BrokerChoice::Paper => self.mode.to_string(),
            broker => format!("{broker} {}", self.mode),
        }
    }

    /// Whether a plan needs prices. It does not when the sizing is `reference`, nothing is rounded,
    /// and every sleeve comes from a file.
    pub fn needs_history(&self) -> bool {
        let plan = &self.portfolio.plan;
        let reference = matches!(plan.scale.sizing, Sizing::Reference { .. });
        let as_they_come = reference && plan.rounding == Rounding::None;
        !as_they_come || self.sleeves.values().any(SleeveSettings::is_replayed)
    }

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
