//! What must hold at every step, seen from outside the core.

use polyfolio_model::broker::DuplicateScope;
use polyfolio_model::{ClOrdId, ParentId, Qty};
use polyfolio_oms::router::CASH;
use polyfolio_oms::{Event, Record, invariants};

use super::Simulation;
use crate::fault::Fault;
use crate::scenario::Amends;

impl Simulation {
    /// The exposure rule over the venue's own orders and the submits that are on their way. It can
    /// only be broken when an order leaves or arrives, so it is looked at then.
    pub(super) fn check_exposure(&self, parent: ParentId) -> Result<(), Fault> {
        let Some(wanted) = self.wanted(parent) else {
            return Ok(());
        };
        let range = bounds(self.scenario.deployment, parent);
        let flying = self.flying.range(range.clone());
        let on_the_way: Qty = flying.map(|(id, copies)| self.may_land(*id, copies)).sum();
        let there = self.exchange.exposure_within(range);
        if there + on_the_way <= wanted {
            return Ok(());
        }
        let what = format!(
            "parent {parent}: {there} at the venue and {on_the_way} on the way, of {wanted} wanted"
        );
        Err(Fault::new("the exposure rule", what))
    }

    /// What of the copies of a submit can still become an order.
    fn may_land(&self, id: ClOrdId, copies: &[Qty]) -> Qty {
        let is_unique = self.scenario.character.capabilities.duplicates == DuplicateScope::Forever;
        match copies.first() {
            Some(_) if is_unique && self.exchange.exposure(id).is_some() => Qty::ZERO,
            Some(quantity) if is_unique => *quantity,
            _ => copies.iter().copied().sum(),
        }
    }

    fn wanted(&self, parent: ParentId) -> Option<Qty> {
        let run = self.scenario.runs.get(parent.run.0 as usize - 1)?;
        let planned = run.parents.get(parent.parent as usize - 1)?;
        Some(planned.order_qty)
    }

    /// At most one venue order per client order id.
    pub(super) fn check_copies(&self, id: ClOrdId) -> Result<(), Fault> {
        match self.exchange.accepted_copies(id) {
            0 | 1 => Ok(()),
            copies => {
                let what = format!("order {id} is at the venue {copies} times");
                Err(Fault::new("one venue order per ClOrdId", what))
            }
        }
    }

    /// An order leaves as often as its intent is durable, and no more.
    pub(super) fn check_intent(&mut self, id: ClOrdId) -> Result<(), Fault> {
        for record in self.journal.records_from(self.intents_read) {
            if let Record::Intent(intent) = record {
                *self.intended.entry(intent.order.cl_ord_id).or_default() += 1;
            }
        }
        self.intents_read = self.journal.len();
        let count = |of: &std::collections::BTreeMap<ClOrdId, u32>| {
            of.get(&id).copied().unwrap_or_default()
        };
        let (sent, intended) = (count(&self.sent), count(&self.intended));
        if sent <= intended {
            return Ok(());
        }
        let what =
            format!("order {id} leaves for the {sent}. time, {intended} intents are durable");
        Err(Fault::new("no submit without a durable intent", what))
    }

    /// After every connection the venue is heard before anything is sent.
    pub(super) fn check_lists(&self, id: ClOrdId) -> Result<(), Fault> {
        if self.has_lists {
            return Ok(());
        }
        let what = format!("order {id} leaves before the venue's lists have come");
        Err(Fault::new("a reconcile before anything is sent", what))
    }

    /// The core's own invariants, for every parent. The core looks at those that it touches.
    pub(super) fn check_process(&self) -> Result<(), Fault> {
        let Some(router) = &self.process else {
            return Ok(());
        };
        let parents = router.book().parents().keys().copied();
        let violations = invariants::check(router.book(), parents);
        if violations.is_empty() {
            Ok(())
        } else {
            Err(Fault::new("the invariants hold", violations.join("; ")))
        }
    }

    /// What the core tells the world: no invariant is violated, and it finds no difference that
    /// the venue's own lists explain.
    pub(super) fn check_event(&self, event: &Event) -> Result<(), Fault> {
        match event {
            Event::InvariantViolated { violations } => {
                Err(Fault::new("the invariants hold", violations.join("; ")))
            }
            Event::BreakFound(found) if !self.may_find(&found.code) => Err(Fault::new(
                "the books agree while the venue keeps its promises",
                format!("{found:?}"),
            )),
            _ => Ok(()),
        }
    }

    fn may_find(&self, code: &str) -> bool {
        let loses_fees = self.scenario.character.late_fee > 0.0;
        match code {
            "position" => self.may_break(),
            CASH => self.may_break() || loses_fees,
            _ => false,
        }
    }

    /// Whether this venue keeps facts from those who were not there: then our book and the
    /// venue's may differ, and it must be on record.
    pub(super) fn may_break(&self) -> bool {
        let character = &self.scenario.character;
        character.reach.is_some() || character.amends == Some(Amends::SaidOnce)
    }
}

fn bounds(deployment: u32, parent: ParentId) -> std::ops::RangeInclusive<ClOrdId> {
    let bound = |child| ClOrdId {
        deployment,
        run: parent.run.0,
        parent: parent.parent,
        child,
    };
    bound(0)..=bound(u32::MAX)
}
