//! The days before a market began: made up between closes that are known.
//!
//! A date with a close is a day that ends at it and begins where the day before ended. The weekdays
//! between the last close and the market's beginning, and the part of its own day before it, wander
//! from that close to the price at which it begins. Within a day the price is a Brownian bridge,
//! minute by minute (its extremes drawn from their own law), so that the same seed has the same past
//! at every start, and every bar agrees with every other one.

use chrono::{Days, NaiveDate, NaiveTime};
use polyfolio_matching::chance::Chance;
use polyfolio_model::{Price, Span, Ts, convert};

use super::candle::clean;
use super::{Candle, MINUTE, floor};
use crate::tws::contract::{TradingDay, at, is_weekend};

/// How long a day of what never closes is, before its close.
const DAY_LENGTH: Span = Span::from_secs(6 * 3_600 + 1_800);

/// The most weekdays without a close that are made up: ten years of them.
const GAP_DAYS_MAX: usize = 2_610;

/// Where a market begins, and how it moves.
#[derive(Clone, Debug)]
pub(crate) struct Beginning {
    pub(crate) time: Ts,
    pub(crate) price: f64,
    /// The standard deviation of a second, in price.
    pub(crate) sigma: f64,
    pub(crate) tick: Price,
}

/// What was before.
#[derive(Clone, Debug)]
pub(crate) struct Past {
    days: Vec<Day>,
    sigma: f64,
    tick: f64,
    chance: Chance,
}

/// One day of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Day {
    pub(crate) date: NaiveDate,
    opens: Ts,
    closes: Ts,
    from: f64,
    to: f64,
}

/// When days trade.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    pub(crate) hours: Option<TradingDay>,
    /// The close of what never closes, UTC.
    pub(crate) close: NaiveTime,
}

impl Day {
    pub(crate) fn opens(&self) -> Ts {
        self.opens
    }

    pub(crate) fn closes(&self) -> Ts {
        self.closes
    }
}

impl Calendar {
    fn of(&self, date: NaiveDate) -> Option<(Ts, Ts)> {
        match &self.hours {
            Some(hours) => hours.of(date),
            None => {
                let close = at(date, self.close);
                Some((close - DAY_LENGTH, close))
            }
        }
    }
}

impl Past {
    pub(crate) fn new(
        closes: &[(NaiveDate, Price)],
        beginning: &Beginning,
        hours: Option<&TradingDay>,
        close: NaiveTime,
        chance: Chance,
    ) -> Self {
        let calendar = Calendar {
            hours: hours.cloned(),
            close,
        };
        let mut past = Self {
            days: Vec::with_capacity(closes.len()),
            sigma: beginning.sigma * MINUTE.secs_f64().sqrt(),
            tick: convert::price_f64(beginning.tick),
            chance,
        };
        for (date, close) in closes {
            past.closed(&calendar, *date, convert::price_f64(*close), beginning.time);
        }
        past.fill_up(&calendar, beginning);
        past
    }

    /// A day with a close, if it was over when the market began.
    fn closed(&mut self, calendar: &Calendar, date: NaiveDate, close: f64, began: Ts) {
        // A close that is dated on a weekend is one all the same.
        let of_day = calendar.of(date).or_else(|| {
            let close = at(date, calendar.close);
            Some((close - DAY_LENGTH, close))
        });
        let Some((opens, closes)) = of_day.filter(|(_, closes)| *closes <= began) else {
            return;
        };
        let from = self.days.last().map_or(close, |day| day.to);
        self.days.push(Day {
            date,
            opens,
            closes,
            from,
            to: close,
        });
    }

    /// What lies between the last close and the beginning.
    fn fill_up(&mut self, calendar: &Calendar, beginning: &Beginning) {
        let Some(last) = self.days.last().copied() else {
            return;
        };
        let mut left = Vec::new();
        let mut date = last.date;
        while let Some(next) = date.checked_add_days(Days::new(1)) {
            date = next;
            let Some((opens, closes)) = calendar.of(date).filter(|_| !is_weekend(date)) else {
                continue;
            };
            if opens >= beginning.time || left.len() >= GAP_DAYS_MAX {
                break;
            }
            // The market's own minute is the market's.
            let closes = closes.min(floor(beginning.time, MINUTE));
            if closes > opens {
                left.push((date, opens, closes));
            }
        }
        let lengths: Vec<f64> = left
            .iter()
            .map(|(_, opens, closes)| closes.since(*opens).secs_f64() / MINUTE.secs_f64())
            .collect();
        let ends = self.bridge(&lengths, last.to, beginning.price, self.chance.named("gap"));
        let mut from = last.to;
        for ((date, opens, closes), to) in left.into_iter().zip(ends) {
            self.days.push(Day {
                date,
                opens,
                closes,
                from,
                to,
            });
            from = to;
        }
    }

    pub(crate) fn days(&self) -> &[Day] {
        &self.days
    }

    /// The minutes of a day, each with its own beginning.
    pub(crate) fn minutes(&self, day: &Day) -> Vec<Candle> {
        let own = self
            .chance
            .branch(u64::from(day.date.to_epoch_days().unsigned_abs()));
        let count = day.closes.since(day.opens).nanos() / MINUTE.nanos();
        let lengths = vec![1.0; usize::try_from(count).unwrap_or_default()];
        let ends = self.bridge(&lengths, day.from, day.to, own);
        let reach = own.named("reach");
        let mut minutes = Vec::with_capacity(ends.len());
        let (mut from, mut start) = (day.from, day.opens);
        for (n, to) in ends.into_iter().enumerate() {
            let (up, down) = (2 * n as u64, 2 * n as u64 + 1);
            minutes.push(Candle {
                start,
                length: MINUTE,
                open: from,
                high: self
                    .extreme(from, to, reach.exponential(up), 1.0)
                    .max(from.max(to)),
                low: self
                    .extreme(from, to, reach.exponential(down), -1.0)
                    .min(from.min(to)),
                close: to,
            });
            (from, start) = (to, start + MINUTE);
        }
        minutes
    }

    /// The extreme of a Brownian bridge over a minute: the maximum M between a and b has
    /// P(M > m) = exp(−2(m − a)(m − b)/σ²), which is solved for m at an exponential draw.
    fn extreme(&self, a: f64, b: f64, drawn: f64, sign: f64) -> f64 {
        let variance = self.sigma * self.sigma;
        let reach = ((b - a).powi(2) + 2.0 * variance * drawn).sqrt();
        self.on_grid((a + b + sign * reach) / 2.0)
    }

    /// Where each of the stretches ends on the way from one price to another; the last one there.
    fn bridge(&self, lengths: &[f64], from: f64, to: f64, chance: Chance) -> Vec<f64> {
        let mut walked = Vec::with_capacity(lengths.len());
        let (mut at, mut passed) = (0.0, 0.0);
        for (n, length) in lengths.iter().enumerate() {
            at += self.sigma * length.sqrt() * chance.normal(n as u64);
            passed += length;
            walked.push((passed, at));
        }
        let Some((whole, drift)) = walked.pop() else {
            return walked.into_iter().map(|(_, at)| at).collect();
        };
        let mut ends: Vec<f64> = walked
            .into_iter()
            .map(|(passed, at)| {
                let share = passed / whole;
                self.on_grid(from + (to - from) * share + at - drift * share)
            })
            .collect();
        ends.push(to);
        ends
    }

    /// The nearest price on the grid, one tick at least.
    fn on_grid(&self, price: f64) -> f64 {
        if self.tick <= 0.0 {
            return price.max(f64::MIN_POSITIVE);
        }
        clean((price / self.tick).round().max(1.0) * self.tick)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn past(closes: &[(&str, &str)], began: &str, price: f64, seed: u64) -> Past {
        let closes: Vec<_> = closes
            .iter()
            .map(|(day, close)| (date(day), close.parse().unwrap()))
            .collect();
        let beginning = Beginning {
            time: began.parse().unwrap(),
            price,
            sigma: 0.005,
            tick: "0.01".parse().unwrap(),
        };
        let close = NaiveTime::from_hms_opt(21, 0, 0).unwrap();
        Past::new(&closes, &beginning, None, close, Chance::new(seed))
    }

    const THREE: [(&str, &str); 3] = [
        ("2022-11-28", "99.5"),
        ("2022-11-29", "101.1234"),
        ("2022-11-30", "100"),
    ];

    #[test]
    fn a_day_ends_at_its_close_and_begins_where_the_last_one_ended() {
        let past = past(&THREE, "2022-12-01T14:00:00Z", 100.0, 1);
        let days = past.days();
        assert_eq!(days.len(), 3);
        for (day, (at, close)) in days.iter().zip(THREE) {
            let minutes = past.minutes(day);
            assert_eq!((day.date, minutes.len()), (date(at), 390));
            assert_eq!(minutes[389].close, close.parse::<f64>().unwrap());
            assert_eq!(minutes[389].end().to_string(), format!("{at}T21:00:00Z"));
        }
        assert_eq!(past.minutes(&days[2])[0].open, 101.1234);
    }

    #[test]
    fn what_lies_between_the_last_close_and_the_beginning_leads_there() {
        // Wednesday's close, then Thursday, Friday, and Monday up to 16:00:30.
        let past = past(&THREE, "2022-12-05T16:00:30Z", 103.0, 1);
        let dates: Vec<String> = past.days()[3..]
            .iter()
            .map(|d| d.date.to_string())
            .collect();
        assert_eq!(dates, ["2022-12-01", "2022-12-02", "2022-12-05"]);
        let minutes = past.minutes(past.days().last().unwrap());
        assert_eq!(minutes.len(), 90);
        let last = minutes.last().unwrap();
        assert_eq!(
            (last.close, last.end().to_string()),
            (103.0, "2022-12-05T16:00:00Z".into())
        );
    }

    #[test]
    fn a_close_that_had_not_come_is_not_known() {
        let past = past(&THREE, "2022-11-30T20:59:00Z", 100.5, 1);
        let last = past.days().last().unwrap();
        assert_eq!((last.date, last.to), (date("2022-11-30"), 100.5));
        assert_eq!(past.minutes(last).len(), 389);
    }

    #[test]
    fn without_closes_there_is_no_past() {
        assert!(
            past(&[], "2022-12-01T14:00:00Z", 100.0, 1)
                .days()
                .is_empty()
        );
    }

    proptest! {
        /// Minutes follow on each other, hold what they should, and are drawn once and for all.
        #[test]
        fn minutes_hang_together(seed in any::<u64>()) {
            let made = past(&THREE, "2022-12-05T16:00:30Z", 97.0, seed);
            let mut end: Option<f64> = None;
            for day in made.days() {
                let minutes = made.minutes(day);
                for minute in &minutes {
                    let Candle { open, high, low, close, .. } = *minute;
                    prop_assert!(low <= open && low <= close && high >= open && high >= close);
                    prop_assert!(low > 0.0);
                    if let Some(end) = end {
                        prop_assert_eq!(open, end);
                    }
                    end = Some(close);
                }
                prop_assert_eq!(&minutes, &past(&THREE, "2022-12-05T16:00:30Z", 97.0, seed).minutes(day));
            }
        }
    }
}
