//! Told to stop by SIGINT or SIGTERM at any point of a run, and started again, the run ends at the
//! same targets, and the venue's own tape holds at most one order per client order id.
//!
//! The real program, in its own directory. The length of the journal at which it is told comes from
//! a seed that every failure names; nothing sleeps.

#![allow(clippy::expect_used, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// A small book, so that a run is short, worked by the algorithm with the most orders, so that there
/// is something to stop.
const CONFIG: &str = r#"
[sleeve.slow]
strategy = "sma_cross"
weight = 0.5
universe = ["AAPL", "CVX", "JPM", "KO", "XOM"]
params = { fast = 20, slow = 100 }

[sleeve.fast]
strategy = "momentum"
weight = 0.4
universe = ["AAPL", "CVX", "JPM", "KO", "XOM"]
params = { lookback_months = 3, skip_months = 0, top = 2 }

[risk]
max_weight_per_instrument = 0.9
max_order_notional = 1_000_000

[execution]
horizon = "90s"
"#;

/// How a child ended that was told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// It was told in time, and ended with this code.
    Told(i32),
    /// It was over before.
    Over,
}

struct House {
    directory: tempfile::TempDir,
}

impl House {
    fn new(on_stop: &str) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/us20-daily.csv.gz");
        let config =
            format!("[history]\ndaily = {data:?}\n[portfolio]\non_stop = {on_stop:?}\n{CONFIG}");
        std::fs::write(directory.path().join("book.toml"), config).expect("a config");
        Self { directory }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_polyfolio"));
        command
            .args(arguments)
            .args(["-c", "book.toml"])
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    fn json(&self, verb: &str) -> Value {
        let mut command = self.command(&[verb, "--json"]);
        let output = command.stdout(Stdio::piped()).output().expect("an answer");
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{verb}: {error}"))
    }

    /// Runs to the end, and says how it ended.
    fn run(&self) -> Option<i32> {
        let status = self.command(&["run"]).status().expect("the program runs");
        status.code()
    }

    /// Starts a run and tells it to stop when its journal has grown to `length` records.
    fn run_told_at(&self, length: u64, signal: Signal) -> End {
        let mut child = self.command(&["run"]).spawn().expect("the program starts");
        while self.records() < length {
            if child.try_wait().expect("a child").is_some() {
                return End::Over;
            }
            std::thread::yield_now();
        }
        tell(&child, signal);
        let code = child.wait().expect("it ends").code();
        match code.expect("it ends by itself, not by the signal") {
            0 => End::Over,
            code => End::Told(code),
        }
    }

    /// The records that were acknowledged; the head mark is written after each commit.
    fn records(&self) -> u64 {
        let head = self.directory.path().join("state/paper/head");
        let text = std::fs::read_to_string(head).unwrap_or_default();
        let digits = text
            .split(|c: char| !c.is_ascii_digit())
            .find(|part| !part.is_empty());
        digits.and_then(|count| count.parse().ok()).unwrap_or(0)
    }

    fn positions(&self) -> BTreeMap<String, Value> {
        let answer = self.json("positions");
        let held = answer["positions"].as_object().expect("positions");
        held.iter()
            .map(|(symbol, line)| (symbol.clone(), line["quantity"].clone()))
            .collect()
    }

    /// How often the venue accepted each client order id, as it wrote it down itself.
    fn accepted(&self) -> BTreeMap<String, u32> {
        let mut accepted = BTreeMap::new();
        for (id, event, _) in self.tape() {
            *accepted.entry(id).or_insert(0) += u32::from(event == "accepted");
        }
        accepted
    }

    /// Orders that stand at the venue by its own tape: accepted, not canceled, not filled whole.
    fn standing(&self) -> Vec<String> {
        let mut open: BTreeMap<String, f64> = BTreeMap::new();
        for (id, event, quantity) in self.tape() {
            match event.as_str() {
                "accepted" => *open.entry(id).or_default() += quantity,
                "traded" => *open.entry(id).or_default() -= quantity,
                _ => {
                    open.remove(&id);
                }
            }
        }
        let left = open.into_iter().filter(|(_, left)| *left > 0.0);
        left.map(|(id, _)| id).collect()
    }

    /// Of every line about an order: its client order id, what happened, how much.
    fn tape(&self) -> Vec<(String, String, f64)> {
        let answer = self.json("tape");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let lines = answer["tape"].as_array().expect("a tape").iter();
        let line = |line: &Value| {
            let quantity = text(&line["quantity"]).parse().unwrap_or(0.0);
            (text(&line["cl_ord_id"]), text(&line["event"]), quantity)
        };
        lines.map(line).filter(|(id, ..)| !id.is_empty()).collect()
    }

    fn working(&self) -> u64 {
        self.json("status")["working"].as_u64().expect("a count")
    }
}

fn tell(child: &Child, signal: Signal) {
    // A child that is not waited for keeps its id, so no stranger is told.
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    kill_process(pid.expect("an id"), signal).expect("it can be told");
}

/// SplitMix64: a seed is a number, and so is a failing run.
fn drawn(seed: u64, below: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)) % below
}

/// What an unbroken run ends at, and the length of its journal.
fn unbroken() -> (BTreeMap<String, Value>, u64) {
    let whole = House::new("leave");
    assert_eq!(whole.run(), Some(0), "an unbroken run leaves nothing");
    (whole.positions(), whole.records())
}

#[test]
fn told_to_stop_anywhere_it_finishes_the_same_run_later() {
    let (targets, length) = unbroken();
    assert!(length > 100, "{length} records are too few to stop in");
    let mut told = 0;
    for seed in 0..12 {
        let (signal, code) = match seed % 2 {
            0 => (Signal::INT, 130),
            _ => (Signal::TERM, 143),
        };
        let at = 1 + drawn(seed, length * 3 / 4);
        let case = format!("seed {seed}, {signal:?} at record {at} of about {length}");
        let house = House::new("leave");
        match house.run_told_at(at, signal) {
            End::Over => {}
            End::Told(ended) => {
                assert_eq!(ended, code, "{case}");
                told += 1;
            }
        }
        assert_eq!(house.run(), Some(0), "{case}");
        assert_eq!(house.positions(), targets, "{case}");
        let accepted = house.accepted();
        assert!(
            accepted.values().all(|times| *times == 1),
            "{case}: {accepted:?}"
        );
        assert_eq!(house.working(), 0, "{case}");
    }
    assert!(told >= 8, "only {told} of 12 runs were told in time");
}

#[test]
fn told_to_cancel_it_leaves_no_order_at_the_venue() {
    let (targets, length) = unbroken();
    for (seed, signal) in [(100, Signal::INT), (101, Signal::TERM), (102, Signal::INT)] {
        // Where orders work, and far from the end.
        let at = length / 4 + drawn(seed, length / 4);
        let case = format!("seed {seed}, {signal:?} at record {at} of about {length}");
        let house = House::new("cancel");
        let end = house.run_told_at(at, signal);
        assert_ne!(end, End::Over, "{case}: over before it was told");
        assert_eq!(house.working(), 0, "{case}");
        assert_eq!(house.standing(), Vec::<String>::new(), "{case}");
        assert_eq!(house.run(), Some(0), "{case}");
        assert_eq!(house.positions(), targets, "{case}");
    }
}
