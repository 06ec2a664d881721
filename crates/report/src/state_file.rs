//! `logs/<run>.json`: a run as pwb-toolbox writes its day down, so that its monitoring report
//! (`generate_monitoring_report`, 0.1.39) reads ours.
//!
//! The top level has its keys and no others; JSON numbers, sorted keys, two spaces. The parts of
//! it, where ours say more than theirs:
//! - `positions` are those before trading, `orders` signed; both, and the targets, are the plan's;
//! - `nav_history` is the whole history up to this run, not one entry;
//! - `trades` are executions, not attempts: see `trade_record`.
//!
//! What is not known is `null`; nothing is NaN. Times have one width, because pandas reads a column
//! in the format of its first row and drops what differs.

mod trade_record;

use std::collections::BTreeSet;

use chrono::SecondsFormat;
use polyfolio_model::{Money, Ts, convert};
use polyfolio_oms::Book;
use serde_json::{Map, Number, Value, json};

use crate::cost_basis::closed_costs;
use crate::run_report::RunReport;

/// The name of the file of a run, by its label.
pub fn file_name(label: &str) -> String {
    format!("{label}.json")
}

/// The state file of a run. The report is of this book's last run.
pub fn state_file(report: &RunReport, book: &Book) -> Value {
    let plan = book.run().map_or(&Value::Null, |run| &run.planned.plan);
    let symbols: BTreeSet<_> = report
        .trades
        .iter()
        .map(|trade| trade.symbol.clone())
        .collect();
    let closed = closed_costs(book, &symbols);
    let trades = report.trades.iter();
    json!({
        "account_nav_value": money(report.nav_after.or(report.nav_before)),
        "nav_history": nav_history(book),
        "orders": orders(&plan["orders"]),
        "positions": quantities(&plan["positions"]),
        "strategies_positions": per_sleeve(&plan["sleeves"]),
        "target_positions": quantities(&plan["targets"]),
        "timestamp": time(report.marked.or(report.end).unwrap_or(report.start)),
        "trades": trades.map(|trade| trade_record::record(trade, report, &closed)).collect::<Value>(),
    })
}

/// The text of the file: sorted keys, two spaces, a newline at the end.
pub fn to_text(mut state: Value) -> String {
    state.sort_all_objects();
    format!("{state:#}\n")
}

fn nav_history(book: &Book) -> Value {
    let entry = |(at, nav): (Ts, Money)| json!({ "account_nav_value": money(Some(nav)), "timestamp": time(at) });
    book.navs()
        .iter()
        .map(|nav| entry((nav.time, nav.account)))
        .collect()
}

/// The plan's orders as signed quantities by symbol.
fn orders(planned: &Value) -> Value {
    let signed = |order: &Value| {
        let quantity = order["quantity"].as_str()?;
        let sold = order["side"] == "SELL";
        let text = if sold {
            format!("-{quantity}")
        } else {
            quantity.to_owned()
        };
        Some((order["symbol"].as_str()?.to_owned(), number(&text)))
    };
    let listed = planned.as_array().into_iter().flatten();
    Value::Object(listed.filter_map(signed).collect())
}

/// A map of decimal strings as a map of numbers.
fn quantities(planned: &Value) -> Value {
    let entries = planned.as_object().into_iter().flatten();
    let quantity = |(symbol, text): (&String, &Value)| {
        (symbol.clone(), number(text.as_str().unwrap_or_default()))
    };
    Value::Object(entries.map(quantity).collect())
}

fn per_sleeve(planned: &Value) -> Value {
    let sleeves = planned.as_object().into_iter().flatten();
    let targets = sleeves.map(|(name, targets)| (name.clone(), quantities(targets)));
    Value::Object(targets.collect::<Map<_, _>>())
}

/// Decimal digits as the nearest double; `null` for what is no number.
fn number(text: &str) -> Value {
    text.parse().map_or(Value::Null, float)
}

fn float(value: f64) -> Value {
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

fn money(amount: Option<Money>) -> Value {
    amount.map_or(Value::Null, |amount| float(convert::money_f64(amount)))
}

/// ISO 8601 in UTC, always to the microsecond.
fn time(at: Ts) -> String {
    at.datetime().to_rfc3339_opts(SecondsFormat::Micros, false)
}
