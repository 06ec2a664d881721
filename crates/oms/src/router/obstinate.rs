//! Orders that work on though their cancel was asked for again and again: the venue refuses, says
//! that it knows no such order while its lists show it, or does not answer.
//!
//! Nothing that we can send ends such an order. Its quantity stays reserved and its fills count;
//! its instrument stops, a person is told to cancel it at the broker, and no run waits for it. The
//! cancel is repeated all the same, and whatever tells of its end sets the instrument free.

use polyfolio_model::{ClOrdId, OrderFacts, Ts};

use super::Router;
use crate::doubt::works_on;
use crate::events::Event;

/// How often a cancel of one order is sent before a person is told that it has no effect. Each waits
/// twice as long as the one before it.
const CANCELS_MAX: u32 = 5;

/// What is said of it.
pub(super) const NO_EFFECT: &str = "the broker lists it as open after every cancel";

impl Router {
    /// A cancel has left: after too many of them the broker's lists say whether it still works.
    pub(super) fn count_cancel(&mut self, id: ClOrdId, now: Ts) {
        let patience = self.config.capabilities.ack_timeout;
        let Some(watch) = self.watches.get_mut(&id) else {
            return;
        };
        watch.cancels = watch.cancels.saturating_add(1);
        if watch.cancels == CANCELS_MAX {
            // Later cancels are no reason to wait longer.
            watch.judged_from = Some(now + patience);
            self.sync.want_snapshot(now + patience);
        }
    }

    /// A snapshot that was begun at `begun` lists an order that is not over.
    pub(super) fn still_listed(&mut self, id: ClOrdId, listed: &OrderFacts, begun: Ts, now: Ts) {
        let (Some(child), Some(watch)) = (self.book.child(id), self.watches.get_mut(&id)) else {
            return;
        };
        watch.absent_since = None;
        let goes_on = listed.is_open() && child.is_working();
        let Some(from) = watch.judged_from.filter(|_| goes_on) else {
            return;
        };
        if begun < from {
            return self.sync.want_snapshot(from);
        }
        let is_news = !std::mem::replace(&mut watch.is_obstinate, true);
        let (instrument, reason) = (child.order.instrument.clone(), works_on(id, NO_EFFECT));
        let stopped_for = self.book.stopped().get(&instrument);
        let is_other_stop = stopped_for.is_some_and(|known| *known != reason);
        if is_news && is_other_stop {
            // It waits for a person already, for something else: this is to be done as well.
            self.publish(Event::InstrumentStopped {
                symbol: instrument.clone(),
                reason: reason.clone(),
            });
        }
        // At every look: whoever resumes without having ended it is told again.
        self.stop_instrument(instrument, reason, now);
    }

    /// Whether an order works on, and a person has been told to end it.
    pub(super) fn is_obstinate(&self, id: ClOrdId) -> bool {
        let is_working = self.book.child(id).is_some_and(|child| child.is_working());
        let was_told = |watch: &super::Watch| watch.is_obstinate;
        is_working && self.watches.get(&id).is_some_and(was_told)
    }
}
