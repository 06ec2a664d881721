//! Executions and what they cost.

use super::Contract;

/// Which executions are asked for.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ExecutionFilter {
    /// Field 1: client id.
    #[prost(int32, optional, tag = "1")]
    pub client_id: Option<i32>,
    /// Field 2: acct code.
    #[prost(string, optional, tag = "2")]
    pub acct_code: Option<String>,
    /// Field 3: time.
    #[prost(string, optional, tag = "3")]
    pub time: Option<String>,
    /// Field 4: symbol.
    #[prost(string, optional, tag = "4")]
    pub symbol: Option<String>,
    /// Field 5: sec type.
    #[prost(string, optional, tag = "5")]
    pub sec_type: Option<String>,
    /// Field 6: exchange.
    #[prost(string, optional, tag = "6")]
    pub exchange: Option<String>,
    /// Field 7: side.
    #[prost(string, optional, tag = "7")]
    pub side: Option<String>,
    /// Field 8: last n days.
    #[prost(int32, optional, tag = "8")]
    pub last_n_days: Option<i32>,
    /// Field 9: specific dates.
    #[prost(int32, repeated, tag = "9")]
    pub specific_dates: Vec<i32>,
}

/// Tell the executions that fit.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ExecutionRequest {
    /// Field 1: req id.
    #[prost(int32, optional, tag = "1")]
    pub req_id: Option<i32>,
    /// Field 2: execution filter.
    #[prost(message, optional, tag = "2")]
    pub execution_filter: Option<ExecutionFilter>,
}

/// One execution.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Execution {
    /// Field 1: order id.
    #[prost(int32, optional, tag = "1")]
    pub order_id: Option<i32>,
    /// Field 2: exec id.
    #[prost(string, optional, tag = "2")]
    pub exec_id: Option<String>,
    /// Field 3: time.
    #[prost(string, optional, tag = "3")]
    pub time: Option<String>,
    /// Field 4: acct number.
    #[prost(string, optional, tag = "4")]
    pub acct_number: Option<String>,
    /// Field 5: exchange.
    #[prost(string, optional, tag = "5")]
    pub exchange: Option<String>,
    /// Field 6: side.
    #[prost(string, optional, tag = "6")]
    pub side: Option<String>,
    /// Field 7: shares.
    #[prost(string, optional, tag = "7")]
    pub shares: Option<String>,
    /// Field 8: price.
    #[prost(double, optional, tag = "8")]
    pub price: Option<f64>,
    /// Field 9: perm id.
    #[prost(int64, optional, tag = "9")]
    pub perm_id: Option<i64>,
    /// Field 10: client id.
    #[prost(int32, optional, tag = "10")]
    pub client_id: Option<i32>,
    /// Field 12: cum qty.
    #[prost(string, optional, tag = "12")]
    pub cum_qty: Option<String>,
    /// Field 13: avg price.
    #[prost(double, optional, tag = "13")]
    pub avg_price: Option<f64>,
    /// Field 14: order ref.
    #[prost(string, optional, tag = "14")]
    pub order_ref: Option<String>,
    /// Field 18: last liquidity.
    #[prost(int32, optional, tag = "18")]
    pub last_liquidity: Option<i32>,
}

/// An execution and its contract; request −1 when nobody asked.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ExecutionDetails {
    /// Field 1: req id.
    #[prost(int32, optional, tag = "1")]
    pub req_id: Option<i32>,
    /// Field 2: contract.
    #[prost(message, optional, tag = "2")]
    pub contract: Option<Contract>,
    /// Field 3: execution.
    #[prost(message, optional, tag = "3")]
    pub execution: Option<Execution>,
}

/// All executions that fit were told.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ExecutionDetailsEnd {
    /// Field 1: req id.
    #[prost(int32, optional, tag = "1")]
    pub req_id: Option<i32>,
}

/// What an execution cost, and what it realised.
#[derive(Clone, PartialEq, prost::Message)]
pub struct CommissionAndFeesReport {
    /// Field 1: exec id.
    #[prost(string, optional, tag = "1")]
    pub exec_id: Option<String>,
    /// Field 2: commission and fees.
    #[prost(double, optional, tag = "2")]
    pub commission_and_fees: Option<f64>,
    /// Field 3: currency.
    #[prost(string, optional, tag = "3")]
    pub currency: Option<String>,
    /// Field 4: realized pnl.
    #[prost(double, optional, tag = "4")]
    pub realized_pnl: Option<f64>,
    /// Field 5: bond yield.
    #[prost(double, optional, tag = "5")]
    pub bond_yield: Option<f64>,
    /// Field 6: yield redemption date.
    #[prost(string, optional, tag = "6")]
    pub yield_redemption_date: Option<String>,
}
