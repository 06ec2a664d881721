//! Kinds by name: the built-in ones, one of one's own, and every way to misspell them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use polyfolio_model::InstrumentId;
use polyfolio_ports::{Row, Size, Strategy, VirtualAccount};
use polyfolio_strategies::{Bounds, Kind, Param, ParamType, Registry, Settings, Source};
use serde_json::{Value, json};

fn refused(kind: &str, params: Value, expect: &str) {
    let made = Registry::builtin().host(kind, &params, Settings::default());
    assert_eq!(made.unwrap_err().to_string(), expect);
}

#[test]
fn every_kind_is_explained_and_made_from_its_defaults() {
    let registry = Registry::builtin();
    let names: Vec<&str> = registry.kinds().map(|kind| kind.name).collect();
    assert_eq!(
        names,
        [
            "equal_weight",
            "sma_cross",
            "momentum",
            "dual_momentum",
            "mean_reversion",
            "breakout",
            "inverse_volatility",
            "volatility_target",
            "targets_file"
        ]
    );
    for kind in registry.kinds() {
        assert!(!kind.summary.is_empty() && kind.params.iter().all(|p| !p.doc.is_empty()));
        for param in kind.params {
            assert!(
                kind.example.contains(param.name),
                "{} shows {}",
                kind.name,
                param.name
            );
        }
        assert!(
            !kind.about.is_empty() && !kind.warm_up.is_empty(),
            "{}",
            kind.name
        );
        assert!(kind.reference.is_empty() == (kind.name == "targets_file"));
        let params = match kind.name {
            "targets_file" => json!({"path": "t.json"}),
            "volatility_target" => json!({"of": {"strategy": "equal_weight"}}),
            _ => Value::Null,
        };
        assert!(kind.source(&params, &registry).is_ok(), "{}", kind.name);
    }
}

#[test]
fn a_kind_explains_itself_to_a_program() {
    let registry = Registry::builtin();
    let sma = serde_json::to_value(registry.kind("sma_cross").unwrap()).unwrap();
    assert_eq!(sma["example"], "{ fast = 50, slow = 200 }");
    let fast = json!({
        "name": "fast", "type": "integer", "min": 1, "default": 50, "doc": "rows of the fast average"
    });
    assert_eq!(sma["params"][0], fast);
}

#[test]
fn misspelt_kinds_and_parameters_are_named_with_the_nearest() {
    let kinds = "the kinds are equal_weight, sma_cross, momentum, dual_momentum, mean_reversion, \
                 breakout, inverse_volatility, volatility_target, targets_file";
    refused(
        "sma-cross",
        Value::Null,
        &format!(r#"there is no strategy "sma-cross", did you mean "sma_cross"?; {kinds}"#),
    );
    refused(
        "carry",
        Value::Null,
        &format!(r#"there is no strategy "carry"; {kinds}"#),
    );
    refused(
        "sma_cross",
        json!({"fst": 10}),
        r#"sma_cross has no parameter "fst", did you mean "fast"?; it takes fast, slow"#,
    );
    refused(
        "equal_weight",
        json!({"n": 1}),
        r#"equal_weight has no parameter "n"; it takes none"#,
    );
}

#[test]
fn wrong_values_are_named() {
    let whole = "expected a whole number, at least 1";
    for found in [
        json!("50"),
        json!(0),
        json!(-3),
        json!(50.5),
        json!(null),
        json!(5_000_000_000_u64),
    ] {
        refused(
            "sma_cross",
            json!({"fast": found}),
            &format!(r#"sma_cross parameter "fast" is {found}; {whole}"#),
        );
    }
    refused(
        "sma_cross",
        json!({"fast": 200}),
        r#"sma_cross parameter "slow" is 200; expected more than "fast""#,
    );
    refused(
        "momentum",
        json!({"skip_months": 12}),
        r#"momentum parameter "skip_months" is 12; expected less than "lookback_months""#,
    );
    refused(
        "momentum",
        json!([1]),
        "params of momentum are [1]; expected a table such as \
         { lookback_months = 12, skip_months = 1, top = 5 }",
    );
    refused(
        "targets_file",
        json!({"path": ""}),
        r#"targets_file parameter "path" is ""; expected text in quotes"#,
    );
    let made = Registry::builtin().host("targets_file", &Value::Null, Settings::default());
    let text = made.unwrap_err().to_string();
    assert!(
        text.starts_with(r#"targets_file needs the parameter "path": "#),
        "{text}"
    );
}

#[test]
fn what_does_not_go_together_is_named() {
    let said = [
        (
            "mean_reversion",
            json!({"entry": 1, "exit": 1}),
            r#"mean_reversion parameter "exit" is 1; expected less than "entry""#,
        ),
        (
            "mean_reversion",
            json!({"entry": 0}),
            r#"mean_reversion parameter "entry" is 0; expected a number above 0"#,
        ),
        (
            "mean_reversion",
            json!({"direction": "short"}),
            r#"mean_reversion parameter "direction" is "short"; expected "long" or "long_short""#,
        ),
        (
            "breakout",
            json!({"entry": 20, "exit": 21}),
            r#"breakout parameter "exit" is 21; expected at most "entry""#,
        ),
        (
            "inverse_volatility",
            json!({"window": 1}),
            r#"inverse_volatility parameter "window" is 1; expected a whole number, at least 2"#,
        ),
        (
            "dual_momentum",
            json!({"threshold": "0"}),
            r#"dual_momentum parameter "threshold" is "0"; expected a number"#,
        ),
        (
            "volatility_target",
            json!({"of": {"strategy": "equal_weight"}, "target": 10}),
            r#"volatility_target parameter "target" is 10; expected a number above 0, at most 2"#,
        ),
    ];
    for (kind, params, expect) in said {
        refused(kind, params, expect);
    }
}

/// What stands inside is refused as it would be alone, with the way to it.
#[test]
fn what_is_wrapped_is_checked_as_if_it_stood_alone() {
    let inside = |of: Value, expect: &str| {
        let expect = format!(r#"volatility_target parameter "of": {expect}"#);
        refused("volatility_target", json!({"of": of}), &expect);
    };
    inside(
        json!({"kind": "momentum"}),
        r#"there is no key "kind"; the keys are strategy, params"#,
    );
    inside(
        json!({"strategey": "momentum"}),
        r#"there is no key "strategey", did you mean "strategy"?; the keys are strategy, params"#,
    );
    inside(
        json!({}),
        "the strategy is not said; expected a kind in quotes",
    );
    inside(
        json!({"strategy": 5}),
        "the strategy is 5; expected a kind in quotes",
    );
    inside(
        json!({"strategy": "momentum", "params": {"tpo": 5}}),
        r#"momentum has no parameter "tpo", did you mean "top"?; it takes lookback_months, skip_months, top"#,
    );
    inside(
        json!({"strategy": "targets_file", "params": {"path": "a.json"}}),
        "targets_file is read and not replayed; it cannot stand inside another strategy",
    );
    inside(
        json!({"strategy": "volatility_target", "params": {"of": {"strategy": "sma_cross", "params": {"fast": 0}}}}),
        r#"volatility_target parameter "of": sma_cross parameter "fast" is 0; expected a whole number, at least 1"#,
    );
    refused(
        "volatility_target",
        json!({"of": "momentum"}),
        "volatility_target parameter \"of\" is \"momentum\"; expected a table such as \
         { strategy = \"momentum\", params = { top = 5 } }",
    );
}

#[test]
fn a_name_outside_the_universe_is_refused_before_the_first_row() {
    let csv = "date,A,B\n2023-01-02,10,5\n2023-01-03,20,5\n";
    let history = polyfolio_market_data::History::parse("t.csv", csv.as_bytes()).unwrap();
    let dual = json!({"defensive": "C"});
    let wrapping = json!({"of": {"strategy": "dual_momentum", "params": {"hurdle": "C"}}});
    for (kind, params) in [("dual_momentum", dual), ("volatility_target", wrapping)] {
        let host = Registry::builtin().host(kind, &params, Settings::default());
        let error = host.unwrap().evaluate(&history, None).unwrap_err();
        let expect = "the strategy names C, which is not in its universe";
        assert_eq!(error.to_string(), expect, "{kind}");
    }
}

#[test]
fn impossible_settings_make_no_host() {
    let settings = Settings {
        capital: -1.0,
        ..Settings::default()
    };
    let made = Registry::builtin().host("equal_weight", &Value::Null, settings);
    let expect = "capital is -1; expected a finite amount above zero";
    assert_eq!(made.unwrap_err().to_string(), expect);
}

/// Holds one share of its equity in the first instrument.
#[derive(Clone)]
struct Fixed(f64);

impl Strategy for Fixed {
    fn on_row(&mut self, row: &Row<'_>, _: &VirtualAccount<'_>) -> Vec<(InstrumentId, Size)> {
        vec![(row.instruments[0].clone(), Size::Weight(self.0))]
    }
}

#[test]
fn a_kind_of_ones_own_stands_behind_many_sleeves() {
    const PARAMS: &[Param] = &[Param {
        name: "weight",
        kind: ParamType::Number {
            bounds: Bounds::ANY,
            default: Some(1.0),
        },
        doc: "share of equity",
    }];
    let mut registry = Registry::builtin();
    registry.register(Kind::new(
        "fixed",
        "a fixed share",
        PARAMS,
        "{ weight = 0.5 }",
        |params| Ok(Source::strategy(Fixed(params.number("weight")))),
    ));
    let csv = "date,A\n2023-01-02,10\n2023-01-03,20\n";
    let history = polyfolio_market_data::History::parse("t.csv", csv.as_bytes()).unwrap();
    let last = |params: Value| {
        let settings = Settings {
            capital: 100.0,
            ..Settings::default()
        };
        let host = registry.host("fixed", &params, settings).unwrap();
        let evaluation = host.evaluate(&history, None).unwrap();
        assert_eq!(
            host.evaluate(&history, None).unwrap().fills,
            evaluation.fills
        );
        evaluation.last_nav()
    };
    assert_eq!(last(json!({"weight": 0.5})), Some(150.0));
    assert_eq!(last(Value::Null), Some(200.0));
    // It can stand inside another, too: the factor is at most 1, and there is nothing to vary.
    let wrapped = json!({"window": 2, "of": {"strategy": "fixed", "params": {"weight": 0.5}}});
    let host = registry.host("volatility_target", &wrapped, Settings::default());
    let flat = "date,A\n2023-01-02,10\n2023-01-03,10\n2023-01-04,10\n";
    let flat = polyfolio_market_data::History::parse("t.csv", flat.as_bytes()).unwrap();
    let evaluation = host.unwrap().evaluate(&flat, None).unwrap();
    assert_eq!(evaluation.positions["A"], 50_000.0);
}
