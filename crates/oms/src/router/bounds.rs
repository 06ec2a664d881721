//! Amounts that no amount can be: what a broker says of them is not believed, and a plan that has
//! them is not begun. Nothing of them reaches the book, whose records would not read back.
//!
//! What is within the bounds and wrong is none of its business.

use std::fmt::Display;

use polyfolio_model::broker::Snapshot;
use polyfolio_model::{ExecKind, ExecutionReport, Fill, Instrument, Money, Price, Qty, Ts};

use super::{PlannedParent, Router, RunPlan};

/// What of a report is no amount, with its name.
pub(super) fn of_report(report: &ExecutionReport) -> Option<String> {
    match &report.kind {
        ExecKind::Trade(fill) | ExecKind::TradeCorrect { fill, .. } => of_fill(fill),
        ExecKind::Fee { fee, .. } => money("a fee", *fee),
        ExecKind::Canceled { cum_qty, .. } | ExecKind::Expired { cum_qty } => {
            cum_qty.and_then(|cum_qty| qty("cum_qty", cum_qty))
        }
        ExecKind::Status { cum_qty } => qty("cum_qty", *cum_qty),
        ExecKind::Replaced { order_qty, .. } => qty("order_qty", *order_qty),
        _ => None,
    }
}

/// The same, of a snapshot.
pub(super) fn of_snapshot(snapshot: &Snapshot) -> Option<String> {
    let orders = snapshot.orders.iter().find_map(|order| {
        let price = order.price.and_then(|limit| price("price", limit));
        let found = qty("order_qty", order.order_qty).or_else(|| qty("cum_qty", order.cum_qty));
        named("order", &order.venue_id, found.or(price))
    });
    let fills = || {
        let mut fills = snapshot.fills.iter().map(|seen| &seen.fill);
        fills.find_map(|fill| named("execution", &fill.exec_id, of_fill(fill)))
    };
    let positions = || {
        let mut held = snapshot.positions.iter();
        held.find_map(|(instrument, held)| named("position", instrument, qty("quantity", *held)))
    };
    let cash = || snapshot.cash.and_then(|cash| money("cash", cash));
    let nav = || snapshot.nav.and_then(|nav| money("nav", nav));
    orders
        .or_else(fills)
        .or_else(positions)
        .or_else(cash)
        .or_else(nav)
}

/// The same, of a plan; and an order that is not above zero.
pub(super) fn of_plan(plan: &RunPlan) -> Option<String> {
    let crosses = plan.crosses.iter().find_map(|cross| {
        let found = qty("quantity", cross.quantity).or_else(|| price("price", cross.price));
        named("cross", &cross.instrument, found)
    });
    let gifts = || {
        let mut given = plan.gifts.iter().flat_map(|gift| &gift.positions);
        given.find_map(|given| {
            let found = qty("quantity", given.quantity).or_else(|| price("price", given.price));
            named("gift", &given.instrument, found)
        })
    };
    let transfers = || {
        let mut transfers = plan.transfers.iter();
        transfers.find_map(|(sleeve, cash)| named("transfer", sleeve, money("cash", *cash)))
    };
    let parents = || {
        let mut parents = plan.parents.iter();
        parents.find_map(|parent| named("order", &parent.instrument.id, of_parent(parent)))
    };
    crosses.or_else(gifts).or_else(transfers).or_else(parents)
}

fn of_parent(parent: &PlannedParent) -> Option<String> {
    let order_qty = parent.order_qty;
    if !order_qty.is_positive() {
        return Some(format!("order_qty {order_qty}"));
    }
    let quantities = [
        ("order_qty", Some(order_qty)),
        ("max_child", parent.max_child),
    ];
    let prices = [
        ("limit", parent.limit),
        ("decision_price", parent.decision_price),
    ];
    let mut wants = parent.wants.iter();
    let quantity = quantities
        .into_iter()
        .find_map(|(of, found)| qty(of, found?));
    quantity
        .or_else(|| prices.into_iter().find_map(|(of, found)| price(of, found?)))
        .or_else(|| wants.find_map(|(_, want)| qty("wants", *want)))
        .or_else(|| of_rules(&parent.instrument))
}

fn of_rules(rules: &Instrument) -> Option<String> {
    let grid = price("tick", rules.tick).or_else(|| qty("lot", rules.lot));
    grid.or_else(|| money("min_notional", rules.min_notional))
}

fn of_fill(fill: &Fill) -> Option<String> {
    qty("last_qty", fill.last_qty)
        .or_else(|| price("last_px", fill.last_px))
        .or_else(|| fill.fee.and_then(|fee| money("a fee", fee)))
}

fn named(kind: &str, of: impl Display, found: Option<String>) -> Option<String> {
    found.map(|found| format!("{kind} {of}: {found}"))
}

fn qty(field: &str, amount: Qty) -> Option<String> {
    (!amount.is_in_bounds()).then(|| beyond(field, amount, Qty::MAX))
}

fn price(field: &str, amount: Price) -> Option<String> {
    (!amount.is_in_bounds()).then(|| beyond(field, amount, Price::MAX))
}

fn money(field: &str, amount: Money) -> Option<String> {
    (!amount.is_in_bounds()).then(|| beyond(field, amount, Money::MAX))
}

fn beyond(field: &str, amount: impl Display, max: impl Display) -> String {
    format!("{field} {amount}, beyond {max}")
}

impl Router {
    /// A broker's word about an order, unless it names an amount that none can be: then it is a
    /// break, the instrument stops, and the broker's lists have to say what is true.
    pub(super) fn hear_if_bounded(&mut self, report: ExecutionReport, now: Ts) {
        let id = report.cl_ord_id;
        let Some(what) = of_report(&report).filter(|_| self.is_ours(id)) else {
            return self.hear(report, now);
        };
        let message = format!("order {id}: the broker says {what}; the report is not believed");
        self.break_on(id, "order", message, now);
        self.look_for(id, now);
    }
}
