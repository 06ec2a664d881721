//! What one order cost, fill by fill, and how that adds up.

use std::iter::Sum;
use std::ops::Add;

use polyfolio_model::{
    ClOrdId, ExecId, Fill, Liquidity, Money, OrdStatus, OrdType, Price, Qty, Ts,
};
use polyfolio_oms::Child;
use polyfolio_oms::book::ParentState;
use serde::{Deserialize, Serialize};

use super::Costs;
use crate::cost::{Piece, Tally, rounded};
use crate::shortfall::Parts;

/// What an order cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderCost {
    /// Our id.
    pub cl_ord_id: ClOrdId,
    /// How it was priced when it was made.
    pub ord_type: OrdType,
    /// As the venue's facts add up.
    pub status: OrdStatus,
    /// When it was last decided to send it.
    pub decided: Ts,
    /// The mid then, if there was one. Its costs are against its parent's arrival all the same.
    pub arrival: Option<Price>,
    /// How much.
    pub order_qty: Qty,
    /// How much has filled.
    pub cum_qty: Qty,
    /// The mean price of it.
    pub avg_px: Option<Price>,
    /// All of it, beside what it filled: what it left is its parent's to do.
    #[serde(flatten)]
    pub costs: Costs,
    /// Each execution that stands, by the venue's time.
    pub fills: Vec<FillCost>,
}

/// An execution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FillCost {
    /// When, by the venue's clock.
    pub time: Ts,
    /// The venue's id of it.
    pub exec_id: ExecId,
    /// How much, above zero.
    pub quantity: Qty,
    /// At what price.
    pub price: Price,
    /// Its commission; `None` until the broker says it.
    pub fee: Option<Money>,
    /// Maker or taker, when the venue says so.
    pub liquidity: Option<Liquidity>,
}

/// What adds up from fills to the run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sums {
    parts: Parts,
    tally: Tally,
    commissions_missing: usize,
}

impl Sums {
    pub(super) fn costs(&self) -> Costs {
        Costs {
            slippage: self.tally.slippage(),
            shortfall: self.parts.shortfall(),
            commissions_missing: self.commissions_missing,
        }
    }
}

impl From<Parts> for Sums {
    fn from(parts: Parts) -> Self {
        Self {
            parts,
            tally: Tally::default(),
            commissions_missing: 0,
        }
    }
}

impl Add for Sums {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            parts: self.parts + other.parts,
            tally: self.tally.and(other.tally),
            commissions_missing: self.commissions_missing + other.commissions_missing,
        }
    }
}

impl Sum for Sums {
    fn sum<I: Iterator<Item = Self>>(sums: I) -> Self {
        let nothing = std::iter::empty::<Parts>().sum::<Parts>();
        sums.fold(nothing.into(), Add::add)
    }
}

pub(super) fn order(child: &Child, parent: &ParentState) -> (OrderCost, Sums) {
    let sums: Sums = child
        .state
        .fills()
        .map(|fill| sums(child, parent, &fill))
        .sum();
    let order = OrderCost {
        cl_ord_id: child.id(),
        ord_type: child.order.ord_type,
        status: child.status(),
        decided: child.decided,
        arrival: child.mid,
        order_qty: child.state.order_qty(),
        cum_qty: child.cum_qty(),
        avg_px: child.state.avg_px().map(|mean| rounded(mean.get())),
        costs: sums.costs(),
        fills: fills(child),
    };
    (order, sums)
}

fn sums(child: &Child, parent: &ParentState, fill: &Fill) -> Sums {
    let side = child.order.side;
    let (decision, arrival) = (parent.parent.decision_price, parent.arrival);
    let fee = fill.fee.unwrap_or_default();
    let traded = (fill.last_qty, fill.last_px);
    let mut tally = Tally::default();
    tally.add(&Piece {
        signed: side.signed(fill.last_qty),
        price: fill.last_px,
        fee,
        arrival,
        decision,
    });
    Sums {
        parts: Parts::fill(side, traded, fee, (decision, arrival)),
        tally,
        commissions_missing: usize::from(fill.fee.is_none()),
    }
}

fn fills(child: &Child) -> Vec<FillCost> {
    let fill = |fill: Fill| FillCost {
        time: child
            .traded_at
            .get(&fill.exec_id)
            .copied()
            .unwrap_or(child.decided),
        quantity: fill.last_qty,
        price: fill.last_px,
        fee: fill.fee,
        liquidity: fill.liquidity,
        exec_id: fill.exec_id,
    };
    let mut fills: Vec<FillCost> = child.state.fills().map(fill).collect();
    // Stable: those of one moment stay in the order of their ids.
    fills.sort_by_key(|fill| fill.time);
    fills
}
