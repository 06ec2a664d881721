//! The TWS gateway over TCP, through the real client crate.

#![allow(clippy::unwrap_used, reason = "the helpers of tests are tests")]

mod account;
mod bars;
mod bounds;
mod clients;
mod common;
mod contracts;
mod control;
mod durable;
mod faults;
mod fields;
mod lists;
mod market_data;
mod orders;
mod raw;
mod stops;
mod wire;
