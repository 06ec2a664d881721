//! What would be sent now, and why: a pure function from targets, books and prices to orders.
//!
//! Per instrument, in this order:
//! 1. each sleeve's scaled target; their net, toward zero in whole lots; the net given back to
//!    the sleeves in whole lots, the residue recorded;
//! 2. each sleeve's demand, its part less what its ledger holds. What no sleeve holds is
//!    *unclaimed*: it wants to stay (`keep`) or to go (`liquidate`). What a sleeve holds and no
//!    longer wants is claimed with target 0;
//! 3. opposite demands cross inside at the decision price, when some sleeve's change is worth it;
//! 4. `order = Σ target − (account − unclaimed) − working − unknown`. It is traded if it opens,
//!    closes or flips the position, or exceeds both one lot and the no-trade band: otherwise costs
//!    alone would make the next plan non-empty. Orders in flight can make it smaller, never larger
//!    and never turn it round: what is unknown may not exist, what works may be ours;
//! 5. the limits refuse what they refuse. A refused order is not among the orders.
//!
//! Without rounding the net is `f64` to the end, so that with a reference NAV the orders are
//! those of pwb-toolbox, digit for digit; the sleeves' parts are exact either way.
//!
//! It sends nothing, changes nothing, and knows no clock and no market beyond the closes.

use chrono::NaiveDate;
use polyfolio_model::{InstrumentId, Money, Price, Qty, Side, SleeveId};
use serde::Serialize;

use crate::refusal::Refusal;
use crate::units::Units;

mod atoms;
mod columns;
mod compute;
mod decide;
mod demands;
mod departures;
mod input;
mod json;
mod reading;
mod shared;
mod symbols;
mod transfers;
mod wants;
mod wishes;

pub use crate::crossing::Cross;
pub use compute::plan;
pub use input::{Account, Close, OnDeparture, PlanInput, PlanSettings, Rounding, Unclaimed};
pub use wishes::{PlannedWish, Wishes};

/// What would be sent now, and why. Serialises to the published form of `plan --json`.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The date whose closes decided.
    pub decision_date: NaiveDate,
    /// The account's NAV.
    pub nav: Option<Money>,
    /// The part of it that the sleeves share: their weights are of this.
    pub shared_nav: Option<Money>,
    /// In config order; then sleeves that left the config and still hold something.
    pub sleeves: Vec<PlannedSleeve>,
    /// Who crosses and wants speak of: the sleeves by their places, then `unassigned`.
    pub names: Vec<SleeveId>,
    /// What each sleeve wants and has, instrument by instrument: see [`Plan::wishes`].
    pub wishes: Wishes,
    /// One per instrument: what the strategies want in order of first appearance, then the rest.
    pub rows: Vec<Row>,
    /// Trades inside the book: see [`Plan::crosses`].
    pub crosses: Vec<Crossed>,
    /// What sleeves that left give in kind to what no sleeve owns.
    pub given: Vec<Given>,
    /// Cash that makes each sleeve worth its weight.
    pub transfers: Vec<Transfer>,
    /// What goes to the market.
    pub orders: Vec<PlannedOrder>,
    /// Differences that are left as they are.
    pub untraded: Vec<Untraded>,
    /// What is not done although it was asked for.
    pub refusals: Vec<Refusal>,
    /// The plan in sum.
    pub totals: Totals,
}

/// One sleeve's side of the plan.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedSleeve {
    /// Its name.
    pub id: SleeveId,
    /// Its share, normalised when weights are.
    pub weight: f64,
    /// What it should be worth; `None` for one that holds.
    pub nav: Option<Money>,
    /// Units for one unit of its strategy's account; `None` for one that holds or left.
    pub factor: Option<f64>,
}

/// A trade inside the book, by places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crossed {
    /// The row of the instrument.
    pub row: u32,
    /// Above zero.
    pub quantity: Qty,
    /// The name of who gives.
    pub from: u32,
    /// The name of who takes.
    pub to: u32,
}

/// One instrument's numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Which.
    pub symbol: InstrumentId,
    /// What the account holds.
    pub held: Qty,
    /// What of it no sleeve owns.
    pub unclaimed: Qty,
    /// What known orders may still fill.
    pub working: Qty,
    /// What orders of unknown fate may fill.
    pub unknown: Qty,
    /// The rounded net of the sleeves; `None` when no sleeve has a say, or it is no number.
    pub target: Option<Units>,
    /// The decision price.
    pub close: Option<Close>,
}

/// What goes to the market: one parent order.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedOrder {
    /// What.
    pub symbol: InstrumentId,
    /// Which way.
    pub side: Side,
    /// How much, above zero, as planned.
    pub quantity: Units,
    /// The same as it can be sent.
    pub order_qty: Qty,
    /// The decision price.
    pub price: Option<Price>,
    /// Quantity times decision price.
    pub notional: Option<Money>,
    /// Quantity over what is usually traded in a day.
    pub volume_share: Option<f64>,
    /// How much of it each sleeve wants, above zero, in config order, by the places of names; they
    /// sum to `order_qty`: see [`Plan::wants`].
    pub wants: Vec<(u32, Qty)>,
}

/// A position that a sleeve gives in kind to what no sleeve owns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Given {
    /// Who gives.
    pub sleeve: SleeveId,
    /// Of what.
    pub symbol: InstrumentId,
    /// How much, signed.
    pub quantity: Qty,
    /// The decision price: nobody earns by it.
    pub price: Price,
}

/// Cash moved to a sleeve from what nobody owns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Transfer {
    /// Whose.
    pub sleeve: SleeveId,
    /// Positive into the sleeve.
    pub cash: Money,
}

/// A difference that is left as it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Untraded {
    /// Of what.
    pub symbol: InstrumentId,
    /// Target less what is held and in flight, signed.
    pub quantity: Units,
    /// Why.
    pub reason: UntradedReason,
}

/// Why a difference is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UntradedReason {
    /// Within one lot or the no-trade band of the target.
    Band,
    /// Below one lot.
    Lot,
    /// Worth less than the smallest order; a close of that kind stays as dust.
    MinNotional,
    /// Sleeves want opposite things and there is no decision price to cross at.
    NoCrossPrice,
}

/// The plan in sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Totals {
    /// The value of what is bought; priced orders only.
    pub buy: Money,
    /// The value of what is sold; priced orders only.
    pub sell: Money,
    /// Σ |position value| over NAV, after the orders.
    pub gross_after: Option<f64>,
    /// Σ position value over NAV, after the orders.
    pub net_after: Option<f64>,
    /// Bought and sold over NAV.
    pub turnover: Option<f64>,
}

impl Plan {
    /// Whether nothing would be sent.
    pub fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    /// What the sleeve at a place wants: its strategy's targets in their order, then what it only
    /// holds.
    pub fn wishes(&self, sleeve: usize) -> impl Iterator<Item = PlannedWish<'_>> {
        self.wishes.of(sleeve, &self.rows)
    }

    /// What is traded inside the book, with names.
    pub fn crosses(&self) -> impl Iterator<Item = Cross<'_>> {
        let named = |crossed: &Crossed| {
            let row = self.rows.get(crossed.row as usize)?;
            Some(Cross {
                symbol: &row.symbol,
                quantity: crossed.quantity,
                price: row.close?.price,
                from: self.names.get(crossed.from as usize)?,
                to: self.names.get(crossed.to as usize)?,
            })
        };
        self.crosses.iter().filter_map(named)
    }

    /// How much of an order of this plan each sleeve wants, with names.
    pub fn wants<'a>(
        &'a self,
        order: &'a PlannedOrder,
    ) -> impl Iterator<Item = (&'a SleeveId, Qty)> + Clone {
        let named = |(sleeve, part): &(u32, Qty)| Some((self.names.get(*sleeve as usize)?, *part));
        order.wants.iter().filter_map(named)
    }

    /// Instruments whose close is older than the decision date.
    pub fn stale(&self) -> impl Iterator<Item = &Row> {
        let of = self.decision_date;
        self.rows
            .iter()
            .filter(move |row| row.close.is_some_and(|close| close.date < of))
    }
}
