//! A sleeve that leaves the config between two runs: wound down, or given to what no sleeve owns.

use serde_json::{Map, Value, json};

use crate::support::Bench;

const HISTORY: &str = "\
date,AAA,BBB
2023-01-02,100,50
2023-01-03,100,50
2023-01-04,110,40
2023-01-05,110,40
";

fn config(policy: &str, sleeves: &str) -> String {
    format!(
        r#"
[history]
daily = "h.csv"
[portfolio]
on_departure = "{policy}"
{sleeves}
[instrument.default]
tick = 0.01
lot = 1
[risk]
max_weight_per_instrument = 0.9
max_order_notional = 1_000_000
[execution]
horizon = "20s"
algorithm = "market"
"#
    )
}

const BOTH: &str = r#"
[sleeve.one]
strategy = "equal_weight"
weight = 0.4
universe = ["AAA"]
[sleeve.two]
strategy = "equal_weight"
weight = 0.4
universe = ["AAA", "BBB"]
"#;

const ONE: &str = r#"
[sleeve.one]
strategy = "equal_weight"
weight = 0.4
universe = ["AAA"]
"#;

fn bench(policy: &str) -> Bench {
    let bench = Bench::new()
        .file("h.csv", HISTORY)
        .file("both.toml", &config(policy, BOTH))
        .file("one.toml", &config(policy, ONE));
    let run = bench.run("run -c both.toml --as-of 2023-01-03");
    assert_eq!(run.code, Some(0), "{run:?}");
    bench
}

fn sleeve(bench: &Bench, name: &str) -> Value {
    bench
        .run(&format!("sleeve {name} -c one.toml --json"))
        .json()
}

/// A page as if it had one endless line.
fn words(page: &str) -> String {
    page.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn what_it_holds_goes_to_unassigned_where_that_is_said() {
    let bench = bench("unassign");
    let held = sleeve(&bench, "two")["positions"].clone();
    assert_eq!(held.as_object().map(Map::len), Some(2));
    let plan = bench.run("plan -c one.toml");
    let said = words(&plan.out);
    assert!(said.contains("left the config: gives 2"), "{plan:?}");
    assert!(said.contains("two gives +4,000 at 40 to"), "{plan:?}");
    let json = bench.run("plan -c one.toml --json").json();
    let given = json["given"].as_array().unwrap();
    assert_eq!(given.len(), 2, "{json:#}");
    assert_eq!(given[1]["symbol"], "BBB");
    let sold = json["orders"].as_array().unwrap().iter();
    assert!(sold.clone().all(|order| order["symbol"] != "BBB"));
    let run = bench.run("run -c one.toml");
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(sleeve(&bench, "two")["positions"], json!({}));
    let nobody = sleeve(&bench, "unassigned");
    assert_eq!(nobody["positions"], held);
    // Once is enough.
    let plan = bench.run("plan -c one.toml --json").json();
    assert_eq!(plan["given"], json!([]), "{plan:#}");
    assert_eq!(plan["orders"], json!([]), "{plan:#}");
    let verified = bench.run("journal verify -c one.toml");
    assert_eq!(verified.code, Some(0), "{verified:?}");
}

#[test]
fn what_it_holds_is_traded_away_otherwise() {
    let bench = bench("wind-down");
    let plan = bench.run("plan -c one.toml");
    let said = words(&plan.out);
    assert!(said.contains("left the config: winds down"), "{plan:?}");
    let run = bench.run("run -c one.toml");
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(sleeve(&bench, "unassigned")["positions"], json!({}));
    assert_eq!(sleeve(&bench, "two")["positions"], json!({}));
}

#[test]
fn a_policy_that_there_is_not_is_named_with_those_there_are() {
    let bench = Bench::new()
        .file("h.csv", HISTORY)
        .file("c.toml", &config("sell", ONE));
    let said = bench.run("config check -c c.toml");
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(
        said.err.contains("wind-down") && said.err.contains("unassign"),
        "{said:?}"
    );
    assert!(said.err.contains("c.toml, line 5"), "{said:?}");
}
