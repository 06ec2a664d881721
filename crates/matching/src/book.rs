//! The fold of a tape: every order for ever, every fill, and the account.
//!
//! [`Book::apply`] is the only way it changes, whether the venue lives or a tape is read again.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use polyfolio_model::{
    ClOrdId, ExecKind, ExecutionReport, Fill, InstrumentId, Money, NewOrder, OrdStatus, OrdType,
    OrderFacts, Qty, RejectReason, Side, Span, Ts, VenueOrderId,
};

use crate::fees::Traded;
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

/// One order, open or done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderRecord {
    /// Its terms as they stand now.
    pub order: NewOrder,
    /// The venue's id; a refused order has none.
    pub venue_id: Option<VenueOrderId>,
    /// Counted from 1 among the accepted orders; 0 for a refused one.
    pub number: u64,
    /// How it stands.
    pub status: OrdStatus,
    /// How much has filled.
    pub cum_qty: Qty,
    /// Σ quantity × price of its fills.
    pub cum_value: Money,
    /// What it has cost.
    pub fees: Money,
    /// When the venue took or refused it.
    pub entered: Ts,
    /// When its own terms or fills last changed.
    pub since: Ts,
    /// How often they have changed.
    pub revision: u64,
    /// What the account had traded in the month before its first fill.
    month: Qty,
    /// Places in the list of fills.
    fills: Vec<usize>,
    refusal: Option<(RejectReason, String)>,
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

/// An account that is not the sum of its fills.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BookBreak {
    /// Cash is not opening cash less what was paid.
    #[error("cash is {have}, the fills add up to {expect}")]
    Cash {
        /// The account's.
        have: Money,
        /// The sum.
        expect: Money,
    },
    /// Fees are not the sum of the fills' fees.
    #[error("fees are {have}, the fills add up to {expect}")]
    Fees {
        /// The account's.
        have: Money,
        /// The sum.
        expect: Money,
    },
    /// Positions are not the opening ones and the fills.
    #[error("the positions are not those that the fills add up to")]
    Positions,
    /// An order's filled quantity is not the sum of its fills, or beyond the order.
    #[error("order {0} has filled {1} of {2}, which its fills do not say")]
    Order(ClOrdId, Qty, Qty),
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
                let mut record = OrderRecord::new(order, event.time);
                record.venue_id = Some(venue_id.clone());
                record.number = self.accepted;
                self.orders.insert(order.cl_ord_id, record);
            }
            Happening::Rejected {
                order,
                reason,
                text,
            } => {
                // A duplicate's refusal says nothing of the order that has the id.
                let record = self.orders.entry(order.cl_ord_id);
                record.or_insert_with(|| OrderRecord {
                    status: OrdStatus::Rejected,
                    refusal: Some((*reason, text.clone())),
                    ..OrderRecord::new(order, event.time)
                });
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

    /// What an order says of itself when asked: again New or Rejected, each trade under its own
    /// id, the end if it has one, and how much has filled. Empty for an unknown order: that is not
    /// evidence, and a venue does not pretend it is.
    pub fn restate(&self, cl_ord_id: ClOrdId, now: Ts) -> Vec<ExecutionReport> {
        let Some(record) = self.orders.get(&cl_ord_id) else {
            return Vec::new();
        };
        let mut kinds = Vec::new();
        match &record.refusal {
            Some((reason, text)) => kinds.push((
                record.entered,
                ExecKind::Rejected {
                    reason: *reason,
                    text: text.clone(),
                },
            )),
            None => kinds.push((record.entered, ExecKind::New)),
        }
        let fills = record
            .fills
            .iter()
            .filter_map(|place| self.fills.get(*place));
        kinds.extend(fills.map(|booked| (booked.time, ExecKind::Trade(booked.fill.clone()))));
        let cum_qty = record.cum_qty;
        kinds.extend(record.end().map(|kind| (record.since, kind)));
        kinds.push((now, ExecKind::Status { cum_qty }));
        let report = |(time, kind)| ExecutionReport {
            cl_ord_id,
            venue_id: record.venue_id.clone(),
            time,
            kind,
        };
        kinds.into_iter().map(report).collect()
    }

    /// Whether the account is the sum of its fills, and every order of its own.
    pub fn audit(&self) -> Result<(), BookBreak> {
        let mut sum = self.opening.clone();
        let mut by_order: BTreeMap<ClOrdId, Qty> = BTreeMap::new();
        for booked in &self.fills {
            sum.book(&booked.instrument, booked.side, &booked.fill, booked.time);
            *by_order.entry(booked.cl_ord_id).or_default() += booked.fill.last_qty;
        }
        let (have, expect) = (self.account.cash, sum.cash);
        if have != expect {
            return Err(BookBreak::Cash { have, expect });
        }
        let (have, expect) = (self.account.fees, sum.fees);
        if have != expect {
            return Err(BookBreak::Fees { have, expect });
        }
        if self.account.positions != sum.positions {
            return Err(BookBreak::Positions);
        }
        for (id, record) in &self.orders {
            let filled = by_order.get(id).copied().unwrap_or_default();
            let total = record.order.order_qty;
            if filled != record.cum_qty || filled > total.max(Qty::ZERO) {
                return Err(BookBreak::Order(*id, record.cum_qty, total));
            }
        }
        Ok(())
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
        if record.fills.is_empty() {
            record.month = self.account.month_shares(time);
        }
        record.fills.push(self.fills.len());
        record.cum_qty += fill.last_qty;
        record.cum_value += fill.last_px * fill.last_qty;
        record.fees += fill.fee.unwrap_or_default();
        record.status = record.working_status();
        record.touch(time);
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

impl OrderRecord {
    /// Whether it can still trade.
    pub fn is_open(&self) -> bool {
        matches!(self.status, OrdStatus::New | OrdStatus::PartiallyFilled)
    }

    /// How much can still trade.
    pub fn leaves_qty(&self) -> Qty {
        if self.is_open() {
            self.order.order_qty - self.cum_qty
        } else {
            Qty::ZERO
        }
    }

    /// As a broker's list shows it.
    pub fn facts(&self) -> OrderFacts {
        let refused = || VenueOrderId::new(format!("refused-{}", self.order.cl_ord_id));
        OrderFacts {
            cl_ord_id: Some(self.order.cl_ord_id),
            venue_id: self.venue_id.clone().unwrap_or_else(refused),
            instrument: self.order.instrument.clone(),
            side: self.order.side,
            order_qty: self.order.order_qty,
            cum_qty: self.cum_qty,
            status: self.status,
            price: self.order.ord_type.limit(),
        }
    }

    /// What it will have traded after one more execution; `month` is the account's so far.
    pub(crate) fn traded_with(&self, quantity: Qty, value: Money, month: Qty) -> Traded {
        Traded {
            side: self.order.side,
            quantity: self.cum_qty + quantity,
            value: self.cum_value + value,
            month: if self.fills.is_empty() {
                month
            } else {
                self.month
            },
        }
    }

    fn new(order: &NewOrder, time: Ts) -> Self {
        Self {
            order: order.clone(),
            venue_id: None,
            number: 0,
            status: OrdStatus::New,
            cum_qty: Qty::ZERO,
            cum_value: Money::ZERO,
            fees: Money::ZERO,
            entered: time,
            since: time,
            revision: 0,
            month: Qty::ZERO,
            fills: Vec::new(),
            refusal: None,
        }
    }

    fn working_status(&self) -> OrdStatus {
        match self.cum_qty {
            cum if cum >= self.order.order_qty => OrdStatus::Filled,
            cum if cum.is_zero() => OrdStatus::New,
            _ => OrdStatus::PartiallyFilled,
        }
    }

    fn end(&self) -> Option<ExecKind> {
        let cum_qty = Some(self.cum_qty);
        match self.status {
            OrdStatus::Canceled => Some(ExecKind::Canceled {
                request: None,
                cum_qty,
            }),
            OrdStatus::Expired => Some(ExecKind::Expired { cum_qty }),
            _ => None,
        }
    }

    fn touch(&mut self, time: Ts) {
        self.since = time;
        self.revision += 1;
    }
}
