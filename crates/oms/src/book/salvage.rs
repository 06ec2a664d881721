//! Records that were lost, and orders that they had sent, taken in.

use polyfolio_model::{ClOrdId, ParentId, SleeveId};
use polyfolio_portfolio::ledger::SleeveAccount;

use super::Book;
use crate::child::Child;
use crate::records::{Intent, Recovered, Salvaged};

impl Book {
    /// The book is older than the world from here on. What the venue had said of an open order may
    /// be long overtaken: each that works is in doubt until it speaks again.
    pub(super) fn lose(&mut self, salvaged: &Salvaged) {
        self.requests = self.requests.max(salvaged.next_request.0.saturating_sub(1));
        for id in &self.open {
            let working = |child: &&mut Box<Child>| child.is_working();
            if let Some(child) = self.children.get_mut(id).filter(working) {
                child.evidence = false;
            }
        }
        self.salvaged = Some(salvaged.clone());
    }

    pub(super) fn take_back(&mut self, recovered: &Recovered) {
        self.intend(&Intent {
            order: recovered.order.clone(),
            attempt: 1,
            time: recovered.time,
            mid: None,
        });
    }

    /// The last time that records were lost, if they ever were.
    pub fn salvaged(&self) -> Option<&Salvaged> {
        self.salvaged.as_ref()
    }

    /// Whether records were lost and none is left of a sleeve that traded, though something is held,
    /// or may be: who owns it is not known, and all of it is nobody's.
    pub fn is_blank_after_a_loss(&self) -> bool {
        let nobody = SleeveId::unassigned();
        let has_traded = |account: &SleeveAccount| {
            !account.positions.is_empty() || !account.bought.is_zero() || !account.sold.is_zero()
        };
        let mut sleeves = self.ledger.accounts().filter(|(id, _)| **id != nobody);
        let is_held = !self.opened || !self.ledger.positions().is_empty();
        self.salvaged.is_some() && is_held && !sleeves.any(|(_, account)| has_traded(account))
    }

    /// Whether an order was sent, if it was, by a record that is lost: it carries our deployment, is
    /// not in this book, and its run is from before the loss.
    pub fn is_lost(&self, id: ClOrdId) -> bool {
        id.deployment == self.deployment
            && !self.children.contains_key(&id)
            && !self.has_left(id)
            && self.is_from_before_a_loss(id.parent_id())
    }

    /// Whether records of a parent may be lost.
    pub fn is_from_before_a_loss(&self, id: ParentId) -> bool {
        let lost = self.salvaged.as_ref();
        lost.is_some_and(|salvaged| id.run < salvaged.next_run)
    }
}
