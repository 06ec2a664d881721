//! The way between the process and the venue: it delays, loses, repeats and reorders, and goes
//! down. It invents nothing.

use polyfolio_model::broker::{Link, Report, SnapshotFailed};
use polyfolio_model::{
    ClOrdId, ExecKind, ExecutionReport, NewOrder, RejectReason, RequestId, SnapshotId, Span, Ts,
};
use polyfolio_oms::router::Input;

use super::{Due, Simulation};
use crate::exchange::{AsOf, Heard};
use crate::fault::Fault;
use crate::mutation::Mutation;

impl Simulation {
    /// A submit leaves the process.
    pub(super) fn send(&mut self, order: NewOrder) {
        let character = self.character().clone();
        if self.chance.hits(character.not_sent) {
            let input = Input::NotSent(order.cl_ord_id, "the mailbox is full");
            return self.later(Span::ZERO, Due::Say(self.session, input));
        }
        if self.mutation == Some(Mutation::SilenceMeansNotSent) && self.chance.hits(0.1) {
            let input = Input::NotSent(order.cl_ord_id, "nobody answered");
            self.later(Span::from_secs(1), Due::Say(self.session, input));
        }
        if !self.connected || self.chance.hits(character.lose_submit) {
            return self.log.line(self.now, format_args!("lost: {order:?}"));
        }
        if self.chance.hits(character.refuse_submit) {
            return self.refuse(order.cl_ord_id);
        }
        if self.chance.hits(character.mute_order) {
            self.muted.insert(order.cl_ord_id);
        }
        let copies = if self.chance.hits(character.repeat_submit) {
            2
        } else {
            1
        };
        for _ in 0..copies {
            let mut on_the_way = self.latency();
            if self.chance.hits(character.delay_submit) {
                on_the_way = on_the_way + self.chance.up_to(character.delay_submit_by);
            }
            let flying = self.flying.entry(order.cl_ord_id).or_default();
            flying.push(order.order_qty);
            self.later(on_the_way, Due::Submit(order.clone()));
        }
    }

    /// The venue's front door refuses: nothing was accepted.
    fn refuse(&mut self, cl_ord_id: ClOrdId) {
        let kind = ExecKind::Rejected {
            reason: RejectReason::RateLimited,
            text: "too many messages".to_owned(),
        };
        let report = ExecutionReport {
            cl_ord_id,
            venue_id: None,
            time: self.now,
            kind,
        };
        self.carry(vec![Heard::Report(self.now, report)]);
    }

    /// A driver that says "canceled" for "asked".
    pub(super) fn pretend_canceled(&mut self, cl_ord_id: ClOrdId, request: RequestId) {
        if self.mutation != Some(Mutation::AskedMeansCanceled) {
            return;
        }
        let kind = ExecKind::Canceled {
            request: Some(request),
            cum_qty: None,
        };
        let report = ExecutionReport {
            cl_ord_id,
            venue_id: None,
            time: self.now,
            kind,
        };
        let input = Input::Report(Report::Execution(report));
        self.later(Span::ZERO, Due::Say(self.session, input));
    }

    /// A cancel, a query or a question leaves the process.
    pub(super) fn ask(&mut self, question: Due) {
        let lose = self.character().lose_question;
        if self.connected && !self.chance.hits(lose) {
            let on_the_way = self.latency();
            self.later(on_the_way, question);
        }
    }

    /// Something comes to the venue.
    pub(super) fn arrive(&mut self, command: Due) -> Result<(), Fault> {
        self.log
            .line(self.now, format_args!("arrives: {command:?}"));
        match command {
            Due::Submit(order) => self.arrive_order(order),
            Due::Cancel(id, request) => self.arrive_cancel(id, request),
            Due::Query(id) => {
                let heard = self.exchange.query(id, self.now);
                self.carry(heard);
                Ok(())
            }
            Due::Ask(id) => {
                self.answer(id);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn arrive_order(&mut self, order: NewOrder) -> Result<(), Fault> {
        let id = order.cl_ord_id;
        if let Some(flying) = self.flying.get_mut(&id) {
            flying.pop();
        }
        let late = self.late();
        let heard = self.exchange.submit(order, self.now, late);
        self.carry(heard);
        self.check_copies(id)?;
        self.check_exposure(id.parent_id())
    }

    fn arrive_cancel(&mut self, id: ClOrdId, request: RequestId) -> Result<(), Fault> {
        let heard = self.exchange.cancel(id, request, self.now);
        self.carry(heard);
        Ok(())
    }

    /// What the venue says goes on its way.
    pub(super) fn carry(&mut self, heard: Vec<Heard>) {
        let character = self.character().clone();
        for one in heard {
            match one {
                Heard::Quote(instrument, quote) => {
                    if self.connected && !self.chance.hits(character.lose_quote) {
                        let input = Input::Quote(instrument, quote);
                        self.later(character.latency.0, Due::Say(self.session, input));
                    }
                }
                Heard::Report(at, report) => self.carry_report(at.max(self.now), report),
            }
        }
    }

    fn carry_report(&mut self, at: Ts, report: ExecutionReport) {
        let character = self.character().clone();
        let is_muted = character.mute_order > 0.0 && self.muted.contains(&report.cl_ord_id);
        if !self.connected || is_muted || self.chance.hits(character.lose_report) {
            return self.log.line(self.now, format_args!("lost: {report:?}"));
        }
        let copies = if self.chance.hits(character.repeat_report) {
            2
        } else {
            1
        };
        for copy in 0..copies {
            let mut on_the_way = self.latency();
            if self.chance.hits(character.delay_report) {
                on_the_way = on_the_way + self.chance.span(Span::ZERO, character.delay_report_by);
            }
            let report = self.relabel(report.clone(), copy);
            let input = Input::Report(Report::Execution(report));
            self.at(at + on_the_way, Due::Say(self.session, input));
        }
    }

    fn relabel(&self, mut report: ExecutionReport, copy: u32) -> ExecutionReport {
        let is_new = self.mutation == Some(Mutation::RepeatsAsNew) && copy > 0;
        if let (true, ExecKind::Trade(fill)) = (is_new, &mut report.kind) {
            fill.exec_id = format!("{}-again", fill.exec_id).as_str().into();
        }
        report
    }

    /// The venue answers a question for everything.
    fn answer(&mut self, id: SnapshotId) {
        let character = self.character().clone();
        let mut moment = || self.now - self.chance.up_to(character.lag);
        let as_of = AsOf {
            open: moment(),
            done: moment(),
            fills: moment(),
            account: moment(),
        };
        let mut snapshot = self.exchange.lists().snapshot(as_of);
        let mut answer = if self.chance.hits(character.fail_snapshot) {
            Err(SnapshotFailed("the list was cut short".to_owned()))
        } else {
            Ok(snapshot.clone())
        };
        match self.mutation {
            Some(Mutation::FailedMeansEmpty) if answer.is_err() => {
                snapshot.orders.clear();
                snapshot.fills.clear();
                answer = Ok(snapshot);
            }
            Some(Mutation::SkipFillsOfSnapshots) => {
                snapshot.fills.clear();
                answer = answer.map(|_| snapshot);
            }
            _ => {}
        }
        if self.connected {
            let on_the_way = self.latency();
            let input = Input::Report(Report::Snapshot(id, answer));
            self.later(on_the_way, Due::Say(self.session, input));
        }
    }

    /// What of a message comes to the process, with everything else that comes at this moment.
    pub(super) fn arrived(&mut self, session: u32, input: Input) -> Vec<Input> {
        let mut inputs = self.through(session, input).into_iter().collect::<Vec<_>>();
        while let Some(entry) = self.queue.first_entry() {
            let is_now = entry.key().0 <= self.now;
            if !is_now || !matches!(entry.get(), Due::Say(..)) {
                break;
            }
            if let Due::Say(session, input) = entry.remove() {
                inputs.extend(self.through(session, input));
            }
        }
        inputs
    }

    /// What is said to an old session is mostly lost; sometimes the new one hears it.
    fn through(&mut self, session: u32, input: Input) -> Option<Input> {
        let is_old = session != self.session || !self.connected;
        let is_report = matches!(input, Input::Report(_));
        let is_own = matches!(input, Input::NotSent(..));
        let comes = !is_old || is_own || (is_report && self.chance.hits(0.3));
        comes.then_some(input)
    }

    pub(super) fn connect(&mut self) -> Result<(), Fault> {
        if self.process.is_none() || self.connected {
            return Ok(());
        }
        self.connected = true;
        self.session += 1;
        if let Some(every) = self.character().disconnect_every {
            let half = Span::from_nanos(every.nanos() / 2);
            let after = self.chance.span(half, every + half);
            self.later(after, Due::Disconnect);
        }
        self.deliver(vec![Input::Report(Report::Link(Link::Ready))])?;
        self.dies(crate::scenario::CrashPoint::AfterConnect);
        Ok(())
    }

    /// The connection goes; sometimes nobody is told.
    pub(super) fn disconnect(&mut self) -> Result<(), Fault> {
        if !std::mem::replace(&mut self.connected, false) {
            return Ok(());
        }
        self.log.line(self.now, format_args!("disconnected"));
        let away = self.chance.span(Span::ZERO, Span::from_secs(10));
        self.later(away, Due::Connect);
        if self.chance.hits(0.7) {
            let reason = "reset by peer".to_owned();
            return self.deliver(vec![Input::Report(Report::Link(Link::Down { reason }))]);
        }
        Ok(())
    }

    /// How late the venue learns of a fill.
    pub(super) fn late(&mut self) -> Span {
        let (late_fill, settle) = {
            let character = self.character();
            (character.late_fill, character.capabilities.settle)
        };
        if self.chance.hits(late_fill) {
            self.chance.up_to(settle)
        } else {
            Span::ZERO
        }
    }

    fn latency(&mut self) -> Span {
        let (low, high) = self.character().latency;
        self.chance.span(low, high)
    }
}
