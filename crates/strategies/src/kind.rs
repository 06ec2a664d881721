//! A kind of strategy: what it is called, what it does and takes, how one is made.
//!
//! What a kind says of itself is what the command line, the docs and the JSON show: it is written
//! once, beside the strategy.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use crate::params::{Param, ParamError, Params};
use crate::{Registry, Source};

type Build = Arc<dyn Fn(&Params, &Registry) -> Result<Source, ParamError> + Send + Sync>;

/// A kind of strategy: what it is, what it takes, how one is made. One kind may stand behind many
/// sleeves.
#[derive(Clone, Serialize)]
pub struct Kind {
    /// The name in a config.
    pub name: &'static str,
    /// One line on what it does.
    pub summary: &'static str,
    /// Its rules in full: paragraphs, with an empty line between; empty if nobody wrote them.
    pub about: &'static str,
    /// Who described it, when and where; empty if nobody did.
    pub reference: &'static str,
    /// What history it needs before it holds anything; empty if nobody says.
    pub warm_up: &'static str,
    /// The parameters it takes.
    pub params: &'static [Param],
    /// The parameters as they might stand in a config (TOML).
    pub example: &'static str,
    #[serde(skip)]
    build: Build,
}

impl Kind {
    /// A kind; `build` gets parameters that are complete and of the declared types.
    pub fn new(
        name: &'static str,
        summary: &'static str,
        params: &'static [Param],
        example: &'static str,
        build: impl Fn(&Params) -> Result<Source, ParamError> + Send + Sync + 'static,
    ) -> Self {
        Self::wrapping(name, summary, params, example, move |params, _| {
            build(params)
        })
    }

    /// A kind with another strategy inside: `build` finds that one's kind in the registry
    /// ([`Params::wrapped`]).
    pub fn wrapping(
        name: &'static str,
        summary: &'static str,
        params: &'static [Param],
        example: &'static str,
        build: impl Fn(&Params, &Registry) -> Result<Source, ParamError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name,
            summary,
            about: "",
            reference: "",
            warm_up: "",
            params,
            example,
            build: Arc::new(build),
        }
    }

    /// With its rules in full.
    #[must_use]
    pub fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }

    /// With who described it, when and where.
    #[must_use]
    pub fn reference(self, reference: &'static str) -> Self {
        Self { reference, ..self }
    }

    /// With what history it needs before it holds anything.
    #[must_use]
    pub fn warm_up(self, warm_up: &'static str) -> Self {
        Self { warm_up, ..self }
    }

    /// What stands behind a sleeve with these parameters (`null` or a table); a wrapped strategy is
    /// one of `registry`.
    ///
    /// # Errors
    /// Names the parameter that is unknown, missing or wrong.
    pub fn source(&self, params: &Value, registry: &Registry) -> Result<Source, ParamError> {
        let params = Params::check(self.name, self.params, self.example, params)?;
        (self.build)(&params, registry)
    }

    /// A sleeve of this kind as it might stand in a config; parameters that are too many for one
    /// line have a table of their own.
    pub fn config(&self) -> String {
        let (name, example) = (self.name, self.example);
        let head = format!("[sleeve.{name}]\nstrategy = \"{name}\"\nweight = 0.20\n");
        let line = format!("params = {example}");
        if line.chars().count() <= CONFIG_WIDTH {
            return format!("{head}{line}\n");
        }
        let params: String = parts(example)
            .into_iter()
            .map(|part| format!("{part}\n"))
            .collect();
        format!("{head}\n[sleeve.{name}.params]\n{params}")
    }
}

/// How long a line of an example may be.
const CONFIG_WIDTH: usize = 76;

/// What stands between the outermost commas of an inline table.
fn parts(table: &str) -> Vec<&str> {
    let inner = table.trim().trim_start_matches('{');
    let inner = inner.strip_suffix('}').unwrap_or(inner);
    let (mut depth, mut is_quoted) = (0_i32, false);
    let is_outer_comma = |letter: char| {
        match letter {
            '"' => is_quoted = !is_quoted,
            '{' | '[' if !is_quoted => depth += 1,
            '}' | ']' if !is_quoted => depth -= 1,
            _ => {}
        }
        letter == ',' && depth == 0 && !is_quoted
    };
    let parts = inner.split(is_outer_comma).map(str::trim);
    parts.filter(|part| !part.is_empty()).collect()
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kind")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_taken_apart_at_its_own_commas() {
        let table = "{ a = 1, b = { c = [1, 2], d = \"}, \" }, e = \"x,y\" }";
        let expected = ["a = 1", "b = { c = [1, 2], d = \"}, \" }", "e = \"x,y\""];
        assert_eq!(parts(table), expected);
        assert_eq!(parts("{}"), [""; 0]);
    }
}
