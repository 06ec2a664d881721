//! `support bundle`: what is in it, and what is not.

use std::io::Read;

use crate::common::small_book;
use crate::support::Bench;

/// Names and texts of an archive.
fn entries(bench: &Bench, name: &str) -> Vec<(String, String)> {
    let file = std::fs::File::open(bench.path(name)).unwrap();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    let read = |entry: std::io::Result<tar::Entry<'_, _>>| {
        let mut entry: tar::Entry<'_, flate2::read::GzDecoder<std::fs::File>> = entry.unwrap();
        let name = entry.path().unwrap().display().to_string();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        (name, text)
    };
    archive.entries().unwrap().map(read).collect()
}

fn text<'a>(entries: &'a [(String, String)], name: &str) -> &'a str {
    let found = entries
        .iter()
        .find(|entry| entry.0 == format!("polyfolio-support/{name}"));
    let names: Vec<&String> = entries.iter().map(|entry| &entry.0).collect();
    &found
        .unwrap_or_else(|| panic!("{name} is not in {names:?}"))
        .1
}

#[test]
fn everything_that_is_needed_is_in_it_and_no_secret() {
    let bench = Bench::with_history()
        .file("book.toml", &small_book("# hunter22-in-a-comment\n"))
        .variable("SOMEBODYS_API_KEY", "AAPL");
    bench.run("run -c book.toml -q").answer();
    bench.run("support bundle -c book.toml").answer();
    let entries = entries(&bench, "polyfolio-support.tar.gz");
    assert!(text(&entries, "about.json").contains("\"mode\": \"paper\""));
    assert!(text(&entries, "journal-verify.json").contains("\"ok\": true"));
    assert!(
        text(&entries, "config.toml").contains("book.toml"),
        "with where each value is from"
    );
    for lines in ["journal-tail.jsonl", "events-tail.jsonl", "tape-tail.jsonl"] {
        let lines = text(&entries, lines).lines();
        assert!(lines.clone().count() > 100 && lines.clone().all(|line| line.starts_with('{')));
    }
    // A secret is struck out even where it should never have been.
    assert!(text(&entries, "tape-tail.jsonl").contains("***"));
    for (name, text) in &entries {
        assert!(!text.contains("AAPL"), "{name}");
    }

    let again = bench.run("support bundle -c book.toml");
    assert_eq!(
        again.code,
        Some(2),
        "an existing file is left alone: {again:?}"
    );
}

#[test]
fn where_nothing_ran_it_says_what_is_not_there() {
    let bench = Bench::new();
    bench.run("support bundle for-them.tar.gz").answer();
    let entries = entries(&bench, "for-them.tar.gz");
    assert!(!text(&entries, "journal-verify.json.missing").is_empty());
    assert!(text(&entries, "config.toml").contains("sma_cross"));
}
