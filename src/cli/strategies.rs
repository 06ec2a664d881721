//! `polyfolio strategies`: the kinds and what they take.

use clap::Args;
use polyfolio_strategies::{Kind, ParamType};
use serde_json::{Map, Value, json};

use super::{App, answer};
use crate::exit::Exit;
use crate::face::{Align, Table};
use crate::failure::Failure;

/// List the kinds of strategies and their parameters
#[derive(Args, Debug)]
#[command(before_help = "Example:  polyfolio strategies momentum")]
pub(crate) struct Strategies {
    /// Only this kind
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
        } else {
            let texts: Vec<String> = kinds.into_iter().map(text).collect();
            app.say(texts.join("\n"))?;
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
    json!({ "summary": kind.summary, "params": kind.params, "example": kind.example })
}

fn text(kind: &Kind) -> String {
    let mut table = Table::new([("", Align::Left), ("", Align::Right), ("", Align::Left)]);
    for param in kind.params {
        table.row([
            param.name.to_owned(),
            default_of(param.kind),
            param.doc.to_owned(),
        ]);
    }
    format!(
        "{}\n  {}\n{table}  strategy = \"{}\"\n  params = {}\n",
        kind.name, kind.summary, kind.name, kind.example
    )
}

fn default_of(kind: ParamType) -> String {
    let default = match kind {
        ParamType::Integer { default, .. } => default.map(|value| value.to_string()),
        ParamType::Number { default } => default.map(|value| value.to_string()),
        ParamType::Text { default } => default.map(str::to_owned),
    };
    default.unwrap_or_else(|| "required".to_owned())
}
