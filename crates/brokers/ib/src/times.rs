//! IB's times as text.

use chrono::{NaiveDateTime, NaiveTime};
use polyfolio_model::{Span, Ts};

/// The gateway's zone, as far as it is known: its distance from UTC when the connection was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Zone {
    east: Span,
}

impl Zone {
    pub(crate) fn east_of_utc(seconds: i32) -> Self {
        let east = Span::from_secs(i64::from(seconds));
        Self { east }
    }

    /// When the day that holds `time` began there: lists of the current day begin then.
    pub(crate) fn midnight(self, time: Ts) -> Ts {
        let local = (time + self.east).datetime().naive_utc();
        let midnight = local.date().and_time(NaiveTime::MIN);
        ts(midnight) - self.east
    }

    /// An instant as executions have it: `20221201 21:00:05 UTC`, with `-` or two spaces in place
    /// of the first one, and with or without the zone. A zone other than UTC is the gateway's own.
    pub(crate) fn read(self, text: &str) -> Option<Ts> {
        let text = text.trim();
        let mut words = text.splitn(2, [' ', '-']);
        let (date, rest) = (words.next()?, words.next()?.trim_start());
        let (time, zone) = rest.split_once(' ').unwrap_or((rest, ""));
        let local = NaiveDateTime::parse_from_str(&format!("{date} {time}"), "%Y%m%d %H:%M:%S");
        let local = ts(local.ok()?);
        let is_utc = matches!(zone.trim(), "UTC" | "GMT" | "Etc/UTC");
        // A time with a dash is UTC by IB's own definition.
        let is_dashed = text.get(8..9) == Some("-");
        match is_utc || is_dashed {
            true => Some(local),
            false => Some(local - self.east),
        }
    }
}

fn ts(utc: NaiveDateTime) -> Ts {
    let nanos = utc.and_utc().timestamp_nanos_opt();
    nanos.map_or(Ts::MAX, Ts::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_utc_or_in_the_gateways_zone() {
        let new_york = Zone::east_of_utc(-5 * 3_600);
        for (text, expect) in [
            ("20221201 21:00:05 UTC", Some("2022-12-01T21:00:05Z")),
            ("20221201  16:00:05", Some("2022-12-01T21:00:05Z")),
            ("20221201 16:00:05 US/Eastern", Some("2022-12-01T21:00:05Z")),
            ("20221201-21:00:05", Some("2022-12-01T21:00:05Z")),
            ("yesterday", None),
            ("", None),
        ] {
            let expect = expect.map(|text| text.parse().unwrap());
            assert_eq!(new_york.read(text), expect, "{text}");
        }
    }

    #[test]
    fn a_day_begins_at_the_gateways_midnight() {
        let new_york = Zone::east_of_utc(-5 * 3_600);
        for (time, expect) in [
            ("2022-12-02T04:59:59Z", "2022-12-01T05:00:00Z"),
            ("2022-12-02T05:00:00Z", "2022-12-02T05:00:00Z"),
        ] {
            let midnight = new_york.midnight(time.parse().unwrap());
            assert_eq!(midnight, expect.parse().unwrap(), "{time}");
        }
        let utc = Zone::default();
        let time = "2022-12-02T04:00:00Z".parse().unwrap();
        assert_eq!(utc.midnight(time).to_string(), "2022-12-02T00:00:00Z");
    }
}
