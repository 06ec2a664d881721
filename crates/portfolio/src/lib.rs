//! Many sleeves as one book: scaling, netting, rounding, plan, allocation, ledger, limits.
//!
//! Everything here is a function of its arguments: no clock, no file, no chance. What a strategy
//! wants is `f64` until it becomes a quantity that can be traded; from there on it is exact. The
//! way of one rebalance is [`scaling`] → [`netting`] → [`rounding`] → [`plan`](mod@plan), with
//! [`crossing`] and the limits of [`risk`]; what comes back from the market goes through
//! [`allocation`] into the [`ledger`], and [`invariants`] says whether the sleeves still add up to
//! the account.
//!
//! This crate knows nothing of orders' lives, brokers, journals or runtimes.

pub mod allocation;
mod amount;
pub mod crossing;
pub mod invariants;
pub mod ledger;
pub mod nav;
pub mod netting;
pub mod plan;
pub mod refusal;
pub mod risk;
pub mod rounding;
pub mod scaling;
pub mod trading_state;
pub mod units;

pub use allocation::allocate;
pub use ledger::{Ledger, SleeveAccount};
pub use plan::{Plan, PlanInput, plan};
pub use refusal::{Code, Refusal};
pub use risk::{Denied, RiskApproved, RiskLimits, RiskView};
pub use scaling::{Scaled, Sizing, SleeveInput, Wish, scale};
pub use trading_state::TradingState;
pub use units::Units;
