//! `[sleeve.NAME]`: names, weights, kinds and their parameters.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use polyfolio_model::SleeveId;
use polyfolio_strategies::{ParamError, Registry, StrategyError};

use super::{Check, Domain};
use crate::settings::fault::Fault;
use crate::settings::key::Key;
use crate::settings::origin::Written;
use crate::settings::raw::{self, Sizing};
use crate::settings::resolved::SleeveSettings;

type Sleeves = IndexMap<SleeveId, SleeveSettings>;

pub(super) fn sleeves(
    check: &Check<'_>,
    registry: &Registry,
    mut raw: BTreeMap<String, raw::Sleeve>,
    sizing: Sizing,
) -> Result<Sleeves, Fault> {
    let mut sleeves = Sleeves::new();
    for name in names(check) {
        check_name(check, &name)?;
        if let Some(raw) = raw.remove(&name) {
            sleeves.insert(
                SleeveId::from(name.as_str()),
                sleeve(check, registry, &name, raw, sizing)?,
            );
        }
    }
    if sleeves.is_empty() {
        return Err(Fault::Missing {
            what: "there are no sleeves".to_owned(),
            origin: None,
            expected: "expected a table such as [sleeve.trend] with strategy = \"sma_cross\" and weight = 0.30"
                .to_owned(),
        });
    }
    if sizing == Sizing::Nav {
        check_sum(check, &sleeves)?;
    }
    Ok(sleeves)
}

/// The sleeves in the order in which files name them.
fn names(check: &Check<'_>) -> Vec<String> {
    let below = |key: &Key| match key.parts() {
        [first, name] if first == "sleeve" => Some(name.clone()),
        _ => None,
    };
    check.merged.tables.keys().filter_map(below).collect()
}

fn check_name(check: &Check<'_>, name: &str) -> Result<(), Fault> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    let fault = |what: String, expected: &str| {
        let key = Key::of(["sleeve", name]);
        let origin = check.merged.tables.get(&key).cloned();
        Fault::Missing {
            what,
            origin,
            expected: expected.to_owned(),
        }
    };
    if name.is_empty() || !name.chars().all(allowed) {
        let what = format!("{name:?} cannot name a sleeve");
        return Err(fault(
            what,
            "expected lower-case letters, digits, _ and - such as trend-2",
        ));
    }
    if name == SleeveId::UNASSIGNED {
        let what = format!("no sleeve may be called {name}");
        return Err(fault(
            what,
            "that is what the account holds and no sleeve owns: choose another name",
        ));
    }
    Ok(())
}

fn sleeve(
    check: &Check<'_>,
    registry: &Registry,
    name: &str,
    raw: raw::Sleeve,
    sizing: Sizing,
) -> Result<SleeveSettings, Fault> {
    let key = |part: &str| Key::of(["sleeve", name, part]);
    let absent = |part: &str, example: &str| {
        let left_out = if check.merged.own_sleeves {
            "\nsleeves of config/default.toml are left out once a -c file names its own"
        } else {
            ""
        };
        let expected = format!("expected {part} = {example} in [sleeve.{name}]{left_out}");
        check.missing(&key(part), format!("sleeve {name} has no {part}"), expected)
    };
    let strategy = raw
        .strategy
        .clone()
        .ok_or_else(|| absent("strategy", "\"sma_cross\""))?;
    let weight = raw.weight.ok_or_else(|| absent("weight", "0.30"))?;
    if sizing == Sizing::Nav {
        check.number(&key("weight"), weight, Domain::NotNegative)?;
    }
    let account = account(&raw);
    let params = serde_json::Value::Object(raw.params);
    let host = registry
        .host(&strategy, &params, account.clone())
        .map_err(|error| strategy_fault(check, &Key::of(["sleeve", name]), error))?;
    Ok(SleeveSettings {
        strategy,
        weight,
        params,
        account,
        host,
    })
}

fn account(raw: &raw::Sleeve) -> polyfolio_strategies::Settings {
    let default = polyfolio_strategies::Settings::default();
    polyfolio_strategies::Settings {
        universe: raw.universe.clone().unwrap_or(default.universe),
        start: raw.start,
        end: raw.end,
        fee_rate: raw.fee_rate.unwrap_or(default.fee_rate),
        fill: raw.fill.unwrap_or(default.fill),
        lots: raw.lots.unwrap_or(default.lots),
        capital: raw.capital.unwrap_or(default.capital),
    }
}

/// What the registry refuses, at the key it refuses. `at` is the table that names the strategy: a
/// sleeve, or the parameter of a strategy that wraps another.
fn strategy_fault(check: &Check<'_>, at: &Key, error: StrategyError) -> Fault {
    let list = "polyfolio strategies  lists them";
    match error {
        StrategyError::UnknownKind {
            kind,
            nearest,
            known,
        } => {
            let what = format!("there is no strategy {kind:?}");
            check.refuse(&at.child("strategy"), what, one_of(&known, nearest))
        }
        StrategyError::UnknownKey {
            key,
            nearest,
            known,
        } => {
            let what = format!("unknown key {key:?}");
            check.refuse(&at.child(&key), what, one_of(&known, nearest))
        }
        StrategyError::NoKind { found: None } => {
            let what = format!("{} names no strategy", at.name());
            let expected = format!("expected strategy = \"momentum\" in {at}");
            check.missing(&at.child("strategy"), what, expected)
        }
        StrategyError::NoKind { found: Some(_) } => {
            let expected = "a kind such as \"momentum\"";
            check.refuse(&at.child("strategy"), "strategy is not text", expected)
        }
        StrategyError::NotReplayed { kind } => {
            let what = format!("{kind} cannot stand inside another strategy");
            let expected = "a kind that is replayed over the history";
            check.refuse(&at.child("strategy"), what, expected)
        }
        StrategyError::Setting {
            setting,
            found,
            expected,
        } => check.refuse(
            &at.child(setting),
            format!("{setting} is {found}"),
            expected,
        ),
        StrategyError::Param(error) => param_fault(check, at, error),
        other => check.missing(&at.child("strategy"), other.to_string(), list),
    }
}

fn param_fault(check: &Check<'_>, at: &Key, error: ParamError) -> Fault {
    let params = at.child("params");
    match error {
        ParamError::Unknown {
            kind,
            param,
            nearest,
            known,
        } => {
            let what = format!("{kind} has no parameter {param:?}");
            check.refuse(&params.child(&param), what, one_of(&known, nearest))
        }
        ParamError::Invalid {
            kind,
            param,
            found,
            expected,
        } => {
            let what = format!("{kind} parameter {param:?} is {found}");
            check.refuse(&params.child(param), what, expected)
        }
        ParamError::Missing { kind, param, doc } => {
            let what = format!("{kind} needs the parameter {param:?}");
            let expected = format!("expected params = {{ {param} = … }} in [{at}]: {doc}");
            check.missing(&at.child(param), what, expected)
        }
        ParamError::NotATable { found, example, .. } => check.refuse(
            &params,
            format!("params are {found}"),
            format!("a table such as {example}"),
        ),
        ParamError::Inside { param, error, .. } => {
            strategy_fault(check, &params.child(param), *error)
        }
    }
}

fn one_of(known: &str, nearest: Option<String>) -> String {
    let meant = nearest.map(|name| format!("; did you mean {name:?}?"));
    format!("one of {known}{}", meant.unwrap_or_default())
}

fn check_sum(check: &Check<'_>, sleeves: &Sleeves) -> Result<(), Fault> {
    if sleeves.values().map(|sleeve| sleeve.weight).sum::<f64>() > 0.0 {
        return Ok(());
    }
    let first = sleeves.keys().next().map_or("", SleeveId::as_str);
    let key = Key::of(["sleeve", first, "weight"]);
    let written: Option<&Written> = check.merged.written(&key);
    Err(Fault::Missing {
        what: "the weights of all sleeves sum to zero".to_owned(),
        origin: written.map(|written| written.origin.clone()),
        expected: "expected at least one sleeve with a weight above 0".to_owned(),
    })
}
