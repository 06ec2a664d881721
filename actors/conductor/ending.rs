//! How a task ends: the router comes to a stop, and then the world is told.

use polyfolio_oms::router::StopPolicy;

use super::{Conductor, End, Outcome, Stage, Tempo};
use crate::messages::RouterCommand;

impl Conductor {
    /// A run is over when it has ended and the account was marked after it.
    pub(super) fn end_when_marked(&mut self) {
        if self.ended.is_some() && self.marked {
            self.over_done();
        }
    }

    pub(super) fn over_done(&mut self) {
        let run = self.run.clone();
        let resumed = run.is_some() && !self.begun_here;
        let abandoned = self.ended.clone().flatten();
        self.over(End::Done {
            run,
            resumed,
            abandoned,
        });
    }

    /// The task is over: the router comes to a stop, and then the world is told.
    /// A fault is told at once, and outdoes an end that waits for the router.
    pub(super) fn over(&mut self, end: End) {
        let is_fault = matches!(end, End::JournalFailed(_) | End::Failed(_));
        match self.stage {
            Stage::Over => return,
            Stage::Closing if !is_fault => return,
            _ => {}
        }
        self.stage = Stage::Closing;
        (self.tempo)(Tempo::Planning);
        self.end = Some(end);
        if is_fault || self.router_stopped || !self.try_command(RouterCommand::Stop(LEAVE)) {
            self.tell();
        }
    }

    pub(super) fn tell(&mut self) {
        self.stage = Stage::Over;
        let (Some(outcome), Some(end)) = (self.outcome.take(), self.end.take()) else {
            return;
        };
        let told = Outcome {
            end,
            plan: self.plan.take(),
            recovered: self.recovered.take().unwrap_or_default(),
            reconciled: self.reconciled.take(),
            nav: self.nav.take(),
            account_nav: self.account_nav,
        };
        // Whoever asked may be gone; what was done is done and on record.
        let _ = outcome.send(told);
    }
}

/// The router's stop when nothing is to be done about its orders: there are none of the run, or
/// they rest.
pub(super) const LEAVE: StopPolicy = StopPolicy::Leave;
