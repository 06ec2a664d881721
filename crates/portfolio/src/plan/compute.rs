//! The plan put together: shared NAV, scale, columns, decisions, limits, sums.

use std::collections::{BTreeMap, BTreeSet};

use polyfolio_model::{InstrumentId, Money, Qty, Side, SleeveId, convert};

use super::columns::columns;
use super::decide::{Decision, decide};
use super::departures::{give_nothing, given};
use super::reading::Reading;
use super::shared::shared_nav;
use super::transfers::{transfers, wanted_nav};
use super::{Plan, PlanInput, PlannedSleeve, Row, Totals, UntradedReason, Wishes};
use crate::refusal::Refusal;
use crate::risk::plan_limits::Exposure;
use crate::scaling::{Share, shares};

/// What would be sent now, and why.
///
/// Total: bad input becomes refusals. One that concerns the whole book (a weight, a NAV, a date)
/// leaves the plan without orders.
pub fn plan(input: &PlanInput<'_>) -> Plan {
    let reading = Reading::of(input);
    match shared(input, &reading) {
        Ok((shares, shared)) => planned(input, &reading, &shares, shared),
        Err(refusals) => refused(input, &reading, refusals),
    }
}

fn shared(input: &PlanInput<'_>, reading: &Reading<'_>) -> Result<(Vec<Share>, f64), Vec<Refusal>> {
    let shared = shared_nav(input, reading).map_err(|refusal| vec![refusal])?;
    let settings = &input.settings.scale;
    let shares = shares(input.sleeves, settings, shared, input.decision_date)?;
    Ok((shares, shared))
}

/// The account as it is, and why nothing is done.
fn refused(input: &PlanInput<'_>, reading: &Reading<'_>, refusals: Vec<Refusal>) -> Plan {
    let account = input.account;
    let symbols = account.positions.keys();
    let symbols = symbols
        .chain(account.working.keys())
        .chain(account.unknown.keys());
    let places = symbols.filter_map(|symbol| reading.symbols.find(symbol));
    let mut seen = BTreeSet::new();
    let places = places.filter(|place| seen.insert(*place));
    let mut rows: Vec<Row> = places
        .filter_map(|place| row(input, reading, place))
        .collect();
    give_nothing(reading, &mut rows);
    Plan {
        refusals,
        ..unplanned(input, rows)
    }
}

/// The account as it is.
fn unplanned(input: &PlanInput<'_>, rows: Vec<Row>) -> Plan {
    Plan {
        decision_date: input.decision_date,
        nav: input.account.nav,
        shared_nav: None,
        sleeves: Vec::new(),
        names: Vec::new(),
        wishes: Wishes::default(),
        rows,
        crosses: Vec::new(),
        given: Vec::new(),
        transfers: Vec::new(),
        orders: Vec::new(),
        untraded: Vec::new(),
        refusals: Vec::new(),
        totals: Totals::default(),
    }
}

fn planned(input: &PlanInput<'_>, reading: &Reading<'_>, shares: &[Share], shared: f64) -> Plan {
    let (columns, mut wishes, refusals) = columns(reading, shares);
    let rows = (0..reading.symbols.len()).filter_map(|place| row(input, reading, place));
    let mut plan = unplanned(input, rows.collect());
    plan.shared_nav = convert::money(shared);
    plan.refusals = refusals;
    for place in 0..plan.rows.len() {
        let column = columns.column(&wishes, place);
        let mut parts = vec![Qty::ZERO; column.entries.len()];
        let row = &mut plan.rows[place];
        let decision = decide(input, (place, row), column, &mut parts);
        row.target = decision.target;
        wishes.parts.extend_from_slice(&parts);
        wishes.decided[place] = decision.decided;
        plan.take(decision);
    }
    plan.wishes = wishes;
    plan.sleeves = sleeves(reading, shares, shared);
    let navs: Vec<_> = plan.sleeves.iter().map(|sleeve| sleeve.nav).collect();
    plan.transfers = transfers(input, reading, &navs);
    plan.given = given(reading);
    plan.refusals.extend(reading.not_given.iter().cloned());
    let ids = plan.sleeves.iter().map(|sleeve| sleeve.id.clone());
    plan.names = ids.chain([SleeveId::unassigned()]).collect();
    let book = plan.limit(input);
    plan.totals = totals(&plan, &book);
    plan
}

fn row(input: &PlanInput<'_>, reading: &Reading<'_>, place: usize) -> Option<Row> {
    let symbol = reading.symbols.name(place)?;
    let account = input.account;
    let of = |book: &BTreeMap<InstrumentId, Qty>| book.get(symbol).copied().unwrap_or_default();
    Some(Row {
        symbol: symbol.clone(),
        held: account.positions.get(symbol).copied().unwrap_or_default(),
        unclaimed: reading.unclaimed[place],
        working: of(&account.working),
        unknown: of(&account.unknown),
        target: None,
        close: input.prices.get(symbol).copied(),
    })
}

fn sleeves(reading: &Reading<'_>, shares: &[Share], shared: f64) -> Vec<PlannedSleeve> {
    let sleeve = |(place, sleeve): (usize, &super::reading::Sleeve<'_>)| {
        let share = shares.get(place);
        PlannedSleeve {
            id: sleeve.id.clone(),
            weight: share.map_or(0.0, |share| share.weight),
            nav: wanted_nav(sleeve, share, shared),
            factor: share.and_then(|share| share.factor),
        }
    };
    reading.sleeves.iter().enumerate().map(sleeve).collect()
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
        // Of a refused order nothing waits for the next plan.
        self.untraded.retain(|left| {
            left.reason != UntradedReason::Volume || !refused.contains(&left.symbol)
        });
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
                has_volume: row.close.is_some_and(|close| close.volume.is_some()),
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
