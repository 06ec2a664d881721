//! `polyfolio run`: plan, execute, attribute; or go on with the run that is not over.

use std::sync::Arc;

use chrono::NaiveDate;
use clap::Args;
use polyfolio_actors::Task;
use polyfolio_clock::Pace;
use polyfolio_oms::Event;

use super::App;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::runtime::{self, Request};

/// Rebalance: plan, execute, attribute
#[derive(Args, Debug)]
#[command(before_help = "Example:  polyfolio run")]
pub(crate) struct Run {
    /// How fast paper time goes: 1 as the clock does, 60, or max
    #[arg(long, default_value = "max", value_name = "1|60|max")]
    speed: Pace,
    /// Decide on the closes of this date
    #[arg(long, value_name = "DATE")]
    as_of: Option<NaiveDate>,
}

impl Run {
    pub(crate) fn run(self, app: &mut App) -> Result<Exit, Failure> {
        let loaded = app.load_to_trade(Vec::new())?;
        let request = Request {
            task: Task::Run,
            as_of: self.as_of,
            pace: self.speed,
            observer: Arc::new(|event: Event| {
                if std::env::var_os("TRACE").is_some() {
                    eprintln!("{}", serde_json::to_string(&event).unwrap_or_default());
                }
            }),
        };
        let finished = runtime::execute(&loaded, request)?;
        app.say(format!("{:?}\n", finished.outcome.end))?;
        Ok(Exit::Done)
    }
}
