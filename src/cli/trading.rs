//! `halt`, `resume-trading` and `cancel --all`: what a person decides about trading, on record.
//!
//! A run that holds the store is told, and has heard within a second; otherwise the record is
//! written here.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use polyfolio_actors::{End, Task};
use polyfolio_clock::{HostClock, Pace, wall_now};
use polyfolio_model::Span;
use polyfolio_oms::records::{Record, Trading};
use polyfolio_portfolio::TradingState;
use polyfolio_ports::Clock;
use serde_json::{Map, json};

use super::plan::failed;
use super::support::leave_bundle_if_violated;
use super::{App, answer};
use crate::exit::Exit;
use crate::face::count;
use crate::failure::Failure;
use crate::runtime::requests::{self, Asked};
use crate::runtime::view::last_written;
use crate::runtime::{self, Request, Signals};

/// How long a run that holds the store may take to hear (host time).
const PATIENCE: Span = Span::from_secs(10);

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
    /// Also where a loss left nothing on record of who owns what is held
    #[arg(long)]
    after_salvage: bool,
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
        let directory = app.load(Vec::new())?.settings.state_dir;
        if !self.after_salvage && is_book_lost(&directory) {
            return Err(blank());
        }
        set(app, TradingState::Active, self.reason)
    }
}

/// The next plan knows no sleeve's positions, and buys what they want beside what is held.
fn blank() -> Failure {
    Failure::new(
        Exit::Halted,
        "the records of who owns what were lost: all that is held is unassigned",
    )
    .line("the next run would buy what the sleeves want beside it, once more")
    .line("see what that comes to:  polyfolio plan")
    .line("if that is what you want:  polyfolio resume-trading --after-salvage")
}

impl Cancel {
    pub(crate) fn run(self, app: &mut App) -> Result<Exit, Failure> {
        debug_assert!(self.all, "clap demands it");
        let signals = Signals::listen()?;
        let loaded = app.load_to_trade(Vec::new())?;
        let reason = "canceled by command".to_owned();
        let directory = &loaded.settings.state_dir;
        let asked = Asked::CancelAll {
            reason: reason.clone(),
        };
        if is_heard(directory, &asked)? {
            if app.global.json {
                // What is left is the run's to say, in its own answer.
                app.say_json(&answer("cancel", None, Map::new()))?;
            } else {
                app.show("the run that is going on cancels its orders and ends\n")?;
            }
            return Ok(Exit::Done);
        }
        let request = Request {
            task: Task::CancelAll(reason),
            as_of: None,
            pace: Pace::Max,
            signals,
            observer: Arc::new(|_| ()),
            planned: Arc::new(|_| ()),
            found: Arc::new(|_| ()),
            told: app.hears(),
        };
        let finished = runtime::execute(&loaded, request)?;
        leave_bundle_if_violated(app, &loaded, &finished);
        let resting = finished.book.open_children().count();
        match finished.outcome.end {
            End::Done { .. } => {}
            end => {
                return Err(failed(end, finished.signal).line(left(resting)));
            }
        }
        if app.global.json {
            let fields = Map::from_iter([("resting".to_owned(), json!(resting))]);
            app.say_json(&answer("cancel", Some(finished.time.to_string()), fields))?;
        } else {
            app.show(format!("{} at the broker\n", left(resting)))?;
        }
        Ok(if resting == 0 {
            Exit::Done
        } else {
            Exit::Negative
        })
    }
}

fn left(resting: usize) -> String {
    let are = if resting == 1 { "is" } else { "are" };
    format!("{} of ours {are} left", count(resting, "order"))
}

/// Sets whether trading is allowed, and is done when that is durable: in the journal, or by the
/// run that holds it.
fn set(app: &App, state: TradingState, reason: String) -> Result<Exit, Failure> {
    let loaded = app.load(Vec::new())?;
    let directory = &loaded.settings.state_dir;
    let asked = Asked::Trading {
        state,
        reason: reason.clone(),
    };
    if state == TradingState::ReduceOnly && trading_now(directory) == Some(TradingState::Halted) {
        return Err(Failure::new(
            Exit::Halted,
            "trading is halted already: this would allow more",
        )
        .line("if that is what you want, resume first:  polyfolio resume-trading"));
    }
    if !is_heard(directory, &asked)? {
        write(directory, state, reason.clone())?;
    } else if !wait_until(|| trading_now(directory) == Some(state)) {
        return Err(deaf());
    }
    if app.global.json {
        let fields = Map::from_iter([
            ("trading_state".to_owned(), json!(state)),
            ("reason".to_owned(), json!(reason)),
        ]);
        app.say_json(&answer("trading", None, fields))?;
    } else {
        app.show(format!("trading is {state} ({reason})\n"))?;
    }
    Ok(Exit::Done)
}

/// Asks the run that holds the store, and waits until it has heard. `false` when nobody holds it,
/// or the run ended before it heard: the word is taken back, and is the caller's to act on.
pub(super) fn is_heard(directory: &Path, asked: &Asked) -> Result<bool, Failure> {
    if !runtime::is_held(directory) {
        return Ok(false);
    }
    let left = requests::leave(directory, asked);
    let left = left.map_err(|error| Failure::new(Exit::State, error.to_string()))?;
    let Some(left) = left else { return Ok(false) };
    let heard = wait_until(|| !left.is_waiting() || !runtime::is_held(directory));
    // Taken while we looked, it is heard all the same.
    if !left.take_back() {
        return Ok(true);
    }
    if heard {
        return Ok(false);
    }
    Err(deaf())
}

pub(super) fn deaf() -> Failure {
    Failure::new(Exit::State, "the run that holds the store does not listen")
        .line("stop it with Ctrl-C or a signal, then say this again")
}

/// Waits for something to come true, in the host's time; `false` when it does not in time.
pub(super) fn wait_until(is_true: impl Fn() -> bool) -> bool {
    let host = HostClock::start();
    let until = host.now() + PATIENCE;
    // Nobody ever speaks on this channel: it is a pause that needs no clock of its own.
    let (_silent, pause) = std::sync::mpsc::channel::<()>();
    while !is_true() {
        if host.now() > until {
            return false;
        }
        let _ = pause.recv_timeout(Duration::from_millis(20));
    }
    true
}

/// Whether trading is allowed, as the journal says, or the run that holds it.
fn trading_now(directory: &Path) -> Option<TradingState> {
    if runtime::is_held(directory) {
        return last_written(directory).map(|view| view.status.body.trading_state);
    }
    let book = runtime::read_book(directory).ok()?;
    Some(book.trading().0)
}

/// Whether records were lost and nothing is on record of who owns what is held.
fn is_book_lost(directory: &Path) -> bool {
    if runtime::is_held(directory) {
        return last_written(directory).is_some_and(|view| view.status.body.book_lost);
    }
    runtime::read_book(directory).is_ok_and(|book| book.is_blank_after_a_loss())
}

/// Writes one record into a journal that is free, at the time its last record carries: the book's
/// time is not the host's.
fn write(directory: &Path, state: TradingState, reason: String) -> Result<(), Failure> {
    let journal = runtime::open_journal(directory)?;
    let time = runtime::fold(&journal)?.as_of().unwrap_or_else(wall_now);
    let record = Record::Trading(Trading {
        state,
        reason,
        time,
    });
    runtime::write_one(&journal, &record)
}
