//! `polyfolio targets NAME`: what a sleeve's strategy has come to, in its own virtual account.
//!
//! The JSON is a targets file: the output of one book is the input of another.

use chrono::NaiveDate;
use clap::Args;
use polyfolio_strategies::Evaluation;
use serde_json::{Map, Value};

use super::{App, answer};
use crate::exit::Exit;
use crate::face::{Align, Table, money, quantity, sentence};
use crate::failure::Failure;
use polyfolio_model::{Money, convert};

/// Show what a sleeve's strategy has come to
#[derive(Args, Debug)]
#[command(before_help = "Example:  polyfolio targets momentum --json > momentum.json")]
pub(crate) struct Targets {
    /// The sleeve, as the config names it
    name: String,
    /// As of the close of this date
    #[arg(long, value_name = "DATE")]
    as_of: Option<NaiveDate>,
}

impl Targets {
    pub(crate) fn run(self, app: &mut App) -> Result<Exit, Failure> {
        let loaded = app.load(Vec::new())?;
        let sleeves = &loaded.settings.sleeves;
        let Some(sleeve) = sleeves.get(self.name.as_str()) else {
            return Err(no_sleeve(&self.name, sleeves.keys()));
        };
        let history = loaded.history()?;
        loaded.check_data(history.as_ref())?;
        let host = &sleeve.host;
        let come_to = host
            .evaluate(&history.unwrap_or_default(), self.as_of)
            .map_err(|error| Failure::usage(format!("sleeve {}: {error}", self.name)))?;
        if app.global.json {
            let as_of = come_to.as_of().map(|date| date.to_string());
            let fields = match serde_json::to_value(&come_to) {
                Ok(Value::Object(fields)) => fields,
                _ => Map::new(),
            };
            app.say_json(&answer("targets", as_of, fields))?;
        } else {
            app.show(text(&self.name, &sleeve.strategy, &come_to))?;
        }
        Ok(Exit::Done)
    }
}

/// A name that is none, and those that there are.
pub(super) fn no_sleeve<'a>(
    name: &str,
    known: impl Iterator<Item = &'a polyfolio_model::SleeveId>,
) -> Failure {
    let names: Vec<&str> = known.map(|id| id.as_str()).collect();
    Failure::usage(format!("there is no sleeve {name:?}"))
        .line(format!("there are: {}", names.join(" ")))
}

fn text(name: &str, kind: &str, come_to: &Evaluation) -> String {
    let as_of = come_to
        .as_of()
        .map(|date| date.to_string())
        .unwrap_or_default();
    let value = come_to.last_nav().and_then(convert::money).map(money);
    let mut out = format!(
        "{name} · {kind} · as of {as_of} · NAV {} in its own account\n",
        value.unwrap_or_else(|| "unknown".to_owned())
    );
    if !come_to.why.is_empty() {
        out.push_str(&format!("{}\n", sentence(&come_to.why)));
    }
    let mut positions = Table::new([("", Align::Left), ("", Align::Decimal)]);
    for (symbol, units) in come_to.positions.iter().filter(|(_, units)| **units != 0.0) {
        let units = convert::qty((units * 1e4).round() / 1e4);
        positions.row([symbol.to_string(), units.map(quantity).unwrap_or_default()]);
    }
    out.push_str(&format!("\n{positions}"));
    if let Some(stats) = &come_to.stats
        && let Ok(Value::Object(stats)) = serde_json::to_value(stats)
    {
        let mut table = Table::new([("", Align::Left), ("", Align::Decimal)]);
        for (figure, value) in stats {
            let value = match (&value, value.as_f64()) {
                (Value::Number(number), Some(float)) if number.is_f64() => rounded(float),
                (Value::String(text), _) => text.clone(),
                (other, _) => other.to_string(),
            };
            table.row([figure, value]);
        }
        out.push_str(&format!("\n{table}"));
    }
    out
}

fn rounded(value: f64) -> String {
    if value.abs() >= 1e4 {
        return convert::money(value).map_or_else(|| value.to_string(), |m: Money| money(m));
    }
    sentence(&format!("{value:.4}"))
}
