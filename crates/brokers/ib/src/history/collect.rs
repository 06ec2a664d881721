//! One request of ours in as many of IB's as it takes: backwards from now, each as long as IB allows
//! for its bars, until all that was asked for is there or history begins.

use std::collections::VecDeque;

use polyfolio_model::{Bar, BarSize, Ts};
use polyfolio_ports::{BarsFailed, BarsRequest, Reach};

use super::Ends;

const DAY_S: i64 = 86_400;

/// The most of a year that is asked for in days.
const DAYS_MAX: u32 = 365;

/// The most years that are asked for at once.
const YEARS_MAX: u32 = 20;

/// How far back one of IB's requests goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Stretch {
    /// Seconds.
    Seconds(u32),
    /// Days that traded.
    Days(u32),
    /// Years.
    Years(u32),
}

/// One of IB's requests: to when, now without a time, and how far back from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) ending: Option<Ts>,
    pub(crate) stretch: Stretch,
}

/// A request that is being answered.
#[derive(Clone, Debug)]
pub(crate) struct Collect {
    request: BarsRequest,
    bars: VecDeque<Bar>,
    /// The beginning of the oldest bar that is there.
    before: Option<Ts>,
    /// There is nothing older.
    is_at_start: bool,
}

impl Collect {
    pub(crate) fn new(request: BarsRequest) -> Self {
        Self {
            request,
            bars: VecDeque::new(),
            before: None,
            is_at_start: false,
        }
    }

    pub(crate) fn request(&self) -> &BarsRequest {
        &self.request
    }

    /// Whether nothing was told yet, not even of a bar that is not over.
    pub(crate) fn is_untold(&self) -> bool {
        self.before.is_none()
    }

    /// What to ask next; nothing when all is there.
    pub(crate) fn piece(&self, now: Ts) -> Option<Piece> {
        if self.is_at_start || self.is_whole() {
            return None;
        }
        let to = self.before.unwrap_or(now);
        let days = match self.request.reach {
            Reach::Count(count) => {
                let missing = (count as usize).saturating_sub(self.bars.len());
                missing.div_ceil(per_day(self.request.size)) + 1
            }
            Reach::Since(since) => {
                let seconds = to.since(since).nanos().max(0) / 1_000_000_000;
                usize::try_from(seconds / DAY_S).unwrap_or(usize::MAX) + 2
            }
        };
        let days = u32::try_from(days).unwrap_or(u32::MAX);
        Some(Piece {
            ending: self.before,
            stretch: stretch(self.request.size, days),
        })
    }

    /// Takes in an answer.
    pub(crate) fn take(&mut self, bars: &[Bar], ends: &Ends, now: Ts) {
        let is_first = self.before.is_none();
        let size = self.request.size;
        let last = bars.last().map(|bar| bar.start);
        let is_over = |bar: &&Bar| {
            // One that another one follows is over, whatever the clock says.
            !is_first || Some(bar.start) != last || ends.of_bar(size, bar.start) <= now
        };
        let is_new = |bar: &&Bar| self.before.is_none_or(|before| bar.start < before);
        let new: Vec<Bar> = bars
            .iter()
            .filter(is_over)
            .filter(is_new)
            .copied()
            .collect();
        // In the first minute of a session all there is to tell of it may be the bar that is not
        // over: history does not begin with it.
        self.is_at_start = !bars.iter().any(|bar| is_new(&bar));
        // What is not over counts as seen, or it would be asked for again.
        self.before = new.first().or(bars.first()).map(|bar| bar.start);
        new.into_iter()
            .rev()
            .for_each(|bar| self.bars.push_front(bar));
    }

    /// IB has nothing before what is there.
    pub(crate) fn no_more(&mut self) {
        self.is_at_start = true;
    }

    /// All of it, or why it is not all.
    pub(crate) fn answer(mut self) -> Result<Vec<Bar>, BarsFailed> {
        match self.request.reach {
            Reach::Count(asked) => {
                let surplus = self.bars.len().checked_sub(asked as usize);
                let Some(surplus) = surplus else {
                    return Err(BarsFailed::TooFew {
                        instrument: self.request.instrument,
                        size: self.request.size,
                        have: u32::try_from(self.bars.len()).unwrap_or(u32::MAX),
                        asked,
                    });
                };
                self.bars.drain(..surplus);
            }
            Reach::Since(since) => self.bars.retain(|bar| bar.start >= since),
        }
        Ok(self.bars.into())
    }

    fn is_whole(&self) -> bool {
        match self.request.reach {
            Reach::Count(count) => self.bars.len() >= count as usize,
            Reach::Since(since) => self.before.is_some_and(|before| before <= since),
        }
    }
}

/// How many bars a day has at least, where its regular hours are those of US stocks.
fn per_day(size: BarSize) -> usize {
    match size {
        BarSize::Min1 => 390,
        BarSize::Min5 => 78,
        BarSize::Hour1 => 7,
        BarSize::Day1 => 1,
    }
}

/// So many days, or as many as IB tells at once of such bars.
fn stretch(size: BarSize, days: u32) -> Stretch {
    match size {
        BarSize::Min1 => Stretch::Days(1),
        BarSize::Min5 => Stretch::Days(days.min(7)),
        BarSize::Hour1 => Stretch::Days(days.min(30)),
        BarSize::Day1 if days <= DAYS_MAX => Stretch::Days(days),
        // A year has about 250 days that trade.
        BarSize::Day1 => Stretch::Years(days.div_ceil(250).min(YEARS_MAX)),
    }
}

/// The longest stretch of such bars that IB tells, as seconds.
pub(super) fn longest_s(size: BarSize) -> i64 {
    match size {
        BarSize::Min1 => DAY_S,
        BarSize::Min5 => 7 * DAY_S,
        BarSize::Hour1 => 30 * DAY_S,
        BarSize::Day1 => i64::from(DAYS_MAX) * DAY_S,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use polyfolio_model::{Price, Span};
    use proptest::prelude::*;

    fn request(size: BarSize, reach: Reach) -> Collect {
        Collect::new(BarsRequest {
            instrument: "AAA".into(),
            size,
            reach,
        })
    }

    fn bar(start: Ts) -> Bar {
        let price = Price::from(5);
        Bar {
            start,
            open: price,
            high: price,
            low: price,
            close: price,
            volume: None,
        }
    }

    fn at(minutes: i64) -> Ts {
        Ts::from_nanos(0) + Span::from_secs(60 * minutes)
    }

    #[test]
    fn a_stretch_is_no_longer_than_ib_tells() {
        let check = |size, reach, expect| {
            let piece = request(size, reach).piece(at(1_000_000)).unwrap();
            assert_eq!(piece.stretch, expect);
        };
        check(BarSize::Min1, Reach::Count(1_000), Stretch::Days(1));
        check(BarSize::Min5, Reach::Count(100), Stretch::Days(3));
        check(BarSize::Min5, Reach::Count(1_000), Stretch::Days(7));
        check(BarSize::Hour1, Reach::Count(50), Stretch::Days(9));
        check(BarSize::Day1, Reach::Count(200), Stretch::Days(201));
        check(BarSize::Day1, Reach::Count(500), Stretch::Years(3));
        check(
            BarSize::Day1,
            Reach::Since(at(1_000_000 - 1_440)),
            Stretch::Days(3),
        );
    }

    #[test]
    fn the_bar_that_is_not_over_is_left_out() {
        let mut collect = request(BarSize::Min5, Reach::Count(2));
        collect.take(
            &[bar(at(0)), bar(at(5)), bar(at(10))],
            &Ends::default(),
            at(12),
        );
        let starts: Vec<Ts> = collect.answer().unwrap().iter().map(|b| b.start).collect();
        assert_eq!(starts, [at(0), at(5)]);
    }

    #[test]
    fn too_few_is_a_failure_with_its_number() {
        let mut collect = request(BarSize::Min5, Reach::Count(3));
        collect.take(&[bar(at(0)), bar(at(5))], &Ends::default(), at(20));
        assert_eq!(collect.piece(at(20)).unwrap().ending, Some(at(0)));
        collect.no_more();
        assert_eq!(collect.piece(at(20)), None);
        let failed = collect.answer().unwrap_err().to_string();
        assert_eq!(
            failed,
            "AAA: history has 2 bars of 5m, and 3 were asked for"
        );
    }

    /// A gateway that takes a day for the session that has just begun.
    #[test]
    fn history_does_not_begin_with_the_bar_that_is_not_over() {
        let mut collect = request(BarSize::Min1, Reach::Count(2));
        let now = at(0) + Span::from_secs(20);
        collect.take(&[bar(at(0))], &Ends::default(), now);
        assert_eq!(collect.piece(now).unwrap().ending, Some(at(0)));
        collect.take(
            &[bar(at(-63)), bar(at(-62)), bar(at(-61))],
            &Ends::default(),
            now,
        );
        assert_eq!(collect.piece(now), None);
        let starts: Vec<Ts> = collect.answer().unwrap().iter().map(|b| b.start).collect();
        assert_eq!(starts, [at(-62), at(-61)]);
    }

    #[test]
    fn a_history_of_nothing_but_the_bar_that_is_not_over_is_too_short() {
        let mut collect = request(BarSize::Min1, Reach::Count(2));
        assert!(collect.is_untold());
        collect.take(&[bar(at(0))], &Ends::default(), at(0));
        assert!(!collect.is_untold());
        collect.no_more();
        let failed = collect.answer().unwrap_err().to_string();
        assert_eq!(
            failed,
            "AAA: history has 0 bars of 1m, and 2 were asked for"
        );
    }

    #[test]
    fn since_before_the_beginning_is_all_there_is() {
        let mut collect = request(BarSize::Min5, Reach::Since(at(-100)));
        collect.take(&[bar(at(0)), bar(at(5))], &Ends::default(), at(20));
        collect.take(&[], &Ends::default(), at(20));
        assert_eq!(collect.piece(at(20)), None);
        assert_eq!(collect.answer().unwrap().len(), 2);
    }

    proptest! {
        /// However IB cuts a history into answers, it comes out whole, in order, and each bar once.
        #[test]
        fn pieces_make_a_whole(
            there in 1_i64..400,
            asked in 1_u32..300,
            per_piece in 1_usize..40,
            overlap in 0_usize..3,
        ) {
            let all: Vec<Bar> = (0..there).map(|n| bar(at(5 * n))).collect();
            let now = at(5 * there + 1);
            let mut collect = request(BarSize::Min5, Reach::Count(asked));
            for _ in 0..500 {
                let Some(piece) = collect.piece(now) else { break };
                let end = piece.ending.unwrap_or(now);
                let upto = all.iter().filter(|bar| bar.start < end).count();
                // An answer may tell again what is there.
                let to = (upto + overlap).min(all.len());
                collect.take(&all[upto.saturating_sub(per_piece)..to], &Ends::default(), now);
            }
            prop_assert_eq!(collect.piece(now), None);
            let answer = collect.answer();
            match asked as i64 <= there {
                true => prop_assert_eq!(answer.unwrap(), &all[(there - i64::from(asked)) as usize..]),
                false => prop_assert!(answer.is_err()),
            }
        }
    }
}
