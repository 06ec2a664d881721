//! One start of the program, and its end.

use std::fmt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use polyfolio_model::Span;
use polyfolio_report::audit::Kill;

use super::Place;
use super::course::Leg;
use super::fate::Fate;
use super::interrupt::Interrupts;
use super::watched::Watched;
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
    /// It could not reach the venue and gave up, as it says it does.
    Unreachable,
    /// Somebody wants no more.
    Stopped(Signal),
    /// The program would not go on, in words.
    Failed(String),
}

/// A running program. Dropped, it is gone.
#[derive(Debug)]
pub(super) struct Life<'a> {
    child: Child,
    place: &'a Place,
}

impl<'a> Life<'a> {
    /// Starts a rebalance, or what there is to do of it, with more settings than the leg's.
    pub(super) fn start(
        place: &'a Place,
        leg: &Leg,
        pace: &str,
        more: &[(String, String)],
    ) -> Result<Self, Failure> {
        let settings = [more, leg.settings.as_slice()].concat();
        let mut command = program(place, &leg.files, &settings)?;
        command.args(["run", "--quiet", "--speed", pace]);
        if let Some(date) = leg.as_of {
            command.args(["--as-of", &date.to_string()]);
        }
        let talk = place.talk().map_err(cannot_start)?;
        // In a group of its own, so that a Ctrl-C is the drill's alone.
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(talk)
            .process_group(0);
        let child = command.spawn().map_err(cannot_start)?;
        Ok(Self { child, place })
    }

    /// Watches it, and lets the wire fail, until the time of a fate has come: nothing then. Or how
    /// it ended before.
    pub(super) fn until(
        &mut self,
        fate: &mut Fate,
        watched: &mut Watched<'_>,
        interrupts: &Interrupts,
        patience: Span,
    ) -> Result<Option<Ending>, Failure> {
        while !watched.has_come(fate.sign) {
            if let Some(ending) = self.ended(watched) {
                return Ok(Some(ending));
            }
            watched.cause(&mut fate.troubles)?;
            if let Some(signal) = interrupts.wait(GLANCE) {
                return Ok(Some(Ending::Stopped(signal)));
            }
            if watched.idle() > patience {
                let what = format!("the program did nothing for {patience}");
                return Ok(Some(Ending::Failed(what)));
            }
        }
        watched.cause(&mut fate.troubles)?;
        let came = (!fate.wait.is_zero())
            .then(|| interrupts.wait(fate.wait))
            .flatten();
        Ok(came.map(Ending::Stopped))
    }

    /// How it ended by itself, if it has.
    pub(super) fn ended(&mut self, watched: &mut Watched<'_>) -> Option<Ending> {
        let status = self.child.try_wait().ok().flatten()?;
        watched.look();
        Some(self.ending(status, watched))
    }

    /// Kills it, unless it has come to its end by now.
    pub(super) fn kill(&mut self, watched: &mut Watched<'_>) -> Result<Ending, Failure> {
        // Of a process that is gone already, nothing is killed.
        let killed = self.child.kill().and_then(|()| self.child.wait());
        watched.look();
        match killed {
            Ok(status) => Ok(self.ending(status, watched)),
            Err(error) => Err(Failure::new(Exit::Negative, "the program cannot be killed")
                .line(error.to_string())),
        }
    }

    fn ending(&self, status: ExitStatus, watched: &Watched<'_>) -> Ending {
        let unreachable = i32::from(Exit::BrokerUnreachable.code());
        match (status.code(), status.signal()) {
            // Something that was left, or refused, is on record, and audited there.
            (Some(0 | 1), _) => Ending::Done,
            (Some(code), _) if code == unreachable => Ending::Unreachable,
            (_, Some(SIGKILL)) => Ending::Killed(watched.kill()),
            _ => {
                let last = self.place.last_words();
                Ending::Failed(format!("the program ended with {status}\n{last}"))
            }
        }
    }
}

impl Drop for Life<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// This very executable, to work in a place.
pub(super) fn program(
    place: &Place,
    files: &[PathBuf],
    settings: &[(String, String)],
) -> Result<Command, Failure> {
    let mut command = Command::new(std::env::current_exe().map_err(cannot_start)?);
    for file in files {
        command.arg("-c").arg(file);
    }
    let all = place.settings().into_iter().chain(settings.iter().cloned());
    for (name, value) in all {
        set(&mut command, &name, &value);
    }
    Ok(command)
}

fn cannot_start(error: std::io::Error) -> Failure {
    Failure::new(Exit::Negative, "the program cannot be started").line(error.to_string())
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

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Killed(kill) => write!(f, "killed at record {}", kill.records),
            Self::Done => write!(f, "came to its end"),
            Self::Unreachable => write!(f, "gave up: the venue could not be reached"),
            Self::Stopped(_) => write!(f, "stopped"),
            Self::Failed(what) => write!(f, "{what}"),
        }
    }
}
