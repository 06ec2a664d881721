//! What the orders of a run cost, as a page: by parent in basis points, in all in currency.
//!
//! Positive is a cost, for a buy and for a sell.

#[cfg(test)]
mod tests;

use polyfolio_model::{Money, OrdType, Price};
use polyfolio_report::slippage::{Costs, FillCost, OrderCost, ParentCost, SlippageReport};
use polyfolio_report::{Cost, Shortfall};
use rust_decimal::Decimal;

use super::amount::signed;
use super::{Align, Table, count, money, price, quantity, signed_money};

/// What is not known.
const UNKNOWN: &str = "–";

/// The page; with every order and every fill of each parent if `is_long`.
pub fn slippage_text(report: &SlippageReport, is_long: bool) -> String {
    let Some(run) = &report.run else {
        return "no run yet\n".to_owned();
    };
    let state = if report.end.is_some() {
        "over"
    } else {
        "not over"
    };
    let head = format!("slippage of run {run} · {state} · positive is a cost\n");
    if report.parents.is_empty() {
        return head + "\n  nothing was ordered\n";
    }
    format!("{head}\n{}\n{}", table(report, is_long), summary(report))
}

fn table(report: &SlippageReport, is_long: bool) -> Table {
    let mut table = Table::new([
        ("costs in bp", Align::Left),
        ("filled", Align::Decimal),
        ("decision", Align::Decimal),
        ("arrival", Align::Decimal),
        ("average", Align::Decimal),
        ("delay", Align::Decimal),
        ("slippage", Align::Decimal),
        ("fees", Align::Decimal),
    ]);
    for parent in &report.parents {
        table.row(parent_row(parent));
        // An order that did not fill cost nothing.
        let filled = parent.orders.iter().filter(|order| !order.fills.is_empty());
        for order in filled.filter(|_| is_long) {
            table.row(order_row(parent, order));
            for fill in &order.fills {
                table.row(fill_row(fill));
            }
        }
    }
    table
}

fn parent_row(parent: &ParentCost) -> [String; 8] {
    let wanted = quantity(parent.order_qty);
    let [delay, slippage, fees] = rates(&parent.costs, parent.cum_qty.is_zero());
    [
        format!("{} {} {wanted}", parent.symbol, parent.side),
        quantity(parent.cum_qty),
        known(parent.decision_price),
        known(parent.arrival),
        known(parent.avg_px),
        delay,
        slippage,
        fees,
    ]
}

fn order_row(parent: &ParentCost, order: &OrderCost) -> [String; 8] {
    let [delay, slippage, fees] = rates(&order.costs, order.cum_qty.is_zero());
    [
        format!(
            " {}.{} {}",
            parent.id,
            order.cl_ord_id.child,
            terms(order.ord_type)
        ),
        quantity(order.cum_qty),
        String::new(),
        known(order.arrival),
        known(order.avg_px),
        delay,
        slippage,
        fees,
    ]
}

fn fill_row(fill: &FillCost) -> [String; 8] {
    let unsaid = fill.fee.map_or(UNKNOWN, |_| "");
    [
        format!("  {}", fill.time.datetime().format("%H:%M:%S%.3f")),
        quantity(fill.quantity),
        String::new(),
        String::new(),
        short(fill.price),
        String::new(),
        String::new(),
        unsaid.to_owned(),
    ]
}

fn terms(ord_type: OrdType) -> String {
    match ord_type {
        OrdType::Market => "market".to_owned(),
        OrdType::Limit(limit) => format!("@ {}", short(limit)),
        OrdType::Stop(trigger) => format!("stop {}", short(trigger)),
        OrdType::StopLimit { trigger, limit } => {
            format!("stop {} @ {}", short(trigger), short(limit))
        }
    }
}

/// Delay, slippage and fees in basis points; nothing of an order that did not fill.
fn rates(costs: &Costs, is_unfilled: bool) -> [String; 3] {
    let Shortfall {
        delay,
        slippage,
        fees,
        ..
    } = costs.shortfall;
    [delay, slippage, Some(fees)].map(|cost| if is_unfilled { String::new() } else { bp(cost) })
}

fn bp(cost: Option<Cost>) -> String {
    let bp = cost.and_then(|cost| cost.bp);
    bp.map_or(UNKNOWN.to_owned(), |bp| signed(bp, 1))
}

fn known(of: Option<Price>) -> String {
    of.map_or(UNKNOWN.to_owned(), short)
}

/// A mean has more digits than tell anything, but for what costs less than one.
fn short(of: Price) -> String {
    match of.get() < Decimal::ONE {
        true => price(of),
        false => money(Money::new(of.get())),
    }
}

fn summary(report: &SlippageReport) -> String {
    let costs = &report.costs;
    let Shortfall {
        notional,
        delay,
        slippage,
        fees,
        opportunity,
        total,
    } = costs.shortfall;
    let mut table = Table::new([
        ("", Align::Left),
        ("currency", Align::Decimal),
        ("bp", Align::Decimal),
        ("", Align::Left),
    ]);
    let missing = match costs.commissions_missing {
        0 => "commissions".to_owned(),
        missing => format!("commissions; of {} not said yet", count(missing, "fill")),
    };
    let is_left = report
        .parents
        .iter()
        .any(|parent| parent.left.is_positive());
    let later = match opportunity {
        _ if !is_left => "nothing",
        Some(_) => "decision → where a later run met the market",
        None => "not known until a later run meets its market",
    };
    let of = notional.map_or_else(
        || "of what was decided; its value is not known".to_owned(),
        |notional| format!("of {} decided", money(notional)),
    );
    for (name, cost, what) in [
        ("delay", delay, "decision → arrival"),
        ("slippage", slippage, "arrival → fills"),
        ("fees", Some(fees), missing.as_str()),
        ("left undone", opportunity, later),
        ("shortfall", total, of.as_str()),
    ] {
        let cash = cost.map_or(UNKNOWN.to_owned(), |cost| signed_money(cost.cash));
        table.row([name.to_owned(), cash, bp(cost), what.to_owned()]);
    }
    table.to_string()
}

/// The same in one line, for the end of a run: `+7.7 bp = delay +5.6 + slippage +1.5 + …`. `None`
/// where nothing was ordered.
pub fn shortfall_line(shortfall: &Shortfall, commissions_missing: usize) -> Option<String> {
    let notional = shortfall.notional;
    if notional.is_some_and(Money::is_zero) {
        return None;
    }
    let part = |name: &str, cost| format!("{name} {}", bp(cost));
    let parts = [
        part("delay", shortfall.delay),
        part("slippage", shortfall.slippage),
        part("fees", Some(shortfall.fees)),
        part("undone", shortfall.opportunity),
    ];
    let total = shortfall.total.map_or("not known yet".to_owned(), |_| {
        format!("{} bp", bp(shortfall.total))
    });
    let missing = match commissions_missing {
        0 => String::new(),
        missing => format!("; commissions of {} not said yet", count(missing, "fill")),
    };
    Some(format!("{total}: {}{missing}", parts.join(" · ")))
}
