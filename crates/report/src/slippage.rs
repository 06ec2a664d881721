//! What every order of a run cost: by parent, by order, by fill, from the decision to what was left
//! undone.
//!
//! A function of what the journal holds, so it says the same while the run goes on, after a restart
//! and long after the end; a commission that comes late is in it from then on. Positive is a cost,
//! for a buy and for a sell. It knows no file, no clock and no terminal.

mod earlier;
mod orders;

use chrono::NaiveDate;
use polyfolio_model::{InstrumentId, ParentId, Price, Qty, RunId, Side, Ts};
use polyfolio_oms::Book;
use polyfolio_oms::book::{ParentState, Run};
use serde::{Deserialize, Serialize};

pub use earlier::slippage_of_run;
pub use orders::{FillCost, OrderCost};

use crate::cost::{Slippage, mean_price};
use crate::shortfall::{Parts, Shortfall};

/// What a run's orders cost.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SlippageReport {
    /// The name of the run; none before the first.
    pub run: Option<String>,
    /// The date whose closes decided.
    pub decision_date: Option<NaiveDate>,
    /// When execution began.
    pub start: Option<Ts>,
    /// When it was over.
    pub end: Option<Ts>,
    /// All of it.
    #[serde(flatten)]
    pub costs: Costs,
    /// Every parent order, in the plan's order.
    pub parents: Vec<ParentCost>,
}

/// What a parent order cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParentCost {
    /// Which.
    pub id: ParentId,
    /// What.
    pub symbol: InstrumentId,
    /// Which way.
    pub side: Side,
    /// How much was wanted.
    pub order_qty: Qty,
    /// How much has filled.
    pub cum_qty: Qty,
    /// What has not; zero or more.
    pub left: Qty,
    /// Whether nothing more will be sent for it.
    pub done: bool,
    /// The mean price of what has filled.
    pub avg_px: Option<Price>,
    /// The close that sized it.
    pub decision_price: Option<Price>,
    /// The mid at which it met the market.
    pub arrival: Option<Price>,
    /// The mid at which a later run met the same market: what was left undone is valued at it.
    pub later: Option<Price>,
    /// All of it.
    #[serde(flatten)]
    pub costs: Costs,
    /// Its orders, in the order they were made.
    pub orders: Vec<OrderCost>,
}

/// What something cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Costs {
    /// Arrival → fills, beside the value of what filled at its arrival.
    pub slippage: Option<Slippage>,
    /// Everything, beside what was decided.
    pub shortfall: Shortfall,
    /// How many fills the broker has not said the commission of.
    pub commissions_missing: usize,
}

impl SlippageReport {
    /// Of the last run of a book.
    pub fn of(book: &Book) -> Self {
        let run = book.run();
        run.map_or_else(Self::default, |run| Self::of_header(book, run))
    }

    /// Of a run whose orders the book still has.
    fn of_header(book: &Book, run: &Run) -> Self {
        let sums = parents(book, run.planned.run);
        let (parents, sums): (Vec<_>, Vec<_>) = sums.into_iter().unzip();
        Self {
            run: Some(run.planned.label()),
            decision_date: Some(run.planned.decision_date),
            start: Some(run.planned.start),
            end: run.ended.as_ref().map(|ended| ended.time),
            costs: sums.into_iter().sum::<orders::Sums>().costs(),
            parents,
        }
    }
}

/// Every parent of a run, and what it adds to the run.
fn parents(book: &Book, run: RunId) -> Vec<(ParentCost, orders::Sums)> {
    let of_run = book.parents().iter().filter(|(id, _)| id.run == run);
    of_run.map(|(id, state)| parent(book, *id, state)).collect()
}

fn parent(book: &Book, id: ParentId, state: &ParentState) -> (ParentCost, orders::Sums) {
    let parent = &state.parent;
    let left = state.remaining().max(Qty::ZERO);
    let is_done = state.stage.is_done();
    let symbol = &parent.instrument.id;
    let is_left = left.is_positive();
    let later = is_left.then(|| later(book, id.run, symbol)).flatten();
    let children = book
        .children_of(id)
        .map(|child| orders::order(child, state));
    let (orders, sums): (Vec<_>, Vec<_>) = children.unzip();
    // What is still being worked is not undone yet.
    let at = later.filter(|_| is_done);
    let undone = Parts::undone(parent.side, left, parent.decision_price, at);
    let sums = sums.into_iter().sum::<orders::Sums>() + undone.into();
    let fills = orders.iter().flat_map(|order| &order.fills);
    let parent = ParentCost {
        id,
        symbol: symbol.clone(),
        side: parent.side,
        order_qty: parent.order_qty,
        cum_qty: state.cum_qty,
        left,
        done: is_done,
        avg_px: mean_price(fills.map(|fill| (fill.quantity, fill.price))),
        decision_price: parent.decision_price,
        arrival: state.arrival,
        later,
        costs: sums.costs(),
        orders,
    };
    (parent, sums)
}

/// The first mid at which a later run met this market.
fn later(book: &Book, run: RunId, symbol: &InstrumentId) -> Option<Price> {
    let mut parents = book.parents().iter();
    parents.find_map(|(id, state)| {
        let is_later = id.run > run && state.parent.instrument.id == *symbol;
        state.arrival.filter(|_| is_later)
    })
}

/// What each parent of a run cost, for the report of the run.
pub(crate) fn costs_of_parents(book: &Book, run: RunId) -> (Costs, Vec<(ParentId, Costs)>) {
    let (mut sums, mut costs) = (Vec::new(), Vec::new());
    for (parent, sum) in parents(book, run) {
        sums.push(sum);
        costs.push((parent.id, parent.costs));
    }
    (sums.into_iter().sum::<orders::Sums>().costs(), costs)
}
