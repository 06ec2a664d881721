//! The keys of a broker's own table in the config.

use crate::settings::KeyKind;

/// A key of `[broker.NAME]`.
#[derive(Clone, Copy, Debug)]
pub struct BrokerKey {
    /// Its name: lower-case letters, digits and `_`.
    pub name: &'static str,
    /// What may stand there. A [`KeyKind::Secret`] is never shown to anybody.
    pub kind: KeyKind,
    /// One line on what it does.
    pub doc: &'static str,
    /// What holds when nobody says anything.
    pub need: Need,
}

/// What holds where a key is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// It must be said.
    Needed,
    /// Nothing does.
    Optional,
    /// This, written as in an environment variable.
    Otherwise(&'static str),
}

impl BrokerKey {
    /// A key that may be left out.
    pub const fn new(name: &'static str, kind: KeyKind, doc: &'static str) -> Self {
        Self {
            name,
            kind,
            doc,
            need: Need::Optional,
        }
    }

    /// The same, and it must be said.
    #[must_use]
    pub const fn needed(self) -> Self {
        Self {
            need: Need::Needed,
            ..self
        }
    }

    /// The same, and this holds where it is left out.
    #[must_use]
    pub const fn or(self, text: &'static str) -> Self {
        Self {
            need: Need::Otherwise(text),
            ..self
        }
    }
}
