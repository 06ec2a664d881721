//! What outlives every connection: the orders, their executions, and which order ids are used.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use polyfolio_model::{Amend, ClOrdId, RequestId, Ts};

use super::holdings::Holdings;
use super::order::{Entry, Status, Terms};
use crate::tws::messages::{CommissionAndFeesReport, Execution};
use polyfolio_model::{Money, Qty};

/// For how many days executions are told, with today.
const EXECUTION_DAYS: i64 = 7;

/// Orders by their number, and whose they are.
#[derive(Clone, Debug)]
pub(super) struct Ledger {
    pub(super) holdings: Holdings,
    /// Every execution, oldest first.
    pub(super) executions: Vec<Executed>,
    orders: BTreeMap<u32, Entry>,
    last_number: u32,
    /// The day up to which all is forgotten that can be.
    forgotten: Option<NaiveDate>,
    /// The last order of a client's id.
    numbers: BTreeMap<(i32, i32), u32>,
    /// The highest order id that a client has used.
    used: BTreeMap<i32, i32>,
    /// How often the day was ended before its time.
    pub(super) midnights: u64,
    asked: BTreeMap<RequestId, Asked>,
    requests: u64,
}

/// An execution and what it cost, with what a filter asks for.
#[derive(Clone, Debug)]
pub(super) struct Executed {
    pub(super) time: Ts,
    /// The trading day.
    pub(super) day: NaiveDate,
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
            last_number: 0,
            forgotten: None,
            numbers: BTreeMap::new(),
            used: BTreeMap::new(),
            midnights: 0,
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

    /// The trading day.
    pub(super) fn today(&self, now: Ts) -> NaiveDate {
        let date = now.date();
        date.checked_add_days(Days::new(self.midnights))
            .unwrap_or(date)
    }

    /// Forgets the last ids that were used: they are given out again, and what had them has them
    /// no longer.
    pub(super) fn roll_back(&mut self, by: i32, client_id: Option<i32>) {
        for (client, used) in &mut self.used {
            if client_id.is_none_or(|id| id == *client) {
                *used = used.saturating_sub(by).max(0);
                let last = *used;
                self.numbers
                    .retain(|(of, id), _| of != client || *id <= last);
            }
        }
    }

    /// Enters an order.
    pub(super) fn enter(&mut self, client_id: i32, order_id: i32, terms: Terms) -> &Entry {
        let number = self.last_number + 1;
        self.enter_as(number, client_id, order_id, terms)
    }

    /// Enters an order under the number that it had.
    pub(super) fn enter_as(
        &mut self,
        number: u32,
        client_id: i32,
        order_id: i32,
        terms: Terms,
    ) -> &Entry {
        self.last_number = self.last_number.max(number);
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

    /// Remembers what an earlier process asked.
    pub(super) fn asked_before(&mut self, request: RequestId, asked: Asked) {
        self.requests = self.requests.max(request.0);
        self.asked.insert(request, asked);
    }

    /// When a day is over, what no list tells any more is forgotten: executions of more than a week
    /// ago, and orders that ended before yesterday; a fill may come late. Their ids stay used.
    pub(super) fn forget(&mut self, now: Ts) {
        let today = self.today(now);
        if self.forgotten == Some(today) {
            return;
        }
        self.forgotten = Some(today);
        self.executions
            .retain(|executed| (today - executed.day).num_days() < EXECUTION_DAYS);
        let days_ago = |day: NaiveDate| (today - day).num_days();
        let ended = |entry: &Entry| entry.ended.as_ref().map(|end| days_ago(end.day));
        let is_over = |entry: &Entry| ended(entry).is_some_and(|days| days > 1);
        self.orders.retain(|_, entry| !is_over(entry));
        let orders = &self.orders;
        self.numbers.retain(|_, number| orders.contains_key(number));
    }

    /// What was asked, once it is answered.
    pub(super) fn answered(&mut self, request: RequestId) -> Option<Asked> {
        self.asked.remove(&request)
    }
}
