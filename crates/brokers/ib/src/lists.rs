//! IB's lists: open orders, completed orders, executions, positions, values; each to its end or
//! not at all.

use std::time::Duration;

use ibapi::Client;
use ibapi::accounts::types::AccountGroup;
use ibapi::accounts::{AccountSummary, AccountSummaryResult, Position, PositionUpdate};
use ibapi::orders::{
    CommissionReport, ExecutionData, ExecutionFilter, Executions, OrderData, OrderStatus, Orders,
};
use ibapi::prelude::{StreamExt, SubscriptionItem};
use tokio::time::{Instant, timeout_at};

use crate::words::request_failed;

/// The library's number for messages that were lost on the way to us.
const MISSED: i32 = -6;

const TAGS: [&str; 2] = ["NetLiquidation", "TotalCashValue"];

/// How many messages asking for everything takes: five questions, and two subscriptions to end.
pub(crate) const MESSAGES: usize = 7;

/// Everything IB lists, of all accounts of the login.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    /// The last row of each order.
    pub(crate) open: Vec<OrderData>,
    /// How open orders stand.
    pub(crate) statuses: Vec<OrderStatus>,
    pub(crate) completed: Vec<OrderData>,
    pub(crate) executions: Vec<ExecutionData>,
    pub(crate) commissions: Vec<CommissionReport>,
    pub(crate) positions: Vec<Position>,
    pub(crate) values: Vec<AccountSummary>,
}

/// Asks for every list, one after the other: answers to questions about orders share a channel.
pub(crate) async fn ask(client: &Client, patience: Duration) -> Result<Lists, String> {
    let deadline = Instant::now() + patience;
    let mut lists = Lists::default();
    // Orders before executions: what fills in between is in both, not in neither.
    for row in read(deadline, "open orders", client.all_open_orders(), None).await? {
        match row {
            Orders::OrderData(data) => last_row(&mut lists.open, data),
            Orders::OrderStatus(status) => lists.statuses.push(status),
        }
    }
    let completed = client.completed_orders(false);
    for row in read(deadline, "completed orders", completed, None).await? {
        if let Orders::OrderData(data) = row {
            lists.completed.push(data);
        }
    }
    let executions = client.executions(ExecutionFilter::default());
    for row in read(deadline, "executions", executions, None).await? {
        match row {
            Executions::ExecutionData(data) => lists.executions.push(data),
            Executions::CommissionReport(report) => lists.commissions.push(report),
        }
    }
    let is_end: fn(&PositionUpdate) -> bool = |row| matches!(row, PositionUpdate::PositionEnd);
    for row in read(deadline, "positions", client.positions(), Some(is_end)).await? {
        if let PositionUpdate::Position(position) = row {
            lists.positions.push(position);
        }
    }
    let group = AccountGroup("All".to_owned());
    let is_end: fn(&AccountSummaryResult) -> bool = |r| matches!(r, AccountSummaryResult::End);
    let summary = client.account_summary(&group, &TAGS);
    for row in read(deadline, "account values", summary, Some(is_end)).await? {
        if let AccountSummaryResult::Summary(value) = row {
            lists.values.push(value);
        }
    }
    Ok(lists)
}

/// Live messages mix into a list; the last row of an order is the newest.
fn last_row(rows: &mut Vec<OrderData>, data: OrderData) {
    let key = |row: &OrderData| (row.order.perm_id, row.order.client_id, row.order_id);
    match rows.iter_mut().find(|row| key(row) == key(&data)) {
        Some(row) => *row = data,
        None => rows.push(data),
    }
}

/// Reads a list to its end: that of its stream, or the row that says so.
async fn read<T, S>(
    deadline: Instant,
    what: &str,
    asked: impl Future<Output = Result<S, ibapi::Error>>,
    is_end: Option<fn(&T) -> bool>,
) -> Result<Vec<T>, String>
where
    S: StreamExt<Item = Result<SubscriptionItem<T>, ibapi::Error>> + Unpin,
{
    let late = |_| format!("{what}: no complete answer in time");
    let fault = |fault| request_failed(what, &fault);
    let asked = timeout_at(deadline, asked).await.map_err(late)?;
    let mut stream = asked.map_err(fault)?;
    let mut rows = Vec::new();
    loop {
        match timeout_at(deadline, stream.next()).await.map_err(late)? {
            Some(Ok(SubscriptionItem::Data(row))) => match is_end {
                Some(is_end) if is_end(&row) => return Ok(rows),
                _ => rows.push(row),
            },
            Some(Ok(SubscriptionItem::Notice(notice))) if notice.code == MISSED => {
                return Err(format!("{what}: {}", notice.message));
            }
            Some(Ok(SubscriptionItem::Notice(_))) => {}
            Some(Err(error)) => return Err(fault(error)),
            None if is_end.is_none() => return Ok(rows),
            None => return Err(format!("{what}: it broke off before its end")),
        }
    }
}
