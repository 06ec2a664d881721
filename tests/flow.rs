//! The picture of the flow is the flow: the edges of a real run, as its log has them, are those
//! that `ARCHITECTURE.md` draws. Both ways: a message that is not drawn fails, and so does a line
//! that no run uses.

#![allow(clippy::unwrap_used, reason = "the helpers of tests are tests")]

mod common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use common::{program, small_book};

#[test]
fn the_edges_of_a_run_are_those_of_the_picture() {
    let directory = tempfile::tempdir().unwrap();
    run(directory.path());
    let (ran, drawn) = (edges_of_log(&log_of(directory.path())), edges_of_picture());
    let undrawn: Vec<_> = ran.difference(&drawn).collect();
    let unused: Vec<_> = drawn.difference(&ran).collect();
    assert!(
        undrawn.is_empty(),
        "not in the picture of ARCHITECTURE.md: {undrawn:#?}"
    );
    assert!(
        unused.is_empty(),
        "in the picture of ARCHITECTURE.md, and not in a run: {unused:#?}"
    );
}

fn run(directory: &Path) {
    // Nobody listens there, and the run ends as it would.
    let notify = "[notify]\nwebhook = \"http://127.0.0.1:1/\"\n";
    std::fs::write(directory.join("book.toml"), small_book(notify)).unwrap();
    let words = ["run", "-c", "book.toml", "--speed", "max"];
    let said = program(directory, words).output().unwrap();
    let (code, talk) = (said.status.code(), String::from_utf8_lossy(&said.stderr));
    assert!(matches!(code, Some(0 | 1)), "{code:?}: {talk}");
}

/// The one log below `logs/`.
fn log_of(directory: &Path) -> String {
    let days = std::fs::read_dir(directory.join("logs")).unwrap();
    let logs: Vec<PathBuf> = days
        .map(|day| day.unwrap().path().join("events.jsonl"))
        .filter(|log| log.exists())
        .collect();
    let read = |log: &PathBuf| std::fs::read_to_string(log).unwrap();
    assert!(!logs.is_empty(), "the run left no log");
    logs.iter().map(read).collect()
}

/// `from -> to: message`, sleeves left out; what is told to the logger alone is no message.
fn edges_of_log(log: &str) -> BTreeSet<String> {
    let lines = log
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let between = lines.filter(|line| line["to"] != "logger");
    let station = |line: &Value, key: &str| {
        let name = line[key].as_str().unwrap();
        name.split(':').next().unwrap().to_owned()
    };
    between
        .map(|line| {
            let (from, to) = (station(&line, "from"), station(&line, "to"));
            format!("{from} -> {to}: {}", line["message"].as_str().unwrap())
        })
        .collect()
}

/// The lines of the block ` ```flow `.
fn edges_of_picture() -> BTreeSet<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md");
    let text = std::fs::read_to_string(page).unwrap();
    let block = text.lines().skip_while(|line| *line != "```flow").skip(1);
    let edges: BTreeSet<String> = block
        .take_while(|line| *line != "```")
        .map(str::to_owned)
        .collect();
    assert!(!edges.is_empty(), "ARCHITECTURE.md has no block ```flow");
    edges
}
