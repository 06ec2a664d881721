//! The simulated gateway as a process of its own: started, told what goes wrong, killed, and
//! started again on the same port and record.
//!
//! It ends with the drill: its standard input is held open by the drill alone.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use polyfolio_model::ClOrdId;
use polyfolio_simulators::tws::GatewayConfig;
use polyfolio_simulators::tws::faults::Fault;
use serde_json::Value;

use super::Place;
use super::interrupt::Interrupts;
use super::life::program;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::runtime::Signal;

/// The longest that a word on the control port may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// How often a gateway is started until it stands: its port may be somebody else's for a moment.
const STARTS_MAX: u32 = 40;
const BETWEEN_STARTS: Duration = Duration::from_millis(250);

/// How patient the program is with it. A gateway on this machine answers within milliseconds; with
/// the patience for a real one, a kill in three would find an order in doubt and nothing else.
const PATIENCE: [(&str, &str); 9] = [
    ("CONNECT_TIMEOUT", "5s"),
    ("REQUEST_TIMEOUT", "3s"),
    ("SNAPSHOT_TIMEOUT", "5s"),
    ("HEARTBEAT", "1s"),
    ("ACK_TIMEOUT", "1s"),
    ("ABSENCE_HORIZON", "1s"),
    ("PROPAGATION_LAG", "200ms"),
    ("SETTLE", "200ms"),
    ("RECONNECT", "100ms"),
];

/// A gateway and its record.
#[derive(Debug)]
pub struct Gateway {
    place: Place,
    record: PathBuf,
    /// The files that it is given with `-c`: the program's.
    files: Vec<PathBuf>,
    /// Where clients connect, and where faults are ordered, since the first start.
    listen: SocketAddr,
    control: SocketAddr,
    child: Option<Child>,
    wire: Option<BufReader<TcpStream>>,
    /// What was ordered since its last start.
    ordered: Vec<Fault>,
    /// How many faults struck, by name.
    struck: BTreeMap<String, u32>,
}

impl Gateway {
    /// The gateway of an account of the drill, which is not started yet.
    pub fn new(place: &Place, files: Vec<PathBuf>) -> Self {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            record: place.directory().join("gateway"),
            place: place.clone(),
            files,
            listen: any,
            control: any,
            child: None,
            wire: None,
            ordered: Vec::new(),
            struck: BTreeMap::new(),
        }
    }

    /// Where its record lies.
    pub fn record_dir(&self) -> &Path {
        &self.record
    }

    /// What makes the program trade there, as variables of the environment.
    pub(super) fn settings(&self) -> Vec<(String, String)> {
        let broker =
            |key: &str, value: &str| (format!("POLYFOLIO__BROKER__{key}"), value.to_owned());
        let ib = |key: &str, value: &str| broker(&format!("IB__{key}"), value);
        let mut settings = vec![
            broker("USE", "ib"),
            ib("HOST", &self.listen.ip().to_string()),
            ib("PORT", &self.listen.port().to_string()),
            ib("ACCOUNT", &GatewayConfig::default().account),
        ];
        settings.extend(PATIENCE.map(|(key, value)| ib(key, value)));
        settings
    }

    /// Starts it unless it stands. Says so when a signal came first.
    ///
    /// # Errors
    /// It does not stand, however often it is tried.
    pub(super) fn revive(&mut self, interrupts: &Interrupts) -> Result<Option<Signal>, Failure> {
        let mut said = String::new();
        for _ in 0..STARTS_MAX {
            if self.child.is_some() {
                return self.is_well().map(|()| None);
            }
            said = self.begin()?;
            if self.child.is_none()
                && let Some(signal) = interrupts.wait(BETWEEN_STARTS)
            {
                return Ok(Some(signal));
            }
        }
        match self.child {
            Some(_) => Ok(None),
            None => Err(Failure::new(Exit::Negative, "the gateway does not stand").line(said)),
        }
    }

    /// Nobody but the drill ends it.
    pub(super) fn is_well(&mut self) -> Result<(), Failure> {
        let ended = self.child.as_mut().map(Child::try_wait);
        match ended {
            Some(Ok(Some(status))) => {
                let what = format!("the gateway ended by itself with {status}");
                Err(Failure::new(Exit::Negative, what).line(self.said()))
            }
            _ => Ok(()),
        }
    }

    fn said(&self) -> String {
        std::fs::read_to_string(self.talk()).unwrap_or_default()
    }

    fn talk(&self) -> PathBuf {
        self.place.directory().join("gateway.txt")
    }

    /// One attempt to start it; what it said when it does not stand.
    fn begin(&mut self) -> Result<String, Failure> {
        let said = File::options().create(true).append(true).open(self.talk());
        let mut command = program(&self.place, &self.files, &[])?;
        let (listen, control) = (self.listen.to_string(), self.control.to_string());
        command
            .args(["sim", "tws", "--quiet", "--until-stdin-ends"])
            .args(["--listen", &listen, "--control", &control, "--state"])
            .arg(&self.record)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(said.map_err(cannot_start)?)
            .process_group(0);
        let mut child = command.spawn().map_err(cannot_start)?;
        let mut first = String::new();
        if let Some(out) = child.stdout.take() {
            // Without a line it has not begun, and says why elsewhere.
            let _ = BufReader::new(out).read_line(&mut first);
        }
        let first: Value = serde_json::from_str(&first).unwrap_or_default();
        let address = |name: &str| first[name].as_str().and_then(|text| text.parse().ok());
        let Some((listen, control)) = address("listen").zip(address("control")) else {
            let _ = child.kill();
            let _ = child.wait();
            return Ok(self.said());
        };
        (self.listen, self.control) = (listen, control);
        self.child = Some(child);
        Ok(String::new())
    }

    /// Kills it with SIGKILL: connections, and all faults, die with it.
    pub(super) fn kill(&mut self) -> Result<(), Failure> {
        self.count_struck()?;
        self.end();
        Ok(())
    }

    fn end(&mut self) {
        self.wire = None;
        self.ordered.clear();
        if let Some(mut child) = self.child.take() {
            // Of a process that is gone already, nothing is killed.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Lets something go wrong.
    pub(super) fn order(&mut self, fault: Fault) -> Result<(), Failure> {
        let answer = self.ask(&serde_json::to_value(&fault).unwrap_or_default())?;
        if answer["ok"] == true {
            self.ordered.push(fault);
        }
        Ok(())
    }

    /// A person cancels an order there; whether it still worked.
    pub(super) fn cancels(&mut self, id: ClOrdId) -> Result<bool, Failure> {
        let by_hand = Fault::CancelByHand {
            order_ref: Some(id.to_string()),
            perm_id: None,
        };
        let answer = self.ask(&serde_json::to_value(&by_hand).unwrap_or_default())?;
        Ok(answer["ok"] == true)
    }

    /// All is well again.
    pub(super) fn heal(&mut self) -> Result<(), Failure> {
        self.count_struck()?;
        self.ask(&serde_json::json!({"do": "clear"}))?;
        self.ordered.clear();
        Ok(())
    }

    /// How many faults struck so far, by name. One that still waits for its message has not.
    pub(super) fn struck(&self) -> &BTreeMap<String, u32> {
        &self.struck
    }

    fn count_struck(&mut self) -> Result<(), Failure> {
        if self.ordered.is_empty() || self.child.is_none() {
            return Ok(());
        }
        let answer = self.ask(&serde_json::json!({"do": "state"}))?;
        let waiting = &answer["state"]["waiting"];
        let mut waiting: Vec<Fault> = serde_json::from_value(waiting.clone()).unwrap_or_default();
        for fault in self.ordered.drain(..) {
            match waiting.iter().position(|other| *other == fault) {
                Some(place) => drop(waiting.swap_remove(place)),
                None => *self.struck.entry(name(&fault)).or_default() += 1,
            }
        }
        Ok(())
    }

    /// Says a line on the control port, and hears the answer.
    fn ask(&mut self, line: &Value) -> Result<Value, Failure> {
        self.is_well()?;
        self.try_to_ask(line).map_err(|error| {
            Failure::new(
                Exit::Negative,
                "the gateway does not hear what is to go wrong",
            )
            .line(error.to_string())
        })
    }

    fn try_to_ask(&mut self, line: &Value) -> std::io::Result<Value> {
        let wire = match self.wire.take() {
            Some(wire) => wire,
            None => {
                let stream = TcpStream::connect_timeout(&self.control, ANSWER_TIMEOUT)?;
                stream.set_read_timeout(Some(ANSWER_TIMEOUT))?;
                stream.set_nodelay(true)?;
                BufReader::new(stream)
            }
        };
        let wire = self.wire.insert(wire);
        wire.get_mut().write_all(format!("{line}\n").as_bytes())?;
        let mut answer = String::new();
        wire.read_line(&mut answer)?;
        Ok(serde_json::from_str(&answer)?)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.end();
    }
}

fn cannot_start(error: std::io::Error) -> Failure {
    Failure::new(Exit::Negative, "the gateway cannot be started").line(error.to_string())
}

/// As the control port calls it.
pub(super) fn name(fault: &Fault) -> String {
    let value = serde_json::to_value(fault).unwrap_or_default();
    value["do"].as_str().unwrap_or_default().to_owned()
}
