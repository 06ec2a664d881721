//! What leaves memory, and when.
//!
//! When a run is planned, the orders of the runs before the last one leave, unless they may still
//! trade, and their parents with them. A broker's late word is thus taken in exactly for as long
//! as the run after the order's own lasts; later it is no word about an order that is known, and
//! what it moved shows as a difference of positions.

use polyfolio_model::{ClOrdId, RunId};

use super::Book;
use crate::records::{Break, Nav};

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

    /// Lets go of what was over before the last run began.
    pub(super) fn forget_before_the_last_run(&mut self) {
        let Some(last) = self.run.as_ref().map(|run| run.planned.run) else {
            return;
        };
        let stays = |run: RunId| run >= last;
        self.children
            .retain(|id, child| stays(RunId(id.run)) || child.is_open());
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
        self.left = self.left.max(RunId(last.0.saturating_sub(1)));
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
