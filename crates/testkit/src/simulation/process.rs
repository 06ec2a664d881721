//! The process: it starts, takes inputs, performs effects in their order, and dies.

use polyfolio_model::broker::{Link, Report};
use polyfolio_model::{ClOrdId, NewOrder, Span};
use polyfolio_oms::book::KeptError;
use polyfolio_oms::router::{Effect, Input, RunPlan};
use polyfolio_oms::{Book, Event, Protocol, Record, Router};
use polyfolio_portfolio::TradingState;

use super::{Due, Simulation};
use crate::coverage::Around;
use crate::fault::Fault;
use crate::mutation::Mutation;
use crate::scenario::{CrashPoint, Tail, Wish};
use crate::trouble::Trouble;

/// The book as a start makes it: of the records, and in one of four starts of a snapshot that stood
/// behind some of them and of those behind it. Both follows from how many there are.
fn kept_and_folded(deployment: u32, records: &[Record]) -> Result<Book, Fault> {
    let has_snapshot = records.len().is_multiple_of(4);
    let at = records.len() * 7_919 % (records.len() + 1);
    let (before, behind) = records.split_at(if has_snapshot { at } else { 0 });
    let mut book = Book::new(deployment);
    for record in before {
        book.apply(record);
    }
    if has_snapshot {
        let unkept = |error: KeptError| Fault::new("a snapshot is the book", error.to_string());
        let kept = book.keep().map_err(unkept)?;
        book = Book::restore(deployment, &kept).map_err(unkept)?;
    }
    for record in behind {
        book.apply(record);
    }
    Ok(book)
}

/// Who halts trading, gives runs up and cancels everything.
pub(super) const PERSON: &str = "a person";

impl Simulation {
    /// Start is recover: fold the journal, then connect.
    pub(super) fn start(&mut self) -> Result<(), Fault> {
        if self.journal.open() {
            self.met(Trouble::BatchTorn);
        }
        let mut records: Vec<Record> = self.journal.records().cloned().collect();
        if self.mutation == Some(Mutation::LoseLastIntent) {
            lose_last_intent(&mut records);
        }
        self.log.line(
            self.now,
            format_args!("starts with {} records", records.len()),
        );
        let (config, deployment) = (self.scenario.router.clone(), self.scenario.deployment);
        let protocol = match self.mutation {
            Some(Mutation::Without(rule)) => Protocol::without(rule),
            _ => Protocol::WHOLE,
        };
        let book = kept_and_folded(deployment, &records)?;
        self.process = Some(Router::of_book_under(protocol, config, book));
        (self.wake, self.planning, self.asked) = (None, false, false);
        self.reached = Default::default();
        self.has_lists = false;
        self.check_process()?;
        if !self.dies(CrashPoint::AfterFold) {
            let soon = self.chance.span(Span::ZERO, Span::from_secs(2));
            self.later(soon, Due::Connect);
        }
        Ok(())
    }

    /// Inputs come to the process, when there is one.
    pub(super) fn deliver(&mut self, inputs: Vec<Input>) -> Result<(), Fault> {
        let is_report = |input: &Input| matches!(input, Input::Report(_));
        let is_list = |input: &Input| matches!(input, Input::Report(Report::Snapshot(..)));
        let (brings_report, brings_lists) =
            (inputs.iter().any(is_report), inputs.iter().any(is_list));
        if inputs.is_empty()
            || (brings_report && self.dies(CrashPoint::BeforeReport))
            || (brings_lists && self.dies(CrashPoint::BeforeSnapshot))
        {
            return Ok(());
        }
        for input in &inputs {
            self.log.line(self.now, format_args!("in: {input:?}"));
        }
        self.asked &= !brings_lists;
        self.note_lists(&inputs);
        let Some(router) = self.process.as_mut() else {
            return Ok(());
        };
        if inputs.iter().any(|input| matches!(input, Input::Plan(_))) {
            // Some of them are forgotten when a run is planned.
            self.left.extend(router.book().parents().clone());
        }
        let effects = router.handle_all(inputs, self.now);
        let lives = self.perform(effects)?;
        if lives {
            self.plan_when_ready();
        }
        if lives && brings_report && !self.dies(CrashPoint::AfterReport) && brings_lists {
            self.see_open();
            self.dies(CrashPoint::AfterSnapshot);
        }
        self.leave_when_stopped()
    }

    fn note_lists(&mut self, inputs: &[Input]) {
        for input in inputs {
            match input {
                Input::Report(Report::Link(Link::Ready)) => self.has_lists = false,
                Input::Report(Report::Snapshot(_, Ok(_))) => self.has_lists = true,
                _ => {}
            }
        }
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
        self.kill(Tail::Kept(0));
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
                Effect::Append(records) => self.append(records)?,
                Effect::AppendLazy(records) => self.append_lazily(records)?,
                Effect::Submit(order) => self.submit(order.into_inner())?,
                Effect::Cancel(id, request) => {
                    self.ask(Due::Cancel(id, request));
                    self.pretend_canceled(id, request);
                    !self.dies(CrashPoint::AfterCancel)
                }
                Effect::Query(id) => {
                    self.ask(Due::Query(id));
                    true
                }
                Effect::Snapshot(id) => {
                    self.asked = true;
                    self.ask(Due::Ask(id));
                    true
                }
                Effect::WakeAt(at) => {
                    self.wake = Some(at);
                    true
                }
                Effect::Publish(event) => {
                    self.stopped |= matches!(event, Event::Stopped { .. });
                    self.marks += u64::from(matches!(event, Event::AccountMarked(_)));
                    self.check_event(&event)?;
                    true
                }
            };
            if !lives {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn append(&mut self, records: Vec<Record>) -> Result<bool, Fault> {
        if self.dies(CrashPoint::BeforeAppend) {
            return Ok(false);
        }
        self.see(&records);
        self.journal.write(records)?;
        if self.dies(CrashPoint::BeforeFlush) {
            return Ok(false);
        }
        if self.mutation != Some(Mutation::AppendWithoutFlush) {
            self.journal.flush();
        }
        Ok(!self.dies(CrashPoint::AfterFlush))
    }

    fn append_lazily(&mut self, records: Vec<Record>) -> Result<bool, Fault> {
        if self.dies(CrashPoint::BeforeLazyAppend) {
            return Ok(false);
        }
        self.see(&records);
        self.journal.write(records)?;
        Ok(!self.dies(CrashPoint::AfterLazyAppend))
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
        self.check_lists(id)?;
        self.send(order);
        self.check_exposure(parent)?;
        Ok(!self.dies(CrashPoint::AfterSubmit))
    }

    /// In what states the orders are that something was recorded of.
    fn see(&mut self, records: &[Record]) {
        let of = |record: &Record| match record {
            Record::Intent(intent) => Some(intent.order.cl_ord_id),
            Record::Fact(fact) => Some(fact.report.cl_ord_id),
            Record::Asked(asked) => Some(asked.cl_ord_id),
            Record::NotSent(order) | Record::Absent(order) => Some(order.cl_ord_id),
            _ => None,
        };
        let ids: Vec<ClOrdId> = records.iter().filter_map(of).collect();
        let around = self.around();
        let Some(router) = &self.process else { return };
        for child in ids.into_iter().filter_map(|id| router.book().child(id)) {
            self.outcome.states.see(router.book(), child, around);
        }
    }

    /// In what states the orders are that may still trade.
    fn see_open(&mut self) {
        let around = self.around();
        let Some(router) = &self.process else { return };
        for child in router.book().open_children() {
            self.outcome.states.see(router.book(), child, around);
        }
    }

    fn around(&self) -> Around {
        Around {
            linked: self.connected,
            synchronised: self.process.as_ref().is_some_and(Router::is_synchronised),
            asked: self.asked,
            died: self.died,
        }
    }

    /// Dies here, when the plan says so.
    pub(super) fn dies(&mut self, point: CrashPoint) -> bool {
        if self.process.is_none() {
            return false;
        }
        let times = &mut self.reached[point as usize];
        *times += 1;
        let times = *times;
        let Some(crash) = self.crashes.front().copied() else {
            return false;
        };
        if crash.point != point || crash.nth > times {
            return false;
        }
        self.crashes.pop_front();
        self.outcome.crashes[point as usize] += 1;
        self.kill(crash.tail);
        self.later(crash.downtime, Due::Start);
        true
    }

    pub(super) fn kill(&mut self, tail: Tail) {
        let written = self.journal.unflushed();
        let lost = self.journal.crash(tail);
        if lost > 0 {
            self.met(Trouble::TailLost);
        }
        if written > lost {
            self.met(Trouble::TailKept);
        }
        self.log
            .line(self.now, format_args!("dies; {lost} batches are lost"));
        (self.process, self.wake) = (None, None);
        (self.connected, self.mute, self.died) = (false, false, true);
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
        match self.next_plan().cloned() {
            Some(plan) => self.deliver(vec![Input::Plan(Box::new(plan))]),
            None => Ok(()),
        }
    }

    /// The next run, when nothing stands in its way.
    fn next_plan(&self) -> Option<&RunPlan> {
        let router = self.process.as_ref()?;
        let book = router.book();
        let next = self.scenario.runs.get(book.next_run().0 as usize - 1)?;
        let is_free = book.active_run().is_none()
            && router.is_synchronised()
            && book.open_children().next().is_none();
        is_free.then_some(next)
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
