//! The configs that ship, at a gateway of their own: what they say they do, they do.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::common::program;

/// A gateway that was started with a config's own market. Dropped, it is killed.
struct Shipped {
    config: &'static str,
    directory: tempfile::TempDir,
    gateway: Child,
    port: String,
}

impl Shipped {
    fn open(config: &'static str) -> Self {
        let mut command = at_home(&format!("sim tws -c {config} --listen 127.0.0.1:0"));
        let mut gateway = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        let mut out = BufReader::new(gateway.stdout.take().unwrap());
        out.read_line(&mut first).unwrap();
        let said: Value = serde_json::from_str(&first).unwrap();
        let port = said["listen"].as_str().unwrap().rsplit(':').next();
        Self {
            config,
            directory: tempfile::tempdir().unwrap(),
            port: port.unwrap().to_owned(),
            gateway,
        }
    }

    fn answer(&self, verb: &str) -> (Option<i32>, Value) {
        let words = format!("{verb} -c {} --json", self.config);
        let mut command = at_home(&words);
        let below = |name: &str| self.directory.path().join(name).display().to_string();
        for (name, value) in [
            ("BROKER__IB__PORT", self.port.clone()),
            ("STATE__DIR", below("state")),
            ("LOGS__DIR", below("logs")),
            ("EXECUTION__HORIZON", "4s".to_owned()),
        ] {
            command.env(format!("POLYFOLIO__{name}"), value);
        }
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let answer = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text:?} {said}"));
        (output.status.code(), answer)
    }
}

impl Drop for Shipped {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.gateway.kill();
        let _ = self.gateway.wait();
    }
}

/// The program where the configs and the history lie.
fn at_home(words: &str) -> Command {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut command = program(home, words.split_whitespace());
    command.stdin(Stdio::null());
    command
}

fn trades_its_plan(config: &'static str, sleeves: usize) {
    let shipped = Shipped::open(config);
    let (code, plan) = shipped.answer("plan --as-of 2022-12-28");
    assert_eq!(code, Some(0), "{plan}");
    assert_eq!(plan["sleeves"].as_object().unwrap().len(), sleeves);
    let (code, run) = shipped.answer("run --as-of 2022-12-28");
    assert_eq!(code, Some(0), "{run}");
    let (_, held) = shipped.answer("positions");
    let wanted = plan["targets"].as_object().unwrap();
    assert!(wanted.len() > 5, "{wanted:?}");
    for (symbol, target) in wanted {
        let held = held["positions"][symbol]["quantity"].as_str();
        let target = target.as_str().filter(|target| *target != "0");
        assert_eq!(held, target, "{symbol}");
    }
}

#[test]
fn the_shipped_portfolio_trades_its_plan_at_interactive_brokers() {
    trades_its_plan("config/ib.toml", 4);
}

#[test]
fn the_script_of_pwb_toolbox_trades_its_plan() {
    trades_its_plan("config/pwb-toolbox.toml", 1);
}
