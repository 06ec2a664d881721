//! `polyfolio resolve`: a person says what became of an order that no list of the broker can prove.
//!
//! A run that holds the store is told; otherwise it connects as `reconcile` does. Either way the
//! broker is asked first, and what its lists can say is not a person's to decide.

use std::path::Path;

use clap::Args;
use polyfolio_actors::Task;
use polyfolio_model::{ClOrdId, InstrumentId};
use polyfolio_oms::Event;
use polyfolio_report::View;
use polyfolio_report::view::OrderLine;
use serde_json::{Map, json};

use super::reconcile::{ask, trading};
use super::trading::{is_heard, wait_until};
use super::{App, answer};
use crate::exit::Exit;
use crate::face::stopped_text::next_step;
use crate::failure::Failure;
use crate::runtime::requests::Asked;
use crate::runtime::view::last_written;
use crate::runtime::{Finished, is_held};

/// Say what became of an order that no list can prove
#[derive(Args, Debug)]
#[command(
    before_help = "Example:  polyfolio resolve 5f…03 --gone --reason \"their desk says so\"",
    after_help = "An order whose fate is unknown keeps its quantity, and its instrument stops. The\n\
                  broker is asked once more; what it cannot say you may. That an order filled is\n\
                  not yours to say: it shows as a difference, for reconcile --adopt. If the order\n\
                  shows later that it lives, it is one of ours again. It sends no order."
)]
pub(crate) struct Resolve {
    /// Its id, 32 hex digits, as the stopped instrument names it in `polyfolio status`
    order: ClOrdId,
    /// It is dead: it never existed, or nothing more of it can fill
    #[arg(long, required = true)]
    gone: bool,
    /// How you know, for the record
    #[arg(long, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    reason: String,
}

impl Resolve {
    pub(crate) fn run(self, app: &mut App) -> Result<Exit, Failure> {
        debug_assert!(self.gone, "clap demands it");
        let directory = app.load_to_trade(Vec::new())?.settings.state_dir;
        let asked = Asked::Resolve {
            order: self.order,
            reason: self.reason.clone(),
        };
        if is_held(&directory) && last_written(&directory).is_some_and(|view| !self.is_in(&view)) {
            return Err(known(format!(
                "the run that goes on has no order {}",
                self.order
            )));
        }
        if is_heard(&directory, &asked)? {
            return self.wait(app, &directory);
        }
        let (finished, events) = ask(app, Task::Resolve(self.order, self.reason.clone()))?;
        self.tell(app, &finished, &events)
    }

    /// The run that goes on asks the broker first, and says itself when the answer was another.
    fn wait(&self, app: &App, directory: &Path) -> Result<Exit, Failure> {
        let is_gone = || last_written(directory).is_some_and(|view| self.is_gone(&view));
        if !wait_until(is_gone) {
            let what = "the run that goes on has heard it, and has not found the order gone";
            return Err(Failure::new(Exit::Negative, what)
                .line("it asks the broker first, or knows what became of it")
                .line("see how the order stands:  polyfolio orders"));
        }
        if app.global.json {
            let fields = Map::from_iter([
                ("order".to_owned(), json!(self.order)),
                ("reason".to_owned(), json!(self.reason)),
            ]);
            app.say_json(&answer("resolve", None, fields))?;
        } else {
            app.show(format!("order {} is on record as gone\n", self.order))?;
        }
        Ok(Exit::Done)
    }

    /// One that is not shown any more has found another end.
    fn is_gone(&self, view: &View) -> bool {
        self.line(view).is_some_and(|line| line.gone.is_some())
    }

    fn is_in(&self, view: &View) -> bool {
        self.line(view).is_some()
    }

    fn line<'a>(&self, view: &'a View) -> Option<&'a OrderLine> {
        let mut lines = view.orders.body.orders.iter();
        lines.find(|line| line.cl_ord_id == self.order)
    }

    fn tell(&self, app: &App, finished: &Finished, events: &[Event]) -> Result<Exit, Failure> {
        let evidence = events.iter().find_map(|event| match event {
            Event::OrderGone {
                cl_ord_id,
                evidence,
            } if *cl_ord_id == self.order => Some(evidence),
            _ => None,
        });
        let Some(evidence) = evidence else {
            let refusal = events.iter().rev().find_map(|event| match event {
                Event::ResolveRefused { reason, .. } => Some(reason.clone()),
                _ => None,
            });
            return Err(known(refusal.unwrap_or_default()));
        };
        let book = &finished.book;
        let symbol = book.child(self.order).map(|c| c.order.instrument.clone());
        let stopped = symbol.as_ref().and_then(|id| book.stopped().get(id));
        if app.global.json {
            let fields = Map::from_iter([
                ("order".to_owned(), json!(self.order)),
                ("symbol".to_owned(), json!(symbol)),
                ("evidence".to_owned(), json!(evidence)),
                ("stopped".to_owned(), json!(stopped)),
                ("trading_state".to_owned(), json!(book.trading().0)),
            ]);
            let as_of = Some(finished.time.to_string());
            app.say_json(&answer("resolve", as_of, fields))?;
        } else {
            let goes_on = goes_on(symbol.as_ref(), stopped);
            app.show(format!(
                "order {} is on record as gone ({evidence})\n{goes_on}\
                 whether it filled something unseen:  polyfolio reconcile\n{}",
                self.order,
                trading(finished)
            ))?;
        }
        Ok(Exit::Done)
    }
}

fn known(what: String) -> Failure {
    Failure::new(Exit::Negative, what)
        .line("only an order whose fate no list can prove is a person's to decide")
        .line("see which those are:  polyfolio status")
}

fn goes_on(symbol: Option<&InstrumentId>, stopped: Option<&String>) -> String {
    match (symbol, stopped) {
        (Some(symbol), Some(reason)) => {
            format!("{symbol} stays stopped: {reason}\n{}\n", next_step(reason))
        }
        (Some(symbol), None) => format!("{symbol} may be traded again\n"),
        _ => String::new(),
    }
}
