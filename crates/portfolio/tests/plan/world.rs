//! A small book to plan on, and a market that fills every order at the decision price.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use indexmap::IndexMap;
use polyfolio_model::{Currency, Instrument, InstrumentId, Money, Price, Qty, Side, SleeveId};
use polyfolio_portfolio::plan::{
    Account, Close, OnDeparture, PlanInput, PlanSettings, Rounding, Unclaimed,
};
use polyfolio_portfolio::scaling::ScaleSettings;
use polyfolio_portfolio::{
    Ledger, Plan, RiskLimits, Sizing, SleeveInput, TradingState, Wish, allocate, plan,
};
use rust_decimal::Decimal;

/// Everything a plan hangs on, owned.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) settings: PlanSettings,
    pub(crate) limits: RiskLimits,
    pub(crate) trading: TradingState,
    pub(crate) sleeves: Vec<SleeveInput>,
    pub(crate) ledger: Ledger,
    pub(crate) working: BTreeMap<InstrumentId, Qty>,
    pub(crate) unknown: BTreeMap<InstrumentId, Qty>,
    pub(crate) instruments: BTreeMap<InstrumentId, Instrument>,
    pub(crate) prices: BTreeMap<InstrumentId, Close>,
}

pub(crate) fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2022, 12, 28).unwrap()
}

pub(crate) fn qty(text: &str) -> Qty {
    text.parse().unwrap()
}

/// Wants with names of their own.
pub(crate) fn named<'a>(wants: impl Iterator<Item = (&'a SleeveId, Qty)>) -> Vec<(SleeveId, Qty)> {
    wants.map(|(sleeve, want)| (sleeve.clone(), want)).collect()
}

/// What the plan changes for each sleeve and instrument: crosses and wants.
pub(crate) fn changes(plan: &Plan) -> BTreeMap<(SleeveId, InstrumentId), Qty> {
    let mut changes = BTreeMap::<_, Qty>::new();
    let mut add = |sleeve: &SleeveId, symbol: &InstrumentId, quantity: Qty| {
        *changes.entry((sleeve.clone(), symbol.clone())).or_default() += quantity;
    };
    for cross in plan.crosses() {
        add(cross.from, cross.symbol, -cross.quantity);
        add(cross.to, cross.symbol, cross.quantity);
    }
    for order in &plan.orders {
        for (sleeve, want) in plan.wants(order) {
            add(sleeve, &order.symbol, order.side.signed(want));
        }
    }
    changes
}

impl World {
    /// A million in cash, no band, lots of 1.
    pub(crate) fn new() -> Self {
        let mut ledger = Ledger::default();
        ledger.adopt_cash(Money::from(1_000_000));
        let scale = ScaleSettings {
            sizing: Sizing::Nav,
            leverage: 1.0,
            normalize: false,
        };
        let settings = PlanSettings {
            scale,
            unclaimed: Unclaimed::Keep,
            on_departure: OnDeparture::WindDown,
            rounding: Rounding::Lot,
            no_trade_band: 0.01,
            min_notional: Money::ZERO,
        };
        Self {
            settings,
            limits: RiskLimits::default(),
            trading: TradingState::Active,
            sleeves: Vec::new(),
            ledger,
            working: BTreeMap::new(),
            unknown: BTreeMap::new(),
            instruments: BTreeMap::new(),
            prices: BTreeMap::new(),
        }
    }

    pub(crate) fn instrument(mut self, symbol: &str, price: &str, lot: &str) -> Self {
        let id = InstrumentId::from(symbol);
        let (price, date) = (price.parse::<Price>().unwrap(), today());
        self.prices.insert(
            id.clone(),
            Close {
                price,
                date,
                volume: None,
            },
        );
        let tick = "0.01".parse().unwrap();
        let (lot, min_notional) = (qty(lot), Money::ZERO);
        let currency = Currency::from("USD");
        let rules = Instrument {
            id: id.clone(),
            tick,
            lot,
            min_notional,
            currency,
        };
        self.instruments.insert(id, rules);
        self
    }

    /// A sleeve whose strategy is worth 100,000 and holds `positions`.
    pub(crate) fn sleeve(mut self, name: &str, weight: f64, positions: &[(&str, f64)]) -> Self {
        let positions = positions
            .iter()
            .map(|(s, units)| (InstrumentId::from(*s), *units));
        let wish = Wish::Targets {
            positions: positions.collect(),
            nav: vec![(today(), 1e5)],
        };
        self.sleeves.push(SleeveInput {
            id: name.into(),
            weight,
            wish,
        });
        self
    }

    /// What a sleeve, or `unassigned`, holds from before; it was bought at the decision price.
    pub(crate) fn holds(mut self, sleeve: &str, symbol: &str, quantity: &str) -> Self {
        let (id, quantity) = (InstrumentId::from(symbol), qty(quantity));
        let price = self.prices[&id].price;
        self.ledger
            .book_share(&sleeve.into(), &id, quantity, price, Money::ZERO);
        self
    }

    pub(crate) fn account(&self) -> Account {
        let positions: IndexMap<_, _> = self.ledger.positions().into_iter().collect();
        let value: Money = positions
            .iter()
            .map(|(id, held)| self.prices[id].price * *held)
            .sum();
        Account {
            nav: Some(self.ledger.cash() + value),
            positions,
            working: self.working.clone(),
            unknown: self.unknown.clone(),
        }
    }

    pub(crate) fn plan(&self) -> Plan {
        self.plan_on(&self.account())
    }

    pub(crate) fn plan_on(&self, account: &Account) -> Plan {
        plan(&PlanInput {
            decision_date: today(),
            settings: &self.settings,
            limits: &self.limits,
            trading: self.trading,
            sleeves: &self.sleeves,
            account,
            ledger: &self.ledger,
            instruments: &self.instruments,
            prices: &self.prices,
        })
    }

    /// Books gifts, transfers and crosses, and fills every order in pieces of `piece` lots.
    pub(crate) fn execute(&mut self, plan: &Plan, piece: i64) {
        for given in &plan.given {
            let (from, to) = (&given.sleeve, &SleeveId::unassigned());
            self.ledger
                .give_position(from, to, &given.symbol, given.quantity, given.price);
        }
        for transfer in &plan.transfers {
            self.ledger.transfer(&transfer.sleeve, transfer.cash);
        }
        for cross in plan.crosses() {
            self.ledger.cross(
                cross.from,
                cross.to,
                cross.symbol,
                cross.quantity,
                cross.price,
            );
        }
        for order in &plan.orders {
            let lot = match self.settings.rounding {
                Rounding::Lot => self.instruments[&order.symbol].lot,
                Rounding::None => Qty::ZERO,
            };
            let piece = if lot.is_zero() {
                order.order_qty
            } else {
                lot * Decimal::from(piece)
            };
            let wants: Vec<_> = named(plan.wants(order));
            let (mut left, mut got) = (order.order_qty, BTreeMap::<SleeveId, Qty>::new());
            while left.is_positive() {
                let fill = left.min(piece);
                let shares = allocate(&wants, &got, fill, lot);
                let signed = |share: &Qty| match order.side {
                    Side::Buy => *share,
                    Side::Sell => -*share,
                };
                let (symbol, price) = (&order.symbol, self.prices[&order.symbol].price);
                for (sleeve, share) in &shares {
                    *got.entry(sleeve.clone()).or_default() += *share;
                    self.ledger
                        .book_share(sleeve, symbol, signed(share), price, Money::ZERO);
                }
                left -= fill;
            }
            let wants: BTreeMap<_, _> = wants.into_iter().collect();
            assert_eq!(got, wants, "everyone has exactly its want");
        }
    }
}
