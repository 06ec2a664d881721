//! The mid of one instrument: a Brownian path in ticks, sampled at equal intervals, a function of
//! its start and of the number of steps taken.
//!
//! It is kept above zero by reflection at the lowest price that leaves a bid of one tick.

use polyfolio_model::{Price, Span, Ts, convert};
use rust_decimal::Decimal;

use crate::book::PathStart;
use crate::chance::Chance;

/// A path and how far along it we are.
#[derive(Clone, Debug)]
pub(crate) struct MidPath {
    start: PathStart,
    chance: Chance,
    step_sigma: f64,
    floor: f64,
    steps: u64,
    ticks: f64,
}

impl MidPath {
    pub(crate) fn new(start: PathStart, floor: f64) -> Self {
        let own = Chance::new(start.seed).named(start.start.instrument.as_str());
        let ticks = ticks_of(start.start.price, start.start.tick);
        Self {
            // The same instrument takes another path from another start.
            chance: own.branch(start.time.nanos() as u64),
            step_sigma: start.start.sigma * start.interval.secs_f64().sqrt(),
            floor,
            steps: 0,
            ticks: ticks.max(floor),
            start,
        }
    }

    /// What it depends on.
    pub(crate) fn start(&self) -> &PathStart {
        &self.start
    }

    /// A stream of chance of its own, for what happens around the path.
    pub(crate) fn chance(&self) -> Chance {
        self.chance
    }

    /// How many steps it has taken.
    pub(crate) fn steps(&self) -> u64 {
        self.steps
    }

    /// The mid now, in ticks, on no grid.
    pub(crate) fn ticks(&self) -> f64 {
        self.ticks
    }

    /// The mid now, to a billionth of a tick.
    pub(crate) fn price(&self) -> Price {
        price_of(self.ticks, self.start.start.tick)
    }

    /// When the next step comes.
    pub(crate) fn next_step(&self) -> Ts {
        let passed = self
            .start
            .interval
            .nanos()
            .saturating_mul(self.steps as i64 + 1);
        self.start.time + Span::from_nanos(passed)
    }

    /// Takes one step.
    pub(crate) fn step(&mut self) {
        let moved = self.ticks + self.step_sigma * self.chance.normal(self.steps);
        self.ticks = self.floor + (moved - self.floor).abs();
        self.steps += 1;
    }
}

/// A price of so many ticks, to a billionth of one.
pub(crate) fn price_of(ticks: f64, tick: Price) -> Price {
    let billionths = (ticks * 1e9).round() as i128;
    let ticks = Decimal::try_from_i128_with_scale(billionths, 9).unwrap_or(Decimal::MAX);
    Price::new(ticks.checked_mul(tick.get()).unwrap_or(Decimal::MAX))
}

/// How many ticks a price is: exact to the last digit a double has.
pub(crate) fn ticks_of(price: Price, tick: Price) -> f64 {
    match price.get().checked_div(tick.get()) {
        Some(ticks) => convert::float(ticks),
        None => convert::price_f64(price) / convert::price_f64(tick),
    }
}
