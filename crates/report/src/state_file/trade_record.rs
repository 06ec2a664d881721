//! One execution under the keys of pwb-toolbox's trade record.
//!
//! There a record is an attempt (an order, filled or not), and `entry`, `exit` and `return` are
//! always null. Here a record is an execution that stands, and they are filled in so that every
//! figure of the monitoring report means something:
//! - `quantity` = `filled`, `price` the order's limit (null for a market order), `avg_fill_price`
//!   the price of the execution, `direction` the side (`long` for a buy, also when it closes);
//! - `entry` is when it traded, `entry_price` at what, `model_entry_price` the mid at which its
//!   parent met the market (the close that decided, when it saw none), `signal_time` when the parent could begin: so "entry slippage" is
//!   slippage against arrival (positive is worse there), and "latency" the time from the decision;
//! - `return` is what there is to say of its success. An execution that closes a position has the
//!   return on its average cost (`"realised"`), and `exit` is when it traded. One that opens is
//!   marked (`"marked"`), and `exit` is when the run was marked; at the close that decided, or at
//!   the arrival mid in a plan that needs no closes.
//!
//! Beside them stand `arrival_price`, `decision_price`, `slippage` and `slippage_bp` (above zero is
//! a cost), `fee`, `exec_id`, `parent`, and who got it under `sleeves`.

use std::collections::BTreeMap;

use polyfolio_model::{OrdType, Price, Qty, Side, Ts, convert};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::{float, money, time};
use crate::cost_basis::{TradeKey, closing_return};
use crate::run_report::{RunReport, Trade};

/// The execution as a record.
pub(super) fn record(
    trade: &Trade,
    report: &RunReport,
    closed: &BTreeMap<TradeKey, Option<Price>>,
) -> Value {
    let outcome = outcome(trade, report, closed);
    let (is_buy, arrival) = (trade.side == Side::Buy, price(trade.arrival));
    let slippage = trade.slippage;
    json!({
        "timestamp": time(trade.time),
        "ib_timestamp": time(trade.reported.unwrap_or(trade.time)),
        "symbol": trade.symbol,
        "action": trade.side,
        "quantity": quantity(trade.quantity),
        "price": price(trade.ord_type.limit()),
        "order_id": trade.cl_ord_id,
        "status": trade.status,
        "filled": quantity(trade.quantity),
        "avg_fill_price": price(Some(trade.price)),
        "entry": time(trade.time),
        "exit": outcome.at.map(time),
        "return": outcome.ratio.map_or(Value::Null, |ratio| float(convert::float(ratio))),
        "return_basis": outcome.basis,
        "direction": if is_buy { "long" } else { "short" },
        "order_type": order_type(trade.ord_type),
        "entry_price": price(Some(trade.price)),
        "model_entry_price": price(trade.arrival.or(trade.decision_price)),
        "signal_time": time(trade.signal),
        "arrival_price": arrival,
        "decision_price": price(trade.decision_price),
        "slippage": money(slippage.map(|slippage| slippage.cash)),
        "slippage_bp": slippage.map_or(Value::Null, |slippage| float(slippage.bp)),
        "fee": money(Some(trade.fee)),
        "exec_id": trade.exec_id,
        "parent": trade.parent,
        "sleeves": sleeves(trade),
    })
}

/// IB's words, which pwb-toolbox has.
fn order_type(ord_type: OrdType) -> &'static str {
    match ord_type {
        OrdType::Market => "MKT",
        OrdType::Limit(_) => "LMT",
        OrdType::Stop(_) => "STP",
        OrdType::StopLimit { .. } => "STP LMT",
    }
}

/// How well a trade did, by which measure, and when that was seen.
struct Outcome {
    basis: Option<&'static str>,
    ratio: Option<Decimal>,
    at: Option<Ts>,
}

fn outcome(
    trade: &Trade,
    report: &RunReport,
    closed: &BTreeMap<TradeKey, Option<Price>>,
) -> Outcome {
    let signed = trade.side.signed(trade.quantity);
    let key = (trade.cl_ord_id, trade.exec_id.clone());
    let (basis, ratio, at) = match (closed.get(&key), trade.decision_price.or(trade.arrival)) {
        (Some(cost), _) => {
            let ratio = cost.and_then(|cost| closing_return(signed, trade.price, cost));
            ("realised", ratio, trade.time)
        }
        // Marking is closing at the close, seen from the other side.
        (None, Some(close)) => {
            let seen = report.marked.or(report.end).unwrap_or(trade.time);
            ("marked", closing_return(-signed, close, trade.price), seen)
        }
        (None, None) => {
            return Outcome {
                basis: None,
                ratio: None,
                at: None,
            };
        }
    };
    Outcome {
        basis: Some(basis),
        ratio,
        at: Some(at),
    }
}

fn sleeves(trade: &Trade) -> Value {
    let part = |(sleeve, part): (&polyfolio_model::SleeveId, &crate::run_report::SleevePart)| {
        let entry = json!({ "fee": money(Some(part.fee)), "quantity": quantity(part.quantity) });
        (sleeve.to_string(), entry)
    };
    Value::Object(trade.sleeves.iter().map(part).collect::<Map<_, _>>())
}

fn quantity(amount: Qty) -> Value {
    float(convert::qty_f64(amount))
}

fn price(of: Option<Price>) -> Value {
    of.map_or(Value::Null, |price| float(convert::price_f64(price)))
}
