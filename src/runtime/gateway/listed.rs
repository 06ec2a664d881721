//! What the simulator lists: an instrument as `[instrument.X.ib]` describes it to the connector, so
//! that the one configuration fits both.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use polyfolio_broker_ib::{ContractSpec, SecType};
use polyfolio_market_data::History;
use polyfolio_matching::Listing;
use polyfolio_model::{InstrumentId, Price};
use polyfolio_simulators::tws::{ContractTerms, Kind, Stock};

/// Where stocks are listed that do not say where.
const EXCHANGE: &str = "NASDAQ";

/// The contract of an instrument, numbered unless its description has a number.
pub(super) fn contract(
    number: i32,
    listing: Listing,
    spec: &ContractSpec,
    history: Option<&History>,
) -> Stock {
    let id = listing.instrument.id.clone();
    let closes = history.map_or_else(Vec::new, |history| closes(history, &id));
    let symbol = spec.symbol.clone().unwrap_or_else(|| id.to_string());
    let kind = kind(spec.sec_type);
    let first = symbol.split(['.', '/']).next().unwrap_or(&symbol);
    let last_date = history.and_then(History::last_date);
    Stock {
        con_id: spec.con_id.unwrap_or(number),
        primary_exchange: exchange(kind, spec),
        long_name: id.to_string(),
        start: closes.last().map(|(_, close)| *close),
        terms: ContractTerms {
            kind,
            exchange: spec.exchange.clone(),
            expiry: (kind == Kind::Future).then(|| expiry(spec, last_date)),
            trading_class: spec.trading_class.clone(),
            multiplier: spec
                .multiplier
                .as_deref()
                .and_then(|text| text.parse().ok()),
            ..ContractTerms::default()
        },
        symbol: match kind {
            Kind::Forex => first.to_owned(),
            _ => symbol,
        },
        listing,
        closes,
    }
}

fn kind(of: SecType) -> Kind {
    match of {
        SecType::Stock => Kind::Stock,
        SecType::Etf => Kind::Etf,
        SecType::Future => Kind::Future,
        SecType::Forex => Kind::Forex,
    }
}

fn exchange(kind: Kind, spec: &ContractSpec) -> String {
    let named = spec.primary_exchange.clone();
    match kind {
        Kind::Stock | Kind::Etf => named.unwrap_or_else(|| EXCHANGE.to_owned()),
        Kind::Future | Kind::Forex => spec.exchange.clone().unwrap_or_default(),
    }
}

/// A future's last day: the one that is named, or the third Friday of its month; of next December
/// where nothing is named.
fn expiry(spec: &ContractSpec, last_date: Option<NaiveDate>) -> NaiveDate {
    let text = spec.expiry.as_deref().unwrap_or("");
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y%m%d") {
        return date;
    }
    let first = NaiveDate::parse_from_str(&format!("{text}01"), "%Y%m%d");
    let year = last_date.map_or(2_030, |date| date.year() + 1);
    let december = NaiveDate::from_ymd_opt(year, 12, 1).unwrap_or_default();
    let first = first.unwrap_or(december);
    let to_friday = (Weekday::Fri.days_since(first.weekday())) as u64;
    first
        .checked_add_days(Days::new(to_friday + 14))
        .unwrap_or(first)
}

fn closes(history: &History, id: &InstrumentId) -> Vec<(NaiveDate, Price)> {
    let Some(column) = history.column(id) else {
        return Vec::new();
    };
    let own = history.own_closes(column);
    own.map(|(row, price)| (history.dates()[row], price))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_future_expires_on_its_day_or_the_third_friday_of_its_month() {
        let check = |named: Option<&str>, expect: &str| {
            let spec = ContractSpec {
                expiry: named.map(str::to_owned),
                ..ContractSpec::default()
            };
            let last = "2022-12-30".parse().ok();
            assert_eq!(expiry(&spec, last).to_string(), expect, "{named:?}");
        };
        check(Some("20230316"), "2023-03-16");
        check(Some("202303"), "2023-03-17");
        check(Some("202209"), "2022-09-16");
        check(None, "2023-12-15");
    }
}
