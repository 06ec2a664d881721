//! Points in time and lengths of time, in whole nanoseconds.
//!
//! A [`Ts`] is UTC. Nothing here reads a clock: see `ports::Clock`.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};

use crate::text::Ascii;

/// A point in time: nanoseconds since 1970-01-01T00:00:00Z. Printed and stored as RFC 3339.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ts(i64);

/// A length of time in nanoseconds. Printed the way people say it: `5m00s`, `1.5s`.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(transparent)]
pub struct Span(i64);

impl Ts {
    /// The first instant there is.
    pub const MIN: Self = Self(i64::MIN);
    /// The last instant there is: "never".
    pub const MAX: Self = Self(i64::MAX);

    /// From nanoseconds since the epoch.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the epoch.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// A date at so many hours (UTC).
    pub fn on(date: NaiveDate, hour: u32) -> Self {
        let days = i64::from(date.to_epoch_days());
        Self((days * 86_400 + i64::from(hour) * 3_600).saturating_mul(1_000_000_000))
    }

    /// The UTC date it falls on.
    pub fn date(self) -> NaiveDate {
        self.datetime().date_naive()
    }

    /// The length from `earlier` to `self`; negative when `earlier` is later.
    pub fn since(self, earlier: Ts) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }

    /// The same instant as chrono has it.
    pub fn datetime(self) -> DateTime<Utc> {
        DateTime::from_timestamp_nanos(self.0)
    }

    /// RFC 3339 with as many thirds of a fraction as it takes. Every instant there is lies in a
    /// year of four digits.
    fn text(self) -> Ascii<30> {
        let time = self.datetime().naive_utc();
        let (seconds, nanos) = (time.num_seconds_from_midnight(), time.nanosecond());
        let mut text = Ascii::new();
        text.decimal(time.year().unsigned_abs(), 4);
        for (before, part) in [(b'-', time.month()), (b'-', time.day())] {
            text.push(before);
            text.decimal(part, 2);
        }
        let parts = [seconds / 3_600, seconds / 60 % 60, seconds % 60];
        for (before, part) in [b'T', b':', b':'].into_iter().zip(parts) {
            text.push(before);
            text.decimal(part, 2);
        }
        let (fraction, width) = match nanos {
            0 => (0, 0),
            _ if nanos.is_multiple_of(1_000_000) => (nanos / 1_000_000, 3),
            _ if nanos.is_multiple_of(1_000) => (nanos / 1_000, 6),
            _ => (nanos, 9),
        };
        if width > 0 {
            text.push(b'.');
            text.decimal(fraction, width);
        }
        text.push(b'Z');
        text
    }
}

impl std::ops::Add<Span> for Ts {
    type Output = Ts;
    fn add(self, span: Span) -> Ts {
        Ts(self.0.saturating_add(span.0))
    }
}

impl std::ops::Sub<Span> for Ts {
    type Output = Ts;
    fn sub(self, span: Span) -> Ts {
        Ts(self.0.saturating_sub(span.0))
    }
}

impl fmt::Display for Ts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text().as_str())
    }
}

impl FromStr for Ts {
    type Err = chrono::ParseError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let time = DateTime::parse_from_rfc3339(text)?;
        Ok(Self(time.timestamp_nanos_opt().unwrap_or(i64::MAX)))
    }
}

impl serde::Serialize for Ts {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text().as_str())
    }
}

impl<'de> serde::Deserialize<'de> for Ts {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::text::read(deserializer)
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// From nanoseconds.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// From milliseconds.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000_000))
    }

    /// From seconds.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1_000_000_000))
    }

    /// From seconds with a fraction; NaN becomes zero, what is too long becomes the longest.
    pub fn from_secs_f64(secs: f64) -> Self {
        Self((secs * 1e9).round() as i64)
    }

    /// Nanoseconds.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Whether it is no time at all.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Seconds with a fraction.
    pub fn secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// Never below zero, as the standard library has it.
    pub fn to_std(self) -> std::time::Duration {
        std::time::Duration::from_nanos(u64::try_from(self.0).unwrap_or(0))
    }
}

impl std::ops::Add for Span {
    type Output = Span;
    fn add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}

impl std::ops::Sub for Span {
    type Output = Span;
    fn sub(self, other: Span) -> Span {
        Span(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let nanos = self.0.unsigned_abs();
        let secs = nanos / 1_000_000_000;
        match secs {
            0 => write!(f, "{sign}{}ms", nanos / 1_000_000),
            1..60 => write!(f, "{sign}{}s", trimmed(nanos as f64 / 1e9)),
            60..3_600 => write!(f, "{sign}{}m{:02}s", secs / 60, secs % 60),
            _ => write!(
                f,
                "{sign}{}h{:02}m{:02}s",
                secs / 3_600,
                secs / 60 % 60,
                secs % 60
            ),
        }
    }
}

fn trimmed(secs: f64) -> String {
    let text = format!("{secs:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_reads_back_as_itself() {
        let time =
            Ts::on(NaiveDate::from_ymd_opt(2022, 12, 28).unwrap(), 21) + Span::from_millis(1_500);
        assert_eq!(time.to_string(), "2022-12-28T21:00:01.500Z");
        assert_eq!(time.to_string().parse(), Ok(time));
    }

    #[test]
    fn times_are_written_as_chrono_writes_them() {
        // A walk over all instants in steps that meet every length of fraction.
        let steps = [1_000_000_000, 1_000_000, 1_000, 1].map(|unit| unit * 7_919_i64);
        let marks = [i64::MIN, -1, 0, 1, 1_672_261_200_000_000_000, i64::MAX];
        let walk = marks.into_iter().flat_map(|mark| {
            let around = steps.into_iter().flat_map(move |step| {
                (-50..50).map(move |n| mark.saturating_add(step.saturating_mul(n * n * n)))
            });
            around.chain([mark])
        });
        for time in walk.map(Ts::from_nanos) {
            let expect = time
                .datetime()
                .to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
            assert_eq!(time.to_string(), expect);
        }
    }

    #[test]
    fn lengths_read_as_people_say_them() {
        let said = [
            (Span::from_secs(300), "5m00s"),
            (Span::from_millis(1_500), "1.5s"),
            (Span::from_millis(40), "40ms"),
            (Span::from_secs(3_725), "1h02m05s"),
        ];
        for (span, text) in said {
            assert_eq!(span.to_string(), text);
        }
    }
}
