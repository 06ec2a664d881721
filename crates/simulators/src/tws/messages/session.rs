//! Connection, identity and time.

/// The client says who it is.
#[derive(Clone, PartialEq, prost::Message)]
pub struct StartApiRequest {
    /// Field 1: client id.
    #[prost(int32, optional, tag = "1")]
    pub client_id: Option<i32>,
    /// Field 2: optional capabilities.
    #[prost(string, optional, tag = "2")]
    pub optional_capabilities: Option<String>,
}

/// The accounts that the login sees, with commas between them.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ManagedAccounts {
    /// Field 1: accounts list.
    #[prost(string, optional, tag = "1")]
    pub accounts_list: Option<String>,
}

/// The first order id that the client has not used.
#[derive(Clone, PartialEq, prost::Message)]
pub struct NextValidId {
    /// Field 1: order id.
    #[prost(int32, optional, tag = "1")]
    pub order_id: Option<i32>,
}

/// A notice, a warning or an error: id −1 belongs to no request.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ErrorMessage {
    /// Field 1: id.
    #[prost(int32, optional, tag = "1")]
    pub id: Option<i32>,
    /// Field 2: error time.
    #[prost(int64, optional, tag = "2")]
    pub error_time: Option<i64>,
    /// Field 3: error code.
    #[prost(int32, optional, tag = "3")]
    pub error_code: Option<i32>,
    /// Field 4: error msg.
    #[prost(string, optional, tag = "4")]
    pub error_msg: Option<String>,
    /// Field 5: advanced order reject json.
    #[prost(string, optional, tag = "5")]
    pub advanced_order_reject_json: Option<String>,
}

/// What time is it?
#[derive(Clone, PartialEq, prost::Message)]
pub struct CurrentTimeRequest {}

/// Seconds since the epoch.
#[derive(Clone, PartialEq, prost::Message)]
pub struct CurrentTime {
    /// Field 1: current time.
    #[prost(int64, optional, tag = "1")]
    pub current_time: Option<i64>,
}

/// What time is it, exactly?
#[derive(Clone, PartialEq, prost::Message)]
pub struct CurrentTimeInMillisRequest {}

/// Milliseconds since the epoch.
#[derive(Clone, PartialEq, prost::Message)]
pub struct CurrentTimeInMillis {
    /// Field 1: current time in millis.
    #[prost(int64, optional, tag = "1")]
    pub current_time_in_millis: Option<i64>,
}

/// Which accounts are there?
#[derive(Clone, PartialEq, prost::Message)]
pub struct ManagedAccountsRequest {}

/// What is the next order id?
#[derive(Clone, PartialEq, prost::Message)]
pub struct IdsRequest {
    /// Field 1: num ids.
    #[prost(int32, optional, tag = "1")]
    pub num_ids: Option<i32>,
}

/// Shall orders that people enter be this client's?
#[derive(Clone, PartialEq, prost::Message)]
pub struct AutoOpenOrdersRequest {
    /// Field 1: auto bind.
    #[prost(bool, optional, tag = "1")]
    pub auto_bind: Option<bool>,
}
