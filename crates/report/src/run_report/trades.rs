//! Executions that stand, with what a cost analysis asks of each.

use std::collections::BTreeMap;

use polyfolio_model::{
    ClOrdId, ExecId, InstrumentId, Liquidity, Money, OrdStatus, OrdType, ParentId, Price, Qty,
    Side, SleeveId, Ts,
};
use polyfolio_oms::book::ParentState;
use polyfolio_oms::{Book, Child};
use serde::Serialize;

use crate::cost::{Piece, Slippage, Tally};

/// One execution.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trade {
    /// When, by the venue's clock.
    pub time: Ts,
    /// The venue's id of it.
    pub exec_id: ExecId,
    /// Of which order.
    pub cl_ord_id: ClOrdId,
    /// For which parent.
    pub parent: ParentId,
    /// What.
    pub symbol: InstrumentId,
    /// Which way.
    pub side: Side,
    /// How much, above zero.
    pub quantity: Qty,
    /// At what price.
    pub price: Price,
    /// What it cost; a rebate is negative, and zero where the venue has not said.
    pub fee: Money,
    /// Maker or taker, when the venue says so.
    pub liquidity: Option<Liquidity>,
    /// How the order was priced.
    pub ord_type: OrdType,
    /// How the order stands now.
    pub status: OrdStatus,
    /// When the venue last spoke of the order.
    pub reported: Option<Ts>,
    /// When its parent could begin.
    pub signal: Ts,
    /// The close that sized its parent.
    pub decision_price: Option<Price>,
    /// The mid at which its parent met the market.
    pub arrival: Option<Price>,
    /// Against the arrival mid; above zero is a cost.
    pub slippage: Option<Slippage>,
    /// Who got it, and bears its fee.
    pub sleeves: BTreeMap<SleeveId, SleevePart>,
}

/// A sleeve's part of an execution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct SleevePart {
    /// How much, above zero.
    pub quantity: Qty,
    /// Its part of the fee.
    pub fee: Money,
}

/// The executions of these orders, by time; those of one moment in the order of their ids.
pub(crate) fn trades(book: &Book, of: impl Fn(&Child) -> bool) -> Vec<Trade> {
    let children = book.children().filter(|child| of(child));
    let mut trades: Vec<Trade> = children
        .filter_map(|child| Some((child, book.parent(child.id().parent_id())?)))
        .flat_map(|(child, parent)| trades_of(child, parent))
        .collect();
    // Stable: children and their executions come in the order of their ids.
    trades.sort_by_key(|trade| trade.time);
    trades
}

fn trades_of(child: &Child, state: &ParentState) -> Vec<Trade> {
    let trade = |fill: polyfolio_model::Fill| {
        let time = child.traded_at.get(&fill.exec_id).copied();
        let mut trade = Trade {
            time: time.unwrap_or(child.decided),
            cl_ord_id: child.id(),
            parent: child.id().parent_id(),
            symbol: child.order.instrument.clone(),
            side: child.order.side,
            quantity: fill.last_qty,
            price: fill.last_px,
            fee: fill.fee.unwrap_or_default(),
            liquidity: fill.liquidity,
            ord_type: child.order.ord_type,
            status: child.status(),
            reported: child.reported_at,
            signal: state.parent.start,
            decision_price: state.parent.decision_price,
            arrival: state.arrival,
            slippage: None,
            sleeves: parts(child, &fill.exec_id),
            exec_id: fill.exec_id,
        };
        trade.slippage = tally(std::slice::from_ref(&trade)).slippage();
        trade
    };
    child.state.fills().map(trade).collect()
}

fn parts(child: &Child, exec_id: &ExecId) -> BTreeMap<SleeveId, SleevePart> {
    let side = child.order.side;
    let shares = child.shares.get(exec_id).into_iter().flatten();
    shares
        .map(|share| {
            let (quantity, fee) = (side.signed(share.quantity), share.fee);
            (share.sleeve.clone(), SleevePart { quantity, fee })
        })
        .collect()
}

/// What these executions came to in sum.
pub(super) fn tally<'a>(trades: impl IntoIterator<Item = &'a Trade>) -> Tally {
    let mut tally = Tally::default();
    for trade in trades {
        tally.add(&trade.piece(trade.quantity, trade.fee));
    }
    tally
}

impl Trade {
    /// A part of it.
    pub(super) fn piece(&self, quantity: Qty, fee: Money) -> Piece {
        Piece {
            signed: self.side.signed(quantity),
            price: self.price,
            fee,
            arrival: self.arrival,
            decision: self.decision_price,
        }
    }
}
