//! What a person takes over on the record: a difference between the books, and orders that lost
//! records sent (a restored backup, a salvaged store).
//!
//! An order that carries our deployment and is not on record halts trading, until a person adopts
//! the mark: what is on record ends with a gap there, and no run up to the highest one seen is
//! begun again, so that no id is used twice. Orders of lost records go on the record as the broker
//! lists them, their fills to the sleeves of a kept parent or to nobody, and what works of them is
//! canceled: the plan that wanted them was given up.

use polyfolio_model::broker::Snapshot;
use polyfolio_model::{InstrumentId, NewOrder, OrdType, RunId, TimeInForce, Ts};

use super::Router;
use super::compare::Difference;
use super::session::Adopting;
use super::watch::Watch;
use crate::events::Event;
use crate::records::{Record, Recovered};
use crate::salvage::after_gap;

impl Router {
    /// A person takes the difference that was found into what nobody owns.
    pub(super) fn adopt_by_command(&mut self, reason: String, now: Ts) {
        let stopped = self.book.stopped().keys();
        let in_doubt = stopped.filter(|instrument| self.book.has_doubts(instrument));
        let knew = in_doubt.cloned().collect();
        self.sync.adopting = Some(Adopting { reason, knew });
        self.sync.want_snapshot(now);
    }

    /// Does what a person said of the difference, when every order is decided that may have filled
    /// it: proved, settled, or on record as one that nobody can prove. Where one turned out to be
    /// such, the person has yet to hear of it, and what differs waits. Trading stays as it is: a
    /// person resumes it when everything has been looked at.
    pub(super) fn tend_adopting(&mut self, now: Ts) {
        let broken = self.sync.broken.iter();
        let mut instruments = broken.flat_map(|difference| difference.positions.keys());
        let is_told = |watch: &Watch| watch.unprovable.is_some();
        let waits = instruments.any(|id| self.has_undecided(id, |watch| !is_told(watch)));
        if waits || !self.sync.is_done() {
            return;
        }
        let Some(Adopting { reason, knew }) = self.sync.adopting.take() else {
            return;
        };
        let difference = self.sync.broken.take().unwrap_or_default();
        let is_news = |id: &InstrumentId| self.book.has_doubts(id) && !knew.contains(id);
        let (waits, taken) = difference.split(is_news);
        self.sync.broken = Some(waits).filter(|waits| *waits != Difference::default());
        self.publish(Event::DifferenceAdopted {
            by_command: true,
            positions: taken.positions.clone(),
            cash: taken.cash,
        });
        if taken != Difference::default() {
            self.adopt(taken, &reason, now);
            self.out.durable = true;
        }
    }

    /// Believes the broker: gives up the run that is not over, which does not know all of its own
    /// orders, and begins no run again that may have sent some.
    pub(super) fn adopt_mark(&mut self, reason: &str, now: Ts) {
        let Some(above) = self.sync.beyond else {
            let run = self.book.run().map_or(RunId(0), |run| run.planned.run);
            return self.publish(Event::MarkAdopted { run, found: false });
        };
        match after_gap(&self.book, 0, above, reason.to_owned(), now) {
            Ok(records) => {
                self.sync.beyond = None;
                for record in records {
                    self.record_durably(record);
                }
                self.sync.want_snapshot(now);
                self.look_at_everything();
                self.publish(Event::MarkAdopted {
                    run: above,
                    found: true,
                });
            }
            Err(error) => self.publish(Event::MarkRefused {
                reason: error.to_string(),
            }),
        }
    }

    /// Takes over the orders that lost records sent. They are canceled as soon as they are seen to
    /// work.
    pub(super) fn recover_lost(&mut self, snapshot: &Snapshot, now: Ts) {
        if self.book.salvaged().is_none() {
            return;
        }
        for listed in &snapshot.orders {
            let Some(cl_ord_id) = listed.cl_ord_id.filter(|id| self.book.is_lost(*id)) else {
                continue;
            };
            if !listed.order_qty.is_positive() {
                // No order of ours: it would not read back, and what it filled is a difference.
                continue;
            }
            let order = NewOrder {
                cl_ord_id,
                instrument: listed.instrument.clone(),
                side: listed.side,
                order_qty: listed.order_qty,
                ord_type: OrdType::of(listed.price, listed.trigger),
                time_in_force: TimeInForce::GoodTillCancel,
            };
            self.publish(Event::OrderAdopted {
                cl_ord_id,
                symbol: order.instrument.clone(),
            });
            self.record_durably(Record::Recovered(Recovered { order, time: now }));
            self.watches.insert(cl_ord_id, Watch::sent(now));
        }
    }
}
