//! What is traded.

/// A contract, as far as what is simulated needs it.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Contract {
    /// Field 1: con id.
    #[prost(int32, optional, tag = "1")]
    pub con_id: Option<i32>,
    /// Field 2: symbol.
    #[prost(string, optional, tag = "2")]
    pub symbol: Option<String>,
    /// Field 3: sec type.
    #[prost(string, optional, tag = "3")]
    pub sec_type: Option<String>,
    /// Field 4: last trade date or contract month.
    #[prost(string, optional, tag = "4")]
    pub last_trade_date_or_contract_month: Option<String>,
    /// Field 5: strike.
    #[prost(double, optional, tag = "5")]
    pub strike: Option<f64>,
    /// Field 6: right.
    #[prost(string, optional, tag = "6")]
    pub right: Option<String>,
    /// Field 7: multiplier.
    #[prost(double, optional, tag = "7")]
    pub multiplier: Option<f64>,
    /// Field 8: exchange.
    #[prost(string, optional, tag = "8")]
    pub exchange: Option<String>,
    /// Field 9: primary exch.
    #[prost(string, optional, tag = "9")]
    pub primary_exch: Option<String>,
    /// Field 10: currency.
    #[prost(string, optional, tag = "10")]
    pub currency: Option<String>,
    /// Field 11: local symbol.
    #[prost(string, optional, tag = "11")]
    pub local_symbol: Option<String>,
    /// Field 12: trading class.
    #[prost(string, optional, tag = "12")]
    pub trading_class: Option<String>,
    /// Field 13: sec id type.
    #[prost(string, optional, tag = "13")]
    pub sec_id_type: Option<String>,
    /// Field 14: sec id.
    #[prost(string, optional, tag = "14")]
    pub sec_id: Option<String>,
}

/// What is known of this contract?
#[derive(Clone, PartialEq, prost::Message)]
pub struct ContractDataRequest {
    /// Field 1: req id.
    #[prost(int32, optional, tag = "1")]
    pub req_id: Option<i32>,
    /// Field 2: contract.
    #[prost(message, optional, tag = "2")]
    pub contract: Option<Contract>,
}

/// The trading rules of a contract.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ContractDetails {
    /// Field 1: market name.
    #[prost(string, optional, tag = "1")]
    pub market_name: Option<String>,
    /// Field 2: min tick.
    #[prost(string, optional, tag = "2")]
    pub min_tick: Option<String>,
    /// Field 3: order types.
    #[prost(string, optional, tag = "3")]
    pub order_types: Option<String>,
    /// Field 4: valid exchanges.
    #[prost(string, optional, tag = "4")]
    pub valid_exchanges: Option<String>,
    /// Field 5: price magnifier.
    #[prost(int32, optional, tag = "5")]
    pub price_magnifier: Option<i32>,
    /// Field 7: long name.
    #[prost(string, optional, tag = "7")]
    pub long_name: Option<String>,
    /// Field 8: contract month.
    #[prost(string, optional, tag = "8")]
    pub contract_month: Option<String>,
    /// Field 12: time zone id.
    #[prost(string, optional, tag = "12")]
    pub time_zone_id: Option<String>,
    /// Field 13: trading hours.
    #[prost(string, optional, tag = "13")]
    pub trading_hours: Option<String>,
    /// Field 14: liquid hours.
    #[prost(string, optional, tag = "14")]
    pub liquid_hours: Option<String>,
    /// Field 21: market rule ids.
    #[prost(string, optional, tag = "21")]
    pub market_rule_ids: Option<String>,
    /// Field 22: real expiration date.
    #[prost(string, optional, tag = "22")]
    pub real_expiration_date: Option<String>,
    /// Field 23: stock type.
    #[prost(string, optional, tag = "23")]
    pub stock_type: Option<String>,
    /// Field 24: min size.
    #[prost(string, optional, tag = "24")]
    pub min_size: Option<String>,
    /// Field 25: size increment.
    #[prost(string, optional, tag = "25")]
    pub size_increment: Option<String>,
    /// Field 26: suggested size increment.
    #[prost(string, optional, tag = "26")]
    pub suggested_size_increment: Option<String>,
}

/// One contract that fits.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ContractData {
    /// Field 1: req id.
    #[prost(int32, optional, tag = "1")]
    pub req_id: Option<i32>,
    /// Field 2: contract.
    #[prost(message, optional, tag = "2")]
    pub contract: Option<Contract>,
    /// Field 3: contract details.
    #[prost(message, optional, tag = "3")]
    pub contract_details: Option<ContractDetails>,
}

/// All contracts that fit were told.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ContractDataEnd {
    /// Field 1: req id.
    #[prost(int32, optional, tag = "1")]
    pub req_id: Option<i32>,
}

/// What is the price grid of this rule?
#[derive(Clone, PartialEq, prost::Message)]
pub struct MarketRuleRequest {
    /// Field 1: market rule id.
    #[prost(int32, optional, tag = "1")]
    pub market_rule_id: Option<i32>,
}

/// From a price on, the grid.
#[derive(Clone, PartialEq, prost::Message)]
pub struct PriceIncrement {
    /// Field 1: low edge.
    #[prost(double, optional, tag = "1")]
    pub low_edge: Option<f64>,
    /// Field 2: increment.
    #[prost(double, optional, tag = "2")]
    pub increment: Option<f64>,
}

/// A price grid, by price.
#[derive(Clone, PartialEq, prost::Message)]
pub struct MarketRule {
    /// Field 1: market rule id.
    #[prost(int32, optional, tag = "1")]
    pub market_rule_id: Option<i32>,
    /// Field 2: price increments.
    #[prost(message, repeated, tag = "2")]
    pub price_increments: Vec<PriceIncrement>,
}
