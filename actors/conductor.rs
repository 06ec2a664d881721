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

mod ending;
mod inbox;
mod news;
mod outcome;
mod steps;

use std::sync::Arc;

use actix::prelude::*;
use polyfolio_model::{Money, Span};
use polyfolio_oms::events::{Reconciled, Recovered};
use polyfolio_oms::records::Nav;
use polyfolio_oms::router::StopPolicy;
use polyfolio_ports::{Clock, Sink};

use crate::mail::{Line, Payload, Station};
use crate::messages::{PlanMade, RouterCommand, StartRun};
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

impl Actor for Conductor {
    type Context = Context<Self>;

    fn stopped(&mut self, _: &mut Self::Context) {
        self.board.report_stopped(&Station::Conductor);
    }
}
