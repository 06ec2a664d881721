//! `polyfolio config show | check | init | schema`.

mod begin;
mod own_prices;

use clap::{Args, Subcommand};
use polyfolio_market_data::History;
use polyfolio_portfolio::scaling::Sizing;
use serde_json::{Map, Value};

use super::{App, answer};
use crate::exit::Exit;
use crate::face::count;
use crate::failure::Failure;
use crate::settings::{Loaded, schema};

/// Show, check or begin a config
#[derive(Args, Debug)]
#[command(before_help = "Example:  polyfolio config check -c my.toml")]
pub(crate) struct Config {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Print the config that holds, all layers merged
    #[command(before_help = "Example:  polyfolio config show --origin -c my.toml")]
    Show {
        /// Say where each value comes from
        #[arg(long)]
        origin: bool,
    },
    /// Check the config and the data it names; trades nothing
    #[command(before_help = "Example:  polyfolio config check -c my.toml")]
    Check,
    Init(begin::Init),
    /// Print the JSON Schema of a config, for an editor
    #[command(before_help = "Example:  polyfolio config schema > schema.json")]
    Schema,
}

impl Config {
    pub(crate) fn run(self, app: &mut App) -> Result<Exit, Failure> {
        match self.verb {
            Verb::Show { origin } => show(app, origin),
            Verb::Check => check(app),
            Verb::Init(init) => init.run(app),
            Verb::Schema => schema_of(app),
        }
    }
}

fn show(app: &App, origin: bool) -> Result<Exit, Failure> {
    let merged = app.merge()?;
    if !app.global.json {
        app.say(merged.to_toml(origin))?;
        return Ok(Exit::Done);
    }
    let mut fields = Map::new();
    fields.insert("config".to_owned(), merged.to_json()?);
    if origin {
        let origins = merged
            .origins()
            .map(|(key, origin)| (key.to_string(), origin.to_string().into()));
        fields.insert("origins".to_owned(), Value::Object(origins.collect()));
    }
    app.say_json(&answer("config-show", None, fields))?;
    Ok(Exit::Done)
}

/// It is JSON anyway; `--json` puts it in the frame of every answer.
fn schema_of(app: &App) -> Result<Exit, Failure> {
    let schema = schema(&app.brokers);
    if app.global.json {
        let fields = Map::from_iter([("json_schema".to_owned(), schema)]);
        app.say_json(&answer("config-schema", None, fields))?;
    } else {
        app.say_json(&schema)?;
    }
    Ok(Exit::Done)
}

fn check(app: &App) -> Result<Exit, Failure> {
    let loaded = app.load(Vec::new())?;
    let history = loaded.history()?;
    loaded.check_data(history.as_ref())?;
    if app.global.json {
        app.say_json(&checked_json(&loaded, history.as_ref()))?;
    } else {
        app.show(checked(&loaded, history.as_ref()))?;
    }
    Ok(Exit::Done)
}

fn checked(loaded: &Loaded, history: Option<&History>) -> String {
    let settings = &loaded.settings;
    let mut facts = vec![
        settings.mode.to_string(),
        count(settings.sleeves.len(), "sleeve"),
    ];
    facts.push(match settings.portfolio.plan.scale.sizing {
        Sizing::Nav => "sized by NAV".to_owned(),
        Sizing::Reference { date, .. } => format!("sized by the reference of {}", date.date()),
    });
    if let Some(history) = history {
        facts.push(count(history.instruments().len(), "instrument"));
        facts.extend(history.last_date().map(|date| format!("prices to {date}")));
    }
    format!("config is sound · {}\n", facts.join(" · "))
}

fn checked_json(loaded: &Loaded, history: Option<&History>) -> Value {
    let settings = &loaded.settings;
    let names = |ids: Vec<&str>| Value::from(ids);
    let sleeves = settings.sleeves.keys().map(|id| id.as_str()).collect();
    let instruments = history.map(|h| h.instruments().iter().map(|id| id.as_str()).collect());
    let mut fields = Map::new();
    fields.insert("ok".to_owned(), true.into());
    fields.insert("mode".to_owned(), settings.mode.as_str().into());
    fields.insert("sleeves".to_owned(), names(sleeves));
    fields.insert(
        "instruments".to_owned(),
        instruments.map_or(Value::Null, names),
    );
    let as_of = history
        .and_then(History::last_date)
        .map(|date| date.to_string());
    answer("config-check", as_of, fields)
}
