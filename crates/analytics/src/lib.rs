//! How a book did: returns, drawdown, ratios, turnover, from its equity curve.
//!
//! One metric a file. Everything is `f64` arithmetic in the order written, so a
//! figure computed here equals one computed the same way elsewhere to the last
//! digits. This crate knows nothing of instruments, of files or of where an
//! equity curve came from.

mod curve;
mod drawdown;
mod growth;
mod moments;
mod sharpe;
mod sortino;
mod stats;
mod turnover;
mod volatility;

pub use curve::{Curve, CurveError};
pub use drawdown::{Drawdown, max_drawdown};
pub use growth::{cagr_252, cagr_calendar, total_return};
pub use moments::{deviation, deviations, mean, means};
pub use sharpe::sharpe;
pub use sortino::sortino;
pub use stats::{PortfolioStats, Traded};
pub use turnover::one_way_per_year;
pub use volatility::volatility;

/// Trading days a year, by convention.
pub const TRADING_DAYS: f64 = 252.0;
