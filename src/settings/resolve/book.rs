//! `[portfolio]`.

use polyfolio_portfolio::plan::{PlanSettings, Rounding, Unclaimed};
use polyfolio_portfolio::scaling::{ScaleSettings, Sizing};

use super::{Check, Domain};
use crate::settings::fault::Fault;
use crate::settings::key::Key;
use crate::settings::raw;
use crate::settings::resolved::PortfolioSettings;

pub(super) fn portfolio(
    check: &Check<'_>,
    raw: raw::Portfolio,
) -> Result<PortfolioSettings, Fault> {
    let key = |name| Key::of(["portfolio", name]);
    check.number(&key("leverage"), raw.leverage, Domain::Finite)?;
    check.number(
        &key("no_trade_band"),
        raw.no_trade_band,
        Domain::NotNegative,
    )?;
    if raw.min_notional.is_negative() {
        return Err(check.refuse(
            &key("min_notional"),
            "min_notional is negative",
            "0 or above",
        ));
    }
    if raw.base_currency.as_str().trim().is_empty() {
        let expected = "a currency such as \"USD\"";
        return Err(check.refuse(&key("base_currency"), "base_currency is empty", expected));
    }
    if raw.sizing == raw::Sizing::Reference {
        reference(check, &raw)?;
    }
    Ok(PortfolioSettings {
        plan: plan(&raw),
        base_currency: raw.base_currency,
        on_strategy_failure: raw.on_strategy_failure,
        on_late_resume: raw.on_late_resume,
        on_break: raw.on_break,
        on_stop: raw.on_stop,
    })
}

fn plan(raw: &raw::Portfolio) -> PlanSettings {
    let sizing = match (raw.sizing, raw.reference_nav, raw.reference_date) {
        (raw::Sizing::Reference, Some(nav), Some(date)) => Sizing::Reference { nav, date },
        _ => Sizing::Nav,
    };
    PlanSettings {
        scale: ScaleSettings {
            sizing,
            leverage: raw.leverage,
            normalize: raw.normalize,
        },
        on_departure: raw.on_departure,
        unclaimed: match raw.unclaimed {
            raw::Unclaimed::Keep => Unclaimed::Keep,
            raw::Unclaimed::Liquidate => Unclaimed::Liquidate,
        },
        rounding: match raw.rounding {
            raw::Rounding::Lot => Rounding::Lot,
            raw::Rounding::None => Rounding::None,
        },
        no_trade_band: raw.no_trade_band,
        min_notional: raw.min_notional,
    }
}

/// Reference sizing needs its two numbers. Whether they can be sized by is the planner's to say.
fn reference(check: &Check<'_>, raw: &raw::Portfolio) -> Result<(), Fault> {
    let sizing = Key::of(["portfolio", "sizing"]);
    let demand = |given: bool, name: &str, example: &str| {
        let what = format!("reference sizing has no {name}");
        let expected = format!("{name} = {example} beside it in [portfolio], or sizing = \"nav\"");
        if given {
            Ok(())
        } else {
            Err(check.refuse(&sizing, what, expected))
        }
    };
    demand(raw.reference_nav.is_some(), "reference_nav", "100_000")?;
    demand(raw.reference_date.is_some(), "reference_date", "2024-01-02")
}
