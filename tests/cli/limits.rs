//! `[risk] max_volume_share` and `[risk.group.NAME]`: what one order and what instruments together
//! may not exceed.

use serde_json::Value;

use crate::support::{Bench, two_names};

/// Thirty days of two instruments: of AAA a hundred thousand are traded a day, of BBB nobody knows.
fn bars() -> String {
    let mut lines = "date,symbol,close,volume\n".to_owned();
    for day in 1..=30 {
        // Old days do not count.
        let volume = if day <= 10 { 1 } else { 100_000 };
        lines.push_str(&format!("2023-01-{day:02},AAA,100,{volume}\n"));
        lines.push_str(&format!("2023-01-{day:02},BBB,50,\n"));
    }
    lines + "2023-02-01,AAA,100,100000\n2023-02-01,BBB,50,\n"
}

fn bench(history: &str, risk: &str) -> Bench {
    two_names(history, 0.8, risk)
}

fn plan(bench: &Bench) -> Value {
    let said = bench.run("plan --json -c c.toml");
    serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{said:?}"))
}

/// Symbol, code and sentence of each refusal.
fn refusals(plan: &Value) -> Vec<(String, String, String)> {
    let text = |refusal: &Value, field: &str| refusal[field].as_str().unwrap().to_owned();
    let refusals = plan["refusals"].as_array().unwrap().iter();
    refusals
        .map(|one| (text(one, "symbol"), text(one, "code"), text(one, "message")))
        .collect()
}

#[test]
fn an_order_knows_its_share_of_a_days_volume() {
    let plan = plan(&bench(&bars(), ""));
    let orders = plan["orders"].as_array().unwrap();
    assert_eq!(orders[0]["symbol"], "AAA");
    // 400,000 at 100, of 100,000 a day over the last twenty days.
    assert_eq!(orders[0]["volume_share"], 0.04, "{plan:#}");
    assert_eq!(orders[1]["volume_share"], Value::Null);
    let text = bench(&bars(), "").run("plan -c c.toml").out;
    assert!(text.contains("4.0% of a day's"), "{text}");
}

#[test]
fn an_order_is_cut_to_its_share_and_an_unknown_one_refused() {
    let bench = bench(&bars(), "max_volume_share = 0.03");
    let plan = plan(&bench);
    let order = &plan["orders"][0];
    // 3,000 of the 4,000 that are wanted; the rest waits for the next plan.
    assert_eq!(
        (&order["symbol"], &order["quantity"]),
        (&"AAA".into(), &"3000".into())
    );
    assert_eq!(order["volume_share"], 0.03);
    assert_eq!(order["sleeves"]["all"], "3000");
    let left = &plan["untraded"][0];
    assert_eq!(
        (&left["symbol"], &left["quantity"]),
        (&"AAA".into(), &"1000".into())
    );
    assert_eq!(left["reason"], "volume");
    let message = "nobody knows what is traded of BBB in a day".to_owned();
    let unknown = ("BBB".to_owned(), "max_volume_share".to_owned(), message);
    assert_eq!(refusals(&plan), [unknown]);
    let text = bench.run("plan -c c.toml").out;
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        words.contains("1,000 left: more than a day's share of the volume"),
        "{text}"
    );
    // What is left is traded by the next one.
    let run = bench.run("run -q -c c.toml");
    assert_eq!(run.code, Some(1), "{run:?}");
    let next = self::plan(&bench);
    assert_eq!(next["orders"][0]["quantity"], "1000", "{next:#}");
    assert_eq!(next["untraded"].as_array().map(Vec::len), Some(0));
}

#[test]
fn of_what_nobody_trades_nothing_is_ordered() {
    let none = bars().replace("100000", "0");
    let plan = plan(&bench(&none, "max_volume_share = 0.03"));
    let left = &plan["untraded"][0];
    assert_eq!(
        (&left["symbol"], &left["reason"]),
        (&"AAA".into(), &"volume".into())
    );
    assert_eq!(plan["orders"].as_array().map(Vec::len), Some(0));
}

#[test]
fn a_history_without_volumes_measures_no_share() {
    let wide = "date,AAA,BBB\n2023-01-30,100,50\n2023-02-01,100,50\n";
    let bench = bench(wide, "max_volume_share = 0.04");
    let said = bench.run("plan -c c.toml");
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("the history has none"), "{said:?}");
    assert!(said.err.contains("c.toml, line 14"), "{said:?}");
}

#[test]
fn a_group_is_limited_as_one() {
    let group = "[risk.group.tech]\ninstruments = [\"AAA\", \"BBB\"]\nmax_weight =";
    let refused = refusals(&plan(&bench(&bars(), &format!("{group} 0.5"))));
    let said = |symbol: &str| {
        let message = "group tech: weight 0.8000 above its max_weight 0.5";
        let code = "max_group_weight".to_owned();
        (symbol.to_owned(), code, message.to_owned())
    };
    assert_eq!(refused, [said("AAA"), said("BBB")]);
    assert_eq!(
        refusals(&plan(&bench(&bars(), &format!("{group} 0.8")))),
        []
    );
    let one = "[risk.group.a]\ninstruments = [\"AAA\"]\nmax_weight = 0.1";
    let refused = refusals(&plan(&bench(&bars(), one)));
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert_eq!(refused[0].0, "AAA");
}

#[test]
fn a_group_that_limits_nothing_is_an_error() {
    for (group, says) in [
        ("max_weight = 0.1", "group g has no instruments"),
        (
            "instruments = []\nmax_weight = 1",
            "group g has no instruments",
        ),
        ("instruments = [\"AAA\"]", "group g has no max_weight"),
        ("instruments = [\"AAA\"]\nmax_weight = -1", "max_weight"),
        (
            "instruments = [\"AAB\"]\nmax_weight = 1",
            "no instrument AAB is known",
        ),
        ("instruments = [\"AAA\"]\nmax_wieght = 1", "max_weight"),
    ] {
        let bench = bench(&bars(), &format!("[risk.group.g]\n{group}"));
        let said = bench.run("config check -c c.toml");
        assert_eq!(said.code, Some(2), "{group}: {said:?}");
        assert!(said.err.contains(says), "{group}: {said:?}");
        assert!(said.err.contains("c.toml"), "{group}: {said:?}");
    }
}
