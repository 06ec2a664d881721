//! `polyfolio data check FILE`: what is in a price history.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use polyfolio_market_data::{History, check};
use serde_json::{Map, Value};

use super::{App, answer};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::history_failure;

/// Look into price histories
#[derive(Args, Debug)]
#[command(before_help = "Example:  polyfolio data check data/us20-daily.csv.gz")]
pub(crate) struct Data {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Read a history as a run would, and say what is in it
    #[command(before_help = "Example:  polyfolio data check data/us20-daily.csv.gz")]
    Check {
        /// CSV of daily closes, plain or gzip: date and a column per instrument
        file: PathBuf,
    },
}

impl Data {
    pub(crate) fn run(self, app: &mut App) -> Result<Exit, Failure> {
        let Verb::Check { file } = self.verb;
        let history = History::load(&file).map_err(|error| {
            history_failure(&error)
                .line("the format:  date,AAPL,MSFT  then  2022-12-28,125.674,233.434")
        })?;
        let report = check(&file.display().to_string(), &history);
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
