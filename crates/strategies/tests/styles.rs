//! Mean reversion, breakout, inverse volatility, dual momentum and the volatility target over the
//! shipped history, against a program of its own: `tests/data/styles.py`.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::BTreeMap;

use polyfolio_market_data::History;
use polyfolio_strategies::{Evaluation, Registry, Settings, Universe};
use serde::Deserialize;
use serde_json::Value;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../");
const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/styles.json");
const RELATIVE: f64 = 1e-9;
/// A fill that is less of the equity is rounding.
const NOTHING: f64 = 1e-9;

#[derive(Deserialize)]
struct Case {
    strategy: String,
    params: Value,
    universe: Option<Vec<String>>,
    start: Option<String>,
    fee_rate: f64,
    days: BTreeMap<String, Day>,
}

#[derive(Deserialize)]
struct Day {
    nav: f64,
    fills: usize,
    held: BTreeMap<String, f64>,
}

impl Case {
    fn settings(&self) -> Settings {
        Settings {
            universe: self.universe.as_ref().map_or(Universe::All, |names| {
                Universe::Only(names.iter().map(|name| name.as_str().into()).collect())
            }),
            start: self.start.as_ref().map(|day| day.parse().unwrap()),
            fee_rate: self.fee_rate,
            ..Settings::default()
        }
    }
}

fn check(case: &Case, date: &str, day: &Day, got: &Evaluation) {
    let place = format!("{} {} on {date}", case.strategy, case.params);
    let nav = got.last_nav().unwrap();
    assert_eq!(got.as_of().unwrap().to_string(), date, "{place}");
    assert!(
        (nav / day.nav - 1.0).abs() <= RELATIVE,
        "{place}: NAV {nav}, expected {}",
        day.nav
    );
    let values: BTreeMap<_, f64> = got.nav.iter().copied().collect();
    let counts = |fill: &&polyfolio_strategies::VirtualFill| {
        (fill.quantity * fill.price).abs() > NOTHING * values[&fill.date]
    };
    let fills = got.fills.iter().filter(counts).count();
    assert_eq!(fills, day.fills, "{place}: fills");
    for (symbol, &units) in &got.positions {
        let expected = day.held.get(symbol.as_str()).copied().unwrap_or_default();
        // What was sold again may leave a rounding of what was held.
        let off = (units - expected).abs();
        let scale = expected.abs().max(1e-3);
        assert!(
            off <= RELATIVE * scale,
            "{place}: {units} {symbol}, expected {expected}"
        );
    }
    assert!(
        day.held
            .keys()
            .all(|symbol| got.positions.contains_key(symbol.as_str()))
    );
}

/// Every day is evaluated with the history cut there: what comes later changes nothing.
#[test]
fn every_account_is_reproduced() {
    let history = History::load(format!("{ROOT}data/us20-daily.csv.gz")).unwrap();
    let registry = Registry::builtin();
    let cases: Vec<Case> = serde_json::from_slice(&std::fs::read(CASES).unwrap()).unwrap();
    assert_eq!(cases.len(), 11);
    for case in &cases {
        let host = registry
            .host(&case.strategy, &case.params, case.settings())
            .unwrap();
        assert_eq!(case.days.len(), 5);
        for (date, day) in &case.days {
            let got = host
                .evaluate(&history, Some(date.parse().unwrap()))
                .unwrap();
            check(case, date, day, &got);
        }
    }
}
