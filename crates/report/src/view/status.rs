//! How the last run stands, and whether trading is allowed.

use std::collections::BTreeMap;

use polyfolio_model::{InstrumentId, Ts};
use polyfolio_oms::Book;
use polyfolio_oms::book::Run;
use polyfolio_portfolio::TradingState;
use serde::{Deserialize, Serialize};

/// How things stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The name of the last run; none before the first.
    pub run: Option<String>,
    /// How far it has come.
    pub stage: Option<Stage>,
    /// When it must be over.
    pub deadline: Option<Ts>,
    /// When it was over.
    pub ended: Option<Ts>,
    /// Why it was given up, when it was.
    pub abandoned: Option<String>,
    /// Whether trading is allowed.
    pub trading_state: TradingState,
    /// Who or what said so; empty when nobody ever did.
    pub trading_reason: String,
    /// How many parents the run has.
    pub parents: usize,
    /// How many of them need nothing more.
    pub done: usize,
    /// Orders that work at the venue.
    pub working: usize,
    /// Orders whose fate is not known.
    pub unknown: usize,
    /// Instruments that wait for a person, and why.
    pub stopped: BTreeMap<InstrumentId, String>,
    /// How many differences to the broker's book were ever found.
    pub breaks: usize,
    /// Whether records were lost and nothing is known of who owns what is held.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub book_lost: bool,
    /// How many records the journal holds.
    pub records: u64,
}

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Durable, and no order has been made yet.
    Planned,
    /// Orders are being worked.
    Executing,
    /// Over.
    Completed,
    /// Given up; its last orders may still be on their way off the book.
    Abandoned,
}

impl Status {
    /// The status of a book.
    pub fn of(book: &Book) -> Self {
        let run = book.run();
        let number = run.map(|run| run.planned.run);
        let parents = || {
            book.parents()
                .iter()
                .filter(|(id, _)| Some(id.run) == number)
        };
        let (state, reason) = book.trading();
        Self {
            run: run.map(|run| run.planned.label()),
            stage: run.map(|run| stage(run, parents().any(|(_, p)| p.children > 0))),
            deadline: run.map(|run| run.deadline),
            ended: run
                .and_then(|run| run.ended.as_ref())
                .map(|ended| ended.time),
            abandoned: run.and_then(|run| run.abandoned.clone()),
            trading_state: state,
            trading_reason: reason.to_owned(),
            parents: parents().count(),
            done: parents().filter(|(_, p)| p.stage.is_done()).count(),
            working: book
                .open_children()
                .filter(|child| child.is_working())
                .count(),
            unknown: book
                .open_children()
                .filter(|child| child.is_unknown())
                .count(),
            stopped: book.stopped().clone(),
            breaks: book.breaks().len(),
            book_lost: book.is_blank_after_a_loss(),
            records: book.records(),
        }
    }
}

fn stage(run: &Run, has_orders: bool) -> Stage {
    match (&run.abandoned, &run.ended) {
        (Some(_), _) => Stage::Abandoned,
        (None, Some(_)) => Stage::Completed,
        (None, None) if has_orders => Stage::Executing,
        (None, None) => Stage::Planned,
    }
}
