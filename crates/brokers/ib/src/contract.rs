//! How IB calls what we trade.
//!
//! A description is what a person writes; the contract is what goes on the wire. Which of IB's
//! contracts it fits is IB's to say (`details`), and from then on the contract is its number.

use std::fmt;

use ibapi::contracts::{Contract, SecurityType};
use polyfolio_model::InstrumentId;
use serde::{Deserialize, Serialize};

use crate::config::is_currency;
use crate::error::ConfigFault;

/// What kind of thing is traded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SecType {
    /// A stock.
    #[default]
    #[serde(rename = "STK")]
    Stock,
    /// An exchange-traded fund; IB calls it a stock.
    #[serde(rename = "ETF")]
    Etf,
    /// A future: needs its exchange and its expiry.
    #[serde(rename = "FUT")]
    Future,
    /// A pair of currencies, as `EUR.USD`.
    #[serde(rename = "CASH")]
    Forex,
}

impl SecType {
    fn wire(self) -> SecurityType {
        match self {
            SecType::Stock | SecType::Etf => SecurityType::Stock,
            SecType::Future => SecurityType::Future,
            SecType::Forex => SecurityType::ForexPair,
        }
    }
}

impl fmt::Display for SecType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SecType::Stock => "STK",
            SecType::Etf => "ETF",
            SecType::Future => "FUT",
            SecType::Forex => "CASH",
        })
    }
}

/// How IB calls an instrument. What is left out has a default: the symbol is the instrument's own,
/// the exchange `SMART` (`IDEALPRO` for currencies), the currency `USD`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ContractSpec {
    /// What kind of thing it is.
    pub sec_type: SecType,
    /// IB's symbol; a currency pair's is `EUR.USD`.
    pub symbol: Option<String>,
    /// Where it is traded.
    pub exchange: Option<String>,
    /// Where it is listed: tells apart what shares a symbol.
    pub primary_exchange: Option<String>,
    /// What it is quoted in.
    pub currency: Option<String>,
    /// A future's month (`YYYYMM`) or last trading day (`YYYYMMDD`).
    pub expiry: Option<String>,
    /// A future's trading class, where one symbol has several.
    pub trading_class: Option<String>,
    /// A future's multiplier, where one symbol has several.
    pub multiplier: Option<String>,
    /// IB's own number for it; beside it only the exchange counts.
    pub con_id: Option<i32>,
}

impl ContractSpec {
    /// The contract to ask IB for.
    pub fn contract(&self, instrument: &InstrumentId) -> Result<Contract, ConfigFault> {
        for (key, value) in self.texts() {
            if value.is_some_and(|text| text.trim().is_empty()) {
                return Err(ConfigFault::new(key, "is empty: set it or leave it out"));
            }
        }
        let symbol = self.symbol.as_deref().unwrap_or(instrument.as_str());
        if symbol.is_empty() {
            return Err(ConfigFault::new("symbol", "is empty"));
        }
        if self.con_id.is_some_and(|id| id <= 0) {
            return Err(ConfigFault::new("con_id", "must be above 0"));
        }
        let mut contract = match self.sec_type {
            SecType::Stock | SecType::Etf => self.listed(symbol, "SMART"),
            SecType::Future => self.future(symbol)?,
            SecType::Forex => self.pair(symbol)?,
        };
        if let Some(con_id) = self.con_id {
            contract.contract_id = con_id;
        }
        if !is_currency(contract.currency.as_str()) {
            let what = "is no currency code: three capital letters are expected";
            return Err(ConfigFault::new("currency", what));
        }
        Ok(contract)
    }

    fn listed(&self, symbol: &str, exchange: &str) -> Contract {
        Contract {
            symbol: symbol.into(),
            security_type: self.sec_type.wire(),
            exchange: self.exchange.as_deref().unwrap_or(exchange).into(),
            primary_exchange: self.primary_exchange.as_deref().unwrap_or("").into(),
            currency: self.currency.as_deref().unwrap_or("USD").into(),
            trading_class: self.trading_class.clone().unwrap_or_default(),
            multiplier: self.multiplier.clone().unwrap_or_default(),
            ..Contract::default()
        }
    }

    fn future(&self, symbol: &str) -> Result<Contract, ConfigFault> {
        if self.exchange.is_none() {
            let what = "is missing: a future has no smart routing, name its exchange (CME, EUREX)";
            return Err(ConfigFault::new("exchange", what));
        }
        let expiry = self.expiry.as_deref().unwrap_or("");
        let is_date = matches!(expiry.len(), 6 | 8) && expiry.bytes().all(|b| b.is_ascii_digit());
        if !is_date && self.con_id.is_none() {
            let what = "is missing or no date: YYYYMM or YYYYMMDD is expected";
            return Err(ConfigFault::new("expiry", what));
        }
        Ok(Contract {
            last_trade_date_or_contract_month: expiry.to_owned(),
            ..self.listed(symbol, "")
        })
    }

    fn pair(&self, symbol: &str) -> Result<Contract, ConfigFault> {
        let pair = symbol.split_once(['.', '/']);
        let fault = || {
            let what = "is no pair of currencies: EUR.USD is expected";
            ConfigFault::new("symbol", what)
        };
        let (base, quoted) = pair.ok_or_else(fault)?;
        if !is_currency(base) || !is_currency(quoted) {
            return Err(fault());
        }
        if self.currency.as_deref().is_some_and(|c| c != quoted) {
            let what = "is not the pair's second currency: leave it out";
            return Err(ConfigFault::new("currency", what));
        }
        Ok(Contract {
            currency: quoted.into(),
            ..self.listed(base, "IDEALPRO")
        })
    }

    fn texts(&self) -> [(&'static str, Option<&str>); 7] {
        [
            ("symbol", self.symbol.as_deref()),
            ("exchange", self.exchange.as_deref()),
            ("primary_exchange", self.primary_exchange.as_deref()),
            ("currency", self.currency.as_deref()),
            ("expiry", self.expiry.as_deref()),
            ("trading_class", self.trading_class.as_deref()),
            ("multiplier", self.multiplier.as_deref()),
        ]
    }
}

/// A contract in a few words, for messages.
pub(crate) fn in_words(contract: &Contract) -> String {
    if contract.contract_id != 0 {
        return format!("con_id {} on {}", contract.contract_id, contract.exchange);
    }
    let parts = [
        contract.symbol.as_str(),
        contract.security_type.as_str(),
        contract.last_trade_date_or_contract_month.as_str(),
        contract.exchange.as_str(),
        contract.primary_exchange.as_str(),
        contract.currency.as_str(),
    ];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(instrument: &str, spec: &str, expect: Result<&str, &str>) {
        let spec: ContractSpec = toml::from_str(spec).unwrap();
        let got = spec.contract(&instrument.into());
        let got = got.as_ref().map(in_words).map_err(|f| f.key.as_str());
        assert_eq!(got, expect.map(str::to_owned), "{instrument}");
    }

    #[test]
    fn a_stock_needs_nothing_but_its_name() {
        check("SPY", "", Ok("SPY STK SMART USD"));
        check("SPY", "sec_type = \"ETF\"", Ok("SPY STK SMART USD"));
        let vow = "symbol = \"VOW3\"\nprimary_exchange = \"IBIS\"\ncurrency = \"EUR\"";
        check("VW", vow, Ok("VOW3 STK SMART IBIS EUR"));
        check("BRK B", "", Ok("BRK B STK SMART USD"));
        check("X", "currency = \"usd\"", Err("currency"));
        check("X", "exchange = \" \"", Err("exchange"));
    }

    #[test]
    fn a_future_needs_its_exchange_and_its_expiry() {
        let es = "sec_type = \"FUT\"\nexchange = \"CME\"\n";
        check(
            "ES",
            &format!("{es}expiry = \"202303\""),
            Ok("ES FUT 202303 CME USD"),
        );
        check("ES", es, Err("expiry"));
        check("ES", &format!("{es}expiry = \"March\""), Err("expiry"));
        check(
            "ES",
            "sec_type = \"FUT\"\nexpiry = \"202303\"",
            Err("exchange"),
        );
        check("ES", &format!("{es}con_id = 5"), Ok("con_id 5 on CME"));
    }

    #[test]
    fn a_currency_pair_is_written_with_a_point() {
        let forex = "sec_type = \"CASH\"";
        check("EUR.USD", forex, Ok("EUR CASH IDEALPRO USD"));
        check("GBP/JPY", forex, Ok("GBP CASH IDEALPRO JPY"));
        check("EURUSD", forex, Err("symbol"));
        let other = format!("{forex}\ncurrency = \"CHF\"");
        check("EUR.USD", &other, Err("currency"));
    }

    #[test]
    fn a_number_is_enough() {
        check("SPY", "con_id = 756733", Ok("con_id 756733 on SMART"));
        check("SPY", "con_id = 0", Err("con_id"));
    }
}
