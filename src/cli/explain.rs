//! `polyfolio explain SYMBOL [RUN]`: the story of one instrument in a run, from the journal.

use clap::Args;
use polyfolio_model::InstrumentId;
use polyfolio_report::View;
use polyfolio_report::slippage::{SlippageReport, slippage_of_run};
use polyfolio_report::story::{NoStory, Story};
use serde_json::{Map, Value};

use super::run_name::RunName;
use super::{App, answer};
use crate::exit::Exit;
use crate::face::story_text::story_text;
use crate::failure::Failure;
use crate::runtime;

/// Tell the story of one instrument in a run
#[derive(Args, Debug)]
#[command(
    before_help = "Example:  polyfolio explain KO",
    after_help = "Who wanted what and why, what crossed inside, what was sent and filled, who got\n\
                  it and what it cost: all of it from the journal. Long stories leave out orders\n\
                  that did not fill; --all tells everything, and the JSON does always."
)]
pub(crate) struct Explain {
    /// The instrument, as the config names it
    symbol: InstrumentId,
    /// The run, by its name or number; the last one if left out
    #[arg(value_name = "RUN")]
    run: Option<RunName>,
    /// Leave nothing out
    #[arg(long)]
    all: bool,
}

impl Explain {
    pub(crate) fn run(self, app: &mut App) -> Result<Exit, Failure> {
        let directory = app.load(Vec::new())?.settings.state_dir;
        if runtime::is_held(&directory) {
            return Err(Failure::new(Exit::State, "a run holds the store")
                .line("ask again when it is over; meanwhile:  polyfolio slippage --fills"));
        }
        let Some(journal) = runtime::open_existing(&directory)? else {
            return Err(Failure::usage("no run is on record").line("begin one:  polyfolio run"));
        };
        let (book, records) = (runtime::fold(&journal)?, runtime::records(&journal)?);
        let last = View::of(&book).slippage.body;
        let named = self.run.as_ref();
        let is_last = |name: &RunName| last.run.as_deref().is_some_and(|run| name.means(run));
        let costs = match named.filter(|name| !is_last(name)) {
            None => last,
            Some(name) => {
                let records = records.iter().cloned();
                slippage_of_run(book.deployment(), records, name.run).unwrap_or_default()
            }
        };
        let story = self.story(&records, &costs)?;
        if app.global.json {
            let fields = match serde_json::to_value(&story) {
                Ok(Value::Object(fields)) => fields,
                _ => Map::new(),
            };
            let as_of = book.as_of().map(|time| time.to_string());
            app.say_json(&answer("explain", as_of, fields))?;
        } else {
            app.show(story_text(&story, self.all))?;
        }
        Ok(Exit::Done)
    }

    fn story(
        &self,
        records: &[polyfolio_oms::Record],
        costs: &SlippageReport,
    ) -> Result<Story, Failure> {
        let run = self.run.as_ref().map(|name| name.run);
        let story = Story::of(records, run, &self.symbol, costs);
        let found = story.and_then(|story| match &self.run {
            Some(name) if !name.means(&story.run) => Err(NoStory::NoRun),
            _ => Ok(story),
        });
        found.map_err(|error| match &error {
            NoStory::NoRun => self.no_run(),
            NoStory::NotInIt { others, .. } => {
                let names: Vec<String> = others.iter().map(ToString::to_string).collect();
                let dealt = match names.is_empty() {
                    true => "it dealt with none".to_owned(),
                    false => format!("it dealt with {}", names.join(", ")),
                };
                Failure::usage(error.to_string()).line(dealt)
            }
        })
    }

    fn no_run(&self) -> Failure {
        let what = self.run.as_ref().map_or_else(
            || "no run is on record".to_owned(),
            |name| format!("there is no run {} on record", name.text),
        );
        Failure::usage(what).line("records of old runs are dropped when a snapshot stands for them")
    }
}
