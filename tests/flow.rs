//! The picture of the flow is the flow: the edges of a real run, as its log has them, are those
//! that `ARCHITECTURE.md` draws. Both ways: a message that is not drawn fails, and so does a line
//! that no run uses.

#![allow(clippy::unwrap_used, reason = "the helpers of tests are tests")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Two sleeves and two minutes: small, and every station has its part.
const CONFIG: &str = r#"
[sleeve.slow]
strategy = "sma_cross"
weight = 0.5
universe = ["AAPL", "KO", "XOM"]
params = { fast = 20, slow = 100 }

[sleeve.fast]
strategy = "momentum"
weight = 0.4
universe = ["AAPL", "KO", "XOM"]
params = { lookback_months = 3, skip_months = 0, top = 2 }

[risk]
max_weight_per_instrument = 0.9
max_order_notional = 1_000_000

[instrument.default]
tick = 0.01
lot = 1

[execution]
horizon = "2m"
"#;

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
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let data = root.join("data/us20-daily.csv.gz");
    let config = format!("[history]\ndaily = {data:?}\n{CONFIG}");
    std::fs::write(directory.join("book.toml"), config).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_polyfolio"));
    let ours = |name: &str| name.to_uppercase().starts_with("POLYFOLIO");
    for (name, _) in std::env::vars_os().filter(|(name, _)| ours(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    let arguments = ["run", "-c", "book.toml", "--speed", "max"];
    let said = command
        .args(arguments)
        .current_dir(directory)
        .output()
        .unwrap();
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
