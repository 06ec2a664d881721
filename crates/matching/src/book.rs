//! The fold of a tape: the account, every order that is open, and the last that were, with their
//! fills.
//!
//! [`Book::apply`] is the only way it changes, whether the venue lives or a tape is read again.

mod audit;
mod forget;
mod order_record;
mod restate;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chrono::NaiveDate;
use polyfolio_model::{ClOrdId, Fill, InstrumentId, OrdStatus, Side, Span, Ts};

pub use audit::BookBreak;
pub use forget::DONE_MAX;
pub use order_record::OrderRecord;

use crate::{Account, Happening, MarketSet, Start, TapeEvent};

/// Orders, fills and account, as the tape tells them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Book {
    /// The account.
    pub account: Account,
    opening: Account,
    opened: bool,
    orders: BTreeMap<ClOrdId, OrderRecord>,
    /// The open ones of them, by acceptance.
    open: BTreeMap<u64, ClOrdId>,
    /// The others, in the order they ended.
    done: VecDeque<ClOrdId>,
    /// Ids of orders that are forgotten: none of them is taken again.
    forgotten: BTreeSet<ClOrdId>,
    /// When the last one of them had ended.
    lists_from: Option<Ts>,
    fills: VecDeque<BookedFill>,
    /// How many fills are forgotten, and the account they add up to.
    fills_before: usize,
    account_before: Account,
    accepted: u64,
    date: Option<NaiveDate>,
    starts: BTreeMap<InstrumentId, PathStart>,
    last_time: Option<Ts>,
}

/// One execution and what it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookedFill {
    /// Which order.
    pub cl_ord_id: ClOrdId,
    /// What.
    pub instrument: InstrumentId,
    /// Which way.
    pub side: Side,
    /// When.
    pub time: Ts,
    /// The execution.
    pub fill: Fill,
}

/// All that an instrument's price path depends on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PathStart {
    pub(crate) time: Ts,
    pub(crate) seed: u64,
    pub(crate) interval: Span,
    pub(crate) start: Start,
}

impl Book {
    /// Takes in one event of the tape.
    pub fn apply(&mut self, event: &TapeEvent) {
        self.last_time = self.last_time.max(Some(event.time));
        match &event.what {
            Happening::Opened { cash, positions } => {
                self.opening = Account::new(*cash, positions);
                self.account = self.opening.clone();
                self.account_before = self.opening.clone();
                self.opened = true;
            }
            Happening::Market(set) => self.market(event.time, set),
            Happening::Accepted { order, venue_id } => {
                self.accepted += 1;
                let (id, number) = (order.cl_ord_id, self.accepted);
                let record = OrderRecord::accepted(order, venue_id, number, event.time);
                self.orders.insert(id, record);
                self.open.insert(number, id);
            }
            Happening::Rejected {
                order,
                reason,
                text,
            } => {
                // A duplicate's refusal says nothing of the order that has the id.
                let id = order.cl_ord_id;
                if !self.knows(id) {
                    let refused = OrderRecord::refused(order, *reason, text, event.time);
                    self.orders.insert(id, refused);
                    self.end(id);
                }
            }
            Happening::Triggered { order } => {
                let at = event.time;
                self.change(order.cl_ord_id, at, |r| r.triggered = Some(at));
            }
            Happening::Traded { order, fill } => self.traded(event.time, order.cl_ord_id, fill),
            Happening::Canceled { order, .. } => {
                self.change(order.cl_ord_id, event.time, |r| {
                    r.status = OrdStatus::Canceled
                });
            }
            Happening::Expired { order, .. } => {
                self.change(order.cl_ord_id, event.time, |r| {
                    r.status = OrdStatus::Expired
                });
            }
            Happening::Replaced {
                order,
                order_qty,
                ord_type,
                ..
            } => self.change(order.cl_ord_id, event.time, |record| {
                record.order.order_qty = *order_qty;
                record.order.ord_type = *ord_type;
                record.status = record.working_status();
            }),
            Happening::CancelRejected { .. } => {}
        }
    }

    /// Whether an order of this id was ever taken or refused.
    pub fn knows(&self, cl_ord_id: ClOrdId) -> bool {
        self.orders.contains_key(&cl_ord_id) || self.forgotten.contains(&cl_ord_id)
    }

    /// From when on every order that ended is listed; `None` while none is forgotten.
    pub fn lists_from(&self) -> Option<Ts> {
        self.lists_from
    }

    /// An order by its owner's id, unless it is forgotten.
    pub fn order(&self, cl_ord_id: ClOrdId) -> Option<&OrderRecord> {
        self.orders.get(&cl_ord_id)
    }

    /// Every order that is open, and the last [`DONE_MAX`] that were, by id.
    pub fn orders(&self) -> impl Iterator<Item = &OrderRecord> {
        self.orders.values()
    }

    /// The orders that can still trade, in the order of their acceptance.
    pub fn open_orders(&self) -> impl Iterator<Item = &OrderRecord> {
        self.open.values().filter_map(|id| self.orders.get(id))
    }

    /// The executions of orders that are not forgotten, oldest first; some older ones may stand
    /// between them.
    pub fn fills(&self) -> &VecDeque<BookedFill> {
        &self.fills
    }

    /// How many executions there ever were.
    pub fn executions(&self) -> usize {
        self.fills_before + self.fills.len()
    }

    /// Whether the account exists.
    pub fn is_opened(&self) -> bool {
        self.opened
    }

    /// What the account began with.
    pub fn opening(&self) -> &Account {
        &self.opening
    }

    /// The market date.
    pub fn market_date(&self) -> Option<NaiveDate> {
        self.date
    }

    /// The time of the last event.
    pub fn last_time(&self) -> Option<Ts> {
        self.last_time
    }

    /// How many orders were accepted.
    pub fn accepted(&self) -> u64 {
        self.accepted
    }

    pub(crate) fn starts(&self) -> &BTreeMap<InstrumentId, PathStart> {
        &self.starts
    }

    fn market(&mut self, time: Ts, set: &MarketSet) {
        self.date = Some(set.date);
        for start in &set.starts {
            let path = PathStart {
                time,
                seed: set.seed,
                interval: set.interval,
                start: start.clone(),
            };
            self.starts.insert(start.instrument.clone(), path);
        }
    }

    fn traded(&mut self, time: Ts, cl_ord_id: ClOrdId, fill: &Fill) {
        let Some(record) = self.orders.get_mut(&cl_ord_id) else {
            return;
        };
        let month = self.account.month_shares(time);
        record.trade(fill, self.fills_before + self.fills.len(), month, time);
        let is_done = !record.is_open();
        let (instrument, side) = (&record.order.instrument, record.order.side);
        self.account.book(instrument, side, fill, time);
        self.fills.push_back(BookedFill {
            cl_ord_id,
            instrument: instrument.clone(),
            side,
            time,
            fill: fill.clone(),
        });
        if is_done {
            self.end(cl_ord_id);
        }
    }

    fn change(&mut self, id: ClOrdId, time: Ts, change: impl FnOnce(&mut OrderRecord)) {
        if let Some(record) = self.orders.get_mut(&id) {
            let was_open = record.is_open();
            change(record);
            record.touch(time);
            if was_open && !record.is_open() {
                self.end(id);
            }
        }
    }
}
