//! What a run leaves behind, from journals written by hand.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "the helpers of tests are tests"
)]

mod audit;
mod journal;
mod run_report;
mod slippage;
mod state_file;
mod story;
mod view;
