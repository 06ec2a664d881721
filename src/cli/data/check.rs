//! `polyfolio data check FILE`: what is in a price history, and what in it looks wrong.

use std::path::PathBuf;

use clap::Args;
use polyfolio_market_data::{History, check};
use serde_json::{Map, Value};

use super::super::{App, answer};
use super::Reading;
use crate::exit::Exit;
use crate::face::page;
use crate::face::wrap::PAGE;
use crate::failure::Failure;
use crate::settings::history_failure;

/// Read a history as a run would, say what is in it and what looks wrong
#[derive(Args, Debug)]
#[command(
    before_help = "Example:  polyfolio data check data/us20-daily.csv.gz",
    after_help = "Exit codes: 0 nothing looks wrong · 1 something does; it may be right all the same\n\
                  · 2 the file is refused"
)]
pub(super) struct Check {
    /// CSV of closes, plain or gzip: a column per instrument, or a line per bar with its symbol
    file: PathBuf,
    #[command(flatten)]
    reading: Reading,
}

impl Check {
    pub(super) fn run(self, app: &App) -> Result<Exit, Failure> {
        let options = self.reading.options(true);
        let history = History::load_with(&self.file, &options).map_err(|error| {
            history_failure(&error)
                .line("the format:  date,AAPL,MSFT  then  2022-12-28,125.674,233.434")
                .line("or:  date,symbol,open,high,low,close,volume  then a line a bar")
        })?;
        let report = check(&self.file.display().to_string(), &history);
        let exit = match report.findings.is_empty() {
            true => Exit::Done,
            false => Exit::Negative,
        };
        if !app.global.json {
            app.show(match page::width() {
                PAGE.. => report.to_string(),
                width => format!("{report:width$}"),
            })?;
            return Ok(exit);
        }
        let as_of = report.last.map(|date| date.to_string());
        let fields = match serde_json::to_value(&report) {
            Ok(Value::Object(fields)) => fields,
            _ => Map::new(),
        };
        app.say_json(&answer("data-check", as_of, fields))?;
        Ok(exit)
    }
}
