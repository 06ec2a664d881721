//! A directory of one's own with the binary in it.

use std::path::PathBuf;
use std::process::{Command, Output};

use crate::common::{program, shipped_history};

/// An empty working directory that goes away with the test.
pub(crate) struct Bench {
    directory: tempfile::TempDir,
    environment: Vec<(&'static str, &'static str)>,
}

/// A book of one sleeve that holds AAA and BBB alike, over `h.csv`, with these limits as well.
pub(crate) fn two_names(history: &str, weight: f64, limits: &str) -> Bench {
    let config = format!(
        r#"
[history]
daily = "h.csv"
[sleeve.all]
strategy = "equal_weight"
weight = {weight}
universe = ["AAA", "BBB"]
[instrument.default]
tick = 0.01
lot = 1
[risk]
max_weight_per_instrument = 0.9
max_order_notional = 1_000_000
{limits}
"#
    );
    Bench::new().file("h.csv", history).file("c.toml", &config)
}

/// What the binary said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
            environment: Vec::new(),
        }
    }

    /// With the shipped history where the shipped config looks for it.
    pub(crate) fn with_history() -> Self {
        let bench = Self::new();
        let shipped = shipped_history();
        std::fs::create_dir(bench.path("data")).unwrap();
        std::fs::copy(shipped, bench.path("data/us20-daily.csv.gz")).unwrap();
        bench
    }

    pub(crate) fn file(self, name: &str, text: &str) -> Self {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    pub(crate) fn variable(mut self, name: &'static str, value: &'static str) -> Self {
        self.environment.push((name, value));
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = program(self.directory.path(), line.split_whitespace());
        command.envs(self.environment.iter().copied());
        command
    }

    pub(crate) fn run(&self, line: &str) -> Said {
        Said::from(self.command(line).output().unwrap())
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Said {
    /// The answer of a command that must have one.
    pub(crate) fn answer(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.out
    }

    /// The complaint of a command that must be refused as usage, config or input.
    pub(crate) fn complaint(self) -> String {
        assert_eq!((self.code, self.out.as_str()), (Some(2), ""), "{self:?}");
        self.err
    }

    pub(crate) fn json(self) -> serde_json::Value {
        serde_json::from_str(&self.answer()).unwrap()
    }
}
