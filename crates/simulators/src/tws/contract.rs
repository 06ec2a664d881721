//! What kind of thing is traded, as far as its description on the wire differs from a stock's.

use chrono::{Datelike, Days, NaiveDate, NaiveTime, Weekday};
use polyfolio_model::{Price, Span, Ts};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The kinds of contracts that are simulated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// A stock.
    #[default]
    #[serde(rename = "STK")]
    Stock,
    /// An exchange-traded fund: on the wire a stock of another type.
    #[serde(rename = "ETF")]
    Etf,
    /// A future. The account books it as it books a stock: the multiplier is told, and not applied.
    #[serde(rename = "FUT")]
    Future,
    /// A pair of currencies: its symbol is the first one, its currency the second.
    #[serde(rename = "CASH")]
    Forex,
}

/// A contract's description. What is left out is as for a stock.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ContractTerms {
    /// What kind of thing it is.
    pub kind: Kind,
    /// Where orders for it go: `SMART` for stocks and funds, `IDEALPRO` for currencies, its
    /// primary exchange for a future.
    pub exchange: Option<String>,
    /// A future's last trading day.
    pub expiry: Option<NaiveDate>,
    /// Its trading class; its symbol otherwise.
    pub trading_class: Option<String>,
    /// Units of currency per point of price.
    pub multiplier: Option<Decimal>,
    /// Its price grid: from each price on, a step. Its tick everywhere when empty.
    pub rule: Vec<(Price, Price)>,
    /// When it trades, as is told: orders trade around the clock all the same. Always, without one.
    pub hours: Option<TradingDay>,
}

/// The hours of every weekday.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TradingDay {
    /// The zone as IB names it.
    pub zone: String,
    /// How far east of UTC it is, in seconds, all year round.
    pub east_s: i32,
    /// When a day begins; on the evening before if that is not earlier than its end.
    pub from: NaiveTime,
    /// When it ends.
    pub to: NaiveTime,
}

impl Kind {
    /// What the wire calls it.
    pub(crate) fn sec_type(self) -> &'static str {
        match self {
            Kind::Stock | Kind::Etf => "STK",
            Kind::Future => "FUT",
            Kind::Forex => "CASH",
        }
    }

    /// What the wire calls its type, where there is one.
    pub(crate) fn stock_type(self) -> Option<&'static str> {
        match self {
            Kind::Stock => Some("COMMON"),
            Kind::Etf => Some("ETF"),
            Kind::Future | Kind::Forex => None,
        }
    }
}

impl TradingDay {
    /// From when to when a date trades; weekends do not.
    pub(crate) fn of(&self, date: NaiveDate) -> Option<(Ts, Ts)> {
        if is_weekend(date) {
            return None;
        }
        let first = match self.is_overnight() {
            true => date.checked_sub_days(Days::new(1))?,
            false => date,
        };
        Some((self.at(first, self.from), self.at(date, self.to)))
    }

    /// The same as the wire has it, in the zone's own time.
    pub(crate) fn text(&self, date: NaiveDate) -> String {
        let day = |date: NaiveDate| date.format("%Y%m%d");
        let first = match self.is_overnight() {
            true => date.checked_sub_days(Days::new(1)).unwrap_or(date),
            false => date,
        };
        if is_weekend(date) {
            return format!("{}:CLOSED", day(date));
        }
        let (from, to) = (self.from.format("%H%M"), self.to.format("%H%M"));
        format!("{}:{from}-{}:{to}", day(first), day(date))
    }

    fn is_overnight(&self) -> bool {
        self.from >= self.to
    }

    fn at(&self, date: NaiveDate, time: NaiveTime) -> Ts {
        at(date, time) - Span::from_secs(i64::from(self.east_s))
    }
}

/// A time of day on a date, both UTC.
pub(crate) fn at(date: NaiveDate, time: NaiveTime) -> Ts {
    let since_midnight = time.signed_duration_since(NaiveTime::MIN).num_seconds();
    Ts::on(date, 0) + Span::from_secs(since_midnight)
}

pub(crate) fn is_weekend(date: NaiveDate) -> bool {
    matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_may_begin_on_the_evening_before() {
        let day = |from: &str, to: &str| TradingDay {
            zone: "US/Central".into(),
            east_s: -6 * 3_600,
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
        };
        let check = |day: &TradingDay, date: &str, text: &str, utc: Option<(&str, &str)>| {
            let date = date.parse().unwrap();
            let utc = utc.map(|(from, to)| (from.parse().unwrap(), to.parse().unwrap()));
            assert_eq!((day.text(date), day.of(date)), (text.to_owned(), utc));
        };
        let plain = day("08:30:00", "15:00:00");
        let utc = ("2022-12-01T14:30:00Z", "2022-12-01T21:00:00Z");
        check(
            &plain,
            "2022-12-01",
            "20221201:0830-20221201:1500",
            Some(utc),
        );
        check(&plain, "2022-12-03", "20221203:CLOSED", None);
        let overnight = day("17:00:00", "16:00:00");
        let utc = ("2022-12-04T23:00:00Z", "2022-12-05T22:00:00Z");
        check(
            &overnight,
            "2022-12-05",
            "20221204:1700-20221205:1600",
            Some(utc),
        );
    }
}
