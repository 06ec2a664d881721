//! The process: it starts, takes inputs, performs effects in their order, and dies.

use polyfolio_model::{NewOrder, Span};
use polyfolio_oms::router::{Effect, Input, RunPlan};
use polyfolio_oms::{Event, Record, Router};
use polyfolio_portfolio::TradingState;

use super::{Due, Simulation};
use crate::fault::Fault;
use crate::mutation::Mutation;
use crate::scenario::{CrashPoint, Wish};

/// Who halts trading, gives runs up and cancels everything.
pub(super) const PERSON: &str = "a person";

impl Simulation {
    /// Start is recover: fold the journal, then connect.
    pub(super) fn start(&mut self) -> Result<(), Fault> {
        let mut records = self.journal.records()?;
        if self.mutation == Some(Mutation::LoseLastIntent) {
            lose_last_intent(&mut records);
        }
        self.log.line(
            self.now,
            format_args!("starts with {} records", records.len()),
        );
        let (config, deployment) = (self.scenario.router.clone(), self.scenario.deployment);
        self.process = Some(Router::recover(config, deployment, records));
        (self.wake, self.planning) = (None, false);
        self.reached.clear();
        if !self.dies(CrashPoint::AfterFold) {
            let soon = self.chance.span(Span::ZERO, Span::from_secs(2));
            self.later(soon, Due::Connect);
        }
        Ok(())
    }

    /// Inputs come to the process, when there is one.
    pub(super) fn deliver(&mut self, inputs: Vec<Input>) -> Result<(), Fault> {
        let brings_report = inputs.iter().any(|input| matches!(input, Input::Report(_)));
        if inputs.is_empty() || (brings_report && self.dies(CrashPoint::BeforeReport)) {
            return Ok(());
        }
        let Some(router) = self.process.as_mut() else {
            return Ok(());
        };
        for input in &inputs {
            self.log.line(self.now, format_args!("in: {input:?}"));
        }
        let effects = router.handle_all(inputs, self.now);
        let lives = self.perform(effects)?;
        if lives {
            self.check_process()?;
            self.plan_when_ready();
        }
        if lives && brings_report {
            self.dies(CrashPoint::AfterReport);
        }
        self.leave_when_stopped()
    }

    /// Somebody wants something of the process, when there is one.
    pub(super) fn grant(&mut self, wish: Wish) -> Result<(), Fault> {
        let why = || PERSON.to_owned();
        let input = match wish {
            Wish::Halt => Input::SetTrading(TradingState::Halted, why()),
            Wish::GoOn => Input::SetTrading(TradingState::Active, why()),
            Wish::CancelAll => Input::CancelAll(why()),
            Wish::Abandon => Input::Abandon(why()),
            Wish::Reconcile => Input::Reconcile,
            Wish::Stop(policy) => Input::Stop(policy),
        };
        self.deliver(vec![input])
    }

    /// A process that stopped as asked is gone, with nothing left to be made durable.
    fn leave_when_stopped(&mut self) -> Result<(), Fault> {
        if !std::mem::take(&mut self.stopped) || self.process.is_none() {
            return Ok(());
        }
        if self.journal.unflushed() > 0 {
            return Err(Fault::new(
                "a stop loses nothing",
                "batches are not flushed",
            ));
        }
        self.kill(0);
        let away = self.chance.span(Span::ZERO, Span::from_secs(30));
        self.later(away, Due::Start);
        Ok(())
    }

    /// Performs effects in their order. `false` when the process died on the way.
    fn perform(&mut self, mut effects: Vec<Effect>) -> Result<bool, Fault> {
        if self.mutation == Some(Mutation::SubmitBeforeAppend) {
            effects.sort_by_key(|effect| !matches!(effect, Effect::Submit(_)));
        }
        for effect in effects {
            self.log.line(self.now, format_args!("out: {effect:?}"));
            let lives = match effect {
                Effect::Append(records) => self.append(&records)?,
                Effect::AppendLazy(records) => {
                    self.journal.write(&records)?;
                    true
                }
                Effect::Submit(order) => self.submit(order.into_inner())?,
                Effect::Cancel(id, request) => {
                    self.ask(Due::Cancel(id, request));
                    self.pretend_canceled(id, request);
                    true
                }
                Effect::Query(id) => {
                    self.ask(Due::Query(id));
                    true
                }
                Effect::Snapshot(id) => {
                    self.ask(Due::Ask(id));
                    true
                }
                Effect::WakeAt(at) => {
                    self.wake = Some(at);
                    true
                }
                Effect::Publish(event) => {
                    self.stopped |= matches!(event, Event::Stopped { .. });
                    check_event(&event)?;
                    true
                }
            };
            if !lives {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn append(&mut self, records: &[Record]) -> Result<bool, Fault> {
        if self.dies(CrashPoint::BeforeAppend) {
            return Ok(false);
        }
        self.journal.write(records)?;
        if self.mutation != Some(Mutation::AppendWithoutFlush) {
            self.journal.flush();
        }
        Ok(!self.dies(CrashPoint::AfterAppend))
    }

    fn submit(&mut self, order: NewOrder) -> Result<bool, Fault> {
        if self.dies(CrashPoint::BeforeSubmit) {
            return Ok(false);
        }
        let (id, parent) = (order.cl_ord_id, order.cl_ord_id.parent_id());
        let times = self.sent.entry(id).or_default();
        *times += 1;
        self.outcome.submits += 1;
        self.outcome.repeats += u64::from(*times > 1);
        self.check_intent(id)?;
        self.send(order);
        self.check_exposure(parent)?;
        Ok(!self.dies(CrashPoint::AfterSubmit))
    }

    /// Dies here, when the plan says so.
    pub(super) fn dies(&mut self, point: CrashPoint) -> bool {
        if self.process.is_none() {
            return false;
        }
        let times = self.reached.entry(point).or_default();
        *times += 1;
        let times = *times;
        let is_planned =
            |crash: &&crate::scenario::Crash| crash.point == point && crash.nth <= times;
        let Some(crash) = self.crashes.front().filter(is_planned).copied() else {
            return false;
        };
        self.crashes.pop_front();
        *self.outcome.crashes.entry(point).or_default() += 1;
        self.kill(crash.kept);
        self.later(crash.downtime, Due::Start);
        true
    }

    pub(super) fn kill(&mut self, kept: usize) {
        let lost = self.journal.crash(kept);
        self.log
            .line(self.now, format_args!("dies; {lost} batches are lost"));
        (self.process, self.wake) = (None, None);
        self.connected = false;
    }

    /// Somebody wants the next run as soon as there can be one.
    fn plan_when_ready(&mut self) {
        if !self.planning && self.next_plan().is_some() {
            self.planning = true;
            let soon = self.chance.span(Span::ZERO, Span::from_secs(3));
            self.later(soon, Due::Plan);
        }
    }

    pub(super) fn plan(&mut self) -> Result<(), Fault> {
        self.planning = false;
        match self.next_plan() {
            Some(plan) => self.deliver(vec![Input::Plan(Box::new(plan))]),
            None => Ok(()),
        }
    }

    /// The next run, when nothing stands in its way.
    fn next_plan(&self) -> Option<RunPlan> {
        let router = self.process.as_ref()?;
        let book = router.book();
        let is_free = router.is_synchronised()
            && book.active_run().is_none()
            && book.open_children().next().is_none();
        let next = book.next_run().0 as usize - 1;
        self.scenario.runs.get(next).filter(|_| is_free).cloned()
    }
}

fn check_event(event: &Event) -> Result<(), Fault> {
    match event {
        Event::InvariantViolated { violations } => {
            Err(Fault::new("the invariants hold", violations.join("; ")))
        }
        Event::BreakFound(found) => Err(Fault::new(
            "the books agree while the venue keeps its promises",
            format!("{found:?}"),
        )),
        _ => Ok(()),
    }
}

fn lose_last_intent(records: &mut Vec<Record>) {
    let last = records
        .iter()
        .rposition(|record| matches!(record, Record::Intent(_)));
    if let Some(last) = last {
        records.remove(last);
    }
}
