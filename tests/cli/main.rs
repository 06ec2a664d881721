//! The binary, tested as a binary: config layers and their errors, exit codes, answers.

// The helpers of a test may fail as a test does.
#![allow(clippy::unwrap_used)]

mod begin;
mod bundle;
#[path = "../common/mod.rs"]
mod common;
mod config;
mod departures;
mod environment;
mod errors;
mod explain;
mod generated;
mod limits;
mod loss;
mod narrow;
mod quote;
mod sleeves;
mod slippage;
mod styles;
mod support;
mod talk;
