//! The fold of a tape: every order for ever, every fill, and the account.
//!
//! [`Book::apply`] is the only way it changes, whether the venue lives or a tape is read again.

mod audit;
mod order_record;
mod restate;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use polyfolio_model::{ClOrdId, Fill, InstrumentId, OrdStatus, OrdType, Side, Span, Ts};

pub use audit::BookBreak;
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
    fills: Vec<BookedFill>,
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
                self.opened = true;
            }
            Happening::Market(set) => self.market(event.time, set),
            Happening::Accepted { order, venue_id } => {
                self.accepted += 1;
                let (id, number) = (order.cl_ord_id, self.accepted);
                let record = OrderRecord::accepted(order, venue_id, number, event.time);
                self.orders.insert(id, record);
            }
            Happening::Rejected {
                order,
                reason,
                text,
            } => {
                // A duplicate's refusal says nothing of the order that has the id.
                let record = self.orders.entry(order.cl_ord_id);
                record.or_insert_with(|| OrderRecord::refused(order, *reason, text, event.time));
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
                price,
                ..
            } => self.change(order.cl_ord_id, event.time, |record| {
                record.order.order_qty = *order_qty;
                record.order.ord_type = price.map_or(OrdType::Market, OrdType::Limit);
                record.status = record.working_status();
            }),
            Happening::CancelRejected { .. } => {}
        }
    }

    /// An order by its owner's id.
    pub fn order(&self, cl_ord_id: ClOrdId) -> Option<&OrderRecord> {
        self.orders.get(&cl_ord_id)
    }

    /// Every order there ever was, by id.
    pub fn orders(&self) -> impl Iterator<Item = &OrderRecord> {
        self.orders.values()
    }

    /// The orders that can still trade, in the order of their acceptance.
    pub fn open_orders(&self) -> Vec<&OrderRecord> {
        let mut open: Vec<_> = self.orders().filter(|r| r.is_open()).collect();
        open.sort_by_key(|record| record.number);
        open
    }

    /// Every execution, oldest first.
    pub fn fills(&self) -> &[BookedFill] {
        &self.fills
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
        record.trade(fill, self.fills.len(), month, time);
        let (instrument, side) = (&record.order.instrument, record.order.side);
        self.account.book(instrument, side, fill, time);
        self.fills.push(BookedFill {
            cl_ord_id,
            instrument: instrument.clone(),
            side,
            time,
            fill: fill.clone(),
        });
    }

    fn change(&mut self, id: ClOrdId, time: Ts, change: impl FnOnce(&mut OrderRecord)) {
        if let Some(record) = self.orders.get_mut(&id) {
            change(record);
            record.touch(time);
        }
    }
}
