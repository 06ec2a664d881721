//! Interactive Brokers: an account at TWS or IB Gateway as a broker and a source of quotes.
//!
//! [`IbAccount`] opens the account: its order ids on disk and its one connection, which lives in a
//! thread of its own. [`IbBroker`], [`IbMarketData`] and [`IbBars`] are its wires, and they may be made
//! again as often as a connector restarts. What the library says is read by pure parts, each for
//! itself: `link` knows where the connection stands, `blotter` what our orders are, `codes` what
//! IB's numbers mean, `snapshot` how lists become one answer, `history` how answers become bars.
//!
//! Rules that hold whatever dies:
//! - An order id is on disk before its order leaves, and is that order's for ever.
//! - An order is its client order id, which IB carries as `orderRef`; nothing is keyed by order id.
//! - Nothing leaves unless the connection stands and everything was asked on it.
//! - That a message left means nothing; only what IB says of an order is an answer.
//!
//! What it does not know: parents, sleeves, strategies, other accounts of the same login, and
//! whether an order is a good idea.

mod account;
mod backoff;
mod bars;
mod blotter;
mod broker;
pub mod codes;
mod config;
mod contract;
mod details;
mod directory;
mod error;
mod exec_id;
mod history;
mod ids;
mod ids_file;
mod link;
mod lists;
mod maintenance;
mod market_data;
mod notice;
mod pacing;
mod refusals;
mod snapshot;
mod times;
mod wire_order;
mod words;
mod worker;

pub use account::IbAccount;
pub use bars::IbBars;
pub use broker::IbBroker;
pub use config::IbConfig;
pub use contract::{ContractSpec, SecType};
pub use details::{ContractFacts, Hours};
pub use error::{ConfigFault, ContractError, IbError};
pub use link::{LinkState, Phase};
pub use maintenance::{Day, MaintenanceWindow, NotATimeOfDay, TimeOfDay};
pub use market_data::IbMarketData;
pub use notice::{IbNotice, Level};
