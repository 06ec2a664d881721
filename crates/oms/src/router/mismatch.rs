//! Orders at the broker that should not be there: ids of ours that our journal does not know, or
//! that stand for another order. Either means that this state directory is older than the
//! broker's book. Nothing of them is believed, and trading halts.

use std::collections::{BTreeMap, BTreeSet};

use polyfolio_model::broker::Snapshot;
use polyfolio_model::{ClOrdId, InstrumentId, OrderFacts, RunId, Ts};
use polyfolio_portfolio::TradingState;

use super::Router;
use super::compare::POSITION;
use crate::child::Child;
use crate::events::Event;
use crate::order_state::Request;
use crate::records::{Break, Record};

/// The code of the break that says so: the broker knows of orders that our journal does not.
pub const OLDER_STATE: &str = "older_state";

/// The code of the break that says so: the broker has another order under an id of ours.
pub const ORDER_MISMATCH: &str = "order_mismatch";

impl Router {
    /// Orders that carry an id of ours and are not the order that we sent under it. Nothing of
    /// them is believed.
    pub(super) fn find_mismatches(&mut self, snapshot: &Snapshot, now: Ts) -> BTreeSet<ClOrdId> {
        let by_order = snapshot.orders.iter().filter_map(|listed| {
            let child = self.book.child(listed.cl_ord_id?)?;
            (!is_of(child, listed)).then(|| (child.id(), mismatch_of(child, listed)))
        });
        let by_fill = snapshot.fills.iter().filter_map(|seen| {
            let order = &self.book.child(seen.cl_ord_id?)?.order;
            let is_ours = (&seen.instrument, seen.side) == (&order.instrument, order.side);
            let (id, ours) = (order.cl_ord_id, (order.side, &order.instrument));
            let (side, instrument) = (seen.side, &seen.instrument);
            (!is_ours).then(|| {
                let theirs = format!("an execution of it: {side:?} {instrument}");
                (
                    id,
                    mismatch(id, &format!("{:?} {}", ours.0, ours.1), &theirs),
                )
            })
        });
        let found: BTreeMap<ClOrdId, String> = by_fill.chain(by_order).collect();
        for (id, message) in &found {
            let is_gone = self.book.child(*id).is_some_and(|c| c.gone.is_some());
            if is_gone && self.known_breaks.contains(message) {
                // A person has looked, and said what became of ours.
                continue;
            }
            let instrument = self.book.child(*id).map(|c| c.order.instrument.clone());
            self.record_break(Break {
                instrument,
                code: ORDER_MISMATCH.to_owned(),
                message: message.clone(),
                time: now,
            });
            self.set_trading(TradingState::Halted, message.clone(), now);
            // Nothing that is listed under this id will ever say what became of ours.
            self.cannot_prove(*id, "the broker has another order under its id", now);
        }
        found.into_keys().collect()
    }

    /// An order carries our deployment and is not in our journal: this state directory is older
    /// than the broker's book.
    pub(super) fn find_unknown_order(&mut self, id: ClOrdId, now: Ts) {
        self.sync.beyond = self.sync.beyond.max(Some(RunId(id.run)));
        let known = self
            .book
            .breaks()
            .iter()
            .find(|found| found.code == OLDER_STATE);
        let message = known.map_or_else(
            || {
                format!(
                    "the broker has order {id}, which this state directory never sent: \
                     the directory is older than the broker's book (a restored backup, or a copy)"
                )
            },
            |known| known.message.clone(),
        );
        // One such order says it all, however many there are.
        self.record_break(Break {
            instrument: None,
            code: OLDER_STATE.to_owned(),
            message: message.clone(),
            time: now,
        });
        self.set_trading(TradingState::Halted, message, now);
    }

    /// An order that was over before the last run began, and left memory, works at the broker.
    pub(super) fn find_risen_order(&mut self, listed: &OrderFacts, id: ClOrdId, now: Ts) {
        let message = format!(
            "order {id} works at the broker ({:?} {} {}), though it was over long ago: \
             look at it there and cancel it",
            listed.side, listed.order_qty, listed.instrument
        );
        self.record_break(Break {
            instrument: Some(listed.instrument.clone()),
            code: ORDER_MISMATCH.to_owned(),
            message: message.clone(),
            time: now,
        });
        self.set_trading(TradingState::Halted, message, now);
    }

    /// A break is found once, however often it is seen.
    pub(super) fn record_break(&mut self, found: Break) {
        if self.known_breaks.insert(found.message.clone()) {
            self.put_on_record(found);
        }
    }

    /// A position that differs is found once while it does; one that comes back is another break.
    pub(super) fn record_difference(
        &mut self,
        instrument: &InstrumentId,
        message: String,
        now: Ts,
    ) {
        let known = self
            .known_differences
            .insert(instrument.clone(), message.clone());
        if known.as_ref() != Some(&message) {
            self.put_on_record(Break {
                instrument: Some(instrument.clone()),
                code: POSITION.to_owned(),
                message,
                time: now,
            });
        }
    }

    pub(super) fn put_on_record(&mut self, found: Break) {
        self.publish(Event::BreakFound(found.clone()));
        self.record(Record::Break(found));
    }
}

/// Whether a listed order is the one that was sent under its id, amended or not.
fn is_of(child: &Child, listed: &OrderFacts) -> bool {
    let order = &child.order;
    let mut amended = child.state.requests_in_flight();
    let same_qty = listed.order_qty == order.order_qty
        || listed.order_qty == child.state.order_qty()
        || amended.any(|(_, request)| request == Request::Replace(listed.order_qty));
    same_qty && (&listed.instrument, listed.side) == (&order.instrument, order.side)
}

fn mismatch_of(child: &Child, listed: &OrderFacts) -> String {
    let order = &child.order;
    let ours = format!("{:?} {} {}", order.side, order.order_qty, order.instrument);
    let theirs = format!(
        "{:?} {} {}",
        listed.side, listed.order_qty, listed.instrument
    );
    mismatch(child.id(), &ours, &theirs)
}

fn mismatch(id: ClOrdId, ours: &str, theirs: &str) -> String {
    format!(
        "order {id} is not ours at the broker: ours is {ours}, the broker has {theirs}; \
         this state directory is older than the broker's book (a restored backup, or a copy)"
    )
}
