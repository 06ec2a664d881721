//! The life of a run, taken in.

use super::{Book, Run};
use crate::records::{Abandoned, Cross, Extended, ParentStage, Planned, RunEnded};

impl Book {
    pub(super) fn plan(&mut self, planned: &Planned) {
        self.forget_before_the_last_run(planned.start);
        if let Some(mark) = &planned.mark {
            self.tracks.mark(mark);
        }
        self.run = Some(Run {
            planned: planned.clone(),
            deadline: planned.deadline,
            abandoned: None,
            ended: None,
            crosses: Vec::new(),
        });
    }

    pub(super) fn abandon(&mut self, abandoned: &Abandoned) {
        if let Some(run) = self
            .run
            .as_mut()
            .filter(|run| run.planned.run == abandoned.run)
        {
            run.abandoned = Some(abandoned.reason.clone());
        }
        for (_, parent) in self
            .parents
            .iter_mut()
            .filter(|(id, _)| id.run == abandoned.run)
        {
            if !parent.stage.is_done() {
                parent.stage = ParentStage::Done {
                    left: Some(abandoned.reason.clone()),
                };
            }
        }
    }

    pub(super) fn extend(&mut self, extended: &Extended) {
        if let Some(run) = self
            .run
            .as_mut()
            .filter(|run| run.planned.run == extended.run)
        {
            run.deadline = extended.deadline;
        }
        for (_, parent) in self
            .parents
            .iter_mut()
            .filter(|(id, _)| id.run == extended.run)
        {
            if !parent.stage.is_done() {
                parent.parent.deadline = extended.deadline;
            }
        }
    }

    pub(super) fn end_run(&mut self, ended: &RunEnded) {
        if let Some(run) = self.run.as_mut().filter(|run| run.planned.run == ended.run) {
            run.ended = Some(ended.clone());
        }
    }

    pub(super) fn cross(&mut self, cross: &Cross) {
        self.ledger.cross(
            &cross.from,
            &cross.to,
            &cross.instrument,
            cross.quantity,
            cross.price,
        );
        if let Some(run) = self.run.as_mut().filter(|r| r.planned.run == cross.run) {
            run.crosses.push(cross.clone());
        }
    }
}
