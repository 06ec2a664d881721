//! How a fault is told: what, where, what was expected, what to do next.

use super::Fault;
use crate::failure::Failure;
use crate::settings::kind::Kind;
use crate::settings::origin::{Origin, Written};

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
