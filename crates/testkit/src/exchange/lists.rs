//! What a venue's lists show: orders, executions, positions, cash, each as of a moment of its own.

use std::collections::BTreeMap;

use polyfolio_matching::{Happening, TapeEvent};
use polyfolio_model::broker::{AccountFill, Snapshot};
use polyfolio_model::{
    ClOrdId, ExecId, Fill, InstrumentId, Money, NewOrder, OrdStatus, OrderFacts, Qty, Span, Ts,
    VenueOrderId,
};

/// The moments of which a snapshot's lists are.
#[derive(Clone, Copy, Debug)]
pub struct AsOf {
    /// Of the open orders.
    pub open: Ts,
    /// Of the done orders.
    pub done: Ts,
    /// Of the executions.
    pub fills: Ts,
    /// Of positions and cash.
    pub account: Ts,
}

/// Everything that was ever on a list.
#[derive(Clone, Debug)]
pub struct Lists {
    cash: Money,
    positions: Vec<(InstrumentId, Qty)>,
    /// By the venue's own name of an order.
    orders: BTreeMap<ClOrdId, Order>,
    fills: Vec<Known>,
}

#[derive(Clone, Debug)]
struct Order {
    outside: ClOrdId,
    order: NewOrder,
    venue_id: VenueOrderId,
    since: Ts,
    end: Option<(Ts, OrdStatus)>,
}

/// An execution, and when the venue knew of it.
#[derive(Clone, Debug)]
struct Known {
    inside: ClOrdId,
    at: Ts,
    seen: AccountFill,
}

impl Lists {
    /// The lists of an account without orders.
    pub fn new(cash: Money, positions: &[(InstrumentId, Qty)]) -> Self {
        Self {
            cash,
            positions: positions.to_vec(),
            orders: BTreeMap::new(),
            fills: Vec::new(),
        }
    }

    /// Takes in what happened; `late` is how late the venue knows of it, `outside` the name that
    /// its owner gave an order.
    pub fn take(&mut self, event: &TapeEvent, late: Span, outside: impl Fn(ClOrdId) -> ClOrdId) {
        let time = event.time;
        match &event.what {
            Happening::Accepted { order, venue_id } => {
                self.list(
                    outside(order.cl_ord_id),
                    order,
                    venue_id.clone(),
                    time,
                    None,
                );
            }
            Happening::Rejected { order, .. } => {
                let venue_id = VenueOrderId::new(format!("refused-{}", order.cl_ord_id));
                let end = Some((time, OrdStatus::Rejected));
                self.list(outside(order.cl_ord_id), order, venue_id, time, end);
            }
            Happening::Traded { order, fill } => {
                let seen = AccountFill {
                    cl_ord_id: Some(outside(order.cl_ord_id)),
                    instrument: order.instrument.clone(),
                    side: order.side,
                    time,
                    fill: fill.clone(),
                };
                let (inside, at) = (order.cl_ord_id, time + late);
                self.fills.push(Known { inside, at, seen });
            }
            Happening::Canceled { order, .. } => {
                self.end(order.cl_ord_id, time, OrdStatus::Canceled)
            }
            Happening::Expired { order, .. } => self.end(order.cl_ord_id, time, OrdStatus::Expired),
            _ => {}
        }
    }

    fn list(
        &mut self,
        outside: ClOrdId,
        order: &NewOrder,
        venue_id: VenueOrderId,
        since: Ts,
        end: Option<(Ts, OrdStatus)>,
    ) {
        // A duplicate's refusal says nothing of the order that has the name.
        self.orders.entry(order.cl_ord_id).or_insert_with(|| Order {
            outside,
            order: order.clone(),
            venue_id,
            since,
            end,
        });
    }

    fn end(&mut self, id: ClOrdId, time: Ts, status: OrdStatus) {
        if let Some(order) = self.orders.get_mut(&id) {
            order.end = Some((time, status));
        }
    }

    /// When the venue knew of an execution.
    pub fn known_at(&self, id: &ExecId) -> Option<Ts> {
        let known = self
            .fills
            .iter()
            .rev()
            .find(|known| known.seen.fill.exec_id == *id)?;
        Some(known.at)
    }

    /// How much of an order the venue knew to have filled.
    pub fn known_qty(&self, inside: ClOrdId, at: Ts) -> Qty {
        let known = self
            .fills
            .iter()
            .filter(|known| known.inside == inside && known.at <= at);
        known.map(|known| known.seen.fill.last_qty).sum()
    }

    /// Whether a fill is still to be learned of after `now`.
    pub fn are_settled(&self, now: Ts) -> bool {
        self.fills.iter().all(|known| known.at <= now)
    }

    /// Every execution there was.
    pub fn executions(&self) -> impl Iterator<Item = (ClOrdId, &Fill)> {
        self.fills
            .iter()
            .filter_map(|known| Some((known.seen.cl_ord_id?, &known.seen.fill)))
    }

    /// What is shown. An order that ended between the moment of the done list and that of the open
    /// list is in neither.
    pub fn snapshot(&self, as_of: AsOf) -> Snapshot {
        let orders = self
            .orders
            .iter()
            .filter_map(|(id, order)| self.listed(*id, order, as_of));
        let fills = self.fills.iter().filter(|known| known.at <= as_of.fills);
        Snapshot {
            orders: orders.collect(),
            fills: fills.map(|known| known.seen.clone()).collect(),
            positions: self.positions(as_of.account),
            cash: Some(self.cash(as_of.account)),
            nav: None,
            reaches_back_to: None,
        }
    }

    fn listed(&self, id: ClOrdId, order: &Order, as_of: AsOf) -> Option<OrderFacts> {
        let filled = |at| self.known_qty(id, at);
        let whole = order.order.order_qty;
        let ended = |at| match order.end {
            Some((time, status)) if time <= at => Some(status),
            _ if filled(at) >= whole => Some(OrdStatus::Filled),
            _ => None,
        };
        let is_open = order.since <= as_of.open && ended(as_of.open).is_none();
        let (status, cum_qty) = match ended(as_of.done).filter(|_| order.since <= as_of.done) {
            Some(status) => (status, filled(as_of.done)),
            None if is_open && filled(as_of.open).is_zero() => (OrdStatus::New, Qty::ZERO),
            None if is_open => (OrdStatus::PartiallyFilled, filled(as_of.open)),
            None => return None,
        };
        Some(OrderFacts {
            cl_ord_id: Some(order.outside),
            venue_id: order.venue_id.clone(),
            instrument: order.order.instrument.clone(),
            side: order.order.side,
            order_qty: whole,
            cum_qty,
            status,
            price: order.order.ord_type.limit(),
        })
    }

    fn positions(&self, at: Ts) -> Vec<(InstrumentId, Qty)> {
        let mut positions: BTreeMap<InstrumentId, Qty> = BTreeMap::new();
        for (instrument, quantity) in &self.positions {
            *positions.entry(instrument.clone()).or_default() += *quantity;
        }
        for known in self.fills.iter().filter(|known| known.at <= at) {
            let seen = &known.seen;
            *positions.entry(seen.instrument.clone()).or_default() +=
                seen.side.signed(seen.fill.last_qty);
        }
        positions.into_iter().collect()
    }

    fn cash(&self, at: Ts) -> Money {
        let known = self.fills.iter().filter(|known| known.at <= at);
        let spent = known.map(|known| {
            let (side, fill) = (known.seen.side, &known.seen.fill);
            fill.last_px * side.signed(fill.last_qty) + fill.fee.unwrap_or_default()
        });
        self.cash - spent.sum()
    }
}
