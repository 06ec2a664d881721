//! `polyfolio slippage`: what the orders of a real run cost, by parent, order and fill.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::common::small_book;
use crate::support::Bench;

fn ran() -> (Bench, Value) {
    let bench = Bench::new().file("book.toml", &small_book(""));
    let said = bench.run("run -c book.toml --speed max --json");
    assert!(matches!(said.code, Some(0 | 1)), "{said:?}");
    let run = serde_json::from_str(&said.out).unwrap();
    (bench, run)
}

fn asked(bench: &Bench, words: &str) -> Value {
    bench
        .run(&format!("slippage -c book.toml --json {words}"))
        .json()
}

fn list<'a>(of: &'a Value, name: &str) -> &'a Vec<Value> {
    of[name]
        .as_array()
        .unwrap_or_else(|| panic!("{name}: {of}"))
}

fn quantity(of: &Value) -> i64 {
    of.as_str().unwrap().parse().unwrap()
}

#[test]
fn it_says_of_every_parent_what_the_run_said() {
    let (bench, run) = ran();
    let slippage = asked(&bench, "");
    assert_eq!(slippage["schema"], "polyfolio.slippage/1");
    assert_eq!(slippage["source"], "store");
    for key in [
        "run",
        "decision_date",
        "end",
        "shortfall",
        "commissions_missing",
    ] {
        assert_eq!(slippage[key], run[key], "{key}");
    }
    assert_eq!(slippage["slippage"], run["account"]["slippage"]);
    assert_ne!(slippage["shortfall"]["slippage"]["cash"], "0");
    let (told, of_run) = (list(&slippage, "parents"), list(&run, "parents"));
    assert_eq!(told.len(), of_run.len());
    for (told, of_run) in told.iter().zip(of_run) {
        for key in [
            "id",
            "avg_px",
            "decision_price",
            "arrival",
            "slippage",
            "shortfall",
            "left",
        ] {
            assert_eq!(told[key], of_run[key], "{key} of {}", told["symbol"]);
        }
    }
    // By its name and by its number it is the same run.
    let name = run["run"].as_str().unwrap();
    assert_eq!(asked(&bench, name), slippage);
    assert_eq!(asked(&bench, "1"), slippage);
}

/// An order that filled in part works on, or its remainder goes out in the next one, until the
/// parent is full.
#[test]
fn a_partial_fill_leaves_the_remainder_to_be_worked() {
    let (bench, _) = ran();
    let slippage = asked(&bench, "");
    let mut in_parts = 0;
    for parent in list(&slippage, "parents") {
        let fills: Vec<&Value> = list(parent, "orders")
            .iter()
            .flat_map(|order| list(order, "fills"))
            .collect();
        let filled: i64 = fills.iter().map(|fill| quantity(&fill["quantity"])).sum();
        assert_eq!(filled, quantity(&parent["cum_qty"]), "{parent}");
        assert_eq!(filled, quantity(&parent["order_qty"]), "{parent}");
        let ids: BTreeSet<&str> = fills
            .iter()
            .map(|f| f["exec_id"].as_str().unwrap())
            .collect();
        assert_eq!(ids.len(), fills.len(), "an execution counts once");
        in_parts += usize::from(fills.len() > 1);
    }
    assert!(in_parts > 0, "nothing filled in parts: {slippage:#}");
}

#[test]
fn the_page_fits_and_what_is_not_there_is_said() {
    let bench = Bench::new().file("book.toml", &small_book(""));
    assert_eq!(bench.run("slippage -c book.toml").answer(), "no run yet\n");
    let said = bench.run("slippage 1 -c book.toml").complaint();
    assert!(said.contains("there is no run 1 on record"), "{said}");
    let (bench, run) = ran();
    let name = run["run"].as_str().unwrap();
    let page = bench.run("slippage -c book.toml").answer();
    let long = bench.run("slippage --fills -c book.toml").answer();
    let head = format!("slippage of run {name} · over · positive is a cost\n");
    for page in [&page, &long] {
        assert!(page.starts_with(&head), "{page}");
        let widest = page.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(80), "{widest:?}\n{page}");
    }
    assert!(long.lines().count() > page.lines().count() + 2, "{long}");
    for (words, expected) in [
        ("slippage 7", format!("the run that answers is {name}")),
        (
            "slippage last",
            "a run is named like 20221228-001".to_owned(),
        ),
    ] {
        let said = bench.run(&format!("{words} -c book.toml")).complaint();
        assert!(said.contains(&expected), "{said}");
    }
}
