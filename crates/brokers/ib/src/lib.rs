//! Interactive Brokers: an account at TWS or IB Gateway as a broker and a source of quotes.
//!
//! What it does not know: parents, sleeves, strategies, and whether an order is a good idea.

#![allow(dead_code, reason = "the parts are put together one after the other")]

mod backoff;
pub mod codes;
mod config;
mod contract;
mod details;
mod error;
mod ids;
mod ids_file;
mod link;
mod maintenance;
mod notice;
mod pacing;

pub use config::IbConfig;
pub use contract::{ContractSpec, SecType};
pub use details::{ContractFacts, Hours};
pub use error::{ConfigFault, ContractError, IbError};
pub use link::{LinkState, Phase};
pub use maintenance::{Day, MaintenanceWindow, NotATimeOfDay, TimeOfDay};
pub use notice::{IbNotice, Level};
