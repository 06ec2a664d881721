//! What can be wrong with settings, where it stands, and how that is told.

use std::fmt;
use std::path::PathBuf;

use super::key::Key;
use super::kind::Kind;
use crate::failure::Failure;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A default of the program.
    BuiltIn,
    /// The compiled-in `config/default.toml`, used while the working directory has none.
    Shipped {
        /// Line, from 1.
        line: usize,
    },
    /// A file.
    File {
        /// As it was named.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
    },
    /// An environment variable.
    Environment {
        /// Its name as it is set.
        name: String,
    },
    /// A command line flag.
    Flag {
        /// With its dashes.
        name: String,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn => f.write_str("built in"),
            Self::Shipped { line } => write!(f, "shipped config/default.toml, line {line}"),
            Self::File { path, line } => write!(f, "{}, line {line}", path.display()),
            Self::Environment { name } => write!(f, "environment {name}"),
            Self::Flag { name } => write!(f, "flag {name}"),
        }
    }
}

/// A setting as somebody wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Which key.
    pub key: Key,
    /// The value, in the writer's own characters.
    pub text: String,
    /// Where.
    pub origin: Origin,
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} = {}", self.origin, self.key, self.text)
    }
}

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
        written: Written,
        /// What was probably meant, and what there is.
        hint: String,
    },
    /// A value of another kind than its key takes.
    #[error("{} is not {} at {written}", written.key.name(), kind.noun())]
    WrongKind {
        /// The value.
        written: Written,
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
        written: Written,
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
        written: Written,
        /// What to do.
        next: String,
    },
    /// The merge and the keys disagree: an error of the program, not of the user.
    #[error("settings cannot be merged: {0}")]
    Merge(#[from] config::ConfigError),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        let what = fault.what();
        match fault {
            Fault::Read { path, .. } => {
                Failure::usage(what)
                    .line(path.display().to_string())
                    .line(format!(
                        "write one to begin with:  polyfolio config init {}",
                        path.display()
                    ))
            }
            Fault::Syntax {
                origin,
                column,
                message,
            } => Failure::usage(what)
                .line(format!("{origin}, column {column}"))
                .line(message)
                .line(check_with(&origin)),
            Fault::UnknownKey { written, hint } => placed(what, &written)
                .line(hint)
                .line(check_with(&written.origin)),
            Fault::WrongKind {
                written,
                kind,
                hint,
            } => {
                let expected = format!("expected {}", kind.expected());
                let meant = hint.map(|word| format!("; did you mean \"{word}\"?"));
                placed(what, &written)
                    .line(expected + &meant.unwrap_or_default())
                    .line(check_with(&written.origin))
            }
            Fault::Refused {
                written, expected, ..
            } => placed(what, &written)
                .line(format!("expected {expected}"))
                .line(check_with(&written.origin)),
            Fault::Missing {
                origin, expected, ..
            } => {
                let failure = match &origin {
                    Some(origin) => Failure::usage(what).line(origin.to_string()),
                    None => Failure::usage(what),
                };
                failure
                    .line(expected)
                    .line(check_with(&origin.unwrap_or(Origin::BuiltIn)))
            }
            Fault::UnknownVariable { hint, .. } => Failure::usage(what)
                .line(hint)
                .line("list every key with:  polyfolio config show"),
            Fault::Consent { written, next, .. } => placed(what, &written).line(next),
            Fault::Merge(error) => Failure::usage(what).line(error.to_string()),
        }
    }
}

impl Fault {
    /// The sentence without the place, which gets a line of its own.
    fn what(&self) -> String {
        match self {
            Self::Read { source, .. } => format!("config file cannot be read: {}", plain(source)),
            Self::Syntax { .. } => "config file is not valid TOML".to_owned(),
            Self::UnknownKey { written, .. } => format!("unknown key \"{}\"", written.key.name()),
            Self::WrongKind {
                written,
                kind: Kind::Choice(_),
                ..
            } => {
                format!("{} cannot be {}", written.key.name(), written.text)
            }
            Self::WrongKind { written, kind, .. } => {
                format!("{} is not {}", written.key.name(), kind.noun())
            }
            Self::Refused { what, .. }
            | Self::Missing { what, .. }
            | Self::Consent { what, .. } => what.clone(),
            Self::UnknownVariable { .. } => self.to_string(),
            Self::Merge(_) => "settings cannot be merged".to_owned(),
        }
    }
}

/// What the system said, without its error number.
pub(crate) fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    let cut = text.find(" (os error").unwrap_or(text.len());
    text[..cut].to_lowercase()
}

fn placed(what: String, written: &Written) -> Failure {
    Failure::usage(what).line(written.to_string())
}

fn check_with(origin: &Origin) -> String {
    match origin {
        Origin::File { path, .. } => {
            format!(
                "check a config with:  polyfolio config check -c {}",
                path.display()
            )
        }
        _ => "check a config with:  polyfolio config check".to_owned(),
    }
}
