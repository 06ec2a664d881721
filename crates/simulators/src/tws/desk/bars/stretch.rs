//! Which minutes a query is about, and the bars they make.

use chrono::{Days, NaiveDate};
use polyfolio_model::{Span, Ts};

use super::Known;
use crate::tws::desk::Desk;
use crate::tws::history::{BarLength, Candle, HowFar, Query, floor};

impl Desk {
    /// The bars of a query, and from when to when it is.
    pub(super) fn stretch(
        &mut self,
        place: usize,
        query: &Query,
        now: Ts,
    ) -> (Vec<Candle>, Ts, Ts) {
        let end = query.end.map_or(now, |end| end.min(now));
        let Some(known) = self.known(place, now) else {
            return (Vec::new(), end, end);
        };
        let from = match query.span.before(end) {
            Some(time) => From::Time(time),
            None => From::Date(known.nth_last_date(query, end)),
        };
        let begins = match from {
            From::Time(time) => time,
            From::Date(date) => Ts::on(date, 0),
        };
        (known.bars(query, &from, end), begins, end)
    }

    /// The bars of a query from the one on that begins at a time.
    pub(super) fn stretch_since(
        &mut self,
        place: usize,
        query: &Query,
        since: Ts,
        now: Ts,
    ) -> Vec<Candle> {
        let from = match query.length {
            BarLength::Day => From::Date(since.date()),
            BarLength::Seconds(_) => From::Time(since),
        };
        match self.known(place, now) {
            Some(known) => known.bars(query, &from, now),
            None => Vec::new(),
        }
    }

    /// The beginning of the first bar there is.
    pub(super) fn first_bar(&mut self, place: usize, now: Ts) -> Option<Ts> {
        let known = self.known(place, now)?;
        let first = known.past.days().first().copied();
        match first {
            Some(day) => known.past.minutes(&day).first().map(|minute| minute.start),
            None => Some(known.began),
        }
    }
}

/// Where a stretch begins.
enum From {
    Time(Ts),
    /// With a trading day.
    Date(NaiveDate),
}

impl Known {
    /// The date with which so many days that traded begin.
    fn nth_last_date(&self, query: &Query, end: Ts) -> NaiveDate {
        let count = match query.span {
            HowFar::Days(days) => days as usize,
            _ => 1,
        };
        let mut dates: Vec<NaiveDate> = Vec::new();
        let past = self.past.days().iter();
        dates.extend(past.filter(|day| day.opens() < end).map(|day| day.date));
        let mut date = self.date_of(self.began);
        let last = self.date_of(end);
        while date <= last {
            let trades = self.trades_on(query, date, end);
            if trades && dates.last().is_none_or(|before| *before < date) {
                dates.push(date);
            }
            let Some(next) = date.checked_add_days(Days::new(1)) else {
                break;
            };
            date = next;
        }
        let first = dates.len().saturating_sub(count);
        dates.get(first).copied().unwrap_or(last)
    }

    /// Whether the market as it moves is told of on a date: a day that has not opened by then has
    /// not traded, nor has one on which the market had not begun.
    fn trades_on(&self, query: &Query, date: NaiveDate, end: Ts) -> bool {
        match &self.hours {
            Some(hours) if query.regular => {
                let hours = hours.of(date);
                hours.is_some_and(|(from, to)| to > self.began && from < end)
            }
            _ => self.began < end && Ts::on(date, 0) < end,
        }
    }

    fn bars(&self, query: &Query, from: &From, end: Ts) -> Vec<Candle> {
        let mut bars: Vec<Candle> = Vec::new();
        let mut put = |minute: &Candle, date: NaiveDate| {
            // A bar begins with its first minute, and ends with its stretch of the clock.
            let (start, same) = match query.length {
                BarLength::Day => (Ts::on(date, 0), Span::from_secs(86_400)),
                BarLength::Seconds(seconds) => (minute.start, Span::from_secs(seconds)),
            };
            match bars.last_mut() {
                Some(bar) if floor(bar.start, same) == floor(start, same) => bar.join(minute),
                _ => bars.push(Candle { start, ..*minute }),
            }
        };
        let is_wanted = |minute: &Candle, date: NaiveDate| {
            let begins = match (from, query.length) {
                (From::Date(first), _) => date >= *first,
                // A day is told whole.
                (From::Time(time), BarLength::Day) => date > time.date(),
                (From::Time(time), BarLength::Seconds(_)) => minute.start >= *time,
            };
            begins && minute.start < end
        };
        for day in self.past.days() {
            let is_over = match from {
                From::Date(first) => day.date < *first,
                From::Time(time) => day.closes() <= *time,
            };
            if is_over || day.opens() >= end {
                continue;
            }
            let minutes = self.past.minutes(day);
            let wanted = minutes.iter().filter(|m| is_wanted(m, day.date));
            wanted.for_each(|minute| put(minute, day.date));
        }
        for minute in self.minutes.candles() {
            let date = self.date_of(minute.start);
            if is_wanted(minute, date) && (!query.regular || self.is_regular(minute, date)) {
                put(minute, date);
            }
        }
        bars
    }

    /// The trading day of a moment: that of its own date where the contract's day is, or the next
    /// one's when it begins on the evening before.
    fn date_of(&self, time: Ts) -> NaiveDate {
        let Some(hours) = &self.hours else {
            return time.date();
        };
        let local = (time + Span::from_secs(i64::from(hours.east_s))).datetime();
        let date = local.date_naive();
        let is_evening = hours.from >= hours.to && local.time() >= hours.from;
        match is_evening {
            true => date.checked_add_days(Days::new(1)).unwrap_or(date),
            false => date,
        }
    }

    fn is_regular(&self, minute: &Candle, date: NaiveDate) -> bool {
        let Some(hours) = &self.hours else {
            return true;
        };
        let within = |(from, to): (Ts, Ts)| minute.start >= from && minute.start < to;
        hours.of(date).is_some_and(within)
    }
}
