//! From what the sleeves wish to what the book sends: waits until every sleeve has spoken, the
//! account is marked and the closes are known, then plans.
//!
//! In: `RequestPlan`, `TargetsPublished`, `ClosesPublished`, `NavMarked`, `ExecutePlan`. Out:
//! `PlanMade` to the conductor, `TargetsScaled` to the order router.
//! Mailbox: 16,384, room for every sleeve. A sleeve that has not spoken in time (host time: a
//! strategy that hangs must not stop the clock) has failed, and the declared policy decides.
//! It sends nothing to a broker and writes nothing.

mod inbox;
mod losses;
mod make;
mod run;
mod settings;

use std::collections::BTreeMap;
use std::sync::Arc;

use actix::prelude::*;
use polyfolio_model::SleeveId;
use polyfolio_oms::router::RunPlan;
use polyfolio_ports::{Clock, Closes, Targets};

use crate::mail::Station;
use crate::messages::NavMarked;
use crate::switchboard::Switchboard;

pub use settings::{AlgoChoice, ExecutionSettings, OnStrategyFailure, ScalerSettings};

/// How many messages may wait.
pub const MAILBOX: usize = 16_384;

/// The actor.
pub struct Scaler {
    settings: Arc<ScalerSettings>,
    host: Arc<dyn Clock>,
    board: Arc<Switchboard>,
    asked: Option<Asked>,
    answers: BTreeMap<SleeveId, Result<Targets, String>>,
    closes: Option<Result<Closes, String>>,
    nav: Option<NavMarked>,
    made: Option<Box<RunPlan>>,
}

/// A plan that is wanted.
#[derive(Debug)]
struct Asked {
    by: u64,
    timeout: SpawnHandle,
}

impl std::fmt::Debug for Scaler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scaler")
            .field("asked", &self.asked)
            .finish_non_exhaustive()
    }
}

impl Scaler {
    /// A scaler that was asked for nothing.
    pub fn new(
        settings: Arc<ScalerSettings>,
        host: Arc<dyn Clock>,
        board: Arc<Switchboard>,
    ) -> Self {
        let (answers, closes) = (BTreeMap::new(), None);
        Self {
            settings,
            host,
            board,
            asked: None,
            answers,
            closes,
            nav: None,
            made: None,
        }
    }

    fn try_plan(&mut self, ctx: &mut Context<Self>) {
        let complete = self.answers.len() == self.settings.weights.len();
        if complete && self.closes.is_some() && self.nav.is_some() {
            self.plan(ctx);
        }
    }

    fn plan(&mut self, ctx: &mut Context<Self>) {
        let Some(asked) = self.asked.take() else {
            return;
        };
        ctx.cancel_future(asked.timeout);
        let made = self.make();
        self.made.clone_from(&made.run);
        let line = &self.board.plan_made;
        let _ = self
            .board
            .post
            .send(&Station::Scaler, line, made, Some(asked.by));
    }
}

impl Actor for Scaler {
    type Context = Context<Self>;

    fn stopped(&mut self, _: &mut Self::Context) {
        self.board.report_stopped(&Station::Scaler);
    }
}
