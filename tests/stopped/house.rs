//! The real program in a directory of its own, on a small book worked by the algorithm with the most
//! orders, so that there is something to stop; and what it says of itself.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::common::{program, small_book};

pub(crate) struct House {
    directory: tempfile::TempDir,
}

impl House {
    pub(crate) fn new(on_stop: &str) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let config = small_book(&format!("[portfolio]\non_stop = {on_stop:?}\n"));
        std::fs::write(directory.path().join("book.toml"), config).expect("a config");
        Self { directory }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program(self.directory.path(), arguments.iter().copied());
        command
            .args(["-c", "book.toml"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    /// The kinds of all records, in order.
    pub(crate) fn kinds(&self) -> Vec<String> {
        let mut command = self.command(&["journal", "tail", "-n", "1000000", "--json"]);
        let output = command.stdout(Stdio::piped()).output().expect("an answer");
        let answer: Value = serde_json::from_slice(&output.stdout).expect("records");
        let records = answer["records"].as_array().expect("records").iter();
        let kind = |record: &Value| record["kind"].as_str().unwrap_or_default().to_owned();
        records.map(kind).collect()
    }

    pub(crate) fn json(&self, verb: &str) -> Value {
        self.asked(verb).1
    }

    /// What a verb answers, and how it ends.
    pub(crate) fn asked(&self, verb: &str) -> (Option<i32>, Value) {
        let words: Vec<&str> = verb.split_whitespace().chain(["--json"]).collect();
        let mut command = self.command(&words);
        let output = command.stdout(Stdio::piped()).output().expect("an answer");
        let answer = serde_json::from_slice(&output.stdout);
        let code = output.status.code();
        (
            code,
            answer.unwrap_or_else(|error| panic!("{verb}: {code:?}: {error}")),
        )
    }

    /// Runs to the end, and says how it ended.
    pub(crate) fn run(&self) -> Option<i32> {
        let status = self.command(&["run"]).status().expect("the program runs");
        status.code()
    }

    /// Starts a run, and gives it back when its journal has grown to `length` records; nothing when
    /// it is over before.
    pub(crate) fn run_until(&self, length: u64) -> Option<Child> {
        self.started_until("run", || self.records() >= length)
    }

    /// Starts a verb and gives it back when `is_there`; nothing when it is over before.
    pub(crate) fn started_until(&self, verb: &str, is_there: impl Fn() -> bool) -> Option<Child> {
        let words: Vec<&str> = verb.split_whitespace().collect();
        let mut child = self.command(&words).spawn().expect("the program starts");
        while !is_there() {
            if child.try_wait().expect("a child").is_some() {
                return None;
            }
            std::thread::yield_now();
        }
        Some(child)
    }

    /// The records that were acknowledged; the head mark is written after each commit.
    pub(crate) fn records(&self) -> u64 {
        let head = self.directory.path().join("state/paper/head");
        let text = std::fs::read_to_string(head).unwrap_or_default();
        let digits = text
            .split(|c: char| !c.is_ascii_digit())
            .find(|part| !part.is_empty());
        digits.and_then(|count| count.parse().ok()).unwrap_or(0)
    }

    pub(crate) fn positions(&self) -> BTreeMap<String, Value> {
        let answer = self.json("positions");
        let held = answer["positions"].as_object().expect("positions");
        held.iter()
            .map(|(symbol, line)| (symbol.clone(), line["quantity"].clone()))
            .collect()
    }

    /// How often the venue accepted each client order id, as it wrote it down itself.
    pub(crate) fn accepted(&self) -> BTreeMap<String, u32> {
        let mut accepted = BTreeMap::new();
        for (id, event, _) in self.tape() {
            *accepted.entry(id).or_insert(0) += u32::from(event == "accepted");
        }
        accepted
    }

    /// Orders that stand at the venue by its own tape: accepted, not canceled, not filled whole.
    pub(crate) fn standing(&self) -> Vec<String> {
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
    pub(crate) fn tape(&self) -> Vec<(String, String, f64)> {
        let answer = self.json("tape");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let lines = answer["tape"].as_array().expect("a tape").iter();
        let line = |line: &Value| {
            let quantity = text(&line["quantity"]).parse().unwrap_or(0.0);
            (text(&line["cl_ord_id"]), text(&line["event"]), quantity)
        };
        lines.map(line).filter(|(id, ..)| !id.is_empty()).collect()
    }

    pub(crate) fn working(&self) -> u64 {
        self.json("status")["working"].as_u64().expect("a count")
    }
}

/// SplitMix64: a seed is a number, and so is a failing run.
pub(crate) fn drawn(seed: u64, below: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)) % below
}
