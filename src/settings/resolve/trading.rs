//! `[execution]`, `[risk]`, `[broker.paper]`.

use std::collections::BTreeMap;

use polyfolio_broker_paper::PaperConfig;
use polyfolio_execution::optimal_quote::QuoteParams;
use polyfolio_matching::FeeModel;
use polyfolio_model::{Qty, Span};
use polyfolio_portfolio::risk::{GroupLimit, RiskLimits};
use polyfolio_portfolio::scaling::Sizing;
use rust_decimal::Decimal;

use super::{Check, Domain, instruments};
use crate::settings::fault::Fault;
use crate::settings::key::Key;
use crate::settings::raw;
use crate::settings::resolved::ExecutionSettings;

pub(super) fn execution(
    check: &Check<'_>,
    raw: raw::Execution,
) -> Result<ExecutionSettings, Fault> {
    let key = |name: &str| Key::of(["execution", name]);
    let above_zero = |holds: bool, name: &str, example: &str| {
        let expected = format!("above zero, such as {example}");
        let fault = || check.refuse(&key(name), format!("{name} is not above zero"), expected);
        if holds { Ok(()) } else { Err(fault()) }
    };
    let positive = |quantity: Option<Qty>| quantity.is_none_or(|quantity| quantity.is_positive());
    above_zero(raw.horizon > Span::ZERO, "horizon", "\"5m\"")?;
    above_zero(raw.requote_min > Span::ZERO, "requote_min", "\"1s\"")?;
    above_zero(raw.sweep_for > Span::ZERO, "sweep_for", "\"60s\"")?;
    above_zero(positive(raw.clip), "clip", "100")?;
    above_zero(positive(raw.max_child), "max_child", "1000")?;
    let quote = QuoteParams {
        sigma: raw.quote.sigma,
        arrival_rate: raw.quote.arrival_rate,
        decay: raw.quote.decay,
        risk_aversion: raw.quote.risk_aversion,
        liquidation_cost: raw.quote.liquidation_cost,
        drift: 0.0,
    };
    Ok(ExecutionSettings {
        algorithm: raw.algorithm,
        horizon: raw.horizon,
        at_deadline: raw.at_deadline,
        clip: raw.clip,
        requote_min: raw.requote_min,
        sweep_for: raw.sweep_for,
        max_child: raw.max_child,
        cross: raw.cross,
        quote: instruments::quote(check, &key("quote"), quote)?,
    })
}

pub(super) fn risk(check: &Check<'_>, raw: raw::Risk, sizing: Sizing) -> Result<RiskLimits, Fault> {
    let key = |name| Key::of(["risk", name]);
    let ratios = [
        ("max_gross_leverage", raw.max_gross_leverage),
        ("max_net_leverage", raw.max_net_leverage),
        ("max_weight_per_instrument", raw.max_weight_per_instrument),
        ("max_turnover", raw.max_turnover),
        ("max_volume_share", raw.max_volume_share),
    ];
    for (name, limit) in ratios {
        if let Some(limit) = limit {
            check.number(&key(name), limit, Domain::NotNegative)?;
        }
    }
    let losses = [
        ("max_drawdown", raw.max_drawdown),
        ("max_sleeve_drawdown", raw.max_sleeve_drawdown),
        ("max_daily_loss", raw.max_daily_loss),
    ];
    for (name, limit) in losses {
        if limit.is_some_and(|limit| !(limit > 0.0 && limit < 1.0)) {
            let what = format!("{name} is not a share of what there is");
            return Err(check.refuse(&key(name), what, "above 0 and below 1, such as 0.2"));
        }
    }
    if raw.max_sleeve_drawdown.is_some() && sizing != Sizing::Nav {
        let what = "a sleeve has no cash of its own to lose where sizing is \"reference\"";
        let expected = "sizing = \"nav\" in [portfolio], or no such limit";
        return Err(check.refuse(&key("max_sleeve_drawdown"), what, expected));
    }
    if raw
        .max_order_notional
        .is_some_and(|limit| limit.is_negative())
    {
        let what = "max_order_notional is negative";
        return Err(check.refuse(&key("max_order_notional"), what, "0 or above"));
    }
    if raw.max_quote_age.is_some_and(|age| age <= Span::ZERO) {
        let what = "max_quote_age is not above zero";
        return Err(check.refuse(&key("max_quote_age"), what, "a length such as \"5s\""));
    }
    Ok(RiskLimits {
        max_gross_leverage: raw.max_gross_leverage,
        max_net_leverage: raw.max_net_leverage,
        max_weight_per_instrument: raw.max_weight_per_instrument,
        max_order_notional: raw.max_order_notional,
        max_price_age_days: raw.max_price_age_days,
        max_quote_age: raw.max_quote_age,
        max_turnover: raw.max_turnover,
        max_volume_share: raw.max_volume_share,
        group: groups(check, raw.group)?,
        max_drawdown: raw.max_drawdown,
        max_sleeve_drawdown: raw.max_sleeve_drawdown,
        max_daily_loss: raw.max_daily_loss,
        on_loss: raw.on_loss,
        restricted: raw.restricted,
    })
}

fn groups(
    check: &Check<'_>,
    raw: BTreeMap<String, raw::Group>,
) -> Result<BTreeMap<String, GroupLimit>, Fault> {
    let mut groups = BTreeMap::new();
    for (name, group) in raw {
        let key = |part| Key::of(["risk", "group", name.as_str(), part]);
        let instruments = group.instruments.unwrap_or_default();
        if instruments.is_empty() {
            let what = format!("group {name} has no instruments");
            let expected = "expected instruments = [\"AAPL\", \"AMD\"] there";
            return Err(check.missing(&key("instruments"), what, expected));
        }
        let Some(max_weight) = group.max_weight else {
            let what = format!("group {name} has no max_weight");
            return Err(check.missing(
                &key("max_weight"),
                what,
                "expected max_weight = 0.35 there",
            ));
        };
        check.number(&key("max_weight"), max_weight, Domain::NotNegative)?;
        let limit = GroupLimit {
            instruments,
            max_weight,
        };
        groups.insert(name, limit);
    }
    Ok(groups)
}

pub(super) fn paper(check: &Check<'_>, raw: raw::Paper) -> Result<PaperConfig, Fault> {
    let key = |name| Key::of(["broker", "paper", name]);
    if raw.cash.is_negative() {
        return Err(check.refuse(&key("cash"), "cash is negative", "an amount, 0 or above"));
    }
    if raw.account.trim().is_empty() {
        return Err(check.refuse(
            &key("account"),
            "account is empty",
            "a name such as \"PAPER-1\"",
        ));
    }
    let fees = fees(&raw.fees).ok_or_else(|| {
        let expected =
            "zero, ibkr_fixed, ibkr_tiered, us_sell_fees, or basis points such as \"2.5bp\"";
        check.refuse(
            &key("fees"),
            "fees are none that the paper broker knows",
            expected,
        )
    })?;
    Ok(PaperConfig {
        account: raw.account,
        cash: raw.cash,
        positions: raw.positions,
        seed: raw.seed,
        latency_ms: raw.latency_ms,
        fees,
        fill_model: raw.fill_model,
        spread_ticks: raw.spread_ticks,
        ..PaperConfig::default()
    })
}

fn fees(text: &str) -> Option<FeeModel> {
    Some(match text {
        "zero" => FeeModel::Zero,
        "ibkr_fixed" => FeeModel::IbkrFixed,
        "ibkr_tiered" => FeeModel::IbkrTiered,
        "us_sell_fees" => FeeModel::UsSellFees,
        _ => {
            let rate: Decimal = text.strip_suffix("bp")?.trim().parse().ok()?;
            (rate.abs() <= Decimal::from(10_000)).then_some(FeeModel::Bps(rate))?
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fees_are_a_table_or_basis_points() {
        let said = [
            ("ibkr_fixed", Some(FeeModel::IbkrFixed)),
            ("2.5bp", Some(FeeModel::Bps(Decimal::new(25, 1)))),
            ("-0.1bp", Some(FeeModel::Bps(Decimal::new(-1, 1)))),
            ("2.5", None),
            ("99999bp", None),
            ("ibkr", None),
        ];
        for (text, expected) in said {
            assert_eq!(fees(text), expected, "{text}");
        }
    }
}
