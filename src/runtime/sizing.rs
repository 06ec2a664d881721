//! Settings, as the scaler and the router take them.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use polyfolio_actors::scaler::{ExecutionSettings, OnStrategyFailure as OnFailure, ScalerSettings};
use polyfolio_execution::AlgoSpec;
use polyfolio_execution::algo::Style;
use polyfolio_execution::optimal_quote::QuoteParams;
use polyfolio_market_data::History;
use polyfolio_model::{Instrument, InstrumentId, Price, Qty, Span, convert};
use polyfolio_oms::RouterConfig;
use polyfolio_oms::router::StopPolicy;
use polyfolio_ports::Capabilities;

use crate::failure::Failure;
use crate::settings::{Algorithm, OnStop, OnStrategyFailure, Settings};

/// Rows that volatility is measured over: a quarter of a year of trading days.
pub const VOLATILITY_ROWS: usize = 63;
/// Seconds in a trading session, for volatility per second.
const SESSION_S: f64 = 23_400.0;
/// Clips that an order is worked in when the config names no clip.
const CLIPS: i64 = 10;
/// The length of a slice of a scheduled order.
const SLICE_S: i64 = 30;

/// How the book is sized and worked.
pub(super) fn scaler_settings(
    settings: &Settings,
    history: Option<&History>,
    as_of: Option<NaiveDate>,
) -> Result<ScalerSettings, Failure> {
    let portfolio = &settings.portfolio;
    Ok(ScalerSettings {
        weights: settings
            .sleeves
            .iter()
            .map(|(id, s)| (id.clone(), s.weight))
            .collect(),
        plan: portfolio.plan,
        limits: settings.risk.clone(),
        base_currency: portfolio.base_currency.clone(),
        instruments: instruments(settings, history)?,
        execution: execution(settings, history, as_of),
        on_strategy_failure: match portfolio.on_strategy_failure {
            OnStrategyFailure::HoldSleeve => OnFailure::HoldSleeve,
            OnStrategyFailure::Abort => OnFailure::Abort,
        },
        strategy_timeout: Span::from_secs(120),
    })
}

/// The trading rules of everything in the history and in the opening account. What no sleeve may
/// want and nobody holds needs none: an instrument of the history without them is not listed.
pub(super) fn instruments(
    settings: &Settings,
    history: Option<&History>,
) -> Result<BTreeMap<InstrumentId, Instrument>, Failure> {
    let of_history = history.into_iter().flat_map(|h| h.instruments().iter());
    let known =
        of_history.filter_map(|id| Some((id.clone(), settings.instruments.rules(id).ok()?)));
    let mut rules: BTreeMap<_, _> = known.collect();
    let opening = settings
        .broker
        .is_embedded()
        .then_some(&settings.paper.positions);
    for id in opening.into_iter().flatten().map(|(id, _)| id) {
        let rule = settings.instruments.rules(id).map_err(|error| {
            Failure::usage(error.to_string()).line(format!(
                "give it in [instrument.default] or [instrument.{id}]"
            ))
        })?;
        rules.insert(id.clone(), rule);
    }
    Ok(rules)
}

/// σ of each instrument in ticks per √s, from the volatility of its last closes.
pub fn sigmas(
    settings: &Settings,
    history: Option<&History>,
    as_of: Option<NaiveDate>,
) -> BTreeMap<InstrumentId, f64> {
    let Some(history) = history else {
        return BTreeMap::new();
    };
    let history = as_of.map_or_else(|| history.clone(), |date| history.up_to(date));
    let volatility = history.daily_volatility(VOLATILITY_ROWS);
    let daily: BTreeMap<_, _> = history.instruments().iter().zip(volatility).collect();
    let prices = history.last_prices();
    let sigma = prices.filter_map(|(id, _, price)| {
        let daily = daily.get(id).copied().flatten();
        let tick = settings.instruments.rules(id).ok()?.tick;
        let per_tick = convert::price_f64(price) / convert::price_f64(tick);
        let sigma = daily? * per_tick / SESSION_S.sqrt();
        sigma.is_finite().then(|| (id.clone(), sigma))
    });
    sigma.collect()
}

fn execution(
    settings: &Settings,
    history: Option<&History>,
    as_of: Option<NaiveDate>,
) -> ExecutionSettings {
    let chosen = settings.execution.clone();
    let sigmas = sigmas(settings, history, as_of);
    let settings_of = settings.clone();
    ExecutionSettings {
        algo: Arc::new(move |instrument, quantity| {
            let sigma = sigmas.get(&instrument.id).copied();
            let (params, _) = settings_of.quote_params(&instrument.id, sigma);
            algo(&settings_of, instrument, quantity, params)
        }),
        horizon: chosen.horizon,
        at_deadline: chosen.at_deadline,
        max_child: chosen.max_child,
        sweep_for: chosen.sweep_for,
    }
}

fn algo(
    settings: &Settings,
    instrument: &Instrument,
    quantity: Qty,
    params: QuoteParams,
) -> AlgoSpec {
    let execution = &settings.execution;
    match execution.algorithm {
        Algorithm::OptimalLimit => AlgoSpec::OptimalLimit {
            clip: execution
                .clip
                .unwrap_or_else(|| clip_of(quantity, instrument.lot)),
            requote_min: execution.requote_min,
            cross: execution.cross,
            params,
            tick: Price::from(1),
        },
        Algorithm::Twap => AlgoSpec::Twap {
            slices: u32::try_from(execution.horizon.nanos() / Span::from_secs(SLICE_S).nanos())
                .unwrap_or(u32::MAX)
                .max(1),
            style: Style::Passive,
            size_jitter: Default::default(),
            time_jitter: Span::ZERO,
            seed: 0,
        },
        Algorithm::Limit => AlgoSpec::Limit { price: None },
        Algorithm::Market => AlgoSpec::Market,
    }
}

/// A tenth of the order in whole lots, at least one.
fn clip_of(quantity: Qty, lot: Qty) -> Qty {
    let tenth = Qty::new(quantity.get() / rust_decimal::Decimal::from(CLIPS));
    let whole = tenth.toward_zero_in_lots(lot);
    let up = if whole < tenth { whole + lot } else { whole };
    if up.is_positive() { up } else { quantity }
}

/// How the account is run.
pub(super) fn router_config(
    settings: &Settings,
    capabilities: Capabilities,
    looks_only: bool,
) -> RouterConfig {
    let portfolio = &settings.portfolio;
    RouterConfig {
        capabilities,
        limits: settings.risk.clone(),
        on_late_resume: portfolio.on_late_resume,
        on_break: portfolio.on_break,
        lazy_for: Span::from_millis(100),
        // The paper venue says a quote when it changes: an old one still stands.
        quote_age_max: Span::from_secs(86_400),
        snapshot_retry: Span::from_secs(1),
        looks_only,
        vanish_share_max: 0.5,
    }
}

/// What happens to working orders at a signal.
pub(super) fn stop_policy(settings: &Settings) -> StopPolicy {
    match settings.portfolio.on_stop {
        OnStop::Leave => StopPolicy::Leave,
        OnStop::Cancel => StopPolicy::Cancel,
    }
}
