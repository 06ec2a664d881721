//! The strategies that come with polyfolio.

mod equal_weight;
mod momentum;
mod sma_cross;

pub use equal_weight::EqualWeight;
pub use momentum::Momentum;
pub use sma_cross::SmaCross;
