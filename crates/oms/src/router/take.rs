//! Inputs, taken in: each leaves its facts in the book, and marks what to look at again.

use std::sync::Arc;

use polyfolio_model::broker::{Link, Report};
use polyfolio_model::{
    CancelRejectReason, ClOrdId, ExecKind, ExecutionReport, Money, OrdStatus, Quote, RejectReason,
    RunId, SleeveId, Ts,
};
use polyfolio_portfolio::TradingState;

use super::bounds;
use super::{Effect, Input, Router, RunPlan};
use crate::events::Event;
use crate::invariants;
use crate::protocol::Rule;
use crate::records::{
    Abandoned, Cross, Fact, Given, Parent, Planned, Record, Trading, Transfer, Withdrawn, run_label,
};
use polyfolio_model::ParentId;

impl Router {
    pub(super) fn take(&mut self, input: Input, now: Ts) {
        match input {
            Input::Plan(plan) => self.begin(*plan, now),
            Input::Report(Report::Execution(report)) => self.hear_if_bounded(report, now),
            Input::Report(Report::Snapshot(id, answer)) => self.take_snapshot(id, answer, now),
            Input::Report(Report::Link(Link::Ready)) => self.link_up(now),
            Input::Report(Report::Link(Link::Down { reason })) => self.link_down(reason),
            Input::NotSent(id, why) => self.not_sent(id, why, now),
            Input::Quote(instrument, quote) => {
                if let Some(parent) = self.by_instrument.get(&instrument) {
                    self.dirty.insert(*parent);
                }
                let quote = Quote::new(quote.bid, quote.ask, quote.time);
                self.quotes.insert(instrument, quote);
            }
            Input::Note(record) => self.note(*record),
            Input::Wake => {}
            Input::Abandon(reason) => self.abandon(reason, now),
            Input::SetTrading(state, reason) => self.set_trading(state, reason, now),
            Input::CancelAll(reason) => {
                self.abandon(reason, now);
                let open: Vec<ClOrdId> = self.book.open_children().map(|c| c.id()).collect();
                self.dirty.extend(open.into_iter().map(|id| id.parent_id()));
            }
            Input::Reconcile => self.sync.want_snapshot(now),
            Input::Adopt(reason) => self.adopt_by_command(reason, now),
            Input::AdoptMark(reason) => self.adopt_mark(&reason, now),
            Input::Resolve(id, reason) => self.resolve_by_command(id, reason, now),
            Input::Stop(policy) => {
                self.stopping.get_or_insert(policy);
                let patience = self.config.capabilities.ack_timeout;
                self.stop_by.get_or_insert(now + patience + patience);
                self.out.durable = true;
                self.look_at_everything();
            }
        }
    }

    /// Somebody else's record. An instrument that is stopped or free again concerns its parent,
    /// a change of trading everybody.
    fn note(&mut self, record: Record) {
        if matches!(record, Record::Trading(_)) {
            self.look_at_everything();
        }
        if let Record::Stopped(stopped) = &record {
            self.dirty
                .extend(self.by_instrument.get(&stopped.instrument));
        }
        self.record(record);
    }

    /// Makes a run durable: it, its gifts, its transfers, its crosses and its parents in one batch. One that
    /// comes behind a stop is not begun: whoever stopped was told that there is none. Nor is one
    /// beside a run that is not over, nor one whose amounts would not read back.
    fn begin(&mut self, plan: RunPlan, now: Ts) {
        if let Some(reason) = self.why_no_run(&plan) {
            return self.publish(Event::PlanRefused { reason });
        }
        let violations = invariants::check_plan(&plan);
        if !violations.is_empty() {
            let reason = "its numbers do not add up".to_owned();
            self.publish(Event::PlanRefused { reason });
            return self.halt_for(violations, now);
        }
        let run = self.book.next_run();
        let deadline = now + plan.horizon;
        let parents = u32::try_from(plan.parents.len()).unwrap_or(u32::MAX);
        self.publish(Event::RunPlanned {
            run,
            label: run_label(plan.decision_date, run),
            parents,
            deadline,
        });
        self.record_durably(Record::Planned(Planned {
            run,
            decision_date: plan.decision_date,
            start: now,
            deadline,
            parents,
            plan: Arc::clone(&plan.plan),
            mark: plan.mark.clone(),
        }));
        self.stop_at_a_loss(now);
        self.watches.retain(|id, _| self.book.child(*id).is_some());
        self.begin_inside(run, &plan, now);
        for (count, planned) in (1..).zip(plan.parents) {
            let id = ParentId { run, parent: count };
            self.record(Record::Parent(Parent {
                id,
                instrument: planned.instrument,
                side: planned.side,
                order_qty: planned.order_qty,
                wants: planned.wants,
                algo: planned.algo,
                limit: planned.limit,
                max_child: planned.max_child,
                decision_price: planned.decision_price,
                start: now,
                deadline,
                at_deadline: planned.at_deadline,
                sweep_for: planned.sweep_for,
            }));
        }
        self.look_at_everything();
    }

    fn why_no_run(&self, plan: &RunPlan) -> Option<String> {
        if self.config.looks_only {
            return Some("the router only looks".to_owned());
        }
        if self.stopping.is_some() {
            return Some("the router is coming to a stop".to_owned());
        }
        if let Some(run) = self.book.active_run() {
            return Some(format!("run {} is not over", run.planned.label()));
        }
        bounds::of_plan(plan).map(|what| format!("it is not one that can be on record: {what}"))
    }

    /// What of a plan needs no market.
    fn begin_inside(&mut self, run: RunId, plan: &RunPlan, now: Ts) {
        for gift in &plan.gifts {
            self.record(Record::Given(Given {
                from: gift.from.clone(),
                to: SleeveId::unassigned(),
                cash: Money::ZERO,
                positions: gift.positions.clone(),
                reason: "it left the config: portfolio.on_departure".to_owned(),
                time: now,
            }));
        }
        for (sleeve, cash) in plan.transfers.iter().filter(|(_, cash)| !cash.is_zero()) {
            self.record(Record::Transfer(Transfer {
                run,
                sleeve: sleeve.clone(),
                cash: *cash,
            }));
        }
        for cross in &plan.crosses {
            self.record(Record::Cross(Cross {
                run,
                instrument: cross.instrument.clone(),
                quantity: cross.quantity,
                price: cross.price,
                from: cross.from.clone(),
                to: cross.to.clone(),
            }));
        }
    }

    /// Takes a broker's word about an order, whatever it is, once.
    pub(super) fn hear(&mut self, report: ExecutionReport, now: Ts) {
        let id = report.cl_ord_id;
        if id.deployment != self.book.deployment() || self.sync.others.contains(&id) {
            return;
        }
        let Some(child) = self.book.child(id) else {
            if self.book.is_lost(id) || self.book.has_left(id) {
                // The broker's lists say what it is, its positions what it moved.
                self.sync.want_snapshot(now);
            } else {
                self.find_unknown_order(id, now);
            }
            return;
        };
        let (status, refused) = (child.status(), child.attempts > 1);
        let child_is_closed = child.is_closed();
        let text = match &report.kind {
            ExecKind::Rejected { text, .. } => Some(text.clone()),
            _ => None,
        };
        if let Some(watch) = self
            .watches
            .get_mut(&id)
            .filter(|_| text.is_some() && refused)
        {
            watch.refused = true;
        }
        let duplicate = matches!(
            report.kind,
            ExecKind::Rejected {
                reason: RejectReason::DuplicateClOrdId,
                ..
            }
        );
        let is_answer = matches!(report.kind, ExecKind::CancelRejected { .. });
        if self.is_misread(id, &report.kind) {
            return self.declare_absent(id, now);
        }
        let is_late = matches!(report.kind, ExecKind::Trade(_)) && child_is_closed;
        if is_late && !self.keeps(Rule::LateFillsCount) {
            return;
        }
        let fact = Fact { report, heard: now };
        let heard = self.book.hear(&fact);
        self.touched.insert(id.parent_id());
        if heard.is_news {
            self.out.records.push(Record::Fact(fact));
            if let Some(watch) = self.watches.get_mut(&id).filter(|_| !is_answer) {
                watch.heard_at = Some(now);
                watch.absent_since = None;
                watch.unprovable = None;
            }
        } else if duplicate || is_answer {
            // Nothing is proved by it: only the broker's lists can tell.
            self.look_for(id, now);
        }
        self.follow_up(id, heard.notes, now);
        self.publish_change(id, status, text);
        self.recheck(id, now);
    }

    /// Whether a refusal would be taken for the end of an order, by rules that production keeps.
    fn is_misread(&self, id: ClOrdId, kind: &ExecKind) -> bool {
        let Some(child) = self.book.child(id) else {
            return false;
        };
        let broken = match kind {
            ExecKind::Rejected {
                reason: RejectReason::DuplicateClOrdId,
                ..
            } => Rule::DuplicateMeansItExists,
            ExecKind::Rejected { .. } => Rule::RefusalOfARepeatProvesNothing,
            ExecKind::CancelRejected {
                reason: CancelRejectReason::UnknownOrder,
                ..
            } => Rule::CancelMayOvertake,
            _ => return false,
        };
        let speaks_of_a_repeat = !child.evidence && child.attempts > 1;
        (speaks_of_a_repeat || broken == Rule::CancelMayOvertake) && !self.keeps(broken)
    }

    /// Asks how an order stands that the broker has denied or taken for another.
    pub(super) fn look_for(&mut self, id: ClOrdId, now: Ts) {
        let is_open = self.book.child(id).is_some_and(|child| child.is_open());
        if is_open && self.sync.is_up() {
            self.out.commands.push(Effect::Query(id));
            self.sync.want_snapshot(now);
        }
    }

    fn publish_change(&mut self, id: ClOrdId, before: OrdStatus, text: Option<String>) {
        let Some(child) = self.book.child(id) else {
            return;
        };
        if child.status() == before && text.is_none() {
            return;
        }
        let event = Event::OrderChanged {
            cl_ord_id: id,
            symbol: child.order.instrument.clone(),
            status: child.status(),
            cum_qty: child.cum_qty(),
            text,
        };
        self.publish(event);
    }

    fn not_sent(&mut self, id: ClOrdId, why: &'static str, now: Ts) {
        if self
            .book
            .child(id)
            .is_none_or(|child| !child.is_unknown() || child.attempts > 1)
        {
            return;
        }
        let evidence = format!("no byte of it left: {why}");
        self.record(Record::NotSent(Withdrawn {
            cl_ord_id: id,
            evidence: evidence.clone(),
            time: now,
        }));
        self.forget(id, now);
        self.publish(Event::OrderGone {
            cl_ord_id: id,
            evidence,
        });
        // Not at once: what could not be sent now will most likely not be sent now.
        let parent = id.parent_id();
        self.timers.set(parent, now + self.config.snapshot_retry);
        self.held_back
            .insert(parent, now + self.config.snapshot_retry);
    }

    pub(super) fn abandon(&mut self, reason: String, now: Ts) {
        let Some(run) = self.book.active_run() else {
            return;
        };
        if run.abandoned.is_some() {
            return;
        }
        let run = run.planned.run;
        self.record_durably(Record::Abandoned(Abandoned {
            run,
            reason,
            time: now,
        }));
        self.look_at_everything();
    }

    pub(super) fn set_trading(&mut self, state: TradingState, reason: String, now: Ts) {
        let frees = state == TradingState::Active && !self.book.stopped().is_empty();
        // A halt is never loosened by a lesser one: a person who has looked resumes first.
        let is_lesser =
            state == TradingState::ReduceOnly && self.book.trading().0 == TradingState::Halted;
        if is_lesser || (self.book.trading().0 == state && !frees) {
            return;
        }
        if frees {
            // What stopped an instrument may still stand.
            self.sync.want_snapshot(now);
        }
        self.publish(Event::TradingChanged {
            state,
            reason: reason.clone(),
        });
        self.record_durably(Record::Trading(Trading {
            state,
            reason,
            time: now,
        }));
        self.look_at_everything();
    }
}
