//! `polyfolio plan`: what would be sent now, and why. Sends nothing and changes nothing.

use std::sync::Arc;

use chrono::NaiveDate;
use clap::Args;
use polyfolio_actors::messages::published;
use polyfolio_actors::{End, Task};
use polyfolio_clock::Pace;
use serde_json::json;

use super::{App, answer};
use crate::exit::Exit;
use crate::face::plan_text::{PlanHeader, plan_text};
use crate::face::{Style, percent};
use crate::failure::Failure;
use crate::runtime::{self, Request, Signal, Signals, sizing};
use crate::settings::{Algorithm, Loaded};

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
        let signals = Signals::listen()?;
        let loaded = app.load(Vec::new())?;
        let request = Request {
            task: Task::Plan,
            as_of: self.as_of,
            pace: Pace::Live,
            signals,
            observer: Arc::new(|_| ()),
            planned: Arc::new(|_| ()),
            found: Arc::new(|_| ()),
            told: app.hears(),
        };
        let finished = runtime::execute(&loaded, request)?;
        let made = match finished.outcome.end {
            End::Done { .. } => finished.outcome.plan,
            end => return Err(failed(end, finished.signal)),
        };
        let Some((plan, said)) = made.and_then(|made| Some((made.plan.ok()?, made.sleeves))) else {
            return Err(Failure::new(Exit::Negative, "there is no plan"));
        };
        let unfinished = finished.book.active_run().map(|run| run.planned.label());
        if app.global.json {
            let mut fields = published(&plan, &said).unwrap_or_default();
            fields.insert("unfinished".to_owned(), json!(unfinished));
            app.say_json(&answer("plan", Some(finished.time.to_string()), fields))?;
        } else {
            let style = Style::of(&std::io::stdout());
            let header = PlanHeader {
                unfinished,
                ..header(&loaded, &plan)
            };
            app.show(plan_text(&plan, &header, &said, style))?;
        }
        let asked = self.exit_code && !plan.orders.is_empty();
        Ok(if plan.refusals.is_empty() && !asked {
            Exit::Done
        } else {
            Exit::Negative
        })
    }
}

/// What stands around a plan.
pub(super) fn header(loaded: &Loaded, plan: &polyfolio_portfolio::Plan) -> PlanHeader {
    let settings = &loaded.settings;
    let kinds = settings
        .sleeves
        .iter()
        .map(|(id, sleeve)| (id.clone(), sleeve.strategy.clone()));
    PlanHeader {
        mode: settings.venue(),
        account: settings.account(),
        currency: settings.portfolio.base_currency.to_string(),
        kinds: kinds.collect(),
        notes: beyond_nav(loaded)
            .into_iter()
            .chain(assumed(loaded, plan))
            .collect(),
        is_traded: false,
        unfinished: None,
    }
}

/// What the sleeves take together, when it is more than there is.
fn beyond_nav(loaded: &Loaded) -> Option<String> {
    let settings = &loaded.settings;
    let scale = &settings.portfolio.plan.scale;
    let sum: f64 = settings.sleeves.values().map(|sleeve| sleeve.weight).sum();
    // Weights such as 0.1 and 0.2 add up to a digit more than they say.
    let is_beyond = !scale.normalize && sum > 1.0 + 1e-9;
    is_beyond.then(|| {
        let sum = percent(sum, 0);
        format!("the weights add up to {sum}: what is beyond 100% of the NAV is borrowed")
    })
}

/// Which parameters of the quotes are assumed and not known of the instruments.
fn assumed(loaded: &Loaded, plan: &polyfolio_portfolio::Plan) -> Vec<String> {
    let settings = &loaded.settings;
    if settings.execution.algorithm != Algorithm::OptimalLimit || plan.orders.is_empty() {
        return Vec::new();
    }
    // The history was read before the plan was made; it is read once more for its volatilities.
    let history = loaded.history().ok().flatten();
    let sigmas = sizing::sigmas(settings, history.as_ref(), Some(plan.decision_date));
    let mut names: Vec<&str> = Vec::new();
    for order in &plan.orders {
        let sigma = sigmas.get(&order.symbol).copied();
        let (_, missing) = settings.quote_params(&order.symbol, sigma);
        names.extend(missing);
    }
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return Vec::new();
    }
    vec![format!(
        "quotes assume {} from [execution.quote]; sigma is each history's own where it is not named",
        names.join(", ")
    )]
}

/// An end that is no success, for a person.
pub(super) fn failed(end: End, signal: Option<Signal>) -> Failure {
    match end {
        End::Unreachable(why) => Failure::new(
            Exit::BrokerUnreachable,
            format!("the broker cannot be reached: {why}"),
        ),
        End::NotPlanned(why) => Failure::usage(format!("nothing can be planned: {why}")),
        End::JournalFailed(why) => Failure::new(Exit::State, format!("the journal failed: {why}"))
            .line("nothing was sent after that; free the disk or mend it, and start again"),
        End::Failed(why) => Failure::new(Exit::Halted, why),
        End::OlderState(why) => Failure::new(Exit::State, why)
            .line("nothing was sent; start with the newest copy of the state directory")
            .line("if there is none, believe the broker:  polyfolio journal adopt-mark"),
        End::OrderMismatch(why) => {
            let failure = Failure::new(Exit::State, why)
                .line("nothing was sent; start with the newest copy of the state directory");
            failure.line("if there is none, see what stopped:  polyfolio status")
        }
        End::Refused(why) => Failure::new(Exit::State, why)
            .line("nothing was adopted; begin a new state directory and take over what is held"),
        End::Stopped { .. } => {
            let exit = signal.map_or(Exit::Negative, Signal::exit);
            Failure::new(exit, "stopped before it was done")
        }
        End::Done { .. } => Failure::new(Exit::Negative, "there is nothing to show"),
    }
}
