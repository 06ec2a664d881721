//! One instrument's bars as they come: which are over, and which are missing. It outlives
//! connections; each one begins with what was missed.

use polyfolio_model::{Bar, BarSize, Span, Ts};
use polyfolio_ports::BarEvent;

use super::collect::longest_s;
use super::{Ends, Stretch};

/// How long after its end a bar is taken for over when nothing more comes: the gateway tells how a
/// bar stands about every five seconds.
const SETTLE: Span = Span::from_secs(10);

const DAY_S: i64 = 86_400;

/// Where a stream of bars has come to.
#[derive(Clone, Debug)]
pub(crate) struct Roll {
    size: BarSize,
    ends: Ends,
    /// The beginning of the newest bar that was told, or was known before.
    last: Option<Ts>,
    /// The bar that is not over, as it stands.
    forming: Option<Bar>,
    /// How often it was asked for.
    times: u32,
    /// Whether what was asked for last reaches back to the last bar.
    reaches: bool,
    /// Whether words may have been missed: then no bar is what it seems until it is asked for anew.
    is_in_doubt: bool,
}

impl Roll {
    pub(crate) fn new(size: BarSize, after: Option<Ts>) -> Self {
        Self {
            size,
            ends: Ends::default(),
            last: after,
            forming: None,
            times: 0,
            reaches: true,
            is_in_doubt: false,
        }
    }

    /// How far back to ask: to the newest bar that is known, and one bar further each time, as the
    /// same question twice in a row is refused.
    pub(crate) fn stretch(&self, now: Ts) -> Stretch {
        let span_s = self.size.span().nanos() / 1_000_000_000;
        let since_last = self
            .last
            .map_or(0, |last| now.since(last).nanos() / 1_000_000_000);
        let again = i64::from(self.times % 100) + 2;
        let seconds = since_last.max(0) + again * span_s;
        let longest = longest_s(self.size);
        if self.size != BarSize::Day1 && seconds <= DAY_S {
            return Stretch::Seconds(u32::try_from(seconds).unwrap_or(u32::MAX));
        }
        let days = (seconds.min(longest) + DAY_S - 1) / DAY_S;
        let days = days.min(longest / DAY_S);
        Stretch::Days(u32::try_from(days).unwrap_or(1).max(1))
    }

    /// Words may have been missed from here on.
    pub(crate) fn doubt(&mut self) {
        self.is_in_doubt = true;
        self.forming = None;
    }

    /// Whether words may be missed.
    pub(crate) fn is_in_doubt(&self) -> bool {
        self.is_in_doubt
    }

    /// It was asked for, of a contract whose bars end so.
    pub(crate) fn asked(&mut self, ends: Ends, now: Ts) {
        self.ends = ends;
        let since_last = self.last.map_or(Span::ZERO, |last| now.since(last));
        self.times = self.times.wrapping_add(1);
        self.reaches = since_last.nanos() / 1_000_000_000 <= longest_s(self.size);
        self.doubt();
    }

    /// What a connection begins with.
    pub(crate) fn begins(&mut self, bars: &[Bar], now: Ts) -> Vec<BarEvent> {
        let mut events = Vec::new();
        self.is_in_doubt = false;
        let next = self.last.map(|last| last + self.size.span());
        if let (Some(from), Some(first)) = (next, bars.first())
            && !self.reaches
            && first.start > from
        {
            let to = first.start;
            events.push(BarEvent::Gap { from, to });
        }
        let is_new = self.last.is_some();
        for bar in bars {
            if self.is_told(bar) {
                continue;
            }
            let before = self.forming.replace(*bar);
            let closed = before.and_then(|before| self.close(before));
            events.extend(closed.filter(|_| is_new));
        }
        let over = self.over(now, Span::ZERO);
        events.extend(over.filter(|_| is_new));
        events
    }

    /// How the newest bar stands.
    pub(crate) fn stands(&mut self, bar: Bar) -> Option<BarEvent> {
        if self.is_told(&bar) || self.is_in_doubt {
            return None;
        }
        let before = self.forming.filter(|before| before.start >= bar.start);
        if before.is_some_and(|before| before.start > bar.start) {
            return None;
        }
        let before = self.forming.replace(bar)?;
        match before.start < bar.start {
            true => self.close(before),
            false => None,
        }
    }

    /// Nothing more came of the bar that was not over, and now it is.
    pub(crate) fn settle(&mut self, now: Ts) -> Option<BarEvent> {
        self.over(now, SETTLE)
    }

    /// When to look whether it is.
    pub(crate) fn settles(&self) -> Option<Ts> {
        self.forming
            .map(|bar| self.ends.of_bar(self.size, bar.start) + SETTLE)
    }

    fn over(&mut self, now: Ts, settle: Span) -> Option<BarEvent> {
        let (ends, size) = (&self.ends, self.size);
        let over = self
            .forming
            .take_if(|bar| ends.of_bar(size, bar.start) + settle <= now)?;
        self.close(over)
    }

    fn close(&mut self, bar: Bar) -> Option<BarEvent> {
        self.last = Some(bar.start);
        Some(BarEvent::Closed(bar))
    }

    fn is_told(&self, bar: &Bar) -> bool {
        self.last.is_some_and(|last| bar.start <= last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use polyfolio_model::Price;

    fn at(minutes: i64) -> Ts {
        Ts::from_nanos(0) + Span::from_secs(60 * minutes)
    }

    fn bar(minutes: i64, close: i64) -> Bar {
        let price = Price::from(close);
        Bar {
            start: at(minutes),
            open: price,
            high: price,
            low: price,
            close: price,
            volume: None,
        }
    }

    fn closed(events: impl IntoIterator<Item = BarEvent>) -> Vec<(Ts, Price)> {
        let closed = |event| match event {
            BarEvent::Closed(bar) => (bar.start, bar.close),
            other => panic!("{other:?}"),
        };
        events.into_iter().map(closed).collect()
    }

    #[test]
    fn a_bar_is_told_once_it_is_over_as_it_stood_last() {
        let mut roll = Roll::new(BarSize::Min5, Some(at(0)));
        roll.asked(Ends::default(), at(12));
        let begun = roll.begins(&[bar(0, 1), bar(5, 2), bar(10, 3)], at(12));
        assert_eq!(closed(begun), [(at(5), Price::from(2))]);
        assert_eq!(roll.stands(bar(10, 4)), None);
        assert_eq!(closed(roll.stands(bar(15, 9))), [(at(10), Price::from(4))]);
        // Late words of a bar that was told change nothing.
        assert_eq!(roll.stands(bar(10, 7)), None);
        assert_eq!(closed(roll.stands(bar(20, 9))), [(at(15), Price::from(9))]);
    }

    #[test]
    fn the_last_bar_of_a_day_is_over_when_its_time_is() {
        let mut roll = Roll::new(BarSize::Min5, None);
        roll.asked(Ends::default(), at(3));
        assert_eq!(closed(roll.begins(&[bar(-5, 1), bar(0, 1)], at(3))), []);
        let settles = roll.settles().unwrap();
        assert_eq!(settles, at(5) + SETTLE);
        assert_eq!(roll.settle(at(5)), None);
        assert_eq!(closed(roll.settle(settles)), [(at(0), Price::from(1))]);
        assert_eq!(roll.settle(settles), None);
        assert_eq!(roll.stands(bar(0, 2)), None);
    }

    #[test]
    fn without_a_bar_that_is_known_the_past_is_left_alone() {
        let mut roll = Roll::new(BarSize::Min5, None);
        roll.asked(Ends::default(), at(12));
        assert_eq!(
            closed(roll.begins(&[bar(0, 1), bar(5, 2), bar(10, 3)], at(12))),
            []
        );
        assert_eq!(closed(roll.stands(bar(15, 9))), [(at(10), Price::from(3))]);
    }

    #[test]
    fn a_hole_is_filled_by_the_next_connection() {
        let mut roll = Roll::new(BarSize::Min5, Some(at(0)));
        roll.asked(Ends::default(), at(7));
        roll.begins(&[bar(5, 1)], at(7));
        // Forty minutes without a connection.
        assert_eq!(roll.stretch(at(47)), Stretch::Seconds(47 * 60 + 3 * 300));
        roll.asked(Ends::default(), at(47));
        let bars: Vec<Bar> = (0..10).map(|n| bar(5 * n, n)).collect();
        let starts = closed(roll.begins(&bars, at(47)))
            .into_iter()
            .map(|(at, _)| at);
        assert_eq!(
            starts.collect::<Vec<_>>(),
            (1..9).map(|n| at(5 * n)).collect::<Vec<_>>()
        );
    }

    #[test]
    fn a_hole_that_is_too_long_is_said_to_be_one() {
        let mut roll = Roll::new(BarSize::Min1, Some(at(0)));
        let now = at(3 * 1_440);
        assert_eq!(roll.stretch(now), Stretch::Days(1));
        roll.asked(Ends::default(), now);
        let first = bar(2 * 1_440, 1);
        let events = roll.begins(&[first, bar(2 * 1_440 + 1, 2)], now);
        let (from, to) = (at(1), first.start);
        assert_eq!(events[0], BarEvent::Gap { from, to });
        assert_eq!(closed(events[1..].to_vec()).len(), 2);
    }

    #[test]
    fn a_bar_whose_words_were_missed_is_not_told_as_it_stood() {
        let mut roll = Roll::new(BarSize::Min5, Some(at(0)));
        roll.asked(Ends::default(), at(7));
        roll.begins(&[bar(5, 1)], at(7));
        roll.doubt();
        // What comes of the old stream says nothing of the bar that was half heard.
        assert_eq!(roll.stands(bar(15, 9)), None);
        assert_eq!(roll.settle(at(60)), None);
        roll.asked(Ends::default(), at(17));
        let begun = roll.begins(&[bar(5, 7), bar(10, 8), bar(15, 9)], at(17));
        let expect = [(at(5), Price::from(7)), (at(10), Price::from(8))];
        assert_eq!(closed(begun), expect);
    }

    #[test]
    fn no_two_questions_in_a_row_are_the_same() {
        let mut roll = Roll::new(BarSize::Min5, Some(at(0)));
        let first = roll.stretch(at(10));
        roll.asked(Ends::default(), at(10));
        assert_ne!(roll.stretch(at(10)), first);
    }
}
