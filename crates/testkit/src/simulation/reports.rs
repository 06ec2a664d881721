//! The way from the venue to the process: reports and lists, late, lost, repeated, out of order.

use polyfolio_model::broker::{Report, Snapshot, SnapshotFailed};
use polyfolio_model::{ClOrdId, ExecKind, ExecutionReport, InstrumentId, Qty, Span, Ts};
use polyfolio_oms::Child;
use polyfolio_oms::router::Input;

use super::{Due, Simulation};
use crate::exchange::{AsOf, Heard, Late};
use crate::mutation::Mutation;
use crate::scenario::{Amends, Doing};
use crate::trouble::Trouble;

impl Simulation {
    /// What the venue says goes on its way.
    pub(super) fn carry(&mut self, heard: Vec<Heard>) {
        for one in heard {
            match one {
                Heard::Quote(instrument, quote) => {
                    let (lose, latency) = {
                        let character = self.character();
                        (character.lose_quote, character.latency.0)
                    };
                    if self.reaches() && self.listens(&instrument) && !self.chance.hits(lose) {
                        let input = Input::Quote(instrument, quote);
                        self.later(latency, Due::Say(self.session, input));
                    }
                }
                Heard::Report(at, report) => self.carry_report(at.max(self.now), report),
            }
        }
    }

    /// Quotes are asked for of what a run has still to trade.
    fn listens(&self, instrument: &InstrumentId) -> bool {
        let Some(router) = &self.process else {
            return false;
        };
        let mut parents = router.book().active_parents();
        parents
            .any(|(_, state)| state.parent.instrument.id == *instrument && !state.stage.is_done())
    }

    fn carry_report(&mut self, at: Ts, report: ExecutionReport) {
        let is_amend = matches!(
            report.kind,
            ExecKind::TradeCancel { .. } | ExecKind::TradeCorrect { .. }
        );
        if is_amend && self.scenario.character.amends == Some(Amends::Restated) {
            return self.carry_amend(report);
        }
        let (mute, lose, repeat) = {
            let character = self.character();
            (
                character.mute_order > 0.0,
                character.lose_report,
                character.repeat_report,
            )
        };
        let is_muted = mute && self.muted.contains(&report.cl_ord_id);
        if !self.reaches() || is_muted || self.chance.hits(lose) {
            self.met(Trouble::ReportLost);
            return self.log.line(self.now, format_args!("lost: {report:?}"));
        }
        let is_repeated = self.goes_wrong(Trouble::ReportTwice, repeat);
        for copy in 0..=u32::from(is_repeated) {
            let (delay, delay_by) = {
                let character = self.character();
                (character.delay_report, character.delay_report_by)
            };
            let mut on_the_way = self.latency();
            if self.goes_wrong(Trouble::ReportLate, delay) {
                on_the_way = on_the_way + self.chance.span(Span::ZERO, delay_by);
            }
            let report = self.relabel(report.clone(), copy);
            let input = Input::Report(Report::Execution(report));
            self.at(at + on_the_way, Due::Say(self.session, input));
        }
    }

    /// A bust that will be said again at every connection; so it need not be said twice now.
    fn carry_amend(&mut self, report: ExecutionReport) {
        if self.reaches() {
            let on_the_way = self.latency();
            let input = Input::Report(Report::Execution(report));
            self.later(on_the_way, Due::Say(self.session, input));
        }
    }

    fn relabel(&self, mut report: ExecutionReport, copy: u32) -> ExecutionReport {
        let is_new = self.mutation == Some(Mutation::RepeatsAsNew) && copy > 0;
        if let (true, ExecKind::Trade(fill)) = (is_new, &mut report.kind) {
            fill.exec_id = format!("{}-again", fill.exec_id).as_str().into();
        }
        report
    }

    /// The venue does something by itself.
    pub(super) fn happen_by_itself(&mut self, doing: Doing) {
        let which = self.chance.unit();
        let says_once = self.scenario.character.amends == Some(Amends::SaidOnce);
        let (process, journal) = (&self.process, &self.journal);
        // A bust that is said once, and not heard, would hide an execution that was not heard
        // either: the quantities are equal. Such a venue amends what we have on record.
        let is_on_record = |id: ClOrdId, filled: Qty| {
            let child = process.as_ref().and_then(|router| router.book().child(id));
            let is_known = |child: &Child| child.is_closed() && child.cum_qty() == filled;
            !says_once || (journal.unflushed() == 0 && child.is_some_and(is_known))
        };
        let heard = self
            .exchange
            .by_itself(doing, which, is_on_record, self.now);
        if heard.is_empty() {
            return;
        }
        self.log
            .line(self.now, format_args!("by itself: {doing:?}"));
        self.met(match doing {
            Doing::Cancel | Doing::Expire => Trouble::EndUnasked,
            Doing::Bust | Doing::CorrectPrice | Doing::CorrectQuantity => Trouble::FillAmended,
        });
        self.carry(heard);
    }

    /// Of what moments the lists of an answer are: each of its own, within the venue's lag.
    pub(super) fn as_of(&mut self, lag: Span, reach: Option<Span>) -> AsOf {
        let now = self.now;
        let mut moment = || now - self.chance.up_to(lag);
        let (open, done, fills, account) = (moment(), moment(), moment(), moment());
        AsOf {
            open,
            done,
            fills,
            account,
            back_to: reach.map(|reach| now - reach),
        }
    }

    /// Everything the venue shows, or that it could not be had in full.
    pub(super) fn snapshot(&mut self, as_of: AsOf, fail: f64) -> Result<Snapshot, SnapshotFailed> {
        let fails = self.goes_wrong(Trouble::SnapshotFailed, fail);
        if as_of.back_to.is_some() {
            self.met(Trouble::SnapshotShort);
        }
        let believes = self.mutation == Some(Mutation::FailedMeansEmpty);
        if fails && !believes {
            return Err(SnapshotFailed("the list was cut short".to_owned()));
        }
        let mut snapshot = self.exchange.lists().snapshot(as_of);
        if fails {
            snapshot.orders.clear();
            snapshot.fills.clear();
        }
        if self.mutation == Some(Mutation::SkipFillsOfSnapshots) {
            snapshot.fills.clear();
        }
        Ok(snapshot)
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
        let is_old = session != self.session || !self.reaches();
        let is_report = matches!(input, Input::Report(_));
        let is_own = matches!(input, Input::NotSent(..));
        let comes = !is_old || is_own || (is_report && self.chance.hits(0.3));
        comes.then_some(input)
    }

    /// How late the venue learns of what trades now.
    pub(super) fn late(&mut self) -> Late {
        let (late_fill, late_fee, settle) = {
            let character = self.character();
            (
                character.late_fill,
                character.late_fee,
                character.capabilities.settle,
            )
        };
        let mut late = Late::default();
        if self.chance.hits(late_fill) {
            late.fill = self.chance.up_to(settle);
        }
        if self.chance.hits(late_fee) {
            late.fee = Some(self.chance.span(Span::ZERO, Span::from_secs(10)));
        }
        late
    }
}
