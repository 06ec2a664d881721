//! When a lost connection is no alarm: IB's nightly reset, the gateway's own restart, the weekend.
//!
//! Times are UTC. It knows no calendar and no zones: a window is made wide enough to cover both
//! halves of the year.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Timelike, Weekday};
use polyfolio_model::Ts;
use serde::{Deserialize, Serialize};

/// A stretch of time that comes again every day, or on certain days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaintenanceWindow {
    /// From when on, UTC.
    pub from: TimeOfDay,
    /// Until when; before `from`, it is the next day's.
    pub to: TimeOfDay,
    /// On which days it begins; none: on all.
    #[serde(default)]
    pub days: Vec<Day>,
}

impl MaintenanceWindow {
    /// Whether an instant lies within.
    pub fn contains(&self, time: Ts) -> bool {
        let now = time.datetime();
        let minute = now.hour() * 60 + now.minute();
        let (from, to) = (u32::from(self.from.0), u32::from(self.to.0));
        let (today, yesterday) = (now.weekday(), now.weekday().pred());
        match from < to {
            true => self.is_on(today) && (from..to).contains(&minute),
            false => {
                (self.is_on(today) && minute >= from) || (self.is_on(yesterday) && minute < to)
            }
        }
    }

    fn is_on(&self, day: Weekday) -> bool {
        self.days.is_empty() || self.days.iter().any(|d| d.weekday() == day)
    }
}

/// A minute of the day, written `HH:MM`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct TimeOfDay(u16);

/// Text that is no time of day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no time of day: HH:MM is expected, from 00:00 to 23:59")]
pub struct NotATimeOfDay(String);

impl FromStr for TimeOfDay {
    type Err = NotATimeOfDay;
    fn from_str(text: &str) -> Result<Self, NotATimeOfDay> {
        let fault = || NotATimeOfDay(text.to_owned());
        let (hour, minute) = text.split_once(':').ok_or_else(fault)?;
        let part = |part: &str, max: u16| {
            let digits = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
            let value = digits.then(|| part.parse::<u16>().ok()).flatten();
            value.filter(|value| *value <= max)
        };
        let hour = part(hour, 23).ok_or_else(fault)?;
        let minute = part(minute, 59).ok_or_else(fault)?;
        Ok(Self(hour * 60 + minute))
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = NotATimeOfDay;
    fn try_from(text: String) -> Result<Self, NotATimeOfDay> {
        text.parse()
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl Day {
    fn weekday(self) -> Weekday {
        match self {
            Day::Mon => Weekday::Mon,
            Day::Tue => Weekday::Tue,
            Day::Wed => Weekday::Wed,
            Day::Thu => Weekday::Thu,
            Day::Fri => Weekday::Fri,
            Day::Sat => Weekday::Sat,
            Day::Sun => Weekday::Sun,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(window: (&str, &str, &[Day]), expect: &[(&str, bool)]) {
        let (from, to, days) = window;
        let window = MaintenanceWindow {
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
            days: days.to_vec(),
        };
        for (time, within) in expect {
            let at = format!("{time}:30Z").parse().unwrap();
            assert_eq!(window.contains(at), *within, "{time}");
        }
    }

    #[test]
    fn a_window_within_a_day() {
        let expect = [
            ("2022-12-01T03:59", false),
            ("2022-12-01T04:00", true),
            ("2022-12-02T04:59", true),
            ("2022-12-02T05:00", false),
        ];
        check(("04:00", "05:00", &[]), &expect);
    }

    #[test]
    fn a_window_over_midnight_belongs_to_the_day_it_begins_on() {
        // 2022-12-04 is a Sunday.
        let expect = [
            ("2022-12-03T23:50", false),
            ("2022-12-04T00:10", false),
            ("2022-12-04T23:50", true),
            ("2022-12-05T00:10", true),
            ("2022-12-05T00:45", false),
            ("2022-12-05T23:50", false),
        ];
        check(("23:45", "00:45", &[Day::Sun]), &expect);
        check(("23:45", "00:45", &[]), &[("2022-12-05T23:50", true)]);
    }

    #[test]
    fn times_of_day_read_back_or_are_refused() {
        let time: TimeOfDay = "09:05".parse().unwrap();
        assert_eq!(time.to_string(), "09:05");
        for text in ["", "9:05", "24:00", "12:60", "12", "ab:cd", "+1:00"] {
            assert!(text.parse::<TimeOfDay>().is_err(), "{text}");
        }
    }
}
