//! `polyfolio drill`, as a person runs it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::house::House;

/// A working directory with the shipped history, and the shipped portfolio.
pub(crate) struct Ground(pub(crate) tempfile::TempDir);

impl Ground {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/us20-daily.csv.gz");
        let data = directory.path().join("data");
        std::fs::create_dir(&data).expect("a directory");
        std::fs::copy(shipped, data.join("us20-daily.csv.gz")).expect("a history");
        Self(directory)
    }

    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_polyfolio"));
        command
            .args(line.split_whitespace())
            .current_dir(self.0.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

pub(crate) fn json(output: &Output) -> Value {
    let said = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"))
}

pub(crate) fn expect_clean(output: &Output) -> Value {
    let answer = json(output);
    for verdict in ["duplicates", "missing", "overshoots", "position_errors"] {
        assert_eq!(answer[verdict], 0, "{answer:#}");
    }
    assert_eq!(answer["failed"], Value::Null, "{answer:#}");
    assert_eq!(output.status.code(), Some(0), "{answer:#}");
    answer
}

pub(crate) fn number(answer: &Value, key: &str) -> u64 {
    answer[key]
        .as_u64()
        .unwrap_or_else(|| panic!("{key}: {answer:#}"))
}

/// Whichever broker a config names: a drill kills a program that trades at the drill's own venue.
#[test]
fn a_drill_never_trades_at_the_broker_of_a_config() {
    let ground = Ground::new();
    let config = "[broker]\nuse = \"ib\"\n\n[broker.ib]\nport = 1\n";
    std::fs::write(ground.path("mine.toml"), config).expect("a config");
    let line = "drill --kills 2 --seed 5 --json --state-dir drilled -c mine.toml";
    expect_clean(&ground.command(line).output().expect("an answer"));
    assert!(ground.path("drilled/paper/broker/tape.jsonl").exists());
}

/// One of two drills that share the machine; what it came to.
fn hundred_kills(seed: u64) -> Value {
    let ground = Ground::new();
    let line = format!("drill --kills 100 --seed {seed} --json --state-dir drilled");
    let answer = expect_clean(&ground.command(&line).output().expect("an answer"));
    assert_eq!(answer["schema"], "polyfolio.drill/1");
    let figures = (number(&answer, "kills"), number(&answer, "seed"));
    assert_eq!(figures, (100, seed));
    // Its own state, and nothing of the user's.
    let made: BTreeSet<_> = std::fs::read_dir(ground.0.path())
        .expect("a directory")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(made, BTreeSet::from(["data".into(), "drilled".into()]));
    assert!(ground.path("drilled/paper/broker/tape.jsonl").exists());
    answer
}

#[test]
fn two_hundred_kills_duplicate_lose_and_forget_no_order() {
    let halves = [20, 21].map(|seed| std::thread::spawn(move || hundred_kills(seed)));
    let halves = halves.map(|half| half.join().expect("a drill without findings"));
    // It was hard: kills landed in the middle of executions, and while it recovered.
    let sum = |of: &dyn Fn(&Value) -> Option<u64>| halves.iter().filter_map(of).sum::<u64>();
    let landed = |moment: &str| sum(&|answer| answer["killed_while"][moment].as_u64());
    assert!(landed("executing") >= 60, "{halves:#?}");
    assert!(landed("recovering") >= 10, "{halves:#?}");
    assert!(
        sum(&|answer| answer["unanswered_when_killed"].as_u64()) >= 50,
        "{halves:#?}"
    );
    assert!(sum(&|answer| answer["runs"].as_u64()) >= 10, "{halves:#?}");
    assert!(sum(&|answer| answer["crosses"].as_u64()) > 0, "{halves:#?}");
}

#[test]
fn a_portfolio_of_ones_own_is_drilled_as_it_is() {
    let house = House::new("leave");
    let mut drill = house.command(&["drill", "--kills", "15", "--json", "--state-dir", "drilled"]);
    let output = drill.stdout(Stdio::piped()).output().expect("an answer");
    let answer = expect_clean(&output);
    assert_eq!(number(&answer, "kills"), 15);
    assert_eq!(
        house.records(),
        0,
        "the portfolio's own state is not touched"
    );
}

/// Starts a drill without end, and gives it back when its program has written something.
fn under_way(ground: &Ground) -> Child {
    let mut drill = ground.command("drill --kills 100000 --json --state-dir drilled");
    let mut child = drill.spawn().expect("the program starts");
    let tape = ground.path("drilled/paper/broker/tape.jsonl");
    while std::fs::metadata(&tape).map_or(0, |file| file.len()) < 20_000 {
        assert!(child.try_wait().expect("a child").is_none(), "it ended");
        std::thread::yield_now();
    }
    child
}

#[test]
fn told_to_stop_it_stops_its_program_and_says_what_it_saw() {
    let ground = Ground::new();
    let child = under_way(&ground);
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    kill_process(pid.expect("an id"), Signal::INT).expect("it can be told");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    let answer = json(&output);
    assert!(number(&answer, "venue_orders") > 0, "{answer:#}");
    assert_eq!(answer["findings"], Value::Array(Vec::new()));
    // Nobody holds the state any more.
    let mut status = ground.command("status --json");
    let status = status.env("POLYFOLIO__STATE__DIR", ground.path("drilled"));
    let status = json(&status.output().expect("an answer"));
    assert_eq!(status["source"], "store", "{status:#}");
}

#[test]
fn a_directory_that_holds_anything_is_not_drilled_in() {
    let ground = Ground::new();
    let refused = ground.command("drill --kills 1 --state-dir data").output();
    let refused = refused.expect("an answer");
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.starts_with("error: data is not empty\n"), "{said}");
}
