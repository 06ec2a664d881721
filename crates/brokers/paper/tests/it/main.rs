//! The paper broker's promises, one module each.

#![allow(clippy::unwrap_used, reason = "the helpers of tests are tests")]

mod account;
mod clocks;
mod common;
mod conformance;
mod recovery;
mod session;
mod stops;
