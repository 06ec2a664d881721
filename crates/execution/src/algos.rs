//! The algorithms there are, one a file.

mod limit;
mod market;
mod optimal_limit;
mod twap;

pub(crate) use limit::Limit;
pub(crate) use market::Market;
pub(crate) use optimal_limit::OptimalLimit;
pub(crate) use twap::Twap;
