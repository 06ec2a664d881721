//! Parameters of a kind: declared once, then read, explained and checked from the declaration.

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::did_you_mean;
use crate::nearest::nearest;

/// A parameter that a kind takes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Param {
    /// Its key.
    pub name: &'static str,
    /// What it is.
    #[serde(flatten)]
    pub kind: ParamType,
    /// One line on what it does.
    pub doc: &'static str,
}

/// Type and default of a parameter; one without a default must be given.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum ParamType {
    /// A whole number.
    Integer {
        /// The least that is accepted.
        min: u32,
        /// Taken if not given.
        default: Option<u32>,
    },
    /// Any finite number.
    Number {
        /// Taken if not given.
        default: Option<f64>,
    },
    /// Text.
    Text {
        /// Taken if not given.
        default: Option<&'static str>,
    },
}

/// A parameter that is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParamError {
    /// The parameters are not a table.
    #[error("params of {kind} are {found}; expected a table such as {example}")]
    NotATable {
        /// The strategy kind.
        kind: String,
        /// What stands there.
        found: String,
        /// How they are written.
        example: String,
    },
    /// A key that the kind does not take.
    #[error("{kind} has no parameter {param:?}{}; it takes {known}", did_you_mean(.nearest))]
    Unknown {
        /// The strategy kind.
        kind: String,
        /// The key as written.
        param: String,
        /// The key that was perhaps meant.
        nearest: Option<String>,
        /// All keys.
        known: String,
    },
    /// A key that must be there.
    #[error("{kind} needs the parameter {param:?}: {doc}")]
    Missing {
        /// The strategy kind.
        kind: String,
        /// The key.
        param: &'static str,
        /// What it does.
        doc: &'static str,
    },
    /// A value of the wrong type or size.
    #[error("{kind} parameter {param:?} is {found}; expected {expected}")]
    Invalid {
        /// The strategy kind.
        kind: String,
        /// The key.
        param: &'static str,
        /// What stands there.
        found: String,
        /// What should.
        expected: String,
    },
}

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

impl Param {
    fn value(&self, kind: &str, given: Option<&Value>) -> Result<Value, ParamError> {
        let Some(given) = given else {
            return self.kind.default().ok_or_else(|| ParamError::Missing {
                kind: kind.to_owned(),
                param: self.name,
                doc: self.doc,
            });
        };
        if self.kind.accepts(given) {
            return Ok(given.clone());
        }
        Err(ParamError::Invalid {
            kind: kind.to_owned(),
            param: self.name,
            found: given.to_string(),
            expected: self.kind.to_string(),
        })
    }
}

impl ParamType {
    fn default(self) -> Option<Value> {
        match self {
            Self::Integer { default, .. } => default.map(Value::from),
            Self::Number { default } => default.map(Value::from),
            Self::Text { default } => default.map(Value::from),
        }
    }

    fn accepts(self, value: &Value) -> bool {
        match self {
            Self::Integer { min, .. } => value
                .as_u64()
                .is_some_and(|number| (u64::from(min)..=u64::from(u32::MAX)).contains(&number)),
            Self::Number { .. } => value.as_f64().is_some_and(f64::is_finite),
            Self::Text { .. } => value.as_str().is_some_and(|text| !text.is_empty()),
        }
    }
}

impl fmt::Display for ParamType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer { min, .. } => write!(f, "a whole number, at least {min}"),
            Self::Number { .. } => f.write_str("a number"),
            Self::Text { .. } => f.write_str("text in quotes"),
        }
    }
}
