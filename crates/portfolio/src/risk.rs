//! Limits, and the only door to the wire.
//!
//! An order leaves as [`RiskApproved`], which nothing but [`RiskLimits::approve`] can make, or it
//! is [`Denied`] with a code. The limits are asked twice: [`plan_limits`] looks at a whole plan
//! against its decision prices and refuses orders before they exist; `approve` looks at each child
//! against the market of the moment. A repeat of an order passes again.

mod approve;
mod limits;
pub mod loss;
pub mod plan_limits;

pub use crate::trading_state::TradingState;
pub use approve::{Denied, RiskApproved, RiskView};
pub use limits::{GroupLimit, RiskLimits};
pub use loss::OnLoss;
