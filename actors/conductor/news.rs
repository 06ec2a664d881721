//! What the router and the supervisor tell the conductor, and what it does about it.

use actix::prelude::*;
use polyfolio_model::ClOrdId;
use polyfolio_oms::events::{Event, Recovered};
use polyfolio_oms::router::{OLDER_STATE, ORDER_MISMATCH};

use super::ending::LEAVE;
use super::{Conductor, End, Stage};
use crate::mail::Station;
use crate::messages::{RouterCommand, Task};

impl Conductor {
    pub(super) fn happened(&mut self, event: Event, ctx: &mut Context<Self>) {
        match event {
            Event::Recovered(found) => self.router_recovered(found),
            Event::Reconciled(found) => {
                self.stop_waiting(ctx);
                self.reconciled.get_or_insert(found);
                if self.stage == Stage::Connecting {
                    self.reconciled();
                }
            }
            Event::RunPlanned { label, .. } => {
                self.run = Some(label);
                self.begun_here = true;
            }
            Event::PlanRefused { reason } if self.stop.is_none() && self.run.is_none() => {
                self.over(End::NotPlanned(format!("the plan was not begun: {reason}")));
            }
            Event::RunEnded { abandoned, .. } => {
                self.ended = Some(abandoned);
                self.end_when_marked();
            }
            Event::Stopped { resting } => self.router_has_stopped(resting),
            Event::LinkChanged {
                ready: false,
                detail,
            } => {
                self.trouble = Some(detail);
                self.wait_for_the_broker(ctx);
            }
            Event::DifferenceAdopted {
                by_command: true, ..
            }
            | Event::MarkAdopted { .. }
                if self.stage == Stage::Adopting =>
            {
                self.over_done();
            }
            Event::MarkRefused { reason } if self.stage == Stage::Adopting => {
                self.over(End::Refused(reason));
            }
            Event::OrderGone { cl_ord_id, .. } | Event::ResolveRefused { cl_ord_id, .. }
                if self.stage == Stage::Adopting && self.resolves(cl_ord_id) =>
            {
                self.over_done();
            }
            Event::SnapshotFailed { reason } => self.trouble = Some(reason),
            // Before anything is planned: this directory must not trade at all.
            Event::BreakFound(found) if found.code == OLDER_STATE && !self.adopts_the_mark() => {
                self.over(End::OlderState(found.message));
            }
            Event::BreakFound(found)
                if found.code == ORDER_MISMATCH && !self.takes_a_persons_word() =>
            {
                self.over(End::OrderMismatch(found.message));
            }
            _ => {}
        }
    }

    /// Until the broker's facts and ours are one again. Host time: while the link is down a clock
    /// that jumps has nothing to wait for, and would never come to an end.
    pub(super) fn wait_for_the_broker(&mut self, ctx: &mut Context<Self>) {
        if self.waits.is_some() {
            return;
        }
        let until = self.host.now() + self.connect_timeout;
        let patience = self.host.sleep_until(until).into_actor(self);
        self.waits = Some(ctx.spawn(patience.map(|(), conductor, _| {
            let trouble = conductor.trouble.take();
            let said = trouble.unwrap_or_else(|| "the broker did not answer".to_owned());
            conductor.over(End::Unreachable(said));
        })));
    }

    fn adopts_the_mark(&self) -> bool {
        let task = self.task.as_ref().map(|start| &start.task);
        matches!(task, Some(Task::AdoptMark(_)))
    }

    /// What a person says of orders that the broker has otherwise is heard beside them.
    fn takes_a_persons_word(&self) -> bool {
        let task = self.task.as_ref().map(|start| &start.task);
        matches!(task, Some(Task::AdoptMark(_) | Task::Resolve(..)))
    }

    fn resolves(&self, order: ClOrdId) -> bool {
        let task = self.task.as_ref().map(|start| &start.task);
        matches!(task, Some(Task::Resolve(id, _)) if *id == order)
    }

    fn stop_waiting(&mut self, ctx: &mut Context<Self>) {
        if let Some(waits) = self.waits.take() {
            ctx.cancel_future(waits);
        }
    }

    /// The first word of a router. One that is made anew while we wait for something has not
    /// heard of it, or has done it and could not say so.
    fn router_recovered(&mut self, found: Recovered) {
        self.unfinished.clone_from(&found.run);
        self.recovered.get_or_insert(found);
        let over_unheard = self.unfinished.is_none() && self.run.is_some();
        match self.stage {
            Stage::Executing | Stage::Canceling if over_unheard => {
                self.ended.get_or_insert(None);
                self.over_done();
            }
            // Its first reconcile leads back to where we are, or to a new plan.
            Stage::Executing | Stage::Canceling | Stage::Adopting => {
                self.stage = Stage::Connecting;
            }
            Stage::Stopping => self.command(RouterCommand::Stop(self.stop.unwrap_or(LEAVE))),
            Stage::Closing => self.command(RouterCommand::Stop(LEAVE)),
            Stage::Idle | Stage::Connecting | Stage::Planning | Stage::Over => {}
        }
    }

    fn router_has_stopped(&mut self, resting: u32) {
        self.router_stopped = true;
        match self.stage {
            Stage::Canceling => self.over_done(),
            Stage::Closing => self.tell(),
            _ => {
                let run = self.run.clone().or(self.unfinished.clone());
                let run = run.filter(|_| self.ended.is_none());
                self.over(End::Stopped { run, resting });
            }
        }
    }

    /// Somebody new stands at a station, and what was asked of the former one is forgotten.
    pub(super) fn ask_again(&mut self, station: Station) {
        let as_of = self.task.as_ref().and_then(|task| task.as_of);
        let plan_is_lost = self.stage == Stage::Executing && self.run.is_none();
        match (self.stage, station) {
            (Stage::Planning, Station::Scaler | Station::MarketData) => self.ask_for_a_plan(as_of),
            (Stage::Planning, Station::NavTracker) => {
                self.command(RouterCommand::Reconcile);
                self.ask_for_a_plan(as_of);
            }
            (Stage::Executing, Station::Scaler) if plan_is_lost => self.ask_for_a_plan(as_of),
            (Stage::Executing | Stage::Canceling, Station::NavTracker) => {
                self.any_mark = true;
                self.request_closes_of_run();
                self.command(RouterCommand::Reconcile);
            }
            (Stage::Executing | Stage::Canceling, Station::MarketData) => {
                self.request_closes_of_run();
                self.command(RouterCommand::Resubscribe);
            }
            _ => {}
        }
    }
}
