//! `polyfolio explain`: the story of one instrument in a real run.

use serde_json::Value;

use crate::common::small_book;
use crate::support::Bench;

fn ran() -> Bench {
    let bench = Bench::new().file("book.toml", &small_book(""));
    let said = bench.run("run -c book.toml --speed max --quiet");
    assert!(matches!(said.code, Some(0 | 1)), "{said:?}");
    bench
}

fn number(of: &Value) -> f64 {
    of.as_str()
        .unwrap_or_else(|| panic!("{of}"))
        .parse()
        .unwrap()
}

#[test]
fn who_wanted_it_got_it_and_the_costs_are_the_runs() {
    let bench = ran();
    let slippage = bench.run("slippage -c book.toml --json").json();
    let orders = slippage["parents"].as_array().unwrap();
    assert!(orders.len() > 1);
    for parent in orders {
        let symbol = parent["symbol"].as_str().unwrap();
        let told = bench
            .run(&format!("explain {symbol} -c book.toml --json"))
            .json();
        assert_eq!(told["schema"], "polyfolio.explain/1");
        assert_eq!(told["run"], slippage["run"]);
        assert_eq!(told["cost"], *parent, "{symbol}");
        let sum = |values: Vec<f64>| values.into_iter().sum::<f64>();
        let got = told["got"].as_object().unwrap().values();
        let got = sum(got.map(|got| number(&got["quantity"])).collect());
        assert_eq!(got.abs(), number(&parent["cum_qty"]), "{symbol}");
        let events = told["told"].as_array().unwrap();
        let fills = events.iter().filter(|told| told["event"] == "filled");
        let filled = sum(fills
            .clone()
            .map(|told| number(&told["quantity"]))
            .collect());
        assert_eq!(filled, number(&parent["cum_qty"]), "{symbol}");
        for fill in fills {
            let shares = fill["sleeves"].as_object().unwrap().values();
            let shares = sum(shares.map(number).collect());
            assert_eq!(shares.abs(), number(&fill["quantity"]), "{symbol}");
        }
        for (sleeve, wish) in told["sleeves"].as_object().unwrap() {
            assert!(!wish["why"].as_str().unwrap().is_empty(), "{sleeve}");
            let got = told["got"]
                .get(sleeve)
                .map_or(0.0, |got| number(&got["quantity"]));
            assert_eq!(got.abs(), number(&wish["ordered"]), "{symbol} {sleeve}");
        }
    }
}

#[test]
fn the_page_names_the_run_the_sleeves_and_the_cost() {
    let bench = ran();
    let page = bench.run("explain JPM -c book.toml").out;
    for expect in [
        "JPM in run 2022",
        "wants",
        "slow",
        "fast",
        "BUY",
        "filled",
        "cost",
    ] {
        assert!(page.contains(expect), "{expect}: {page}");
    }
    assert!(
        page.lines().all(|line| line.chars().count() <= 100),
        "{page}"
    );
    let named = bench.run("explain JPM 1 --all -c book.toml").out;
    assert!(named.lines().count() >= page.lines().count());
}

#[test]
fn what_cannot_be_told_says_so() {
    let bench = Bench::new().file("book.toml", &small_book(""));
    let said = bench.run("explain KO -c book.toml");
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("no run is on record"), "{said:?}");
    let bench = ran();
    let said = bench.run("explain ZZZ -c book.toml");
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("had nothing to do with ZZZ"), "{said:?}");
    assert!(said.err.contains("KO"), "it names the others: {said:?}");
    let said = bench.run("explain KO 7 -c book.toml");
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("there is no run 7"), "{said:?}");
    let said = bench.run("explain KO yesterday -c book.toml");
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("named like"), "{said:?}");
}
