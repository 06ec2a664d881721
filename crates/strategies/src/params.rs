//! Parameters of a kind: declared once, then read, explained and checked from the declaration.

mod declared;
mod error;
mod wrapped;

use serde_json::{Map, Value};

use crate::nearest::nearest;

pub(crate) use declared::{choice, integer, number};

pub use declared::{Bounds, Param, ParamType};
pub use error::ParamError;
pub use wrapped::Wrapped;

/// The parameters of one sleeve, complete and of the declared types.
#[derive(Debug, Clone)]
pub struct Params {
    kind: String,
    values: Map<String, Value>,
}

impl Params {
    /// Checks what was given against what is declared and fills in the defaults.
    pub(crate) fn check(
        kind: &str,
        declared: &[Param],
        example: &str,
        given: &Value,
    ) -> Result<Self, ParamError> {
        let given = match given {
            Value::Null => Map::new(),
            Value::Object(map) => map.clone(),
            other => {
                return Err(ParamError::NotATable {
                    kind: kind.to_owned(),
                    found: other.to_string(),
                    example: example.to_owned(),
                });
            }
        };
        refuse_unknown(kind, declared, &given)?;
        let mut values = Map::new();
        for param in declared {
            values.insert(
                param.name.to_owned(),
                param.value(kind, given.get(param.name))?,
            );
        }
        Ok(Self {
            kind: kind.to_owned(),
            values,
        })
    }

    /// A declared whole number; 0 for one that is not declared so.
    pub fn integer(&self, name: &str) -> usize {
        let value = self
            .values
            .get(name)
            .and_then(Value::as_u64)
            .unwrap_or_default();
        usize::try_from(value).unwrap_or(usize::MAX)
    }

    /// A declared number; NaN for one that is not declared so.
    pub fn number(&self, name: &str) -> f64 {
        self.values
            .get(name)
            .and_then(Value::as_f64)
            .unwrap_or(f64::NAN)
    }

    /// A declared text; empty for one that is not declared so.
    pub fn text(&self, name: &str) -> &str {
        self.values
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Says that a value does not go with the others.
    pub fn refuse(&self, param: &'static str, expected: impl Into<String>) -> ParamError {
        let found = self
            .values
            .get(param)
            .map(Value::to_string)
            .unwrap_or_default();
        ParamError::Invalid {
            kind: self.kind.clone(),
            param,
            found,
            expected: expected.into(),
        }
    }
}

fn refuse_unknown(
    kind: &str,
    declared: &[Param],
    given: &Map<String, Value>,
) -> Result<(), ParamError> {
    let names = || declared.iter().map(|param| param.name);
    match given.keys().find(|key| !names().any(|name| name == *key)) {
        None => Ok(()),
        Some(key) => Err(ParamError::Unknown {
            kind: kind.to_owned(),
            param: key.clone(),
            nearest: nearest(key, names()),
            known: match declared {
                [] => "none".to_owned(),
                _ => names().collect::<Vec<_>>().join(", "),
            },
        }),
    }
}
