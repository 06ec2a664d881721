//! Stopped anywhere, by whatever means, and started again, a run ends at the same targets, and the
//! venue's own tape holds at most one order per client order id.
//!
//! The real program. The length of the journal at which it is stopped is drawn from a seed that
//! every failure names; the program itself knows nothing of the test, and nothing sleeps.

#![allow(clippy::expect_used, clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;
mod differing;
mod drilled;
mod early;
mod house;
mod killed;
mod looked_at;
mod mismatched;
mod restored;
mod salvaged;
mod signalled;
mod violated;
mod wired;
