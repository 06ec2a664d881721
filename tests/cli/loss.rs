//! `[risk] max_drawdown` and its like: a book that lost too much stops, says why, and goes on when a
//! person says so.

use serde_json::Value;

use crate::support::{Bench, two_names};

/// Two instruments of which one loses three tenths on 2 February 2023.
fn history() -> String {
    let mut rows = "date,AAA,BBB\n".to_owned();
    for day in 2..=31 {
        rows.push_str(&format!("2023-01-{day:02},100,50\n"));
    }
    for day in 1..=28 {
        let price = if day < 2 { 100 } else { 70 };
        rows.push_str(&format!("2023-02-{day:02},{price},50\n"));
    }
    rows + "2023-03-01,70,50\n"
}

/// An answer in JSON, whatever it says.
fn answer(bench: &Bench, line: &str) -> Value {
    let said = bench.run(&format!("{line} --json -c c.toml"));
    serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{said:?}"))
}

fn bench(risk: &str) -> Bench {
    let at_market = "[execution]\nhorizon = \"20s\"\nalgorithm = \"market\"";
    two_names(&history(), 0.9, &format!("{risk}\n{at_market}"))
}

fn code(bench: &Bench, line: &str) -> Option<i32> {
    bench.run(&format!("{line} -c c.toml")).code
}

#[test]
fn a_book_that_lost_too_much_stops_and_goes_on_when_it_is_told_to() {
    let bench = bench("max_drawdown = 0.1");
    assert_eq!(code(&bench, "run --as-of 2023-01-20"), Some(0));
    // A plan says so beforehand, and changes nothing.
    assert_eq!(code(&bench, "plan --as-of 2023-02-03"), Some(1));
    let refusals = answer(&bench, "plan --as-of 2023-02-03")["refusals"].clone();
    let codes: Vec<&str> = refusals
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|refusal| refusal["code"].as_str())
        .collect();
    assert_eq!(codes, ["halted", "halted", "loss"]);
    let status = bench.run("status --json -c c.toml").json();
    assert_eq!(status["trading_state"], "active");
    let run = bench.run("run --as-of 2023-02-03 -c c.toml");
    assert_eq!(run.code, Some(4), "{run:?}");
    assert!(run.err.contains("too much was lost"), "{run:?}");
    let status = bench.run("status --json -c c.toml").json();
    assert_eq!(status["trading_state"], "halted");
    assert_eq!(code(&bench, "resume-trading --reason looked"), Some(0));
    let run = bench.run("run --as-of 2023-02-06 -c c.toml --json");
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_ne!(run.json()["trades"].as_array().map(Vec::len), Some(0));
}

#[test]
fn after_a_loss_it_may_only_reduce_where_that_is_said() {
    let bench = bench("max_daily_loss = 0.05\non_loss = \"reduce_only\"");
    assert_eq!(code(&bench, "run --as-of 2023-02-01"), Some(0));
    // BBB is too much of the book now, and AAA too little: only the one is traded.
    let run = answer(&bench, "run --as-of 2023-03-01");
    let sides: Vec<String> = run["parents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|parent| format!("{} {}", parent["side"], parent["symbol"]))
        .collect();
    assert_eq!(sides, ["\"SELL\" \"BBB\""], "{run:#}");
    let status = bench.run("status --json -c c.toml").json();
    assert_eq!(status["trading_state"], "reduce_only");
}

#[test]
fn a_plan_that_trades_too_much_is_refused_what_increases() {
    let bench = bench("max_turnover = 0.5");
    let plan = answer(&bench, "plan --as-of 2023-01-20");
    let refusals = &plan["refusals"];
    assert_eq!(refusals[0]["code"], "max_turnover", "{refusals}");
    assert_eq!(plan["orders"].as_array().map(Vec::len), Some(0));
}

#[test]
fn a_share_is_above_nothing_and_below_everything() {
    for line in [
        "max_drawdown = 0",
        "max_drawdown = 20",
        "max_daily_loss = -0.1",
        "max_sleeve_drawdown = nan",
    ] {
        let said = bench(line).run("config check -c c.toml");
        assert_eq!(said.code, Some(2), "{line}: {said:?}");
        assert!(said.err.contains("above 0 and below 1"), "{line}: {said:?}");
        let key = line.split(' ').next().unwrap();
        assert!(
            said.err.contains(&format!("risk.{key}")),
            "{line}: {said:?}"
        );
    }
}
