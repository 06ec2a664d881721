//! When how much of a parent should have traded: cumulative schedules in exact arithmetic.
//!
//! A schedule is a rising series of cumulative quantities. Rounding is done on the cumulative
//! quantity, half up, `C_j = min(Q, lot ⌊Q F_j / lot + 1/2⌋)` with the last node at `Q`, so the
//! error at every node is at most half a lot and never adds up. What an order should do now is
//! [`still_to_trade`]: what did not fill is caught up by itself.
//!
//! [`TwapSchedule`] has nodes at equal times, optionally jittered in size and time, so that nobody
//! reads it off the clock; [`pov_cumulative`] follows the market's volume. Neither knows prices.

mod exact;
mod splitmix;

use polyfolio_model::{Qty, Span, Ts};
use rust_decimal::Decimal;
use thiserror::Error;

use exact::Grid;
pub use exact::Ratio;
pub use splitmix::SplitMix64;

/// The most slices of a schedule: a bound on memory.
const MAX_SLICES: u32 = 100_000;

/// How irregular a schedule is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Jitter {
    /// `a`: slices weigh `1 + a (2u - 1)` with `u` uniform; at least 0, below 1.
    pub size: Decimal,
    /// `J`: a slice comes `v J` late with `v` uniform; at most the length of a slice.
    pub time: Span,
    /// The seed of `u` and `v`, drawn in this order for each slice.
    pub seed: u64,
}

/// Cumulative quantities at their times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TwapSchedule {
    times: Vec<Ts>,
    cumulative: Vec<Qty>,
}

/// Why there is no schedule.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ScheduleError {
    /// No slices, or too many.
    #[error("slices must be from 1 to {MAX_SLICES}, got {0}")]
    Slices(u32),
    /// The slices could have no quantity.
    #[error("size_jitter must be at least 0 and below 1, got {0}")]
    SizeJitter(Decimal),
    /// The slices could come out of order.
    #[error("time_jitter must be at least 0 and at most a slice of {slice}, got {jitter}")]
    TimeJitter {
        /// What was asked for.
        jitter: Span,
        /// The length of a slice.
        slice: Span,
    },
    /// The end comes before the start.
    #[error("the schedule ends at {end}, before it starts at {start}")]
    Times {
        /// Where it starts.
        start: Ts,
        /// Where it ends.
        end: Ts,
    },
    /// A share of the volume that nobody can have.
    #[error("the participation must be at least 0 and below 1, got {0}")]
    Participation(Ratio),
    /// The numbers leave the range of exact arithmetic, or are below zero.
    #[error("the quantity {total} in lots of {lot} is below zero or too large for a schedule")]
    Range {
        /// How much in all.
        total: Qty,
        /// The lot.
        lot: Qty,
    },
}

impl TwapSchedule {
    /// `total` in whole lots over `slices` from `start` to `end`, the first at `start`. A lot of
    /// zero means any quantity, to eight places at least.
    pub fn new(
        total: Qty,
        lot: Qty,
        slices: u32,
        start: Ts,
        end: Ts,
        jitter: &Jitter,
    ) -> Result<Self, ScheduleError> {
        Self::check(slices, jitter)?;
        if end < start {
            return Err(ScheduleError::Times { start, end });
        }
        let slice = Span::from_nanos(end.since(start).nanos() / i64::from(slices));
        if jitter.time > slice {
            return Err(ScheduleError::TimeJitter {
                jitter: jitter.time,
                slice,
            });
        }
        let range = || ScheduleError::Range { total, lot };
        let grid = Grid::new(total, lot).ok_or_else(range)?;
        let size = Ratio::from_decimal(jitter.size).ok_or_else(range)?;
        let mut chance = SplitMix64::new(jitter.seed);
        let mut times = Vec::with_capacity(slices as usize);
        let mut weights = Vec::with_capacity(slices as usize);
        for j in 0..slices {
            weights.push(size.jittered(chance.unit_53()).ok_or_else(range)?);
            times.push(fires(start, end, j, slices) + late(jitter.time, chance.unit_53()));
        }
        let cumulative = grid.split(&weights).ok_or_else(range)?;
        Ok(Self { times, cumulative })
    }

    /// Names what is wrong with a schedule of any parent.
    pub(crate) fn check(slices: u32, jitter: &Jitter) -> Result<(), ScheduleError> {
        if slices == 0 || slices > MAX_SLICES {
            return Err(ScheduleError::Slices(slices));
        }
        if jitter.size.is_sign_negative() || jitter.size >= Decimal::ONE {
            return Err(ScheduleError::SizeJitter(jitter.size));
        }
        if jitter.time < Span::ZERO {
            let (jitter, slice) = (jitter.time, Span::ZERO);
            return Err(ScheduleError::TimeJitter { jitter, slice });
        }
        Ok(())
    }

    /// How much should have traded by `now`, the slice of `now` itself included.
    pub fn cumulative(&self, now: Ts) -> Qty {
        let fired = self.times.partition_point(|time| *time <= now);
        fired
            .checked_sub(1)
            .map_or(Qty::ZERO, |last| self.cumulative[last])
    }

    /// When the next slice after `now` comes.
    pub fn next_after(&self, now: Ts) -> Option<Ts> {
        self.times
            .get(self.times.partition_point(|time| *time <= now))
            .copied()
    }

    /// When each slice comes, and its own quantity.
    pub fn slices(&self) -> impl Iterator<Item = (Ts, Qty)> + '_ {
        let before = std::iter::once(Qty::ZERO).chain(self.cumulative.iter().copied());
        let own = self
            .cumulative
            .iter()
            .zip(before)
            .map(|(after, before)| *after - before);
        self.times.iter().copied().zip(own)
    }
}

/// What should be in the market, given what should have traded and what has. A child that is
/// working is part of it.
pub fn still_to_trade(cumulative: Qty, filled: Qty) -> Qty {
    (cumulative - filled).max(Qty::ZERO)
}

/// How much of `total` should have traded when `others` have traded so much: the share `rho` of
/// *all* volume, our own included, rounded down because the share may not be exceeded.
pub fn pov_cumulative(total: Qty, lot: Qty, rho: Ratio, others: Qty) -> Result<Qty, ScheduleError> {
    let of_others = rho.of_the_rest().ok_or(ScheduleError::Participation(rho))?;
    let range = || ScheduleError::Range {
        total: total.max(others),
        lot,
    };
    let grid = Grid::of(&[total, others], lot).ok_or_else(range)?;
    grid.share_rounded_down(total, others, of_others)
        .ok_or_else(range)
}

/// The next child of a schedule that follows volume, at most `cap` of it at once.
pub fn pov_child(cumulative: Qty, traded: Qty, cap: Option<Qty>) -> Qty {
    let due = still_to_trade(cumulative, traded);
    cap.map_or(due, |cap| due.min(cap))
}

/// `start + ⌊j (end - start) / n⌋`.
fn fires(start: Ts, end: Ts, j: u32, slices: u32) -> Ts {
    let into = i128::from(end.since(start).nanos()) * i128::from(j) / i128::from(slices);
    start + Span::from_nanos(i64::try_from(into).unwrap_or(i64::MAX))
}

/// `⌊v J⌋` for `v = unit / 2^53`.
fn late(jitter: Span, unit: u64) -> Span {
    let nanos = (i128::from(jitter.nanos()) * i128::from(unit)) >> 53;
    Span::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX))
}
