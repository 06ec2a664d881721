//! `polyfolio slippage [RUN]`: what the orders of a run cost, from the decision to what was left
//! undone.
//!
//! The store answers when it is free, for every run that is on record. While a run holds it, that
//! run answers for its own orders, as it last wrote them down.

use std::path::Path;

use clap::Args;
use polyfolio_report::View;
use polyfolio_report::slippage::{SlippageReport, slippage_of_run};
use polyfolio_report::view::{Answer, Source};

use super::App;
use super::ask::tell;
use super::run_name::RunName;
use crate::exit::Exit;
use crate::face::slippage_text::slippage_text;
use crate::failure::Failure;
use crate::runtime;
use crate::runtime::view::{last_written, store_or_view};

/// Show what the orders of a run cost
#[derive(Args, Debug)]
#[command(before_help = "Example:  polyfolio slippage --fills")]
pub(crate) struct Slippage {
    /// The run, by its name or number; the last one if left out
    #[arg(value_name = "RUN")]
    run: Option<RunName>,
    /// Show every order and every fill too; the JSON has them always
    #[arg(long)]
    fills: bool,
}

impl Slippage {
    pub(crate) fn run(self, app: &mut App) -> Result<Exit, Failure> {
        let loaded = app.load(Vec::new())?;
        let directory = &loaded.settings.state_dir;
        let name = self.run.as_ref();
        let found = store_or_view(
            directory,
            || of_store(directory, name),
            || Some(last_written(directory)?.slippage),
        )?;
        let label = found.body.run.as_deref();
        if let Some(name) = name.filter(|name| !label.is_some_and(|label| name.means(label))) {
            return Err(not_there(name, &found));
        }
        tell(app, &found, found.source, || {
            slippage_text(&found.body, self.fills)
        })
    }
}

/// Of the run that is asked for, or else of the last one.
fn of_store(directory: &Path, name: Option<&RunName>) -> Result<Answer<SlippageReport>, Failure> {
    let Some(journal) = runtime::open_existing(directory)? else {
        return Ok(View::of(&polyfolio_oms::Book::new(0)).slippage);
    };
    let book = runtime::fold(&journal)?;
    let last = View::of(&book).slippage;
    let is_last = |name: &&RunName| last.body.run.as_deref().is_some_and(|run| name.means(run));
    let Some(earlier) = name.filter(|name| !is_last(name)) else {
        return Ok(last);
    };
    let records = runtime::records(&journal)?;
    let report = slippage_of_run(book.deployment(), records, earlier.run);
    Ok(match report {
        Some(body) => Answer { body, ..last },
        None => last,
    })
}

fn not_there(name: &RunName, found: &Answer<SlippageReport>) -> Failure {
    let last = match &found.body.run {
        Some(run) => format!("the run that answers is {run}"),
        None => "no run is on record".to_owned(),
    };
    match found.source {
        Source::View => Failure::new(
            Exit::State,
            format!(
                "a run holds the store and answers for itself alone, not for {}",
                name.text
            ),
        )
        .line(last)
        .line("ask again when it is over"),
        Source::Store => Failure::usage(format!("there is no run {} on record", name.text))
            .line(last)
            .line("records of old runs are dropped when a snapshot stands for them"),
    }
}
