//! The way from the process to the venue: it delays, loses, repeats and reorders. It invents
//! nothing.

use polyfolio_model::broker::Report;
use polyfolio_model::{
    ClOrdId, ExecKind, ExecutionReport, NewOrder, RejectReason, RequestId, SnapshotId, Span,
};
use polyfolio_oms::router::Input;

use super::{Due, Simulation};
use crate::exchange::Heard;
use crate::fault::Fault;
use crate::mutation::Mutation;
use crate::scenario::Busy;
use crate::trouble::Trouble;

impl Simulation {
    /// A submit leaves the process.
    pub(super) fn send(&mut self, order: NewOrder) {
        let not_sent = self.character().not_sent;
        if self.goes_wrong(Trouble::SubmitNotSent, not_sent) {
            return self.not_sent(order.cl_ord_id, "the mailbox is full");
        }
        if self.mutation == Some(Mutation::SilenceMeansNotSent) && self.chance.hits(0.1) {
            let input = Input::NotSent(order.cl_ord_id, "nobody answered");
            self.later(Span::from_secs(1), Due::Say(self.session, input));
        }
        match self.too_many() {
            Some(Busy::NotSent) => self.not_sent(order.cl_ord_id, "the rate limit is reached"),
            Some(Busy::Silent) => self.lose(&order),
            Some(Busy::Refused) => self.refuse(order.cl_ord_id, RejectReason::RateLimited),
            None => self.send_out(order),
        }
    }

    fn send_out(&mut self, order: NewOrder) {
        let (lose, refuse, mute) = {
            let character = self.character();
            (
                character.lose_submit,
                character.refuse_submit,
                character.mute_order,
            )
        };
        if !self.reaches() || self.chance.hits(lose) {
            return self.lose(&order);
        }
        if self.goes_wrong(Trouble::SubmitRefused, refuse) {
            let reasons = [
                RejectReason::RateLimited,
                RejectReason::InsufficientFunds,
                RejectReason::MarketClosed,
                RejectReason::Other,
            ];
            let reason = self.chance.one_of(&reasons);
            return self.refuse(order.cl_ord_id, reason);
        }
        if self.goes_wrong(Trouble::OrderMute, mute) {
            self.muted.insert(order.cl_ord_id);
        }
        if self.is_held() {
            self.hold(order);
            return;
        }
        let (repeat, delay, delay_by) = {
            let character = self.character();
            (
                character.repeat_submit,
                character.delay_submit,
                character.delay_submit_by,
            )
        };
        let is_repeated = self.goes_wrong(Trouble::SubmitTwice, repeat);
        for _ in 0..=usize::from(is_repeated) {
            let mut on_the_way = self.latency();
            if self.goes_wrong(Trouble::SubmitLate, delay) {
                on_the_way = on_the_way + self.chance.up_to(delay_by);
            }
            let flying = self.flying.entry(order.cl_ord_id).or_default();
            flying.push(order.order_qty);
            self.later(on_the_way, Due::Submit(order.clone()));
        }
    }

    fn not_sent(&mut self, id: ClOrdId, why: &'static str) {
        let input = Input::NotSent(id, why);
        self.later(Span::ZERO, Due::Say(self.session, input));
    }

    fn lose(&mut self, order: &NewOrder) {
        self.met(Trouble::SubmitLost);
        self.log.line(self.now, format_args!("lost: {order:?}"));
    }

    /// What becomes of a submit that is one too many for the venue.
    fn too_many(&mut self) -> Option<Busy> {
        let rate = self.character().rate?;
        let second = Span::from_secs(1);
        while self
            .recent
            .front()
            .is_some_and(|at| *at + second <= self.now)
        {
            self.recent.pop_front();
        }
        if self.recent.len() < rate.most {
            self.recent.push_back(self.now);
            return None;
        }
        self.met(Trouble::RateLimited);
        Some(rate.busy)
    }

    /// Whether what leaves now can arrive, in either direction.
    pub(super) fn reaches(&self) -> bool {
        self.connected && !self.mute
    }

    /// The venue's front door refuses: nothing was accepted.
    fn refuse(&mut self, cl_ord_id: ClOrdId, reason: RejectReason) {
        let kind = ExecKind::Rejected {
            reason,
            text: "refused at the door".to_owned(),
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
        if !self.reaches() || self.chance.hits(lose) {
            return self.met(Trouble::QuestionLost);
        }
        let on_the_way = self.latency();
        self.later(on_the_way, question);
    }

    /// Something comes to the venue.
    pub(super) fn arrive(&mut self, command: Due) -> Result<(), Fault> {
        self.log
            .line(self.now, format_args!("arrives: {command:?}"));
        match command {
            Due::Submit(order) => self.arrive_order(order),
            Due::Cancel(id, request) => {
                self.arrive_cancel(id, request);
                Ok(())
            }
            Due::Query(id) => {
                let back_to = self.scenario.character.reach.map(|reach| self.now - reach);
                let heard = self.exchange.query(id, back_to, self.now);
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

    fn arrive_cancel(&mut self, id: ClOrdId, request: RequestId) {
        let (lag, disown) = {
            let character = self.character();
            (character.lag, character.disown)
        };
        let is_fresh = |at| self.now < at + lag;
        let entered = self.exchange.entered(id);
        let heard =
            if entered.is_some_and(is_fresh) && self.goes_wrong(Trouble::CancelDisowned, disown) {
                vec![self.exchange.disown(id, request, self.now)]
            } else {
                self.exchange.cancel(id, request, self.now)
            };
        self.carry(heard);
    }

    pub(super) fn arrive_order(&mut self, order: NewOrder) -> Result<(), Fault> {
        let id = order.cl_ord_id;
        if let Some(flying) = self.flying.get_mut(&id) {
            flying.pop();
            if flying.is_empty() {
                self.flying.remove(&id);
            }
        }
        let late = self.late();
        let heard = self.exchange.submit(order, self.now, late);
        self.carry(heard);
        self.check_copies(id)?;
        self.check_exposure(id.parent_id())
    }

    /// The venue answers a question for everything.
    fn answer(&mut self, id: SnapshotId) {
        let (lag, reach, fail, delay, delay_by) = {
            let character = self.character();
            (
                character.lag,
                character.reach,
                character.fail_snapshot,
                character.delay_snapshot,
                character.delay_snapshot_by,
            )
        };
        let as_of = self.as_of(lag, reach);
        let answer = self.snapshot(as_of, fail);
        if !self.reaches() {
            return;
        }
        let mut on_the_way = self.latency();
        if self.goes_wrong(Trouble::SnapshotLate, delay) {
            on_the_way = on_the_way + self.chance.span(Span::ZERO, delay_by);
        }
        let input = Input::Report(Report::Snapshot(id, answer));
        self.later(on_the_way, Due::Say(self.session, input));
    }

    pub(super) fn latency(&mut self) -> Span {
        let (low, high) = self.character().latency;
        self.chance.span(low, high)
    }
}
