//! The end of a run: when nothing is left to do for it, a last look at the account, and its record.

use polyfolio_model::{ClOrdId, Ts};

use super::Router;
use super::watch::Watch;
use crate::events::Event;
use crate::records::{Record, RunEnded};

impl Router {
    /// All parents are done and no order of theirs is open: look at the account once more, then
    /// the run is over.
    pub(super) fn end_run_when_done(&mut self, now: Ts) {
        if !self.is_run_done() {
            self.closing_since = None;
        } else if self.closing_since.is_none() {
            self.closing_since = Some(now);
            self.sync.want_snapshot(now);
            self.tend_snapshots(now);
        }
    }

    /// Whether there is a run and nothing is left to do for it: all parents are done, and no order
    /// of theirs works, waits to be settled, or has a fate that evidence will still decide. The
    /// next run is planned on what this one leaves, so it leaves nothing open that can be closed.
    /// An unknown order on a stopped instrument waits for a person, and holds nothing up; nor does
    /// one that no list of the broker reaches back to, or one that no cancel ends.
    pub(super) fn is_run_done(&self) -> bool {
        let Some(run) = self.book.active_run() else {
            return false;
        };
        let number = run.planned.run.0;
        let stopped = self.book.stopped();
        let will_end = |(id, watch): (&ClOrdId, &Watch)| {
            let child = self.book.child(*id);
            let may_be_proved = child.is_some_and(|child| {
                !child.is_unknown() || !stopped.contains_key(&child.order.instrument)
            });
            may_be_proved && watch.unprovable.is_none() && !self.is_obstinate(*id)
        };
        let mut in_flight = self.watches.iter().filter(|(id, _)| id.run == number);
        !in_flight.any(will_end)
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
}
