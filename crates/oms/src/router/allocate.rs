//! What follows from a fact: an execution goes to the sleeves that wanted it, once, in the batch
//! that records it; what does not add up is a break.

use polyfolio_model::{ClOrdId, ExecId, Fill, InstrumentId, Money, Price, Qty, SleeveId, Ts};
use polyfolio_portfolio::allocate;
use polyfolio_portfolio::ledger::split_fee;

use super::Router;
use crate::doubt::{order_in_doubt, order_that_works_on};
use crate::events::Event;
use crate::order_state::OrderNote;
use crate::protocol::Rule;
use crate::records::{Allocated, Break, Record, Share, Stopped};

impl Router {
    pub(super) fn follow_up(&mut self, id: ClOrdId, notes: Vec<OrderNote>, now: Ts) {
        for note in notes {
            match note {
                OrderNote::Booked(fill) => {
                    self.give(id, &fill, now);
                    if !self.keeps(Rule::FillsCountOnce) {
                        self.give(id, &fill, now);
                    }
                }
                OrderNote::Reversed(fill) => {
                    if self.keeps(Rule::BustsCount) {
                        self.take_back(id, &fill, now);
                    }
                }
                OrderNote::FeeBooked { exec_id, fee } => self.charge(id, &exec_id, fee, now),
                OrderNote::Overfill(by) => {
                    let message = format!("order {id} filled {by} more than was ordered");
                    self.break_on(id, "overfill", message, now);
                }
                OrderNote::Anomaly(what) => {
                    let message = format!("order {id}: {what}");
                    self.break_on(id, "order", message, now);
                }
                OrderNote::Gap { .. } => self.sync.want_snapshot(now),
                OrderNote::Resync => self.look_for(id, now),
                OrderNote::EarlyBust | OrderNote::Void => self.expect_older_lists(id, now),
                OrderNote::Duplicate
                | OrderNote::LateFill
                | OrderNote::Stale
                | OrderNote::UnsolicitedCancel
                | OrderNote::Refused(_) => {}
            }
        }
    }

    /// Nothing is booked of an execution that was busted before it was heard of, and a list that is
    /// a little older still has it.
    fn expect_older_lists(&mut self, id: ClOrdId, now: Ts) {
        let instrument = self
            .book
            .child(id)
            .map(|child| child.order.instrument.clone());
        if let Some(instrument) = instrument {
            self.account.move_position(&instrument, Qty::ZERO, now);
        }
    }

    fn give(&mut self, id: ClOrdId, fill: &Fill, now: Ts) {
        let Some(child) = self.book.child(id) else {
            return;
        };
        let (side, symbol) = (child.order.side, child.order.instrument.clone());
        let (split, parent_cum, parent_qty) = match self.book.parent(id.parent_id()) {
            Some(state) => {
                let (parent, lot) = (&state.parent, state.parent.instrument.lot);
                let split = allocate(&parent.wants, &state.got, fill.last_qty, lot);
                (split, state.cum_qty, parent.order_qty)
            }
            // Who wanted it was lost.
            None => {
                let split = vec![(SleeveId::unassigned(), fill.last_qty)];
                (split, child.cum_qty(), child.order.order_qty)
            }
        };
        let shares = with_fees(split, fill.fee.unwrap_or_default(), |qty| side.signed(qty));
        self.account
            .move_position(&symbol, side.signed(fill.last_qty), now);
        self.publish(Event::Filled {
            cl_ord_id: id,
            parent: id.parent_id(),
            symbol: symbol.clone(),
            side,
            last_qty: fill.last_qty,
            last_px: fill.last_px,
            fee: fill.fee.unwrap_or_default(),
            shares: shares
                .iter()
                .map(|s| (s.sleeve.clone(), s.quantity))
                .collect(),
            parent_cum,
            parent_qty,
            heard: now,
        });
        self.record(Record::Allocated(Allocated {
            cl_ord_id: id,
            exec_id: fill.exec_id.clone(),
            instrument: symbol,
            price: fill.last_px,
            shares,
        }));
        if parent_cum > parent_qty {
            let message = format!(
                "the orders of parent {} filled {parent_cum} of {parent_qty}",
                id.parent_id()
            );
            self.break_on(id, "overfill", message, now);
        }
    }

    fn take_back(&mut self, id: ClOrdId, fill: &Fill, now: Ts) {
        let Some(child) = self.book.child(id) else {
            return;
        };
        let instrument = child.order.instrument.clone();
        let held = child.shares.get(&fill.exec_id).cloned().unwrap_or_default();
        let shares: Vec<Share> = held
            .into_iter()
            .map(|share| Share {
                quantity: -share.quantity,
                fee: -share.fee,
                ..share
            })
            .collect();
        // Of an execution whose allocation is lost nobody holds anything, and the lists tell.
        let given_back = shares.iter().map(|share| share.quantity).sum();
        self.account.move_position(&instrument, given_back, now);
        let exec_id = fill.exec_id.clone();
        let price = fill.last_px;
        self.record(Record::Allocated(Allocated {
            cl_ord_id: id,
            exec_id,
            instrument,
            price,
            shares,
        }));
    }

    /// A fee that came later than its execution: to the same sleeves, in the same proportion.
    fn charge(&mut self, id: ClOrdId, exec_id: &ExecId, fee: Money, now: Ts) {
        let Some(child) = self.book.child(id) else {
            return;
        };
        let instrument = child.order.instrument.clone();
        let held = child.shares.get(exec_id).cloned().unwrap_or_default();
        let split = held
            .into_iter()
            .map(|share| (share.sleeve, share.quantity.abs()))
            .collect();
        let shares = with_fees(split, fee, |_| Qty::ZERO);
        self.account.move_position(&instrument, Qty::ZERO, now);
        self.record(Record::Allocated(Allocated {
            cl_ord_id: id,
            exec_id: exec_id.clone(),
            instrument,
            price: Price::ZERO,
            shares,
        }));
    }

    /// Our book is not the broker's about an order: on record, and its instrument stops.
    pub(super) fn break_on(&mut self, id: ClOrdId, code: &str, message: String, now: Ts) {
        let instrument = self
            .book
            .child(id)
            .map(|child| child.order.instrument.clone());
        let found = Break {
            instrument: instrument.clone(),
            code: code.to_owned(),
            message,
            time: now,
        };
        if let Some(instrument) = instrument {
            self.stop_instrument(instrument, found.message.clone(), now);
        }
        self.record_break(found);
    }

    /// An instrument is not traded until a person has looked.
    pub(super) fn stop_instrument(&mut self, instrument: InstrumentId, reason: String, now: Ts) {
        let stopped_for = self.book.stopped().get(&instrument);
        if stopped_for.is_some_and(|known| !gives_way(known, &reason)) {
            return;
        }
        if let Some(parent) = self.by_instrument.get(&instrument) {
            self.dirty.insert(*parent);
        }
        self.publish(Event::InstrumentStopped {
            symbol: instrument.clone(),
            reason: reason.clone(),
        });
        let reason = Some(reason);
        self.record(Record::Stopped(Stopped {
            instrument,
            reason,
            time: now,
        }));
    }
}

/// Whether the reason that an instrument stopped for is replaced by another one. A doubt gives way
/// to what is certain, so that the instrument does not go on when the doubt is over; and to news of
/// the same order, of which a person has something else to do.
fn gives_way(known: &str, reason: &str) -> bool {
    let Some(doubt) = order_in_doubt(known) else {
        return false;
    };
    let is_other_word = order_that_works_on(known) != order_that_works_on(reason);
    order_in_doubt(reason).is_none_or(|order| order == doubt && is_other_word)
}

/// Shares with their parts of the fee; quantities as they change positions.
fn with_fees(split: Vec<(SleeveId, Qty)>, fee: Money, signed: impl Fn(Qty) -> Qty) -> Vec<Share> {
    let mut shares: Vec<Share> = Vec::with_capacity(split.len().max(1));
    let fees = split_fee(fee, &split);
    for (sleeve, quantity) in split {
        shares.push(Share {
            sleeve,
            quantity: signed(quantity),
            fee: Money::ZERO,
        });
    }
    // A part for each share, in their order; or for nobody's where there is none.
    for (place, (sleeve, fee)) in fees.into_iter().enumerate() {
        match shares.get_mut(place) {
            Some(share) => share.fee += fee,
            None => shares.push(Share {
                sleeve,
                quantity: Qty::ZERO,
                fee,
            }),
        }
    }
    shares
}
