//! What a client asks for, read: how long its bars are, how far back they go, and to when.

use chrono::{Months, NaiveDateTime};
use polyfolio_model::Ts;

use super::Show;
use crate::tws::messages::HistoricalDataRequest;
use crate::tws::notices::Notice;

const DAY_S: i64 = 86_400;

/// The lengths there are, and the longest span of each in seconds: the steps that IB publishes.
const LENGTHS: [(&str, i64, i64); 15] = [
    ("1 min", 60, DAY_S),
    ("2 mins", 120, 2 * DAY_S),
    ("3 mins", 180, 7 * DAY_S),
    ("5 mins", 300, 7 * DAY_S),
    ("10 mins", 600, 7 * DAY_S),
    ("15 mins", 900, 7 * DAY_S),
    ("20 mins", 1_200, 7 * DAY_S),
    ("30 mins", 1_800, 31 * DAY_S),
    ("1 hour", 3_600, 31 * DAY_S),
    ("2 hours", 7_200, 31 * DAY_S),
    ("3 hours", 10_800, 31 * DAY_S),
    ("4 hours", 14_400, 31 * DAY_S),
    ("8 hours", 28_800, 31 * DAY_S),
    ("1 day", DAY_S, i64::MAX),
    ("1D", DAY_S, i64::MAX),
];

/// How long a bar is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BarLength {
    /// So many seconds, counted from midnight.
    Seconds(i64),
    /// A trading day.
    Day,
}

/// How far back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HowFar {
    Seconds(i64),
    /// Days that traded.
    Days(u32),
    Months(u32),
}

/// A request that makes sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Query {
    pub(crate) length: BarLength,
    pub(crate) span: HowFar,
    /// Now, without one.
    pub(crate) end: Option<Ts>,
    pub(crate) show: Show,
    /// Regular hours alone.
    pub(crate) regular: bool,
    /// Whether times are told in seconds since the epoch.
    pub(crate) in_seconds: bool,
    pub(crate) keeps_up: bool,
}

impl Query {
    pub(crate) fn of(request: &HistoricalDataRequest) -> Result<Self, Notice> {
        let setting = request.bar_size_setting.as_deref().unwrap_or("");
        let length = LENGTHS.iter().find(|(name, ..)| *name == setting);
        let Some((_, seconds, span_max)) = length.copied() else {
            return Err(invalid("bar size", setting));
        };
        let text = request.duration.as_deref().unwrap_or("");
        let span = HowFar::of(text)?;
        if span.seconds() > span_max {
            return Err(Notice::HistoryRefused("Time length exceed max.".into()));
        }
        let shows = request.what_to_show.as_deref().unwrap_or("");
        let keeps_up = request.keep_up_to_date == Some(true);
        let end = end(request.end_date_time.as_deref().unwrap_or(""))?;
        if keeps_up && end.is_some() {
            let what = "an end time cannot be kept up to date".to_owned();
            return Err(Notice::Invalid(what));
        }
        let format = request.format_date.unwrap_or(1);
        if !(1..=2).contains(&format) {
            return Err(invalid("date format", &format.to_string()));
        }
        Ok(Self {
            length: match seconds {
                DAY_S => BarLength::Day,
                seconds => BarLength::Seconds(seconds),
            },
            span,
            end,
            show: Show::of(shows).ok_or_else(|| invalid("what to show", shows))?,
            regular: request.use_rth == Some(true),
            in_seconds: format == 2,
            keeps_up,
        })
    }
}

impl HowFar {
    fn of(text: &str) -> Result<Self, Notice> {
        let fault = || invalid("duration", text);
        let (number, unit) = text.split_once(' ').ok_or_else(fault)?;
        let number: u32 = number.parse().map_err(|_| fault())?;
        if !(1..=100_000).contains(&number) {
            return Err(fault());
        }
        match unit {
            "S" => Ok(Self::Seconds(i64::from(number))),
            "D" if number > 365 => {
                let what = "a duration of more than 365 days is asked for in years (Y)".to_owned();
                Err(Notice::Invalid(what))
            }
            "D" => Ok(Self::Days(number)),
            "W" => Ok(Self::Seconds(i64::from(number) * 7 * DAY_S)),
            "M" => Ok(Self::Months(number)),
            "Y" if number <= 200 => Ok(Self::Months(number * 12)),
            _ => Err(fault()),
        }
    }

    /// About how long it is.
    fn seconds(self) -> i64 {
        match self {
            Self::Seconds(seconds) => seconds,
            Self::Days(days) => i64::from(days) * DAY_S,
            Self::Months(months) => i64::from(months) * 31 * DAY_S,
        }
    }

    /// Where it begins, when it ends at `end`; days that traded are not counted here.
    pub(crate) fn before(self, end: Ts) -> Option<Ts> {
        match self {
            Self::Seconds(seconds) => Some(end - polyfolio_model::Span::from_secs(seconds)),
            Self::Months(months) => {
                let begins = end.datetime().checked_sub_months(Months::new(months));
                let nanos = begins.and_then(|time| time.timestamp_nanos_opt());
                Some(nanos.map_or(Ts::MIN, Ts::from_nanos))
            }
            Self::Days(_) => None,
        }
    }
}

/// A time as clients write it, in UTC; without a zone it is UTC too, as this gateway's is.
fn end(text: &str) -> Result<Option<Ts>, Notice> {
    if text.is_empty() {
        return Ok(None);
    }
    let (time, zone) = match text.splitn(3, ' ').collect::<Vec<_>>().as_slice() {
        [date, time, zone] => (format!("{date} {time}"), (*zone).to_owned()),
        _ => (text.replacen('-', " ", 1), "UTC".to_owned()),
    };
    let time = NaiveDateTime::parse_from_str(&time, "%Y%m%d %H:%M:%S").ok();
    let is_known = matches!(zone.as_str(), "UTC" | "GMT" | "Etc/UTC");
    let nanos = time.filter(|_| is_known);
    let nanos = nanos.and_then(|time| time.and_utc().timestamp_nanos_opt());
    let told = || {
        let text = "End Date/Time: The date, time, or time-zone entered is invalid. \
                    yyyymmdd hh:mm:ss UTC is understood here.";
        Notice::coded(10_314, Some(text.to_owned()))
    };
    nanos
        .map(|nanos| Some(Ts::from_nanos(nanos)))
        .ok_or_else(told)
}

fn invalid(what: &str, value: &str) -> Notice {
    Notice::Invalid(format!(
        "Historical data {what} setting is invalid: {value:?}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(length: &str, span: &str, end: &str) -> HistoricalDataRequest {
        HistoricalDataRequest {
            req_id: Some(1),
            end_date_time: Some(end.into()),
            bar_size_setting: Some(length.into()),
            duration: Some(span.into()),
            what_to_show: Some("TRADES".into()),
            ..HistoricalDataRequest::default()
        }
    }

    #[test]
    fn what_is_asked_for_is_read() {
        let query = Query::of(&request("5 mins", "2 D", "20221201 21:00:05 UTC")).unwrap();
        assert_eq!(query.length, BarLength::Seconds(300));
        assert_eq!(query.span, HowFar::Days(2));
        assert_eq!(query.end, Some("2022-12-01T21:00:05Z".parse().unwrap()));
        let dashed = Query::of(&request("1 day", "1 Y", "20221201-21:00:05")).unwrap();
        assert_eq!((dashed.end, dashed.span), (query.end, HowFar::Months(12)));
        let begins = dashed.span.before(dashed.end.unwrap()).unwrap();
        assert_eq!(begins.to_string(), "2021-12-01T21:00:05Z");
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_its_number() {
        let check = |length, span, end, code| {
            let said = Query::of(&request(length, span, end)).unwrap_err();
            assert_eq!(said.code(), code, "{length} {span} {end}: {}", said.text());
        };
        check("7 mins", "1 D", "", 321);
        check("1 min", "1 X", "", 321);
        check("1 min", "0 D", "", 321);
        check("1 day", "366 D", "", 321);
        check("1 min", "2 D", "", 162);
        check("5 mins", "1 M", "", 162);
        check("1 min", "1 D", "20221201 21:00:05 US/Eastern", 10_314);
        check("1 min", "1 D", "yesterday", 10_314);
        let up_to_date = HistoricalDataRequest {
            keep_up_to_date: Some(true),
            ..request("1 min", "1 D", "20221201-21:00:05")
        };
        assert_eq!(Query::of(&up_to_date).unwrap_err().code(), 321);
    }
}
