//! The plan put together: shared NAV, scale, columns, decisions, limits, sums.

use std::collections::{BTreeMap, BTreeSet};

use polyfolio_model::{InstrumentId, Money, Qty, Side, SleeveId, convert};

use super::columns::{Column, Sleeve, columns, sleeves};
use super::decide::{Decision, decide};
use super::shared::shared_nav;
use super::transfers::{transfers, wanted_nav};
use super::{Plan, PlanInput, PlannedSleeve, PlannedWish, Row, Totals};
use crate::refusal::Refusal;
use crate::risk::plan_limits::Exposure;
use crate::scaling::{Scaled, scale};

/// What would be sent now, and why.
///
/// Total: bad input becomes refusals. One that concerns the whole book (a weight, a NAV, a date)
/// leaves the plan without orders.
pub fn plan(input: &PlanInput<'_>) -> Plan {
    let unclaimed = unclaimed(input);
    match scaled(input, &unclaimed) {
        Ok((scaled, shared)) => planned(input, &unclaimed, &scaled, shared),
        Err(refusals) => {
            let scaled = Scaled {
                refusals,
                ..Scaled::default()
            };
            refused(input, &unclaimed, scaled)
        }
    }
}

/// What the account holds and no sleeve owns: account position − Σ sleeve ledgers.
fn unclaimed(input: &PlanInput<'_>) -> BTreeMap<InstrumentId, Qty> {
    let mut rest: BTreeMap<InstrumentId, Qty> = input
        .account
        .positions
        .iter()
        .map(|(symbol, held)| (symbol.clone(), *held))
        .collect();
    let owners = input
        .ledger
        .accounts()
        .filter(|(id, _)| id.as_str() != SleeveId::UNASSIGNED);
    for (symbol, held) in owners.flat_map(|(_, account)| &account.positions) {
        match rest.get_mut(symbol) {
            Some(rest) => *rest -= *held,
            None => {
                rest.insert(symbol.clone(), -*held);
            }
        }
    }
    rest.retain(|_, rest| !rest.is_zero());
    rest
}

fn scaled(
    input: &PlanInput<'_>,
    unclaimed: &BTreeMap<InstrumentId, Qty>,
) -> Result<(Scaled, f64), Vec<Refusal>> {
    let shared = shared_nav(input, unclaimed).map_err(|refusal| vec![refusal])?;
    let scaled = scale(
        input.sleeves,
        &input.settings.scale,
        shared,
        input.decision_date,
    )?;
    Ok((scaled, shared))
}

/// The account as it is, and why nothing is done.
fn refused(input: &PlanInput<'_>, unclaimed: &BTreeMap<InstrumentId, Qty>, scaled: Scaled) -> Plan {
    let (columns, _) = columns(input, &[]);
    Plan {
        decision_date: input.decision_date,
        nav: input.account.nav,
        shared_nav: None,
        sleeves: Vec::new(),
        rows: columns
            .keys()
            .map(|symbol| row(input, unclaimed, symbol))
            .collect(),
        crosses: Vec::new(),
        transfers: Vec::new(),
        orders: Vec::new(),
        untraded: Vec::new(),
        refusals: scaled.refusals,
        totals: Totals::default(),
    }
}

fn planned(
    input: &PlanInput<'_>,
    unclaimed: &BTreeMap<InstrumentId, Qty>,
    scaled: &Scaled,
    shared: f64,
) -> Plan {
    let sleeves = sleeves(input, scaled);
    let (columns, mut wishes) = columns(input, &sleeves);
    let mut plan = Plan {
        decision_date: input.decision_date,
        nav: input.account.nav,
        shared_nav: convert::money(shared),
        sleeves: Vec::with_capacity(sleeves.len()),
        rows: Vec::with_capacity(columns.len()),
        crosses: Vec::new(),
        transfers: transfers(input, &sleeves, shared),
        orders: Vec::new(),
        untraded: Vec::new(),
        refusals: scaled.refusals.clone(),
        totals: Totals::default(),
    };
    for (symbol, column) in &columns {
        let mut row = row(input, unclaimed, symbol);
        let decision = decide(input, &sleeves, &row, column);
        row.target = decision.target;
        note_parts(&mut wishes, column, &decision);
        plan.rows.push(row);
        plan.take(decision);
    }
    plan.sleeves = sleeves
        .iter()
        .zip(wishes)
        .map(|(s, w)| planned_sleeve(s, w, shared))
        .collect();
    let book = plan.limit(input);
    plan.totals = totals(&plan, &book);
    plan
}

fn row(
    input: &PlanInput<'_>,
    unclaimed: &BTreeMap<InstrumentId, Qty>,
    symbol: &InstrumentId,
) -> Row {
    let of = |book: &BTreeMap<InstrumentId, Qty>| book.get(symbol).copied().unwrap_or_default();
    Row {
        symbol: symbol.clone(),
        held: input
            .account
            .positions
            .get(symbol)
            .copied()
            .unwrap_or_default(),
        unclaimed: of(unclaimed),
        working: of(&input.account.working),
        unknown: of(&input.account.unknown),
        target: None,
        close: input.prices.get(symbol).copied(),
    }
}

fn note_parts(wishes: &mut [Vec<PlannedWish>], column: &Column, decision: &Decision) {
    for (wish, part) in column.wishes.iter().zip(&decision.rounded) {
        let planned = &mut wishes[wish.sleeve][wish.slot];
        planned.rounded = *part;
        planned.is_decided = true;
    }
}

fn planned_sleeve(sleeve: &Sleeve<'_>, wishes: Vec<PlannedWish>, shared: f64) -> PlannedSleeve {
    PlannedSleeve {
        id: sleeve.id.clone(),
        weight: sleeve.scaled.map_or(0.0, |scaled| scaled.weight),
        nav: wanted_nav(sleeve, shared),
        factor: sleeve.scaled.and_then(|scaled| scaled.factor),
        wishes,
    }
}

impl Plan {
    fn take(&mut self, decision: Decision) {
        self.crosses.extend(decision.crosses);
        self.orders.extend(decision.order);
        self.untraded.extend(decision.untraded);
        self.refusals.extend(decision.refusal);
    }

    /// Takes out the orders that the limits refuse; gives the book as it will be.
    fn limit(&mut self, input: &PlanInput<'_>) -> Vec<Exposure> {
        let mut book = self.exposures();
        let found = input.limits.refuse_orders(input.trading, self.nav, &book);
        let mut refused = BTreeSet::new();
        for (one, refusal) in book.iter_mut().zip(found) {
            if let Some(refusal) = refusal {
                one.order = 0.0;
                refused.insert(one.symbol.clone());
                self.refusals.push(refusal);
            }
        }
        self.orders.retain(|order| !refused.contains(&order.symbol));
        book
    }

    /// Orders stand in the order of rows, at most one a row.
    fn exposures(&self) -> Vec<Exposure> {
        let mut orders = self.orders.iter().peekable();
        let exposure = |row: &Row| {
            let order = orders.next_if(|order| order.symbol == row.symbol);
            let sign = |side| if side == Side::Buy { 1.0 } else { -1.0 };
            Exposure {
                symbol: row.symbol.clone(),
                price: row.close.map(|close| close.price),
                before: convert::qty_f64(row.held + row.working + row.unknown),
                order: order.map_or(0.0, |order| sign(order.side) * order.quantity.float()),
                notional: order.and_then(|order| order.notional),
            }
        };
        self.rows.iter().map(exposure).collect()
    }
}

fn totals(plan: &Plan, book: &[Exposure]) -> Totals {
    let side = |side| {
        let orders = plan.orders.iter().filter(move |order| order.side == side);
        let values = orders.filter_map(|order| order.notional);
        values.sum::<Money>()
    };
    let (buy, sell) = (side(Side::Buy), side(Side::Sell));
    let nav = plan.nav.map(convert::money_f64).filter(|nav| *nav > 0.0);
    let values = || book.iter().filter_map(Exposure::value_after);
    Totals {
        buy,
        sell,
        gross_after: nav.map(|nav| share(values().map(f64::abs).sum(), nav)),
        net_after: nav.map(|nav| share(values().sum(), nav)),
        turnover: nav.map(|nav| share(convert::money_f64(buy) + convert::money_f64(sell), nav)),
    }
}

/// A share of the NAV; nothing has no sign, as a sum over nothing would.
fn share(part: f64, nav: f64) -> f64 {
    part / nav + 0.0
}
