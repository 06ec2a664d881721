//! Where a value was written.

use std::fmt;
use std::path::PathBuf;

use super::key::Key;

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

impl Origin {
    /// Whether nobody wrote it: the program brings it along.
    pub(crate) fn is_shipped(&self) -> bool {
        matches!(self, Self::BuiltIn | Self::Shipped { .. })
    }
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
