//! `polyfolio run`: plan, execute, attribute; or go on with the run that is not over.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::NaiveDate;
use clap::Args;
use polyfolio_actors::messages::PlanMade;
use polyfolio_actors::{End, Task};
use polyfolio_clock::{HostClock, Pace};
use polyfolio_model::Span;
use polyfolio_oms::{Book, Event};
use polyfolio_portfolio::TradingState;
use polyfolio_portfolio::plan::{Untraded, UntradedReason};
use polyfolio_ports::{Clock, Sink};
use polyfolio_report::{RunReport, run_report, state_file};
use serde_json::{Map, Value, json};

use super::plan::{failed, header};
use super::support::leave_bundle_if_violated;
use super::{App, answer};
use crate::exit::Exit;
use crate::face::next_step::with_flags;
use crate::face::plan_text::{PlanHeader, plan_text};
use crate::face::progress::{Progress, Told};
use crate::face::run_table::{Closing, closing_text};
use crate::face::wrap::fitted;
use crate::face::{Style, count};
use crate::failure::Failure;
use crate::runtime::{self, Finished, Request, Signals};
use crate::settings::{BrokerChoice, Loaded};

/// Rebalance, or finish a run that was interrupted
#[derive(Args, Debug)]
#[command(before_help = "Example:  polyfolio run")]
pub(crate) struct Run {
    /// How fast paper time goes: 1 as the clock does, 60, or max (the default). A real broker's
    /// time goes as it goes
    #[arg(long, value_name = "1|60|max")]
    speed: Option<Pace>,
    /// Decide on the closes of this date
    #[arg(long, value_name = "DATE")]
    as_of: Option<NaiveDate>,
}

impl Run {
    pub(crate) fn run(self, app: &mut App) -> Result<Exit, Failure> {
        let signals = Signals::listen()?;
        let loaded = app.load_to_trade(Vec::new())?;
        let pace = self.pace(&loaded)?;
        let watch = HostClock::start();
        let begun = watch.now();
        let state = loaded.settings.state_dir.display().to_string();
        let progress = Progress::new(told(app), state, app.flags());
        let hears = progress.clone();
        let request = Request {
            task: Task::Run,
            as_of: self.as_of,
            pace,
            signals,
            observer: Arc::new(move |event: Event| hears.hear(&event)),
            planned: page_of_plan(app, &loaded),
            found: missing_state(loaded.settings.logs_dir.clone()),
            told: {
                let hears = progress.clone();
                Arc::new(move |text: String| hears.tell(&text))
            },
        };
        let finished = runtime::execute(&loaded, request);
        progress.clear();
        let finished = finished?;
        for notice in &finished.notices {
            app.note(notice);
        }
        let report = report_of_this_process(&finished);
        if let Err(error) = write_state(&loaded.settings.logs_dir, &finished.book) {
            app.note(error);
        }
        leave_bundle_if_violated(app, &loaded, &finished);
        let yours = watch.now().since(begun);
        if let Err(unread) = self.tell(app, &loaded, &finished, report.as_ref(), (yours, pace)) {
            // What was traded was traded, whether or not anybody could read of it.
            app.lament(&unread);
        }
        end(finished, report.as_ref())
    }

    /// How fast time goes: only the embedded broker's can be told.
    fn pace(&self, loaded: &Loaded) -> Result<Pace, Failure> {
        match (&loaded.settings.broker, self.speed) {
            (BrokerChoice::Paper, speed) => Ok(speed.unwrap_or(Pace::Max)),
            (_, None | Some(Pace::Live)) => Ok(Pace::Live),
            (broker, Some(_)) => Err(Failure::usage(format!(
                "--speed is for the embedded broker; time at [broker] use = \"{broker}\" goes as it goes"
            ))
            .line("leave --speed out")),
        }
    }

    fn tell(
        &self,
        app: &App,
        loaded: &Loaded,
        finished: &Finished,
        report: Option<&RunReport>,
        (yours, pace): (Span, Pace),
    ) -> Result<(), Failure> {
        let Some(report) = report else { return Ok(()) };
        if app.global.json {
            return app.say_json(&json_of(report, finished));
        }
        let style = Style::of(&std::io::stdout());
        let closing = Closing {
            yours: Some(yours),
            is_virtual: pace != Pace::Live,
            records: finished.book.records(),
            logs: format!(
                "{}/{}/",
                loaded.settings.logs_dir.display(),
                report.decision_date
            ),
            not_ordered: not_ordered(finished),
            is_resumed: matches!(finished.outcome.end, End::Done { resumed: true, .. }),
        };
        app.show(closing_text(report, &closing, style))?;
        let (_, lost) = finished.log_lines;
        if lost > 0 {
            app.note(format!(
                "{} of the log could not be written",
                count(lost, "line")
            ));
        }
        Ok(())
    }
}

/// How many refusals the plan of this process had, and how much waits for the volume.
fn not_ordered(finished: &Finished) -> (usize, usize) {
    let made = finished.outcome.plan.as_ref();
    let Some(plan) = made.and_then(|made| made.plan.as_ref().ok()) else {
        return (0, 0);
    };
    let waits = |left: &&Untraded| left.reason == UntradedReason::Volume;
    (
        plan.refusals.len(),
        plan.untraded.iter().filter(waits).count(),
    )
}

/// What the run came to, if this process worked on one.
fn report_of_this_process(finished: &Finished) -> Option<RunReport> {
    let worked_on = match &finished.outcome.end {
        End::Done { run, .. } | End::Stopped { run, .. } => run.clone()?,
        _ => return None,
    };
    let last = finished.book.run()?;
    let report = run_report(&finished.book, last.planned.run)?;
    (report.label == worked_on).then_some(report)
}

/// The plan, before it is executed.
fn page_of_plan(app: &App, loaded: &Loaded) -> Sink<PlanMade> {
    let is_silent = app.global.json || app.global.quiet;
    let (loaded, flags) = (loaded.clone(), app.flags());
    Arc::new(move |made: PlanMade| {
        let Some(plan) = made.plan.as_ref().ok().filter(|_| !is_silent) else {
            return;
        };
        let header = PlanHeader {
            is_traded: true,
            ..header(&loaded, plan)
        };
        let style = Style::of(&std::io::stdout());
        let page = plan_text(plan, &header, &made.sleeves, style);
        // The run goes on whether or not anybody reads.
        let page = fitted(&with_flags(&page, &flags));
        let _ = writeln!(std::io::stdout(), "{page}");
    })
}

fn told(app: &App) -> Told {
    if app.global.quiet || (app.global.json && !app.global.verbose) {
        Told::Nothing
    } else if app.global.verbose {
        Told::Fills
    } else {
        Told::Progress
    }
}

/// The state of the last run, one file a run, once it is over. A log that cannot be written stops
/// nothing.
fn write_state(directory: &Path, book: &Book) -> Result<(), String> {
    let report = book.run().and_then(|run| run_report(book, run.planned.run));
    let Some(report) = report.filter(RunReport::is_over) else {
        return Ok(());
    };
    let path = directory.join(state_file::file_name(&report.label));
    let text = state_file::to_text(state_file::state_file(&report, book));
    std::fs::create_dir_all(directory)
        .map_err(|error| error.to_string())
        .and_then(|()| {
            polyfolio_store::replace_atomically(&path, text.as_bytes())
                .map_err(|error| error.to_string())
        })
        .map_err(|why| {
            format!(
                "the state of the run could not be written: {}: {why}",
                path.display()
            )
        })
}

/// A process that dies between the end of a run and its state file leaves none; the next start
/// writes it.
fn missing_state(directory: PathBuf) -> Sink<Book> {
    Arc::new(move |book: Book| {
        let label = book.run().map(|run| run.planned.label());
        let is_there = |label: String| directory.join(state_file::file_name(&label)).exists();
        if label.is_some_and(|label| !is_there(label)) {
            // Said again, and louder, when this run's own state is written.
            let _ = write_state(&directory, &book);
        }
    })
}

fn json_of(report: &RunReport, finished: &Finished) -> Value {
    let mut fields = match serde_json::to_value(report) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    let plan = finished
        .outcome
        .plan
        .as_ref()
        .and_then(|made| made.plan.as_ref().ok());
    let refusals = plan.map_or_else(|| json!([]), |plan| json!(plan.refusals));
    fields.insert("run".to_owned(), json!(report.label));
    fields.insert("refusals".to_owned(), refusals);
    let resumed = matches!(finished.outcome.end, End::Done { resumed: true, .. });
    fields.insert("resumed".to_owned(), json!(resumed));
    answer("run", Some(finished.time.to_string()), fields)
}

fn end(finished: Finished, report: Option<&RunReport>) -> Result<Exit, Failure> {
    let refused = finished
        .outcome
        .plan
        .as_ref()
        .and_then(|made| made.plan.as_ref().ok())
        .is_some_and(|plan| !plan.refusals.is_empty());
    match finished.outcome.end {
        End::Done { .. } if finished.book.trading().0 == TradingState::Halted => {
            Err(halted(&finished.book))
        }
        End::Done { .. } if refused || !report.is_none_or(RunReport::is_clean) => {
            Ok(Exit::Negative)
        }
        End::Done { .. } => Ok(Exit::Done),
        End::Stopped { run, resting } => {
            let exit = finished
                .signal
                .map_or(Exit::Negative, |signal| signal.exit());
            let failure = Failure::new(exit, "stopped as asked");
            Err(match run {
                Some(run) => failure
                    .line(format!("run {run} is not over; {}", rest(resting)))
                    .line("go on with:  polyfolio run"),
                None => failure.line("no run was begun"),
            })
        }
        end => Err(failed(end, finished.signal)),
    }
}

fn rest(resting: u32) -> String {
    let rest = if resting == 1 { "rests" } else { "rest" };
    format!("{resting} of its orders {rest} at the broker")
}

/// Trading is halted: by a person, a limit or a break.
fn halted(book: &Book) -> Failure {
    let (_, reason) = book.trading();
    Failure::new(Exit::Halted, format!("trading is halted: {reason}"))
        .line("look at:  polyfolio status")
        .line("then allow it again with:  polyfolio resume-trading")
}
