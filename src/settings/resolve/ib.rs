//! `[broker.ib]` and `[instrument.NAME.ib]`: an account at Interactive Brokers.

use polyfolio_broker_ib::{ContractSpec, Day, IbConfig, MaintenanceWindow, SecType};
use polyfolio_model::{Currency, Span};

use super::Check;
use crate::settings::choices::{IbMarketData, IbSecType, Mode};
use crate::settings::fault::Fault;
use crate::settings::key::Key;
use crate::settings::raw;

/// The greatest client id: whoever looks beside a run has one that is 1,000 greater, and IB's are
/// reasonable up to 999,999.
const CLIENT_ID_MAX: i32 = 998_999;

/// The longest wait between two attempts to connect, unless the first is longer.
const RECONNECT_MAX_MS: u32 = 60_000;

/// The account, without contracts yet.
pub(super) fn account(
    check: &Check<'_>,
    raw: raw::Ib,
    mode: Mode,
    base_currency: &Currency,
) -> Result<IbConfig, Fault> {
    let key = |name: &str| Key::of(["broker", "ib", name]);
    let port = u16::try_from(raw.port)
        .map_err(|_| check.refuse(&key("port"), "port is above 65535", "a port such as 4002"))?;
    let client_id = i32::try_from(raw.client_id).unwrap_or(i32::MAX);
    if client_id > CLIENT_ID_MAX {
        let what = format!("client_id is above {CLIENT_ID_MAX}");
        return Err(check.refuse(&key("client_id"), what, "a number such as 17"));
    }
    let lengths = [
        ("connect_timeout", raw.connect_timeout),
        ("request_timeout", raw.request_timeout),
        ("snapshot_timeout", raw.snapshot_timeout),
        ("heartbeat", raw.heartbeat),
        ("ack_timeout", raw.ack_timeout),
        ("absence_horizon", raw.absence_horizon),
        ("propagation_lag", raw.propagation_lag),
        ("settle", raw.settle),
        ("reconnect", raw.reconnect),
    ];
    let mut millis = [0_u32; 9];
    for ((name, length), slot) in lengths.into_iter().zip(&mut millis) {
        *slot = whole_millis(length).ok_or_else(|| {
            let what = format!("{name} is not between 1ms and 40d");
            check.refuse(&key(name), what, "a length such as \"10s\"")
        })?;
    }
    let [
        connect,
        request,
        snapshot,
        heartbeat,
        ack,
        absence,
        lag,
        settle,
        reconnect,
    ] = millis;
    let maintenance = windows(&raw.maintenance).map_err(|what| {
        let expected = "windows in UTC such as \"03:45-06:00, sat 03:00-08:00\"";
        check.refuse(&key("maintenance"), what, expected)
    })?;
    let config = IbConfig {
        host: raw.host,
        port,
        client_id,
        account: raw.account,
        live: mode == Mode::Live,
        base_currency: base_currency.clone(),
        connect_timeout_ms: connect,
        request_timeout_ms: request,
        snapshot_timeout_ms: snapshot,
        heartbeat_interval_ms: heartbeat,
        ack_timeout_ms: ack,
        absence_horizon_ms: absence,
        propagation_lag_ms: lag,
        settle_ms: settle,
        backoff_first_ms: reconnect,
        backoff_max_ms: reconnect.max(RECONNECT_MAX_MS),
        market_data_type: match raw.market_data {
            IbMarketData::Live => 1,
            IbMarketData::Frozen => 2,
            IbMarketData::Delayed => 3,
            IbMarketData::DelayedFrozen => 4,
        },
        outside_rth: raw.outside_rth,
        messages_per_second: raw.messages_per_second,
        cancels_reserve: raw.cancels_reserve,
        maintenance,
        ..IbConfig::default()
    };
    match config.faults().into_iter().next() {
        None => Ok(config),
        Some(fault) => {
            let what = format!("{} {}", fault.key, fault.what);
            Err(check.refuse(&key(&fault.key), what, "another value"))
        }
    }
}

/// What a table says of a contract, but for its kind and currency.
pub(super) fn contract(
    check: &Check<'_>,
    instrument: &str,
    raw: raw::IbContract,
) -> Result<ContractSpec, Fault> {
    let con_id = raw.con_id.map(i32::try_from).transpose().map_err(|_| {
        let key = Key::of(["instrument", instrument, "ib", "con_id"]);
        check.refuse(&key, "con_id is too great", "IB's number of a contract")
    })?;
    Ok(ContractSpec {
        sec_type: SecType::default(),
        symbol: raw.symbol,
        exchange: raw.exchange,
        primary_exchange: raw.primary_exchange,
        currency: None,
        expiry: raw.expiry,
        trading_class: raw.trading_class,
        multiplier: raw.multiplier,
        con_id,
    })
}

pub(super) fn sec_type(raw: IbSecType) -> SecType {
    match raw {
        IbSecType::Stock => SecType::Stock,
        IbSecType::Etf => SecType::Etf,
        IbSecType::Future => SecType::Future,
        IbSecType::Forex => SecType::Forex,
    }
}

fn whole_millis(length: Span) -> Option<u32> {
    let millis = u32::try_from(length.nanos() / 1_000_000).ok()?;
    (millis > 0 && millis < 40 * 86_400_000).then_some(millis)
}

/// Reads `[DAY…] HH:MM-HH:MM`, several with commas between them.
fn windows(text: &str) -> Result<Vec<MaintenanceWindow>, String> {
    let parts = text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    parts.map(window).collect()
}

fn window(text: &str) -> Result<MaintenanceWindow, String> {
    let mut words: Vec<&str> = text.split_whitespace().collect();
    let hours = words.pop().unwrap_or_default();
    let (from, to) = hours
        .split_once('-')
        .ok_or_else(|| format!("{hours:?} is no window of time"))?;
    let days = words.into_iter().map(day).collect::<Result<_, _>>()?;
    Ok(MaintenanceWindow {
        from: from.parse().map_err(|error| format!("{error}"))?,
        to: to.parse().map_err(|error| format!("{error}"))?,
        days,
    })
}

fn day(text: &str) -> Result<Day, String> {
    Ok(match text.to_lowercase().as_str() {
        "mon" => Day::Mon,
        "tue" => Day::Tue,
        "wed" => Day::Wed,
        "thu" => Day::Thu,
        "fri" => Day::Fri,
        "sat" => Day::Sat,
        "sun" => Day::Sun,
        _ => return Err(format!("{text:?} is no day: mon, tue, … sun are expected")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_read_or_say_what_is_wrong() {
        let read = windows("03:45-06:00, sat Sun 03:00-08:00").unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!(read[0].days, []);
        assert_eq!(read[1].days, [Day::Sat, Day::Sun]);
        assert_eq!(read[1].to.to_string(), "08:00");
        assert_eq!(windows(" ").unwrap(), []);
        for (text, what) in [
            ("03:45", "no window of time"),
            ("03:45-25:00", "no time of day"),
            ("someday 03:45-04:00", "no day"),
        ] {
            let said = windows(text).unwrap_err();
            assert!(said.contains(what), "{text}: {said}");
        }
    }
}
