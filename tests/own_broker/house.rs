//! The program of the example in a directory of its own.
//!
//! A test has no path to the executable of an example. So this one's own is started again, for the one
//! test in it that is the program, with its words in a variable.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use polyfolio::brokers::Brokers;
use polyfolio::prelude::Registry;
use serde_json::Value;

use crate::example::FileDesk;

/// Has the words of the program, one a line. Not one of the program's own variables.
const WORDS: &str = "OWN_BROKER_WORDS";

/// What the harness says before a test.
const PREAMBLE: &str = "\nrunning 1 test\n";

/// Quiet unless it is started again with words.
#[test]
fn the_program() {
    let Ok(words) = std::env::var(WORDS) else {
        return;
    };
    let words = ["polyfolio"].into_iter().chain(words.lines());
    let words: Vec<OsString> = words.map(OsString::from).collect();
    let brokers = Brokers::none().with(FileDesk);
    let exit = polyfolio::cli::main_of(words, Registry::builtin(), brokers);
    std::process::exit(exit as i32);
}

pub(crate) struct House {
    directory: tempfile::TempDir,
}

impl House {
    /// The example's own config, over the shipped history, with these lines for its broker.
    pub(crate) fn new(keys: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let book = std::fs::read_to_string(root.join("examples/own_broker.toml")).unwrap();
        let history = root.join("data/us20-daily.csv.gz");
        let first =
            format!("[history]\ndaily = {history:?}\n[instrument.default]\ntick = 0.01\nlot = 1\n");
        let table = "[broker.file_desk]\n";
        let book = book.replace(table, &format!("{table}{keys}\n"));
        let house = Self { directory };
        house.write("book.toml", &format!("{first}{book}"));
        house
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn command(&self, words: &str) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        for (name, _) in std::env::vars_os() {
            if name
                .to_string_lossy()
                .to_uppercase()
                .starts_with("POLYFOLIO")
            {
                command.env_remove(name);
            }
        }
        let words: Vec<&str> = words
            .split_whitespace()
            .chain(["-c", "book.toml"])
            .collect();
        command
            .args([
                "house::the_program",
                "--exact",
                "--nocapture",
                "--test-threads=2",
            ])
            .env(WORDS, words.join("\n"))
            // A test runs on a thread, whose stack is not that of a program.
            .env("RUST_MIN_STACK", (8 << 20).to_string())
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// What it says and how it ends.
    pub(crate) fn run(&self, words: &str) -> Said {
        Said::of(words, self.command(words).output().unwrap())
    }

    pub(crate) fn json(&self, words: &str) -> Value {
        let said = self.run(&format!("{words} --json"));
        serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{said:?}: {error}"))
    }

    /// Starts it and gives it back when `is_there`; nothing when it is over before.
    pub(crate) fn started_until(&self, words: &str, is_there: impl Fn() -> bool) -> Option<Child> {
        let mut child = self.command(words).spawn().unwrap();
        while !is_there() {
            if child.try_wait().unwrap().is_some() {
                return None;
            }
            std::thread::yield_now();
        }
        Some(child)
    }

    pub(crate) fn positions(&self) -> BTreeMap<String, String> {
        let answer = self.json("positions");
        let held = answer["positions"].as_object().unwrap().iter();
        held.map(|(symbol, line)| {
            (
                symbol.clone(),
                line["quantity"].as_str().unwrap().to_owned(),
            )
        })
        .collect()
    }

    /// The lines of the desk that have their end.
    pub(crate) fn desk(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.path("state/desk.jsonl")).unwrap_or_default();
        let whole = &text[..text.rfind('\n').map_or(0, |end| end + 1)];
        whole
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// How often the desk has a line of this kind, by order.
    pub(crate) fn times(&self, what: &str) -> BTreeMap<String, usize> {
        let mut times = BTreeMap::new();
        for line in self.desk() {
            let is_it = line["what"].as_str() == Some(what) || line["what"].get(what).is_some();
            let order = line["order"].as_str().unwrap().to_owned();
            *times.entry(order).or_insert(0) += usize::from(is_it);
        }
        times
    }
}

/// What the program said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) code: Option<i32>,
}

impl Said {
    pub(crate) fn of(words: &str, output: Output) -> Self {
        let out = String::from_utf8(output.stdout).unwrap();
        let out = out.strip_prefix(PREAMBLE).map(str::to_owned);
        Self {
            out: out.unwrap_or_else(|| panic!("{words}: it was not the program")),
            err: String::from_utf8(output.stderr).unwrap(),
            code: output.status.code(),
        }
    }
}
