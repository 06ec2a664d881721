//! What a person takes over on the record: a difference between the books, and orders that were
//! sent from here by a process whose journal is gone (a restored backup, a salvaged store).
//!
//! An order that carries our deployment and is not on record halts trading, until a person adopts
//! the mark: no run up to the highest one seen is begun again, so that no id is used twice. From
//! then on such an order is taken back where it has a place: its parent is on record, and has room
//! for it under the exposure rule. Its fills then reach the sleeves that wanted them. Elsewhere it
//! is shown like any other order that is not ours, and what it fills is a difference.

use polyfolio_model::broker::Snapshot;
use polyfolio_model::{
    ClOrdId, NewOrder, OrdStatus, OrdType, OrderFacts, Qty, RunId, TimeInForce, Ts,
};

use super::watch::Watch;
use super::{Effect, Router};
use crate::events::{Event, Reconciled};
use crate::records::{Asked, Intent, MarkAdopted, Record};

impl Router {
    /// Takes the difference that was found into what nobody owns. Trading stays as it is: a person
    /// resumes it when everything has been looked at.
    pub(super) fn adopt_by_command(&mut self, reason: &str, now: Ts) {
        let difference = self.sync.broken.take().unwrap_or_default();
        self.publish(Event::DifferenceAdopted {
            positions: difference.positions.clone(),
            cash: difference.cash,
        });
        if difference != Default::default() {
            self.adopt(difference, reason, now);
            self.out.durable = true;
        }
    }

    /// Gives up the run that is not over, which does not know all of its own orders, and begins no
    /// run again that may have sent some.
    pub(super) fn adopt_mark(&mut self, reason: String, now: Ts) {
        let found = self.sync.beyond.take();
        let last = self.book.run().map_or(RunId(0), |run| run.planned.run);
        let run = found.unwrap_or_default().max(last);
        if found.is_some() {
            self.abandon(reason.clone(), now);
            self.record_durably(Record::MarkAdopted(MarkAdopted {
                run,
                reason,
                time: now,
            }));
            self.sync.want_snapshot(now);
        }
        let found = found.is_some();
        self.publish(Event::MarkAdopted { run, found });
    }

    /// A report about an order that is not on record. What it says is asked for again, with all
    /// that is needed to take the order back.
    pub(super) fn hear_of_unknown(&mut self, id: ClOrdId, now: Ts) {
        if self.book.may_have_sent(id) {
            self.sync.want_snapshot(now);
        } else {
            self.find_unknown_order(id, now);
        }
    }

    /// Whether an order was sent from here and is not on record, as a person has said may be.
    pub(super) fn is_astray(&self, id: ClOrdId) -> bool {
        self.book.may_have_sent(id) && self.book.child(id).is_none()
    }

    /// Takes back the orders of a snapshot that have gone astray, after all that is on record: it
    /// may make room for them. What does not fit is looked at again with the next snapshot.
    pub(super) fn take_back_orders(
        &mut self,
        snapshot: &Snapshot,
        found: &mut Reconciled,
        now: Ts,
    ) {
        self.sync.astray.clear();
        for listed in &snapshot.orders {
            let Some(id) = listed.cl_ord_id.filter(|id| self.is_astray(*id)) else {
                continue;
            };
            if !self.has_place_for(id, listed) {
                if listed.is_open() {
                    found.foreign_orders += 1;
                    self.sync.astray.insert(id);
                }
                continue;
            }
            self.take_back_order(id, listed, now);
            let fills = snapshot.fills.iter();
            for seen in fills.filter(|seen| seen.cl_ord_id == Some(id)) {
                self.merge_fill(id, seen, found, now);
            }
            self.merge_order(id, listed, now);
        }
    }

    /// Asks for every open order that has gone astray to be canceled: a person wants everything of
    /// ours off the book. What becomes of it the next comparison shows.
    pub(super) fn cancel_astray(&mut self, now: Ts) {
        for cl_ord_id in std::mem::take(&mut self.sync.astray) {
            let request = self.book.next_request();
            self.record_durably(Record::Asked(Asked {
                cl_ord_id,
                request,
                amend: None,
                time: now,
            }));
            self.out.commands.push(Effect::Cancel(cl_ord_id, request));
            self.publish(Event::CancelRequested { cl_ord_id });
        }
    }

    /// Whether the order is one that its parent could have sent, and still has room for.
    fn has_place_for(&self, id: ClOrdId, listed: &OrderFacts) -> bool {
        let Some(state) = self.book.parent(id.parent_id()) else {
            return false;
        };
        let parent = &state.parent;
        let is_of_parent =
            (&parent.instrument.id, parent.side) == (&listed.instrument, listed.side);
        let is_refused = listed.status == OrdStatus::Rejected;
        is_of_parent && !is_refused && may_still_be(listed) <= self.room(id.parent_id())
    }

    fn take_back_order(&mut self, id: ClOrdId, listed: &OrderFacts, now: Ts) {
        let order = NewOrder {
            cl_ord_id: id,
            instrument: listed.instrument.clone(),
            side: listed.side,
            order_qty: listed.order_qty,
            ord_type: listed.price.map_or(OrdType::Market, OrdType::Limit),
            time_in_force: TimeInForce::Day,
        };
        self.publish(Event::OrderAdopted {
            cl_ord_id: id,
            symbol: order.instrument.clone(),
        });
        self.record_durably(Record::Intent(Intent {
            order,
            attempt: 1,
            time: now,
        }));
        self.watches.insert(id, Watch::sent(now));
        let timeout = self.config.capabilities.ack_timeout;
        self.checks.set(id, now + timeout);
        self.dirty.insert(id.parent_id());
    }
}

/// The most that a listed order can have filled in the end.
fn may_still_be(listed: &OrderFacts) -> Qty {
    if listed.is_open() {
        listed.order_qty
    } else {
        listed.cum_qty
    }
}
