//! What a conductor says to whoever gave it the task.

use polyfolio_model::Money;
use polyfolio_oms::events::{Reconciled, Recovered};
use polyfolio_oms::records::Nav;

use crate::messages::PlanMade;

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
    /// The state directory is older than the broker's book, and how that was seen.
    OlderState(String),
    /// The broker has another order under an id of ours, and how that was seen.
    OrderMismatch(String),
    /// What was asked cannot be done, and why. Nothing was changed.
    Refused(String),
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
