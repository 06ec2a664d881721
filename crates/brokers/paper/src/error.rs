//! What can go wrong with a paper account, and what a person should know though nothing is wrong.

use std::fmt;
use std::path::PathBuf;

use chrono::NaiveDate;
use polyfolio_matching::{BookBreak, VenueError};
use polyfolio_model::{InstrumentId, Money, Qty};

/// Why a paper account cannot be opened, read or moved on.
#[derive(Debug, thiserror::Error)]
pub enum PaperError {
    /// Another process has it.
    #[error(
        "the paper account in {0} is in use by another process: stop it, or use another state directory"
    )]
    Locked(PathBuf),
    /// The file system refused.
    #[error("cannot {doing} {path}")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// A whole line of the tape is not what was written.
    #[error("line {line} of {path} is damaged: {what}")]
    Damaged {
        /// The tape.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
    /// The account is not the sum of its fills: the tape was altered.
    #[error("the tape in {dir} does not add up")]
    Break {
        /// The account's folder.
        dir: PathBuf,
        /// Where it does not.
        source: BookBreak,
    },
    /// A market date never goes back.
    #[error(
        "the paper account stands at {have} and cannot go back to {asked}: ask for {have} or later, or use another state directory"
    )]
    GoesBack {
        /// Where it stands.
        have: NaiveDate,
        /// Where it was asked to go.
        asked: NaiveDate,
    },
    /// The market cannot be made, or not set.
    #[error(transparent)]
    Venue(VenueError),
    /// Something is held or worked that the configuration no longer lists.
    #[error(
        "{instrument} is no longer listed, but the paper account holds {position} of it and has {open_orders} open orders in it: list it again until it is closed"
    )]
    NotListed {
        /// What.
        instrument: InstrumentId,
        /// How much of it is held.
        position: Qty,
        /// How many orders work in it.
        open_orders: usize,
    },
    /// The account cannot be opened on the date: something it would hold has no price.
    #[error("{instrument} is among the opening positions and has no close on {date}")]
    UnpricedOpening {
        /// What.
        instrument: InstrumentId,
        /// When.
        date: NaiveDate,
    },
    /// Something is held or worked and has no price on the date.
    #[error("{instrument} is held or worked and has no close on {date}")]
    NoClose {
        /// What.
        instrument: InstrumentId,
        /// When.
        date: NaiveDate,
    },
}

impl From<VenueError> for PaperError {
    fn from(fault: VenueError) -> Self {
        match fault {
            VenueError::GoesBack { have, asked } => PaperError::GoesBack { have, asked },
            other => PaperError::Venue(other),
        }
    }
}

impl PaperError {
    /// What happened, and why underneath, in one line.
    pub(crate) fn in_full(&self) -> String {
        match std::error::Error::source(self) {
            Some(source) => format!("{self}: {source}"),
            None => self.to_string(),
        }
    }
}

/// Something a person should know when an account is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The configured opening is not the account's: the account counts.
    OpeningKept {
        /// What it was opened with.
        opened_with: Money,
        /// What the configuration says now.
        configured: Money,
        /// Whether the opening positions differ as well.
        positions_differ: bool,
    },
    /// A line that was being written when the process died was cut off. It was never reported.
    TornLine {
        /// How long it was.
        bytes: u64,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::OpeningKept {
                opened_with,
                configured,
                positions_differ,
            } => {
                let also = if *positions_differ {
                    " and other positions"
                } else {
                    ""
                };
                write!(
                    f,
                    "the paper account was opened with cash {opened_with}; the configured opening \
                     (cash {configured}{also}) does not change it"
                )
            }
            Notice::TornLine { bytes } => {
                write!(
                    f,
                    "cut off {bytes} bytes of an unfinished line of the paper tape"
                )
            }
        }
    }
}
