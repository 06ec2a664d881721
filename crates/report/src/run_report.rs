//! What a run did and what it cost: by sleeve, by parent order, by execution.
//!
//! A function of the book alone, so it can be asked for while the run goes on and again after a
//! restart, and says the same. The book keeps the header of its last run: to report on an earlier
//! one, fold the journal up to that run's end.
//!
//! A profit is positive where it was made, slippage and the shortfall where they cost. It knows no
//! file, no clock and no terminal.

mod parents;
mod sleeves;
mod trades;

use chrono::NaiveDate;
use polyfolio_model::{Money, RunId, Ts};
use polyfolio_oms::Book;
use polyfolio_oms::book::Run;
use polyfolio_oms::records::{Break, Cross, Denied, Nav};
use polyfolio_oms::router::CASH;
use polyfolio_portfolio::plan::Given;
use serde::Serialize;

pub use parents::ParentReport;
pub use sleeves::SleeveReport;
pub use trades::{SleevePart, Trade};

use crate::cost::Performance;
use crate::shortfall::Shortfall;
use crate::slippage::costs_of_parents;
pub(crate) use trades::trades;

/// A run, over or not.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunReport {
    /// Counted from 1.
    pub run: RunId,
    /// The name that people use: decision date and count.
    pub label: String,
    /// The date whose closes decided.
    pub decision_date: NaiveDate,
    /// When execution began.
    pub start: Ts,
    /// When it must be over, extensions included.
    pub deadline: Ts,
    /// When it was over.
    pub end: Option<Ts>,
    /// Why it was given up, when it was.
    pub abandoned: Option<String>,
    /// What the account was worth when it was planned.
    pub nav_before: Option<Money>,
    /// What it was worth at the same closes when the run was over.
    pub nav_after: Option<Money>,
    /// When that was marked.
    pub marked: Option<Ts>,
    /// The account's trading with the market; crosses are not in it.
    pub account: Performance,
    /// What carrying the decision out cost, in parts.
    pub shortfall: Shortfall,
    /// How many executions the broker has not said the commission of.
    pub commissions_missing: usize,
    /// Every sleeve with a value, a wish or a trade, by name.
    pub sleeves: Vec<SleeveReport>,
    /// Every parent order, in the plan's order.
    pub parents: Vec<ParentReport>,
    /// Every execution that stands, by the venue's time.
    pub trades: Vec<Trade>,
    /// Sleeves that traded with each other.
    pub crosses: Vec<Cross>,
    /// What sleeves that left the config gave in kind to what nobody owns.
    pub given: Vec<Given>,
    /// What our own risk check refused: the last refusal of each parent.
    pub denials: Vec<Denied>,
    /// Differences to the broker's book that were found since the run began.
    pub breaks: Vec<Break>,
}

/// What the plan gave away; nothing in what older programs wrote.
fn given(run: &Run) -> Vec<Given> {
    let given = run.planned.plan["given"].clone();
    serde_json::from_value(given).unwrap_or_default()
}

/// What a run did, as far as it has come. `None` unless it is the last run of the book.
pub fn run_report(book: &Book, run: RunId) -> Option<RunReport> {
    let header = book.run().filter(|last| last.planned.run == run)?;
    let trades = trades(book, |child| child.id().run == run.0);
    let (costs, of_parents) = costs_of_parents(book, run);
    let parents = parents::parents(book, run, &trades, &of_parents.into_iter().collect());
    let nav = nav_of(book, run);
    let nav_after = nav.map(|nav| nav.account);
    let nav_before = nav_before(header);
    let before = mark_before(book, run);
    Some(RunReport {
        run,
        label: header.planned.label(),
        decision_date: header.planned.decision_date,
        start: header.planned.start,
        deadline: header.deadline,
        end: header.ended.as_ref().map(|ended| ended.time),
        abandoned: header.abandoned.clone(),
        nav_before,
        nav_after,
        marked: nav.map(|nav| nav.time),
        account: trades::tally(&trades).performance(nav_before, nav_after),
        shortfall: costs.shortfall,
        commissions_missing: costs.commissions_missing,
        sleeves: sleeves::sleeves(header, before, nav, &trades),
        parents,
        trades,
        crosses: header.crosses.clone(),
        given: given(header),
        denials: denials(book, run),
        breaks: breaks_within(book, header),
    })
}

impl RunReport {
    /// Whether the run is over.
    pub fn is_over(&self) -> bool {
        self.end.is_some()
    }

    /// Parents with something left to do, or left undone.
    pub fn left(&self) -> impl Iterator<Item = &ParentReport> {
        self.parents
            .iter()
            .filter(|parent| parent.left.is_positive())
    }

    /// Whether it is over and there is nothing to say against it: not given up, nothing left,
    /// nothing denied, no break. Cash that moved for reasons of the account's own is shown, and is
    /// nobody's fault.
    pub fn is_clean(&self) -> bool {
        let is_done = self.is_over() && self.abandoned.is_none() && self.left().next().is_none();
        is_done && self.denials.is_empty() && self.breaks.iter().all(|found| found.code == CASH)
    }
}

/// The last mark of the run.
fn nav_of(book: &Book, run: RunId) -> Option<&Nav> {
    book.navs().iter().rev().find(|nav| nav.run == Some(run))
}

/// The last mark before those of the run.
fn mark_before(book: &Book, run: RunId) -> Option<&Nav> {
    let earlier = |nav: &&Nav| nav.run.is_none_or(|marked| marked < run);
    let mut marks = book.navs().iter().rev();
    marks.by_ref().find(|nav| nav.run == Some(run))?;
    marks.find(earlier)
}

fn nav_before(run: &Run) -> Option<Money> {
    run.planned.plan.get("nav")?.as_str()?.parse().ok()
}

fn denials(book: &Book, run: RunId) -> Vec<Denied> {
    let of_run = book.parents().iter().filter(|(id, _)| id.run == run);
    of_run
        .filter_map(|(_, state)| state.denied.clone())
        .collect()
}

fn breaks_within(book: &Book, run: &Run) -> Vec<Break> {
    let (start, end) = (
        run.planned.start,
        run.ended.as_ref().map_or(Ts::MAX, |ended| ended.time),
    );
    let is_within = |found: &&Break| (start..=end).contains(&found.time);
    book.breaks().iter().filter(is_within).cloned().collect()
}
