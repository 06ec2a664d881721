//! The protobuf messages that are spoken here, by IB's field names and numbers.
//!
//! A struct carries the fields that mean something in this gateway; prost reads over the others. The
//! numbers are compared with the published ones by a test.

mod account;
mod contract;
mod execution;
mod history;
mod market_data;
mod order;
mod session;

pub use account::*;
pub use contract::*;
pub use execution::*;
pub use history::*;
pub use market_data::*;
pub use order::*;
pub use session::*;
