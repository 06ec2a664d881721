//! The story of one instrument in one run, as the journal tells it: who wanted what and why, what
//! crossed inside, what was sent and said and filled, who got it, and what it cost.
//!
//! A function of records: it says nothing that is not on record. What a run wanted stands in its
//! plan, which is read here by its published names.

mod tell;
mod told;
mod wanted;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use polyfolio_execution::AlgoSpec;
use polyfolio_model::{InstrumentId, Money, ParentId, Price, Qty, RunId, SleeveId, Ts};
use polyfolio_oms::Record;
use polyfolio_oms::records::{Cross, Parent};
use serde::Serialize;

pub use told::{Told, What};
pub use wanted::{Wanted, Wish};

use crate::cost::rounded;
use crate::slippage::{ParentCost, SlippageReport};

/// What became of one instrument in one run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Story {
    /// The name of the run.
    pub run: String,
    /// The date whose closes decided.
    pub decision_date: NaiveDate,
    /// When execution began.
    pub start: Ts,
    /// When it was over.
    pub end: Option<Ts>,
    /// Of what.
    pub symbol: InstrumentId,
    /// What the plan says of it.
    #[serde(flatten)]
    pub wanted: Wanted,
    /// Trades inside the book.
    pub crosses: Vec<Cross>,
    /// The order to the market, and how it was to be worked.
    pub parent: Option<Working>,
    /// Everything that happened, in the order of the record.
    pub told: Vec<Told>,
    /// What each sleeve got of what filled.
    pub got: BTreeMap<SleeveId, Got>,
    /// What it cost.
    pub cost: Option<ParentCost>,
}

/// How an order was to be worked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Working {
    /// Which.
    pub id: ParentId,
    /// By what.
    pub algo: AlgoSpec,
    /// Until when.
    pub deadline: Ts,
}

/// What a sleeve got of what filled.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Got {
    /// How much, as it changes positions.
    pub quantity: Qty,
    /// Its part of the fees.
    pub fee: Money,
    /// The mean price of it; none where it got nothing in all.
    pub avg_px: Option<Price>,
}

/// Why there is no story.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NoStory {
    /// No such run.
    #[error("the run is not on record")]
    NoRun,
    /// The run had nothing to do with it.
    #[error("run {run} had nothing to do with {symbol}")]
    NotInIt {
        /// The run.
        run: String,
        /// The instrument.
        symbol: InstrumentId,
        /// Those that it dealt with.
        others: Vec<InstrumentId>,
    },
}

impl Story {
    /// The story of an instrument in a run, or in the last one of these records. `costs` are those of
    /// the same run.
    ///
    /// # Errors
    /// There is no such run, or it did not deal with the instrument.
    pub fn of(
        records: &[Record],
        run: Option<RunId>,
        symbol: &InstrumentId,
        costs: &SlippageReport,
    ) -> Result<Self, NoStory> {
        let planned = records.iter().rev().find_map(|record| match record {
            Record::Planned(planned) if run.is_none_or(|run| run == planned.run) => Some(planned),
            _ => None,
        });
        let planned = planned.ok_or(NoStory::NoRun)?;
        let parent = parent_of(records, planned.run, symbol);
        // An order is on record also where the plan does not say all that plans say today.
        let unplanned = || parent.map(Wanted::of_parent);
        let Some(wanted) = Wanted::of(&planned.plan, symbol, parent).or_else(unplanned) else {
            return Err(NoStory::NotInIt {
                run: planned.label(),
                symbol: symbol.clone(),
                others: wanted::symbols(&planned.plan),
            });
        };
        let mut story = Self {
            run: planned.label(),
            decision_date: planned.decision_date,
            start: planned.start,
            end: None,
            symbol: symbol.clone(),
            wanted,
            crosses: Vec::new(),
            parent: parent.map(|parent| Working {
                id: parent.id,
                algo: parent.algo.clone(),
                deadline: parent.deadline,
            }),
            told: Vec::new(),
            got: BTreeMap::new(),
            cost: None,
        };
        if costs.run.as_ref() == Some(&story.run) {
            let of_it = |cost: &&ParentCost| cost.symbol == *symbol;
            story.cost = costs.parents.iter().find(of_it).cloned();
        }
        story.tell_all(records, planned.run);
        for got in story.got.values_mut() {
            got.avg_px = got.avg_px.map(|mean| rounded(mean.get()));
        }
        Ok(story)
    }
}

fn parent_of<'a>(records: &'a [Record], run: RunId, symbol: &InstrumentId) -> Option<&'a Parent> {
    records.iter().find_map(|record| match record {
        Record::Parent(parent) => {
            let is_it = parent.id.run == run && parent.instrument.id == *symbol;
            is_it.then_some(parent)
        }
        _ => None,
    })
}
