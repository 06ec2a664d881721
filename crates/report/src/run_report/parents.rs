//! One line for each parent order: what it wanted, what it got, at what cost, and what is left.

use std::collections::BTreeMap;

use polyfolio_model::{InstrumentId, Money, ParentId, Price, Qty, RunId, Side, SleeveId};
use polyfolio_oms::Book;
use polyfolio_oms::book::ParentState;
use polyfolio_oms::records::ParentStage;
use serde::Serialize;

use super::trades::{Trade, tally};
use crate::cost::{Slippage, mean_price};
use crate::shortfall::Shortfall;
use crate::slippage::Costs;

/// What became of a parent order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ParentReport {
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
    /// The mean price of it.
    pub avg_px: Option<Price>,
    /// The close that sized it.
    pub decision_price: Option<Price>,
    /// The mid at which it met the market.
    pub arrival: Option<Price>,
    /// Against the arrival mid; above zero is a cost.
    pub slippage: Option<Slippage>,
    /// What its executions cost.
    pub fees: Money,
    /// What carrying it out cost, in parts.
    pub shortfall: Shortfall,
    /// How many executions the broker has not said the commission of.
    pub commissions_missing: usize,
    /// How many orders it took.
    pub children: u32,
    /// Whether nothing more will be sent for it.
    pub done: bool,
    /// What has not filled; zero or more.
    pub left: Qty,
    /// Why that is so, once nothing more will be sent.
    pub why_left: Option<String>,
    /// What each sleeve got.
    pub sleeves: BTreeMap<SleeveId, Qty>,
}

pub(super) fn parents(
    book: &Book,
    run: RunId,
    trades: &[Trade],
    costs: &BTreeMap<ParentId, Costs>,
) -> Vec<ParentReport> {
    let mut by_parent: BTreeMap<ParentId, Vec<&Trade>> = BTreeMap::new();
    for trade in trades {
        by_parent.entry(trade.parent).or_default().push(trade);
    }
    let of_run = book.parents().iter().filter(|(id, _)| id.run == run);
    of_run
        .map(|(id, state)| {
            let trades = by_parent.get(id).map_or(&[][..], Vec::as_slice);
            let costs = costs.get(id).copied().unwrap_or_default();
            report(*id, state, trades, &costs)
        })
        .collect()
}

fn report(id: ParentId, state: &ParentState, trades: &[&Trade], costs: &Costs) -> ParentReport {
    let parent = &state.parent;
    let left = state.remaining().max(Qty::ZERO);
    ParentReport {
        id,
        symbol: parent.instrument.id.clone(),
        side: parent.side,
        order_qty: parent.order_qty,
        cum_qty: state.cum_qty,
        avg_px: mean_price(trades.iter().map(|trade| (trade.quantity, trade.price))),
        decision_price: parent.decision_price,
        arrival: state.arrival,
        slippage: tally(trades.iter().copied()).slippage(),
        fees: trades.iter().map(|trade| trade.fee).sum(),
        shortfall: costs.shortfall,
        commissions_missing: costs.commissions_missing,
        children: state.children,
        done: state.stage.is_done(),
        left,
        why_left: why(&state.stage).filter(|_| left.is_positive()),
        sleeves: state
            .got
            .iter()
            .filter(|(_, got)| !got.is_zero())
            .map(|(s, q)| (s.clone(), *q))
            .collect(),
    }
}

fn why(stage: &ParentStage) -> Option<String> {
    match stage {
        ParentStage::Done { left: Some(why) } => Some(why.clone()),
        // It was full when it ended, and an execution was taken back later.
        ParentStage::Done { left: None } => Some("an execution was taken back".to_owned()),
        ParentStage::Working | ParentStage::Winding | ParentStage::Sweeping => None,
    }
}
