//! Facts and decisions about orders, taken in.

use polyfolio_model::{ClOrdId, ParentId};

use super::proof::{is_evidence, says_more, what_it_proves};
use super::{Book, Heard, ParentState};
use crate::child::{Child, Gone};
use crate::order_state::OrderEvent;
use crate::records::{Allocated, Asked, Fact, Intent};

impl Book {
    pub(super) fn intend(&mut self, intent: &Intent) {
        let id = intent.order.cl_ord_id;
        match self.children.get_mut(&id) {
            Some(child) => {
                child.attempts = intent.attempt;
                child.decided = intent.time;
                child.mid = intent.mid;
                child.gone = None;
            }
            None => {
                let mut child = Child::new(intent.order.clone(), intent.time);
                child.mid = intent.mid;
                child.state.apply(&OrderEvent::Submitted);
                self.children.insert(id, Box::new(child));
                self.with_parent(id.parent_id(), |p| p.children = p.children.max(id.child));
            }
        }
        self.index(id);
    }

    pub(super) fn withdraw(&mut self, id: ClOrdId, gone: Gone) {
        // One that the venue ended is not lost, unless it may have filled what nobody knows of; one
        // that it acknowledged can be.
        let can_be_gone = |child: &&mut Box<Child>| {
            let is_whole = child.cum_qty() >= child.order_qty_max();
            !(child.is_closed() && child.is_accounted() && is_whole)
        };
        if let Some(child) = self.children.get_mut(&id).filter(can_be_gone) {
            child.gone = Some(gone);
        }
        self.index(id);
    }

    /// Keeps the index of open children true.
    pub(super) fn index(&mut self, id: ClOrdId) {
        let Some(child) = self.children.get(&id) else {
            return;
        };
        let instrument = &child.order.instrument;
        let of_instrument = self
            .open_by_instrument
            .entry(instrument.clone())
            .or_default();
        if child.is_open() {
            self.open.insert(id);
            of_instrument.insert(id);
        } else {
            self.open.remove(&id);
            of_instrument.remove(&id);
        }
    }

    pub(super) fn ask(&mut self, asked: &Asked) {
        self.requests = self.requests.max(asked.request.0);
        if let Some(child) = self.children.get_mut(&asked.cl_ord_id) {
            let event = match asked.amend {
                Some(amend) => OrderEvent::ReplaceRequested(asked.request, amend.order_qty),
                None => OrderEvent::CancelRequested(asked.request),
            };
            child.state.apply(&event);
        }
    }

    pub(super) fn fact(&mut self, fact: &Fact) -> Heard {
        let (id, report) = (fact.report.cl_ord_id, &fact.report);
        let Some(child) = self.children.get_mut(&id) else {
            return Heard::default();
        };
        let Some(kind) = what_it_proves(child, &report.kind) else {
            return Heard::default();
        };
        let (before, overfilled) = (child.cum_qty(), child.state.overfill());
        let notes = child.state.apply(&OrderEvent::Reported(kind.clone()));
        let names_it = report.venue_id.is_some() && report.venue_id != child.venue_id;
        let revives = child.gone.is_some() && is_evidence(&kind);
        let answers = !child.evidence && is_evidence(&kind);
        let is_news = names_it || revives || answers || says_more(child, &kind, &notes);
        if is_news {
            child.remember(report);
            child.evidence = child.evidence || is_evidence(&kind);
        }
        if revives {
            child.gone = None;
        }
        let change = child.cum_qty() - before;
        let beyond = child.state.overfill() - overfilled;
        self.with_parent(id.parent_id(), |p| {
            p.cum_qty += change;
            p.overfilled += beyond;
        });
        self.index(id);
        Heard { notes, is_news }
    }

    pub(super) fn allocate(&mut self, allocated: &Allocated) {
        for share in &allocated.shares {
            self.ledger.book_share(
                &share.sleeve,
                &allocated.instrument,
                share.quantity,
                allocated.price,
                share.fee,
            );
        }
        if let Some(child) = self.children.get_mut(&allocated.cl_ord_id) {
            child.remember_shares(&allocated.exec_id, &allocated.shares);
        }
        self.with_parent(allocated.cl_ord_id.parent_id(), |parent| {
            let side = parent.parent.side;
            for share in &allocated.shares {
                *parent.got.entry(share.sleeve.clone()).or_default() += side.signed(share.quantity);
            }
        });
    }

    pub(super) fn with_parent(&mut self, id: ParentId, change: impl FnOnce(&mut ParentState)) {
        if let Some(parent) = self.parents.get_mut(&id) {
            change(parent);
        }
    }
}
