//! A parent whose time is over: what works comes off the book, and a market order takes what the
//! exposure rule leaves room for.

use polyfolio_execution::Action;
use polyfolio_model::{ClOrdId, OrdType, ParentId, TimeInForce, Ts};

use super::Router;
use super::drive::SETBACKS_MAX;
use crate::book::ParentState;
use crate::child::Child;
use crate::records::{AtDeadline, ParentStage};

impl Router {
    /// The deadline has passed: what works comes off the book. What is unknown keeps its
    /// reservation, and the sweep trades that much less.
    pub(super) fn wind(&mut self, id: ParentId, now: Ts) {
        self.cancel_working(id, now);
        let Some(state) = self.book.parent(id) else {
            return;
        };
        let give_up = state.parent.deadline.max(state.parent.start) + state.parent.sweep_for;
        let (unknown, others): (Vec<ClOrdId>, Vec<ClOrdId>) = self
            .watches_of(id)
            .map(|(id, _)| id)
            .partition(|id| self.book.child(*id).is_some_and(|child| child.is_unknown()));
        if !others.is_empty() && now < give_up {
            self.timers.set(id, give_up);
        } else if !state.remaining().is_positive() && unknown.is_empty() && others.is_empty() {
            self.enter(id, ParentStage::Done { left: None }, now);
        } else if let Some(why) = self.why_no_sweep(id, state) {
            if unknown.is_empty() || now >= give_up {
                self.enter(id, ParentStage::Done { left: Some(why) }, now);
            } else {
                self.timers.set(id, give_up);
            }
        } else {
            self.enter(id, ParentStage::Sweeping, now);
            self.sweep(id, now);
        }
    }

    fn why_no_sweep(&self, id: ParentId, state: &ParentState) -> Option<String> {
        if let Some(denied) = &state.denied {
            return Some(format!("denied ({}): {}", denied.code, denied.message));
        }
        if self.setbacks(id) >= SETBACKS_MAX {
            return Some("the broker refused its orders".to_owned());
        }
        if let Some(reason) = self.book.stopped().get(&state.parent.instrument.id) {
            return Some(reason.clone());
        }
        if !self.may_send(state) {
            return Some(format!("trading is {}", self.book.trading().0));
        }
        match state.parent.at_deadline {
            AtDeadline::Leave => Some(self.put_off.get(&id).map_or_else(
                || "the deadline passed (at_deadline = \"leave\")".to_owned(),
                |denied| format!("denied ({}): {}", denied.code, denied.message),
            )),
            AtDeadline::Sweep => None,
        }
    }

    pub(super) fn sweep(&mut self, id: ParentId, now: Ts) {
        let Some(state) = self.book.parent(id) else {
            return;
        };
        let give_up = state.parent.deadline + state.parent.sweep_for;
        let watched = self.watched(id);
        if !state.remaining().is_positive() && watched.is_empty() {
            self.enter(id, ParentStage::Done { left: None }, now);
        } else if now >= give_up {
            self.cancel_working(id, now);
            let left = Some(self.why_sweep_failed(id, &watched));
            self.enter(id, ParentStage::Done { left }, now);
        } else if let Some(why) = self.why_no_sweep(id, state) {
            self.cancel_working(id, now);
            if watched.is_empty() {
                self.enter(id, ParentStage::Done { left: Some(why) }, now);
            } else {
                self.timers.set(id, give_up);
            }
        } else {
            self.timers.set(id, give_up);
            self.cancel_what_rests(id, now);
            self.sweep_once(id, now);
        }
    }

    /// Orders of the time before the deadline that came to life behind it make room for the sweep.
    fn cancel_what_rests(&mut self, id: ParentId, now: Ts) {
        let Some(state) = self.book.parent(id) else {
            return;
        };
        let sweeps = swept_as(state);
        let rests = |id: &ClOrdId| {
            let child = self.book.child(*id);
            child.is_some_and(|child| child.is_working() && child.order.ord_type != sweeps)
        };
        let resting: Vec<ClOrdId> = self.watched(id).into_iter().filter(rests).collect();
        for child in resting {
            self.cancel(child, now);
        }
    }

    /// One market order at a time, and none against a market that is not there.
    fn sweep_once(&mut self, id: ParentId, now: Ts) {
        let Some(state) = self.book.parent(id) else {
            return;
        };
        let working = self
            .watches_of(id)
            .any(|(id, _)| self.book.child(id).is_some_and(|child| !child.is_unknown()));
        let (parent, room) = (&state.parent, self.room(id));
        let quoted = self
            .quote(&parent.instrument.id, now)
            .is_some_and(|quote| quote.opposite(parent.side).is_some());
        if working || !room.is_positive() || !quoted {
            return;
        }
        let most = parent
            .max_child
            .map(|most| most.toward_zero_in_lots(parent.instrument.lot));
        let qty = most.map_or(room, |most| room.min(most));
        if !qty.is_positive() {
            // `max_child` is below a lot.
            return;
        }
        let ord_type = swept_as(state);
        self.perform(
            id,
            vec![Action::Submit {
                qty,
                ord_type,
                time_in_force: TimeInForce::Day,
            }],
            now,
        );
    }

    fn why_sweep_failed(&self, id: ParentId, watched: &[ClOrdId]) -> String {
        let count = |counts: fn(&Child) -> bool| {
            let children = watched.iter().filter_map(|id| self.book.child(*id));
            children.filter(|child| counts(child)).count()
        };
        let (unknown, working) = (count(Child::is_unknown), count(Child::is_working));
        let stopped_for = self.book.parent(id).and_then(|state| {
            let instrument = &state.parent.instrument.id;
            self.book.stopped().get(instrument)
        });
        if let Some(reason) = stopped_for {
            return reason.clone();
        }
        match (unknown, self.put_off.get(&id)) {
            (0, _) if working > 0 => {
                let orders = orders(working);
                format!("no cancel had an effect in time on {orders}, still working")
            }
            (0, Some(denied)) => format!("denied ({}): {}", denied.code, denied.message),
            (0, None) => "the sweep found no market in time".to_owned(),
            (count, _) => format!("the fate of {} is unknown", orders(count)),
        }
    }
}

/// At the market, or at the parent's own limit.
fn swept_as(state: &ParentState) -> OrdType {
    let parent = &state.parent;
    let limit = parent
        .limit
        .map(|limit| limit.passive_on_grid(parent.side, parent.instrument.tick));
    limit.map_or(OrdType::Market, OrdType::Limit)
}

fn orders(count: usize) -> String {
    match count {
        1 => "one of its orders".to_owned(),
        _ => format!("{count} of its orders"),
    }
}
