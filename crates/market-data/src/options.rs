//! How the times of a file are to be taken.

use time::OffsetDateTime;
use time_tz::{Offset, TimeZone, Tz, timezones};

/// How a file is read. None of it matters to a file of dates.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReadOptions {
    /// In which zone the date of an instant is taken. Without one, a time with an offset is of the
    /// date that is written, and a time in UTC is refused.
    pub time_zone: Option<Zone>,
    /// What the time of a bar says of it.
    pub bar: BarTime,
    /// Whether the lines that closes stand on are kept, for [`History::line`](crate::History::line).
    pub lines: bool,
}

/// What the time of a bar is the time of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BarTime {
    /// Its begin.
    #[default]
    Start,
    /// Its end: a bar that ends at midnight is of the day before.
    End,
}

/// A time zone of the IANA database.
#[derive(Debug, Clone, Copy)]
pub struct Zone(&'static Tz);

/// No time zone has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no time zone such as \"America/New_York\"")]
pub struct UnknownZone(pub String);

impl std::str::FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(name: &str) -> Result<Self, UnknownZone> {
        let zone = timezones::get_by_name(name);
        zone.map(Self).ok_or_else(|| UnknownZone(name.to_owned()))
    }
}

impl Zone {
    /// Seconds east of UTC at a second since 1970; `None` in years that have no calendar here.
    pub(crate) fn east(self, utc_s: i64) -> Option<i64> {
        let at = OffsetDateTime::from_unix_timestamp(utc_s).ok()?;
        let offset = self.0.get_offset_utc(&at).to_utc();
        Some(i64::from(offset.whole_seconds()))
    }
}

impl std::fmt::Display for Zone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.name())
    }
}
