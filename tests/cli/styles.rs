//! Kinds of strategies: what is said of them, what is refused, and a book of them.

use serde_json::Value;

use crate::support::Bench;

const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/styles.toml");

fn styles() -> String {
    std::fs::read_to_string(SHIPPED).unwrap()
}

fn indented(line: &str) -> String {
    format!("{}\n", format!("  {line}").trim_end())
}

#[test]
fn kinds_are_listed_a_line_each() {
    let text = Bench::new().run("strategies").answer();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 9 + 2, "{text}");
    assert!(
        lines[0].starts_with("  equal_weight        the same weight"),
        "{text}"
    );
    assert_eq!(lines[10], "explain one with:  polyfolio strategies KIND");
    assert!(
        lines.iter().all(|line| line.chars().count() <= 80),
        "{text}"
    );
}

/// What a kind says fits a terminal, and the sleeve that it shows is one.
#[test]
fn every_kind_is_explained_by_a_sleeve_that_works() {
    let targets = r#"{"nav":[["2022-12-28",100000.0]],"positions":{"AAPL":10.5}}"#;
    let kinds = Bench::new().run("strategies --json").json();
    let kinds = kinds["strategies"].as_object().unwrap();
    assert_eq!(kinds.len(), 9);
    for (name, kind) in kinds {
        let text = Bench::new().run(&format!("strategies {name}")).answer();
        assert!(text.starts_with(&format!("{name}\n  ")), "{text}");
        assert!(text.lines().count() <= 42, "{text}");
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
        let config = kind["config"].as_str().unwrap();
        let shown: String = config.lines().map(indented).collect();
        assert!(text.ends_with(&shown), "{text}\n{shown}");
        for param in kind["params"].as_array().unwrap() {
            let param = param["name"].as_str().unwrap();
            assert!(text.contains(&format!("\n  {param} ")), "{param}: {text}");
        }
        let bench = Bench::with_history()
            .file("my.toml", config)
            .file("my-targets.json", targets);
        let checked = bench.run("config check --json -c my.toml").json();
        assert_eq!(checked["sleeves"], serde_json::json!([name]));
        let code = bench.run("plan -c my.toml").code;
        assert!(matches!(code, Some(0 | 1)), "{name}: {code:?}");
    }
}

#[test]
fn a_kind_is_explained_to_a_program() {
    let json = Bench::new()
        .run("strategies volatility_target --json")
        .json();
    assert_eq!(json["schema"], "polyfolio.strategies/1");
    let kind = &json["strategies"]["volatility_target"];
    assert!(kind["reference"].as_str().unwrap().contains("(2018)"));
    assert_eq!(kind["about"].as_array().unwrap().len(), 2);
    let param = |name: &str| {
        let params = kind["params"].as_array().unwrap().iter();
        let found = params.clone().find(|param| param["name"] == name);
        let mut param = found.unwrap().as_object().unwrap().clone();
        param.remove("doc");
        Value::Object(param)
    };
    let expected = serde_json::json!([
        {"name": "of", "type": "strategy", "default": null},
        {"name": "target", "type": "number", "above": 0.0, "max": 2.0, "default": 0.1},
        {"name": "window", "type": "integer", "min": 2, "default": 60},
        {"name": "rescale", "type": "choice", "words": ["monthly", "daily"], "default": "monthly"},
    ]);
    let got = ["of", "target", "window", "rescale"].map(param);
    assert_eq!(Value::from(got.to_vec()), expected);
}

#[test]
fn the_shipped_styles_plan_on_the_shipped_history() {
    let bench = Bench::with_history().file("styles.toml", &styles());
    let text = bench.run("plan -c styles.toml").answer();
    for words in [
        "mean_reversion",
        "dual_momentum",
        "volatility_target",
        "20 names by 1/σ of 60",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let plan = bench.run("plan --json -c styles.toml").json();
    let sleeves = plan["sleeves"].as_object().unwrap();
    assert_eq!(sleeves.len(), 5);
    assert!(plan["orders"].as_array().unwrap().len() >= 15, "{plan}");
    assert_eq!(
        bench.run("plan --json -c styles.toml").json()["orders"],
        plan["orders"]
    );
}

/// A sleeve of a wrapping kind with this in place of the table of the one inside.
#[track_caller]
fn check(of: &str, expected: &str) {
    let text = format!(
        "[sleeve.calm]\nstrategy = \"volatility_target\"\nweight = 0.3\n[sleeve.calm.params]\ntarget = 0.1\n{of}\n"
    );
    let bench = Bench::with_history().file("my.toml", &text);
    let complaint = bench.run("config check -c my.toml").complaint();
    let next = "\n  check a config with:  polyfolio config check -c my.toml\n";
    let body = complaint.strip_suffix(next).unwrap_or(&complaint);
    assert_eq!(body.trim_end(), expected, "for\n{text}");
}

#[test]
fn what_is_wrong_inside_is_shown_where_it_stands() {
    check(
        "[sleeve.calm.params.of]\nstrategy = \"momentun\"",
        "error: there is no strategy \"momentun\"\n  my.toml, line 7, sleeve.calm.params.of.strategy = \"momentun\"\n  expected one of equal_weight, sma_cross, momentum, dual_momentum, mean_reversion, breakout, inverse_volatility, volatility_target, targets_file; did you mean \"momentum\"?",
    );
    check(
        "[sleeve.calm.params.of]\nstrategy = \"momentum\"\nparams = { tpo = 5 }",
        "error: momentum has no parameter \"tpo\"\n  my.toml, line 8, sleeve.calm.params.of.params.tpo = 5\n  expected one of lookback_months, skip_months, top; did you mean \"top\"?",
    );
    check(
        "of = { strategy = \"momentum\", params = { top = 0 } }",
        "error: momentum parameter \"top\" is 0\n  my.toml, line 6, sleeve.calm.params.of.params.top = 0\n  expected a whole number, at least 1",
    );
    check(
        "of = { stratgy = \"momentum\" }",
        "error: unknown key \"stratgy\"\n  my.toml, line 6, sleeve.calm.params.of.stratgy = \"momentum\"\n  expected one of strategy, params; did you mean \"strategy\"?",
    );
    check(
        "of = { params = { top = 1 } }",
        "error: of names no strategy\n  my.toml, line 6\n  expected strategy = \"momentum\" in sleeve.calm.params.of",
    );
    check(
        "of = \"momentum\"",
        "error: volatility_target parameter \"of\" is \"momentum\"\n  my.toml, line 6, sleeve.calm.params.of = \"momentum\"\n  expected a table such as { strategy = \"momentum\", params = { top = 5 } }",
    );
    check(
        "of = { strategy = \"momentum\", params = 5 }",
        "error: params are 5\n  my.toml, line 6, sleeve.calm.params.of.params = 5\n  expected a table such as { lookback_months = 12, skip_months = 1, top = 5 }",
    );
    check(
        "of = { strategy = \"targets_file\", params = { path = \"a.json\" } }",
        "error: targets_file cannot stand inside another strategy\n  my.toml, line 6, sleeve.calm.params.of.strategy = \"targets_file\"\n  expected a kind that is replayed over the history",
    );
    check(
        "of = { strategy = \"dual_momentum\", params = { defensive = \"KOO\" } }",
        "error: KOO is not in the universe of sleeve calm\n  my.toml, line 6, sleeve.calm.params.of.params.defensive = \"KOO\"\n  expected a symbol of the universe; did you mean \"KO\"?",
    );
    check(
        "",
        "error: volatility_target needs the parameter \"of\"\n  my.toml, line 1\n  expected params = { of = … } in [sleeve.calm]: the strategy that is scaled",
    );
}

/// A later layer replaces the table as a whole, and what is wrong in it is shown there.
#[test]
fn a_variable_replaces_what_is_inside() {
    const VARIABLE: &str = "POLYFOLIO__SLEEVE__STEADY__PARAMS__OF";
    let with = |of: &'static str| {
        let bench = Bench::with_history().file("styles.toml", &styles());
        bench.variable(VARIABLE, of)
    };
    let bench = with("{ strategy = \"equal_weight\" }");
    let shown = bench.run("config show -c styles.toml").answer();
    assert!(
        shown.contains("params.of = { strategy = \"equal_weight\" }\n"),
        "{shown}"
    );
    let complaint = with("{ strategy = \"momentum\", params = { top = 0 } }")
        .run("config check -c styles.toml")
        .complaint();
    assert!(!complaint.contains("styles.toml, line"), "{complaint}");
    assert!(
        complaint.contains("sleeve.steady.params.of.params.top"),
        "{complaint}"
    );
}
