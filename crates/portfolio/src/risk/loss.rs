//! How much was lost: since the best day, and since the day before, of the account and of each
//! sleeve; and what may be lost before trading stops.
//!
//! What counts is what was earned, not what was paid in or out. Each mark multiplies an *index* by
//! what the value has become over what it was, cash that came or went taken out (a time-weighted
//! return); a loss is how far the index lies below its best. It knows no clock and no market: it is
//! told what everything is worth, and when.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use polyfolio_model::{Money, SleeveId, convert};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::RiskLimits;
use crate::ledger::Ledger;
use crate::trading_state::TradingState;

/// What the account and its sleeves have come to, mark after mark.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tracks {
    account: Option<Track>,
    sleeves: BTreeMap<SleeveId, Track>,
}

/// What one of them has come to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Track {
    /// What it was worth at the last mark.
    worth: Money,
    /// Cash that had come in by then, less what had gone out.
    funding: Money,
    /// What one unit paid in at the beginning has become.
    index: f64,
    /// The best of it.
    best: f64,
    /// The date of the last mark.
    day: NaiveDate,
    /// The index at the last mark of an earlier date.
    opened: f64,
    /// Something came or went whose value is not known: the next mark earns and loses nothing.
    is_rebased: bool,
}

/// What everything is worth at a moment.
#[derive(Clone, Copy, Debug)]
pub struct Mark<'a> {
    /// The date of the prices.
    pub date: NaiveDate,
    /// The account.
    pub account: Money,
    /// Each sleeve that can be valued.
    pub sleeves: &'a BTreeMap<SleeveId, Money>,
    /// Who was paid how much.
    pub ledger: &'a Ledger,
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

/// Less than a cent is nothing.
const DUST: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

/// How the reason begins for which trading changes after a loss.
const LOST: &str = "too much was lost: ";

impl Track {
    fn first(date: NaiveDate, worth: Money, funding: Money) -> Self {
        Self {
            worth,
            funding,
            index: 1.0,
            best: 1.0,
            day: date,
            opened: 1.0,
            is_rebased: false,
        }
    }

    fn next(&self, date: NaiveDate, worth: Money, funding: Money) -> Self {
        let base = self.worth + (funding - self.funding);
        let earned = convert::money_f64(worth - base);
        let is_measured = !self.is_rebased && base.is_positive();
        let growth = if is_measured {
            (1.0 + earned / convert::money_f64(base)).max(0.0)
        } else {
            1.0
        };
        let index = self.index * growth;
        let opened = if date > self.day {
            self.index
        } else {
            self.opened
        };
        Self {
            worth,
            funding,
            index,
            best: self.best.max(index),
            day: date.max(self.day),
            opened,
            is_rebased: false,
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
    /// Takes a mark in.
    pub fn mark(&mut self, mark: &Mark<'_>) {
        *self = self.after(mark);
    }

    /// What a mark would make of it.
    #[must_use]
    pub fn after(&self, mark: &Mark<'_>) -> Self {
        let date = mark.date;
        let next = |track: Option<&Track>, worth, funding| match track {
            Some(track) => track.next(date, worth, funding),
            None => Track::first(date, worth, funding),
        };
        let paid_in = mark.ledger.accounts().map(|(_, own)| own.funding).sum();
        let mut sleeves = self.sleeves.clone();
        for (sleeve, worth) in mark.sleeves {
            if sleeve.as_str() != SleeveId::UNASSIGNED {
                let own = mark.ledger.account(sleeve);
                let funding = own.map_or(Money::ZERO, |own| own.funding);
                let track = next(self.sleeves.get(sleeve), *worth, funding);
                sleeves.insert(sleeve.clone(), track);
            }
        }
        Self {
            account: Some(next(self.account.as_ref(), mark.account, paid_in)),
            sleeves,
        }
    }

    /// Positions came or went whose value is not known.
    pub fn rebase(&mut self) {
        if let Some(account) = &mut self.account {
            account.is_rebased = true;
        }
    }

    /// A person has looked at what was lost, and goes on from there.
    pub fn accept(&mut self) {
        for track in self.account.iter_mut().chain(self.sleeves.values_mut()) {
            (track.best, track.opened) = (track.index, track.index);
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
        // One that left the book has nothing more to lose.
        let sleeves = tracks.sleeves.iter();
        let mut sleeves = sleeves.filter(|(_, track)| track.worth.get().abs() >= DUST);
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
    struct World {
        tracks: Tracks,
        ledger: Ledger,
    }

    impl World {
        fn pay(&mut self, cash: i64) {
            self.ledger.adopt_cash(cash.into());
        }

        fn give(&mut self, sleeve: &str, cash: i64) {
            self.ledger.transfer(&sleeve.into(), cash.into());
        }

        fn mark(&mut self, day: u32, account: i64, sleeves: &[(&str, i64)]) {
            let sleeves = sleeves
                .iter()
                .map(|(name, worth)| ((*name).into(), Money::from(*worth)))
                .collect();
            self.tracks.mark(&Mark {
                date: date(day),
                account: account.into(),
                sleeves: &sleeves,
                ledger: &self.ledger,
            });
        }

        fn drawdown(&self) -> f64 {
            self.tracks.drawdown().unwrap()
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
        world.pay(-500);
        world.mark(2, 500, &[]);
        near(world.drawdown(), 0.0);
        // A tenth of what is there is lost, and then everything is doubled by a deposit.
        world.mark(3, 450, &[]);
        world.pay(450);
        world.mark(4, 900, &[]);
        near(world.drawdown(), 0.1);
    }

    #[test]
    fn positions_that_came_from_nowhere_are_neither() {
        let mut world = World::default();
        world.pay(1_000);
        world.mark(1, 1_000, &[]);
        world.pay(-1_000);
        world.ledger.adopt_position(&"KO".into(), 10.into());
        world.tracks.rebase();
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
        near(world.tracks.lost_today().unwrap(), 0.05);
        world.mark(2, 900, &[]);
        near(world.tracks.lost_today().unwrap(), 0.1);
        world.mark(3, 900, &[]);
        near(world.tracks.lost_today().unwrap(), 0.0);
        // An older date is no other day.
        world.mark(1, 810, &[]);
        near(world.tracks.lost_today().unwrap(), 0.1);
    }

    #[test]
    fn sleeves_are_measured_by_what_they_earn_not_by_what_they_are_given() {
        let mut world = World::default();
        world.pay(1_000);
        world.give("a", 400);
        world.give("b", 400);
        world.mark(1, 1_000, &[("a", 400), ("b", 400), ("unassigned", 200)]);
        world.mark(2, 900, &[("a", 300), ("b", 400), ("unassigned", 200)]);
        // Set to its weight again.
        world.give("a", 100);
        world.give("b", -40);
        world.mark(3, 900, &[("a", 400), ("b", 360), ("unassigned", 140)]);
        near(world.tracks.sleeve_drawdown(&"a".into()).unwrap(), 0.25);
        near(world.tracks.sleeve_drawdown(&"b".into()).unwrap(), 0.0);
        assert_eq!(world.tracks.sleeve_drawdown(&"unassigned".into()), None);
        let limits = RiskLimits {
            max_sleeve_drawdown: Some(0.2),
            max_drawdown: Some(0.2),
            ..RiskLimits::default()
        };
        let why = limits.lost_too_much(&world.tracks).unwrap();
        assert!(why.contains("sleeve a is 25.00% below its best"), "{why}");
        assert!(is_of_a_loss(&why));
        // It leaves the book.
        world.give("a", -400);
        world.mark(4, 900, &[("a", 0), ("b", 360), ("unassigned", 540)]);
        assert_eq!(limits.lost_too_much(&world.tracks), None);
    }

    #[test]
    fn what_is_not_limited_may_be_lost_and_a_person_may_accept_a_loss() {
        let mut world = World::default();
        world.pay(1_000);
        world.mark(1, 1_000, &[]);
        world.mark(2, 500, &[]);
        assert_eq!(RiskLimits::default().lost_too_much(&world.tracks), None);
        let limits = RiskLimits {
            max_daily_loss: Some(0.4),
            max_drawdown: Some(0.5),
            ..RiskLimits::default()
        };
        let why = limits.lost_too_much(&world.tracks).unwrap();
        assert!(why.contains("50.00% below the day before"), "{why}");
        world.tracks.accept();
        assert_eq!(limits.lost_too_much(&world.tracks), None);
        world.mark(3, 240, &[]);
        assert!(limits.lost_too_much(&world.tracks).is_some());
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
    }
}
