//! What can be wrong with settings, and where it stands.

mod told;

use std::path::PathBuf;

use super::kind::Kind;
use super::origin::{Origin, Written};

pub(crate) use told::plain;

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A config file is missing or not readable.
    #[error("config file {} cannot be read: {source}", path.display())]
    Read {
        /// As it was named.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A config file is not TOML.
    #[error("{origin}, column {column}: not valid TOML: {message}")]
    Syntax {
        /// Where.
        origin: Origin,
        /// In characters, from 1.
        column: usize,
        /// What the parser said.
        message: String,
    },
    /// A key that does not exist.
    #[error("unknown key \"{}\" at {written}", written.key.name())]
    UnknownKey {
        /// The key and what stands there.
        written: Box<Written>,
        /// What was probably meant, and what there is.
        hint: String,
    },
    /// A value of another kind than its key takes.
    #[error("{} is not {} at {written}", written.key.name(), kind.noun())]
    WrongKind {
        /// The value.
        written: Box<Written>,
        /// What the key takes.
        kind: Kind,
        /// The choice that was probably meant.
        hint: Option<String>,
    },
    /// A value that cannot be used.
    #[error("{what}, at {written}; expected {expected}")]
    Refused {
        /// One sentence.
        what: String,
        /// The value.
        written: Box<Written>,
        /// What should stand there.
        expected: String,
    },
    /// A value that must be there and is not.
    #[error("{what}; {expected}")]
    Missing {
        /// One sentence.
        what: String,
        /// Where something stands that needs it.
        origin: Option<Origin>,
        /// What to write.
        expected: String,
    },
    /// An environment variable that names no setting.
    #[error("environment variable {name} names no setting")]
    UnknownVariable {
        /// As it is set.
        name: String,
        /// What was probably meant.
        hint: String,
    },
    /// `mode = "live"` without `--live`, or the other way round.
    #[error("{what}")]
    Consent {
        /// One sentence.
        what: String,
        /// The mode as it is set.
        written: Box<Written>,
        /// What to do.
        next: String,
    },
    /// The merge and the keys disagree: an error of the program, not of the user.
    #[error("settings cannot be merged: {0}")]
    Merge(#[from] config::ConfigError),
}

impl Fault {
    /// The same with a place, where it has none.
    pub(crate) fn placed_at_least(mut self, place: Origin) -> Self {
        if let Self::Missing { origin, .. } = &mut self {
            origin.get_or_insert(place);
        }
        self
    }
}
