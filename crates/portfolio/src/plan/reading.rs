//! The input of a plan, read once: every instrument a number, every sleeve beside its account.
//!
//! The order of numbers is the order of rows: what strategies want, by first appearance; what the
//! account holds, in its order; what only a ledger holds; what is in flight.

use std::ops::Range;

use polyfolio_model::{InstrumentId, Price, Qty, SleeveId};
use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use super::symbols::Symbols;
use super::{OnDeparture, PlanInput};
use crate::ledger::SleeveAccount;
use crate::scaling::{SleeveInput, Wish};

/// What a plan is made from, without names.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    /// In config order; then those that only the ledger knows, by name.
    pub(super) sleeves: Vec<Sleeve<'a>>,
    /// The instruments, in the order of rows.
    pub(super) symbols: Symbols<'a>,
    /// The instruments of all targets, sleeve after sleeve.
    pub(super) wanted: Vec<u32>,
    /// All that sleeves hold and keep or trade, sleeve after sleeve.
    pub(super) holdings: Vec<(u32, Qty)>,
    /// What sleeves that left give to what nobody owns, sleeve after sleeve.
    pub(super) gifts: Vec<Gift>,
    /// What the account holds and no sleeve owns, by instrument.
    pub(super) unclaimed: Vec<Qty>,
    /// Decision prices, by instrument.
    pub(super) prices: Vec<Option<Price>>,
}

/// A position that goes over to what nobody owns, by places.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gift {
    pub(super) sleeve: u32,
    pub(super) row: u32,
    pub(super) quantity: Qty,
    pub(super) price: Price,
}

/// A sleeve of the plan: of the config, or one that left it and has something to give back.
#[derive(Clone, Debug)]
pub(super) struct Sleeve<'a> {
    pub(super) id: &'a SleeveId,
    pub(super) input: Option<&'a SleeveInput>,
    pub(super) account: Option<&'a SleeveAccount>,
    /// Where the instruments of its targets stand.
    pub(super) wanted: Range<usize>,
    /// Where its holdings stand.
    pub(super) holdings: Range<usize>,
    /// What becomes of them if it left the config.
    on_departure: OnDeparture,
}

impl<'a> Sleeve<'a> {
    /// Whether it stays as it is. A sleeve that left the config wants nothing, and trades nothing
    /// of what it is to give away and has no price.
    pub(super) fn is_hold(&self) -> bool {
        match self.input {
            Some(input) => matches!(input.wish, Wish::Hold),
            None => self.on_departure == OnDeparture::Unassign,
        }
    }

    /// Whether it left the config.
    pub(super) fn has_left(&self) -> bool {
        self.input.is_none()
    }

    /// Whether what it holds goes to nobody.
    fn is_unassigned(&self) -> bool {
        self.has_left() && self.on_departure == OnDeparture::Unassign
    }

    /// What its strategy holds.
    pub(super) fn positions(&self) -> &'a [(InstrumentId, f64)] {
        match self.input.map(|input| &input.wish) {
            Some(Wish::Targets { positions, .. }) => positions,
            Some(Wish::Hold) | None => &[],
        }
    }
}

impl<'a> Reading<'a> {
    pub(super) fn of(input: &PlanInput<'a>) -> Self {
        let mut reading = Self {
            sleeves: sleeves(input),
            symbols: Symbols::new(),
            wanted: Vec::new(),
            holdings: Vec::new(),
            gifts: Vec::new(),
            unclaimed: Vec::new(),
            prices: Vec::new(),
        };
        reading.read_targets();
        for symbol in input.account.positions.keys() {
            reading.symbols.number(symbol);
        }
        reading.read_holdings(input);
        for symbol in input
            .account
            .working
            .keys()
            .chain(input.account.unknown.keys())
        {
            reading.symbols.number(symbol);
        }
        reading.unclaimed = reading.unclaimed(input);
        let price = |symbol| input.prices.get(symbol).map(|close| close.price);
        reading.prices = reading.symbols.iter().map(price).collect();
        reading
    }

    fn read_targets(&mut self) {
        let count = self.sleeves.iter().map(|one| one.positions().len()).sum();
        self.wanted.reserve_exact(count);
        for sleeve in &mut self.sleeves {
            let start = self.wanted.len();
            let (symbols, wanted) = (&mut self.symbols, sleeve.positions().iter());
            self.wanted
                .extend(wanted.map(|(symbol, _)| symbols.number(symbol)));
            sleeve.wanted = start..self.wanted.len();
        }
    }

    fn read_holdings(&mut self, input: &PlanInput<'_>) {
        let accounts = self.sleeves.iter().filter_map(|sleeve| sleeve.account);
        let count = accounts.map(|account| account.positions.len()).sum();
        self.holdings.reserve_exact(count);
        for (place, sleeve) in (0..).zip(&mut self.sleeves) {
            let start = self.holdings.len();
            if let Some(account) = sleeve.account.filter(|_| sleeve.is_unassigned()) {
                for (symbol, held) in &account.positions {
                    let row = self.symbols.number(symbol);
                    match decision_price(input, symbol) {
                        Some(price) => self.gifts.push(Gift {
                            sleeve: place,
                            row,
                            quantity: *held,
                            price,
                        }),
                        None => self.holdings.push((row, *held)),
                    }
                }
            } else if let Some(account) = sleeve.account {
                let held = account.positions.iter();
                let symbols = &mut self.symbols;
                self.holdings
                    .extend(held.map(|(symbol, held)| (symbols.number(symbol), *held)));
            }
            sleeve.holdings = start..self.holdings.len();
        }
    }

    /// What the account holds and no sleeve owns: account position − Σ sleeve ledgers.
    fn unclaimed(&self, input: &PlanInput<'_>) -> Vec<Qty> {
        let mut owned = vec![Total::default(); self.symbols.len()];
        for (row, held) in &self.holdings {
            owned[*row as usize].add(*held);
        }
        let held = |symbol: &InstrumentId| input.account.positions.get(symbol).copied();
        let rest = |(symbol, owned): (&InstrumentId, Total)| {
            held(symbol).unwrap_or_default() - owned.quantity()
        };
        self.symbols.iter().zip(owned).map(rest).collect()
    }

    /// What no sleeve owns, instruments by name, those without any left out.
    pub(super) fn unclaimed_by_name(&self) -> Vec<(&'a InstrumentId, Qty)> {
        let rest = self.symbols.iter().zip(self.unclaimed.iter().copied());
        let mut rest: Vec<_> = rest.filter(|(_, rest)| !rest.is_zero()).collect();
        rest.sort_unstable_by_key(|(symbol, _)| *symbol);
        rest
    }
}

/// What an instrument is worth; `None` for a price that none can be.
fn decision_price(input: &PlanInput<'_>, symbol: &InstrumentId) -> Option<Price> {
    let price = input.prices.get(symbol).map(|close| close.price);
    price.filter(|price| price.is_in_bounds())
}

/// The sleeves in config order, then those that only the ledger knows.
fn sleeves<'a>(input: &PlanInput<'a>) -> Vec<Sleeve<'a>> {
    let on_departure = input.settings.on_departure;
    let sleeve = |id, input, account| Sleeve {
        id,
        input,
        account,
        wanted: 0..0,
        holdings: 0..0,
        on_departure,
    };
    let ids = input.sleeves.iter().map(|one| &one.id);
    let places: FxHashMap<&SleeveId, usize> = ids.zip(0..).collect();
    let configured = input.sleeves.iter();
    let mut sleeves: Vec<_> = configured
        .map(|one| sleeve(&one.id, Some(one), None))
        .collect();
    for (id, account) in input.ledger.accounts() {
        match places.get(id) {
            Some(place) => sleeves[*place].account = Some(account),
            None if id.as_str() == SleeveId::UNASSIGNED => {}
            None => sleeves.push(sleeve(id, None, Some(account))),
        }
    }
    sleeves
}

/// A sum of decimals that is counted in whole numbers for as long as their places are the same.
#[derive(Clone, Copy, Debug, Default)]
struct Total {
    rest: Qty,
    atoms: i128,
    scale: u32,
}

impl Total {
    /// What a decimal holds, with some room.
    const ATOMS_MAX: i128 = 1 << 95;

    fn add(&mut self, quantity: Qty) {
        let (atoms, scale) = (quantity.get().mantissa(), quantity.get().scale());
        let sum = self.atoms + atoms;
        if scale == self.scale && sum.abs() < Self::ATOMS_MAX {
            self.atoms = sum;
        } else {
            self.rest = self.quantity() + quantity;
            (self.atoms, self.scale) = (0, scale);
        }
    }

    fn quantity(&self) -> Qty {
        let atoms = Decimal::try_from_i128_with_scale(self.atoms, self.scale);
        self.rest + atoms.map_or(Qty::ZERO, Qty::new)
    }
}
