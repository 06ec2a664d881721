//! What leaves memory, and when.
//!
//! When a run is planned, the orders of the runs before the last one leave that nobody has spoken
//! of for a day, unless they may still trade or a person has to say what became of them, and their
//! parents with them. Until then a broker's late word is taken in exactly; later it is no word
//! about an order that is known, and what it moved shows as a difference of positions.

use std::collections::BTreeSet;

use polyfolio_model::{ClOrdId, RunId, Span, Ts};

use super::Book;
use crate::child::Child;
use crate::doubt::order_in_doubt;
use crate::records::{Break, Nav};

/// How long an order stays at least, from its last word on: brokers correct a day's executions
/// within the day.
pub const STAYS_FOR: Span = Span::from_secs(24 * 3_600);

/// How many breaks are remembered.
pub const BREAKS_MAX: usize = 1_000;

/// How many marks of the account are remembered.
pub const NAVS_MAX: usize = 20_000;

/// How many of them say what each sleeve was worth.
pub const SLEEVE_NAVS_MAX: usize = 250;

impl Book {
    /// Whether an order, if it was ever sent from here, was over long ago: it left memory, with
    /// all that it filled in the books. Nothing that is said of it is news.
    pub fn has_left(&self, id: ClOrdId) -> bool {
        id.deployment == self.deployment
            && id.run <= self.left.0
            && !self.children.contains_key(&id)
    }

    /// Lets go of what was over before the last run began, and of which nothing was heard for long.
    pub(super) fn forget_before_the_last_run(&mut self, now: Ts) {
        let Some(last) = self.run.as_ref().map(|run| run.planned.run) else {
            return;
        };
        let stays = |run: RunId| run >= last;
        let in_doubt: BTreeSet<ClOrdId> = self
            .stopped
            .values()
            .filter_map(|reason| order_in_doubt(reason))
            .collect();
        let left = &mut self.left;
        self.children.retain(|id, child| {
            let waits = child.is_open() || in_doubt.contains(id);
            let is_kept = stays(RunId(id.run)) || waits || is_recent(child, now);
            if !is_kept {
                *left = (*left).max(RunId(id.run));
            }
            is_kept
        });
        let children = &self.children;
        let deployment = self.deployment;
        let has_orders = |run: RunId, parent: u32| {
            let bound = |child| ClOrdId {
                deployment,
                run: run.0,
                parent,
                child,
            };
            children.range(bound(0)..=bound(u32::MAX)).next().is_some()
        };
        self.parents
            .retain(|id, _| stays(id.run) || has_orders(id.run, id.parent));
        self.open_by_instrument.retain(|_, open| !open.is_empty());
    }

    pub(super) fn find(&mut self, found: Break) {
        self.breaks.push_back(found);
        if self.breaks.len() > BREAKS_MAX {
            self.breaks.pop_front();
        }
    }

    pub(super) fn value(&mut self, nav: Nav) {
        self.navs.push_back(nav);
        if self.navs.len() > NAVS_MAX {
            self.navs.pop_front();
        }
        let older = self.navs.len().checked_sub(SLEEVE_NAVS_MAX + 1);
        if let Some(nav) = older.and_then(|at| self.navs.get_mut(at)) {
            nav.sleeves.clear();
        }
    }
}

fn is_recent(child: &Child, now: Ts) -> bool {
    let last_word = child.reported_at.max(Some(child.decided));
    last_word.is_some_and(|at| now < at + STAYS_FOR)
}
