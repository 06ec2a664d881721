//! The connector over TCP on loopback, against the simulated gateway.

#![allow(clippy::unwrap_used, reason = "the helpers of tests are tests")]

mod announced;
mod bars;
mod common;
mod conformance;
mod contracts;
mod drill;
mod faults;
mod notices;
mod orders;
mod quotes;
mod recovery;
mod relay;
mod session;
