//! What would be sent, instrument by instrument, and for whom.

use std::collections::BTreeMap;

use polyfolio_model::{InstrumentId, Money, Qty, Side, SleeveId, convert};
use polyfolio_portfolio::plan::{Cross, Given, PlannedOrder, Row, Untraded, UntradedReason};
use polyfolio_portfolio::{Plan, Refusal, Units};

use crate::face::amount::{signed_quantity, units};
use crate::face::wrap::with_notes;
use crate::face::{Align, Table, grouped, money, percent, quantity};

/// What the plan says of one instrument.
struct Line<'a> {
    row: &'a Row,
    order: Option<&'a PlannedOrder>,
    crosses: Vec<Cross<'a>>,
    untraded: Vec<&'a Untraded>,
    refusal: Option<&'a Refusal>,
    given: Vec<&'a Given>,
    /// What the sleeves' wishes are beyond whole lots.
    residue: f64,
}

pub(super) fn table(plan: &Plan) -> String {
    let lines = lines(plan);
    let (shown, quiet): (Vec<&Line<'_>>, Vec<&Line<'_>>) =
        lines.iter().partition(|line| line.is_shown(plan));
    let mut text = String::new();
    if !shown.is_empty() {
        text.push_str(&shown_table(plan, &shown));
    }
    match quiet.len() {
        0 => {}
        1 => text.push_str("  1 name stays as it is\n"),
        count => text.push_str(&format!("  {count} names stay as they are\n")),
    }
    text
}

fn shown_table(plan: &Plan, shown: &[&Line<'_>]) -> String {
    let mut table = Table::new([
        ("", Align::Left),
        ("held", Align::Decimal),
        ("working", Align::Decimal),
        ("target", Align::Decimal),
        ("order", Align::Right),
        ("notional", Align::Decimal),
    ]);
    let mut notes = vec![vec!["sleeves".to_owned()]];
    for line in shown {
        table.row([
            line.row.symbol.to_string(),
            units(line.row.held.into()),
            units((line.row.working + line.row.unknown).into()),
            line.row.target.map_or_else(|| "–".to_owned(), units),
            line.order_text(),
            line.notional_text(),
        ]);
        notes.push(line.notes(plan));
    }
    with_notes(&table, &notes)
}

/// One line per instrument of the plan, in its order. Everything is visited once.
fn lines(plan: &Plan) -> Vec<Line<'_>> {
    let mut lines: BTreeMap<&InstrumentId, Line<'_>> = BTreeMap::new();
    for row in &plan.rows {
        lines.insert(&row.symbol, Line::of(row));
    }
    for order in &plan.orders {
        with(&mut lines, &order.symbol, |line| line.order = Some(order));
    }
    for cross in plan.crosses() {
        with(&mut lines, cross.symbol, |line| line.crosses.push(cross));
    }
    for given in &plan.given {
        with(&mut lines, &given.symbol, |line| line.given.push(given));
    }
    for left in &plan.untraded {
        with(&mut lines, &left.symbol, |line| line.untraded.push(left));
    }
    for refusal in &plan.refusals {
        if let Some(symbol) = &refusal.symbol {
            with(&mut lines, symbol, |line| line.refusal = Some(refusal));
        }
    }
    let mut lines: Vec<Line<'_>> = plan
        .rows
        .iter()
        .filter_map(|row| lines.remove(&row.symbol))
        .collect();
    for wish in (0..plan.sleeves.len()).flat_map(|place| plan.wishes(place)) {
        if let Some(line) = lines.get_mut(wish.row) {
            line.residue += wish.residue().float();
        }
    }
    lines
}

fn with<'a>(
    lines: &mut BTreeMap<&InstrumentId, Line<'a>>,
    symbol: &InstrumentId,
    change: impl FnOnce(&mut Line<'a>),
) {
    if let Some(line) = lines.get_mut(symbol) {
        change(line);
    }
}

impl<'a> Line<'a> {
    fn of(row: &'a Row) -> Self {
        let (crosses, untraded) = (Vec::new(), Vec::new());
        Self {
            row,
            order: None,
            crosses,
            untraded,
            refusal: None,
            given: Vec::new(),
            residue: 0.0,
        }
    }

    /// Whether there is anything to say of it.
    fn is_shown(&self, plan: &Plan) -> bool {
        let trades = self.order.is_some() || !self.crosses.is_empty() || !self.untraded.is_empty();
        let in_flight = !self.row.working.is_zero() || !self.row.unknown.is_zero();
        let kept = !self.row.unclaimed.is_zero() || !self.given.is_empty();
        trades
            || in_flight
            || kept
            || self.refusal.is_some()
            || self.is_residue()
            || self.large_residue(plan).is_some()
            || self.is_stale(plan)
    }

    /// Wanted, but less than a lot of it.
    fn is_residue(&self) -> bool {
        let is_flat = self.row.held.is_zero() && self.row.target.is_none_or(Units::is_zero);
        is_flat && self.residue.abs() >= 0.005
    }

    /// What whole lots leave of the wishes, where it is half a percent of the account or more.
    fn large_residue(&self, plan: &Plan) -> Option<Money> {
        let price = self.row.close?.price;
        let value = convert::money(self.residue * convert::price_f64(price))?;
        let nav = plan.nav.filter(|nav| nav.is_positive())?;
        let share = convert::money_f64(value).abs() / convert::money_f64(nav);
        (share >= LARGE_RESIDUE).then_some(value)
    }

    fn is_stale(&self, plan: &Plan) -> bool {
        let has_wish = self.row.target.is_some_and(|target| !target.is_zero());
        let is_old = self
            .row
            .close
            .is_some_and(|close| close.date < plan.decision_date);
        is_old && (has_wish || !self.row.held.is_zero())
    }

    fn order_text(&self) -> String {
        match (self.order, self.refusal) {
            (Some(order), _) => format!("{} {}", order.side, units(order.quantity)),
            (None, Some(_)) => "refused".to_owned(),
            (None, None) => "–".to_owned(),
        }
    }

    fn notional_text(&self) -> String {
        let notional = self.order.and_then(|order| order.notional);
        notional.map_or_else(|| "–".to_owned(), money)
    }

    fn notes(&self, plan: &Plan) -> Vec<String> {
        let wants = self.order.into_iter().flat_map(|order| wants(plan, order));
        let crosses = self.crosses.iter().map(crossed);
        let (wants, crosses) = (some(wants), some(crosses));
        let share = self.order.and_then(|order| order.volume_share);
        let share = share.filter(|share| *share >= SHOWN_SHARE);
        let share = share.map(|share| format!("{} of a day's volume", percent(share, 1)));
        let untraded = self.untraded.iter().map(|left| why_left(left));
        let mut notes: Vec<String> = wants
            .into_iter()
            .chain(crosses)
            .chain(share)
            .chain(untraded)
            .collect();
        if let Some(value) = self.large_residue(plan) {
            notes.push(format!(
                "{} wanted beyond whole lots, worth {}",
                units(Units::Float(self.residue)),
                money(value)
            ));
        } else if self.is_residue() && self.order.is_none() && self.untraded.is_empty() {
            notes.push(format!(
                "residue {}, below one lot",
                units(Units::Float(self.residue))
            ));
        }
        if !self.row.unknown.is_zero() {
            notes.push(format!(
                "{} of it unknown",
                signed_quantity(self.row.unknown)
            ));
        }
        notes.extend(some(self.given.iter().map(|given| handed_over(given))));
        if !self.row.unclaimed.is_zero() {
            notes.push(format!("{} unclaimed", quantity(self.row.unclaimed)));
        }
        if let Some(close) = self.row.close.filter(|_| self.is_stale(plan)) {
            notes.push(format!("close of {}", close.date));
        }
        notes
    }
}

/// From this part of the account on a person wants to know what whole lots leave.
const LARGE_RESIDUE: f64 = 0.005;

/// From this part of a day's volume on a person wants to know of it.
const SHOWN_SHARE: f64 = 0.01;

/// A line has room for so many sleeves.
const NOTED: usize = 8;

/// The first of many, and how many more there are.
fn some(mut notes: impl Iterator<Item = String>) -> Vec<String> {
    let mut some: Vec<String> = notes.by_ref().take(NOTED).collect();
    match notes.count() {
        0 => {}
        more => some.push(format!("… and {more} more")),
    }
    some
}

fn wants<'a>(plan: &'a Plan, order: &'a PlannedOrder) -> impl Iterator<Item = String> + 'a {
    let signed = |quantity: Qty| match order.side {
        Side::Buy => quantity,
        Side::Sell => -quantity,
    };
    let text = move |(sleeve, part): (&SleeveId, Qty)| {
        format!("{sleeve} {}", signed_quantity(signed(part)))
    };
    plan.wants(order).map(text)
}

fn crossed(cross: &Cross<'_>) -> String {
    let (to, from) = (
        signed_quantity(cross.quantity),
        signed_quantity(-cross.quantity),
    );
    let price = grouped(&cross.price.to_string());
    format!(
        "crossed inside: {} {to} / {} {from} at {price}",
        cross.to, cross.from
    )
}

fn handed_over(given: &Given) -> String {
    let Given {
        sleeve,
        quantity,
        price,
        ..
    } = given;
    let (quantity, price) = (signed_quantity(*quantity), grouped(&price.to_string()));
    format!("{sleeve} gives {quantity} at {price} to unassigned")
}

fn why_left(left: &Untraded) -> String {
    let quantity = units(left.quantity);
    match left.reason {
        UntradedReason::Band => format!("{quantity} left: within the no-trade band"),
        UntradedReason::Lot => format!("{quantity} left: below one lot"),
        UntradedReason::MinNotional => format!("{quantity} left: below the smallest order"),
        UntradedReason::Volume => format!("{quantity} left: more than a day's share of the volume"),
        UntradedReason::NoCrossPrice => format!("{quantity} opposed: no price to cross at"),
    }
}
