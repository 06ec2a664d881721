//! From what the sleeves wish to the run that is executed.

use chrono::NaiveDate;
use polyfolio_model::{Money, SleeveId};
use polyfolio_oms::router::RunPlan;
use polyfolio_portfolio::Plan;
use polyfolio_ports::Targets;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::mail::Payload;

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

/// A plan as it is printed: with what each sleeve said for itself.
///
/// # Errors
/// A number that JSON has no word for.
pub fn published(plan: &Plan, sleeves: &[SleeveSaid]) -> serde_json::Result<Map<String, Value>> {
    with_words(plan, sleeves)
}

/// The same as it is recorded: without what has records of its own.
///
/// # Errors
/// A number that JSON has no word for.
pub fn recorded(plan: &Plan, sleeves: &[SleeveSaid]) -> serde_json::Result<Value> {
    with_words(&plan.recorded(), sleeves).map(Value::Object)
}

fn with_words(
    plan: &impl Serialize,
    sleeves: &[SleeveSaid],
) -> serde_json::Result<Map<String, Value>> {
    let said = |said: &SleeveSaid| {
        let (Ok(text) | Err(text)) = &said.why;
        (said.sleeve.to_string(), Value::from(text.clone()))
    };
    let mut fields = match serde_json::to_value(plan)? {
        Value::Object(fields) => fields,
        other => Map::from_iter([("plan".to_owned(), other)]),
    };
    let why: Map<String, Value> = sleeves.iter().map(said).collect();
    fields.insert("why".to_owned(), Value::Object(why));
    Ok(fields)
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
            Ok(plan) => json!({
                "orders": plan.orders.len(), "crosses": plan.crosses.len(),
                "given": plan.given.len(), "refusals": plan.refusals.len(),
            }),
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
        let gifts = self.0.gifts.iter();
        let given: usize = gifts.map(|gift| gift.positions.len()).sum();
        json!({ "decision_date": self.0.decision_date, "parents": self.0.parents.len(),
                "crosses": self.0.crosses.len(), "given": given,
                "transfers": self.0.transfers.len() })
    }
}
