//! The first field of a bar: a date, or a time with or without its place on earth.
//!
//! `2022-12-28`, `2022-12-28T15:30`, `2022-12-28 15:30:00.250`, `2022-12-28T15:30:00-05:00`,
//! `2022-12-28T20:30:00Z`. A file has one of four kinds throughout.

use chrono::{Datelike, NaiveDate};

use crate::options::{BarTime, ReadOptions};

/// Days of 1970-01-01 since the day before year 1, as `num_days_from_ce` counts.
const EPOCH: i64 = 719_163;
const DAY_S: i64 = 86_400;
const MICROS: i64 = 1_000_000;

/// What stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) kind: Kind,
    /// Days since year 1, as written.
    pub(crate) day: i32,
    /// Microseconds of the day, as written.
    micros: i64,
}

/// Of what kind it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Date,
    /// A time of a place that is not said.
    Local,
    /// A time and seconds east of UTC.
    Offset(i32),
    Utc,
}

/// A bar's date and place in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) day: i32,
    /// Ascends within a file; of a date it is its midnight.
    pub(crate) order: i64,
}

impl Kind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Date => "a date",
            Self::Local => "a time without an offset",
            Self::Offset(_) => "a time with an offset",
            Self::Utc => "a time in UTC",
        }
    }

    /// "dates", for what the rows above have.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Date => "dates",
            Self::Local => "times without an offset",
            Self::Offset(_) => "times with an offset",
            Self::Utc => "times in UTC",
        }
    }

    /// Whether both may stand in one file: offsets differ between summer and winter.
    pub(crate) fn goes_with(self, other: Kind) -> bool {
        matches!((self, other), (Self::Offset(_), Self::Offset(_))) || self == other
    }
}

impl Stamp {
    pub(crate) fn read(text: &[u8]) -> Option<Self> {
        let (date, rest) = text.split_at_checked(10)?;
        let day = day(date)?;
        let stamp = |kind, micros| Some(Self { kind, day, micros });
        let Some((mark, rest)) = rest.split_first() else {
            return stamp(Kind::Date, 0);
        };
        if !matches!(mark, b'T' | b't' | b' ') {
            return None;
        }
        let (micros, rest) = time_of_day(rest)?;
        stamp(offset(rest)?, micros)
    }

    /// Where a bar lies; `None` for a time in UTC whose zone is not said.
    pub(crate) fn place(self, options: &ReadOptions) -> Option<Placed> {
        let written = (i64::from(self.day) - EPOCH) * DAY_S * MICROS + self.micros;
        let (local, order) = match (self.kind, options.time_zone) {
            (Kind::Date, _) => {
                return Some(Placed {
                    day: self.day,
                    order: written,
                });
            }
            (Kind::Local, _) => (written, written),
            (Kind::Offset(east), None) => (written, written - i64::from(east) * MICROS),
            (Kind::Utc, None) => return None,
            (kind, Some(zone)) => {
                let east = match kind {
                    Kind::Offset(east) => i64::from(east),
                    _ => 0,
                };
                let utc = written - east * MICROS;
                let east = zone.east(utc.div_euclid(MICROS))?;
                (utc + east * MICROS, utc)
            }
        };
        let of = match options.bar {
            BarTime::Start => local,
            BarTime::End => local - 1,
        };
        let day = of.div_euclid(DAY_S * MICROS) + EPOCH;
        let day = i32::try_from(day).ok()?;
        Some(Placed { day, order })
    }
}

/// `YYYY-MM-DD` and nothing else, so that no file is read month for day.
pub(crate) fn date(bytes: &[u8]) -> Option<NaiveDate> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = bytes else {
        return None;
    };
    let year = two(y1, y2)? * 100 + two(y3, y4)?;
    NaiveDate::from_ymd_opt(year as i32, two(m1, m2)?, two(d1, d2)?)
}

/// The same, as days since year 1.
pub(crate) fn day(bytes: &[u8]) -> Option<i32> {
    date(bytes).map(|date| date.num_days_from_ce())
}

fn two(tens: u8, ones: u8) -> Option<u32> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| u32::from(byte - b'0'));
    Some(digit(tens)? * 10 + digit(ones)?)
}

/// `HH:MM`, `HH:MM:SS`, `HH:MM:SS.fff…`: its microseconds, and the rest.
fn time_of_day(text: &[u8]) -> Option<(i64, &[u8])> {
    let &[h1, h2, b':', m1, m2, ref rest @ ..] = text else {
        return None;
    };
    let (hours, minutes) = (two(h1, h2)?, two(m1, m2)?);
    let (seconds, rest) = match rest {
        &[b':', s1, s2, ref rest @ ..] => (two(s1, s2)?, rest),
        _ => (0, rest),
    };
    let (fraction, rest) = match rest {
        [b'.', rest @ ..] => {
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let (digits, rest) = rest.split_at(digits);
            if digits.is_empty() {
                return None;
            }
            let six = digits.iter().chain(std::iter::repeat(&b'0')).take(6);
            (
                six.fold(0, |sum, byte| sum * 10 + i64::from(byte - b'0')),
                rest,
            )
        }
        _ => (0, rest),
    };
    if hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    let seconds = i64::from((hours * 60 + minutes) * 60 + seconds);
    Some((seconds * MICROS + fraction, rest))
}

/// Nothing, `Z`, `+HH:MM`, `+HHMM` or `+HH`.
fn offset(text: &[u8]) -> Option<Kind> {
    let (sign, hours, minutes) = match *text {
        [] => return Some(Kind::Local),
        [b'Z' | b'z'] => return Some(Kind::Utc),
        [sign @ (b'+' | b'-'), h1, h2] => (sign, two(h1, h2)?, 0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] | [sign @ (b'+' | b'-'), h1, h2, m1, m2] => {
            (sign, two(h1, h2)?, two(m1, m2)?)
        }
        _ => return None,
    };
    if hours > 18 || minutes > 59 {
        return None;
    }
    let east = ((hours * 60 + minutes) * 60) as i32;
    Some(Kind::Offset(if sign == b'-' { -east } else { east }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(text: &str, zone: Option<&str>, bar: BarTime) -> String {
        let options = ReadOptions {
            time_zone: zone.map(|name| name.parse().unwrap()),
            bar,
            lines: false,
        };
        let Some(stamp) = Stamp::read(text.as_bytes()) else {
            return "unreadable".to_owned();
        };
        let Some(placed) = stamp.place(&options) else {
            return "no zone".to_owned();
        };
        let date = NaiveDate::from_num_days_from_ce_opt(placed.day).unwrap();
        format!("{date} {}", placed.order / MICROS)
    }

    #[test]
    fn a_time_is_of_the_date_that_its_place_has() {
        let start = |text, zone| placed(text, zone, BarTime::Start);
        let ny = Some("America/New_York");
        assert_eq!(start("1970-01-02", None), "1970-01-02 86400");
        assert_eq!(start("1970-01-02", ny), "1970-01-02 86400");
        assert_eq!(start("1970-01-01T15:30", None), "1970-01-01 55800");
        assert_eq!(start("1970-01-01 15:30:01.5", ny), "1970-01-01 55801");
        assert_eq!(start("1970-01-01T19:00:00-05:00", None), "1970-01-01 86400");
        assert_eq!(start("1970-01-01T19:00:00-0500", ny), "1970-01-01 86400");
        // In Tokyo it is the next day already.
        let tokyo = Some("Asia/Tokyo");
        assert_eq!(start("1970-01-01T19:00:00-05", tokyo), "1970-01-02 86400");
        assert_eq!(start("2024-07-02T03:59:00Z", ny), "2024-07-01 1719892740");
        assert_eq!(start("2024-01-02T04:59:00Z", ny), "2024-01-01 1704171540");
        assert_eq!(start("2024-01-02T04:59:00Z", None), "no zone");
    }

    #[test]
    fn a_bar_that_ends_at_midnight_is_of_the_day_before() {
        let end = |text| placed(text, Some("Europe/London"), BarTime::End);
        assert_eq!(end("1969-01-02T00:00:00"), "1969-01-01 -31449600");
        assert_eq!(end("2024-07-01T23:00:00Z"), "2024-07-01 1719874800");
        assert_eq!(end("2024-07-01T23:00:01Z"), "2024-07-02 1719874801");
        assert_eq!(end("1969-01-02"), "1969-01-02 -31449600");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "2024-02-30",
            "2024-1-02",
            "20240102",
            "2024-01-02T",
            "2024-01-02T9:30",
            "2024-01-02T24:00",
            "2024-01-02T10:60",
            "2024-01-02T10:00:00.",
            "2024-01-02T10:00X",
            "2024-01-02T10:00+5",
            "2024-01-02T10:00+19:00",
            "2024-01-02x10:00",
            "02/01/2024",
        ] {
            assert_eq!(placed(text, None, BarTime::Start), "unreadable", "{text}");
        }
    }
}
