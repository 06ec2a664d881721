//! Orders.

use super::Contract;

/// An order, as far as it is worked here; what else a client sends is read over.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Order {
    /// Field 1: client id.
    #[prost(int32, optional, tag = "1")]
    pub client_id: Option<i32>,
    /// Field 2: order id.
    #[prost(int32, optional, tag = "2")]
    pub order_id: Option<i32>,
    /// Field 3: perm id.
    #[prost(int64, optional, tag = "3")]
    pub perm_id: Option<i64>,
    /// Field 4: parent id.
    #[prost(int32, optional, tag = "4")]
    pub parent_id: Option<i32>,
    /// Field 5: action.
    #[prost(string, optional, tag = "5")]
    pub action: Option<String>,
    /// Field 6: total quantity.
    #[prost(string, optional, tag = "6")]
    pub total_quantity: Option<String>,
    /// Field 8: order type.
    #[prost(string, optional, tag = "8")]
    pub order_type: Option<String>,
    /// Field 9: lmt price.
    #[prost(double, optional, tag = "9")]
    pub lmt_price: Option<f64>,
    /// Field 10: aux price.
    #[prost(double, optional, tag = "10")]
    pub aux_price: Option<f64>,
    /// Field 11: tif.
    #[prost(string, optional, tag = "11")]
    pub tif: Option<String>,
    /// Field 12: account.
    #[prost(string, optional, tag = "12")]
    pub account: Option<String>,
    /// Field 19: outside rth.
    #[prost(bool, optional, tag = "19")]
    pub outside_rth: Option<bool>,
    /// Field 27: oca group.
    #[prost(string, optional, tag = "27")]
    pub oca_group: Option<String>,
    /// Field 28: order ref.
    #[prost(string, optional, tag = "28")]
    pub order_ref: Option<String>,
    /// Field 65: what if.
    #[prost(bool, optional, tag = "65")]
    pub what_if: Option<bool>,
    /// Field 66: transmit.
    #[prost(bool, optional, tag = "66")]
    pub transmit: Option<bool>,
    /// Field 115: filled quantity.
    #[prost(string, optional, tag = "115")]
    pub filled_quantity: Option<String>,
}

/// How an order stands.
#[derive(Clone, PartialEq, prost::Message)]
pub struct OrderState {
    /// Field 1: status.
    #[prost(string, optional, tag = "1")]
    pub status: Option<String>,
    /// Field 11: commission and fees.
    #[prost(double, optional, tag = "11")]
    pub commission_and_fees: Option<f64>,
    /// Field 14: commission and fees currency.
    #[prost(string, optional, tag = "14")]
    pub commission_and_fees_currency: Option<String>,
    /// Field 26: reject reason.
    #[prost(string, optional, tag = "26")]
    pub reject_reason: Option<String>,
    /// Field 28: warning text.
    #[prost(string, optional, tag = "28")]
    pub warning_text: Option<String>,
    /// Field 29: completed time.
    #[prost(string, optional, tag = "29")]
    pub completed_time: Option<String>,
    /// Field 30: completed status.
    #[prost(string, optional, tag = "30")]
    pub completed_status: Option<String>,
}

/// Work this order; if its id works already, give it these terms.
#[derive(Clone, PartialEq, prost::Message)]
pub struct PlaceOrderRequest {
    /// Field 1: order id.
    #[prost(int32, optional, tag = "1")]
    pub order_id: Option<i32>,
    /// Field 2: contract.
    #[prost(message, optional, tag = "2")]
    pub contract: Option<Contract>,
    /// Field 3: order.
    #[prost(message, optional, tag = "3")]
    pub order: Option<Order>,
}

/// How to cancel.
#[derive(Clone, PartialEq, prost::Message)]
pub struct OrderCancel {
    /// Field 1: manual order cancel time.
    #[prost(string, optional, tag = "1")]
    pub manual_order_cancel_time: Option<String>,
    /// Field 2: ext operator.
    #[prost(string, optional, tag = "2")]
    pub ext_operator: Option<String>,
    /// Field 3: manual order indicator.
    #[prost(int32, optional, tag = "3")]
    pub manual_order_indicator: Option<i32>,
}

/// Take this order off the book.
#[derive(Clone, PartialEq, prost::Message)]
pub struct CancelOrderRequest {
    /// Field 1: order id.
    #[prost(int32, optional, tag = "1")]
    pub order_id: Option<i32>,
    /// Field 2: order cancel.
    #[prost(message, optional, tag = "2")]
    pub order_cancel: Option<OrderCancel>,
}

/// Take every order off the book, whosever it is.
#[derive(Clone, PartialEq, prost::Message)]
pub struct GlobalCancelRequest {
    /// Field 1: order cancel.
    #[prost(message, optional, tag = "1")]
    pub order_cancel: Option<OrderCancel>,
}

/// Which orders of this client work?
#[derive(Clone, PartialEq, prost::Message)]
pub struct OpenOrdersRequest {}

/// Which orders work, whosever they are?
#[derive(Clone, PartialEq, prost::Message)]
pub struct AllOpenOrdersRequest {}

/// An order that works, or has just ended.
#[derive(Clone, PartialEq, prost::Message)]
pub struct OpenOrder {
    /// Field 1: order id.
    #[prost(int32, optional, tag = "1")]
    pub order_id: Option<i32>,
    /// Field 2: contract.
    #[prost(message, optional, tag = "2")]
    pub contract: Option<Contract>,
    /// Field 3: order.
    #[prost(message, optional, tag = "3")]
    pub order: Option<Order>,
    /// Field 4: order state.
    #[prost(message, optional, tag = "4")]
    pub order_state: Option<OrderState>,
}

/// All open orders were told.
#[derive(Clone, PartialEq, prost::Message)]
pub struct OpenOrdersEnd {}

/// How far an order is; filled and remaining are there even when zero.
#[derive(Clone, PartialEq, prost::Message)]
pub struct OrderStatus {
    /// Field 1: order id.
    #[prost(int32, optional, tag = "1")]
    pub order_id: Option<i32>,
    /// Field 2: status.
    #[prost(string, optional, tag = "2")]
    pub status: Option<String>,
    /// Field 3: filled.
    #[prost(string, optional, tag = "3")]
    pub filled: Option<String>,
    /// Field 4: remaining.
    #[prost(string, optional, tag = "4")]
    pub remaining: Option<String>,
    /// Field 5: avg fill price.
    #[prost(double, optional, tag = "5")]
    pub avg_fill_price: Option<f64>,
    /// Field 6: perm id.
    #[prost(int64, optional, tag = "6")]
    pub perm_id: Option<i64>,
    /// Field 7: parent id.
    #[prost(int32, optional, tag = "7")]
    pub parent_id: Option<i32>,
    /// Field 8: last fill price.
    #[prost(double, optional, tag = "8")]
    pub last_fill_price: Option<f64>,
    /// Field 9: client id.
    #[prost(int32, optional, tag = "9")]
    pub client_id: Option<i32>,
    /// Field 10: why held.
    #[prost(string, optional, tag = "10")]
    pub why_held: Option<String>,
    /// Field 11: mkt cap price.
    #[prost(double, optional, tag = "11")]
    pub mkt_cap_price: Option<f64>,
}

/// Which orders ended today?
#[derive(Clone, PartialEq, prost::Message)]
pub struct CompletedOrdersRequest {
    /// Field 1: api only.
    #[prost(bool, optional, tag = "1")]
    pub api_only: Option<bool>,
}

/// An order that ended; it has no order id any more.
#[derive(Clone, PartialEq, prost::Message)]
pub struct CompletedOrder {
    /// Field 1: contract.
    #[prost(message, optional, tag = "1")]
    pub contract: Option<Contract>,
    /// Field 2: order.
    #[prost(message, optional, tag = "2")]
    pub order: Option<Order>,
    /// Field 3: order state.
    #[prost(message, optional, tag = "3")]
    pub order_state: Option<OrderState>,
}

/// All completed orders were told.
#[derive(Clone, PartialEq, prost::Message)]
pub struct CompletedOrdersEnd {}
