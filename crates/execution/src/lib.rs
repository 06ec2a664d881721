//! How a parent order becomes child orders.
//!
//! An algorithm ([`algo`]) looks at the parent, its fills, the quote and the clock, and says what
//! should be in the market now. One executor ([`executor`]), shared by all of them, turns that and
//! the children there are into submits and cancels. [`optimal_quote`] is the model behind
//! `optimal_limit`, [`schedule`] the arithmetic behind `twap`.
//!
//! Everything here is a pure function of what it is given: no clock, no I/O, no chance but from a
//! seed. It does not know the journal, the broker or the risk check.

pub mod algo;
mod algos;
pub mod executor;
pub mod optimal_quote;
pub mod schedule;

pub use algo::{AlgoSpec, Decision, ExecutionAlgo, ExecutionError, ParentView, Reason};
pub use executor::{Action, ChildView, Limits, reconcile, requote_due};
