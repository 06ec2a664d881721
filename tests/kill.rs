//! Killed at any length of its journal, and started again, a run ends at the same targets, and the
//! venue's own tape holds at most one order per client order id.
//!
//! The real program, killed with SIGKILL. The length at which it dies is drawn from a seed, which
//! is printed; the program itself knows nothing of the test.

#![allow(clippy::expect_used, clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;

/// A small book, so that a run is short, worked by the algorithm with the most orders.
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

struct House {
    directory: tempfile::TempDir,
}

impl House {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/us20-daily.csv.gz");
        let config = format!("[history]\ndaily = {data:?}\n{CONFIG}");
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
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn json(&self, verb: &str) -> Value {
        let output = self
            .command(&[verb, "--json"])
            .output()
            .expect("the program runs");
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
            panic!(
                "{verb}: {error}: {}",
                String::from_utf8_lossy(&output.stderr)
            )
        })
    }

    /// Runs to the end, and says how it ended.
    fn run(&self) -> i32 {
        let output = self.command(&["run"]).output().expect("the program runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        output
            .status
            .code()
            .unwrap_or_else(|| panic!("ended by a signal: {said}"))
    }

    /// Starts a run and kills it when its journal has grown to `length` records.
    fn run_killed_at(&self, length: u64) -> bool {
        let mut child = self.command(&["run"]).spawn().expect("the program starts");
        let head = self.directory.path().join("state/paper/head");
        while records(&head) < length {
            if child.try_wait().expect("a child").is_some() {
                return false;
            }
            std::thread::yield_now();
        }
        kill(&mut child);
        true
    }

    fn positions(&self) -> BTreeMap<String, String> {
        let positions = self.json("positions");
        let held = positions["positions"]
            .as_object()
            .expect("positions")
            .iter();
        held.map(|(symbol, line)| {
            (
                symbol.clone(),
                line["quantity"].as_str().unwrap_or_default().to_owned(),
            )
        })
        .collect()
    }

    /// Accepted orders per client order id, as the venue wrote them down.
    fn accepted(&self) -> BTreeMap<String, u32> {
        let tape = self.json("tape");
        let mut accepted = BTreeMap::new();
        for line in tape["tape"].as_array().expect("a tape") {
            if line["event"] == "accepted" {
                let id = line["cl_ord_id"].as_str().expect("an id").to_owned();
                *accepted.entry(id).or_insert(0) += 1;
            }
        }
        accepted
    }
}

fn kill(child: &mut Child) {
    child.kill().expect("SIGKILL");
    child.wait().expect("it is dead");
}

/// The number of records that were acknowledged; the head mark is written after each commit.
fn records(head: &PathBuf) -> u64 {
    let Ok(text) = std::fs::read_to_string(head) else {
        return 0;
    };
    let digits: String = text
        .chars()
        .skip_while(|c| !c.is_ascii_digit())
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().unwrap_or(0)
}

/// SplitMix64: a seed is a number, and so is a failing run.
fn drawn(seed: u64, below: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)) % below
}

#[test]
fn killed_at_any_length_it_finishes_the_same_run() {
    let whole = House::new();
    assert_eq!(whole.run(), 0, "an unbroken run leaves nothing");
    let targets = whole.positions();
    let length = whole.json("status")["records"].as_u64().expect("records");
    assert!(
        length > 100,
        "a run of {length} records is too short to be killed in"
    );

    let seeds = 60;
    let (next, killed) = (AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= seeds {
                        return;
                    }
                    let at = 1 + drawn(seed, length);
                    let died = one(seed, at, length, &targets);
                    killed.fetch_add(u64::from(died), Ordering::SeqCst);
                }
            });
        }
    });
    let killed = killed.load(Ordering::SeqCst);
    assert!(
        killed >= 50,
        "only {killed} of {seeds} runs were killed in time"
    );
}

/// One seed: killed at one length, perhaps a second time in the resumed run, then finished.
fn one(seed: u64, at: u64, length: u64, targets: &BTreeMap<String, String>) -> bool {
    let house = House::new();
    let died = house.run_killed_at(at);
    if seed.is_multiple_of(3) {
        house.run_killed_at(at + 1 + drawn(seed ^ 0xff, length - at + 1));
    }
    let told = format!("seed {seed}, killed at record {at} of about {length}");
    assert_eq!(house.run(), 0, "{told}");
    assert_eq!(&house.positions(), targets, "{told}");
    let doubled: BTreeSet<_> = house
        .accepted()
        .into_iter()
        .filter(|(_, times)| *times > 1)
        .collect();
    assert!(doubled.is_empty(), "{told}: sent twice: {doubled:?}");
    let plan = house.json("plan");
    assert_eq!(
        plan["orders"].as_array().map(Vec::len),
        Some(0),
        "{told}: {plan}"
    );
    died
}
