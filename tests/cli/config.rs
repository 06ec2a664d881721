//! Layers: what lies over what, and what `config` says of it.

use crate::support::Bench;

const TWO_SLEEVES: &str = "[sleeve.zebra]\nstrategy = \"equal_weight\"\nweight = 0.5\n[sleeve.ant]\nstrategy = \"momentum\"\nweight = 0.4\n";

#[track_caller]
fn line<'a>(shown: &'a str, key: &str) -> &'a str {
    let found = shown
        .lines()
        .find(|line| line.starts_with(&format!("{key} = ")));
    found.unwrap_or_else(|| panic!("no {key} in\n{shown}"))
}

#[test]
fn the_shipped_config_is_sound() {
    let said = Bench::with_history().run("config check").answer();
    assert_eq!(
        said,
        "config is sound · paper · 4 sleeves · sized by NAV · 20 instruments · prices to 2022-12-28\n"
    );
    let json = Bench::with_history().run("config check --json").json();
    assert_eq!(json["schema"], "polyfolio.config-check/1");
    assert_eq!(
        (&json["as_of"], &json["ok"]),
        (&"2022-12-28".into(), &true.into())
    );
}

#[test]
fn the_schema_is_the_file_that_comes_along() {
    let said = Bench::new().run("config schema").answer();
    assert_eq!(said, include_str!("../../config/schema.json"));
    let framed = Bench::new().run("config schema --json").json();
    assert_eq!(framed["schema"], "polyfolio.config-schema/1");
    assert_eq!(framed["json_schema"]["title"], "polyfolio config");
}

#[test]
fn the_file_of_the_working_directory_replaces_the_compiled_in_one() {
    let bench = Bench::new().file("config/default.toml", TWO_SLEEVES);
    let shown = bench.run("config show").answer();
    assert!(
        shown.contains("[sleeve.ant]") && !shown.contains("[sleeve.trend]"),
        "{shown}"
    );
    assert!(!shown.contains("daily"), "{shown}");
}

#[test]
fn every_layer_wins_over_those_before() {
    let bench = Bench::new()
        .file(
            "one.toml",
            "[portfolio]\nleverage = 1.1\nmin_notional = 11\n[execution]\nhorizon = \"1m\"\n",
        )
        .file(
            "two.toml",
            "[portfolio]\nleverage = 1.2\nmin_notional = 12\n",
        )
        .variable("POLYFOLIO__PORTFOLIO__LEVERAGE", "1.3");
    let shown = bench
        .run("config show --origin -c one.toml -c two.toml")
        .answer();
    let said = |key| {
        line(&shown, key)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(
        said("leverage"),
        "leverage = 1.3 # environment POLYFOLIO__PORTFOLIO__LEVERAGE"
    );
    assert_eq!(said("min_notional"), "min_notional = 12 # two.toml, line 3");
    assert_eq!(said("horizon"), "horizon = \"1m\" # one.toml, line 5");
    assert_eq!(said("on_stop"), "on_stop = \"leave\" # built in");
    assert!(
        said("spread_ticks").starts_with("spread_ticks = 2 # shipped config/default.toml, line ")
    );
}

#[test]
fn own_sleeves_replace_the_shipped_ones_and_keep_their_order() {
    let bench = Bench::new()
        .file("my.toml", TWO_SLEEVES)
        .file("more.toml", "[sleeve.ant]\nweight = 0.1\n");
    let shown = bench.run("config show -c my.toml -c more.toml").answer();
    let sleeves: Vec<&str> = shown
        .lines()
        .filter(|line| line.starts_with("[sleeve"))
        .collect();
    assert_eq!(sleeves, ["[sleeve.zebra]", "[sleeve.ant]"]);
    assert!(
        shown.contains("strategy = \"momentum\"\nweight = 0.1\n"),
        "{shown}"
    );
}

#[test]
fn files_without_sleeves_keep_the_shipped_ones() {
    let bench = Bench::with_history().file("my.toml", "[portfolio]\nleverage = 0.5\n");
    let json = bench.run("config check --json -c my.toml").json();
    assert_eq!(
        json["sleeves"],
        serde_json::json!(["trend", "momentum", "swing", "core"])
    );
}

#[test]
fn what_is_shown_is_a_config_that_says_the_same() {
    let bench = Bench::new();
    let shown = bench.run("config show").answer();
    let again = bench.file("config/default.toml", &shown);
    assert_eq!(again.run("config show").answer(), shown);
}

#[test]
fn amounts_are_exact_and_shown_as_text_in_json() {
    let bench = Bench::new().file(
        "my.toml",
        "[broker.paper]\ncash = 1_000_000.10\npositions = { \"BRK.B\" = 0.123456789012345678 }\n",
    );
    let json = bench.run("config show --json --origin -c my.toml").json();
    let paper = &json["config"]["broker"]["paper"];
    assert_eq!(paper["cash"], "1000000.1");
    assert_eq!(paper["positions"]["BRK.B"], "0.123456789012345678");
    assert_eq!(json["origins"]["broker.paper.cash"], "my.toml, line 2");
}

#[test]
fn reference_sizing_trades_every_difference_unless_told() {
    let parity =
        "[portfolio]\nsizing = \"reference\"\nreference_nav = 1e5\nreference_date = 2020-01-02\n";
    let bench = Bench::with_history().file("parity.toml", parity);
    let shown = bench.run("config show -c parity.toml").answer();
    assert_eq!(line(&shown, "no_trade_band"), "no_trade_band = 0.0");
    assert_eq!(
        line(&bench.run("config show").answer(), "no_trade_band"),
        "no_trade_band = 0.01"
    );
    bench.run("config check -c parity.toml").answer();
}

#[test]
fn reference_sizing_leaves_weights_to_the_planner() {
    let parity = "[portfolio]\nsizing = \"reference\"\nreference_nav = nan\nreference_date = 2020-01-02\n\
                  leverage = -1\n[sleeve.a]\nstrategy = \"equal_weight\"\nweight = nan\n";
    let bench = Bench::with_history().file("parity.toml", parity);
    bench.run("config check -c parity.toml").answer();
}

#[test]
fn init_writes_a_config_once() {
    let bench = Bench::with_history();
    assert_eq!(
        bench.run("config init sub/my.toml").answer(),
        "sub/my.toml\n"
    );
    let written = std::fs::read_to_string(bench.path("sub/my.toml")).unwrap();
    assert!(written.contains("[sleeve.trend]"));
    bench.run("config check -c sub/my.toml").answer();
    let again = bench.run("config init sub/my.toml").complaint();
    assert!(
        again.starts_with("error: the file exists and is left alone\n  sub/my.toml\n"),
        "{again}"
    );
    assert_eq!(
        std::fs::read_to_string(bench.path("sub/my.toml")).unwrap(),
        written
    );
}

#[test]
fn reference_sizing_over_files_needs_no_history() {
    let parity = "[portfolio]\nsizing = \"reference\"\nrounding = \"none\"\nreference_nav = 1e5\n\
                  reference_date = 2023-01-02\n\
                  [sleeve.a]\nstrategy = \"targets_file\"\nweight = 1\nparams.path = \"a.json\"\n";
    let targets = "{\"nav\":[[\"2023-01-02\",100000.0]],\"positions\":{\"AAPL\":10.5}}";
    let bench = Bench::new()
        .file("parity.toml", parity)
        .file("a.json", targets);
    assert_eq!(
        bench.run("config check -c parity.toml").answer(),
        "config is sound · paper · 1 sleeve · sized by the reference of 2023-01-02\n"
    );
}

/// Whoever knows the address of a webhook may write there.
#[test]
fn the_address_of_a_webhook_is_shown_nowhere() {
    const ADDRESS: &str = "https://hooks.example.com/T0-very-secret";
    let book = format!("[notify]\nwebhook = \"{ADDRESS}\"\nevents = [\"break\"]\n");
    let in_file = Bench::with_history().file("my.toml", &book);
    let in_variable = Bench::with_history()
        .file("my.toml", "[notify]\nevents = [\"break\"]\n")
        .variable("POLYFOLIO__NOTIFY__WEBHOOK", ADDRESS);
    for bench in [in_file, in_variable] {
        for line in [
            "config show",
            "config show --origin",
            "config show --json",
            "config check",
        ] {
            let said = bench.run(&format!("{line} -c my.toml"));
            assert_eq!(said.code, Some(0), "{line}: {said:?}");
            let all = format!("{}{}", said.out, said.err);
            assert!(!all.contains("T0-very-secret"), "{line}: {all}");
            assert!(
                line == "config check" || all.contains("(not shown)"),
                "{line}: {all}"
            );
        }
    }
}

#[test]
fn a_webhook_that_is_none_is_refused_where_it_stands_and_not_shown() {
    for (value, expected) in [
        (
            "\"hooks.example.com/T0-very-secret\"",
            "webhook is not a URL",
        ),
        (
            "\"ftp://example.com/T0-very-secret\"",
            "webhook is not a URL of http or https",
        ),
        ("[\"T0-very-secret\"]", "webhook is not text"),
    ] {
        let bench =
            Bench::with_history().file("my.toml", &format!("[notify]\nwebhook = {value}\n"));
        let said = bench.run("config check -c my.toml").complaint();
        for expected in [expected, "my.toml, line 2, notify.webhook = (not shown)"] {
            assert!(said.contains(expected), "{expected}: {said}");
        }
        assert!(!said.contains("T0-very-secret"), "{said}");
    }
    let bench = Bench::with_history().variable("POLYFOLIO__NOTIFY__WEBHOOK", "T0-very-secret");
    let said = bench.run("config check").complaint();
    assert!(
        said.contains("environment POLYFOLIO__NOTIFY__WEBHOOK"),
        "{said}"
    );
    assert!(!said.contains("T0-very-secret"), "{said}");
    // A key that is misspelt may hold it too.
    let misspelt = "[notify]\nurl = \"https://hooks.example.com/T0-very-secret\"\n";
    let bench = Bench::with_history().file("my.toml", misspelt);
    let said = bench.run("config check -c my.toml").complaint();
    assert!(said.contains("notify.url = (not shown)"), "{said}");
    assert!(!said.contains("T0-very-secret"), "{said}");
    let bench = Bench::with_history().file("my.toml", "[notify]\nevents = [\"brake\"]\n");
    let said = bench.run("config check -c my.toml").complaint();
    assert!(said.contains("events is not a list of its words"), "{said}");
    assert!(said.contains("a list of: order_rejected, "), "{said}");
}
