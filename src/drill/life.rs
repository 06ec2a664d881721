//! One start of the program, and its end.

use std::fmt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use polyfolio_clock::HostClock;
use polyfolio_model::{Span, Ts};
use polyfolio_ports::Clock;
use polyfolio_report::audit::Kill;

use super::course::Leg;
use super::fate::{Fate, Sign, Tempo};
use super::interrupt::Interrupts;
use super::{AuditedVenue, Place};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::runtime::Signal;

/// How often a start is looked at.
const GLANCE: Duration = Duration::from_micros(500);
const SIGKILL: i32 = 9;

/// How a start ended.
#[derive(Clone, Debug)]
pub(super) enum Ending {
    /// The kill landed.
    Killed(Kill),
    /// The rebalance came to its end first.
    Done,
    /// Somebody wants no more.
    Stopped(Signal),
    /// The program would not go on, in words.
    Failed(String),
}

/// A running program.
#[derive(Debug)]
pub(super) struct Life<'a> {
    child: Child,
    place: &'a Place,
}

impl<'a> Life<'a> {
    pub(super) fn start(place: &'a Place, leg: &Leg, pace: &str) -> Result<Self, Failure> {
        let cannot = |error: std::io::Error| {
            Failure::new(Exit::Negative, "the program cannot be started").line(error.to_string())
        };
        let mut command = Command::new(std::env::current_exe().map_err(cannot)?);
        command.args(["run", "--quiet", "--speed", pace]);
        for file in &leg.files {
            command.arg("-c").arg(file);
        }
        if let Some(date) = leg.as_of {
            command.args(["--as-of", &date.to_string()]);
        }
        let settings = place
            .settings()
            .into_iter()
            .chain(leg.settings.iter().cloned());
        for (name, value) in settings {
            set(&mut command, &name, &value);
        }
        let talk = place.talk().map_err(cannot)?;
        // In a group of its own, so that a Ctrl-C is the drill's alone.
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(talk)
            .process_group(0);
        let child = command.spawn().map_err(cannot)?;
        Ok(Self { child, place })
    }

    /// Watches it to its fate. Whatever happens, the process is gone afterwards.
    pub(super) fn until(
        mut self,
        fate: &Fate,
        watched: &mut Watched<'_>,
        interrupts: &Interrupts,
        patience: Span,
    ) -> Result<Ending, Failure> {
        let ending = self.watch(fate, watched, interrupts, patience);
        // Of a process that is gone already, nothing is killed.
        let killed = self.child.kill().and_then(|()| self.child.wait());
        watched.look();
        match (ending, killed) {
            (Some(ending), _) => Ok(ending),
            (None, Ok(status)) => Ok(self.ending(status, watched)),
            (None, Err(error)) => Err(Failure::new(Exit::Negative, "the program cannot be killed")
                .line(error.to_string())),
        }
    }

    /// How it ended by itself, or nothing when the time to kill it has come.
    fn watch(
        &mut self,
        fate: &Fate,
        watched: &mut Watched<'_>,
        interrupts: &Interrupts,
        patience: Span,
    ) -> Option<Ending> {
        while !watched.has_come(fate.sign) {
            if let Ok(Some(status)) = self.child.try_wait() {
                watched.look();
                return Some(self.ending(status, watched));
            }
            if let Some(signal) = interrupts.wait(GLANCE) {
                return Some(Ending::Stopped(signal));
            }
            if watched.idle() > patience {
                let what = format!("the program did nothing for {patience}");
                return Some(Ending::Failed(what));
            }
        }
        (!fate.wait.is_zero())
            .then(|| interrupts.wait(fate.wait))
            .flatten()
            .map(Ending::Stopped)
    }

    fn ending(&self, status: ExitStatus, watched: &Watched<'_>) -> Ending {
        match (status.code(), status.signal()) {
            // Something that was left, or refused, is on record, and audited there.
            (Some(0 | 1), _) => Ending::Done,
            (_, Some(SIGKILL)) => Ending::Killed(watched.kill()),
            _ => {
                let last = self.place.last_words();
                Ending::Failed(format!("the program ended with {status}\n{last}"))
            }
        }
    }
}

/// A variable of the child, in whatever case the environment has it already.
fn set(command: &mut Command, name: &str, value: &str) {
    for (other, _) in std::env::vars_os() {
        if other.to_string_lossy().eq_ignore_ascii_case(name) {
            command.env_remove(other);
        }
    }
    command.env(name, value);
}

/// What a start leaves on disk, while it lives.
pub(super) struct Watched<'a> {
    place: &'a Place,
    venue: &'a mut dyn AuditedVenue,
    clock: &'a HostClock,
    start: Ts,
    before: (u64, usize),
    now: (u64, usize),
    first_sign: Option<Ts>,
    last_sign: Ts,
}

impl<'a> Watched<'a> {
    pub(super) fn new(
        place: &'a Place,
        venue: &'a mut dyn AuditedVenue,
        clock: &'a HostClock,
    ) -> Self {
        let before = (place.records(), venue.events());
        let start = clock.now();
        Self {
            place,
            venue,
            clock,
            start,
            before,
            now: before,
            first_sign: None,
            last_sign: start,
        }
    }

    fn look(&mut self) {
        let now = (self.place.records().max(self.now.0), self.venue.events());
        if now != self.now {
            self.now = now;
            self.last_sign = self.clock.now();
            self.first_sign = self.first_sign.or(Some(self.last_sign));
        }
    }

    fn has_come(&mut self, sign: Sign) -> bool {
        self.look();
        let tempo = self.tempo();
        match sign {
            Sign::Start => true,
            Sign::Records(count) => tempo.records >= count,
            Sign::Events(count) => tempo.events >= count,
            Sign::Never => false,
        }
    }

    fn idle(&self) -> Span {
        self.clock.now().since(self.last_sign)
    }

    fn kill(&self) -> Kill {
        let (records, events) = self.now;
        Kill {
            records,
            events,
            wrote: self.now != self.before,
        }
    }

    pub(super) fn tempo(&self) -> Tempo {
        Tempo {
            first_sign: self.first_sign.map(|at| at.since(self.start).to_std()),
            records: self.now.0.saturating_sub(self.before.0),
            events: self.now.1.saturating_sub(self.before.1) as u64,
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Killed(kill) => write!(f, "killed at record {}", kill.records),
            Self::Done => write!(f, "came to its end"),
            Self::Stopped(_) => write!(f, "stopped"),
            Self::Failed(what) => write!(f, "{what}"),
        }
    }
}
