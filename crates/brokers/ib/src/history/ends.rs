//! When a bar is over: with its stretch of the clock; a trading day's when its session has closed and
//! what its close is made of has had time to arrive.
//!
//! IB goes on with a day's bar after the close: the closing auction prints minutes later, and quotes that
//! are delayed come a quarter of an hour later. A future's close is its settlement price, which its
//! exchange tells hours later. So a day ends a while after its session, a future's at 00:00 UTC of the
//! next day at the earliest. IB tells the sessions of the next days alone: any other day ends at 00:00
//! UTC of the next one too.
//!
//! Pure: it knows no clock.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use ibapi::contracts::SecurityType;
use polyfolio_model::{BarSize, Span, Ts};
use time::OffsetDateTime;
use time_tz::{Offset, TimeZone, timezones};

use crate::ContractFacts;
use crate::details::Hours;

/// How long after the end of its session a day is over.
const AFTER_CLOSE: Span = Span::from_secs(1_800);

/// When the bars of a contract are over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ends {
    days: BTreeMap<NaiveDate, Ts>,
}

impl Ends {
    /// Those of a contract: its days close with the last of their regular sessions, of which a market
    /// with a break at noon has two.
    pub(crate) fn of(facts: &ContractFacts) -> Self {
        let is_settled = facts.contract.security_type == SecurityType::Future;
        let mut days = BTreeMap::new();
        for (date, close) in closes(&facts.liquid_hours) {
            let over = match is_settled {
                true => (close + AFTER_CLOSE).max(next_midnight(date)),
                false => close + AFTER_CLOSE,
            };
            let day = days.entry(date).or_insert(over);
            *day = over.max(*day);
        }
        Self { days }
    }

    /// When a bar is over.
    pub(crate) fn of_bar(&self, size: BarSize, start: Ts) -> Ts {
        let day = match size {
            BarSize::Day1 => self.days.get(&start.date()),
            BarSize::Min1 | BarSize::Min5 | BarSize::Hour1 => None,
        };
        day.copied().unwrap_or(start + size.span())
    }
}

/// When sessions close, and on which trading days: a session is of the date it ends on, also when that
/// is its last instant.
fn closes(hours: &Hours) -> impl Iterator<Item = (NaiveDate, Ts)> {
    hours.sessions.iter().filter_map(|(_, to)| {
        let date = (*to - TimeDelta::seconds(1)).date();
        Some((date, instant(&hours.zone, *to)?))
    })
}

fn next_midnight(date: NaiveDate) -> Ts {
    Ts::on(date, 0) + BarSize::Day1.span()
}

/// An instant of a zone's own time, the later one of two; none when the zone is not known, or leaves
/// that time out.
fn instant(zone: &str, local: NaiveDateTime) -> Option<Ts> {
    let as_utc = local.and_utc();
    let shown = OffsetDateTime::from_unix_timestamp(as_utc.timestamp()).ok()?;
    let offset = timezones::get_by_name(zone)?.get_offset_local(&shown);
    let east = offset.take_second()?.to_utc().whole_seconds();
    let utc = Ts::from_nanos(as_utc.timestamp_nanos_opt()?);
    Some(utc - Span::from_secs(i64::from(east)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveTime;
    use ibapi::contracts::Contract;
    use polyfolio_model::{Instrument, Money};

    fn ends(kind: SecurityType, zone: &str, sessions: &[(&str, &str)]) -> Ends {
        let local = |text: &str| NaiveDateTime::parse_from_str(text, "%Y%m%d %H:%M").unwrap();
        let sessions = sessions.iter().map(|(from, to)| (local(from), local(to)));
        let hours = Hours {
            zone: zone.to_owned(),
            sessions: sessions.collect(),
        };
        Ends::of(&ContractFacts {
            instrument: Instrument {
                id: "AAA".into(),
                tick: 1.into(),
                lot: 1.into(),
                min_notional: Money::ZERO,
                currency: "USD".into(),
            },
            con_id: 1,
            contract: Contract {
                security_type: kind,
                ..Contract::default()
            },
            increments: vec![],
            multiplier: 1.into(),
            long_name: String::new(),
            trading_hours: Hours::default(),
            liquid_hours: hours,
        })
    }

    fn check(ends: &Ends, date: &str, expect: &str) {
        let start = Ts::on(date.parse().unwrap(), 0);
        let over = ends.of_bar(BarSize::Day1, start);
        assert_eq!(over.to_string(), expect, "{date}");
    }

    #[test]
    fn a_day_is_over_half_an_hour_after_its_session() {
        let sessions = [
            ("20261030 09:30", "20261030 16:00"),
            ("20261102 09:30", "20261102 16:00"),
            // The day after Thanksgiving ends at one.
            ("20261127 09:30", "20261127 13:00"),
        ];
        let ends = ends(SecurityType::Stock, "US/Eastern", &sessions);
        // Summer time, and winter time.
        check(&ends, "2026-10-30", "2026-10-30T20:30:00Z");
        check(&ends, "2026-11-02", "2026-11-02T21:30:00Z");
        check(&ends, "2026-11-27", "2026-11-27T18:30:00Z");
        // Of no other day is the session known.
        check(&ends, "2026-11-30", "2026-12-01T00:00:00Z");
        let start = Ts::on("2026-11-27".parse().unwrap(), 54_000);
        assert_eq!(
            ends.of_bar(BarSize::Min5, start),
            start + Span::from_secs(300)
        );
    }

    #[test]
    fn a_day_of_two_sessions_ends_with_the_second() {
        let sessions = [
            ("20261102 09:00", "20261102 11:30"),
            ("20261102 12:30", "20261102 15:30"),
        ];
        let ends = ends(SecurityType::Stock, "Japan", &sessions);
        check(&ends, "2026-11-02", "2026-11-02T07:00:00Z");
    }

    #[test]
    fn a_session_over_night_is_of_the_day_it_ends_on() {
        let sessions = [
            ("20261101 17:15", "20261102 17:00"),
            ("20261102 17:15", "20261103 00:00"),
        ];
        let ends = ends(SecurityType::ForexPair, "America/New_York", &sessions);
        check(&ends, "2026-11-02", "2026-11-03T05:30:00Z");
        check(&ends, "2026-11-03", "2026-11-04T00:00:00Z");
    }

    #[test]
    fn a_future_waits_for_its_settlement() {
        let sessions = [
            ("20261102 08:30", "20261102 15:15"),
            ("20261103 08:30", "20261103 20:00"),
        ];
        let ends = ends(SecurityType::Future, "US/Central", &sessions);
        check(&ends, "2026-11-02", "2026-11-03T00:00:00Z");
        check(&ends, "2026-11-03", "2026-11-04T02:30:00Z");
    }

    #[test]
    fn a_zone_that_is_not_known_is_no_end() {
        let ends = ends(
            SecurityType::Stock,
            "Mars/Olympus",
            &[("20261102 09:30", "20261102 16:00")],
        );
        assert_eq!(ends, Ends::default());
        check(&ends, "2026-11-02", "2026-11-03T00:00:00Z");
        // Two o'clock on the day that summer time begins is left out.
        let time = NaiveTime::from_hms_opt(2, 30, 0).unwrap();
        let spring = NaiveDate::from_ymd_opt(2026, 3, 8).unwrap().and_time(time);
        assert_eq!(instant("US/Eastern", spring), None);
        // Half past one when it ends is there twice, and the later one counts.
        let time = NaiveTime::from_hms_opt(1, 30, 0).unwrap();
        let autumn = NaiveDate::from_ymd_opt(2026, 11, 1).unwrap().and_time(time);
        let later = instant("US/Eastern", autumn).unwrap();
        assert_eq!(later.to_string(), "2026-11-01T06:30:00Z");
    }
}
