//! The state file: pwb-toolbox's keys and shapes.

use polyfolio_model::RunId;
use polyfolio_report::run_report;
use polyfolio_report::state_file::{file_name, state_file, to_text};
use serde_json::{Value, json};

use crate::journal::{self, Journal};

fn state(journal: &Journal, run: u32) -> Value {
    let report = run_report(&journal.book, RunId(run)).expect("it is the last run");
    state_file(&report, &journal.book)
}

fn keys(of: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = of.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

#[test]
fn the_top_level_has_pwb_toolboxs_keys_and_no_others() {
    let state = state(&journal::first_run(), 1);
    let expected = [
        "account_nav_value",
        "nav_history",
        "orders",
        "positions",
        "strategies_positions",
        "target_positions",
        "timestamp",
        "trades",
    ];
    assert_eq!(keys(&state), expected);
    assert_eq!(state["account_nav_value"], 1_000_433.48);
    assert_eq!(state["timestamp"], "2022-11-30T21:06:01.000000+00:00");
    assert_eq!(state["orders"], json!({ "CVX": 412.0, "WMT": 12.0 }));
    assert_eq!(state["positions"], json!({ "BND": 7.0 }));
    assert_eq!(
        state["strategies_positions"]["reversion"],
        json!({ "KO": -40.0 })
    );
    assert_eq!(
        state["target_positions"],
        json!({ "CVX": 412.0, "KO": 0.0, "WMT": 12.0 })
    );
    let history = json!([{ "account_nav_value": 1_000_433.48, "timestamp": state["timestamp"] }]);
    assert_eq!(state["nav_history"], history);
}

#[test]
fn an_opening_execution_is_marked_at_the_close_that_decided() {
    let state = state(&journal::first_run(), 1);
    let first = &state["trades"][0];
    let expected = json!({
        "timestamp": "2022-11-30T21:01:00.000000+00:00",
        "ib_timestamp": "2022-11-30T21:01:00.000000+00:00",
        "symbol": "CVX", "action": "BUY", "quantity": 200.0, "price": 179.25,
        "order_id": "00000abc000000010000000100000001", "status": "Filled", "filled": 200.0,
        "avg_fill_price": 179.25,
        "entry": "2022-11-30T21:01:00.000000+00:00", "exit": "2022-11-30T21:06:01.000000+00:00",
        "return": (179.2 - 179.25) / 179.25, "return_basis": "marked", "direction": "long",
        "order_type": "LMT", "entry_price": 179.25, "model_entry_price": 179.3,
        "signal_time": "2022-11-30T21:00:00.000000+00:00",
        "arrival_price": 179.3, "decision_price": 179.2, "slippage": -10.0,
        "slippage_bp": -10.0 / (200.0 * 179.3) * 1e4, "fee": 2.0, "exec_id": "X1", "parent": "1.1",
        "sleeves": {
            "trend": { "fee": 0.87, "quantity": 87.0 },
            "momentum": { "fee": 1.13, "quantity": 113.0 },
        },
    });
    assert_eq!(keys(first), keys(&expected));
    for key in keys(&expected) {
        match (first[key].as_f64(), expected[key].as_f64()) {
            (Some(found), Some(wanted)) => {
                assert!((found - wanted).abs() < 1e-12, "{key}: {found}")
            }
            _ => assert_eq!(first[key], expected[key], "{key}"),
        }
    }
    assert_eq!(state["trades"][1]["price"], Value::Null);
    assert_eq!(state["trades"][1]["order_type"], "MKT");
}

#[test]
fn a_closing_execution_has_its_return_on_the_average_cost() {
    let state = state(&journal::two_runs(), 2);
    let [sold] = &state["trades"].as_array().unwrap()[..] else {
        panic!("one trade")
    };
    let cost = (200.0 * 179.25 + 212.0 * 179.4) / 412.0;
    assert!((sold["return"].as_f64().unwrap() - (190.6 - cost) / cost).abs() < 1e-12);
    assert_eq!(
        (&sold["return_basis"], &sold["exit"]),
        (&json!("realised"), &sold["entry"])
    );
    assert_eq!(
        (&sold["direction"], &sold["action"]),
        (&json!("short"), &json!("SELL"))
    );
    assert_eq!(state["nav_history"].as_array().unwrap().len(), 2);
}

#[test]
fn orders_that_sell_are_negative_and_absurd_numbers_are_null() {
    let mut journal = Journal::new();
    let plan = json!({
        "orders": [{ "symbol": "KO", "side": "SELL", "quantity": "0.30000000000000004" }],
        "targets": { "KO": "NaN", "PG": "1e999" },
    });
    journal.plan(1, "2022-11-30", 0, plan);
    let state = state(&journal, 1);
    assert_eq!(state["orders"], json!({ "KO": -0.300_000_000_000_000_04 }));
    assert_eq!(state["target_positions"], json!({ "KO": null, "PG": null }));
    assert_eq!(
        (&state["account_nav_value"], &state["trades"]),
        (&Value::Null, &json!([]))
    );
}

#[test]
fn the_text_is_sorted_and_indented_by_two() {
    let text = to_text(json!({ "b": [1.0], "a": { "d": null, "c": "x" } }));
    let expected =
        "{\n  \"a\": {\n    \"c\": \"x\",\n    \"d\": null\n  },\n  \"b\": [\n    1.0\n  ]\n}\n";
    assert_eq!(text, expected);
    assert_eq!(file_name("20221130-001"), "20221130-001.json");
}

/// F41: the second run of a day wrote over the first one's file, and a value that was no number left
/// the text cut short. Here a run has a file of its own, and the text is whole before it is written.
#[test]
fn f41_every_run_has_a_file_of_its_own_and_its_text_reads_back() {
    let mut journal = Journal::new();
    let plan = json!({ "targets": { "KO": "NaN", "PG": "1e999" } });
    journal.plan(1, "2022-11-30", 0, plan);
    let text = to_text(state(&journal, 1));
    let back: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(back["target_positions"], json!({ "KO": null, "PG": null }));
    assert_ne!(file_name("20221130-001"), file_name("20221130-002"));
    let two = journal::two_runs();
    let report = run_report(&two.book, RunId(2)).unwrap();
    let first = run_report(&journal::first_run().book, RunId(1)).unwrap();
    assert_ne!(file_name(&report.label), file_name(&first.label));
}
