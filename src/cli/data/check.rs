//! `polyfolio data check FILE`: what is in a price history.

use std::path::PathBuf;

use clap::Args;
use polyfolio_market_data::{History, check};
use serde_json::{Map, Value};

use super::super::{App, answer};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::history_failure;

/// Read a history as a run would, and say what is in it
#[derive(Args, Debug)]
#[command(before_help = "Example:  polyfolio data check data/us20-daily.csv.gz")]
pub(super) struct Check {
    /// CSV of daily closes, plain or gzip: date and a column per instrument
    file: PathBuf,
}

impl Check {
    pub(super) fn run(self, app: &App) -> Result<Exit, Failure> {
        let history = History::load(&self.file).map_err(|error| {
            history_failure(&error)
                .line("the format:  date,AAPL,MSFT  then  2022-12-28,125.674,233.434")
        })?;
        let report = check(&self.file.display().to_string(), &history);
        if !app.global.json {
            app.say(report.to_string())?;
            return Ok(Exit::Done);
        }
        let as_of = report.last.map(|date| date.to_string());
        let fields = match serde_json::to_value(&report) {
            Ok(Value::Object(fields)) => fields,
            _ => Map::new(),
        };
        app.say_json(&answer("data-check", as_of, fields))?;
        Ok(Exit::Done)
    }
}
