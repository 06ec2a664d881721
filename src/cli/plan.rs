//! `polyfolio plan`: what would be sent now, and why. Sends nothing and changes nothing.

use std::sync::Arc;

use chrono::NaiveDate;
use clap::Args;
use polyfolio_actors::messages::PlanMade;
use polyfolio_actors::{End, Task};
use polyfolio_clock::Pace;
use serde_json::{Map, Value};

use super::{App, answer};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::runtime::{self, Finished, Request};

/// Show what would be sent now, and why; send nothing
#[derive(Args, Debug)]
#[command(before_help = "Example:  polyfolio plan --as-of 2022-11-30")]
pub(crate) struct Plan {
    /// Decide on the closes of this date
    #[arg(long, value_name = "DATE")]
    as_of: Option<NaiveDate>,
    /// End with 1 when there is anything to send
    #[arg(long)]
    exit_code: bool,
}

impl Plan {
    pub(crate) fn run(self, app: &mut App) -> Result<Exit, Failure> {
        let loaded = app.load(Vec::new())?;
        let request = Request {
            task: Task::Plan,
            as_of: self.as_of,
            pace: Pace::Live,
            observer: Arc::new(|_| ()),
        };
        let finished = runtime::execute(&loaded, request)?;
        let made = plan_of(finished)?;
        let Ok(plan) = &made.plan else { return Ok(Exit::Usage) };
        if app.global.json {
            let fields = match serde_json::to_value(plan) {
                Ok(Value::Object(fields)) => fields,
                _ => Map::new(),
            };
            let as_of = Some(plan.decision_date.to_string());
            app.say_json(&answer("plan", as_of, fields))?;
        } else {
            app.say(format!("{plan:#?}\n"))?;
        }
        let anything = !plan.orders.is_empty() && self.exit_code;
        Ok(if plan.refusals.is_empty() && !anything { Exit::Done } else { Exit::Negative })
    }
}

/// The plan of a task; what kept it from being made is a failure.
pub(super) fn plan_of(finished: Finished) -> Result<PlanMade, Failure> {
    match finished.outcome.end {
        End::Unreachable(why) => Err(Failure::new(Exit::BrokerUnreachable, why)),
        End::NotPlanned(why) => Err(Failure::usage(why)),
        End::JournalFailed(why) => Err(Failure::new(Exit::State, why)),
        End::Failed(why) => Err(Failure::new(Exit::Halted, why)),
        End::Done { .. } | End::Stopped { .. } => finished
            .outcome
            .plan
            .ok_or_else(|| Failure::new(Exit::Negative, "stopped before there was a plan")),
    }
}
