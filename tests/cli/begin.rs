//! `polyfolio config init --history`: from a file of one's own to a first plan.

use std::fmt::Write;

use chrono::{Datelike, Days, NaiveDate};

use crate::support::Bench;

/// Weekdays from 2025 on; prices that go up and down, no two instruments alike.
fn closes(names: &[&str], days: usize, scale: f64) -> Vec<(NaiveDate, Vec<f64>)> {
    let first = NaiveDate::from_ymd_opt(2025, 1, 1).unwrap();
    let weekdays = (0_u64..)
        .map(|day| first + Days::new(day))
        .filter(|date| date.weekday().num_days_from_monday() < 5);
    let close = |day: usize, n: usize| {
        let (day, n) = (day as f64, n as f64 + 1.0);
        scale * n * (1.0 + 0.2 * (day / (9.0 * n)).sin() + 0.0007 * day)
    };
    weekdays
        .take(days)
        .enumerate()
        .map(|(day, date)| (date, (0..names.len()).map(|n| close(day, n)).collect()))
        .collect()
}

fn wide(names: &[&str], days: usize, scale: f64) -> String {
    let mut text = format!("date,{}\n", names.join(","));
    for (date, closes) in closes(names, days, scale) {
        let closes: Vec<String> = closes.iter().map(|close| format!("{close:.4}")).collect();
        writeln!(text, "{date},{}", closes.join(",")).unwrap();
    }
    text
}

const SEVEN: [&str; 7] = ["VTI", "VEA", "BND", "GLD", "DBC", "TLT", "QQQ"];

#[test]
fn a_file_of_ones_own_becomes_five_sleeves_and_a_plan() {
    for (names, days) in [
        (&SEVEN[..], 252),
        (&SEVEN, 1_000),
        (&SEVEN, 30),
        (&SEVEN[..2], 100),
    ] {
        let bench = Bench::new().file("my closes.csv", &wide(names, days, 50.0));
        let mut command = bench.command("config init my.toml --history");
        let said = command.arg("my closes.csv").output().unwrap();
        assert!(said.status.success(), "{said:?}");
        let talk = String::from_utf8(said.stderr).unwrap();
        assert!(talk.contains("polyfolio plan -c my.toml"), "{talk}");
        bench.run("config check -c my.toml").answer();
        let page = bench.run("plan -c my.toml").answer();
        assert!(
            page.ends_with("To trade it:  polyfolio run -c my.toml\n"),
            "{page}"
        );
        let plan = bench.run("plan -c my.toml --json").json();
        assert_eq!(plan["sleeves"].as_object().unwrap().len(), 5, "{plan:#}");
        assert_eq!(
            plan["refusals"].as_array().unwrap().len(),
            0,
            "{days}: {plan:#}"
        );
        assert_ne!(
            plan["orders"].as_array().unwrap().len(),
            0,
            "{days}: {plan:#}"
        );
    }
}

#[test]
fn it_has_a_book_of_its_own_beside_the_shipped_portfolio() {
    let bench = Bench::with_history().file("h.csv", &wide(&SEVEN, 252, 50.0));
    bench.run("run -q").answer();
    bench
        .run("config init sub/my.toml --history h.csv")
        .answer();
    bench.run("plan -c sub/my.toml").answer();
    bench.run("run -q -c sub/my.toml").answer();
    assert!(bench.path("sub/state-my/paper").is_dir());
    let twice = bench.run("plan -c sub/my.toml").answer();
    assert!(twice.contains("Nothing to do"), "{twice}");
    // Begun anew, it is said that the book is there.
    std::fs::remove_file(bench.path("sub/my.toml")).unwrap();
    let again = bench.run("config init sub/my.toml --history h.csv");
    assert!(
        again.err.contains("the book in sub/state-my goes on"),
        "{again:?}"
    );
}

#[test]
fn flags_that_mean_nothing_and_places_that_cannot_be_are_refused() {
    let bench = Bench::new().file("h.csv", &wide(&SEVEN[..2], 40, 50.0));
    let said = bench.run("config init my.toml --bar end").complaint();
    assert!(said.contains("--history CSV"), "{said}");
    let said = bench
        .run("config init h.csv/my.toml --history h.csv")
        .complaint();
    assert!(said.contains("the config cannot be written"), "{said}");
    let said = bench.run("config init h.csv --history h.csv").complaint();
    assert!(said.contains("the file exists and is left alone"), "{said}");
}

#[test]
fn what_is_cheap_has_a_finer_tick() {
    for (price, tick) in [
        (0.3, "0.0001"),
        (1.2, "0.0001"),
        (0.02, "0.00001"),
        (40.0, "0.01"),
    ] {
        let bench = Bench::new().file("h.csv", &wide(&SEVEN[..2], 40, price));
        bench.run("config init my.toml --history h.csv").answer();
        let written = std::fs::read_to_string(bench.path("my.toml")).unwrap();
        assert!(
            written.contains(&format!("tick = {tick}\n")),
            "{price}: {written}"
        );
        bench.run("plan -c my.toml").answer();
    }
    // Of what is dear a whole one is too much.
    let bench = Bench::new().file("h.csv", &wide(&["BTC-USD", "B.C"], 40, 60_000.0));
    bench.run("config init my.toml --history h.csv").answer();
    let written = std::fs::read_to_string(bench.path("my.toml")).unwrap();
    for name in ["BTC-USD", "\"B.C\""] {
        let lot = format!("[instrument.{name}]\nlot = 0.0001\n");
        assert!(written.contains(&lot), "{written}");
    }
    bench.run("plan -c my.toml").answer();
}

#[test]
fn times_are_read_in_the_zone_that_is_named() {
    let mut text = "date,symbol,close\n".to_owned();
    for (date, closes) in closes(&SEVEN[..2], 60, 50.0) {
        for (name, close) in SEVEN.iter().zip(closes) {
            writeln!(text, "{date}T21:00:00Z,{name},{close:.2}").unwrap();
        }
    }
    let bench = Bench::new().file("bars.csv", &text);
    let line = "config init my.toml --history bars.csv --time-zone America/New_York --bar end";
    bench.run(line).answer();
    let written = std::fs::read_to_string(bench.path("my.toml")).unwrap();
    assert!(
        written.contains("time_zone = \"America/New_York\"\nbar = \"end\"\n"),
        "{written}"
    );
    bench.run("plan -c my.toml").answer();
}

#[test]
fn a_file_that_is_refused_leaves_nothing() {
    let bench = Bench::new().file("h.csv", "date,AAA\n2025-01-02,10\n2025-01-02,11\n");
    let said = bench.run("config init my.toml --history h.csv").complaint();
    assert!(said.contains("h.csv, line 3"), "{said}");
    assert!(said.contains("polyfolio data check h.csv"), "{said}");
    assert!(!bench.path("my.toml").exists());
    let said = bench
        .run("config init my.toml --history none.csv")
        .complaint();
    assert!(said.contains("none.csv"), "{said}");
}
