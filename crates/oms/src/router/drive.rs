//! Parents at work: what each of them does next.
//!
//! Working (its algorithm decides) → Winding (the deadline has passed, what works is canceled) →
//! Sweeping (a market order takes what the exposure rule leaves room for) → Done. A parent that
//! is Done sends nothing more; what still works of it is canceled.

use polyfolio_model::{InstrumentId, ParentId, Quote, Ts};

use super::Router;
use crate::events::Event;
use crate::records::{ParentStage, ParentStaged, Record};

/// A parent whose orders are refused this often in a row is given up.
pub(super) const SETBACKS_MAX: usize = 3;

/// What one parent does may concern it or another once more (a denied order, a stopped
/// instrument); what is still to be looked at after so many passes waits for the next round.
const PASSES_MAX: usize = 4;

impl Router {
    /// Looks at every parent of the run again.
    pub(super) fn look_at_everything(&mut self) {
        let parents: Vec<ParentId> = self.book.active_parents().map(|(id, _)| id).collect();
        self.by_instrument = self
            .book
            .active_parents()
            .map(|(id, p)| (p.parent.instrument.id.clone(), id))
            .collect();
        self.dirty.extend(parents);
        // Also those of former runs whose orders are not over.
        self.dirty
            .extend(self.watches.keys().map(|id| id.parent_id()));
    }

    /// Moves every parent that something has happened to, and the run when all are done.
    pub(super) fn drive(&mut self, now: Ts) {
        if !self.sync.is_done() || self.config.looks_only {
            return;
        }
        self.resume(now);
        self.dirty.extend(self.timers.due(now));
        for _ in 0..PASSES_MAX {
            for parent in std::mem::take(&mut self.dirty) {
                self.advance(parent, now);
            }
        }
        self.end_run_when_done(now);
    }

    fn advance(&mut self, id: ParentId, now: Ts) {
        let Some(state) = self.book.parent(id) else {
            // Its record is lost: nobody wants its orders.
            return self.cancel_working(id, now);
        };
        let is_active = self
            .book
            .active_run()
            .is_some_and(|run| run.planned.run == id.run);
        match state.stage {
            ParentStage::Done { .. } => self.cancel_working(id, now),
            _ if !is_active => self.cancel_working(id, now),
            _ if self.stopping.is_some() => self.hold(id, now),
            ParentStage::Working => self.work(id, now),
            ParentStage::Winding => self.wind(id, now),
            ParentStage::Sweeping => self.sweep(id, now),
        }
    }

    /// Before a stop: nothing new; what works stays or goes, as the policy says.
    fn hold(&mut self, id: ParentId, now: Ts) {
        if self.stopping == Some(super::StopPolicy::Cancel) {
            self.cancel_working(id, now);
        }
    }

    pub(super) fn cancel_working(&mut self, id: ParentId, now: Ts) {
        for child in self.watched(id) {
            if self
                .book
                .child(child)
                .is_some_and(|child| child.is_working())
            {
                self.cancel(child, now);
            }
        }
    }

    pub(super) fn enter(&mut self, id: ParentId, stage: ParentStage, now: Ts) {
        let staged = ParentStaged {
            parent: id,
            stage: stage.clone(),
            time: now,
        };
        self.record_durably(Record::Stage(staged));
        let Some(state) = self.book.parent(id) else {
            return;
        };
        let event = Event::ParentStaged {
            parent: id,
            symbol: state.parent.instrument.id.clone(),
            cum_qty: state.cum_qty,
            order_qty: state.parent.order_qty,
            stage: stage.clone(),
        };
        self.publish(event);
        if stage.is_done() {
            self.algos.remove(&id);
            self.timers.clear(&id);
        }
    }

    /// The last quote, unless it is too old to be one.
    pub(super) fn quote(&self, instrument: &InstrumentId, now: Ts) -> Option<Quote> {
        let quote = self.quotes.get(instrument)?;
        (now.since(quote.time) <= self.config.quote_age_max).then_some(*quote)
    }
}
