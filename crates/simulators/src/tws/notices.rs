//! What the gateway says in numbers: errors, warnings and the state of its connections, by IB's
//! codes.

use polyfolio_model::Ts;

use super::messages::ErrorMessage;

/// The id of a notice that belongs to no request.
pub const NO_REQUEST: i32 = -1;

/// A notice by its code, with the facts that its text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The order id was used before.
    DuplicateOrderId,
    /// The order has filled.
    FilledOrder,
    /// The new terms are of another order.
    OtherOrder,
    /// The price is off the grid.
    PriceVariation,
    /// No such contract, or several.
    NoSecurity(&'static str),
    /// The order was refused, and why.
    Rejected(String),
    /// The order ended without filling, and why.
    Canceled(&'static str),
    /// Something in the request makes no sense here.
    Invalid(String),
    /// The API is set to read only.
    ReadOnly,
    /// The history service refuses, and why.
    HistoryRefused(String),
    /// No quotes or bars stream under this number.
    NoStream(i32),
    /// A client with this id is connected.
    ClientIdInUse,
    /// The login may not see these quotes.
    NotSubscribed,
    /// No bars stream or are on their way under this number.
    NoHistoryQuery(i32),
    /// The login may not see bars in real time, and why.
    RealTimeRefused(String),
    /// An order type that is not worked here.
    OrderType(String),
    /// A message that is not understood.
    UnknownMessage,
    /// A message that cannot be read.
    Unreadable,
    /// Delayed quotes are shown.
    Delayed,
    /// An order cannot last like this.
    TimeInForce(String),
    /// No order of this client has this id.
    OrderNotFound(i32),
    /// The order has ended.
    CannotCancel {
        /// Which.
        order_id: i32,
        /// How it stands.
        state: &'static str,
    },
    /// More messages in a second than are taken.
    TooManyMessages,
    /// The broker is gone.
    NotConnected,
    /// Any code, as somebody ordered it.
    Coded {
        /// IB's number.
        code: i32,
        /// What a person reads.
        text: String,
    },
    /// The market data farm is there.
    MarketDataFarm,
    /// The history farm is there.
    HistoryFarm,
    /// The contract farm is there.
    ContractFarm,
}

impl Notice {
    /// A notice of any code; without a text of its own it has one that fits the code.
    pub fn coded(code: i32, text: Option<String>) -> Self {
        let text = text.unwrap_or_else(|| text_of(code).to_owned());
        Self::Coded { code, text }
    }

    /// IB's number for it.
    pub fn code(&self) -> i32 {
        match self {
            Notice::TooManyMessages => 100,
            Notice::DuplicateOrderId => 103,
            Notice::FilledOrder => 104,
            Notice::OtherOrder => 105,
            Notice::PriceVariation => 110,
            Notice::HistoryRefused(_) => 162,
            Notice::NoSecurity(_) => 200,
            Notice::Rejected(_) => 201,
            Notice::Canceled(_) => 202,
            Notice::NoStream(_) => 300,
            Notice::Unreadable => 320,
            Notice::Invalid(_) | Notice::ReadOnly => 321,
            Notice::ClientIdInUse => 326,
            Notice::NotSubscribed => 354,
            Notice::NoHistoryQuery(_) => 366,
            Notice::OrderType(_) => 387,
            Notice::RealTimeRefused(_) => 420,
            Notice::NotConnected => 504,
            Notice::UnknownMessage => 505,
            Notice::MarketDataFarm => 2104,
            Notice::HistoryFarm => 2106,
            Notice::ContractFarm => 2158,
            Notice::TimeInForce(_) => 10052,
            Notice::OrderNotFound(_) => 10147,
            Notice::CannotCancel { .. } => 10148,
            Notice::Delayed => 10167,
            Notice::Coded { code, .. } => *code,
        }
    }

    /// What a person reads.
    pub fn text(&self) -> String {
        match self {
            Notice::DuplicateOrderId => "Duplicate order id".into(),
            Notice::FilledOrder => "Cannot modify a filled order.".into(),
            Notice::OtherOrder => "Order being modified does not match original order".into(),
            Notice::PriceVariation => {
                "The price does not conform to the minimum price variation for this contract."
                    .into()
            }
            Notice::NoSecurity(why) => format!("No security definition for the request: {why}"),
            Notice::Rejected(why) => format!("Order rejected - reason:{why}"),
            Notice::Canceled(why) => format!("Order Canceled - reason:{why}"),
            Notice::Unreadable => "Server error when reading an API client request.".into(),
            Notice::Invalid(why) => format!("Error validating request: {why}"),
            Notice::ReadOnly => "Error validating request: the API interface is currently in \
                                 Read-Only mode."
                .into(),
            Notice::ClientIdInUse => "The client id is in use; connect with another one.".into(),
            Notice::NotSubscribed => "Requested market data is not subscribed.".into(),
            Notice::HistoryRefused(why) => {
                format!("Historical Market Data Service error message:{why}")
            }
            Notice::NoStream(id) => format!("Can't find EId with tickerId:{id}"),
            Notice::NoHistoryQuery(id) => {
                format!("No historical data query found for ticker id:{id}")
            }
            Notice::RealTimeRefused(why) => format!("Invalid Real-time Query:{why}"),
            Notice::OrderType(kind) => {
                format!("Unsupported order type for this exchange and security type: {kind}")
            }
            Notice::TooManyMessages => "Max rate of messages per second has been exceeded.".into(),
            Notice::NotConnected => "Not connected".into(),
            Notice::Coded { text, .. } => text.clone(),
            Notice::UnknownMessage => "Unknown message id.".into(),
            Notice::MarketDataFarm => "Market data farm connection is OK:simfarm".into(),
            Notice::HistoryFarm => "HMDS data farm connection is OK:simhmds".into(),
            Notice::ContractFarm => "Sec-def data farm connection is OK:simsecdef".into(),
            Notice::TimeInForce(tif) => format!("Invalid time in force:{tif}"),
            Notice::OrderNotFound(id) => {
                format!("OrderId {id} that needs to be cancelled is not found.")
            }
            Notice::CannotCancel { order_id, state } => format!(
                "OrderId {order_id} that needs to be cancelled can not be cancelled, state: {state}."
            ),
            Notice::Delayed => "Displaying delayed market data.".into(),
        }
    }

    /// As it is sent, about a request or an order.
    pub(crate) fn about(&self, id: i32, now: Ts) -> ErrorMessage {
        ErrorMessage {
            id: Some(id),
            error_time: Some(now.nanos() / 1_000_000),
            error_code: Some(self.code()),
            error_msg: Some(self.text()),
            advanced_order_reject_json: None,
        }
    }
}

/// What is said with a code that nothing here gave a cause for.
fn text_of(code: i32) -> &'static str {
    match code {
        103 => "Duplicate order id",
        104 => "Cannot modify a filled order.",
        105 => "Order being modified does not match original order",
        110 => "The price does not conform to the minimum price variation for this contract.",
        162 => "Historical Market Data Service error message:HMDS query returned no data.",
        165 => "Historical Market data Service query message:simulated",
        201 => "Order rejected - reason:simulated",
        202 => "Order Canceled - reason:simulated",
        326 => "The client id is in use; connect with another one.",
        502 => "Couldn't connect to TWS.",
        504 => "Not connected",
        1100 => "Connectivity between the gateway and its broker has been lost.",
        1101 => "Connectivity has been restored; data requests are lost and must be made anew.",
        1102 => "Connectivity has been restored; data requests are maintained.",
        2103 => "Market data farm connection is broken:simfarm",
        2104 => "Market data farm connection is OK:simfarm",
        2105 => "HMDS data farm connection is broken:simhmds",
        2106 => "HMDS data farm connection is OK:simhmds",
        2107 => "HMDS data farm connection is inactive, available upon demand:simhmds",
        2108 => "Market data farm connection is inactive, available upon demand:simfarm",
        2110 => "Connectivity between the gateway and the server is broken; it will be restored.",
        10147 => "The order that needs to be cancelled is not found.",
        10148 => "The order that needs to be cancelled can not be cancelled.",
        _ => "simulated",
    }
}
