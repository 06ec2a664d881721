//! The log of a run: whole, in order, and no run waits for it.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::harness::Setup;

/// A directory that cannot be made: the run is done all the same, and every lost line is counted.
#[actix::test]
async fn a_logger_that_cannot_write_stops_nothing_and_counts_what_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("a file");
    std::fs::write(&logs, "no directory").unwrap();
    let setup = Setup {
        logs: Some(logs.join("below")),
        ..Setup::new()
    };
    let finished = setup.run().await;
    finished.is_done();
    let (written, lost) = finished.log_lines;
    assert_eq!(written, 0);

    let setup = Setup {
        logs: Some(dir.path().join("logs")),
        ..Setup::new()
    };
    let finished = setup.run().await;
    assert_eq!(
        finished.log_lines,
        (lost, 0),
        "the same run where it can be written"
    );
}

#[actix::test]
async fn every_line_is_there_and_every_cause_comes_before_what_it_caused() {
    let dir = tempfile::tempdir().unwrap();
    let setup = Setup {
        logs: Some(dir.path().to_owned()),
        ..Setup::new()
    };
    let finished = setup.run().await;
    let lines = lines(&dir.path().join("2022-12-01/events.jsonl"));
    assert_eq!(lines.len() as u64, finished.log_lines.0);
    let mut seen = BTreeSet::new();
    for line in &lines {
        let keys: Vec<&str> = line
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let expected = [
            "body", "cause", "from", "message", "run", "seq", "time", "to", "v",
        ];
        assert_eq!(keys, expected);
        if let Some(cause) = line["cause"].as_u64() {
            assert!(seen.contains(&cause), "{line}");
        }
        assert!(seen.insert(line["seq"].as_u64().unwrap()), "{line}");
    }
    assert!(!lines.iter().any(|line| line["message"] == "Undelivered"));
}

fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}
