//! `polyfolio reconcile` and `polyfolio journal adopt-mark`: our book against the broker's, and
//! what a person takes over on the record.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;
use polyfolio_actors::{End, Task};
use polyfolio_clock::Pace;
use polyfolio_model::{InstrumentId, Money, Qty, RunId};
use polyfolio_oms::Event;
use polyfolio_oms::events::Reconciled;
use polyfolio_oms::records::Break;
use polyfolio_portfolio::TradingState;
use serde_json::{Map, Value, json};

use super::plan::failed;
use super::support::leave_bundle_if_violated;
use super::{App, answer};
use crate::exit::Exit;
use crate::face::{Align, Table, count, quantity, signed_money};
use crate::failure::Failure;
use crate::runtime::{self, Finished, Request, Signals};

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
            app.say(said(&found, &shown, &finished))?;
        }
        Ok(match shown.waits().next() {
            Some(_) => Exit::Negative,
            None => Exit::Done,
        })
    }
}

/// What differed, and what of it was taken into `unassigned`: by command, or though nobody asked,
/// as cash always is and positions are by policy.
#[derive(Debug, Default)]
struct Shown {
    differences: BTreeMap<InstrumentId, Qty>,
    cash: Money,
    taken: BTreeMap<InstrumentId, Qty>,
    by_policy: bool,
    /// Cash that was taken over though nobody asked.
    cash_by_itself: Money,
}

impl Shown {
    fn of(found: &Reconciled, events: &[Event]) -> Self {
        let mut shown = Self {
            differences: found.differences.clone(),
            cash: found.cash_difference,
            ..Self::default()
        };
        for event in events {
            let Event::DifferenceAdopted {
                by_command,
                positions,
                cash,
            } = event
            else {
                continue;
            };
            for (symbol, quantity) in positions {
                *shown.taken.entry(symbol.clone()).or_default() += *quantity;
                shown.differences.entry(symbol.clone()).or_insert(*quantity);
            }
            if !by_command {
                shown.by_policy |= !positions.is_empty();
                shown.cash += *cash;
                shown.cash_by_itself += *cash;
            }
        }
        shown
    }

    /// What nobody took.
    fn waits(&self) -> impl Iterator<Item = &InstrumentId> {
        let symbols = self.differences.keys();
        symbols.filter(|symbol| !self.taken.contains_key(*symbol))
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
        app.say(mark_said(mark))?;
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

fn fields(found: &Reconciled, shown: &Shown, finished: &Finished) -> Map<String, Value> {
    let differs = !shown.differences.is_empty() || !shown.cash.is_zero();
    let breaks: &VecDeque<Break> = finished.book.breaks();
    let named = [
        ("differences", json!(shown.differences)),
        ("cash_difference", json!(shown.cash)),
        ("adopted", json!(differs && shown.waits().next().is_none())),
        ("working", json!(found.working)),
        (
            "unknown",
            json!(
                finished
                    .book
                    .open_children()
                    .filter(|child| child.is_unknown())
                    .count()
            ),
        ),
        (
            "run",
            json!(finished.book.active_run().map(|run| run.planned.label())),
        ),
        ("foreign_orders", json!(found.foreign_orders)),
        ("breaks", json!(breaks)),
        ("trading_state", json!(finished.book.trading().0)),
    ];
    let named = named.map(|(name, value)| (name.to_owned(), value));
    named.into_iter().collect()
}

fn said(found: &Reconciled, shown: &Shown, finished: &Finished) -> String {
    let mut text = String::new();
    let orders = format!(
        "{} of ours at work, {} that {} not ours\n",
        count(found.working as usize, "order"),
        found.foreign_orders,
        if found.foreign_orders == 1 {
            "is"
        } else {
            "are"
        },
    );
    let mut orders = orders;
    let unknown = finished
        .book
        .open_children()
        .filter(|child| child.is_unknown());
    match unknown.count() {
        0 => {}
        unknown => orders.push_str(&format!("{} of unknown fate\n", count(unknown, "order"))),
    }
    if let Some(run) = finished.book.active_run() {
        let label = run.planned.label();
        orders.push_str(&format!(
            "run {label} is not over; go on with:  polyfolio run\n"
        ));
    }
    if shown.differences.is_empty() {
        text.push_str(if shown.cash.is_zero() {
            "positions and cash are the broker's\n"
        } else {
            "positions are the broker's\n"
        });
        text.push_str(&orders);
        text.push_str(&trading(finished));
        text.push_str(&cash_said(shown));
        return text;
    }
    let mut table = Table::new([
        ("", Align::Left),
        ("our book", Align::Right),
        ("the broker", Align::Right),
        ("difference", Align::Right),
    ]);
    let ours = finished.book.ledger().positions();
    for (symbol, difference) in &shown.differences {
        let now = ours.get(symbol).copied().unwrap_or_default();
        let before = now - shown.taken.get(symbol).copied().unwrap_or_default();
        table.row([
            symbol.to_string(),
            quantity(before),
            quantity(before + *difference),
            quantity(*difference),
        ]);
    }
    text.push_str(&table.to_string());
    text.push_str(&orders);
    let (in_doubt, others): (Vec<_>, Vec<_>) = shown
        .waits()
        .partition(|symbol| finished.book.has_doubts(symbol));
    if others.is_empty() && in_doubt.is_empty() {
        text.push_str("taken into unassigned, on the record\n");
    } else if !shown.taken.is_empty() {
        let taken: Vec<_> = shown.taken.keys().map(ToString::to_string).collect();
        let taken = taken.join(", ");
        text.push_str(&format!("{taken}: taken into unassigned, on the record\n"));
    }
    if !others.is_empty() {
        text.push_str("to take it into unassigned:  polyfolio reconcile --adopt\n");
    }
    for symbol in in_doubt {
        text.push_str(&format!(
            "{symbol} waits: an order of ours may have filled it; see which:  polyfolio status\n"
        ));
    }
    text.push_str(&trading(finished));
    if shown.by_policy {
        text.push_str("on_break = \"adopt\": nobody was asked\n");
    }
    text.push_str(&cash_said(shown));
    text
}

fn cash_said(shown: &Shown) -> String {
    match shown.cash_by_itself {
        cash if cash.is_zero() => String::new(),
        cash => {
            let cash = signed_money(cash);
            format!("cash {cash}: taken into unassigned, on the record\n")
        }
    }
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
