//! What the gateway and the market behind it know, for whoever audits: the truth, whatever clients
//! were told.

use std::collections::BTreeMap;

use polyfolio_model::{ExecId, InstrumentId, Money, Price, Qty, Side, Ts};
use serde::Serialize;

use super::Fault;

/// Orders, executions and account as they are, and who is connected.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GatewayState {
    /// By the gateway's clock, which is right whatever it tells.
    pub time: Ts,
    /// How many messages came in on connections that have a name since the gateway began, those
    /// that were lost on it too.
    pub messages_heard: u64,
    /// How many of them were orders, new ones or new terms, taken or not; without what was lost in
    /// a silence.
    pub orders_heard: u64,
    /// Every order that is remembered, in the order of their permanent ids.
    pub orders: Vec<OrderState>,
    /// Every execution that is remembered, oldest first.
    pub executions: Vec<ExecutionState>,
    /// What the account holds at the market.
    pub positions: BTreeMap<InstrumentId, Qty>,
    /// The account's cash at the market.
    pub cash: Money,
    /// Who is connected.
    pub sessions: Vec<SessionState>,
    /// Faults that wait for their message or their moment.
    pub waiting: Vec<Fault>,
}

/// One order: what its client was told, and how it stands at the market.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OrderState {
    /// The order's own id.
    pub perm_id: i64,
    /// Whose.
    pub client_id: i32,
    /// The client's id for it.
    pub order_id: i32,
    /// The client's name for it.
    pub order_ref: Option<String>,
    /// What.
    pub symbol: String,
    /// Which way.
    pub side: Side,
    /// How much in all, at the market if it knows the order.
    pub quantity: Qty,
    /// How much traded, at the market.
    pub filled: Qty,
    /// The limit, at the market if it knows the order; none when it has none.
    pub limit: Option<Price>,
    /// As the gateway tells it.
    pub status: &'static str,
    /// Whether it can trade at the market, or is on the way there.
    pub works: bool,
}

/// One execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExecutionState {
    /// Its id, as clients are told.
    pub exec_id: ExecId,
    /// Of which order.
    pub perm_id: i64,
    /// The client's name for the order.
    pub order_ref: Option<String>,
    /// What.
    pub symbol: String,
    /// Which way.
    pub side: Side,
    /// How much.
    pub quantity: Qty,
    /// At which price.
    pub price: Price,
    /// When.
    pub time: Ts,
}

/// One connection that named itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SessionState {
    /// Counted over all connections.
    pub number: u64,
    /// Who.
    pub client_id: i32,
}
