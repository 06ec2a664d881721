//! A run and its parents, as they are stored.

use std::sync::Arc;

use chrono::NaiveDate;
use polyfolio_execution::AlgoSpec;
use polyfolio_model::{
    Instrument, InstrumentId, Money, ParentId, Price, Qty, RunId, Side, SleeveId, Span, Ts, order,
};
use polyfolio_portfolio::risk::loss::Mark;
use serde::{Deserialize, Serialize};

/// A run, with all that a restart needs to go on with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    /// Counted from 1.
    pub run: RunId,
    /// The date whose closes decided.
    pub decision_date: NaiveDate,
    /// When execution began (Clock time).
    pub start: Ts,
    /// When it must be over.
    pub deadline: Ts,
    /// How many parents follow in the same batch.
    pub parents: u32,
    /// The plan as `polyfolio plan --json` prints it, without what has records of its own. There is
    /// one of it, however many hold it: of many sleeves it is large.
    pub plan: Arc<serde_json::Value>,
    /// What everything was worth before any of it; none in what older programs wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<Mark>,
}

impl Planned {
    /// The name of the run that people use: decision date and count.
    pub fn label(&self) -> String {
        run_label(self.decision_date, self.run)
    }
}

/// `20221228-001`: the decision date and the count of the run.
pub fn run_label(decision_date: NaiveDate, run: RunId) -> String {
    format!("{}-{:03}", decision_date.format("%Y%m%d"), run.0)
}

/// The end of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunEnded {
    /// Which.
    pub run: RunId,
    /// When.
    pub time: Ts,
}

/// A run is given up. It ends when the last of its orders is closed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Abandoned {
    /// Which.
    pub run: RunId,
    /// Why.
    pub reason: String,
    /// When.
    pub time: Ts,
}

/// A run that outlived its deadline, and what it may still do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Extended {
    /// Which.
    pub run: RunId,
    /// The deadline from now on, of the run and of every parent that is not done.
    pub deadline: Ts,
    /// Why.
    pub reason: String,
}

/// What happens to the remainder of a parent when its time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AtDeadline {
    /// A market order for what the exposure rule leaves room for.
    Sweep,
    /// It is left undone, and said so.
    Leave,
}

/// A parent order: one instrument, one side, the sleeves that want it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parent {
    /// Its id.
    pub id: ParentId,
    /// The trading rules that held when it was planned.
    pub instrument: Instrument,
    /// Which way.
    pub side: Side,
    /// How much, above zero.
    #[serde(deserialize_with = "order::above_zero")]
    pub order_qty: Qty,
    /// Whole lots each sleeve wants, in config order; they sum to `order_qty`.
    pub wants: Vec<(SleeveId, Qty)>,
    /// How it is worked.
    pub algo: AlgoSpec,
    /// No child at a worse price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Price>,
    /// No child above this quantity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_child: Option<Qty>,
    /// The close that sized it; absent when sizing needs no prices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision_price: Option<Price>,
    /// When it may begin.
    pub start: Ts,
    /// When it must end.
    pub deadline: Ts,
    /// What happens to the remainder then.
    pub at_deadline: AtDeadline,
    /// How long a sweep may wait for the market after the deadline.
    pub sweep_for: Span,
}

/// The price at which a parent met the market.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Arrived {
    /// Which parent.
    pub parent: ParentId,
    /// Half way between bid and offer.
    pub mid: Price,
    /// When.
    pub time: Ts,
}

/// The life of a parent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParentStage {
    /// Its algorithm decides.
    Working,
    /// Its time is over: what works is being canceled.
    Winding,
    /// A market order takes the remainder.
    Sweeping,
    /// Nothing more will be sent for it.
    Done {
        /// Why something was left, when it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        left: Option<String>,
    },
}

impl ParentStage {
    /// Whether nothing more will be sent.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done { .. })
    }
}

/// A parent enters another stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParentStaged {
    /// Which parent.
    pub parent: ParentId,
    /// The stage from now on.
    pub stage: ParentStage,
    /// When.
    pub time: Ts,
}

/// Opposite wishes, met inside the book.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cross {
    /// The run that found them.
    pub run: RunId,
    /// Of what.
    pub instrument: InstrumentId,
    /// Above zero.
    pub quantity: Qty,
    /// The decision price.
    pub price: Price,
    /// Who gives.
    pub from: SleeveId,
    /// Who takes.
    pub to: SleeveId,
}

/// Cash moved to a sleeve from what nobody owns, so that its value is its weight. Not a profit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transfer {
    /// The run that sized it.
    pub run: RunId,
    /// Whose cash; the other side is `unassigned`.
    pub sleeve: SleeveId,
    /// Positive into the sleeve.
    pub cash: Money,
}
