//! Strategy kinds by name.

use indexmap::IndexMap;
use serde_json::Value;

use crate::kind::Kind;
use crate::nearest::nearest;
use crate::{Host, Settings, StrategyError, builtin, targets_file};

/// All kinds, in the order they were registered.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    kinds: IndexMap<&'static str, Kind>,
}

impl Registry {
    /// Nothing yet.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The kinds that come with polyfolio.
    pub fn builtin() -> Self {
        let mut registry = Self::empty();
        for kind in builtin::kinds() {
            registry.register(kind);
        }
        registry.register(targets_file::kind());
        registry
    }

    /// Adds a kind; one of the same name is replaced and returned.
    pub fn register(&mut self, kind: Kind) -> Option<Kind> {
        self.kinds.insert(kind.name, kind)
    }

    /// All kinds.
    pub fn kinds(&self) -> impl Iterator<Item = &Kind> {
        self.kinds.values()
    }

    /// The kind of that name.
    ///
    /// # Errors
    /// Names the nearest kind and all there are.
    pub fn kind(&self, name: &str) -> Result<&Kind, StrategyError> {
        self.kinds
            .get(name)
            .ok_or_else(|| StrategyError::UnknownKind {
                kind: name.to_owned(),
                nearest: nearest(name, self.kinds.keys().copied()),
                known: self.kinds.keys().copied().collect::<Vec<_>>().join(", "),
            })
    }

    /// A host for one sleeve.
    ///
    /// # Errors
    /// An unknown kind, a parameter that is not accepted, or impossible settings.
    pub fn host(
        &self,
        kind: &str,
        params: &Value,
        settings: Settings,
    ) -> Result<Host, StrategyError> {
        Host::new(self.kind(kind)?.source(params, self)?, settings)
    }
}
