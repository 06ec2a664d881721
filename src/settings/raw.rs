//! The mirror of the TOML: what was written, typed and complete, with nothing checked beyond that.
//!
//! Only [`resolve`](super::resolve) reads it; the rest of the program sees
//! [`Settings`](super::Settings).

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::NaiveDate;
use polyfolio_matching::FillModel;
use polyfolio_model::{Currency, InstrumentId, Money, Price, Qty, Span};
use polyfolio_strategies::{FillRule, Universe};
use serde::{Deserialize, Deserializer};

use super::resolved::{
    Algorithm, AtDeadline, Mode, OnBreak, OnLateResume, OnStop, OnStrategyFailure, Rounding,
    Sizing, Unclaimed,
};
use super::span;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Raw {
    pub(crate) mode: Mode,
    pub(crate) state: Directory,
    pub(crate) logs: Directory,
    #[serde(default)]
    pub(crate) history: History,
    pub(crate) portfolio: Portfolio,
    #[serde(default)]
    pub(crate) sleeve: BTreeMap<String, Sleeve>,
    #[serde(default)]
    pub(crate) instrument: BTreeMap<String, Instrument>,
    pub(crate) execution: Execution,
    #[serde(default)]
    pub(crate) risk: Risk,
    pub(crate) broker: Brokers,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Directory {
    pub(crate) dir: PathBuf,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct History {
    pub(crate) daily: Option<PathBuf>,
    pub(crate) as_of: Option<NaiveDate>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Portfolio {
    pub(crate) base_currency: Currency,
    pub(crate) sizing: Sizing,
    pub(crate) leverage: f64,
    pub(crate) normalize: bool,
    pub(crate) reference_nav: Option<f64>,
    pub(crate) reference_date: Option<NaiveDate>,
    pub(crate) unclaimed: Unclaimed,
    pub(crate) rounding: Rounding,
    pub(crate) no_trade_band: f64,
    pub(crate) min_notional: Money,
    pub(crate) on_strategy_failure: OnStrategyFailure,
    pub(crate) on_late_resume: OnLateResume,
    pub(crate) on_break: OnBreak,
    pub(crate) on_stop: OnStop,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sleeve {
    pub(crate) strategy: Option<String>,
    pub(crate) weight: Option<f64>,
    pub(crate) universe: Option<Universe>,
    #[serde(default)]
    pub(crate) params: serde_json::Map<String, serde_json::Value>,
    pub(crate) start: Option<NaiveDate>,
    pub(crate) end: Option<NaiveDate>,
    pub(crate) fee_rate: Option<f64>,
    pub(crate) fill: Option<FillRule>,
    pub(crate) lots: Option<bool>,
    pub(crate) capital: Option<f64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Instrument {
    pub(crate) tick: Option<Price>,
    pub(crate) lot: Option<Qty>,
    pub(crate) min_notional: Option<Money>,
    pub(crate) currency: Option<Currency>,
    #[serde(default)]
    pub(crate) quote: Quote,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Quote {
    pub(crate) sigma: Option<f64>,
    pub(crate) arrival_rate: Option<f64>,
    pub(crate) decay: Option<f64>,
    pub(crate) risk_aversion: Option<f64>,
    pub(crate) liquidation_cost: Option<f64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Execution {
    pub(crate) algorithm: Algorithm,
    #[serde(deserialize_with = "length")]
    pub(crate) horizon: Span,
    pub(crate) at_deadline: AtDeadline,
    pub(crate) clip: Option<Qty>,
    #[serde(deserialize_with = "length")]
    pub(crate) requote_min: Span,
    pub(crate) max_child: Option<Qty>,
    pub(crate) cross: bool,
    pub(crate) quote: AssumedQuote,
}

/// The parameters that hold where an instrument says nothing: all of them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AssumedQuote {
    pub(crate) sigma: f64,
    pub(crate) arrival_rate: f64,
    pub(crate) decay: f64,
    pub(crate) risk_aversion: f64,
    pub(crate) liquidation_cost: f64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Risk {
    pub(crate) max_gross_leverage: Option<f64>,
    pub(crate) max_net_leverage: Option<f64>,
    pub(crate) max_weight_per_instrument: Option<f64>,
    pub(crate) max_order_notional: Option<Money>,
    pub(crate) max_price_age_days: Option<u32>,
    #[serde(default)]
    pub(crate) restricted: Vec<InstrumentId>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Brokers {
    pub(crate) paper: Paper,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Paper {
    pub(crate) account: String,
    pub(crate) cash: Money,
    #[serde(default)]
    pub(crate) positions: BTreeMap<InstrumentId, Qty>,
    pub(crate) seed: u64,
    pub(crate) latency_ms: f64,
    pub(crate) fees: String,
    pub(crate) fill_model: FillModel,
    pub(crate) spread_ticks: u32,
}

fn length<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Span, D::Error> {
    let text = String::deserialize(deserializer)?;
    let fault = || serde::de::Error::custom(format!("{text:?} is no length of time"));
    span::parse(&text).ok_or_else(fault)
}
