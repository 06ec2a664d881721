//! The steps of a task: what is asked of whom when the broker's facts and ours are one.

use std::sync::Arc;

use chrono::NaiveDate;
use polyfolio_oms::router::StopPolicy;

use super::{Conductor, End, Stage, Tempo};
use crate::messages::{
    ExecutePlan, PlanMade, RequestCloses, RequestPlan, RequestTargets, RouterCommand, StartRun,
    Task,
};

impl Conductor {
    /// The broker's facts and ours are one: what now?
    pub(super) fn reconciled(&mut self) {
        let Some(task) = self.task.clone() else {
            return;
        };
        match (task.task, self.unfinished.clone()) {
            (Task::Reconcile, _) => self.over_done(),
            (Task::Adopt(reason), _) => self.adopt(RouterCommand::Adopt(reason)),
            (Task::AdoptMark(reason), _) => self.adopt(RouterCommand::AdoptMark(reason)),
            (Task::Resolve(id, reason), _) => {
                // The broker is asked first, and has its time for it.
                (self.tempo)(Tempo::Executing);
                self.adopt(RouterCommand::Resolve(id, reason));
            }
            (Task::CancelAll(reason), unfinished) => self.cancel_all(reason, unfinished),
            (Task::Run, Some(run)) => self.go_on_with(run, task.as_of),
            (Task::Run | Task::Plan, _) => self.ask_for_a_plan(task.as_of),
        }
    }

    fn adopt(&mut self, command: RouterCommand) {
        self.stage = Stage::Adopting;
        self.command(command);
    }

    /// Without a run the router says when nothing works any more; with one, its end does.
    pub(super) fn cancel_all(&mut self, reason: String, unfinished: Option<String>) {
        self.stage = Stage::Canceling;
        (self.tempo)(Tempo::Executing);
        self.command(RouterCommand::CancelAll(reason));
        match unfinished {
            None => self.command(RouterCommand::Stop(StopPolicy::Cancel)),
            Some(run) => {
                self.run = Some(run);
                self.request_closes_of_run();
            }
        }
    }

    /// The closes that the run was decided on: its end is marked with them.
    pub(super) fn request_closes_of_run(&mut self) {
        let asked = self.task.as_ref().and_then(|task| task.as_of);
        let as_of = self.run.as_deref().map_or(asked, decision_date_of);
        self.send(&self.board.request_closes.clone(), RequestCloses { as_of });
    }

    /// A run that is not over. Its market date has passed when a later one is asked for.
    pub(super) fn go_on_with(&mut self, run: String, as_of: Option<NaiveDate>) {
        let decided = decision_date_of(&run);
        self.run = Some(run);
        self.stage = Stage::Executing;
        (self.tempo)(Tempo::Executing);
        self.request_closes_of_run();
        if let (Some(asked), Some(decided)) = (as_of, decided)
            && asked > decided
        {
            let reason =
                format!("its date {decided} has passed: a run as of {asked} was asked for");
            self.command(RouterCommand::Abandon(reason));
        }
    }

    pub(super) fn ask_for_a_plan(&mut self, as_of: Option<NaiveDate>) {
        self.stage = Stage::Planning;
        (self.tempo)(Tempo::Planning);
        let board = Arc::clone(&self.board);
        self.send(&board.request_plan, RequestPlan { as_of });
        self.send(&board.request_closes, RequestCloses { as_of });
        for line in board.request_targets.values() {
            self.send(line, RequestTargets { as_of });
        }
    }

    pub(super) fn planned(&mut self, made: PlanMade) {
        let execute = matches!(
            self.task,
            Some(StartRun {
                task: Task::Run,
                ..
            })
        );
        let failed = made.plan.as_ref().err().cloned();
        if execute && failed.is_none() && self.stop.is_none() {
            (self.planned)(made.clone());
        }
        self.plan = Some(made);
        match failed {
            Some(error) => self.over(End::NotPlanned(error)),
            None if execute && self.stop.is_none() => {
                self.stage = Stage::Executing;
                (self.tempo)(Tempo::Executing);
                self.send(&self.board.execute_plan.clone(), ExecutePlan);
            }
            None => self.over_done(),
        }
    }
}

/// The decision date within a run's name.
fn decision_date_of(run: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(run.get(..8)?, "%Y%m%d").ok()
}
