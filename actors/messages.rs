//! What the actors say to each other. Commands are verbs, events past participles.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use polyfolio_model::broker::{Command, Report};
use polyfolio_model::{ClOrdId, InstrumentId, Money, Qty, SleeveId, Ts};
use polyfolio_oms::events::{AccountMark, Event};
use polyfolio_oms::records::Nav;
use polyfolio_oms::router::{RunPlan, StopPolicy};
use polyfolio_portfolio::{Ledger, Plan, TradingState};
use polyfolio_ports::{Closes, QuoteUpdate, Targets};
use serde_json::{Value, json};

use crate::mail::{Payload, Station};

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

/// Conductor → MarketData.
#[derive(Clone, Copy, Debug)]
pub struct RequestCloses {
    /// As of which date.
    pub as_of: Option<NaiveDate>,
}

impl Payload for RequestCloses {
    const NAME: &'static str = "RequestCloses";
    fn body(&self) -> Value {
        json!({ "as_of": self.as_of })
    }
}

/// MarketData → Scaler, NavTracker: the prices that decide.
#[derive(Clone, Debug)]
pub struct ClosesPublished(pub Result<Closes, String>);

impl Payload for ClosesPublished {
    const NAME: &'static str = "ClosesPublished";
    fn body(&self) -> Value {
        match &self.0 {
            Ok(closes) => json!({ "date": closes.date, "instruments": closes.prices.len() }),
            Err(error) => json!({ "error": error }),
        }
    }
}

/// Conductor → Scaler: a plan is wanted, of these sleeves.
#[derive(Clone, Copy, Debug)]
pub struct RequestPlan {
    /// As of which date.
    pub as_of: Option<NaiveDate>,
}

impl Payload for RequestPlan {
    const NAME: &'static str = "RequestPlan";
    fn body(&self) -> Value {
        json!({ "as_of": self.as_of })
    }
}

/// Conductor → Strategy.
#[derive(Clone, Copy, Debug)]
pub struct RequestTargets {
    /// As of which date.
    pub as_of: Option<NaiveDate>,
}

impl Payload for RequestTargets {
    const NAME: &'static str = "RequestTargets";
    fn body(&self) -> Value {
        json!({ "as_of": self.as_of })
    }
}

/// Strategy → Scaler.
#[derive(Clone, Debug)]
pub struct TargetsPublished {
    /// Whose.
    pub sleeve: SleeveId,
    /// What is wanted, or why nothing is known.
    pub targets: Result<Targets, String>,
}

impl Payload for TargetsPublished {
    const NAME: &'static str = "TargetsPublished";
    fn body(&self) -> Value {
        match &self.targets {
            Ok(targets) => json!({
                "sleeve": self.sleeve,
                "positions": targets.positions.len(),
                "nav": targets.nav.last().map(|(_, nav)| nav.to_string()),
                "why": targets.why,
            }),
            Err(error) => json!({ "sleeve": self.sleeve, "error": error }),
        }
    }
}

/// The book as the NAV tracker and the scaler need it.
#[derive(Clone, Debug)]
pub struct BookMark {
    /// What the broker says.
    pub account: AccountMark,
    /// What the sleeves own.
    pub ledger: Ledger,
    /// What may still fill on working orders, signed.
    pub working: BTreeMap<InstrumentId, Qty>,
    /// What may still fill on unknown orders, signed.
    pub unknown: BTreeMap<InstrumentId, Qty>,
    /// Whether trading is allowed.
    pub trading: TradingState,
}

/// OrderRouter → NavTracker.
#[derive(Clone, Debug)]
pub struct AccountMarked(pub Box<BookMark>);

impl Payload for AccountMarked {
    const NAME: &'static str = "AccountMarked";
    fn body(&self) -> Value {
        json!({ "nav": self.0.account.nav, "cash": self.0.account.cash,
                "positions": self.0.account.positions.len() })
    }
}

/// NavTracker → Scaler, Conductor: what the account is worth at the closes that decide.
#[derive(Clone, Debug)]
pub struct NavMarked {
    /// The value of the account, and of each sleeve; or why it cannot be said.
    pub nav: Result<Nav, String>,
    /// What it was computed from.
    pub book: Box<BookMark>,
}

impl Payload for NavMarked {
    const NAME: &'static str = "NavMarked";
    fn body(&self) -> Value {
        match &self.nav {
            Ok(nav) => json!({ "date": nav.date, "account": nav.account, "sleeves": nav.sleeves }),
            Err(error) => json!({ "error": error }),
        }
    }
}

/// NavTracker → OrderRouter: a record for the one journal.
#[derive(Clone, Debug)]
pub struct NoteNav(pub Nav);

impl Payload for NoteNav {
    const NAME: &'static str = "NoteNav";
    fn body(&self) -> Value {
        json!({ "date": self.0.date, "account": self.0.account })
    }
}

/// What one sleeve said for itself, for the plan.
#[derive(Clone, Debug)]
pub struct SleeveSaid {
    /// Whose.
    pub sleeve: SleeveId,
    /// What it is worth in the book.
    pub nav: Option<Money>,
    /// One line on what it wants and why, or what is wrong with it.
    pub why: Result<String, String>,
    /// How many instruments it wants.
    pub wants: usize,
}

/// A plan, with what a person wants to know beside it.
#[derive(Clone, Debug)]
pub struct PlanMade {
    /// The plan; or why there is none.
    pub plan: Result<Box<Plan>, String>,
    /// What each sleeve said.
    pub sleeves: Vec<SleeveSaid>,
    /// The account's value at the closes that decide.
    pub nav: Option<Money>,
    /// The run, ready to be executed; none when there is nothing to plan with.
    pub run: Option<Box<RunPlan>>,
}

/// Scaler → Conductor.
impl Payload for PlanMade {
    const NAME: &'static str = "PlanMade";
    fn body(&self) -> Value {
        match &self.plan {
            Ok(plan) => json!({ "orders": plan.orders.len(), "crosses": plan.crosses.len(),
                                "refusals": plan.refusals.len() }),
            Err(error) => json!({ "error": error }),
        }
    }
}

/// Conductor → Scaler: the plan is to be executed.
#[derive(Clone, Copy, Debug)]
pub struct ExecutePlan;

impl Payload for ExecutePlan {
    const NAME: &'static str = "ExecutePlan";
    fn body(&self) -> Value {
        Value::Null
    }
}

/// Scaler → OrderRouter: the run, sized and netted.
#[derive(Clone, Debug)]
pub struct TargetsScaled(pub Box<RunPlan>);

impl Payload for TargetsScaled {
    const NAME: &'static str = "TargetsScaled";
    fn body(&self) -> Value {
        json!({ "decision_date": self.0.decision_date, "parents": self.0.parents.len(),
                "crosses": self.0.crosses.len(), "transfers": self.0.transfers.len() })
    }
}

/// Conductor → OrderRouter.
#[derive(Clone, Debug)]
pub enum RouterCommand {
    /// Nothing more for the run; what works of it is canceled.
    Abandon(String),
    /// Cancel everything of ours that works.
    CancelAll(String),
    /// Ask the broker for everything, and compare.
    Reconcile,
    /// Take what differs into what nobody owns.
    Adopt(String),
    /// Orders that were sent from here are not on record.
    AdoptMark(String),
    /// Trading is allowed, or not.
    SetTrading(TradingState, String),
    /// Have the quotes of the run told again: whoever told them is new.
    Resubscribe,
    /// Come to a stop.
    Stop(StopPolicy),
}

impl Payload for RouterCommand {
    const NAME: &'static str = "RouterCommand";
    fn body(&self) -> Value {
        json!(format!("{self:?}"))
    }
}

/// OrderRouter → Conductor: what has come true.
#[derive(Clone, Debug)]
pub enum RouterSaid {
    /// An event of the book.
    Happened(Box<Event>),
    /// The journal took a write no more: nothing is sent from here on.
    JournalFailed(String),
}

impl Payload for RouterSaid {
    const NAME: &'static str = "RouterSaid";
    fn body(&self) -> Value {
        match self {
            Self::Happened(event) => serde_json::to_value(event).unwrap_or(Value::Null),
            Self::JournalFailed(error) => json!({ "journal_failed": error }),
        }
    }
}

/// OrderRouter → MarketData: quotes of these are wanted.
#[derive(Clone, Debug)]
pub struct Subscribe(pub Vec<InstrumentId>);

impl Payload for Subscribe {
    const NAME: &'static str = "Subscribe";
    fn body(&self) -> Value {
        json!({ "instruments": self.0 })
    }
}

/// MarketData → OrderRouter: everything that moved since the last word.
#[derive(Clone, Debug)]
pub struct QuotesChanged(pub Vec<QuoteUpdate>);

impl Payload for QuotesChanged {
    const NAME: &'static str = "QuotesChanged";
    fn body(&self) -> Value {
        json!({ "instruments": self.0.len() })
    }
}

/// OrderRouter → BrokerConnector.
#[derive(Clone, Debug)]
pub struct SendToBroker(pub Command);

impl Payload for SendToBroker {
    const NAME: &'static str = "SendToBroker";
    fn body(&self) -> Value {
        match &self.0 {
            Command::New(order) => json!({ "new": order }),
            Command::Cancel(id, request) => json!({ "cancel": id, "request": request }),
            Command::Replace(id, request, amend) => {
                json!({ "replace": id, "request": request, "amend": amend })
            }
            Command::Query(id) => json!({ "query": id }),
            Command::Snapshot(id) => json!({ "snapshot": id }),
        }
    }
}

/// What a connector has to say.
#[derive(Clone, Debug)]
pub enum Said {
    /// The broker spoke.
    Report(Report),
    /// No byte of this order left.
    NotSent(ClOrdId, &'static str),
}

/// BrokerConnector → OrderRouter: everything since the last word, in order.
#[derive(Clone, Debug)]
pub struct BrokerSaid {
    /// The connector's life that heard it. Facts are taken from any; the link's state only from
    /// the newest.
    pub generation: u64,
    /// What was said.
    pub said: Vec<Said>,
}

impl Payload for BrokerSaid {
    const NAME: &'static str = "BrokerSaid";
    fn body(&self) -> Value {
        Value::Array(self.said.iter().map(body_of_said).collect())
    }
}

fn body_of_said(said: &Said) -> Value {
    match said {
        Said::Report(Report::Execution(report)) => json!({ "execution": report }),
        Said::Report(Report::Snapshot(id, Ok(snapshot))) => json!({
            "snapshot": id, "orders": snapshot.orders.len(), "fills": snapshot.fills.len(),
            "positions": snapshot.positions.len(), "nav": snapshot.nav,
        }),
        Said::Report(Report::Snapshot(id, Err(failed))) => {
            json!({ "snapshot": id, "failed": failed.0 })
        }
        Said::Report(Report::Link(link)) => json!({ "link": format!("{link:?}") }),
        Said::NotSent(id, why) => json!({ "not_sent": id, "why": why }),
    }
}

/// Any station → Supervisor: an actor is gone.
#[derive(Clone, Debug)]
pub struct ActorStopped {
    /// When.
    pub time: Ts,
}

impl Payload for ActorStopped {
    const NAME: &'static str = "ActorStopped";
    fn body(&self) -> Value {
        Value::Null
    }
}

/// Supervisor → Conductor: somebody new stands at a station, and knows nothing of what was asked.
#[derive(Clone, Debug)]
pub struct ActorRestarted {
    /// Where.
    pub station: Station,
}

impl Payload for ActorRestarted {
    const NAME: &'static str = "ActorRestarted";
    fn body(&self) -> Value {
        json!({ "station": self.station.to_string() })
    }
}

/// Supervisor → Conductor: a station cannot be kept alive.
#[derive(Clone, Debug)]
pub struct GivenUp(pub String);

impl Payload for GivenUp {
    const NAME: &'static str = "GivenUp";
    fn body(&self) -> Value {
        json!(self.0)
    }
}
