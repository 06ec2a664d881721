//! `polyfolio reconcile` and `polyfolio journal adopt-mark`: our book against the broker's, and
//! what a person takes over on the record.

mod told;

use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;
use polyfolio_actors::{End, Task};
use polyfolio_clock::Pace;
use polyfolio_model::RunId;
use polyfolio_oms::Event;
use polyfolio_portfolio::TradingState;
use serde_json::{Map, json};

use super::plan::failed;
use super::support::leave_bundle_if_violated;
use super::{App, answer};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::runtime::{self, Finished, Request, Signals};
use told::{Shown, fields, said};

/// Compare our book with the broker's, and say what differs
#[derive(Args, Debug)]
#[command(
    before_help = "Example:  polyfolio reconcile",
    after_help = "It connects as a run does: what it finds goes on record, and a position that\n\
                  differs halts trading (on_break = \"halt\"). It sends no order."
)]
pub(crate) struct Reconcile {
    /// Take what differs into `unassigned`, on the record
    #[arg(long)]
    adopt: bool,
    /// Why, for the record
    #[arg(long, default_value = "command", requires = "adopt")]
    reason: String,
}

impl Reconcile {
    pub(crate) fn run(self, app: &mut App) -> Result<Exit, Failure> {
        let task = if self.adopt {
            Task::Adopt(self.reason)
        } else {
            Task::Reconcile
        };
        let (finished, events) = ask(app, task)?;
        let found = finished.outcome.reconciled.clone().unwrap_or_default();
        let shown = Shown::of(&found, &events);
        if app.global.json {
            let fields = fields(&found, &shown, &finished);
            let as_of = Some(finished.time.to_string());
            app.say_json(&answer("reconcile", as_of, fields))?;
        } else {
            app.show(said(&found, &shown, &finished))?;
        }
        Ok(match shown.waits().next() {
            Some(_) => Exit::Negative,
            None => Exit::Done,
        })
    }
}

/// Believes the broker about orders of ours that are not on record.
pub(super) fn adopt_mark(app: &App, reason: String) -> Result<Exit, Failure> {
    let (finished, events) = ask(app, Task::AdoptMark(reason))?;
    let mark = events.iter().find_map(|event| match event {
        Event::MarkAdopted { run, found: true } => Some(*run),
        _ => None,
    });
    if app.global.json {
        let fields = Map::from_iter([
            ("adopted".to_owned(), json!(mark.is_some())),
            ("run".to_owned(), json!(mark)),
            ("trading_state".to_owned(), json!(finished.book.trading().0)),
        ]);
        let as_of = Some(finished.time.to_string());
        app.say_json(&answer("journal-adopt-mark", as_of, fields))?;
    } else {
        app.show(mark_said(mark))?;
    }
    Ok(Exit::Done)
}

/// Connects, compares, and brings a task about; with what happened on the way.
pub(super) fn ask(app: &App, task: Task) -> Result<(Finished, Vec<Event>), Failure> {
    let signals = Signals::listen()?;
    let loaded = app.load_to_trade(Vec::new())?;
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hear = Arc::clone(&heard);
    let request = Request {
        task,
        as_of: None,
        pace: Pace::Max,
        signals,
        observer: Arc::new(move |event| {
            hear.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(event);
        }),
        planned: Arc::new(|_| ()),
        found: Arc::new(|_| ()),
        told: app.hears(),
    };
    let finished = runtime::execute(&loaded, request)?;
    leave_bundle_if_violated(app, &loaded, &finished);
    match finished.outcome.end {
        End::Done { .. } => {}
        end => return Err(failed(end, finished.signal)),
    }
    let events = std::mem::take(&mut *heard.lock().unwrap_or_else(PoisonError::into_inner));
    Ok((finished, events))
}

/// Whether a person has to allow trading again.
pub(super) fn trading(finished: &Finished) -> String {
    match finished.book.trading() {
        (TradingState::Active, _) => String::new(),
        (state, why) => {
            format!("trading is {state} ({why})\nwhen you have looked:  polyfolio resume-trading\n")
        }
    }
}

fn mark_said(mark: Option<RunId>) -> String {
    match mark {
        Some(run) => format!(
            "the broker's orders up to run {run} are taken as ours; no run up to it is begun again\n\
             see what differs:  polyfolio reconcile\n\
             then:              polyfolio resume-trading\n"
        ),
        None => {
            "the broker has no order of ours that is not on record: nothing to adopt\n".to_owned()
        }
    }
}
