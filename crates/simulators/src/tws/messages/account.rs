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
