//! `[instrument.NAME]`: ticks, lots, and quote parameters of its own.

use std::collections::BTreeMap;

use polyfolio_execution::optimal_quote::{QuoteError, QuoteParams};
use polyfolio_model::{InstrumentId, Qty};

use super::{Check, Domain, ib};
use crate::settings::fault::Fault;
use crate::settings::key::Key;
use crate::settings::raw;
use crate::settings::resolved::{InstrumentRules, Instruments, QuoteOverrides};

/// The table that holds for every instrument.
const DEFAULT: &str = "default";

pub(super) fn instruments(
    check: &Check<'_>,
    raw: BTreeMap<String, raw::Instrument>,
    mut instruments: Instruments,
) -> Result<Instruments, Fault> {
    for (name, raw) in raw {
        let rules = rules(check, &name, raw)?;
        if name == DEFAULT {
            instruments.default = rules;
        } else {
            instruments
                .named
                .insert(InstrumentId::from(name.as_str()), rules);
        }
    }
    for (id, own) in &instruments.named {
        if own.lot.is_some() && instruments.unrounded {
            return Err(lot_without_rounding(check, id));
        }
        tradable(check, &instruments, id)?;
    }
    Ok(instruments)
}

/// A lot that somebody gave one instrument, where nothing is rounded to lots: one of them is wrong.
fn lot_without_rounding(check: &Check<'_>, id: &InstrumentId) -> Fault {
    let what = format!("instrument {id} has a lot, but portfolio.rounding is \"none\"");
    let expected = "no lot here, or rounding = \"lot\" in [portfolio]";
    check.refuse(&Key::of(["instrument", id.as_str(), "lot"]), what, expected)
}

/// Refuses a largest order that is below a lot of an instrument that is named.
pub(super) fn check_max_child(
    check: &Check<'_>,
    instruments: &Instruments,
    max_child: Option<Qty>,
) -> Result<(), Fault> {
    let mut named = instruments.named.keys();
    named.try_for_each(|id| fits_max_child(check, instruments, max_child, id))
}

/// Refuses a largest order that is below a lot: no order for the instrument could ever be sent.
pub(in crate::settings) fn fits_max_child(
    check: &Check<'_>,
    instruments: &Instruments,
    max_child: Option<Qty>,
    id: &InstrumentId,
) -> Result<(), Fault> {
    let lot = instruments.rules(id).map(|rules| rules.lot);
    match (max_child, lot) {
        (Some(most), Ok(lot)) if most < lot => {
            let what = format!("max_child is below a lot of {id}");
            let key = Key::of(["execution", "max_child"]);
            Err(check.refuse(&key, what, format!("at least its lot, {lot}")))
        }
        _ => Ok(()),
    }
}

/// Refuses an instrument without tick or lot.
pub(in crate::settings) fn tradable(
    check: &Check<'_>,
    instruments: &Instruments,
    id: &InstrumentId,
) -> Result<(), Fault> {
    let missing = |error: crate::settings::resolved::NoRule| {
        let key = Key::of(["instrument", id.as_str(), error.rule]);
        let example = if error.rule == "tick" { "0.01" } else { "1" };
        let table = Key::of(["instrument", id.as_str()]);
        let expected = format!(
            "expected {} = {example} in [{table}] or [instrument.default]",
            error.rule
        );
        let Some(history) = check.merged.own_history.clone() else {
            return check.missing(&key, error.to_string(), expected);
        };
        let left_out = format!(
            "[instrument.default] of config/default.toml is left out: {history}, names another \
             history than its own"
        );
        let fault = check.missing(&key, error.to_string(), format!("{expected}\n{left_out}"));
        fault.placed_at_least(history)
    };
    instruments.rules(id).map(|_| ()).map_err(missing)
}

fn rules(check: &Check<'_>, name: &str, raw: raw::Instrument) -> Result<InstrumentRules, Fault> {
    let key = |part: &str| Key::of(["instrument", name, part]);
    let positive = |holds: bool, part: &str, example: &str| {
        let what = format!("{part} of instrument {name} is not above zero");
        let expected = format!("a number above 0 such as {example}");
        if holds {
            Ok(())
        } else {
            Err(check.refuse(&key(part), what, expected))
        }
    };
    positive(
        raw.tick.is_none_or(|tick| tick.is_positive()),
        "tick",
        "0.01",
    )?;
    positive(raw.lot.is_none_or(|lot| lot.is_positive()), "lot", "1")?;
    if raw.min_notional.is_some_and(|least| least.is_negative()) {
        return Err(check.refuse(
            &key("min_notional"),
            "min_notional is negative",
            "0 or above",
        ));
    }
    Ok(InstrumentRules {
        tick: raw.tick,
        lot: raw.lot,
        min_notional: raw.min_notional,
        currency: raw.currency,
        quote: overrides(check, &key("quote"), &raw.quote)?,
        ib_sec_type: raw.ib.sec_type.map(ib::sec_type),
        ib: ib::contract(check, name, raw.ib)?,
    })
}

fn overrides(check: &Check<'_>, at: &Key, raw: &raw::Quote) -> Result<QuoteOverrides, Fault> {
    let given = [
        ("sigma", raw.sigma),
        ("arrival_rate", raw.arrival_rate),
        ("decay", raw.decay),
        ("risk_aversion", raw.risk_aversion),
        ("liquidation_cost", raw.liquidation_cost),
    ];
    for (name, value) in given {
        if let Some(value) = value {
            check.number(&at.child(name), value, Domain::NotNegative)?;
        }
    }
    Ok(QuoteOverrides {
        sigma: raw.sigma,
        arrival_rate: raw.arrival_rate,
        decay: raw.decay,
        risk_aversion: raw.risk_aversion,
        liquidation_cost: raw.liquidation_cost,
    })
}

/// Checks every instrument's parameters together with what is assumed for the rest.
pub(super) fn check_quotes(
    check: &Check<'_>,
    instruments: &Instruments,
    assumed: QuoteParams,
) -> Result<(), Fault> {
    let tables = instruments
        .named
        .iter()
        .map(|(id, rules)| (id.as_str(), rules.quote));
    for (name, own) in tables.chain([(DEFAULT, instruments.default.quote)]) {
        let params = QuoteParams {
            decay: own.decay.unwrap_or(assumed.decay),
            ..assumed
        };
        let at = Key::of(["instrument", name, "quote"]);
        quote(check, &at, params)?;
    }
    Ok(())
}

/// Refuses what the model refuses, at the key below `at`.
pub(super) fn quote(
    check: &Check<'_>,
    at: &Key,
    params: QuoteParams,
) -> Result<QuoteParams, Fault> {
    match params.validate() {
        Ok(()) => Ok(params),
        Err(QuoteError::Parameter {
            name,
            domain,
            value,
        }) => Err(check.refuse(&at.child(name), format!("{name} is {value}"), domain)),
        Err(other) => Err(check.refuse(at, other.to_string(), "milder parameters")),
    }
}
