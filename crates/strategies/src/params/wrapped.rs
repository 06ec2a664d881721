//! A strategy that stands inside a parameter of another.

use std::fmt;

use serde_json::{Map, Value};

use super::{ParamError, Params};
use crate::nearest::nearest;
use crate::{Registry, Source, StrategyError, StrategyFactory};

/// A strategy that another one wraps.
#[derive(Clone)]
pub struct Wrapped {
    /// Its kind.
    pub kind: String,
    /// Makes one that has seen nothing.
    pub make: StrategyFactory,
}

impl fmt::Debug for Wrapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wrapped")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// The keys of the table, those of a sleeve.
const KEYS: [&str; 2] = ["strategy", "params"];

impl Params {
    /// The strategy that a declared parameter names.
    ///
    /// # Errors
    /// Says what is wrong with it, seen from the parameter.
    pub fn wrapped(&self, param: &'static str, registry: &Registry) -> Result<Wrapped, ParamError> {
        let empty = Map::new();
        let table = self.values.get(param).and_then(Value::as_object);
        made(table.unwrap_or(&empty), registry).map_err(|error| ParamError::Inside {
            kind: self.kind.clone(),
            param,
            error: Box::new(error),
        })
    }
}

fn made(table: &Map<String, Value>, registry: &Registry) -> Result<Wrapped, StrategyError> {
    if let Some(key) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(StrategyError::UnknownKey {
            key: key.clone(),
            nearest: nearest(key, KEYS),
            known: KEYS.join(", "),
        });
    }
    let kind = match table.get("strategy") {
        Some(Value::String(kind)) => kind,
        other => {
            return Err(StrategyError::NoKind {
                found: other.map(Value::to_string),
            });
        }
    };
    let params = table.get("params").unwrap_or(&Value::Null);
    match registry.kind(kind)?.source(params, registry)? {
        Source::Replayed(make) => Ok(Wrapped {
            kind: kind.clone(),
            make,
        }),
        Source::File(_) => Err(StrategyError::NotReplayed { kind: kind.clone() }),
    }
}
