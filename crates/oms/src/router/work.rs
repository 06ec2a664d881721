//! A parent that works: its algorithm decides, and what it decides is brought about.

use polyfolio_execution::{
    Action, ChildView, Decision, Limits, ParentView, reconcile, requote_due,
};
use polyfolio_model::{ClOrdId, ParentId, Qty, Quote, Side, Span, TimeInForce, Ts};
use polyfolio_portfolio::TradingState;

use super::drive::SETBACKS_MAX;
use super::send::Wanted;
use super::watch::Watch;
use super::{Algo, Router};
use crate::book::ParentState;
use crate::records::{Arrived, ParentStage, Record};

impl Router {
    pub(super) fn work(&mut self, id: ParentId, now: Ts) {
        let Some(state) = self.book.parent(id) else {
            return;
        };
        let deadline = state.parent.deadline;
        if !state.remaining().is_positive() && self.has_none_watched(id) {
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
    pub(super) fn may_send(&self, state: &ParentState) -> bool {
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
            .watches_of(id)
            .filter_map(|(id, watch)| self.child_view(id, watch))
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

    fn child_view(&self, id: ClOrdId, watch: &Watch) -> Option<ChildView> {
        let child = self.book.child(id)?;
        (child.is_unknown() || child.is_working()).then(|| ChildView {
            cl_ord_id: id,
            leaves: child.may_still_fill(),
            ord_type: child.order.ord_type,
            sent_at: watch.sent_at.unwrap_or(child.decided),
            cancel_pending: child.state.cancel_in_flight(),
            unknown: child.is_unknown(),
        })
    }

    pub(super) fn perform(&mut self, id: ParentId, actions: Vec<Action>, now: Ts) {
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

    /// Refusals and unasked cancels in a row, the newest first.
    pub(super) fn setbacks(&self, id: ParentId) -> usize {
        self.book
            .children_of(id)
            .rev()
            .take_while(|child| child.is_setback())
            .count()
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
