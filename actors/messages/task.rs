//! What the house is to do, from outside.

use chrono::NaiveDate;
use polyfolio_model::ClOrdId;
use polyfolio_oms::router::StopPolicy;
use serde_json::{Value, json};

use crate::mail::Payload;

/// What a conductor is to bring about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// Plan and say what would be sent.
    Plan,
    /// Plan and execute, or go on with a run that is not over.
    Run,
    /// Connect, compare, and say what differs.
    Reconcile,
    /// The same, and take what differs into what nobody owns.
    Adopt(String),
    /// The same, and believe the broker about orders that are not on record.
    AdoptMark(String),
    /// The same, and take a person's word that this order is dead.
    Resolve(ClOrdId, String),
    /// Cancel everything of ours that works, and give up the run.
    CancelAll(String),
}

/// CLI → Conductor.
#[derive(Clone, Debug)]
pub struct StartRun {
    /// What.
    pub task: Task,
    /// As of which date; the latest when none is given.
    pub as_of: Option<NaiveDate>,
}

impl Payload for StartRun {
    const NAME: &'static str = "StartRun";
    fn body(&self) -> Value {
        json!({ "task": format!("{:?}", self.task), "as_of": self.as_of })
    }
}

/// CLI → Conductor: a signal came.
#[derive(Clone, Copy, Debug)]
pub struct StopRun {
    /// What happens to working orders.
    pub policy: StopPolicy,
}

impl Payload for StopRun {
    const NAME: &'static str = "StopRun";
    fn body(&self) -> Value {
        json!({ "policy": self.policy })
    }
}
