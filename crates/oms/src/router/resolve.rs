//! A person decides the fate of an order that no list of the broker can prove.
//!
//! The word of a person is the last one, never the first: the broker is asked before, and what its
//! lists can prove they prove. A word that comes too early waits for that, as long as this process
//! lives; meanwhile the order is not repeated. All it may say is that the order is dead. That it
//! filled is the broker's to say, with an execution that counts once and a price: what it filled
//! unseen shows as a difference of positions, and is adopted as one.
//!
//! The record is that of a proved absence, with the person's reason as its evidence, and ends the
//! same way: when the order shows that it lives, the evidence wins.

use polyfolio_model::{ClOrdId, InstrumentId, Ts};

use super::Router;
use super::obstinate::NO_EFFECT;
use crate::child::{Child, Gone};
use crate::doubt::{in_doubt, works_on};
use crate::events::Event;
use crate::records::{Record, Stopped, Withdrawn};

impl Router {
    /// A person says that an order is dead.
    pub(super) fn resolve_by_command(&mut self, id: ClOrdId, reason: String, now: Ts) {
        self.resolving.insert(id, reason);
        self.sync.want_snapshot(now);
    }

    /// Takes the words of persons whose turn has come, and refuses those that evidence has overtaken.
    pub(super) fn tend_resolving(&mut self, now: Ts) {
        for (id, reason) in std::mem::take(&mut self.resolving) {
            if let Some(reason) = self.why_not_resolved(id) {
                self.publish(Event::ResolveRefused {
                    cl_ord_id: id,
                    reason,
                });
            } else if self.sync.is_done() && self.why_unprovable(id).is_some() {
                self.declare_dead(id, &reason, now);
            } else {
                self.resolving.insert(id, reason);
            }
        }
    }

    /// Why the broker's lists cannot say what became of an order, when they were asked and cannot.
    fn why_unprovable(&self, id: ClOrdId) -> Option<&'static str> {
        self.watches.get(&id).and_then(|watch| watch.unprovable)
    }

    fn why_not_resolved(&self, id: ClOrdId) -> Option<String> {
        if !self.is_ours(id) {
            return Some(format!(
                "order {id} is not ours: another state directory sent it"
            ));
        }
        let Some(child) = self.book.child(id) else {
            return Some(format!("order {id} is not on record"));
        };
        let waits = self.watches.contains_key(&id) && !child.is_working();
        if child.gone.is_none() && (waits || self.why_unprovable(id).is_some()) {
            return None;
        }
        Some(format!(
            "the fate of order {id} is known: {}",
            fate_of(child)
        ))
    }

    fn declare_dead(&mut self, id: ClOrdId, reason: &str, now: Ts) {
        let evidence = format!("a person: {reason}");
        self.publish(Event::OrderGone {
            cl_ord_id: id,
            evidence: evidence.clone(),
        });
        self.record_durably(Record::Absent(Withdrawn {
            cl_ord_id: id,
            evidence,
            time: now,
        }));
        self.forget(id, now);
    }

    /// An instrument that stopped for an order whose fate is known now goes on, unless there is
    /// another such order. One that stopped for something else waits for whoever looks at that.
    pub(super) fn free_or_name_the_next(&mut self, id: ClOrdId, now: Ts) {
        let named = self.book.child(id).filter(|_| self.book.is_in_doubt(id));
        let Some(instrument) = named.map(|child| child.order.instrument.clone()) else {
            return;
        };
        let reason = self.next_in_doubt(&instrument);
        self.publish(match &reason {
            Some(reason) => Event::InstrumentStopped {
                symbol: instrument.clone(),
                reason: reason.clone(),
            },
            None => Event::InstrumentFreed {
                symbol: instrument.clone(),
            },
        });
        self.dirty.extend(self.by_instrument.get(&instrument));
        self.record_durably(Record::Stopped(Stopped {
            instrument,
            reason,
            time: now,
        }));
    }

    /// Another order of a stopped instrument that no cancel ends, or of which nobody knows what
    /// became: nothing is sent for the instrument any more, so that it has been in doubt for as long.
    fn next_in_doubt(&self, instrument: &InstrumentId) -> Option<String> {
        self.watches.iter().find_map(|(id, watch)| {
            let child = self.book.child(*id)?;
            if child.order.instrument != *instrument {
                return None;
            }
            if self.is_obstinate(*id) {
                return Some(works_on(*id, NO_EFFECT));
            }
            let is_such = child.is_unknown() || watch.unprovable.is_some();
            let why = watch.unprovable.unwrap_or("the broker has not said");
            is_such.then(|| in_doubt(*id, why))
        })
    }
}

fn fate_of(child: &Child) -> String {
    let (cum_qty, order_qty) = (child.cum_qty(), child.order.order_qty);
    match child.gone {
        Some(Gone::NotSent) => "no byte of it ever left".to_owned(),
        Some(Gone::Absent) => "it is on record as gone".to_owned(),
        None if child.is_working() => {
            let leaves_qty = child.state.leaves_qty();
            format!("the broker has it, {cum_qty} filled and {leaves_qty} working")
        }
        None => format!(
            "the broker ended it ({:?}), {cum_qty} of {order_qty} filled",
            child.status()
        ),
    }
}
