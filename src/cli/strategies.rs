//! `polyfolio strategies`: the kinds there are, and what each does and takes.
//!
//! What is said here is what the kinds say of themselves; `docs/strategies.md` says the same.

#[cfg(test)]
mod page;
mod told;

use clap::Args;
use polyfolio_strategies::Kind;
use serde_json::{Map, Value, json};

use super::{App, answer};
use crate::exit::Exit;
use crate::failure::Failure;

/// List the kinds of strategies, or explain one
#[derive(Args, Debug)]
#[command(before_help = "Example:  polyfolio strategies dual_momentum")]
pub(crate) struct Strategies {
    /// Explain this kind: its rules, source, parameters, and an example
    kind: Option<String>,
}

impl Strategies {
    pub(crate) fn run(self, app: &mut App) -> Result<Exit, Failure> {
        let kinds: Vec<&Kind> = match &self.kind {
            None => app.registry.kinds().collect(),
            Some(name) => vec![one(app, name)?],
        };
        if app.global.json {
            let list = kinds
                .iter()
                .map(|kind| (kind.name.to_owned(), described(kind)));
            let fields = Map::from_iter([("strategies".to_owned(), Value::Object(list.collect()))]);
            app.say_json(&answer("strategies", None, fields))?;
        } else if self.kind.is_some() {
            let texts: Vec<String> = kinds.into_iter().map(told::kind).collect();
            app.say(texts.join("\n"))?;
        } else {
            app.show(told::list(kinds))?;
        }
        Ok(Exit::Done)
    }
}

fn one<'a>(app: &'a App, name: &str) -> Result<&'a Kind, Failure> {
    let fault = |error: polyfolio_strategies::StrategyError| {
        Failure::usage(error.to_string()).line("list them all with:  polyfolio strategies")
    };
    app.registry.kind(name).map_err(fault)
}

fn described(kind: &Kind) -> Value {
    json!({
        "summary": kind.summary,
        "about": paragraphs(kind),
        "reference": kind.reference,
        "warm_up": kind.warm_up,
        "params": kind.params,
        "example": kind.example,
        "config": kind.config(),
    })
}

/// The rules, paragraph by paragraph.
fn paragraphs(kind: &Kind) -> Vec<&'static str> {
    let paragraphs = kind.about.split("\n\n");
    paragraphs.filter(|text| !text.is_empty()).collect()
}

/// What holds while nobody says otherwise, as TOML writes it.
fn default_of(param: &polyfolio_strategies::Param) -> Option<String> {
    param.kind.default().map(|value| value.to_string())
}
