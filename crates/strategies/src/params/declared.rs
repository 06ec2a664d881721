//! What a kind says of its parameters.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::ParamError;

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
    /// A finite number.
    Number {
        /// Which ones.
        #[serde(flatten)]
        bounds: Bounds,
        /// Taken if not given.
        default: Option<f64>,
    },
    /// One of some words.
    Choice {
        /// The words.
        words: &'static [&'static str],
        /// Taken if not given.
        default: Option<&'static str>,
    },
    /// Text.
    Text {
        /// Taken if not given.
        default: Option<&'static str>,
    },
    /// Another strategy: a table with `strategy` and `params`, as a sleeve names one.
    Strategy {
        /// Never any; it must be given.
        default: Option<&'static str>,
    },
}

/// Which finite numbers are accepted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Bounds {
    /// At least this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// More than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub above: Option<f64>,
    /// At most this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
}

impl Bounds {
    /// Any finite number.
    pub const ANY: Self = Self {
        min: None,
        above: None,
        max: None,
    };
    /// Zero and above.
    pub const NOT_NEGATIVE: Self = Self {
        min: Some(0.0),
        ..Self::ANY
    };
    /// Above zero.
    pub const POSITIVE: Self = Self {
        above: Some(0.0),
        ..Self::ANY
    };

    /// The same, and at most `max`.
    #[must_use]
    pub const fn at_most(self, max: f64) -> Self {
        Self {
            max: Some(max),
            ..self
        }
    }

    fn hold(self, number: f64) -> bool {
        number.is_finite()
            && self.min.is_none_or(|min| number >= min)
            && self.above.is_none_or(|above| number > above)
            && self.max.is_none_or(|max| number <= max)
    }
}

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")?;
        if let Some(min) = self.min {
            write!(f, ", {min} or above")?;
        }
        if let Some(above) = self.above {
            write!(f, " above {above}")?;
        }
        match self.max {
            Some(max) => write!(f, ", at most {max}"),
            None => Ok(()),
        }
    }
}

/// A whole number of at least `min`.
pub(crate) const fn integer(
    name: &'static str,
    min: u32,
    default: u32,
    doc: &'static str,
) -> Param {
    let default = Some(default);
    Param {
        name,
        kind: ParamType::Integer { min, default },
        doc,
    }
}

/// A number within bounds.
pub(crate) const fn number(
    name: &'static str,
    bounds: Bounds,
    default: f64,
    doc: &'static str,
) -> Param {
    let default = Some(default);
    Param {
        name,
        kind: ParamType::Number { bounds, default },
        doc,
    }
}

/// One of some words, the first while nobody says otherwise.
pub(crate) const fn choice(
    name: &'static str,
    words: &'static [&'static str],
    doc: &'static str,
) -> Param {
    let default = words.first().copied();
    Param {
        name,
        kind: ParamType::Choice { words, default },
        doc,
    }
}

impl Param {
    /// The value that holds: the given one if it is accepted, or the default.
    pub(super) fn value(&self, kind: &str, given: Option<&Value>) -> Result<Value, ParamError> {
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
    /// What is taken if nothing is given; `None` where something must be.
    pub fn default(self) -> Option<Value> {
        match self {
            Self::Integer { default, .. } => default.map(Value::from),
            Self::Number { default, .. } => default.map(Value::from),
            Self::Choice { default, .. } | Self::Text { default } | Self::Strategy { default } => {
                default.map(Value::from)
            }
        }
    }

    fn accepts(self, value: &Value) -> bool {
        match self {
            Self::Integer { min, .. } => value
                .as_u64()
                .is_some_and(|number| (u64::from(min)..=u64::from(u32::MAX)).contains(&number)),
            Self::Number { bounds, .. } => value.as_f64().is_some_and(|number| bounds.hold(number)),
            Self::Choice { words, .. } => value.as_str().is_some_and(|word| words.contains(&word)),
            Self::Text { .. } => value.as_str().is_some_and(|text| !text.is_empty()),
            Self::Strategy { .. } => value.is_object(),
        }
    }
}

impl fmt::Display for ParamType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer { min, .. } => write!(f, "a whole number, at least {min}"),
            Self::Number { bounds, .. } => bounds.fmt(f),
            Self::Choice { words, .. } => {
                let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
                f.write_str(&words.join(" or "))
            }
            Self::Text { .. } => f.write_str("text in quotes"),
            Self::Strategy { .. } => {
                f.write_str("a table such as { strategy = \"momentum\", params = { top = 5 } }")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_say_what_they_accept() {
        let said = [
            (Bounds::ANY, "a number", vec![-1.0, 0.0, 1e300], vec![]),
            (
                Bounds::NOT_NEGATIVE,
                "a number, 0 or above",
                vec![0.0],
                vec![-1e-9],
            ),
            (
                Bounds::POSITIVE,
                "a number above 0",
                vec![1e-9],
                vec![0.0, -1.0],
            ),
            (
                Bounds::POSITIVE.at_most(2.0),
                "a number above 0, at most 2",
                vec![2.0],
                vec![0.0, 2.1],
            ),
        ];
        for (bounds, words, accepted, refused) in said {
            assert_eq!(bounds.to_string(), words);
            assert!(accepted.into_iter().all(|number| bounds.hold(number)));
            assert!(!refused.into_iter().any(|number| bounds.hold(number)));
            assert!(!bounds.hold(f64::NAN) && !bounds.hold(f64::INFINITY));
        }
    }
}
