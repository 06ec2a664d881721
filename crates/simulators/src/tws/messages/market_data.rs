//! Quotes.

use super::Contract;

/// Tell quotes of a contract, once or on and on.
#[derive(Clone, PartialEq, prost::Message)]
pub struct MarketDataRequest {
    /// Field 1: req id.
    #[prost(int32, optional, tag = "1")]
    pub req_id: Option<i32>,
    /// Field 2: contract.
    #[prost(message, optional, tag = "2")]
    pub contract: Option<Contract>,
    /// Field 3: generic tick list.
    #[prost(string, optional, tag = "3")]
    pub generic_tick_list: Option<String>,
    /// Field 4: snapshot.
    #[prost(bool, optional, tag = "4")]
    pub snapshot: Option<bool>,
    /// Field 5: regulatory snapshot.
    #[prost(bool, optional, tag = "5")]
    pub regulatory_snapshot: Option<bool>,
}

/// Stop telling.
#[derive(Clone, PartialEq, prost::Message)]
pub struct CancelMarketData {
    /// Field 1: req id.
    #[prost(int32, optional, tag = "1")]
    pub req_id: Option<i32>,
}

/// 1 live, 2 frozen, 3 delayed, 4 delayed and frozen, from now on.
#[derive(Clone, PartialEq, prost::Message)]
pub struct MarketDataTypeRequest {
    /// Field 1: market data type.
    #[prost(int32, optional, tag = "1")]
    pub market_data_type: Option<i32>,
}

/// Which of the four a request gets.
#[derive(Clone, PartialEq, prost::Message)]
pub struct MarketDataType {
    /// Field 1: req id.
    #[prost(int32, optional, tag = "1")]
    pub req_id: Option<i32>,
    /// Field 2: market data type.
    #[prost(int32, optional, tag = "2")]
    pub market_data_type: Option<i32>,
}

/// The price grid of what was asked for.
#[derive(Clone, PartialEq, prost::Message)]
pub struct TickReqParams {
    /// Field 1: req id.
    #[prost(int32, optional, tag = "1")]
    pub req_id: Option<i32>,
    /// Field 2: min tick.
    #[prost(string, optional, tag = "2")]
    pub min_tick: Option<String>,
    /// Field 3: bbo exchange.
    #[prost(string, optional, tag = "3")]
    pub bbo_exchange: Option<String>,
    /// Field 4: snapshot permissions.
    #[prost(int32, optional, tag = "4")]
    pub snapshot_permissions: Option<i32>,
    /// Field 5: last price precision.
    #[prost(string, optional, tag = "5")]
    pub last_price_precision: Option<String>,
    /// Field 6: last size precision.
    #[prost(string, optional, tag = "6")]
    pub last_size_precision: Option<String>,
}

/// A price and its size; −1 says that there is none.
#[derive(Clone, PartialEq, prost::Message)]
pub struct TickPrice {
    /// Field 1: req id.
    #[prost(int32, optional, tag = "1")]
    pub req_id: Option<i32>,
    /// Field 2: tick type.
    #[prost(int32, optional, tag = "2")]
    pub tick_type: Option<i32>,
    /// Field 3: price.
    #[prost(double, optional, tag = "3")]
    pub price: Option<f64>,
    /// Field 4: size.
    #[prost(string, optional, tag = "4")]
    pub size: Option<String>,
    /// Field 5: attr mask.
    #[prost(int32, optional, tag = "5")]
    pub attr_mask: Option<i32>,
}

/// All of a snapshot was told.
#[derive(Clone, PartialEq, prost::Message)]
pub struct TickSnapshotEnd {
    /// Field 1: req id.
    #[prost(int32, optional, tag = "1")]
    pub req_id: Option<i32>,
}
