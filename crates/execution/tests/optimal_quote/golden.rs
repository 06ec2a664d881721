//! Exact values computed elsewhere at raised precision; see `tests/data/README.md`.

use polyfolio_execution::optimal_quote::{QuoteParams, QuoteSurface, offsets_at};
use serde_json::Value;

use crate::assert_close;

/// A tenth of what is promised, so that a loss of accuracy shows before it breaks the promise.
const TOLERANCE: f64 = 1e-10;

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn each(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().unwrap().iter()
}

/// A number, or a decimal in a string.
fn number(value: &Value) -> f64 {
    match value {
        Value::String(text) => text.parse().unwrap(),
        value => value.as_f64().unwrap(),
    }
}

pub(crate) fn params(value: &Value) -> QuoteParams {
    QuoteParams {
        sigma: number(&value["sigma"]),
        arrival_rate: number(&value["A"]),
        decay: number(&value["k"]),
        risk_aversion: number(&value["gamma"]),
        liquidation_cost: number(&value["b"]),
        drift: number(&value["mu"]),
    }
}

fn lots(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

#[test]
fn the_fifty_digit_tables() {
    let table = read(include_str!("../data/optimal-quote.json"));
    let mut checked = 0;
    for case in each(&table["cases"]) {
        let horizon = number(&case["params"]["T"]);
        let surface =
            QuoteSurface::solve(&params(&case["params"]), lots(&case["q_max"]), horizon).unwrap();
        for q in each(&case["q"]).map(lots) {
            let quotes = each(&case["delta"][q.to_string()]);
            for (fraction, exact) in each(&case["t_fraction"]).zip(quotes) {
                let left = horizon * (1.0 - number(fraction));
                let what = format!("{} q={q} left={left}", case["name"]);
                assert_close(surface.offset(q, left), number(exact), TOLERANCE, what);
                checked += 1;
            }
        }
    }
    assert!(checked > 900, "{checked} quotes");
}

#[test]
fn the_asymptotes_of_the_fifty_digit_tables() {
    let table = read(include_str!("../data/optimal-quote.json"));
    let mut checked = 0;
    for case in each(&table["cases"]) {
        let surface =
            QuoteSurface::solve(&params(&case["params"]), lots(&case["q_max"]), 0.0).unwrap();
        for (q, exact) in case["asymptotic_delta"].as_object().into_iter().flatten() {
            let found = surface.asymptotic_offset(q.parse().unwrap()).unwrap();
            assert_close(found, number(exact), 1e-13, &case["name"]);
            checked += 1;
        }
    }
    assert!(checked > 100, "{checked} asymptotes");
}

#[test]
fn the_exact_ladders_beside_pwb_toolbox() {
    let table = read(include_str!("../data/pwb-toolbox-quotes.json"));
    for case in each(&table["formula"]) {
        let left = number(&case["params"]["t_max"]);
        let found = offsets_at(
            &params(&case["params"]),
            lots(&case["params"]["q_max"]),
            left,
        )
        .unwrap();
        let exact: Vec<f64> = each(&case["delta_ticks"]).map(number).collect();
        assert_eq!(found.len(), exact.len(), "{}", case["id"]);
        for (q, (found, exact)) in found.into_iter().zip(exact).enumerate() {
            assert_close(
                found,
                exact,
                TOLERANCE,
                format!("{} q={}", case["id"], q + 1),
            );
        }
    }
}

#[test]
fn the_price_quotes_of_pwb_toolbox() {
    const TICK: f64 = 0.01;
    const LOT: f64 = 100.0;
    let table = read(include_str!("../data/pwb-toolbox-quotes.json"));
    for case in each(&table["get_optimal_quote"]) {
        let q = (number(&case["quantity"]) / LOT).ceil() as usize;
        let surface = QuoteSurface::solve(&crate::paper(), q, number(&case["seconds"])).unwrap();
        let found = surface.offset(q, number(&case["seconds"])) * TICK;
        assert_close(found, number(&case["quote"]), TOLERANCE * TICK, &case["id"]);
    }
}

#[test]
fn the_quote_paths_over_time() {
    let table = read(include_str!("../data/pwb-toolbox-quotes.json"));
    for case in each(&table["quote_path"]) {
        let horizon = number(&case["params"]["t_max"]);
        let surface = QuoteSurface::solve(
            &params(&case["params"]),
            lots(&case["params"]["q_max"]),
            horizon,
        )
        .unwrap();
        for (level, path) in each(&case["delta_ticks"]).enumerate() {
            for (t, exact) in each(&case["t"]).zip(each(path)) {
                let found = surface.offset(level + 1, -number(t));
                assert_close(
                    found,
                    number(exact),
                    TOLERANCE,
                    format!("{} {t}", case["id"]),
                );
            }
        }
    }
}

#[test]
fn wide_parameters_at_any_time() {
    let table = read(include_str!("../data/optimal-quote-wide.json"));
    for case in each(&table["cases"]) {
        let horizon = number(&case["T"]);
        let surface =
            QuoteSurface::solve(&params(&case["params"]), lots(&case["q"]), horizon).unwrap();
        for (level, quotes) in each(&case["delta"]).enumerate() {
            for (left, exact) in each(&case["taus"]).zip(each(quotes)) {
                let found = surface.offset(level + 1, number(left));
                let what = format!("{} q={} left={left}", case["params"], level + 1);
                assert_close(found, number(exact), TOLERANCE, what);
            }
        }
    }
}
