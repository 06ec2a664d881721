//! How much was lost: since the best day, and since the day before, of the account and of each
//! sleeve; and what may be lost before trading stops.
//!
//! What counts is what was earned, not what was paid in or out. Everything is marked when a plan is
//! made, at the closes that decide, before a sleeve is given anything. Each mark multiplies an
//! *index* by what the value has become over what it was: what a sleeve was given behind the last
//! mark belongs to what it was, and what came into the account since then is taken out of what it
//! has become. A loss is how far the index lies below its best. It knows no clock and no market: it
//! is told what everything is worth, and when.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use polyfolio_model::{Money, SleeveId, convert};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::RiskLimits;
use crate::trading_state::TradingState;

/// What the account and its sleeves have come to, mark after mark.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tracks {
    account: Option<Track>,
    sleeves: BTreeMap<SleeveId, Track>,
    /// All cash that ever came into the account, less what went out.
    paid_in: Money,
    /// The same at the last mark.
    paid_in_at_mark: Money,
    /// Positions came or went whose value is not known: the account's next mark measures nothing.
    is_rebased: bool,
}

/// What one of them has come to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Track {
    /// What it was worth at the last mark, and what it was given since.
    worth: Money,
    /// What one unit paid in at the beginning has become.
    index: f64,
    /// The best of it.
    best: f64,
    /// The date of the last mark.
    day: NaiveDate,
    /// The index at the last mark of an earlier date.
    opened: f64,
}

/// What everything is worth when a plan is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// The date of the prices.
    pub date: NaiveDate,
    /// The account.
    pub account: Money,
    /// Each sleeve that can be valued.
    pub sleeves: BTreeMap<SleeveId, Money>,
    /// What had come into the account by then; see [`Tracks::paid_in`].
    pub paid_in: Money,
}

/// What happens when too much was lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnLoss {
    /// Nothing is sent.
    #[default]
    Halt,
    /// Only what makes a position smaller.
    ReduceOnly,
}

impl OnLoss {
    /// The state that trading goes to.
    pub fn state(self) -> TradingState {
        match self {
            Self::Halt => TradingState::Halted,
            Self::ReduceOnly => TradingState::ReduceOnly,
        }
    }
}

/// A sleeve that is worth less than this part of the account is not measured: what it has left is
/// what selling cost.
const PART_MIN: Decimal = Decimal::from_parts(1, 0, 0, false, 4);

/// How the reason begins for which trading changes after a loss.
const LOST: &str = "too much was lost: ";

impl Track {
    fn first(date: NaiveDate, worth: Money) -> Self {
        Self {
            worth,
            index: 1.0,
            best: 1.0,
            day: date,
            opened: 1.0,
        }
    }

    /// What was worth `self.worth` is worth `earned_to`, and with what came in since then `worth`.
    fn next(&self, date: NaiveDate, earned_to: Money, worth: Money, is_measured: bool) -> Self {
        let growth = convert::money_f64(earned_to) / convert::money_f64(self.worth);
        let is_measured = is_measured && self.worth.is_positive() && growth.is_finite();
        let growth = if is_measured { growth.max(0.0) } else { 1.0 };
        let index = self.index * growth;
        let index = if index.is_finite() { index } else { self.index };
        Self {
            worth,
            index,
            best: self.best.max(index),
            day: date,
            opened: if date > self.day {
                self.index
            } else {
                self.opened
            },
        }
    }

    fn drawdown(&self) -> f64 {
        lost(self.best, self.index)
    }

    fn lost_today(&self) -> f64 {
        lost(self.opened, self.index)
    }
}

/// The share of `from` that is gone.
fn lost(from: f64, to: f64) -> f64 {
    if from > 0.0 {
        (1.0 - to / from).max(0.0)
    } else {
        0.0
    }
}

impl Tracks {
    /// Takes a mark in. One of an older date than the last says nothing of today.
    pub fn mark(&mut self, mark: &Mark) {
        let date = mark.date;
        if self.account.is_some_and(|account| date < account.day) {
            return;
        }
        let came = mark.paid_in - self.paid_in_at_mark;
        let is_measured = !std::mem::take(&mut self.is_rebased);
        self.account = Some(match &self.account {
            Some(track) => track.next(date, mark.account - came, mark.account, is_measured),
            None => Track::first(date, mark.account),
        });
        self.paid_in_at_mark = mark.paid_in;
        let least = mark.account.get() * PART_MIN;
        for (sleeve, worth) in &mark.sleeves {
            if sleeve.as_str() == SleeveId::UNASSIGNED {
                continue;
            }
            let next = match self.sleeves.get(sleeve) {
                Some(track) => track.next(date, *worth, *worth, track.worth.get() >= least),
                None => Track::first(date, *worth),
            };
            self.sleeves.insert(sleeve.clone(), next);
        }
    }

    /// What a mark would make of it.
    #[must_use]
    pub fn after(&self, mark: &Mark) -> Self {
        let mut after = self.clone();
        after.mark(mark);
        after
    }

    /// A sleeve was given something of this value, or gave it away below zero.
    pub fn give(&mut self, sleeve: &SleeveId, value: Money) {
        if let Some(track) = self.sleeves.get_mut(sleeve) {
            track.worth += value;
        }
    }

    /// Cash came into the account, or went out below zero.
    pub fn pay(&mut self, cash: Money) {
        self.paid_in += cash;
    }

    /// All cash that ever came into the account, less what went out.
    pub fn paid_in(&self) -> Money {
        self.paid_in
    }

    /// Positions came or went whose value is not known.
    pub fn rebase(&mut self) {
        self.is_rebased = true;
    }

    /// A person has looked at what was lost, and goes on from there.
    pub fn accept(&mut self) {
        for track in self.account.iter_mut().chain(self.sleeves.values_mut()) {
            (track.index, track.best, track.opened) = (1.0, 1.0, 1.0);
        }
    }

    /// The share that the account has lost since its best mark.
    pub fn drawdown(&self) -> Option<f64> {
        self.account.as_ref().map(Track::drawdown)
    }

    /// The share that a sleeve has lost since its best mark.
    pub fn sleeve_drawdown(&self, sleeve: &SleeveId) -> Option<f64> {
        self.sleeves.get(sleeve).map(Track::drawdown)
    }

    /// The share that the account has lost since the last mark of an earlier date.
    pub fn lost_today(&self) -> Option<f64> {
        self.account.as_ref().map(Track::lost_today)
    }
}

impl RiskLimits {
    /// Why trading stops, when more was lost than may be: the account first, then the sleeves by
    /// name.
    pub fn lost_too_much(&self, tracks: &Tracks) -> Option<String> {
        let above = |lost: Option<f64>, max: Option<f64>| {
            let (lost, max) = lost.zip(max)?;
            (lost > max).then_some((lost * 100.0, max))
        };
        if let Some((lost, max)) = above(tracks.drawdown(), self.max_drawdown) {
            let what = format!("the account is {lost:.2}% below its best");
            return Some(format!("{LOST}{what}, above risk.max_drawdown {max}"));
        }
        if let Some((lost, max)) = above(tracks.lost_today(), self.max_daily_loss) {
            let what = format!("the account is {lost:.2}% below the day before");
            return Some(format!("{LOST}{what}, above risk.max_daily_loss {max}"));
        }
        // One that has left the book has nothing more to lose.
        let account = tracks.account.as_ref().map(|account| account.worth.get());
        let least = account.unwrap_or_default() * PART_MIN;
        let sleeves = tracks.sleeves.iter();
        let mut sleeves = sleeves.filter(|(_, track)| track.worth.get().abs() >= least);
        sleeves.find_map(|(sleeve, track)| {
            let (lost, max) = above(Some(track.drawdown()), self.max_sleeve_drawdown)?;
            let what = format!("sleeve {sleeve} is {lost:.2}% below its best");
            Some(format!(
                "{LOST}{what}, above risk.max_sleeve_drawdown {max}"
            ))
        })
    }
}

/// Whether trading changed because too much was lost.
pub fn is_of_a_loss(reason: &str) -> bool {
    reason.starts_with(LOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2024, 1, day).unwrap()
    }

    /// A book that is paid in and out, and marked.
    #[derive(Default)]
    struct World(Tracks);

    impl World {
        fn pay(&mut self, cash: i64) {
            self.0.pay(cash.into());
        }

        fn give(&mut self, sleeve: &str, value: i64) {
            self.0.give(&sleeve.into(), value.into());
        }

        fn mark(&mut self, day: u32, account: i64, sleeves: &[(&str, i64)]) {
            let sleeves = sleeves.iter();
            let sleeves = sleeves.map(|(name, worth)| ((*name).into(), Money::from(*worth)));
            self.0.mark(&Mark {
                date: date(day),
                account: account.into(),
                sleeves: sleeves.collect(),
                paid_in: self.0.paid_in(),
            });
        }

        fn drawdown(&self) -> f64 {
            self.0.drawdown().unwrap()
        }

        fn of(&self, sleeve: &str) -> f64 {
            self.0.sleeve_drawdown(&sleeve.into()).unwrap()
        }
    }

    fn of_sleeves(max: f64) -> RiskLimits {
        RiskLimits {
            max_sleeve_drawdown: Some(max),
            ..RiskLimits::default()
        }
    }

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found} for {expected}");
    }

    #[test]
    fn a_loss_is_measured_from_the_best_mark() {
        let mut world = World::default();
        world.pay(1_000);
        for (day, worth, lost) in [
            (1, 1_000, 0.0),
            (2, 1_200, 0.0),
            (3, 900, 0.25),
            (4, 1_080, 0.1),
            (5, 1_300, 0.0),
        ] {
            world.mark(day, worth, &[]);
            near(world.drawdown(), lost);
        }
    }

    #[test]
    fn what_is_paid_in_or_out_is_neither_won_nor_lost() {
        let mut world = World::default();
        world.pay(1_000);
        world.mark(1, 1_000, &[]);
        // A twentieth is lost, and nine tenths of the rest are taken out.
        world.pay(-855);
        world.mark(2, 95, &[]);
        near(world.drawdown(), 0.05);
        // As much again is lost, and a hundred times of it paid in.
        world.pay(9_000);
        world.mark(3, 9_086, &[]);
        near(world.drawdown(), 1.0 - 0.95 * 86.0 / 95.0);
    }

    #[test]
    fn positions_that_came_from_nowhere_are_neither() {
        let mut world = World::default();
        world.pay(1_000);
        world.mark(1, 1_000, &[]);
        world.pay(-1_000);
        world.0.rebase();
        world.mark(2, 1_000, &[]);
        near(world.drawdown(), 0.0);
        world.mark(3, 900, &[]);
        near(world.drawdown(), 0.1);
    }

    #[test]
    fn a_day_begins_where_the_day_before_ended() {
        let mut world = World::default();
        world.pay(1_000);
        world.mark(1, 1_000, &[]);
        world.mark(2, 950, &[]);
        near(world.0.lost_today().unwrap(), 0.05);
        world.mark(2, 900, &[]);
        near(world.0.lost_today().unwrap(), 0.1);
        world.mark(3, 900, &[]);
        near(world.0.lost_today().unwrap(), 0.0);
        // What was planned as of an older date is not of today.
        world.mark(1, 5_000, &[]);
        near(world.drawdown(), 0.1);
        world.mark(3, 810, &[]);
        near(world.0.lost_today().unwrap(), 0.1);
    }

    #[test]
    fn sleeves_are_measured_by_what_they_earn_not_by_what_they_are_given() {
        let mut world = World::default();
        world.mark(1, 1_000, &[("a", 0), ("b", 0), ("unassigned", 1_000)]);
        world.give("a", 400);
        world.give("b", 400);
        world.mark(2, 900, &[("a", 300), ("b", 400), ("unassigned", 200)]);
        // Set to its weight again.
        world.give("a", 100);
        world.give("b", -40);
        world.mark(3, 900, &[("a", 400), ("b", 360), ("unassigned", 140)]);
        near(world.of("a"), 0.25);
        near(world.of("b"), 0.0);
        assert_eq!(world.0.sleeve_drawdown(&"unassigned".into()), None);
        let why = of_sleeves(0.2).lost_too_much(&world.0).unwrap();
        assert!(why.contains("sleeve a is 25.00% below its best"), "{why}");
        assert!(is_of_a_loss(&why));
    }

    #[test]
    fn a_sleeve_that_shrinks_leaves_or_comes_back_has_lost_what_it_lost() {
        let mut world = World::default();
        world.mark(1, 1_000_000, &[("a", 300_000)]);
        // It falls by a twentieth, and nearly all of it is given away.
        world.mark(2, 985_000, &[("a", 285_000)]);
        world.give("a", -275_000);
        world.mark(3, 985_000, &[("a", 10_000)]);
        near(world.of("a"), 0.05);
        // It leaves; selling costs some more than it has left, and then nothing is left of it.
        world.give("a", -10_000);
        world.mark(4, 985_000, &[("a", -40)]);
        near(world.of("a"), 0.05);
        assert_eq!(of_sleeves(0.04).lost_too_much(&world.0), None);
        world.give("a", 40);
        world.mark(5, 985_000, &[("a", 0)]);
        // It comes back, and loses as any other.
        world.give("a", 300_000);
        world.mark(6, 985_000, &[("a", 300_000)]);
        near(world.of("a"), 0.05);
        world.mark(7, 955_000, &[("a", 270_000)]);
        near(world.of("a"), 1.0 - 0.95 * 0.9);
    }

    #[test]
    fn what_is_not_limited_may_be_lost_and_a_person_may_accept_a_loss() {
        let mut world = World::default();
        world.mark(1, 1_000, &[]);
        world.mark(2, 500, &[]);
        assert_eq!(RiskLimits::default().lost_too_much(&world.0), None);
        let limits = RiskLimits {
            max_daily_loss: Some(0.4),
            max_drawdown: Some(0.5),
            ..RiskLimits::default()
        };
        let why = limits.lost_too_much(&world.0).unwrap();
        assert!(why.contains("50.00% below the day before"), "{why}");
        world.0.accept();
        assert_eq!(limits.lost_too_much(&world.0), None);
        world.mark(3, 240, &[]);
        assert!(limits.lost_too_much(&world.0).is_some());
    }

    #[test]
    fn nothing_that_is_worth_nothing_breaks_it() {
        let mut world = World::default();
        world.mark(1, 0, &[]);
        world.mark(2, 100, &[]);
        near(world.drawdown(), 0.0);
        world.mark(3, -50, &[]);
        near(world.drawdown(), 1.0);
        world.mark(4, 100, &[]);
        near(world.drawdown(), 1.0);
        // A person goes on, and the next loss counts again.
        world.0.accept();
        world.mark(5, 50, &[]);
        near(world.drawdown(), 0.5);
        let kept = serde_json::to_string(&world.0).unwrap();
        assert_eq!(serde_json::from_str::<Tracks>(&kept).unwrap(), world.0);
    }
}
