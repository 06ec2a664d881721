//! The run's state machine, and nothing else: connect and reconcile → go on with the run that is
//! not over, or ask for targets → plan → execute → have the router stop → over.
//!
//! In: `StartRun`, `StopRun`, `PlanMade`, `RouterSaid`, `NavMarked`, `ActorRestarted`, `GivenUp`.
//! Out: `RequestPlan`, `RequestCloses`, `RequestTargets`, `ExecutePlan`, `RouterCommand`.
//! Mailbox: 1,024. A command that does not get through ends the task with a fault: there is no
//! half-started run, because nothing of a run is durable before the router has it whole. Whoever
//! is made anew is asked again for what the task still waits for. A broker that is not there, at the
//! start or later, is waited for so long (host time); then the task is over, and the run can be
//! resumed.
//! It knows no order, no price and no weight.

mod inbox;
mod news;
mod outcome;

use std::sync::Arc;

use actix::prelude::*;
use chrono::NaiveDate;
use polyfolio_model::{Money, Span};
use polyfolio_oms::events::{Reconciled, Recovered};
use polyfolio_oms::records::Nav;
use polyfolio_oms::router::StopPolicy;
use polyfolio_ports::{Clock, Sink};

use crate::mail::{Line, Payload, Station};
use crate::messages::{
    ExecutePlan, PlanMade, RequestCloses, RequestPlan, RequestTargets, RouterCommand, StartRun,
    Task,
};
use crate::switchboard::Switchboard;

pub use outcome::{End, Outcome, Tempo};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Idle,
    Connecting,
    Planning,
    Executing,
    Canceling,
    /// The router takes something over on the record.
    Adopting,
    Stopping,
    /// The end is known; the router makes its last word durable.
    Closing,
    Over,
}

/// How many messages may wait.
pub const MAILBOX: usize = 1_024;

/// The actor.
pub struct Conductor {
    board: Arc<Switchboard>,
    host: Arc<dyn Clock>,
    connect_timeout: Span,
    /// For the broker.
    waits: Option<SpawnHandle>,
    tempo: Sink<Tempo>,
    /// Hears of a plan that is about to be executed.
    planned: Sink<PlanMade>,
    outcome: Option<tokio::sync::oneshot::Sender<Outcome>>,
    stage: Stage,
    task: Option<StartRun>,
    stop: Option<StopPolicy>,
    end: Option<End>,
    plan: Option<PlanMade>,
    /// What the first start found; a router that is made anew says it again for itself.
    recovered: Option<Recovered>,
    /// The run that the newest router found unfinished.
    unfinished: Option<String>,
    reconciled: Option<Reconciled>,
    nav: Option<Nav>,
    account_nav: Option<Money>,
    run: Option<String>,
    /// Whether the run was begun by this process.
    begun_here: bool,
    ended: Option<Option<String>>,
    /// Whether the look at the account that closed the run was marked.
    marked: bool,
    /// Whether that mark may have died with a NAV tracker: any later one then serves.
    any_mark: bool,
    router_stopped: bool,
    trouble: Option<String>,
    cause: u64,
}

impl std::fmt::Debug for Conductor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Conductor")
            .field("stage", &self.stage)
            .finish_non_exhaustive()
    }
}

impl Conductor {
    /// A conductor that says what came of its task through `outcome`.
    pub fn new(
        board: Arc<Switchboard>,
        host: Arc<dyn Clock>,
        connect_timeout: Span,
        tempo: Sink<Tempo>,
        planned: Sink<PlanMade>,
        outcome: tokio::sync::oneshot::Sender<Outcome>,
    ) -> Self {
        Self {
            board,
            host,
            connect_timeout,
            waits: None,
            tempo,
            planned,
            outcome: Some(outcome),
            stage: Stage::Idle,
            task: None,
            stop: None,
            end: None,
            plan: None,
            recovered: None,
            unfinished: None,
            reconciled: None,
            nav: None,
            account_nav: None,
            run: None,
            begun_here: false,
            ended: None,
            marked: false,
            any_mark: false,
            router_stopped: false,
            trouble: None,
            cause: 0,
        }
    }

    fn send<M: Payload>(&mut self, line: &Line<M>, body: M) {
        let sent = self
            .board
            .post
            .send(&Station::Conductor, line, body, Some(self.cause));
        if let Err(undelivered) = sent {
            let what = format!("{} could not be delivered: {}", M::NAME, undelivered.why);
            self.over(End::Failed(what));
        }
    }

    /// The broker's facts and ours are one: what now?
    fn reconciled(&mut self) {
        let Some(task) = self.task.clone() else {
            return;
        };
        match (task.task, self.unfinished.clone()) {
            (Task::Reconcile, _) => self.over_done(),
            (Task::Adopt(reason), _) => self.adopt(RouterCommand::Adopt(reason)),
            (Task::AdoptMark(reason), _) => self.adopt(RouterCommand::AdoptMark(reason)),
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
    fn cancel_all(&mut self, reason: String, unfinished: Option<String>) {
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
    fn request_closes_of_run(&mut self) {
        let asked = self.task.as_ref().and_then(|task| task.as_of);
        let as_of = self.run.as_deref().map_or(asked, decision_date_of);
        self.send(&self.board.request_closes.clone(), RequestCloses { as_of });
    }

    /// A run that is not over. Its market date has passed when a later one is asked for.
    fn go_on_with(&mut self, run: String, as_of: Option<NaiveDate>) {
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

    fn ask_for_a_plan(&mut self, as_of: Option<NaiveDate>) {
        self.stage = Stage::Planning;
        (self.tempo)(Tempo::Planning);
        let board = Arc::clone(&self.board);
        self.send(&board.request_plan, RequestPlan { as_of });
        self.send(&board.request_closes, RequestCloses { as_of });
        for line in board.request_targets.values() {
            self.send(line, RequestTargets { as_of });
        }
    }

    fn planned(&mut self, made: PlanMade) {
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

    /// A run is over when it has ended and the account was marked after it.
    fn end_when_marked(&mut self) {
        if self.ended.is_some() && self.marked {
            self.over_done();
        }
    }

    fn over_done(&mut self) {
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
    fn over(&mut self, end: End) {
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

    fn tell(&mut self) {
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

    fn command(&mut self, command: RouterCommand) {
        self.send(&self.board.router_command.clone(), command);
    }

    /// `false` when there is no router to take it.
    fn try_command(&self, command: RouterCommand) -> bool {
        let (post, line) = (&self.board.post, &self.board.router_command);
        let sent = post.send(&Station::Conductor, line, command, Some(self.cause));
        sent.is_ok()
    }
}

/// The router's stop when nothing is to be done about its orders: there are none of the run, or
/// they rest.
const LEAVE: StopPolicy = StopPolicy::Leave;

/// The decision date within a run's name.
fn decision_date_of(run: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(run.get(..8)?, "%Y%m%d").ok()
}

impl Actor for Conductor {
    type Context = Context<Self>;

    fn stopped(&mut self, _: &mut Self::Context) {
        self.board.report_stopped(&Station::Conductor);
    }
}
