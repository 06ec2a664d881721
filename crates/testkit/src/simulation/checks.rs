//! What must hold at every step, seen from outside the core.

use polyfolio_model::broker::DuplicateScope;
use polyfolio_model::{ClOrdId, ParentId, Qty};
use polyfolio_oms::{Record, invariants};

use super::Simulation;
use crate::fault::Fault;

impl Simulation {
    /// The exposure rule over the venue's own orders and the submits that are on their way.
    pub(super) fn check_exposure(&self, parent: ParentId) -> Result<(), Fault> {
        let Some(wanted) = self.wanted(parent) else {
            return Ok(());
        };
        let range = bounds(self.scenario.deployment, parent);
        let flying = self.flying.range(range.clone());
        let on_the_way: Qty = flying.map(|(id, copies)| self.may_land(*id, copies)).sum();
        let there: Qty = self
            .exchange
            .ids()
            .filter(|id| range.contains(id))
            .filter_map(|id| self.exchange.exposure(id))
            .sum();
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
        let copies = self.exchange.accepted_copies().find(|(one, _)| *one == id);
        match copies {
            Some((_, copies)) if copies > 1 => {
                let what = format!("order {id} is at the venue {copies} times");
                Err(Fault::new("one venue order per ClOrdId", what))
            }
            _ => Ok(()),
        }
    }

    /// An order leaves as often as its intent is durable, and no more.
    pub(super) fn check_intent(&mut self, id: ClOrdId) -> Result<(), Fault> {
        let records = self.journal.records_from(self.intents_read)?;
        self.intents_read = self.journal.len();
        for record in records {
            if let Record::Intent(intent) = record {
                *self.intended.entry(intent.order.cl_ord_id).or_default() += 1;
            }
        }
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

    /// The core's own invariants, for every parent.
    pub(super) fn check_process(&self) -> Result<(), Fault> {
        let Some(router) = &self.process else {
            return Ok(());
        };
        let parents: Vec<ParentId> = router.book().active_parents().map(|(id, _)| id).collect();
        let violations = invariants::check(router.book(), parents);
        if violations.is_empty() {
            Ok(())
        } else {
            Err(Fault::new("the invariants hold", violations.join("; ")))
        }
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
