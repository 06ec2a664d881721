//! Why the parameters of a kind are not accepted.

use crate::StrategyError;
use crate::error::did_you_mean;

/// A parameter that is not accepted.
#[derive(Debug, thiserror::Error)]
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
    /// A strategy that stands inside a parameter is not accepted.
    #[error("{kind} parameter {param:?}: {error}")]
    Inside {
        /// The kind that wraps.
        kind: String,
        /// The key.
        param: &'static str,
        /// What is wrong with the wrapped one; its keys are seen from the parameter.
        error: Box<StrategyError>,
    },
}
