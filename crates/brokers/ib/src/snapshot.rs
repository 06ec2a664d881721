//! IB's lists as one snapshot. Pure.
//!
//! Open orders, executions and positions are independent: what cannot be read in one of them makes
//! the whole a failure, never a shorter list. A value that IB does not tell is absent, never zero.

use std::collections::BTreeMap;

use ibapi::orders::{Action, Order, OrderData, OrderStatusKind};
use polyfolio_model::{
    ClOrdId, Currency, Money, OrdStatus, OrderFacts, Qty, Side, Ts, VenueOrderId, convert,
};
use polyfolio_ports::{AccountFill, Snapshot, SnapshotFailed};

use crate::blotter;
use crate::directory::Directory;
use crate::exec_id::Correction;
use crate::lists::Lists;
use crate::times::Zone;

/// Whose snapshot it is, and of when.
#[derive(Debug)]
pub(crate) struct Account<'a> {
    pub(crate) name: &'a str,
    pub(crate) base_currency: &'a Currency,
    pub(crate) zone: Zone,
    /// The gateway's time when the first list was asked for.
    pub(crate) begun: Ts,
}

/// Our id of an order, when it carries one.
pub(crate) fn cl_ord_id(order: &Order) -> Option<ClOrdId> {
    order.order_ref.parse().ok()
}

/// Puts the lists together.
pub(crate) fn assemble(
    lists: &Lists,
    directory: &Directory,
    account: &Account<'_>,
) -> Result<Snapshot, SnapshotFailed> {
    Ok(Snapshot {
        orders: orders(lists, directory, account)?,
        fills: fills(lists, directory, account)?,
        positions: positions(lists, directory, account)?,
        cash: value(lists, account, "TotalCashValue")?,
        nav: value(lists, account, "NetLiquidation")?.filter(|nav| !nav.is_zero()),
        // Both lists are of the gateway's current day.
        reaches_back_to: Some(account.zone.midnight(account.begun)),
    })
}

/// Orders that are done take the place of what the list of open ones said before.
fn orders(
    lists: &Lists,
    directory: &Directory,
    account: &Account<'_>,
) -> Result<Vec<OrderFacts>, SnapshotFailed> {
    let is_ours = |data: &&OrderData| {
        let named = data.order.account.as_str();
        named.is_empty() || named == account.name
    };
    let mut orders: BTreeMap<VenueOrderId, OrderFacts> = BTreeMap::new();
    for data in lists.open.iter().filter(is_ours) {
        let facts = open_facts(data, filled(lists, data), directory)?;
        orders.insert(facts.venue_id.clone(), facts);
    }
    for data in lists.completed.iter().filter(is_ours) {
        let facts = done_facts(data, directory)?;
        orders.insert(facts.venue_id.clone(), facts);
    }
    Ok(orders.into_values().collect())
}

/// How much of an open order has filled: the most that any row says.
pub(crate) fn filled(lists: &Lists, data: &OrderData) -> Qty {
    let order = &data.order;
    let same = lists.statuses.iter().filter(|status| match order.perm_id {
        0 => (status.client_id, status.order_id) == (order.client_id, data.order_id),
        perm_id => status.perm_id == perm_id,
    });
    let told = same.filter_map(|status| convert::qty(status.filled));
    let own = convert::qty(order.filled_quantity).unwrap_or_default();
    told.fold(own, Qty::max)
}

fn open_facts(
    data: &OrderData,
    cum_qty: Qty,
    directory: &Directory,
) -> Result<OrderFacts, SnapshotFailed> {
    use OrderStatusKind as S;
    let status = match &data.order_state.status {
        S::ApiPending | S::PendingSubmit => OrdStatus::PendingNew,
        S::PreSubmitted | S::Submitted if cum_qty.is_positive() => OrdStatus::PartiallyFilled,
        S::PreSubmitted | S::Submitted => OrdStatus::New,
        S::PendingCancel => OrdStatus::PendingCancel,
        S::Cancelled | S::ApiCancelled => OrdStatus::Canceled,
        S::Filled => OrdStatus::Filled,
        // It is listed as open, so it may work again.
        S::Inactive => OrdStatus::Suspended,
        S::Unknown(word) => return Err(unreadable(data, &format!("status {word:?}"))),
    };
    let order_qty = quantity(data, data.order.total_quantity)?;
    facts(data, order_qty, cum_qty, status, directory)
}

/// The quantity of an order that is done is the part that did not fill.
pub(crate) fn done_facts(
    data: &OrderData,
    directory: &Directory,
) -> Result<OrderFacts, SnapshotFailed> {
    use OrderStatusKind as S;
    let status = match &data.order_state.status {
        S::Filled => OrdStatus::Filled,
        S::Cancelled | S::ApiCancelled => OrdStatus::Canceled,
        S::Inactive => OrdStatus::Rejected,
        other => {
            return Err(unreadable(
                data,
                &format!("status {other:?} of a done order"),
            ));
        }
    };
    let cum_qty = quantity(data, data.order.filled_quantity)?;
    let order_qty = quantity(data, data.order.total_quantity)? + cum_qty;
    facts(data, order_qty, cum_qty, status, directory)
}

fn facts(
    data: &OrderData,
    order_qty: Qty,
    cum_qty: Qty,
    status: OrdStatus,
    directory: &Directory,
) -> Result<OrderFacts, SnapshotFailed> {
    let order = &data.order;
    let session_id = || VenueOrderId::new(format!("{}/{}", order.client_id, data.order_id));
    let limit = order
        .limit_price
        .filter(|_| order.order_type.contains("LMT") || order.order_type == "LOC");
    let trigger = order
        .aux_price
        .filter(|_| order.order_type.starts_with("STP"));
    Ok(OrderFacts {
        cl_ord_id: cl_ord_id(order),
        venue_id: blotter::venue_id(order.perm_id).unwrap_or_else(session_id),
        instrument: directory.name(&data.contract),
        side: side(order.action),
        order_qty,
        cum_qty,
        status,
        price: limit.and_then(convert::price),
        trigger: trigger.and_then(convert::price),
    })
}

fn side(action: Action) -> Side {
    match action {
        Action::Buy => Side::Buy,
        Action::Sell | Action::SellShort | Action::SellLong => Side::Sell,
    }
}

fn quantity(data: &OrderData, value: f64) -> Result<Qty, SnapshotFailed> {
    // A quantity that is not told is the greatest number there is.
    let value = if value == f64::MAX { 0.0 } else { value };
    let qty = convert::qty(value).filter(|qty| !qty.is_negative());
    qty.ok_or_else(|| unreadable(data, &format!("quantity {value}")))
}

fn unreadable(data: &OrderData, what: &str) -> SnapshotFailed {
    let (order_ref, perm_id) = (&data.order.order_ref, data.order.perm_id);
    SnapshotFailed(format!("IB's order {perm_id} ({order_ref:?}) has {what}"))
}

fn fills(
    lists: &Lists,
    directory: &Directory,
    account: &Account<'_>,
) -> Result<Vec<AccountFill>, SnapshotFailed> {
    let mut fills: BTreeMap<String, (u32, AccountFill)> = BTreeMap::new();
    for data in &lists.executions {
        let execution = &data.execution;
        if execution.account_number != account.name {
            continue;
        }
        let odd = || {
            let id = &execution.execution_id;
            SnapshotFailed(format!("IB's execution {id:?} cannot be read"))
        };
        let mut fill = blotter::fill(data).ok_or_else(odd)?;
        let correction = Correction::read(&execution.execution_id);
        let fees = lists.commissions.iter().rev();
        let mut fees = fees.filter(|fee| fee.execution_id == execution.execution_id);
        let fee = fees.find(|fee| is_base(&fee.currency, account.base_currency));
        fill.fee = fee.and_then(|fee| convert::money(fee.commission));
        let listed = AccountFill {
            cl_ord_id: execution.order_reference.parse().ok(),
            instrument: directory.name(&data.contract),
            side: match execution.side {
                ibapi::orders::ExecutionSide::Bought => Side::Buy,
                ibapi::orders::ExecutionSide::Sold => Side::Sell,
            },
            time: account.zone.read(&execution.time).ok_or_else(odd)?,
            fill,
            replaces: correction.replaces(),
        };
        // An execution is listed with its corrections: the last one counts.
        let known = fills
            .get(&correction.base)
            .map_or(0, |(version, _)| *version);
        if correction.version > known {
            fills.insert(correction.base, (correction.version, listed));
        }
    }
    let mut fills: Vec<AccountFill> = fills.into_values().map(|(_, fill)| fill).collect();
    fills.sort_by(|a, b| (a.time, &a.fill.exec_id).cmp(&(b.time, &b.fill.exec_id)));
    Ok(fills)
}

fn is_base(currency: &str, base: &Currency) -> bool {
    currency.is_empty() || currency == base.as_str()
}

fn positions(
    lists: &Lists,
    directory: &Directory,
    account: &Account<'_>,
) -> Result<Vec<(polyfolio_model::InstrumentId, Qty)>, SnapshotFailed> {
    let mut positions = BTreeMap::new();
    for row in lists
        .positions
        .iter()
        .filter(|row| row.account == account.name)
    {
        let instrument = directory.name(&row.contract);
        let odd = || SnapshotFailed(format!("the position in {instrument} is {}", row.position));
        let held = convert::qty(row.position).ok_or_else(odd)?;
        positions.insert(instrument, held);
    }
    positions.retain(|_, held: &mut Qty| !held.is_zero());
    Ok(positions.into_iter().collect())
}

/// A value of the account in its base currency; absent when IB does not tell it.
fn value(lists: &Lists, account: &Account<'_>, tag: &str) -> Result<Option<Money>, SnapshotFailed> {
    let rows = lists.values.iter();
    let mut rows = rows.filter(|row| row.account == account.name && row.tag == tag);
    let Some(row) = rows.next() else {
        return Ok(None);
    };
    if !is_base(&row.currency, account.base_currency) {
        let (currency, base) = (&row.currency, account.base_currency);
        return Err(SnapshotFailed(format!(
            "IB tells {tag} in {currency}, and portfolio.base_currency is {base}: set it to {currency}"
        )));
    }
    // What is no number is not told.
    Ok(row.value.trim().parse().ok())
}

#[cfg(test)]
#[path = "snapshot_tests.rs"]
mod tests;
