//! A plan of many sleeves: scaled, netted, rounded, crossed, shared out. 50 instruments out of 500
//! each, whole lots, on the first day of a book and on its second, when every sleeve holds what the
//! first plan gave it; against one plain pass over as many numbers: each added to one of 500 sums.

#![allow(clippy::expect_used, reason = "a benchmark of a book of its own")]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Duration;

use chrono::NaiveDate;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use polyfolio_benches::{listing, symbol};
use polyfolio_model::{Instrument, InstrumentId, Money, Price, SleeveId};
use polyfolio_portfolio::plan::{
    Account, Close, OnDeparture, PlanInput, PlanSettings, Rounding, Unclaimed,
};
use polyfolio_portfolio::scaling::ScaleSettings;
use polyfolio_portfolio::{
    Ledger, Plan, RiskLimits, Sizing, SleeveInput, TradingState, Wish, plan,
};
use rust_decimal::Decimal;

const INSTRUMENTS: usize = 500;
const WISHES: usize = 50;

/// A row of numbers that look like chance and are the same in every run.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

struct Book {
    settings: PlanSettings,
    limits: RiskLimits,
    sleeves: Vec<SleeveInput>,
    ledger: Ledger,
    account: Account,
    instruments: BTreeMap<InstrumentId, Instrument>,
    prices: BTreeMap<InstrumentId, Close>,
}

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2022, 12, 28).expect("a date")
}

/// A fifth of the sleeves is short; from one day to the next every NAV moves, and one sleeve in
/// ten changes its mind.
fn sleeves(count: usize, day: u64) -> Vec<SleeveInput> {
    let names: Vec<InstrumentId> = (0..INSTRUMENTS).map(symbol).collect();
    let sleeve = |n: usize| {
        let mut draw = Draw(n as u64 * 7_919 + 13);
        let mut change = Draw(n as u64 * 7_919 + 17 + day);
        let sign = if draw.below(5) == 0 { -1.0 } else { 1.0 };
        let start = draw.below(INSTRUMENTS);
        let is_changed = day > 0 && change.below(10) == 0;
        let wish = |k: usize| {
            let at = (start + k * (INSTRUMENTS / WISHES)) % INSTRUMENTS;
            let units = (1 + draw.below(900)) as f64 * sign;
            let factor = if is_changed {
                0.5 + change.below(100) as f64 / 100.0
            } else {
                1.0
            };
            (names[at].clone(), units * factor)
        };
        let positions = (0..WISHES).map(wish).collect();
        let nav = 990_000.0 + change.below(20_000) as f64;
        SleeveInput {
            id: SleeveId::new(format!("sleeve-{n:05}")),
            weight: 1.0,
            wish: Wish::Targets {
                positions,
                nav: vec![(today(), nav)],
            },
        }
    };
    (0..count).map(sleeve).collect()
}

impl Book {
    fn first_day(count: usize) -> Self {
        let mut ledger = Ledger::default();
        ledger.adopt_cash(Money::from(1_000_000 * count as i64));
        let rules = (0..INSTRUMENTS).map(|n| (symbol(n), listing(n)));
        let close = |n: usize| Close {
            volume: None,
            price: Price::new(Decimal::new(1_000 + (n as i64 * 7_919) % 20_000, 2)),
            date: today(),
        };
        let scale = ScaleSettings {
            sizing: Sizing::Nav,
            leverage: 1.0,
            normalize: true,
        };
        let mut book = Self {
            settings: PlanSettings {
                scale,
                unclaimed: Unclaimed::Keep,
                on_departure: OnDeparture::WindDown,
                rounding: Rounding::Lot,
                no_trade_band: 0.01,
                min_notional: Money::ZERO,
            },
            limits: RiskLimits::default(),
            sleeves: sleeves(count, 0),
            ledger,
            account: Account::default(),
            instruments: rules.collect(),
            prices: (0..INSTRUMENTS).map(|n| (symbol(n), close(n))).collect(),
        };
        book.mark();
        book
    }

    /// The first plan carried out, its ledger as a journal gives it back: every name its own.
    fn second_day(count: usize) -> Self {
        let mut book = Self::first_day(count);
        let plan = book.plan();
        for transfer in &plan.transfers {
            book.ledger.transfer(&transfer.sleeve, transfer.cash);
        }
        for cross in plan.crosses() {
            let (from, to) = (cross.from, cross.to);
            book.ledger
                .cross(from, to, cross.symbol, cross.quantity, cross.price);
        }
        for order in &plan.orders {
            let price = book.prices[&order.symbol].price;
            for (sleeve, want) in plan.wants(order) {
                let signed = order.side.signed(want);
                book.ledger
                    .book_share(sleeve, &order.symbol, signed, price, Money::ZERO);
            }
        }
        let stored = serde_json::to_vec(&book.ledger).expect("a ledger");
        book.ledger = serde_json::from_slice(&stored).expect("a ledger");
        book.sleeves = sleeves(count, 1);
        book.mark();
        book
    }

    fn mark(&mut self) {
        let positions = self.ledger.positions();
        let values = positions.iter();
        let value: Money = values.map(|(id, held)| self.prices[id].price * *held).sum();
        self.account = Account {
            nav: Some(self.ledger.cash() + value),
            positions: positions.into_iter().collect(),
            ..Account::default()
        };
    }

    fn plan(&self) -> Plan {
        plan(&PlanInput {
            decision_date: today(),
            settings: &self.settings,
            limits: &self.limits,
            trading: TradingState::Active,
            sleeves: &self.sleeves,
            account: &self.account,
            ledger: &self.ledger,
            instruments: &self.instruments,
            prices: &self.prices,
        })
    }
}

fn plain_pass(numbers: &[(u32, f64)]) -> [f64; INSTRUMENTS] {
    let mut sums = [0.0; INSTRUMENTS];
    for (row, number) in numbers {
        sums[*row as usize] += number;
    }
    sums
}

fn plans(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("plan");
    group
        .sample_size(20)
        .measurement_time(Duration::from_secs(3));
    for count in [100, 1_000, 10_000] {
        let mut draw = Draw(1);
        let mut number = |_| (draw.below(INSTRUMENTS) as u32, draw.below(900) as f64);
        let numbers: Vec<(u32, f64)> = (0..count * WISHES).map(&mut number).collect();
        group.bench_function(BenchmarkId::new("plain pass", count), |bencher| {
            bencher.iter(|| plain_pass(black_box(&numbers)));
        });
        let books = [
            ("first day", Book::first_day(count)),
            ("second day", Book::second_day(count)),
        ];
        for (day, book) in &books {
            let counted = allocation_counter::measure(|| {
                let plan = book.plan();
                assert!(plan.refusals.is_empty(), "{:?}", plan.refusals);
                println!(
                    "{count} sleeves, {day}: {} orders, {} crosses",
                    plan.orders.len(),
                    plan.crosses.len()
                );
            });
            let plan = book.plan();
            let megabytes = |json: serde_json::Result<Vec<u8>>| {
                json.map_or(0.0, |json| json.len() as f64 / 1e6)
            };
            println!(
                "as JSON {:.1} MB, on record {:.1} MB",
                megabytes(serde_json::to_vec(&plan)),
                megabytes(serde_json::to_vec(&plan.recorded()))
            );
            println!(
                "{} allocations, {:.1} MB at most at a time",
                counted.count_total,
                counted.bytes_max as f64 / 1e6
            );
            group.bench_function(BenchmarkId::new(*day, count), |bencher| {
                bencher.iter_with_large_drop(|| black_box(book).plan());
            });
        }
    }
    group.finish();
}

criterion_group!(benches, plans);
criterion_main!(benches);
