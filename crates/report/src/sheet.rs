//! A sleeve as an account of its own: what it holds and is worth, what it earned and paid, and what
//! the last run did for it.
//!
//! A function of the book and of prices. What a sleeve was given to hold its weight is no profit;
//! what it earned is its value less everything that was paid into it.

use std::collections::BTreeMap;

use polyfolio_model::{InstrumentId, Money, Price, Qty, SleeveId, convert};
use polyfolio_oms::Book;
use polyfolio_oms::book::Run;
use polyfolio_oms::records::Cross;
use polyfolio_portfolio::ledger::SleeveAccount;
use polyfolio_portfolio::nav::notional;
use serde::Serialize;
use serde_json::Value;

use crate::run_report::{SleeveReport, run_report};

/// A sleeve as an account.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sheet {
    /// Which; `unassigned` is what nobody owns.
    pub sleeve: SleeveId,
    /// What it is worth; none when something of it has no price.
    pub nav: Option<Money>,
    /// What it has to spend.
    pub cash: Money,
    /// What was paid into it, less what was paid out.
    pub funding: Money,
    /// What it has earned since its beginning, after fees; none for `unassigned`, whose positions
    /// came without cash.
    pub pnl: Option<Money>,
    /// The share that it has lost since its best mark.
    pub drawdown: Option<f64>,
    /// All fees that it has paid.
    pub fees: Money,
    /// The value of everything that it bought and sold, crosses included.
    pub traded: Money,
    /// What it holds.
    pub positions: BTreeMap<InstrumentId, Holding>,
    /// What the last run did for it.
    pub run: Option<InRun>,
}

/// What it holds of an instrument.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Holding {
    /// How much, signed.
    pub quantity: Qty,
    /// At what price it is valued.
    pub price: Option<Price>,
    /// What that comes to.
    pub value: Option<Money>,
}

/// A sleeve in the last run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InRun {
    /// The name of the run.
    pub run: String,
    /// Its trading and what it cost.
    #[serde(flatten)]
    pub report: SleeveReport,
    /// Its trades with other sleeves.
    pub crosses: Vec<Cross>,
    /// What its wishes have beyond whole lots, by instrument.
    pub residues: BTreeMap<InstrumentId, Value>,
}

impl Sheet {
    /// Of one sleeve. One that the book has never seen holds nothing.
    pub fn of(
        book: &Book,
        sleeve: &SleeveId,
        price: impl Fn(&InstrumentId) -> Option<Price>,
    ) -> Self {
        let nothing = SleeveAccount::default();
        let own = book.ledger().account(sleeve).unwrap_or(&nothing);
        let nav = own.nav(&price).ok();
        let is_owned = sleeve.as_str() != SleeveId::UNASSIGNED;
        Self {
            sleeve: sleeve.clone(),
            nav,
            cash: own.cash,
            funding: own.funding,
            pnl: nav.filter(|_| is_owned).map(|nav| nav - own.funding),
            drawdown: book.tracks().sleeve_drawdown(sleeve),
            fees: own.fees,
            traded: own.bought + own.sold,
            positions: own
                .positions
                .iter()
                .map(|(id, quantity)| (id.clone(), holding(*quantity, price(id))))
                .collect(),
            run: book.run().and_then(|run| in_run(book, run, sleeve)),
        }
    }

    /// Everything that it traded over what it is worth.
    pub fn turnover(&self) -> Option<f64> {
        let nav = self.nav.filter(|nav| nav.is_positive())?;
        Some(convert::money_f64(self.traded) / convert::money_f64(nav))
    }
}

fn holding(quantity: Qty, price: Option<Price>) -> Holding {
    Holding {
        quantity,
        price,
        value: price.and_then(|price| notional(quantity, price)),
    }
}

fn in_run(book: &Book, run: &Run, sleeve: &SleeveId) -> Option<InRun> {
    let report = run_report(book, run.planned.run)?;
    let mut sleeves = report.sleeves.into_iter();
    let own = sleeves.find(|report| report.sleeve == *sleeve)?;
    let is_its = |cross: &&Cross| cross.from == *sleeve || cross.to == *sleeve;
    let residues = run.planned.plan["residues"][sleeve.as_str()].as_object();
    let residues = residues.into_iter().flatten();
    Some(InRun {
        run: report.label,
        report: own,
        crosses: run.crosses.iter().filter(is_its).cloned().collect(),
        residues: residues
            .map(|(symbol, rest)| (symbol.as_str().into(), rest.clone()))
            .collect(),
    })
}
