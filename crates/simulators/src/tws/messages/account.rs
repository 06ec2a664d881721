//! The account: values and positions.

use super::Contract;

/// Tell and keep telling values of the account; tags with commas between them.
#[derive(Clone, PartialEq, prost::Message)]
pub struct AccountSummaryRequest {
    /// Field 1: req id.
    #[prost(int32, optional, tag = "1")]
    pub req_id: Option<i32>,
    /// Field 2: group.
    #[prost(string, optional, tag = "2")]
    pub group: Option<String>,
    /// Field 3: tags.
    #[prost(string, optional, tag = "3")]
    pub tags: Option<String>,
}

/// One value.
#[derive(Clone, PartialEq, prost::Message)]
pub struct AccountSummary {
    /// Field 1: req id.
    #[prost(int32, optional, tag = "1")]
    pub req_id: Option<i32>,
    /// Field 2: account.
    #[prost(string, optional, tag = "2")]
    pub account: Option<String>,
    /// Field 3: tag.
    #[prost(string, optional, tag = "3")]
    pub tag: Option<String>,
    /// Field 4: value.
    #[prost(string, optional, tag = "4")]
    pub value: Option<String>,
    /// Field 5: currency.
    #[prost(string, optional, tag = "5")]
    pub currency: Option<String>,
}

/// All values were told.
#[derive(Clone, PartialEq, prost::Message)]
pub struct AccountSummaryEnd {
    /// Field 1: req id.
    #[prost(int32, optional, tag = "1")]
    pub req_id: Option<i32>,
}

/// Stop telling.
#[derive(Clone, PartialEq, prost::Message)]
pub struct CancelAccountSummary {
    /// Field 1: req id.
    #[prost(int32, optional, tag = "1")]
    pub req_id: Option<i32>,
}

/// Tell and keep telling positions.
#[derive(Clone, PartialEq, prost::Message)]
pub struct PositionsRequest {}

/// One position; the quantity is there even when it is zero.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Position {
    /// Field 1: account.
    #[prost(string, optional, tag = "1")]
    pub account: Option<String>,
    /// Field 2: contract.
    #[prost(message, optional, tag = "2")]
    pub contract: Option<Contract>,
    /// Field 3: position.
    #[prost(string, optional, tag = "3")]
    pub position: Option<String>,
    /// Field 4: avg cost.
    #[prost(double, optional, tag = "4")]
    pub avg_cost: Option<f64>,
}

/// All positions were told.
#[derive(Clone, PartialEq, prost::Message)]
pub struct PositionEnd {}

/// Stop telling.
#[derive(Clone, PartialEq, prost::Message)]
pub struct CancelPositions {}

/// Tell and keep telling all of the account: its values and what it holds; or stop.
#[derive(Clone, PartialEq, prost::Message)]
pub struct AccountDataRequest {
    /// Field 1: subscribe.
    #[prost(bool, optional, tag = "1")]
    pub subscribe: Option<bool>,
    /// Field 2: acct code.
    #[prost(string, optional, tag = "2")]
    pub acct_code: Option<String>,
}

/// One value.
#[derive(Clone, PartialEq, prost::Message)]
pub struct AccountValue {
    /// Field 1: key.
    #[prost(string, optional, tag = "1")]
    pub key: Option<String>,
    /// Field 2: value.
    #[prost(string, optional, tag = "2")]
    pub value: Option<String>,
    /// Field 3: currency.
    #[prost(string, optional, tag = "3")]
    pub currency: Option<String>,
    /// Field 4: account name.
    #[prost(string, optional, tag = "4")]
    pub account_name: Option<String>,
}

/// One position, and what it is worth.
#[derive(Clone, PartialEq, prost::Message)]
pub struct PortfolioValue {
    /// Field 1: contract.
    #[prost(message, optional, tag = "1")]
    pub contract: Option<Contract>,
    /// Field 2: position.
    #[prost(string, optional, tag = "2")]
    pub position: Option<String>,
    /// Field 3: market price.
    #[prost(double, optional, tag = "3")]
    pub market_price: Option<f64>,
    /// Field 4: market value.
    #[prost(double, optional, tag = "4")]
    pub market_value: Option<f64>,
    /// Field 5: average cost.
    #[prost(double, optional, tag = "5")]
    pub average_cost: Option<f64>,
    /// Field 6: unrealized pnl.
    #[prost(double, optional, tag = "6")]
    pub unrealized_pnl: Option<f64>,
    /// Field 7: realized pnl.
    #[prost(double, optional, tag = "7")]
    pub realized_pnl: Option<f64>,
    /// Field 8: account name.
    #[prost(string, optional, tag = "8")]
    pub account_name: Option<String>,
}

/// The time of day that the values are of.
#[derive(Clone, PartialEq, prost::Message)]
pub struct AccountUpdateTime {
    /// Field 1: time stamp.
    #[prost(string, optional, tag = "1")]
    pub time_stamp: Option<String>,
}

/// All of it was told.
#[derive(Clone, PartialEq, prost::Message)]
pub struct AccountDataEnd {
    /// Field 1: account name.
    #[prost(string, optional, tag = "1")]
    pub account_name: Option<String>,
}
