//! A TWS gateway: Interactive Brokers' socket protocol, protobuf from end to end, over a synthetic
//! market.
//!
//! The way of a message: `gateway` accepts a connection, `session` reads its frames, `desk`
//! decides, and the answers go out by the session's line. All that the gateway remembers is in the
//! desk; a session holds nothing that a dropped connection may not take with it.
//!
//! What is written here is what public sources say of the gateway and what its clients expect; it
//! was not compared with a live one.

pub mod config;
pub mod contract;
pub mod control;
mod desk;
mod error;
pub mod faults;
pub mod frame;
pub mod gateway;
mod hello;
mod history;
pub mod ids;
mod line;
pub mod messages;
pub mod notices;
pub mod record;
mod request;
mod session;

pub use config::{GatewayConfig, Stock};
pub use contract::{ContractTerms, Kind, TradingDay};
pub use desk::Recovered;
pub use error::GatewayError;
pub use faults::{Fault, Faults};
pub use gateway::{Gateway, Opening};
pub use hello::{ClientHello, HelloError};
pub use request::{ClientMessage, WireFault};
