//! Our orders as IB tells of them, message by message, made into reports.
//!
//! Pure. IB says one thing several times and in any order: a status and a notice of the same end,
//! an execution now and again with a list, its commission later. Here each fact becomes one report.
//! An order is found by its `orderRef`, then by IB's own id, and only then by the order id; what
//! does not fit together is a break, never a guess.

mod executions;
mod who;
mod working;

use std::collections::{BTreeMap, VecDeque};

use ibapi::orders::{ExecutionData, OrderData, OrderStatus, OrderStatusKind, OrderUpdate};
use polyfolio_model::{
    Amend, ClOrdId, Currency, ExecKind, ExecutionReport, Money, Qty, RequestId, Span, Ts,
    VenueOrderId, convert,
};

use crate::ids::Ids;
use crate::notice::{IbNotice, Level};
use crate::times::Zone;
use crate::wire_order::Terms;
use executions::Execution;
pub(crate) use executions::fill;
use who::{Found, Who};
pub(crate) use working::Answer;
use working::{Asked, Wait, Working};

/// How long the rest of what IB has to say of an event may take: the number behind an inactive
/// order, the status behind a cancel's notice, the executions behind a filled status.
const PATIENCE: Span = Span::from_secs(2);

/// How many executions are remembered, to know their corrections and their commissions.
const EXECUTIONS_MAX: usize = 50_000;

/// How many orders that have ended are remembered.
const ENDED_MAX: usize = 1_000;

/// What follows from something that was heard.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Heard {
    /// Tell the router.
    Report(ExecutionReport),
    /// Tell a person.
    Tell(IbNotice),
    /// IB's own id of an order.
    Perm(ClOrdId, i64),
    /// Our client has an order of ours under an id that may be news.
    OrderId(ClOrdId, i32),
    /// Somebody uses this order id.
    Seen(i32),
    /// Only the lists can tell how this order stands.
    Look(ClOrdId),
    /// The order was sent under an id that was used before.
    IdUsed(ClOrdId),
}

/// Whose orders these are, and by what clock.
#[derive(Clone, Debug, Default)]
pub(crate) struct Desk {
    pub(crate) client_id: i32,
    pub(crate) account: String,
    pub(crate) zone: Zone,
    pub(crate) base_currency: Option<Currency>,
}

/// When something is heard: for people, and for waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    /// The time of day.
    pub(crate) wall: Ts,
    /// A time that only runs forward, of any origin.
    pub(crate) host: Ts,
}

/// All orders of ours that anything was heard of in this life.
#[derive(Debug, Default)]
pub(crate) struct Blotter {
    pub(crate) desk: Desk,
    orders: BTreeMap<ClOrdId, Working>,
    ended: VecDeque<ClOrdId>,
    executions: BTreeMap<String, Execution>,
    executions_in_order: VecDeque<String>,
    /// Commissions whose execution has not come yet.
    early_fees: BTreeMap<String, Money>,
}

impl Blotter {
    /// An order is about to leave, for the first time or again.
    pub(crate) fn submitting(&mut self, id: ClOrdId, terms: Terms) {
        let order = self.orders.entry(id).or_default();
        order.terms = Some(terms);
        // Whatever was heard before: the answer to this one is evidence, and has to be told.
        (order.is_acked, order.is_pending_said) = (false, false);
    }

    /// A cancel is about to leave.
    pub(crate) fn cancelling(&mut self, id: ClOrdId, request: RequestId) {
        let is_pending_said = false;
        self.orders.entry(id).or_default().cancel = Some(Asked {
            request,
            is_pending_said,
        });
    }

    /// New terms are about to leave.
    pub(crate) fn replacing(&mut self, id: ClOrdId, request: RequestId, amend: Amend) {
        self.orders.entry(id).or_default().replace = Some((request, amend));
    }

    /// What an order is, to send it again with other terms.
    pub(crate) fn terms(&self, id: ClOrdId) -> Option<&Terms> {
        self.orders.get(&id)?.terms.as_ref()
    }

    /// Whether IB has said anything of an order that proves it has it.
    pub(crate) fn has_evidence(&self, id: ClOrdId) -> bool {
        let order = self.orders.get(&id);
        order.is_some_and(|o| o.is_acked || o.is_pending_said || o.heard.is_positive())
    }

    /// The connection is gone: nothing that was asked on it will be answered.
    pub(crate) fn session_over(&mut self) {
        for order in self.orders.values_mut() {
            (order.cancel, order.replace, order.waits) = (None, None, None);
        }
    }

    /// Takes in a list: from now on its facts are known, and no report of their own.
    pub(crate) fn seed(
        &mut self,
        open: &[(ClOrdId, &OrderData, Qty)],
        executions: &[&ExecutionData],
        ids: &Ids,
    ) {
        for data in executions {
            if let Some((id, fill, _)) = self.execution(data, ids) {
                self.book(id, &fill);
            }
        }
        for (id, data, filled) in open {
            let order = self.orders.entry(*id).or_default();
            order.is_acked = true;
            order.said = order.said.max(*filled);
            order.terms = order
                .terms
                .take()
                .or_else(|| Terms::shown(&data.contract, &data.order));
        }
    }

    /// Takes in a message about an order.
    pub(crate) fn hear(&mut self, update: &OrderUpdate, ids: &Ids, now: Now) -> Vec<Heard> {
        match update {
            OrderUpdate::OpenOrder(data) => self.open_order(data, ids, now),
            OrderUpdate::OrderStatus(status) => self.order_status(status, ids, now),
            OrderUpdate::ExecutionData(data) => self.executed(data, ids, now),
            OrderUpdate::CommissionReport(report) => self.commission(report, now),
            OrderUpdate::OrderBound(bound) => vec![Heard::Seen(bound.order_id)],
        }
    }

    /// Says what is overdue.
    pub(crate) fn tick(&mut self, now: Now) -> Vec<Heard> {
        let mut heard = Vec::new();
        for (id, order) in &mut self.orders {
            let Some((_, wait)) = order.waits.take_if(|(until, _)| *until <= now.host) else {
                continue;
            };
            let kind = match wait {
                Wait::Executions if order.said > order.heard => ExecKind::Status {
                    cum_qty: order.said,
                },
                Wait::Reason if !order.has_ended && !order.is_suspended => {
                    order.is_suspended = true;
                    ExecKind::Suspended
                }
                Wait::Status if !order.has_ended => order.canceled(None),
                _ => continue,
            };
            heard.push(report(*id, None, now.wall, kind));
        }
        heard
    }

    /// When something will be overdue.
    pub(crate) fn next_tick(&self) -> Option<Ts> {
        let waits = self.orders.values().filter_map(|order| order.waits);
        waits.map(|(until, _)| until).min()
    }

    fn open_order(&mut self, data: &OrderData, ids: &Ids, now: Now) -> Vec<Heard> {
        let order = &data.order;
        let is_ours = order.client_id == self.desk.client_id;
        let mut heard = Vec::new();
        if is_ours && data.order_id > 0 {
            heard.push(Heard::Seen(data.order_id));
        }
        let who = Who {
            order_ref: &order.order_ref,
            perm_id: order.perm_id,
            order_id: is_ours.then_some(data.order_id),
        };
        let id = match who.find(ids) {
            Found::Order(id) => id,
            other => {
                heard.extend(other.told());
                return heard;
            }
        };
        heard.extend(who.names(id, ids));
        let venue_id = venue_id(order.perm_id);
        let working = self.orders.entry(id).or_default();
        if working.terms.is_none() {
            working.terms = Terms::shown(&data.contract, order);
        }
        let quantity = convert::qty(order.total_quantity);
        let limit = order.limit_price.and_then(convert::price);
        let trigger = order.aux_price.and_then(convert::price);
        if let Some(kind) = working.replaced(quantity, limit, trigger) {
            heard.push(report(id, venue_id.clone(), now.wall, kind));
        }
        if !data.order_state.warning_text.is_empty() {
            let text = format!("IB warns: {}", data.order_state.warning_text);
            heard.push(tell(Level::Info, id, text));
        }
        let kinds = working.status(&data.order_state.status, None, now.host);
        heard.extend(
            kinds
                .into_iter()
                .map(|kind| report(id, venue_id.clone(), now.wall, kind)),
        );
        heard
    }

    fn order_status(&mut self, status: &OrderStatus, ids: &Ids, now: Now) -> Vec<Heard> {
        let is_ours = status.client_id == self.desk.client_id;
        let who = Who {
            order_ref: "",
            perm_id: status.perm_id,
            order_id: is_ours.then_some(status.order_id),
        };
        let id = match who.find(ids) {
            Found::Order(id) => id,
            other => return other.told(),
        };
        let mut heard = who.names(id, ids);
        let filled = convert::qty(status.filled);
        let working = self.orders.entry(id).or_default();
        let had_ended = working.has_ended;
        let kinds = working.status(&status.status, filled, now.host);
        let has_ended = !had_ended && working.has_ended;
        if let OrderStatusKind::Unknown(word) = &status.status {
            heard.push(tell(Level::Break, id, format!("IB calls it {word:?}")));
            heard.push(Heard::Look(id));
        }
        let venue_id = venue_id(status.perm_id);
        heard.extend(
            kinds
                .into_iter()
                .map(|kind| report(id, venue_id.clone(), now.wall, kind)),
        );
        if has_ended {
            self.forget_later(id);
        }
        heard
    }

    /// Orders that have ended leave memory, the oldest first.
    pub(crate) fn forget_later(&mut self, id: ClOrdId) {
        self.ended.push_back(id);
        while self.ended.len() > ENDED_MAX {
            if let Some(oldest) = self.ended.pop_front() {
                self.orders.remove(&oldest);
            }
        }
    }

    /// What a person or a number says of an order, for `refusals`.
    pub(crate) fn answer(&mut self, id: ClOrdId) -> Answer<'_> {
        Answer(self.orders.entry(id).or_default())
    }
}

/// IB's own id of an order, as a name; it has none before IB has seen it.
pub(crate) fn venue_id(perm_id: i64) -> Option<VenueOrderId> {
    (perm_id > 0).then(|| VenueOrderId::new(perm_id.to_string()))
}

pub(crate) fn report(
    cl_ord_id: ClOrdId,
    venue_id: Option<VenueOrderId>,
    time: Ts,
    kind: ExecKind,
) -> Heard {
    Heard::Report(ExecutionReport {
        cl_ord_id,
        venue_id,
        time,
        kind,
    })
}

pub(crate) fn tell(level: Level, id: ClOrdId, text: String) -> Heard {
    Heard::Tell(IbNotice::new(level, text).of_order(id))
}

#[cfg(test)]
#[path = "blotter_tests.rs"]
mod tests;
