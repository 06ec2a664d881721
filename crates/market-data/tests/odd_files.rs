//! Histories that are allowed, and so strange that they once broke something.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::fmt::Write as _;

use polyfolio_market_data::{History, check};

#[test]
fn a_great_price_beside_one_of_many_decimals_is_reported() {
    let text = "date,A,B\n2023-01-02,1e-28,79228162514264337593543950335\n";
    let history = History::parse("odd.csv", text.as_bytes()).unwrap();
    let report = check("odd.csv", &history).to_string();
    for shown in [
        " 0.0000000000000000000000000001",
        " 79228162514264337593543950335.0000000000000000000000000000",
    ] {
        assert!(report.contains(shown), "{report}");
    }
}

#[test]
fn prices_of_a_report_share_their_decimals() {
    let text = "date,A,B,C\n2023-01-02,1.5,7,20.00\n2023-01-03,1.255,7,19.10\n";
    let history = History::parse("odd.csv", text.as_bytes()).unwrap();
    let report = check("odd.csv", &history).to_string();
    let row = |name: &str| {
        let line = report
            .lines()
            .find(|line| line.trim_start().starts_with(name));
        line.unwrap()
            .split_whitespace()
            .skip(1)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(row("A "), "1.500 1.255 1.255 1.500");
    assert_eq!(row("B "), "7.000 7.000 7.000 7.000");
    assert_eq!(row("C "), "20.000 19.100 19.100 20.000");
}

/// Each name is compared with few others: with all of them, this would take minutes.
#[test]
fn a_hundred_thousand_columns_are_read() {
    let mut text = String::from("date");
    for column in 0..100_000 {
        let _ = write!(text, ",I{column}");
    }
    text.push_str(",I7\n");
    let refused = History::parse("wide.csv", text.as_bytes()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "wide.csv, line 1, column 100002: instrument I7 already stands in column 9"
    );
}
