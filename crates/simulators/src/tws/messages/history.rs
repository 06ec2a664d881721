//! Bars: of the past, and as they are made.

use super::Contract;

/// Tell bars of a contract, once or on and on.
#[derive(Clone, PartialEq, prost::Message)]
pub struct HistoricalDataRequest {
    /// Field 1: req id.
    #[prost(int32, optional, tag = "1")]
    pub req_id: Option<i32>,
    /// Field 2: contract.
    #[prost(message, optional, tag = "2")]
    pub contract: Option<Contract>,
    /// Field 3: end date time.
    #[prost(string, optional, tag = "3")]
    pub end_date_time: Option<String>,
    /// Field 4: bar size setting.
    #[prost(string, optional, tag = "4")]
    pub bar_size_setting: Option<String>,
    /// Field 5: duration.
    #[prost(string, optional, tag = "5")]
    pub duration: Option<String>,
    /// Field 6: use rth.
    #[prost(bool, optional, tag = "6")]
    pub use_rth: Option<bool>,
    /// Field 7: what to show.
    #[prost(string, optional, tag = "7")]
    pub what_to_show: Option<String>,
    /// Field 8: format date.
    #[prost(int32, optional, tag = "8")]
    pub format_date: Option<i32>,
    /// Field 9: keep up to date.
    #[prost(bool, optional, tag = "9")]
    pub keep_up_to_date: Option<bool>,
}

/// One bar; daily ones have a date alone.
#[derive(Clone, PartialEq, prost::Message)]
pub struct HistoricalDataBar {
    /// Field 1: date.
    #[prost(string, optional, tag = "1")]
    pub date: Option<String>,
    /// Field 2: open.
    #[prost(double, optional, tag = "2")]
    pub open: Option<f64>,
    /// Field 3: high.
    #[prost(double, optional, tag = "3")]
    pub high: Option<f64>,
    /// Field 4: low.
    #[prost(double, optional, tag = "4")]
    pub low: Option<f64>,
    /// Field 5: close.
    #[prost(double, optional, tag = "5")]
    pub close: Option<f64>,
    /// Field 6: volume.
    #[prost(string, optional, tag = "6")]
    pub volume: Option<String>,
    /// Field 7: wap.
    #[prost(string, optional, tag = "7")]
    pub wap: Option<String>,
    /// Field 8: bar count.
    #[prost(int32, optional, tag = "8")]
    pub bar_count: Option<i32>,
}

/// Bars, oldest first.
#[derive(Clone, PartialEq, prost::Message)]
pub struct HistoricalData {
    /// Field 1: req id.
    #[prost(int32, optional, tag = "1")]
    pub req_id: Option<i32>,
    /// Field 2: historical data bars.
    #[prost(message, repeated, tag = "2")]
    pub historical_data_bars: Vec<HistoricalDataBar>,
}

/// All bars were told, and what stretch of time they are of.
#[derive(Clone, PartialEq, prost::Message)]
pub struct HistoricalDataEnd {
    /// Field 1: req id.
    #[prost(int32, optional, tag = "1")]
    pub req_id: Option<i32>,
    /// Field 2: start date str.
    #[prost(string, optional, tag = "2")]
    pub start_date_str: Option<String>,
    /// Field 3: end date str.
    #[prost(string, optional, tag = "3")]
    pub end_date_str: Option<String>,
}

/// How the newest bar stands.
#[derive(Clone, PartialEq, prost::Message)]
pub struct HistoricalDataUpdate {
    /// Field 1: req id.
    #[prost(int32, optional, tag = "1")]
    pub req_id: Option<i32>,
    /// Field 2: historical data bar.
    #[prost(message, optional, tag = "2")]
    pub historical_data_bar: Option<HistoricalDataBar>,
}

/// Stop telling.
#[derive(Clone, PartialEq, prost::Message)]
pub struct CancelHistoricalData {
    /// Field 1: req id.
    #[prost(int32, optional, tag = "1")]
    pub req_id: Option<i32>,
}

/// How far back do bars go?
#[derive(Clone, PartialEq, prost::Message)]
pub struct HeadTimestampRequest {
    /// Field 1: req id.
    #[prost(int32, optional, tag = "1")]
    pub req_id: Option<i32>,
    /// Field 2: contract.
    #[prost(message, optional, tag = "2")]
    pub contract: Option<Contract>,
    /// Field 3: use rth.
    #[prost(bool, optional, tag = "3")]
    pub use_rth: Option<bool>,
    /// Field 4: what to show.
    #[prost(string, optional, tag = "4")]
    pub what_to_show: Option<String>,
    /// Field 5: format date.
    #[prost(int32, optional, tag = "5")]
    pub format_date: Option<i32>,
}

/// The beginning of the first bar.
#[derive(Clone, PartialEq, prost::Message)]
pub struct HeadTimestamp {
    /// Field 1: req id.
    #[prost(int32, optional, tag = "1")]
    pub req_id: Option<i32>,
    /// Field 2: head timestamp.
    #[prost(string, optional, tag = "2")]
    pub head_timestamp: Option<String>,
}

/// No need to tell any more.
#[derive(Clone, PartialEq, prost::Message)]
pub struct CancelHeadTimestamp {
    /// Field 1: req id.
    #[prost(int32, optional, tag = "1")]
    pub req_id: Option<i32>,
}

/// Tell bars of five seconds as they are over.
#[derive(Clone, PartialEq, prost::Message)]
pub struct RealTimeBarsRequest {
    /// Field 1: req id.
    #[prost(int32, optional, tag = "1")]
    pub req_id: Option<i32>,
    /// Field 2: contract.
    #[prost(message, optional, tag = "2")]
    pub contract: Option<Contract>,
    /// Field 3: bar size.
    #[prost(int32, optional, tag = "3")]
    pub bar_size: Option<i32>,
    /// Field 4: what to show.
    #[prost(string, optional, tag = "4")]
    pub what_to_show: Option<String>,
    /// Field 5: use rth.
    #[prost(bool, optional, tag = "5")]
    pub use_rth: Option<bool>,
}

/// One of them, by its beginning in seconds since the epoch.
#[derive(Clone, PartialEq, prost::Message)]
pub struct RealTimeBarTick {
    /// Field 1: req id.
    #[prost(int32, optional, tag = "1")]
    pub req_id: Option<i32>,
    /// Field 2: time.
    #[prost(int64, optional, tag = "2")]
    pub time: Option<i64>,
    /// Field 3: open.
    #[prost(double, optional, tag = "3")]
    pub open: Option<f64>,
    /// Field 4: high.
    #[prost(double, optional, tag = "4")]
    pub high: Option<f64>,
    /// Field 5: low.
    #[prost(double, optional, tag = "5")]
    pub low: Option<f64>,
    /// Field 6: close.
    #[prost(double, optional, tag = "6")]
    pub close: Option<f64>,
    /// Field 7: volume.
    #[prost(string, optional, tag = "7")]
    pub volume: Option<String>,
    /// Field 8: wap.
    #[prost(string, optional, tag = "8")]
    pub wap: Option<String>,
    /// Field 9: count.
    #[prost(int32, optional, tag = "9")]
    pub count: Option<i32>,
}

/// Stop telling.
#[derive(Clone, PartialEq, prost::Message)]
pub struct CancelRealTimeBars {
    /// Field 1: req id.
    #[prost(int32, optional, tag = "1")]
    pub req_id: Option<i32>,
}
