//! Twelve portfolios over the shipped history, against an independent engine.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::BTreeMap;

use polyfolio_market_data::History;
use polyfolio_strategies::{Evaluation, FillRule, Registry, Settings, Universe};
use serde::Deserialize;
use serde_json::{Map, Value, json};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../");
const RELATIVE: f64 = 1e-9;

#[derive(Deserialize)]
struct Case {
    config: Config,
    first_date: String,
    last_date: String,
    stats: Map<String, Value>,
    final_cash: f64,
    final_positions: BTreeMap<String, f64>,
    year_end_equity: BTreeMap<String, f64>,
    first_fills: Vec<FillRow>,
    last_fills: Vec<FillRow>,
}

/// Date, symbol, quantity, price, fee.
type FillRow = (String, String, f64, f64, f64);

#[derive(Deserialize)]
struct Config {
    name: String,
    kind: String,
    par: BTreeMap<String, u64>,
    tickers: Option<Vec<String>>,
    start: Option<String>,
    end: Option<String>,
    fee: f64,
    fill: FillRule,
    lots: bool,
    capital: f64,
}

impl Config {
    fn params(&self) -> (&'static str, Value) {
        match self.kind.as_str() {
            "ew" => ("equal_weight", json!({})),
            "sma" => (
                "sma_cross",
                json!({"fast": self.par["fast"], "slow": self.par["slow"]}),
            ),
            "mom" => {
                let (lookback, skip) = (self.par["lookback"], self.par["skip"]);
                let top = self.par["top"];
                let names = json!({"lookback_months": lookback, "skip_months": skip, "top": top});
                ("momentum", names)
            }
            other => panic!("no strategy for {other}"),
        }
    }

    fn settings(&self) -> Settings {
        let day = |text: &Option<String>| text.as_ref().map(|text| text.parse().unwrap());
        Settings {
            universe: self.tickers.as_ref().map_or(Universe::All, |names| {
                Universe::Only(names.iter().map(|name| name.as_str().into()).collect())
            }),
            start: day(&self.start),
            end: day(&self.end),
            fee_rate: self.fee,
            fill: self.fill,
            lots: self.lots,
            capital: self.capital,
        }
    }
}

/// Compares numbers relative to `scale` and says which differ.
struct Check<'a> {
    case: &'a str,
}

impl Check<'_> {
    fn close(&self, what: &str, got: f64, expected: f64, scale: f64) {
        let case = self.case;
        let off = (got - expected).abs();
        assert!(
            off <= RELATIVE * scale,
            "{case}: {what} is {got}, expected {expected}"
        );
    }

    fn number(&self, what: &str, got: f64, expected: f64) {
        self.close(what, got, expected, expected.abs());
    }

    fn fill(&self, got: &polyfolio_strategies::VirtualFill, expected: &FillRow) {
        let (date, symbol, quantity, price, fee) = expected;
        let place = (got.date.to_string(), got.instrument.to_string());
        assert_eq!(place, (date.clone(), symbol.clone()), "{}", self.case);
        self.number("fill quantity", got.quantity, *quantity);
        self.number("fill price", got.price, *price);
        self.number("fill fee", got.fee, *fee);
    }
}

fn check(case: &Case, got: &Evaluation) {
    let check = Check {
        case: &case.config.name,
    };
    let nav: BTreeMap<String, f64> = got.nav.iter().map(|(d, v)| (d.to_string(), *v)).collect();
    assert_eq!(nav.keys().next(), Some(&case.first_date));
    assert_eq!(nav.keys().next_back(), Some(&case.last_date));
    for (date, &equity) in &case.year_end_equity {
        check.number(date, nav[date], equity);
    }
    let stats = serde_json::to_value(&got.stats).unwrap();
    assert_eq!(stats.as_object().unwrap().len(), case.stats.len());
    for (name, expected) in &case.stats {
        match expected.as_f64() {
            Some(number) => check.number(name, stats[name].as_f64().unwrap(), number),
            None => assert_eq!(&stats[name], expected, "{name}"),
        }
    }
    let equity = nav[&case.last_date];
    check.close("cash", got.cash.unwrap(), case.final_cash, equity);
    assert_eq!(got.positions.len(), case.final_positions.len());
    for (symbol, &units) in &case.final_positions {
        check.number(symbol, got.positions[symbol.as_str()], units);
    }
    for (got, expected) in got.fills.iter().zip(&case.first_fills) {
        check.fill(got, expected);
    }
    let last = got.fills.len() - case.last_fills.len();
    for (got, expected) in got.fills[last..].iter().zip(&case.last_fills) {
        check.fill(got, expected);
    }
}

fn cases() -> Vec<Case> {
    let text = std::fs::read_to_string(format!("{ROOT}tests/data/portfolio-stats.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn every_portfolio_is_reproduced() {
    let history = History::load(format!("{ROOT}data/us20-daily.csv.gz")).unwrap();
    let registry = Registry::builtin();
    let cases = cases();
    assert_eq!(cases.len(), 12);
    for case in &cases {
        let (kind, params) = case.config.params();
        let host = registry
            .host(kind, &params, case.config.settings())
            .unwrap();
        check(case, &host.evaluate(&history, None).unwrap());
    }
}
