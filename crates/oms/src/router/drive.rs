//! Parents at work: what each of them does next.
//!
//! Working (its algorithm decides) → Winding (the deadline has passed, what works is canceled) →
//! Sweeping (a market order takes what the exposure rule leaves room for) → Done. A parent that
//! is Done sends nothing more; what still works of it is canceled.

use polyfolio_execution::{
    Action, ChildView, Decision, Limits, ParentView, reconcile, requote_due,
};
use polyfolio_model::{
    ClOrdId, InstrumentId, OrdType, ParentId, Qty, Quote, Side, Span, TimeInForce, Ts,
};
use polyfolio_portfolio::TradingState;

use super::send::Wanted;
use super::{Algo, Router};
use crate::book::ParentState;
use crate::events::Event;
use crate::records::{Arrived, AtDeadline, ParentStage, ParentStaged, Record, RunEnded};

/// A parent whose orders are refused this often in a row is given up.
const SETBACKS_MAX: usize = 3;

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
        if !self.sync.is_done() {
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

    fn work(&mut self, id: ParentId, now: Ts) {
        let Some(state) = self.book.parent(id) else {
            return;
        };
        let deadline = state.parent.deadline;
        if !state.remaining().is_positive() && self.watched(id).is_empty() {
            self.enter(id, ParentStage::Done { left: None }, now);
        } else if now >= deadline || state.denied.is_some() || self.setbacks(id) >= SETBACKS_MAX {
            self.enter(id, ParentStage::Winding, now);
            self.wind(id, now);
        } else if self.may_send(state) {
            self.decide(id, now);
        } else {
            self.cancel_working(id, now);
            self.timers.set(id, deadline);
        }
    }

    /// Whether anything may leave for this parent at all.
    fn may_send(&self, state: &ParentState) -> bool {
        let instrument = &state.parent.instrument.id;
        if self.book.stopped().contains_key(instrument) {
            return false;
        }
        match self.book.trading().0 {
            TradingState::Active => true,
            TradingState::Halted => false,
            TradingState::ReduceOnly => {
                let held = self
                    .account
                    .positions
                    .get(instrument)
                    .copied()
                    .unwrap_or_default();
                match state.parent.side {
                    Side::Buy => held.is_negative(),
                    Side::Sell => held.is_positive(),
                }
            }
        }
    }

    fn decide(&mut self, id: ParentId, now: Ts) {
        let Some(state) = self.book.parent(id) else {
            return;
        };
        let (deadline, instrument) = (state.parent.deadline, state.parent.instrument.id.clone());
        let quote = self.quote(&instrument, now);
        self.note_arrival(id, quote.as_ref(), now);
        self.build_algo(id, now);
        let (Some(state), Some(algo)) = (self.book.parent(id), self.algos.get_mut(&id)) else {
            return;
        };
        let view = view_of(state, self.config.quote_age_max);
        let decision = algo.0.decide(&view, quote.as_ref(), now);
        let (actions, requote_at) = self.actions(id, &decision, now);
        let wakes = [
            decision.wake_at(),
            requote_at.filter(|at| *at > now),
            Some(deadline),
        ];
        let wake = wakes.into_iter().flatten().min().unwrap_or(deadline);
        self.timers.set(id, wake.max(now + Span::from_nanos(1)));
        self.perform(id, actions, now);
    }

    fn actions(&self, id: ParentId, decision: &Decision, now: Ts) -> (Vec<Action>, Option<Ts>) {
        let Some(state) = self.book.parent(id) else {
            return (Vec::new(), None);
        };
        let children: Vec<ChildView> = self
            .watched(id)
            .into_iter()
            .filter_map(|id| self.child_view(id))
            .collect();
        let limits = Limits {
            max_child: state.parent.max_child,
            requote_min: requote_min(state),
            lot: state.parent.instrument.lot,
            tick: state.parent.instrument.tick,
            time_in_force: TimeInForce::Day,
        };
        let actions = reconcile(decision, &children, self.room(id), &limits, now);
        (actions, requote_due(decision, &children, &limits))
    }

    fn child_view(&self, id: ClOrdId) -> Option<ChildView> {
        let (child, watch) = (self.book.child(id)?, self.watches.get(&id)?);
        (child.is_unknown() || child.is_working()).then(|| ChildView {
            cl_ord_id: id,
            leaves: child.may_still_fill(),
            ord_type: child.order.ord_type,
            sent_at: watch.sent_at.unwrap_or(child.decided),
            cancel_pending: child.state.cancel_in_flight(),
            unknown: child.is_unknown(),
        })
    }

    fn perform(&mut self, id: ParentId, actions: Vec<Action>, now: Ts) {
        for action in actions {
            match action {
                Action::Cancel(child) => self.cancel(child, now),
                Action::Submit {
                    qty,
                    ord_type,
                    time_in_force,
                } => {
                    if let Some(until) = self.held_back.get(&id).filter(|until| **until > now) {
                        self.timers.set(id, *until);
                        continue;
                    }
                    self.held_back.remove(&id);
                    self.submit(
                        id,
                        Wanted {
                            order_qty: qty,
                            ord_type,
                            time_in_force,
                        },
                        now,
                    );
                }
            }
        }
    }

    fn note_arrival(&mut self, id: ParentId, quote: Option<&Quote>, now: Ts) {
        let arrived = self
            .book
            .parent(id)
            .is_none_or(|state| state.arrival.is_some());
        if let Some(mid) = quote.and_then(Quote::mid).filter(|_| !arrived) {
            self.record(Record::Arrived(Arrived {
                parent: id,
                mid,
                time: now,
            }));
        }
    }

    fn build_algo(&mut self, id: ParentId, now: Ts) {
        if self.algos.contains_key(&id) {
            return;
        }
        let Some(state) = self.book.parent(id) else {
            return;
        };
        match state.parent.algo.build() {
            Ok(algo) => {
                self.algos.insert(id, Algo(algo));
            }
            Err(error) => {
                let left = Some(format!("the algorithm cannot be built: {error}"));
                self.enter(id, ParentStage::Done { left }, now);
            }
        }
    }

    /// The deadline has passed: what works comes off the book. What is unknown keeps its
    /// reservation, and the sweep trades that much less.
    fn wind(&mut self, id: ParentId, now: Ts) {
        self.cancel_working(id, now);
        let Some(state) = self.book.parent(id) else {
            return;
        };
        let give_up = state.parent.deadline.max(state.parent.start) + state.parent.sweep_for;
        let (unknown, others): (Vec<ClOrdId>, Vec<ClOrdId>) = self
            .watched(id)
            .into_iter()
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
            AtDeadline::Leave => Some("the deadline passed (at_deadline = \"leave\")".to_owned()),
            AtDeadline::Sweep => None,
        }
    }

    fn sweep(&mut self, id: ParentId, now: Ts) {
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
            self.sweep_once(id, now);
        }
    }

    /// One market order at a time, and none against a market that is not there.
    fn sweep_once(&mut self, id: ParentId, now: Ts) {
        let Some(state) = self.book.parent(id) else {
            return;
        };
        let working = self
            .watched(id)
            .into_iter()
            .any(|id| self.book.child(id).is_some_and(|child| !child.is_unknown()));
        let (parent, room) = (&state.parent, self.room(id));
        let quoted = self
            .quote(&parent.instrument.id, now)
            .is_some_and(|quote| quote.opposite(parent.side).is_some());
        if working || !room.is_positive() || !quoted {
            return;
        }
        let (side, rules) = (parent.side, &parent.instrument);
        let most = parent
            .max_child
            .map(|most| most.toward_zero_in_lots(rules.lot));
        let qty = most.map_or(room, |most| room.min(most));
        if !qty.is_positive() {
            // `max_child` is below a lot.
            return;
        }
        let limit = parent
            .limit
            .map(|limit| limit.passive_on_grid(side, rules.tick));
        let ord_type = limit.map_or(OrdType::Market, OrdType::Limit);
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
        let unknown = watched
            .iter()
            .filter(|id| {
                self.book
                    .child(**id)
                    .is_some_and(|child| child.is_unknown())
            })
            .count();
        match (unknown, self.book.parent(id)) {
            (0, _) | (_, None) => "the sweep found no market in time".to_owned(),
            (count, Some(_)) => format!("the fate of {count} of its orders is unknown"),
        }
    }

    /// Refusals and unasked cancels in a row, the newest first.
    fn setbacks(&self, id: ParentId) -> usize {
        self.book
            .children_of(id)
            .rev()
            .take_while(|child| child.is_setback())
            .count()
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

    fn enter(&mut self, id: ParentId, stage: ParentStage, now: Ts) {
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

    /// All parents are done and no order of theirs is open: look at the account once more, then
    /// the run is over.
    fn end_run_when_done(&mut self, now: Ts) {
        if !self.is_run_done() {
            self.closing_since = None;
        } else if self.closing_since.is_none() {
            self.closing_since = Some(now);
            self.sync.want_snapshot(now);
            self.tend_snapshots(now);
        }
    }

    /// Whether there is a run and nothing is left to do for it: all parents are done, and no order
    /// of theirs works or waits to be settled. One whose fate nobody knows does not hold it up.
    pub(super) fn is_run_done(&self) -> bool {
        let Some(run) = self.book.active_run() else {
            return false;
        };
        let number = run.planned.run.0;
        let is_known = |id: &ClOrdId| {
            let child = self.book.child(*id);
            child.is_some_and(|child| !child.is_unknown())
        };
        let mut in_flight = self.watches.keys().filter(|id| id.run == number);
        !in_flight.any(is_known)
            && self
                .book
                .active_parents()
                .all(|(_, state)| state.stage.is_done())
    }

    /// The last look has been taken.
    pub(super) fn close_run(&mut self, now: Ts) {
        self.closing_since = None;
        let Some(run) = self.book.active_run() else {
            return;
        };
        let (number, label) = (run.planned.run, run.planned.label());
        let abandoned = run.abandoned.clone();
        self.publish(Event::RunEnded {
            run: number,
            label,
            abandoned,
        });
        self.record_durably(Record::RunEnded(RunEnded {
            run: number,
            time: now,
        }));
    }

    /// The last quote, unless it is too old to be one.
    pub(super) fn quote(&self, instrument: &InstrumentId, now: Ts) -> Option<Quote> {
        let quote = self.quotes.get(instrument)?;
        (now.since(quote.time) <= self.config.quote_age_max).then_some(*quote)
    }
}

fn view_of(state: &ParentState, quote_max_age: Span) -> ParentView<'_> {
    let parent = &state.parent;
    ParentView {
        instrument: &parent.instrument,
        side: parent.side,
        order_qty: parent.order_qty,
        filled: state.cum_qty,
        open: Qty::ZERO,
        start: parent.start,
        deadline: parent.deadline,
        limit: parent.limit,
        arrival_mid: state.arrival,
        quote_max_age,
    }
}

fn requote_min(state: &ParentState) -> Span {
    match &state.parent.algo {
        polyfolio_execution::AlgoSpec::OptimalLimit { requote_min, .. } => *requote_min,
        _ => Span::from_secs(1),
    }
}
