//! What a venue wrote down, in words that every venue has, and the sums of it.

use std::collections::{BTreeMap, BTreeSet};

use polyfolio_model::{ClOrdId, ExecId, InstrumentId, Money, Price, Qty, Side, Ts};

/// One line of a venue's own record.
#[derive(Clone, Debug, PartialEq)]
pub struct VenueEvent {
    /// When, by the venue's clock.
    pub time: Ts,
    /// What.
    pub what: VenueFact,
}

/// What happened there.
#[derive(Clone, Debug, PartialEq)]
pub enum VenueFact {
    /// The account came to be.
    Opened {
        /// Its cash.
        cash: Money,
        /// Its positions, signed.
        positions: Vec<(InstrumentId, Qty)>,
    },
    /// An order came onto the book.
    Accepted {
        /// Under which id of ours.
        cl_ord_id: ClOrdId,
        /// In what.
        instrument: InstrumentId,
        /// Which way.
        side: Side,
        /// How much.
        order_qty: Qty,
    },
    /// An order was refused.
    Rejected {
        /// Under which id of ours.
        cl_ord_id: ClOrdId,
    },
    /// Something traded.
    Traded {
        /// Of which order.
        cl_ord_id: ClOrdId,
        /// The venue's id of the execution.
        exec_id: ExecId,
        /// How much, above zero.
        quantity: Qty,
        /// At what price.
        price: Price,
        /// What it cost.
        fee: Money,
    },
    /// An order left the book: canceled or expired.
    Closed {
        /// Which.
        cl_ord_id: ClOrdId,
    },
    /// An order has a new total quantity.
    Replaced {
        /// Which.
        cl_ord_id: ClOrdId,
        /// The total from now on.
        order_qty: Qty,
    },
    /// Something that moves no order and no account.
    Other,
}

/// An order as the venue has it.
#[derive(Clone, Debug)]
pub(super) struct VenueOrder {
    pub(super) instrument: InstrumentId,
    pub(super) side: Side,
    /// What was accepted first.
    pub(super) accepted_qty: Qty,
    /// What may trade in all: every copy counted.
    pub(super) order_qty: Qty,
    pub(super) times_accepted: usize,
    pub(super) cum_qty: Qty,
    pub(super) is_open: bool,
}

impl VenueOrder {
    pub(super) fn leaves(&self) -> Qty {
        if self.is_open {
            (self.order_qty - self.cum_qty).max(Qty::ZERO)
        } else {
            Qty::ZERO
        }
    }
}

/// One execution.
#[derive(Clone, Debug)]
pub(super) struct VenueFill {
    pub(super) cl_ord_id: ClOrdId,
    pub(super) exec_id: ExecId,
    pub(super) instrument: InstrumentId,
    /// As it changes the position.
    pub(super) signed: Qty,
    pub(super) price: Price,
    pub(super) fee: Money,
}

/// The orders of a venue as its events make them, one after the other.
#[derive(Clone, Debug, Default)]
pub(super) struct Orders(pub(super) BTreeMap<ClOrdId, VenueOrder>);

impl Orders {
    /// Takes an event in, and names the order that it changed.
    pub(super) fn take(&mut self, what: &VenueFact) -> Option<ClOrdId> {
        match what {
            VenueFact::Accepted {
                cl_ord_id,
                instrument,
                side,
                order_qty,
            } => {
                let order = self.0.entry(*cl_ord_id).or_insert_with(|| VenueOrder {
                    instrument: instrument.clone(),
                    side: *side,
                    accepted_qty: *order_qty,
                    order_qty: Qty::ZERO,
                    times_accepted: 0,
                    cum_qty: Qty::ZERO,
                    is_open: true,
                });
                // A second copy under one id may trade beside the first.
                order.order_qty += *order_qty;
                order.times_accepted += 1;
                order.is_open = true;
                Some(*cl_ord_id)
            }
            VenueFact::Traded {
                cl_ord_id,
                quantity,
                ..
            } => self.change(*cl_ord_id, |order| {
                order.cum_qty += *quantity;
                order.is_open = order.is_open && order.cum_qty < order.order_qty;
            }),
            VenueFact::Closed { cl_ord_id } => self.change(*cl_ord_id, |o| o.is_open = false),
            VenueFact::Replaced {
                cl_ord_id,
                order_qty,
            } => self.change(*cl_ord_id, |order| order.order_qty = *order_qty),
            VenueFact::Opened { .. } | VenueFact::Rejected { .. } | VenueFact::Other => None,
        }
    }

    fn change(&mut self, id: ClOrdId, change: impl FnOnce(&mut VenueOrder)) -> Option<ClOrdId> {
        self.0.get_mut(&id).map(change)?;
        Some(id)
    }

    pub(super) fn open(&self) -> impl Iterator<Item = (&ClOrdId, &VenueOrder)> {
        self.0.iter().filter(|(_, order)| !order.leaves().is_zero())
    }
}

/// A venue's record and what it comes to.
#[derive(Clone, Debug, Default)]
pub(super) struct Tape {
    pub(super) events: Vec<VenueEvent>,
    pub(super) orders: Orders,
    pub(super) rejected: BTreeSet<ClOrdId>,
    pub(super) fills: Vec<VenueFill>,
    pub(super) opening: Account,
}

/// Cash and positions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) cash: Money,
    pub(super) positions: BTreeMap<InstrumentId, Qty>,
}

impl Account {
    pub(super) fn trade(
        &mut self,
        instrument: &InstrumentId,
        signed: Qty,
        price: Price,
        fee: Money,
    ) {
        self.cash -= price * signed + fee;
        *self.positions.entry(instrument.clone()).or_default() += signed;
    }

    pub(super) fn position(&self, instrument: &InstrumentId) -> Qty {
        self.positions.get(instrument).copied().unwrap_or_default()
    }
}

impl Tape {
    pub(super) fn new(events: Vec<VenueEvent>) -> Self {
        let mut tape = Self::default();
        for event in &events {
            tape.take(&event.what);
        }
        Self { events, ..tape }
    }

    fn take(&mut self, what: &VenueFact) {
        self.orders.take(what);
        match what {
            VenueFact::Opened { cash, positions } => {
                self.opening = Account {
                    cash: *cash,
                    positions: positions.iter().cloned().collect(),
                };
            }
            VenueFact::Rejected { cl_ord_id } => drop(self.rejected.insert(*cl_ord_id)),
            VenueFact::Traded {
                cl_ord_id,
                exec_id,
                quantity,
                price,
                fee,
            } => {
                if let Some(order) = self.orders.0.get(cl_ord_id) {
                    self.fills.push(VenueFill {
                        cl_ord_id: *cl_ord_id,
                        exec_id: exec_id.clone(),
                        instrument: order.instrument.clone(),
                        signed: order.side.signed(*quantity),
                        price: *price,
                        fee: *fee,
                    });
                }
            }
            _ => {}
        }
    }

    pub(super) fn accepted(&self) -> usize {
        self.orders
            .0
            .values()
            .map(|order| order.times_accepted)
            .sum()
    }
}
