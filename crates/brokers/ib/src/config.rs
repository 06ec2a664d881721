//! What a connection to TWS or IB Gateway is made of. Pure: it says what is wrong with itself and
//! touches nothing.
//!
//! Lengths of time are whole milliseconds or seconds, and say so in their names.

use std::collections::BTreeMap;

use polyfolio_model::{Currency, InstrumentId, Span};
use serde::{Deserialize, Serialize};

use crate::contract::ContractSpec;
use crate::error::ConfigFault;
use crate::maintenance::MaintenanceWindow;

/// Messages a second that IB allows one gateway; more and it hangs up.
const MESSAGES_PER_SECOND_MAX: u32 = 50;

/// The greatest client id that is reasonable; TWS takes any that is not negative.
const CLIENT_ID_MAX: i32 = 999_999;

/// An account at Interactive Brokers, and how to reach it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IbConfig {
    /// Where TWS or IB Gateway runs.
    pub host: String,
    /// Its API port: 7497 and 4002 are the paper accounts of TWS and IB Gateway, 7496 and 4001 the
    /// live ones.
    pub port: u16,
    /// Who we are at the gateway. Orders can be changed by the client that placed them alone, so it
    /// never changes for a state directory, and nobody else may use it.
    pub client_id: i32,
    /// Which account; without, the login's only one.
    pub account: Option<String>,
    /// Whether an account with real money may be used. A paper account's name begins with `D`.
    pub live: bool,
    /// What the account is valued in.
    pub base_currency: Currency,

    /// How long a connection may take until it is given up.
    pub connect_timeout_ms: u32,
    /// How long an answer may take.
    pub request_timeout_ms: u32,
    /// How long the answer to "everything you know" may take.
    pub snapshot_timeout_ms: u32,
    /// How long a message may take until the system has it. Longer, and nobody reads at the other
    /// end.
    pub write_timeout_ms: u32,
    /// The time between two questions whether the gateway is there.
    pub heartbeat_interval_ms: u32,
    /// How long it may take to say yes; then the connection is down, whatever the socket says.
    pub heartbeat_timeout_ms: u32,
    /// How long to wait before the first attempt to connect again.
    pub backoff_first_ms: u32,
    /// How long to wait at most.
    pub backoff_max_ms: u32,
    /// The gateway's clock may differ from ours by so much before a person is told.
    pub clock_offset_max_ms: u32,
    /// How often a person is told again of a connection that stays down.
    pub alarm_every_s: u32,
    /// The seed of the jitter.
    pub seed: u64,

    /// Which quotes: 1 live, 2 frozen, 3 delayed, 4 delayed and frozen.
    pub market_data_type: u8,
    /// Whether orders may trade outside regular hours.
    pub outside_rth: bool,
    /// How many messages a second are sent at most.
    pub messages_per_second: u32,
    /// How many of them only cancels may use.
    pub cancels_reserve: u32,
    /// When IB or the gateway restarts: a connection that is lost then is no alarm.
    pub maintenance: Vec<MaintenanceWindow>,

    /// After this long without a word about an order it is asked for.
    pub ack_timeout_ms: u32,
    /// After this long an order that is in no list was not accepted in time.
    pub absence_horizon_ms: u32,
    /// How long a fact may take to appear in every list.
    pub propagation_lag_ms: u32,
    /// How long after the end of an order a last fill may come.
    pub settle_ms: u32,
    /// Whether an order that is in no list after the horizon is believed never to come. Off: it is
    /// sent again under the same order id while it is wanted, and otherwise a person decides.
    pub late_acceptance_bounded: bool,

    /// What is traded, and how IB calls it.
    pub contracts: BTreeMap<InstrumentId, ContractSpec>,
}

impl Default for IbConfig {
    fn default() -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port: 4002,
            client_id: 17,
            account: None,
            live: false,
            base_currency: "USD".into(),
            connect_timeout_ms: 10_000,
            request_timeout_ms: 10_000,
            snapshot_timeout_ms: 30_000,
            write_timeout_ms: 5_000,
            heartbeat_interval_ms: 15_000,
            heartbeat_timeout_ms: 10_000,
            backoff_first_ms: 1_000,
            backoff_max_ms: 60_000,
            clock_offset_max_ms: 2_000,
            alarm_every_s: 900,
            seed: 1,
            market_data_type: 1,
            outside_rth: false,
            messages_per_second: 45,
            cancels_reserve: 10,
            maintenance: Vec::new(),
            ack_timeout_ms: 10_000,
            absence_horizon_ms: 30_000,
            propagation_lag_ms: 5_000,
            settle_ms: 3_000,
            late_acceptance_bounded: false,
            contracts: BTreeMap::new(),
        }
    }
}

impl IbConfig {
    /// Everything that is wrong with it, by key.
    pub fn faults(&self) -> Vec<ConfigFault> {
        let mut faults = Vec::new();
        let mut demand = |holds: bool, key: &str, what: &str| {
            if !holds {
                faults.push(ConfigFault::new(key, what));
            }
        };
        demand(!self.host.trim().is_empty(), "host", "is empty");
        demand(self.port != 0, "port", "is 0");
        let id = self.client_id;
        demand(
            (1..=CLIENT_ID_MAX).contains(&id),
            "client_id",
            "must be from 1 to 999999: 0 is the client that manual orders are bound to",
        );
        let account = self.account.as_deref();
        demand(
            account.is_none_or(|a| !a.trim().is_empty()),
            "account",
            "is empty: name the account, or leave the key out",
        );
        let base = self.base_currency.as_str();
        demand(is_currency(base), "base_currency", "is no currency code");
        for (key, value) in self.lengths() {
            demand(value > 0, key, "must be above 0");
        }
        demand(
            self.backoff_first_ms <= self.backoff_max_ms,
            "backoff_max_ms",
            "is below backoff_first_ms",
        );
        demand(
            (1..=4).contains(&self.market_data_type),
            "market_data_type",
            "must be 1 (live), 2 (frozen), 3 (delayed) or 4 (delayed and frozen)",
        );
        demand(
            (2..=MESSAGES_PER_SECOND_MAX).contains(&self.messages_per_second),
            "messages_per_second",
            "must be from 2 to 50: IB hangs up on more",
        );
        demand(
            self.cancels_reserve < self.messages_per_second,
            "cancels_reserve",
            "must be below messages_per_second, or nothing but cancels is ever sent",
        );
        for (id, spec) in &self.contracts {
            if let Err(fault) = spec.contract(id) {
                let key = format!("contracts.\"{id}\".{}", fault.key);
                faults.push(ConfigFault::new(&key, &fault.what));
            }
        }
        faults
    }

    fn lengths(&self) -> [(&'static str, u32); 11] {
        [
            ("connect_timeout_ms", self.connect_timeout_ms),
            ("request_timeout_ms", self.request_timeout_ms),
            ("snapshot_timeout_ms", self.snapshot_timeout_ms),
            ("write_timeout_ms", self.write_timeout_ms),
            ("heartbeat_interval_ms", self.heartbeat_interval_ms),
            ("heartbeat_timeout_ms", self.heartbeat_timeout_ms),
            ("backoff_first_ms", self.backoff_first_ms),
            ("clock_offset_max_ms", self.clock_offset_max_ms),
            ("alarm_every_s", self.alarm_every_s),
            ("ack_timeout_ms", self.ack_timeout_ms),
            ("absence_horizon_ms", self.absence_horizon_ms),
        ]
    }

    /// The gateway's address.
    pub(crate) fn address(&self) -> String {
        // An address of the sixth version stands in brackets before a port.
        let is_v6 = self.host.contains(':') && !self.host.starts_with('[');
        match is_v6 {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }
}

/// A length of a configuration.
pub(crate) fn millis(value: u32) -> Span {
    Span::from_millis(i64::from(value))
}

pub(crate) fn is_currency(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(config: &IbConfig) -> Vec<String> {
        config.faults().into_iter().map(|f| f.key).collect()
    }

    #[test]
    fn the_default_is_sound_and_trades_paper() {
        let config = IbConfig::default();
        assert_eq!(config.faults(), []);
        assert!(!config.live);
        assert_eq!(config.address(), "127.0.0.1:4002");
    }

    #[test]
    fn every_fault_is_named_by_its_key() {
        let config = IbConfig {
            host: " ".into(),
            port: 0,
            client_id: 0,
            account: Some(String::new()),
            base_currency: "dollars".into(),
            heartbeat_timeout_ms: 0,
            backoff_first_ms: 2,
            backoff_max_ms: 1,
            market_data_type: 5,
            messages_per_second: 51,
            cancels_reserve: 51,
            ..IbConfig::default()
        };
        let expect = [
            "host",
            "port",
            "client_id",
            "account",
            "base_currency",
            "heartbeat_timeout_ms",
            "backoff_max_ms",
            "market_data_type",
            "messages_per_second",
            "cancels_reserve",
        ];
        assert_eq!(keys(&config), expect);
    }

    #[test]
    fn a_contract_that_lacks_something_is_named_with_its_instrument() {
        let text = "[contracts.ES]\nsec_type = \"FUT\"\nexchange = \"CME\"\n";
        let config: IbConfig = toml::from_str(text).unwrap();
        assert_eq!(keys(&config), ["contracts.\"ES\".expiry"]);
    }

    #[test]
    fn what_is_not_known_is_refused() {
        assert!(toml::from_str::<IbConfig>("adress = \"x\"").is_err());
        let windows = "maintenance = [{ from = \"23:45\", to = \"00:45\", days = [\"sun\"] }]";
        let config: IbConfig = toml::from_str(windows).unwrap();
        assert_eq!(config.maintenance.len(), 1);
    }

    #[test]
    fn an_address_of_the_sixth_version_stands_in_brackets() {
        let config = IbConfig {
            host: "::1".into(),
            ..IbConfig::default()
        };
        assert_eq!(config.address(), "[::1]:4002");
    }
}
