//! What this process knows of an order beyond the journal. It is gone with the process, and a
//! restart begins it anew, on the side of caution.

use polyfolio_model::{ClOrdId, ParentId, Qty, Span, Ts};

use super::Router;
use crate::child::Child;
use crate::protocol::Rule;
use crate::records::ParentStage;

/// One order that is not over.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    /// When it was sent, or, after a restart, when the first healthy connection stood; `None`
    /// until then. The horizon of an absence proof counts from here.
    pub(super) sent_at: Option<Ts>,
    /// Whether the world was told that its fate is unknown.
    pub(super) told: bool,
    /// When the first snapshot of this session that lacks it was begun.
    pub(super) absent_since: Option<Ts>,
    /// When the venue last said something new of it: a list shows it a propagation lag later.
    pub(super) heard_at: Option<Ts>,
    /// When a cancel of it last left.
    pub(super) cancel_sent: Option<Ts>,
    /// How long to wait for an answer to that cancel before it is repeated.
    pub(super) cancel_pause: Span,
    /// How often a cancel of it has left in this process.
    pub(super) cancels: u32,
    /// From when on a list of the broker that shows it open says that no cancel has an effect.
    pub(super) judged_from: Option<Ts>,
    /// It works on, whatever is asked: a person was told to end it.
    pub(super) is_obstinate: bool,
    /// When we heard that it is closed.
    pub(super) closed_at: Option<Ts>,
    /// How many snapshots did not show all fills of it though they should have.
    pub(super) looked_in_vain: u32,
    /// It is over, no list reaches back to its fills, and the position has not borne out that they
    /// are all known.
    pub(super) unlisted: bool,
    /// A refusal after a repeat: it may speak of one copy while the other lives.
    pub(super) refused: bool,
    /// Why the broker's lists cannot say what became of it, when they were asked.
    pub(super) unprovable: Option<&'static str>,
}

impl Watch {
    /// An order that leaves now.
    pub(super) fn sent(now: Ts) -> Self {
        Self {
            sent_at: Some(now),
            ..Self::found()
        }
    }

    /// An order found in the journal.
    pub(super) fn found() -> Self {
        Self {
            sent_at: None,
            told: false,
            absent_since: None,
            heard_at: None,
            cancel_sent: None,
            cancel_pause: Span::ZERO,
            cancels: 0,
            judged_from: None,
            is_obstinate: false,
            closed_at: None,
            looked_in_vain: 0,
            unlisted: false,
            refused: false,
            unprovable: None,
        }
    }
}

impl Router {
    /// The orders of a parent that are not over, oldest first.
    pub(super) fn watched(&self, parent: ParentId) -> Vec<ClOrdId> {
        self.watches_of(parent).map(|(id, _)| id).collect()
    }

    /// Whether a parent has no order that is not over.
    pub(super) fn has_none_watched(&self, parent: ParentId) -> bool {
        self.watches_of(parent).next().is_none()
    }

    /// The orders of a parent that are not over, oldest first, with what is known of them.
    pub(super) fn watches_of(&self, parent: ParentId) -> impl Iterator<Item = (ClOrdId, &Watch)> {
        let deployment = self.book.deployment();
        let bound = |child| ClOrdId {
            deployment,
            run: parent.run.0,
            parent: parent.parent,
            child,
        };
        let watches = self.watches.range(bound(0)..=bound(u32::MAX));
        watches.map(|(id, watch)| (*id, watch))
    }

    /// How much of a parent may still be sent: what is wanted, less what is filled, less
    /// everything that may still fill. This is the exposure rule.
    pub(super) fn room(&self, parent: ParentId) -> Qty {
        let Some(state) = self.book.parent(parent) else {
            return Qty::ZERO;
        };
        if !self.keeps(Rule::RoomIsForAll) {
            return state.remaining();
        }
        let sweeps_all =
            state.stage == ParentStage::Sweeping && !self.keeps(Rule::SweepLeavesTheUnknown);
        let children = self.watches_of(parent);
        let reserved: Qty = children
            .filter_map(|(id, _)| self.book.child(id))
            .filter(|child| !sweeps_all || !child.is_unknown())
            .map(reserved)
            .sum();
        (state.remaining() - reserved).max(Qty::ZERO)
    }
}

/// What an order that is not over may still fill. The room of a closed order is given out again
/// only once it is settled: a close report can arrive before the last fill.
fn reserved(child: &Child) -> Qty {
    if child.gone.is_none() && child.is_closed() {
        (child.order_qty_max() - child.cum_qty()).max(Qty::ZERO)
    } else {
        child.may_still_fill()
    }
}
