//! Files that other programs write, and our own answers read back.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::path::Path;

use polyfolio_market_data::History;
use polyfolio_strategies::{Evaluation, Registry, Settings, TargetsFile};
use serde_json::json;

fn parse(text: &str) -> TargetsFile {
    TargetsFile::parse(Path::new("t.json"), text).unwrap()
}

fn refused(text: &str, expect: &str) {
    let error = TargetsFile::parse(Path::new("t.json"), text).unwrap_err();
    assert_eq!(error.to_string(), format!("t.json, {expect}"));
}

#[test]
fn numbers_stand_bare_or_in_quotes() {
    let text = r#"{"schema":"x","nav":[["2023-01-02",100000.0],["2023-01-03","1e5"],
        ["2023-01-04T00:00:00", 7]],"positions":{"B":"10.5","A":-3},"stats":{"sharpe":NaN}}"#;
    let file = parse(text);
    let nav: Vec<_> = file
        .nav
        .iter()
        .map(|(date, value)| format!("{date} {value}"))
        .collect();
    assert_eq!(
        nav,
        ["2023-01-02 100000", "2023-01-03 100000", "2023-01-04 7"]
    );
    let units: Vec<_> = file
        .positions
        .iter()
        .map(|(id, u)| format!("{id} {u}"))
        .collect();
    assert_eq!(units, ["B 10.5", "A -3"]);
    assert_eq!(Evaluation::from(file).why, "2 positions from its file");
}

#[test]
fn what_is_no_number_reaches_whoever_sizes() {
    let file = parse(
        r#"{"nav":[["2023-01-02",NaN],["2023-01-02",-Infinity]],
            "positions":{"NaN":Infinity,"B":"NaN"}}"#,
    );
    assert!(file.nav[0].1.is_nan() && file.nav[1].1 == f64::NEG_INFINITY);
    assert_eq!(file.positions["NaN"], f64::INFINITY);
    assert!(file.positions["B"].is_nan());
}

#[test]
fn nothing_held_is_an_answer() {
    let file = parse(r#"{"nav":[],"positions":{}}"#);
    assert!(file.nav.is_empty() && file.positions.is_empty());
    assert_eq!(Evaluation::from(file).as_of(), None);
}

#[test]
fn errors_have_file_line_and_column() {
    refused("", "line 1, column 1: EOF while parsing a value");
    refused(
        "{\n  \"nav\": [[\"2023-01-02\", 1],\n}",
        "line 3, column 1: expected value",
    );
    // The bare NaN before it must not shift the column.
    refused(
        r#"{"nav":[["2023-01-02",NaN]],x"#,
        "line 1, column 29: key must be a string",
    );
    refused(
        r#"{"nav":[["02/01/2023",1]],"positions":{}}"#,
        r#"line 1, column 22: "02/01/2023" is not a date such as 2023-01-02"#,
    );
    refused(
        r#"{"nav":[["2023-01-02 16:00",1]],"positions":{}}"#,
        r#"line 1, column 28: "2023-01-02 16:00" is not a date such as 2023-01-02"#,
    );
    refused(
        r#"{"nav":[],"positions":{"A":"ten"}}"#,
        r#"line 1, column 32: "ten" is not a number"#,
    );
    refused(
        r#"{"nav":[],"positions":{"A":1,"A":2}}"#,
        "line 1, column 35: A stands twice in positions",
    );
    refused(
        r#"{"nav":[]}"#,
        "line 1, column 10: missing field `positions`",
    );
}

#[test]
fn missing_and_binary_files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.json");
    let missing = TargetsFile::read(&path).unwrap_err().to_string();
    assert!(missing.starts_with(&format!("targets file {} cannot be read: ", path.display())));
    std::fs::write(&path, b"{\n\xff").unwrap();
    let binary = TargetsFile::read(&path).unwrap_err().to_string();
    assert!(
        binary.ends_with("line 2, column 1: the bytes are not UTF-8 text"),
        "{binary}"
    );
}

#[test]
fn the_answer_of_one_is_the_input_of_the_other() {
    let csv = "date,B,A\n2023-01-02,3,7\n2023-01-31,3.1,7.7\n2023-02-01,3.3,7.1\n";
    let history = History::parse("t.csv", csv.as_bytes()).unwrap();
    let registry = Registry::builtin();
    let settings = Settings::default();
    let host = registry
        .host("equal_weight", &json!({}), settings.clone())
        .unwrap();
    let answer = host.evaluate(&history, None).unwrap();

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.json");
    std::fs::write(&path, serde_json::to_string(&answer).unwrap()).unwrap();
    let host = registry
        .host("targets_file", &json!({"path": path}), settings)
        .unwrap();
    let read = host.evaluate(&history, None).unwrap();
    assert_eq!(read.nav, answer.nav);
    assert!(read.positions.iter().eq(answer.positions.iter()));
}
