//! The mirror of the TOML: what was written, typed and complete, with nothing checked beyond that.
//!
//! Only [`resolve`](super::resolve) reads it; the rest of the program sees
//! [`Settings`](super::Settings).

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use chrono::{NaiveDate, NaiveDateTime};
use polyfolio_matching::FillModel;
use polyfolio_model::{Currency, InstrumentId, Money, Price, Qty, Span};
use polyfolio_oms::records::AtDeadline;
use polyfolio_oms::router::{LateResume, OnBreak};
use polyfolio_portfolio::plan::OnDeparture;
use polyfolio_strategies::{FillRule, Universe};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use super::choices::{Algorithm, IbMarketData, IbSecType, Mode, OnStop, OnStrategyFailure};
use super::span;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Raw {
    pub(crate) mode: Mode,
    pub(crate) state: State,
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
    #[serde(default)]
    pub(crate) notify: Notify,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Notify {
    pub(crate) webhook: Option<String>,
    pub(crate) events: Option<Vec<String>>,
}

/// The address is a secret.
impl std::fmt::Debug for Notify {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Notify")
            .field("events", &self.events)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    pub(crate) dir: PathBuf,
    pub(crate) snapshot_every: u32,
    pub(crate) keep_all: bool,
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
    pub(crate) time_zone: Option<String>,
    #[serde(default)]
    pub(crate) bar: Bar,
    pub(crate) as_of: Option<NaiveDate>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Bar {
    #[default]
    Start,
    End,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Portfolio {
    pub(crate) base_currency: Currency,
    pub(crate) sizing: Sizing,
    pub(crate) leverage: f64,
    pub(crate) normalize: bool,
    pub(crate) reference_nav: Option<f64>,
    pub(crate) reference_date: Option<NaiveDateTime>,
    pub(crate) unclaimed: Unclaimed,
    pub(crate) on_departure: OnDeparture,
    pub(crate) rounding: Rounding,
    pub(crate) no_trade_band: f64,
    pub(crate) min_notional: Money,
    pub(crate) on_strategy_failure: OnStrategyFailure,
    pub(crate) on_late_resume: LateResume,
    pub(crate) on_break: OnBreak,
    pub(crate) on_stop: OnStop,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Sizing {
    Nav,
    Reference,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Unclaimed {
    Keep,
    Liquidate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Rounding {
    Lot,
    None,
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
    #[serde(default)]
    pub(crate) ib: IbContract,
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
    #[serde(deserialize_with = "length")]
    pub(crate) sweep_for: Span,
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
#[serde(default, deny_unknown_fields)]
pub(crate) struct Risk {
    pub(crate) max_gross_leverage: Option<f64>,
    pub(crate) max_net_leverage: Option<f64>,
    pub(crate) max_weight_per_instrument: Option<f64>,
    pub(crate) max_order_notional: Option<Money>,
    pub(crate) max_price_age_days: Option<u32>,
    #[serde(deserialize_with = "length_if_given")]
    pub(crate) max_quote_age: Option<Span>,
    pub(crate) max_turnover: Option<f64>,
    pub(crate) max_volume_share: Option<f64>,
    pub(crate) group: BTreeMap<String, Group>,
    pub(crate) max_drawdown: Option<f64>,
    pub(crate) max_sleeve_drawdown: Option<f64>,
    pub(crate) max_daily_loss: Option<f64>,
    pub(crate) on_loss: polyfolio_portfolio::risk::OnLoss,
    pub(crate) restricted: BTreeSet<InstrumentId>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Group {
    pub(crate) instruments: Option<BTreeSet<InstrumentId>>,
    pub(crate) max_weight: Option<f64>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Brokers {
    #[serde(rename = "use")]
    pub(crate) name: String,
    pub(crate) paper: Paper,
    pub(crate) ib: Ib,
    /// The tables of brokers of one's own, which have no mirror.
    #[serde(flatten)]
    #[cfg_attr(not(test), expect(dead_code, reason = "looked at by a test alone"))]
    pub(crate) own: BTreeMap<String, IgnoredAny>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ib {
    pub(crate) host: String,
    pub(crate) port: u32,
    pub(crate) client_id: u32,
    pub(crate) account: Option<String>,
    pub(crate) market_data: IbMarketData,
    pub(crate) outside_rth: bool,
    #[serde(deserialize_with = "length")]
    pub(crate) connect_timeout: Span,
    #[serde(deserialize_with = "length")]
    pub(crate) request_timeout: Span,
    #[serde(deserialize_with = "length")]
    pub(crate) snapshot_timeout: Span,
    #[serde(deserialize_with = "length")]
    pub(crate) heartbeat: Span,
    #[serde(deserialize_with = "length")]
    pub(crate) ack_timeout: Span,
    #[serde(deserialize_with = "length")]
    pub(crate) absence_horizon: Span,
    #[serde(deserialize_with = "length")]
    pub(crate) propagation_lag: Span,
    #[serde(deserialize_with = "length")]
    pub(crate) settle: Span,
    #[serde(deserialize_with = "length")]
    pub(crate) reconnect: Span,
    pub(crate) messages_per_second: u32,
    pub(crate) cancels_reserve: u32,
    pub(crate) maintenance: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IbContract {
    pub(crate) sec_type: Option<IbSecType>,
    pub(crate) symbol: Option<String>,
    pub(crate) exchange: Option<String>,
    pub(crate) primary_exchange: Option<String>,
    pub(crate) expiry: Option<String>,
    pub(crate) trading_class: Option<String>,
    pub(crate) multiplier: Option<String>,
    pub(crate) con_id: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Paper {
    pub(crate) account: String,
    pub(crate) cash: Money,
    #[serde(default)]
    pub(crate) positions: BTreeMap<InstrumentId, Qty>,
    pub(crate) seed: u64,
    pub(crate) latency_ms: u32,
    pub(crate) fees: String,
    pub(crate) fill_model: FillModel,
    pub(crate) spread_ticks: u32,
}

fn length<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Span, D::Error> {
    let text = String::deserialize(deserializer)?;
    let fault = || serde::de::Error::custom(format!("{text:?} is no length of time"));
    span::parse(&text).ok_or_else(fault)
}

fn length_if_given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Span>, D::Error> {
    length(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::super::fault::Fault;
    use super::super::key::Key;
    use super::super::keys::{self, KeyTable, Node};
    use super::super::kind::Kind;
    use super::super::merge::{FlagValue, Merged, Sources};
    use super::*;

    fn example(kind: Kind) -> &'static str {
        match kind {
            Kind::Choice(words) | Kind::Choices(words) => words[0],
            Kind::Switch => "true",
            Kind::Date | Kind::Moment => "2022-12-28",
            Kind::Symbols => "AAPL,XOM",
            Kind::Universe => "all",
            Kind::Free => "1",
            Kind::Text(example)
            | Kind::Secret(example)
            | Kind::Count(example)
            | Kind::Seed(example)
            | Kind::Number(example)
            | Kind::Money(example)
            | Kind::Price(example)
            | Kind::Quantity(example)
            | Kind::Span(example) => example,
        }
    }

    /// Every key of the table, set through the front door, has a place in the mirror.
    #[test]
    fn the_mirror_has_a_place_for_every_key() -> Result<(), Fault> {
        let table = KeyTable::default();
        let mut leaves = keys::leaves(table.root(), &Key::default());
        for named in [
            Key::of(["sleeve", "a"]),
            Key::of(["instrument", "B.C"]),
            Key::of(["sleeve", "a", "params", "x"]),
            Key::of(["broker", "paper", "positions", "B.C"]),
        ] {
            let node = table.at(&named).unwrap_or(Node::Table(&[]));
            leaves.extend(keys::leaves(node, &named));
        }
        assert!(leaves.len() > 60, "{}", leaves.len());
        let flags = leaves.into_iter().map(|(key, kind)| FlagValue {
            name: "--test",
            key,
            text: example(kind).to_owned(),
        });
        let sources = Sources {
            flags: flags.collect(),
            ..Sources::default()
        };
        let raw: Raw = Merged::read(&sources)?.config.try_deserialize()?;
        assert!(raw.sleeve["a"].lots.is_some() && raw.instrument["B.C"].quote.decay.is_some());
        let strangers: Vec<_> = raw.broker.own.keys().collect();
        assert!(strangers.is_empty(), "{strangers:?}");
        Ok(())
    }
}
