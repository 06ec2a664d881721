//! What outlives every connection: the orders, their executions, and which order ids are used.

use std::collections::BTreeMap;

use polyfolio_model::{Amend, ClOrdId, RequestId, Ts};

use super::holdings::Holdings;
use super::order::{Entry, Status, Terms};
use crate::tws::messages::{CommissionAndFeesReport, Execution};
use polyfolio_model::{Money, Qty};

/// Orders by their number, and whose they are.
#[derive(Clone, Debug)]
pub(super) struct Ledger {
    pub(super) holdings: Holdings,
    /// Every execution, oldest first.
    pub(super) executions: Vec<Executed>,
    orders: BTreeMap<u32, Entry>,
    /// The last order of a client's id.
    numbers: BTreeMap<(i32, i32), u32>,
    /// The highest order id that a client has used.
    used: BTreeMap<i32, i32>,
    asked: BTreeMap<RequestId, Asked>,
    requests: u64,
}

/// An execution and what it cost, with what a filter asks for.
#[derive(Clone, Debug)]
pub(super) struct Executed {
    pub(super) time: Ts,
    pub(super) stock: usize,
    pub(super) execution: Execution,
    pub(super) cost: CommissionAndFeesReport,
}

/// What the market was asked to do with an order.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asked {
    Cancel,
    Amend(Amend),
}

impl Ledger {
    pub(super) fn new(holdings: Holdings) -> Self {
        Self {
            holdings,
            executions: Vec::new(),
            orders: BTreeMap::new(),
            numbers: BTreeMap::new(),
            used: BTreeMap::new(),
            asked: BTreeMap::new(),
            requests: 0,
        }
    }

    /// The first id that a client has not used.
    pub(super) fn next_order_id(&self, client_id: i32) -> i32 {
        self.used
            .get(&client_id)
            .map_or(1, |used| used.saturating_add(1))
    }

    /// An id counts as used once an order came with it that was looked at.
    pub(super) fn uses(&mut self, client_id: i32, order_id: i32) {
        let used = self.used.entry(client_id).or_default();
        *used = (*used).max(order_id);
    }

    /// Enters an order.
    pub(super) fn enter(&mut self, client_id: i32, order_id: i32, terms: Terms) -> &Entry {
        let number = self.orders.len() as u32 + 1;
        self.numbers.insert((client_id, order_id), number);
        let entry = Entry {
            number,
            client_id,
            order_id,
            terms,
            status: Status::PendingSubmit,
            filled: Qty::ZERO,
            value: Money::ZERO,
            last_px: None,
            fees: Money::ZERO,
            ended: None,
        };
        self.orders.entry(number).or_insert(entry)
    }

    /// A client's order by its id.
    pub(super) fn of_client(&self, client_id: i32, order_id: i32) -> Option<&Entry> {
        self.orders.get(self.numbers.get(&(client_id, order_id))?)
    }

    /// An order by the market's name for it.
    pub(super) fn order(&self, id: ClOrdId) -> Option<&Entry> {
        self.orders.get(&id.child)
    }

    /// The same, to change it.
    pub(super) fn order_mut(&mut self, id: ClOrdId) -> Option<&mut Entry> {
        self.orders.get_mut(&id.child)
    }

    /// All orders, oldest first.
    pub(super) fn orders(&self) -> impl Iterator<Item = &Entry> {
        self.orders.values()
    }

    /// Remembers what is asked of the market, under a number of its own.
    pub(super) fn ask(&mut self, asked: Asked) -> RequestId {
        self.requests += 1;
        let request = RequestId(self.requests);
        self.asked.insert(request, asked);
        request
    }

    /// What was asked, once it is answered.
    pub(super) fn answered(&mut self, request: RequestId) -> Option<Asked> {
        self.asked.remove(&request)
    }
}
