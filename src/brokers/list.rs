//! The brokers of one's own that a program knows.

use std::fmt;
use std::sync::Arc;

use super::{BrokerKind, Need};
use crate::settings::{BROKERS_BUILT_IN, KeyTable};

/// A word of the config, and what a state directory has of its own: a kind's directory there is named
/// by it.
const RESERVED: &[&str] = &[
    "use",
    "db",
    "lock",
    "head",
    "broker",
    "manifest",
    "quarantine",
];

/// The brokers that a program knows besides those that come with polyfolio.
#[derive(Clone, Default)]
pub struct Brokers {
    kinds: Vec<Arc<dyn BrokerKind>>,
    keys: KeyTable,
}

impl Brokers {
    /// None: the embedded broker and Interactive Brokers are always there.
    pub fn none() -> Self {
        Self::default()
    }

    /// These and one more. Its keys become keys of the config, which are known for as long as the
    /// program lives.
    ///
    /// # Panics
    /// Its name or a key of it is no name or is taken, or a default is not of its kind: a mistake in
    /// the program, found when it starts.
    #[must_use]
    pub fn with(mut self, kind: impl BrokerKind + 'static) -> Self {
        if let Some(mistake) = self.mistake(&kind) {
            panic!("the broker {:?}: {mistake}", kind.name());
        }
        self.kinds.push(Arc::new(kind));
        self.keys = KeyTable::with_brokers(&self.kinds);
        self
    }

    /// All of them, in the order in which they were added.
    pub fn kinds(&self) -> impl Iterator<Item = &Arc<dyn BrokerKind>> {
        self.kinds.iter()
    }

    /// The one of that name.
    pub fn kind(&self, name: &str) -> Option<&Arc<dyn BrokerKind>> {
        self.kinds.iter().find(|kind| kind.name() == name)
    }

    pub(crate) fn keys(&self) -> KeyTable {
        self.keys
    }

    pub(super) fn mistake(&self, kind: &dyn BrokerKind) -> Option<String> {
        let name = kind.name();
        let taken = BROKERS_BUILT_IN.contains(&name) || RESERVED.contains(&name);
        if taken || self.kind(name).is_some() {
            return Some("the name is taken".to_owned());
        }
        if !is_name(name) {
            return Some("the name is not of lower-case letters, digits and _".to_owned());
        }
        let keys = kind.keys();
        keys.iter().enumerate().find_map(|(place, key)| {
            let twice = keys[..place].iter().any(|other| other.name == key.name);
            let fits = match key.need {
                Need::Otherwise(text) => key.kind.accepts(text),
                Need::Needed | Need::Optional => true,
            };
            if !is_name(key.name) || twice {
                Some(format!("{:?} is no name of a key, or is taken", key.name))
            } else if !fits {
                Some(format!("the default of {:?} is not of its kind", key.name))
            } else {
                None
            }
        })
    }
}

/// What a directory, a variable and a table may be called without a quote.
fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(fits)
}

impl fmt::Debug for Brokers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.kinds.iter().map(|kind| kind.name());
        f.debug_list().entries(names).finish()
    }
}
