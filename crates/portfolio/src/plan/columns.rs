//! The plan turned from sleeves to instruments: one column each, wishes in sleeve order.
//!
//! Everything is visited once, so the cost grows with the number of wishes and holdings.

use indexmap::IndexMap;
use polyfolio_model::{InstrumentId, Qty, SleeveId, convert};

use super::{PlanInput, PlannedWish};
use crate::ledger::SleeveAccount;
use crate::scaling::{Scaled, ScaledSleeve};
use crate::units::Units;

/// One instrument, as the sleeves see it.
#[derive(Clone, Debug, Default)]
pub(super) struct Column {
    /// Its place among the targets, in order of first appearance.
    pub(super) wanted_at: Option<usize>,
    /// In sleeve order, one per sleeve that wants or holds it.
    pub(super) wishes: Vec<Wish>,
}

/// One sleeve's wish in one instrument.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    /// The place of the sleeve.
    pub(super) sleeve: usize,
    /// The place among the sleeve's own wishes.
    pub(super) slot: usize,
    /// Its scaled target; what it holds, for a sleeve that holds.
    pub(super) target: f64,
    /// What its ledger holds.
    pub(super) held: Qty,
    /// Whether it stays as it is.
    pub(super) is_hold: bool,
}

/// A sleeve of the plan: of the config, or one that left it and has something to give back.
#[derive(Clone, Debug)]
pub(super) struct Sleeve<'a> {
    pub(super) id: &'a SleeveId,
    pub(super) scaled: Option<&'a ScaledSleeve>,
    pub(super) account: Option<&'a SleeveAccount>,
}

pub(super) type Columns = IndexMap<InstrumentId, Column>;

impl Sleeve<'_> {
    /// Whether it stays as it is. A sleeve that left the config wants nothing.
    pub(super) fn is_hold(&self) -> bool {
        self.scaled.is_some_and(|scaled| scaled.factor.is_none())
    }
}

/// The sleeves in config order, then those that only the ledger knows.
pub(super) fn sleeves<'a>(input: &PlanInput<'a>, scaled: &'a Scaled) -> Vec<Sleeve<'a>> {
    let configured = scaled.sleeves.iter().map(|(id, scaled)| Sleeve {
        id,
        scaled: Some(scaled),
        account: input.ledger.account(id),
    });
    let is_gone =
        |id: &SleeveId| id.as_str() != SleeveId::UNASSIGNED && !scaled.sleeves.contains_key(id);
    let gone = input
        .ledger
        .accounts()
        .filter(|(id, _)| is_gone(id))
        .map(|(id, account)| Sleeve {
            id,
            scaled: None,
            account: Some(account),
        });
    configured.chain(gone).collect()
}

/// One column per instrument that anybody wants, holds or works, and each sleeve's wishes in the
/// order of its strategy, what it only holds last.
pub(super) fn columns(
    input: &PlanInput<'_>,
    sleeves: &[Sleeve<'_>],
) -> (Columns, Vec<Vec<PlannedWish>>) {
    let mut columns = Columns::new();
    let mut wanted = 0;
    let mut lists = Vec::with_capacity(sleeves.len());
    for (place, sleeve) in sleeves.iter().enumerate() {
        let mut list = Vec::new();
        add_targets(&mut columns, &mut wanted, place, sleeve, &mut list);
        add_holdings(&mut columns, place, sleeve, &mut list);
        lists.push(list);
    }
    (in_seen_order(columns, input), lists)
}

fn add_targets(
    columns: &mut Columns,
    wanted: &mut usize,
    place: usize,
    sleeve: &Sleeve<'_>,
    list: &mut Vec<PlannedWish>,
) {
    let Some(scaled) = sleeve.scaled else {
        return;
    };
    list.reserve(scaled.targets.len());
    for (symbol, target) in &scaled.targets {
        let column = column(columns, symbol);
        if column.wanted_at.is_none() {
            column.wanted_at = Some(*wanted);
            *wanted += 1;
        }
        let slot = list.len();
        let (target, held, is_hold) = (*target, Qty::ZERO, false);
        column.wishes.push(Wish {
            sleeve: place,
            slot,
            target,
            held,
            is_hold,
        });
        list.push(planned(symbol, target, held));
    }
}

fn add_holdings(
    columns: &mut Columns,
    place: usize,
    sleeve: &Sleeve<'_>,
    list: &mut Vec<PlannedWish>,
) {
    let is_hold = sleeve.is_hold();
    for (symbol, held) in sleeve.account.iter().flat_map(|account| &account.positions) {
        let wishes = &mut column(columns, symbol).wishes;
        if let Some(wish) = wishes.last_mut().filter(|wish| wish.sleeve == place) {
            wish.held = *held;
            list[wish.slot].held = *held;
            continue;
        }
        let (slot, held) = (list.len(), *held);
        let target = if is_hold { convert::qty_f64(held) } else { 0.0 };
        wishes.push(Wish {
            sleeve: place,
            slot,
            target,
            held,
            is_hold,
        });
        list.push(planned(symbol, target, held));
    }
}

/// A wish that is left as it is until its instrument is decided.
fn planned(symbol: &InstrumentId, target: f64, held: Qty) -> PlannedWish {
    let (target, rounded) = (Units::Float(target), Units::Exact(held));
    PlannedWish {
        symbol: symbol.clone(),
        target,
        rounded,
        is_decided: false,
        held,
    }
}

fn column<'a>(columns: &'a mut Columns, symbol: &InstrumentId) -> &'a mut Column {
    let place = match columns.get_index_of(symbol) {
        Some(place) => place,
        None => columns.insert_full(symbol.clone(), Column::default()).0,
    };
    &mut columns[place]
}

/// Targets in order of first appearance, then holdings in the account's order, then the rest.
fn in_seen_order(mut columns: Columns, input: &PlanInput<'_>) -> Columns {
    let account = input.account;
    let in_flight = account.working.keys().chain(account.unknown.keys());
    for symbol in account.positions.keys().chain(in_flight) {
        column(&mut columns, symbol);
    }
    let rank = |symbol: &InstrumentId, column: &Column| match column.wanted_at {
        Some(place) => (0, place),
        None => match account.positions.get_index_of(symbol) {
            Some(place) => (1, place),
            None => (2, 0),
        },
    };
    // Stable: what shares a rank stays in the order it was met.
    columns.sort_by(|a, x, b, y| rank(a, x).cmp(&rank(b, y)));
    columns
}
