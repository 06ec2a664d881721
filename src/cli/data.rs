//! `polyfolio data`: what is in a price history, and the closes that it lacks.

mod check;
mod fetch;

use clap::{Args, Subcommand};
use polyfolio_market_data::{BarTime, ReadOptions, Zone};

use super::App;
use crate::exit::Exit;
use crate::failure::Failure;
use check::Check;
use fetch::Fetch;

/// Look into price histories, or bring one up to date
#[derive(Args, Debug)]
#[command(
    before_help = "Example:  polyfolio data check data/us20-daily.csv.gz\n          \
                   polyfolio data fetch -c my.toml"
)]
pub(crate) struct Data {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Check(Check),
    Fetch(Fetch),
}

/// How the times of a history are read.
#[derive(Args, Clone, Debug)]
pub(super) struct Reading {
    /// In which time zone the date of a time is taken, as [history] time_zone
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<Zone>,
    /// What the time of a bar is the time of, as [history] bar
    #[arg(long, value_name = "start|end", value_parser = ["start", "end"], default_value = "start",
          hide_possible_values = true, hide_default_value = true)]
    bar: String,
}

impl Reading {
    /// The same for the reader; `lines` keeps the line of every close.
    pub(super) fn options(&self, lines: bool) -> ReadOptions {
        ReadOptions {
            time_zone: self.time_zone,
            bar: match self.bar.as_str() {
                "end" => BarTime::End,
                _ => BarTime::Start,
            },
            lines,
        }
    }

    /// Whether nothing was said.
    pub(super) fn is_default(&self) -> bool {
        self.time_zone.is_none() && self.bar != "end"
    }

    /// The same as it stands in [history], a line each; nothing where nothing was said.
    pub(super) fn in_config(&self) -> String {
        let zone = self
            .time_zone
            .map(|zone| format!("time_zone = \"{zone}\"\n"));
        let bar = (self.bar == "end").then(|| "bar = \"end\"\n".to_owned());
        zone.into_iter().chain(bar).collect()
    }
}

impl Data {
    pub(crate) fn run(self, app: &mut App) -> Result<Exit, Failure> {
        match self.verb {
            Verb::Check(check) => check.run(app),
            Verb::Fetch(fetch) => fetch.run(app),
        }
    }
}
