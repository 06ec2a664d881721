//! The venue's promises, one module each.

#![allow(clippy::unwrap_used, reason = "the helpers of tests are tests")]

mod close;
mod common;
mod fees_and_impact;
mod forced;
mod lists;
mod poisson;
mod replay;
mod stops;
mod venue;
mod walk;
