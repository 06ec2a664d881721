//! How a comparison of our book with the broker's is told, to a program and to a person.

use std::collections::{BTreeMap, VecDeque};

use polyfolio_model::{InstrumentId, Money, Qty};
use polyfolio_oms::Event;
use polyfolio_oms::events::Reconciled;
use polyfolio_oms::records::Break;
use polyfolio_oms::router::CASH;
use serde_json::{Map, Value, json};

use super::trading;
use crate::face::{Align, Table, count, quantity, signed_money};
use crate::runtime::Finished;

/// What differed, and what of it was taken into `unassigned`: by command, or though nobody asked,
/// as cash always is and positions are by policy.
#[derive(Debug, Default)]
pub(super) struct Shown {
    differences: BTreeMap<InstrumentId, Qty>,
    cash: Money,
    taken: BTreeMap<InstrumentId, Qty>,
    by_policy: bool,
    /// Cash that was taken over though nobody asked.
    cash_by_itself: Money,
    /// What else was found: breaks that are no difference of positions or cash.
    others: Vec<String>,
}

impl Shown {
    pub(super) fn of(found: &Reconciled, events: &[Event]) -> Self {
        let mut shown = Self {
            differences: found.differences.clone(),
            cash: found.cash_difference,
            ..Self::default()
        };
        for event in events {
            if let Event::BreakFound(found) = event
                && !["position", CASH].contains(&found.code.as_str())
            {
                shown.others.push(found.message.clone());
            }
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
    pub(super) fn waits(&self) -> impl Iterator<Item = &InstrumentId> {
        let symbols = self.differences.keys();
        symbols.filter(|symbol| !self.taken.contains_key(*symbol))
    }
}

pub(super) fn fields(found: &Reconciled, shown: &Shown, finished: &Finished) -> Map<String, Value> {
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

pub(super) fn said(found: &Reconciled, shown: &Shown, finished: &Finished) -> String {
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
    for message in &shown.others {
        orders.push_str(&format!("break: {message}\n"));
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
