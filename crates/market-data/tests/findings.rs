//! What looks wrong in a history is found, with its lines; and nothing else is.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::fmt::Write as _;

use chrono::{Datelike, NaiveDate};
use polyfolio_market_data::{History, ReadOptions, check};

const ROWS: usize = 60;

/// Weekdays from 2023-01-02 on.
fn dates() -> Vec<NaiveDate> {
    let first: NaiveDate = "2023-01-02".parse().unwrap();
    let weekdays = first
        .iter_days()
        .filter(|day| day.weekday().number_from_monday() <= 5);
    weekdays.take(ROWS).collect()
}

/// A calm course: up and down by one in a hundred, never twice the same.
fn calm(row: usize, column: usize) -> f64 {
    let wave = f64::sin(row as f64 * 1.7 + column as f64) / 100.0;
    ((50.0 + 10.0 * column as f64) * (1.0 + wave) * 1e6).round() / 1e6
}

/// A wide file of three calm instruments, changed; then what is found, a line each.
fn check_wide(change: impl Fn(usize, usize, f64) -> Option<f64>, expect: &[&str]) {
    let mut text = String::from("date,A,B,C");
    for (row, date) in dates().iter().enumerate() {
        let _ = write!(text, "\n{date}");
        for column in 0..3 {
            match change(row, column, calm(row, column)) {
                Some(close) => write!(text, ",{close}").unwrap(),
                None => text.push(','),
            }
        }
    }
    let history = History::parse("t.csv", text.as_bytes()).unwrap();
    assert_eq!(found(&history), expect);
}

fn found(history: &History) -> Vec<String> {
    let report = check("t.csv", history);
    let told = report.findings.iter().map(|finding| {
        let name = finding
            .instrument
            .as_ref()
            .map_or("all", |name| name.as_str());
        let (code, says) = (finding.code.word(), &finding.says);
        let (from, to) = (finding.from_line.unwrap(), finding.to_line.unwrap());
        format!("{code} {name} {from}-{to} {}: {says}", finding.rows)
    });
    told.collect()
}

#[test]
fn a_calm_file_has_nothing() {
    check_wide(|_, _, close| Some(close), &[]);
    // To begin late and to end early is nothing wrong.
    check_wide(
        |row, column, close| (column != 1 || (20..40).contains(&row)).then_some(close),
        &[],
    );
}

#[test]
fn days_that_the_others_have_are_gaps() {
    check_wide(
        |row, column, close| (column != 2 || !(10..13).contains(&row)).then_some(close),
        &["gap C 11-15 3: 3 rows without a close between these"],
    );
    // Most of the others lack the day as well: a holiday of theirs, and only the one has it.
    check_wide(
        |row, column, close| (row != 10 || column == 0).then_some(close),
        &[],
    );
}

#[test]
fn weeks_without_any_row_are_a_gap_of_all() {
    let mut text = String::from("date,A");
    for (row, date) in dates()
        .iter()
        .enumerate()
        .filter(|(row, _)| !(10..16).contains(row))
    {
        let _ = write!(text, "\n{date},{}", calm(row, 0));
    }
    let history = History::parse("t.csv", text.as_bytes()).unwrap();
    assert_eq!(
        found(&history),
        ["gap all 11-12 6: 6 weekdays without any row"]
    );
}

#[test]
fn a_ratio_of_shares_on_a_quiet_day_is_a_split() {
    let from = |day: usize, ratio: f64| {
        move |row, column, close| {
            Some(if column == 0 && row >= day {
                close / ratio
            } else {
                close
            })
        }
    };
    let says = |ratio: f64, told: &str| {
        let change = (calm(20, 0) / ratio / calm(19, 0) - 1.0) * 100.0;
        format!("split A 21-22 1: {change:+.1} %, as a split {told} that was not adjusted")
    };
    for (ratio, told) in [
        (2.0, "2:1"),
        (3.0, "3:1"),
        (1.5, "3:2"),
        (10.0, "10:1"),
        (0.5, "1:2"),
    ] {
        check_wide(from(20, ratio), &[&says(ratio, told)]);
    }
    // Neither the ratio of a split, nor a day on which the others stood still.
    check_wide(from(20, 1.25), &[]);
    check_wide(
        |row, _, close| Some(if row >= 20 { close / 2.0 } else { close }),
        &[],
    );
}

#[test]
fn what_goes_out_and_comes_back_is_an_outlier() {
    let typed = |row, column, close| {
        Some(if (row, column) == (30, 1) {
            close * 10.0
        } else {
            close
        })
    };
    let change = (10.0 * calm(30, 1) / calm(29, 1) - 1.0) * 100.0;
    let begins = format!("outlier B 31-32 1: {change:+.1} %");
    let mut text = String::from("date,A,B,C");
    for (row, date) in dates().iter().enumerate() {
        let _ = write!(text, "\n{date}");
        for column in 0..3 {
            let _ = write!(text, ",{}", typed(row, column, calm(row, column)).unwrap());
        }
    }
    let found = found(&History::parse("t.csv", text.as_bytes()).unwrap());
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with(&begins), "{found:?}");
    assert!(
        found[0].ends_with("times the usual, and back on the next"),
        "{found:?}"
    );
}

#[test]
fn ten_equal_closes_are_stale_and_nine_are_not() {
    let still = |rows: usize| {
        move |row, column, close| {
            Some(if column == 2 && (5..5 + rows).contains(&row) {
                71.5
            } else {
                close
            })
        }
    };
    check_wide(still(9), &[]);
    check_wide(still(10), &["stale C 7-16 10: 10 closes of 71.5"]);
}

#[test]
fn bars_without_volume_are_told_by_the_lines_of_a_long_file() {
    let mut text = String::from("symbol,date,close,volume");
    for (row, date) in dates().iter().enumerate() {
        for column in 0..2 {
            let volume = if column == 1 && (3..6).contains(&row) {
                0
            } else {
                100
            };
            let _ = write!(text, "\nS{column},{date},{},{volume}", calm(row, column));
        }
    }
    let options = ReadOptions {
        lines: true,
        ..ReadOptions::default()
    };
    let history = History::parse_with("t.csv", text.as_bytes(), &options).unwrap();
    assert_eq!(
        found(&history),
        ["zero_volume S1 9-13 3: 3 bars with a volume of 0"]
    );
}

#[test]
fn a_page_is_narrow_and_leaves_out_what_is_too_much() {
    let mut text = String::from("date,SYMBOL12");
    for (row, date) in dates().iter().enumerate() {
        let _ = write!(text, "\n{date},{}", if row % 2 == 0 { 100 } else { 200 });
    }
    let mut long = String::from("date,symbol,close,volume");
    for (row, date) in dates().iter().enumerate() {
        let _ = write!(long, "\n{date},SYMBOL12,{},{}", calm(row, 0), row % 2);
    }
    let history = History::parse("t.csv", long.as_bytes()).unwrap();
    let report = check("t.csv", &history);
    assert_eq!(report.findings.len(), 30);
    let page = report.to_string();
    assert!(
        page.ends_with("… and 10 before these; --json has them all\n"),
        "{page}"
    );
    let wide = History::parse("t.csv", text.as_bytes()).unwrap();
    for page in [page, check("t.csv", &wide).to_string()] {
        assert!(
            page.lines().all(|line| line.chars().count() <= 80),
            "{page}"
        );
    }
    let json = serde_json::to_value(&report.findings[0]).unwrap();
    assert_eq!(
        (&json["code"], &json["rows"]),
        (&"zero_volume".into(), &1.into())
    );
}
