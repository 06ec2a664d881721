//! Kinds by name: the built-in ones, one of one's own, and every way to misspell them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use polyfolio_model::InstrumentId;
use polyfolio_ports::{Row, Size, Strategy, VirtualAccount};
use polyfolio_strategies::{Kind, Param, ParamType, Registry, Settings, Source};
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
        ["equal_weight", "sma_cross", "momentum", "targets_file"]
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
        let needs_path = kind.name == "targets_file";
        let params = if needs_path {
            json!({"path": "t.json"})
        } else {
            Value::Null
        };
        assert!(kind.source(&params).is_ok(), "{}", kind.name);
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
    let kinds = "the kinds are equal_weight, sma_cross, momentum, targets_file";
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
        kind: ParamType::Number { default: Some(1.0) },
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
}
