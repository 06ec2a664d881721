//! What the process says when it ends: every exit code, in one place.
//!
//! Scripts rely on these numbers. A verb returns an [`Exit`]; nothing else ends the process.

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done, and nothing is left.
    Done = 0,
    /// Done, with a negative answer: refusals, denials, something left undone, a break.
    Negative = 1,
    /// Usage, config or input data: nothing was begun.
    Usage = 2,
    /// The broker cannot be reached.
    BrokerUnreachable = 3,
    /// A limit, an invariant or a person halted trading, or the watchdog a process that stood still.
    Halted = 4,
    /// The state directory is locked, damaged, unwritable, full, newer, or older than the broker.
    State = 5,
    /// Stopped by SIGINT, resumable.
    Interrupted = 130,
    /// Stopped by SIGTERM, resumable.
    Terminated = 143,
}

impl Exit {
    /// The number that the shell sees.
    pub const fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}
