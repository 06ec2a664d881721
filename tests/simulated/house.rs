//! A simulator in a directory of its own, and its control port.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::common::{program, small_book};

/// How long anything may take before a test gives up on it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A directory with a config.
pub(crate) struct House {
    directory: TempDir,
}

/// A simulator that listens. Dropped, it is killed.
pub(crate) struct Simulator {
    child: Child,
    pub(crate) listen: SocketAddr,
    pub(crate) control: Option<SocketAddr>,
}

impl House {
    pub(crate) fn new() -> Self {
        Self::with_cash(10_000_000)
    }

    pub(crate) fn with_cash(cash: u32) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let market = format!("[broker.paper]\ncash = {cash}\npositions = {{ KO = 40 }}\n");
        std::fs::write(directory.path().join("my.toml"), small_book(&market)).unwrap();
        Self { directory }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn command(&self, line: &str) -> Command {
        let words = format!("sim tws -c my.toml {line}");
        let mut command = program(self.directory.path(), words.split_whitespace());
        command.stdin(Stdio::null());
        command
    }

    /// Starts a simulator, and reads where it listens.
    pub(crate) fn start(&self, line: &str) -> Simulator {
        self.start_with(line, Stdio::null())
    }

    /// The same, with this for standard input.
    pub(crate) fn start_with(&self, line: &str, stdin: Stdio) -> Simulator {
        let mut command = self.command(&format!("--listen 127.0.0.1:0 {line}"));
        command.stdin(stdin).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut first = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut first).unwrap();
        let said: Value = serde_json::from_str(&first)
            .unwrap_or_else(|_| panic!("the first line is {first:?}, and then {:?}", child.wait()));
        assert_eq!(said.as_object().unwrap().len(), 2, "{first}");
        let address = |name: &str| said[name].as_str().map(|text| text.parse().unwrap());
        Simulator {
            listen: address("listen").unwrap(),
            control: address("control"),
            child,
        }
    }
}

impl Simulator {
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).unwrap();
    }

    /// Ends its standard input.
    pub(crate) fn let_go(&mut self) {
        drop(self.child.stdin.take());
    }

    /// Waits for the end; the code, if it was not killed.
    pub(crate) fn ended(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    pub(crate) fn kill(mut self) {
        self.signal(Signal::KILL);
        assert_eq!(self.ended(), None);
    }

    /// Says a line on the control port, and hears the answer.
    pub(crate) fn told(&self, line: &str) -> Value {
        let mut stream = TcpStream::connect(self.control.unwrap()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        writeln!(stream, "{line}").unwrap();
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer).unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer["ok"], true, "{line}: {answer}");
        answer
    }

    pub(crate) fn state(&self) -> Value {
        self.told("{\"do\":\"state\"}")["state"].clone()
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
