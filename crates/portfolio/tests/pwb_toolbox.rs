//! With a reference NAV, nothing rounded and nothing kept, sizing and orders are pwb-toolbox's:
//! to the last digit on valid input, and a refusal with a code where its answer means nothing.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use indexmap::IndexMap;
use polyfolio_model::{InstrumentId, Money, Qty, SleeveId, convert};
use polyfolio_portfolio::netting::{Book, differences, net};
use polyfolio_portfolio::plan::{
    Account, OnDeparture, PlanInput, PlanSettings, Rounding, Unclaimed,
};
use polyfolio_portfolio::scaling::ScaleSettings;
use polyfolio_portfolio::{
    Code, Ledger, Plan, RiskLimits, Scaled, Sizing, SleeveInput, TradingState, Wish, plan, scale,
};
use serde_json::Value;

fn cases(kind: &str) -> Vec<Value> {
    let text = include_str!("data/pwb-toolbox.json");
    let file: Value = serde_json::from_str(text).unwrap();
    let cases = file["cases"].as_array().unwrap().iter();
    cases.filter(|case| case["kind"] == kind).cloned().collect()
}

fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| value.as_str().unwrap().parse().unwrap())
}

fn pairs(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| (pair[0].as_str().unwrap(), &pair[1]))
}

fn find<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    pairs(value)
        .find(|(have, _)| *have == key)
        .map(|(_, value)| value)
}

fn book(value: &Value) -> Book {
    pairs(value)
        .map(|(symbol, units)| (InstrumentId::from(symbol), number(units)))
        .collect()
}

fn date(text: &str) -> Option<NaiveDateTime> {
    let day = || Some(text.parse::<NaiveDate>().ok()?.and_time(NaiveTime::MIN));
    text.parse().ok().or_else(day)
}

/// The sleeves of a case; `None` when a strategy published nothing, which our input cannot say.
fn sleeves(inputs: &Value) -> Option<Vec<SleeveInput>> {
    let sleeve = |(name, weight): (&str, &Value)| {
        let nav = pairs(find(&inputs["nav_series"], name)?);
        let nav = nav
            .map(|(day, value)| (day.parse().unwrap(), number(value)))
            .collect();
        let positions = book(find(&inputs["raw_positions"], name)?)
            .into_iter()
            .collect();
        let wish = Wish::Targets { positions, nav };
        Some(SleeveInput {
            id: name.into(),
            weight: number(weight),
            wish,
        })
    };
    pairs(&inputs["strategy_weights"]).map(sleeve).collect()
}

fn settings(inputs: &Value) -> Option<ScaleSettings> {
    let nav = number(&inputs["account_reference_nav_value"]);
    let date = date(inputs["account_reference_nav_date"].as_str().unwrap())?;
    let leverage = number(&inputs["leverage"]);
    Some(ScaleSettings {
        sizing: Sizing::Reference { nav, date },
        leverage,
        normalize: true,
    })
}

fn scaled(sleeves: &[SleeveInput], settings: &ScaleSettings) -> Result<Scaled, Vec<Code>> {
    let refused = scale(sleeves, settings, f64::NAN, NaiveDate::MIN);
    refused.map_err(|refusals| refusals.into_iter().map(|refusal| refusal.code).collect())
}

fn assert_same(ours: &Book, theirs: &Value, id: &str) {
    let theirs = book(theirs);
    assert!(ours.keys().eq(theirs.keys()), "{id}: {ours:?} {theirs:?}");
    for (symbol, units) in ours {
        let expected = theirs[symbol];
        let is_same = *units == expected || (units.is_nan() && expected.is_nan());
        assert!(is_same, "{id} {symbol}: {units} is not {expected}");
    }
}

/// What we refuse although pwb-toolbox answers or raises something.
fn refused(id: &str) -> Option<Code> {
    Some(match id {
        "weights_all_zero" => Code::WeightsZero,
        "weight_negative" | "weight_nan" => Code::Weight,
        "date_before_first" => Code::ReferenceDate,
        "nav_duplicate_dates" => Code::NavDates,
        "nav_zero" | "nav_negative" => Code::SleeveNav,
        "account_zero" | "account_nan" => Code::ReferenceNav,
        _ => return None,
    })
}

#[test]
fn scaled_positions_are_the_same_to_the_last_digit() {
    let mut compared = 0;
    for case in cases("scale_positions") {
        let id = case["id"].as_str().unwrap();
        let (Some(sleeves), Some(settings)) = (sleeves(&case["inputs"]), settings(&case["inputs"]))
        else {
            assert!(
                ["date_nat", "missing_strategy_in_raw"].contains(&id),
                "{id}"
            );
            continue;
        };
        let ours = scaled(&sleeves, &settings);
        if let Some(code) = refused(id) {
            assert_eq!(ours, Err(vec![code]), "{id}");
            continue;
        }
        let ours = ours.unwrap();
        for (name, theirs) in pairs(&case["expected"]["strategies_positions"]) {
            assert_same(&ours.sleeves[&SleeveId::from(name)].targets, theirs, id);
        }
        let sum = net(ours.sleeves.values().map(|sleeve| &sleeve.targets));
        assert_same(&sum, &case["expected"]["theoretical_positions"], id);
        compared += 1;
    }
    assert_eq!(compared, 21);
}

#[test]
fn a_position_that_is_no_number_refuses_its_instrument_alone() {
    let case = cases("scale_positions")
        .into_iter()
        .find(|case| case["id"] == "positions_nan");
    let inputs = &case.unwrap()["inputs"];
    let plan = parity_plan(
        &sleeves(inputs).unwrap(),
        &settings(inputs).unwrap(),
        &Book::new(),
    );
    let refused: Vec<_> = plan
        .refusals
        .iter()
        .map(|r| (r.code, r.symbol.clone()))
        .collect();
    let nan = refused[0].1.clone().unwrap();
    assert_eq!(refused, [(Code::Position, Some(nan.clone()))]);
    assert!(!plan.orders.is_empty());
    assert!(plan.orders.iter().all(|order| order.symbol != nan));
}

#[test]
fn orders_are_the_same_to_the_last_digit() {
    for case in cases("compute_orders") {
        let id = case["id"].as_str().unwrap();
        let target = book(&case["inputs"]["target_positions"]);
        let current = book(&case["inputs"]["current_positions"]);
        let (orders, refusals) = differences(&target, &current);
        let theirs = pairs(&case["expected"]).filter(|(_, units)| number(units).is_finite());
        let theirs: Book = theirs.map(|(s, units)| (s.into(), number(units))).collect();
        assert!(
            orders.iter().eq(theirs.iter()),
            "{id}: {orders:?} {theirs:?}"
        );
        let is_bad = |book: &Book| book.values().any(|units| !units.is_finite());
        let has_fault = is_bad(&target) || is_bad(&current) || id == "huge";
        assert_eq!(
            refusals.iter().any(|r| r.code == Code::Quantity),
            has_fault,
            "{id}"
        );
    }
}

/// The same through the whole plan: one sleeve whose strategy is the account, one to one.
#[test]
fn the_plan_orders_what_compute_orders_does() {
    let mut compared = 0;
    for case in cases("compute_orders") {
        let id = case["id"].as_str().unwrap();
        let target = book(&case["inputs"]["target_positions"]);
        let current = book(&case["inputs"]["current_positions"]);
        let is_sane = |book: &Book| book.values().all(|units| units.abs() < 1e18);
        if !is_sane(&current) || !is_sane(&target) {
            continue;
        }
        let day = NaiveDate::from_ymd_opt(2024, 1, 2).unwrap();
        let nav = vec![(day, 1000.0)];
        let wish = Wish::Targets {
            positions: target.into_iter().collect(),
            nav,
        };
        let sleeves = [SleeveInput {
            id: "only".into(),
            weight: 1.0,
            wish,
        }];
        let sizing = Sizing::Reference {
            nav: 1000.0,
            date: day.and_time(NaiveTime::MIN),
        };
        let settings = ScaleSettings {
            sizing,
            leverage: 1.0,
            normalize: true,
        };
        let plan = parity_plan(&sleeves, &settings, &current);
        assert_eq!(plan.refusals, [], "{id}");
        let json = serde_json::to_value(&plan).unwrap();
        let ours: Vec<(String, f64)> = json["orders"]
            .as_array()
            .unwrap()
            .iter()
            .map(|order| {
                let sign = if order["side"] == "BUY" { 1.0 } else { -1.0 };
                assert_eq!(order["notional"], Value::Null);
                (
                    order["symbol"].as_str().unwrap().to_owned(),
                    sign * number(&order["quantity"]),
                )
            })
            .collect();
        let theirs = pairs(&case["expected"]).map(|(s, units)| (s.to_owned(), number(units)));
        assert_eq!(ours, theirs.collect::<Vec<_>>(), "{id}");
        compared += 1;
    }
    assert_eq!(compared, 19);
}

fn parity_plan(sleeves: &[SleeveInput], scale: &ScaleSettings, current: &Book) -> Plan {
    let held = |(symbol, units): (&InstrumentId, &f64)| {
        (symbol.clone(), convert::qty(*units).unwrap_or(Qty::ZERO))
    };
    let positions: IndexMap<_, _> = current.iter().map(held).collect();
    plan(&PlanInput {
        decision_date: NaiveDate::from_ymd_opt(2024, 1, 8).unwrap(),
        settings: &PlanSettings {
            scale: *scale,
            unclaimed: Unclaimed::Liquidate,
            on_departure: OnDeparture::WindDown,
            rounding: Rounding::None,
            no_trade_band: 0.0,
            min_notional: Money::ZERO,
        },
        limits: &RiskLimits::default(),
        trading: TradingState::Active,
        sleeves,
        account: &Account {
            positions,
            ..Account::default()
        },
        ledger: &Ledger::default(),
        instruments: &BTreeMap::new(),
        prices: &BTreeMap::new(),
    })
}
