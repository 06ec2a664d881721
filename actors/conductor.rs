//! The run's state machine, and nothing else: connect and reconcile → go on with the run that is
//! not over, or ask for targets → plan → execute → over.
//!
//! In: `StartRun`, `StopRun`, `PlanMade`, `RouterSaid`, `NavMarked`. Out: `RequestPlan`,
//! `RequestCloses`, `RequestTargets`, `ExecutePlan`, `RouterCommand`.
//! Mailbox: 1,024. A command that does not get through ends the task with a fault: there is no
//! half-started run, because nothing of a run is durable before the router has it whole.
//! It knows no order, no price and no weight.

use std::sync::Arc;

use actix::prelude::*;
use chrono::NaiveDate;
use polyfolio_model::{Money, Span};
use polyfolio_oms::events::{Event, Reconciled, Recovered};
use polyfolio_oms::records::Nav;
use polyfolio_oms::router::StopPolicy;
use polyfolio_ports::{Clock, Sink};

use crate::mail::{Line, Mail, Payload, Station};
use crate::messages::{
    ExecutePlan, NavMarked, PlanMade, RequestCloses, RequestPlan, RequestTargets, RouterCommand,
    RouterSaid, StartRun, StopRun, Task,
};
use crate::switchboard::Switchboard;

/// How time is to pass: in planning and connecting as the host's, in execution as asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tempo {
    /// As the host's.
    Planning,
    /// As asked for.
    Executing,
}

/// What came of a task.
#[derive(Debug)]
pub struct Outcome {
    /// How it ended.
    pub end: End,
    /// The plan, when one was made.
    pub plan: Option<PlanMade>,
    /// What the start found.
    pub recovered: Recovered,
    /// What the first reconcile found.
    pub reconciled: Option<Reconciled>,
    /// What the account was worth at the end, when that could be said.
    pub nav: Option<Nav>,
    /// What the broker said it was worth.
    pub account_nav: Option<Money>,
}

/// How a task ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// As asked: planned, executed, reconciled or canceled.
    Done {
        /// The run that was executed or resumed, when there was one.
        run: Option<String>,
        /// Whether that run had been begun by an earlier process.
        resumed: bool,
        /// Why it was given up, when it was.
        abandoned: Option<String>,
    },
    /// Nothing could be planned, and why.
    NotPlanned(String),
    /// The broker could not be reached, and why.
    Unreachable(String),
    /// The journal failed, and how.
    JournalFailed(String),
    /// A signal came; the run can be resumed.
    Stopped {
        /// The run that is not over, when there is one.
        run: Option<String>,
        /// Orders that rest at the broker.
        resting: u32,
    },
    /// An actor could not be kept alive.
    Failed(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Idle,
    Connecting,
    Planning,
    Executing,
    Canceling,
    Stopping,
    Over,
}

/// The actor.
pub struct Conductor {
    board: Arc<Switchboard>,
    host: Arc<dyn Clock>,
    connect_timeout: Span,
    tempo: Sink<Tempo>,
    outcome: Option<tokio::sync::oneshot::Sender<Outcome>>,
    stage: Stage,
    task: Option<StartRun>,
    stop: Option<StopPolicy>,
    end: Option<End>,
    plan: Option<PlanMade>,
    recovered: Recovered,
    reconciled: Option<Reconciled>,
    nav: Option<Nav>,
    account_nav: Option<Money>,
    run: Option<String>,
    resumed: bool,
    ended: Option<Option<String>>,
    /// Whether the look at the account that closed the run was marked.
    marked: bool,
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
        outcome: tokio::sync::oneshot::Sender<Outcome>,
    ) -> Self {
        Self {
            board,
            host,
            connect_timeout,
            tempo,
            outcome: Some(outcome),
            stage: Stage::Idle,
            task: None,
            stop: None,
            end: None,
            plan: None,
            recovered: Recovered::default(),
            reconciled: None,
            nav: None,
            account_nav: None,
            run: None,
            resumed: false,
            ended: None,
            marked: false,
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
        let unfinished = self.recovered.run.clone();
        match (task.task, unfinished) {
            (Task::Reconcile, _) => self.over_done(),
            (Task::CancelAll(reason), _) => {
                self.stage = Stage::Canceling;
                (self.tempo)(Tempo::Executing);
                self.send(
                    &self.board.router_command.clone(),
                    RouterCommand::CancelAll(reason),
                );
                if self.recovered.run.is_none() {
                    self.stop_router(StopPolicy::Cancel);
                }
            }
            (Task::Run, Some(run)) => self.go_on_with(run, task.as_of),
            (Task::Run | Task::Plan, _) => self.ask_for_a_plan(task.as_of),
        }
    }

    /// A run that is not over. Its market date has passed when a later one is asked for.
    fn go_on_with(&mut self, run: String, as_of: Option<NaiveDate>) {
        let decided = decision_date_of(&run);
        self.run = Some(run);
        self.resumed = true;
        self.stage = Stage::Executing;
        (self.tempo)(Tempo::Executing);
        self.send(
            &self.board.request_closes.clone(),
            RequestCloses { as_of: decided },
        );
        if let (Some(asked), Some(decided)) = (as_of, decided)
            && asked > decided
        {
            let reason =
                format!("its date {decided} has passed: a run as of {asked} was asked for");
            self.send(
                &self.board.router_command.clone(),
                RouterCommand::Abandon(reason),
            );
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

    fn happened(&mut self, event: Event) {
        match event {
            Event::Recovered(found) => self.recovered = found,
            Event::Reconciled(found) => {
                self.reconciled.get_or_insert(found);
                if self.stage == Stage::Connecting {
                    self.reconciled();
                }
            }
            Event::RunPlanned { label, .. } => self.run = Some(label),
            Event::RunEnded { abandoned, .. } => {
                self.ended = Some(abandoned);
                self.end_when_marked();
            }
            Event::Stopped { resting } => {
                let run = if self.ended.is_none() {
                    self.run.clone()
                } else {
                    None
                };
                match self.stage {
                    Stage::Canceling => self.over_done(),
                    _ => self.over(End::Stopped { run, resting }),
                }
            }
            Event::LinkChanged {
                ready: false,
                detail,
            } => self.trouble = Some(detail),
            Event::SnapshotFailed { reason } => self.trouble = Some(reason),
            _ => {}
        }
    }

    /// A run is over when it has ended and the account was marked after it.
    fn end_when_marked(&mut self) {
        if self.ended.is_some() && self.marked {
            self.over_done();
        }
    }

    fn over_done(&mut self) {
        let (run, resumed) = (self.run.clone(), self.resumed);
        let abandoned = self.ended.clone().flatten();
        self.over(End::Done {
            run,
            resumed,
            abandoned,
        });
    }

    /// The task is over: the router comes to a stop, and then the world is told.
    fn over(&mut self, end: End) {
        if self.stage == Stage::Over {
            return;
        }
        self.stage = Stage::Over;
        (self.tempo)(Tempo::Planning);
        self.end = Some(end);
        self.tell();
    }

    fn tell(&mut self) {
        let (Some(outcome), Some(end)) = (self.outcome.take(), self.end.take()) else {
            return;
        };
        let told = Outcome {
            end,
            plan: self.plan.take(),
            recovered: std::mem::take(&mut self.recovered),
            reconciled: self.reconciled.take(),
            nav: self.nav.take(),
            account_nav: self.account_nav,
        };
        // Whoever asked may be gone; what was done is done and on record.
        let _ = outcome.send(told);
    }

    fn stop_router(&mut self, policy: StopPolicy) {
        self.send(
            &self.board.router_command.clone(),
            RouterCommand::Stop(policy),
        );
    }
}

/// The decision date within a run's name.
fn decision_date_of(run: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(run.get(..8)?, "%Y%m%d").ok()
}

impl Actor for Conductor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(1_024);
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        self.board.report_stopped(&Station::Conductor);
    }
}

impl Handler<Mail<StartRun>> for Conductor {
    type Result = ();

    fn handle(&mut self, mail: Mail<StartRun>, ctx: &mut Self::Context) {
        self.cause = mail.id;
        self.task = Some(mail.body);
        self.stage = Stage::Connecting;
        if self.reconciled.is_some() {
            self.reconciled();
            return;
        }
        let patience = self
            .host
            .sleep_until(self.host.now() + self.connect_timeout);
        ctx.spawn(patience.into_actor(self).map(|(), conductor, _| {
            if conductor.stage == Stage::Connecting {
                let trouble = conductor.trouble.take();
                let said = trouble.unwrap_or_else(|| "the broker did not answer".to_owned());
                conductor.over(End::Unreachable(said));
            }
        }));
    }
}

impl Handler<Mail<StopRun>> for Conductor {
    type Result = ();

    fn handle(&mut self, mail: Mail<StopRun>, _: &mut Self::Context) {
        self.cause = mail.id;
        self.stop = Some(mail.body.policy);
        if self.stage != Stage::Over {
            self.stage = Stage::Stopping;
            self.stop_router(mail.body.policy);
        }
    }
}

impl Handler<Mail<PlanMade>> for Conductor {
    type Result = ();

    fn handle(&mut self, mail: Mail<PlanMade>, _: &mut Self::Context) {
        self.cause = mail.id;
        if self.stage == Stage::Planning {
            self.planned(mail.body);
        }
    }
}

impl Handler<Mail<RouterSaid>> for Conductor {
    type Result = ();

    fn handle(&mut self, mail: Mail<RouterSaid>, _: &mut Self::Context) {
        self.cause = mail.id;
        match mail.body {
            RouterSaid::Happened(event) => self.happened(*event),
            RouterSaid::JournalFailed(error) => self.over(End::JournalFailed(error)),
        }
    }
}

impl Handler<Mail<NavMarked>> for Conductor {
    type Result = ();

    fn handle(&mut self, mail: Mail<NavMarked>, _: &mut Self::Context) {
        self.cause = mail.id;
        self.account_nav = mail.body.book.account.nav;
        self.marked |= mail.body.book.account.closes_run.is_some();
        match mail.body.nav {
            Ok(nav) => self.nav = Some(nav),
            Err(error) => self.trouble = Some(error),
        }
        self.end_when_marked();
    }
}
