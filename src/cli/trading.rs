//! `halt`, `resume-trading` and `cancel --all`: what a person decides about trading, on record.
//!
//! The store must be free: a run that holds it is stopped first (Ctrl-C), and goes on as far as
//! the new state allows.

use clap::Args;
use polyfolio_actors::Task;
use polyfolio_clock::{Pace, wall_now};
use polyfolio_model::Ts;
use polyfolio_oms::records::{Record, Trading};
use polyfolio_portfolio::TradingState;
use polyfolio_ports::{Blob, Journal};
use serde_json::{Map, json};

use super::{App, answer};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::runtime::{self, Request};

/// Stop trading, durably: nothing is sent until it is resumed
#[derive(Args, Debug)]
#[command(before_help = "Example:  polyfolio halt --reason \"looking at KO\"")]
pub(crate) struct Halt {
    /// Positions may still be made smaller
    #[arg(long)]
    reduce_only: bool,
    /// Why, for the record
    #[arg(long, default_value = "by command")]
    reason: String,
}

/// Allow trading again
#[derive(Args, Debug)]
#[command(before_help = "Example:  polyfolio resume-trading")]
pub(crate) struct ResumeTrading {
    /// Why, for the record
    #[arg(long, default_value = "by command")]
    reason: String,
}

/// Cancel working orders and give up the run they belong to
#[derive(Args, Debug)]
#[command(before_help = "Example:  polyfolio cancel --all")]
pub(crate) struct Cancel {
    /// Everything of ours that works
    #[arg(long, required = true)]
    all: bool,
}

impl Halt {
    pub(crate) fn run(self, app: &mut App) -> Result<Exit, Failure> {
        let state = if self.reduce_only {
            TradingState::ReduceOnly
        } else {
            TradingState::Halted
        };
        set(app, state, self.reason)
    }
}

impl ResumeTrading {
    pub(crate) fn run(self, app: &mut App) -> Result<Exit, Failure> {
        set(app, TradingState::Active, self.reason)
    }
}

impl Cancel {
    pub(crate) fn run(self, app: &mut App) -> Result<Exit, Failure> {
        debug_assert!(self.all, "clap demands it");
        let loaded = app.load_to_trade(Vec::new())?;
        let request = Request {
            task: Task::CancelAll("canceled by command".to_owned()),
            as_of: None,
            pace: Pace::Max,
            observer: std::sync::Arc::new(|_| ()),
            planned: std::sync::Arc::new(|_| ()),
            found: std::sync::Arc::new(|_| ()),
        };
        let finished = runtime::execute(&loaded, request)?;
        let resting = finished.book.open_children().count();
        if app.global.json {
            let fields = Map::from_iter([("resting".to_owned(), json!(resting))]);
            app.say_json(&answer("cancel", Some(finished.time.to_string()), fields))?;
        } else {
            app.say(format!("{resting} orders of ours are left at the broker\n"))?;
        }
        Ok(if resting == 0 {
            Exit::Done
        } else {
            Exit::Negative
        })
    }
}

/// Writes one record, and is done when it is durable.
fn set(app: &App, state: TradingState, reason: String) -> Result<Exit, Failure> {
    let loaded = app.load(Vec::new())?;
    let journal = runtime::open_journal(&loaded.settings.state_dir)?;
    let time: Ts = wall_now();
    let record = Record::Trading(Trading {
        state,
        reason: reason.clone(),
        time,
    });
    let bytes = record
        .encode()
        .map_err(|error| Failure::new(Exit::State, error.to_string()))?;
    let version = polyfolio_oms::records::VERSION;
    let blob = Blob {
        kind: record.kind().to_owned(),
        version,
        bytes,
    };
    let written = actix::System::new().block_on(async { journal.append(vec![blob]).await });
    written.map_err(|error| Failure::new(Exit::State, error.to_string()))?;
    if app.global.json {
        let fields = Map::from_iter([
            ("trading_state".to_owned(), json!(state)),
            ("reason".to_owned(), json!(reason)),
        ]);
        app.say_json(&answer("trading", Some(time.to_string()), fields))?;
    } else {
        app.say(format!("trading is {state} ({reason})\n"))?;
    }
    Ok(Exit::Done)
}
