//! Positions and a NAV series that another program wrote.

use std::fmt::Write as _;
use std::path::Path;

use polyfolio_strategies::{Evaluation, StrategyError, TargetsFile};

const PATH: &str = "targets.json";

/// The bytes are such a file.
pub fn run(data: &[u8]) {
    match TargetsFile::from_bytes(Path::new(PATH), data) {
        Ok(file) => comes_back(&file),
        Err(error) => has_a_place(&error, data),
    }
}

fn has_a_place(error: &StrategyError, data: &[u8]) {
    let StrategyError::Targets { line, column, .. } = error else {
        panic!("not an error of the text: {error}");
    };
    let told = format!("{PATH}, line {line}, column {column}: ");
    assert!(error.to_string().starts_with(&told), "{error}");
    let (line, column) = (*line, *column);
    let text = data
        .split(|byte| *byte == b'\n')
        .nth(line.saturating_sub(1));
    let length = text.map(<[u8]>::len);
    assert!(
        line >= 1 && column >= 1 && length.is_some_and(|length| column <= length + 1),
        "{error}: there is no such place, the line has {length:?} bytes"
    );
}

fn comes_back(file: &TargetsFile) {
    let text = written(file);
    let again = match TargetsFile::parse(Path::new(PATH), &text) {
        Ok(again) => again,
        Err(error) => panic!("{error}: {text}"),
    };
    // NaN is not equal to itself; its text is.
    assert_eq!(text, written(&again));
    assert_eq!(file.nav.len(), again.nav.len());
    let evaluation = Evaluation::from(again);
    assert_eq!(evaluation.positions.len(), file.positions.len());
}

/// The file as Python would write it, not-a-numbers bare.
fn written(file: &TargetsFile) -> String {
    let mut text = String::from("{\"nav\": [");
    for (at, (date, value)) in file.nav.iter().enumerate() {
        let gap = if at == 0 { "" } else { ", " };
        let _ = write!(text, "{gap}[\"{date}\", {}]", number(*value));
    }
    text.push_str("], \"positions\": {");
    for (at, (symbol, units)) in file.positions.iter().enumerate() {
        let gap = if at == 0 { "" } else { ", " };
        let symbol = serde_json::Value::from(symbol.as_str());
        let _ = write!(text, "{gap}{symbol}: {}", number(*units));
    }
    text.push_str("}}");
    text
}

fn number(value: f64) -> String {
    match value {
        value if value.is_nan() => "NaN".to_owned(),
        f64::INFINITY => "Infinity".to_owned(),
        f64::NEG_INFINITY => "-Infinity".to_owned(),
        value => format!("{value:?}"),
    }
}
