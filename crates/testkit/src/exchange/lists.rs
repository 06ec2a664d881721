//! What a venue's lists show: orders, executions, positions, cash, each as of a moment of its own.

use std::collections::BTreeMap;

use polyfolio_matching::{Happening, TapeEvent};
use polyfolio_model::broker::{AccountFill, Snapshot};
use polyfolio_model::{
    ClOrdId, ExecId, Fill, InstrumentId, Money, NewOrder, OrdStatus, OrderFacts, Qty, Side, Span,
    Ts, VenueOrderId,
};

use super::Late;

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
    /// What was done or executed before is not listed any more.
    pub back_to: Option<Ts>,
}

/// Everything that was ever on a list.
#[derive(Clone, Debug)]
pub struct Lists {
    cash: Money,
    /// What was held before the first fill, by name; also of what was only traded.
    positions: Vec<(InstrumentId, Qty)>,
    /// By the venue's own name of an order.
    orders: BTreeMap<ClOrdId, Order>,
    fills: Vec<Known>,
    places: BTreeMap<ExecId, usize>,
    /// When the last fill is known, with its fee.
    settled_at: Ts,
}

#[derive(Clone, Debug)]
struct Order {
    outside: ClOrdId,
    order: NewOrder,
    venue_id: VenueOrderId,
    since: Ts,
    end: Option<(Ts, OrdStatus)>,
    /// Places in the list of fills.
    fills: Vec<usize>,
}

/// An execution, and when the venue knew what of it.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) inside: ClOrdId,
    /// The place of its instrument in the list of positions.
    place: usize,
    /// What was paid for it as it was first reported, without its fee.
    value: Money,
    pub(super) at: Ts,
    pub(super) fee_at: Ts,
    /// As it was first reported, with its fee.
    pub(super) seen: AccountFill,
    /// What it is from a moment on, when it was busted (nothing) or corrected.
    pub(super) amended: Option<(Ts, Option<Fill>)>,
}

impl Known {
    /// What counts of it at a moment.
    fn counts(&self, at: Ts) -> Option<&Fill> {
        match &self.amended {
            _ if self.at > at => None,
            Some((since, fill)) if *since <= at => fill.as_ref(),
            _ => Some(&self.seen.fill),
        }
    }

    fn quantity(&self, at: Ts) -> Qty {
        self.counts(at).map_or(Qty::ZERO, |fill| fill.last_qty)
    }

    /// What it took from the cash until a moment: a fee is taken when it is known.
    fn spent(&self, at: Ts) -> Option<Money> {
        let fill = self.counts(at)?;
        let value = match &self.amended {
            Some((since, Some(fill))) if *since <= at => value(self.seen.side, fill),
            _ => self.value,
        };
        let fee = fill.fee.filter(|_| self.fee_at <= at);
        Some(fee.map_or(value, |fee| value + fee))
    }

    /// As a report or a list shows it: as it was first reported. Busts and corrections are said by
    /// reports of their own.
    pub(super) fn shown(&self, at: Ts) -> AccountFill {
        let mut seen = self.seen.clone();
        seen.fill.fee = seen.fill.fee.filter(|_| self.fee_at <= at);
        seen
    }
}

/// What an execution is worth; below zero for a sale.
fn value(side: Side, fill: &Fill) -> Money {
    fill.last_px * side.signed(fill.last_qty)
}

impl Lists {
    /// The lists of an account without orders.
    pub fn new(cash: Money, positions: &[(InstrumentId, Qty)]) -> Self {
        let mut held: BTreeMap<InstrumentId, Qty> = BTreeMap::new();
        for (instrument, quantity) in positions {
            *held.entry(instrument.clone()).or_default() += *quantity;
        }
        Self {
            cash,
            positions: held.into_iter().collect(),
            orders: BTreeMap::new(),
            fills: Vec::new(),
            places: BTreeMap::new(),
            settled_at: Ts::MIN,
        }
    }

    /// Takes in what happened; `late` is how late the venue knows of it, `outside` the name that
    /// its owner gave an order, `venue_id` the name that the venue gives it outside.
    pub(super) fn take(
        &mut self,
        event: &TapeEvent,
        late: Late,
        outside: impl Fn(ClOrdId) -> ClOrdId,
        venue_id: Option<&VenueOrderId>,
    ) {
        let time = event.time;
        match &event.what {
            Happening::Accepted {
                order,
                venue_id: own,
            } => {
                let name = venue_id.unwrap_or(own).clone();
                self.list(outside(order.cl_ord_id), order, name, time, None);
            }
            Happening::Rejected { order, .. } => {
                let name = VenueOrderId::new(format!("refused-{}", order.cl_ord_id));
                let end = Some((time, OrdStatus::Rejected));
                self.list(outside(order.cl_ord_id), order, name, time, end);
            }
            Happening::Traded { order, fill } => {
                let seen = AccountFill {
                    cl_ord_id: Some(outside(order.cl_ord_id)),
                    instrument: order.instrument.clone(),
                    side: order.side,
                    time,
                    fill: fill.clone(),
                    replaces: None,
                };
                self.trade(order.cl_ord_id, time + late.fill, late, seen);
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
            fills: Vec::new(),
        });
    }

    fn trade(&mut self, inside: ClOrdId, at: Ts, late: Late, seen: AccountFill) {
        let fee_at = at + late.fee.unwrap_or(Span::ZERO);
        self.settled_at = self.settled_at.max(fee_at);
        let number = self.fills.len();
        self.places.insert(seen.fill.exec_id.clone(), number);
        if let Some(order) = self.orders.get_mut(&inside) {
            order.fills.push(number);
        }
        let place = self.place_of(&seen.instrument);
        self.fills.push(Known {
            inside,
            place,
            value: value(seen.side, &seen.fill),
            at,
            fee_at,
            seen,
            amended: None,
        });
    }

    /// The place of an instrument among the positions, where it gets one.
    fn place_of(&mut self, instrument: &InstrumentId) -> usize {
        let listed = self
            .positions
            .binary_search_by(|(id, _)| id.cmp(instrument));
        listed.unwrap_or_else(|place| {
            self.positions
                .insert(place, (instrument.clone(), Qty::ZERO));
            for known in &mut self.fills {
                known.place += usize::from(known.place >= place);
            }
            place
        })
    }

    /// An order is over.
    pub(super) fn end(&mut self, id: ClOrdId, time: Ts, status: OrdStatus) {
        if let Some(order) = self.orders.get_mut(&id) {
            order.end = Some((time, status));
        }
    }

    /// An execution by its id.
    pub(super) fn known(&self, id: &ExecId) -> Option<&Known> {
        self.fills.get(*self.places.get(id)?)
    }

    /// An execution by its id, to be amended.
    pub(super) fn known_mut(&mut self, id: &ExecId) -> Option<&mut Known> {
        self.fills.get_mut(*self.places.get(id)?)
    }

    /// Every execution.
    pub(super) fn every(&self) -> impl Iterator<Item = &Known> {
        self.fills.iter()
    }

    /// How many executions the venue learned of late, and how many fees.
    pub fn late(&self) -> (u64, u64) {
        let fills = self.fills.iter().filter(|known| known.at > known.seen.time);
        let fees = self.fills.iter().filter(|known| known.fee_at > known.at);
        (fills.count() as u64, fees.count() as u64)
    }

    /// Every execution that was busted or corrected.
    pub(super) fn amended(&self) -> impl Iterator<Item = &Known> {
        self.fills.iter().filter(|known| known.amended.is_some())
    }

    /// How much of an order the venue knew to have filled.
    pub fn known_qty(&self, inside: ClOrdId, at: Ts) -> Qty {
        self.orders
            .get(&inside)
            .map_or(Qty::ZERO, |order| self.filled(order, at))
    }

    fn filled(&self, order: &Order, at: Ts) -> Qty {
        let fills = order.fills.iter().map(|place| &self.fills[*place]);
        fills.map(|known| known.quantity(at)).sum()
    }

    /// Whether nothing is still to be learned of after `now`.
    pub fn are_settled(&self, now: Ts) -> bool {
        self.settled_at <= now
    }

    /// Every execution there was, as it was first reported.
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
            .values()
            .filter_map(|order| self.listed(order, as_of));
        let is_listed = |known: &&Known| {
            known.at <= as_of.fills && as_of.back_to.is_none_or(|from| known.at >= from)
        };
        let fills = self.fills.iter().filter(is_listed);
        Snapshot {
            orders: orders.collect(),
            fills: fills.map(|known| known.shown(as_of.fills)).collect(),
            positions: self.held(as_of.account),
            cash: Some(self.cash(as_of.account)),
            nav: None,
            reaches_back_to: as_of.back_to,
        }
    }

    fn listed(&self, order: &Order, as_of: AsOf) -> Option<OrderFacts> {
        let whole = order.order.order_qty;
        let last_fill = |at| {
            let fills = order.fills.iter().map(|place| self.fills[*place].at);
            fills.filter(|fill| *fill <= at).max().unwrap_or(at)
        };
        let ended = |at, filled| match order.end {
            Some((time, status)) if time <= at => Some((time, status)),
            _ if filled >= whole => Some((last_fill(at), OrdStatus::Filled)),
            _ => None,
        };
        let filled = self.filled(order, as_of.done);
        let done = ended(as_of.done, filled).filter(|_| order.since <= as_of.done);
        let (status, cum_qty) = match done {
            Some((time, _)) if as_of.back_to.is_some_and(|from| time < from) => return None,
            Some((_, status)) => (status, filled),
            None => {
                let filled = self.filled(order, as_of.open);
                let is_open = order.since <= as_of.open && ended(as_of.open, filled).is_none();
                match filled {
                    _ if !is_open => return None,
                    filled if filled.is_zero() => (OrdStatus::New, filled),
                    filled => (OrdStatus::PartiallyFilled, filled),
                }
            }
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
            trigger: order.order.ord_type.trigger(),
        })
    }

    /// The positions at a moment.
    pub fn positions(&self, at: Ts) -> BTreeMap<InstrumentId, Qty> {
        self.held(at).into_iter().collect()
    }

    fn held(&self, at: Ts) -> Vec<(InstrumentId, Qty)> {
        let mut held = self.positions.clone();
        for known in &self.fills {
            held[known.place].1 += known.seen.side.signed(known.quantity(at));
        }
        held
    }

    /// The cash at a moment.
    pub fn cash(&self, at: Ts) -> Money {
        self.cash - self.fills.iter().filter_map(|known| known.spent(at)).sum()
    }
}
