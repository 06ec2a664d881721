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
use polyfolio_portfolio::nav::{notional, value_of};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::run_report::{SleeveReport, run_report};

/// All sleeves that the book knows, `unassigned` among them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sheets {
    /// By name.
    pub sheets: BTreeMap<SleeveId, Sheet>,
}

/// A sleeve as an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Holding {
    /// How much, signed.
    pub quantity: Qty,
    /// At what price it is valued.
    pub price: Option<Price>,
    /// What that comes to.
    pub value: Option<Money>,
}

/// A sleeve in the last run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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

impl Sheets {
    /// As the book has them, without prices.
    pub fn of(book: &Book) -> Self {
        let mut sheets: BTreeMap<SleeveId, Sheet> = book
            .ledger()
            .accounts()
            .map(|(sleeve, own)| (sleeve.clone(), Sheet::of(book, sleeve, own)))
            .collect();
        if let Some(run) = book.run() {
            in_run(book, run, &mut sheets);
        }
        Self { sheets }
    }

    /// One sleeve at these prices. One that the book has never seen holds nothing.
    pub fn priced(
        &self,
        sleeve: &SleeveId,
        price: impl Fn(&InstrumentId) -> Option<Price>,
    ) -> Sheet {
        let known = self.sheets.get(sleeve).cloned();
        known.unwrap_or_else(|| Sheet::empty(sleeve)).priced(price)
    }
}

impl Sheet {
    fn empty(sleeve: &SleeveId) -> Self {
        Self {
            sleeve: sleeve.clone(),
            nav: None,
            cash: Money::ZERO,
            funding: Money::ZERO,
            pnl: None,
            drawdown: None,
            fees: Money::ZERO,
            traded: Money::ZERO,
            positions: BTreeMap::new(),
            run: None,
        }
    }

    fn of(book: &Book, sleeve: &SleeveId, own: &SleeveAccount) -> Self {
        let holding = |(id, quantity): (&InstrumentId, &Qty)| {
            let holding = Holding {
                quantity: *quantity,
                price: None,
                value: None,
            };
            (id.clone(), holding)
        };
        Self {
            cash: own.cash,
            funding: own.funding,
            drawdown: book.tracks().sleeve_drawdown(sleeve),
            fees: own.fees,
            traded: own.bought + own.sold,
            positions: own.positions.iter().map(holding).collect(),
            ..Self::empty(sleeve)
        }
    }

    fn priced(mut self, price: impl Fn(&InstrumentId) -> Option<Price>) -> Self {
        let held = self.positions.iter();
        let value = value_of(held.map(|(id, held)| (id, held.quantity)), &price);
        self.nav = value.ok().map(|value| self.cash + value);
        let is_owned = self.sleeve.as_str() != SleeveId::UNASSIGNED;
        self.pnl = self.nav.filter(|_| is_owned).map(|nav| nav - self.funding);
        for (id, holding) in &mut self.positions {
            holding.price = price(id);
            holding.value = holding
                .price
                .and_then(|price| notional(holding.quantity, price));
        }
        self
    }

    /// Everything that it traded over what it is worth.
    pub fn turnover(&self) -> Option<f64> {
        let nav = self.nav.filter(|nav| nav.is_positive())?;
        Some(convert::money_f64(self.traded) / convert::money_f64(nav))
    }
}

/// What the last run did for each, all of it in one pass.
fn in_run(book: &Book, run: &Run, sheets: &mut BTreeMap<SleeveId, Sheet>) {
    let Some(report) = run_report(book, run.planned.run) else {
        return;
    };
    for own in report.sleeves {
        let residues = run.planned.plan["residues"][own.sleeve.as_str()].as_object();
        let residues = residues.into_iter().flatten();
        let sheet = sheets.entry(own.sleeve.clone());
        let sheet = sheet.or_insert_with_key(Sheet::empty);
        sheet.run = Some(InRun {
            run: report.label.clone(),
            report: own,
            crosses: Vec::new(),
            residues: residues
                .map(|(symbol, rest)| (symbol.as_str().into(), rest.clone()))
                .collect(),
        });
    }
    for cross in &run.crosses {
        for sleeve in [&cross.from, &cross.to] {
            let own = sheets.get_mut(sleeve).and_then(|sheet| sheet.run.as_mut());
            if let Some(own) = own {
                own.crosses.push(cross.clone());
            }
        }
    }
}
