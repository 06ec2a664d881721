//! The actors at work, all on one arbiter, on a clock that jumps: whole runs, and what happens to
//! them when something on the way is silent, full, late or gone.

#![allow(clippy::unwrap_used, reason = "the helpers of tests are tests")]

mod harness;
mod venue;

mod crossing;
mod journal;
mod log;
mod mailboxes;
mod orders;
mod restarts;
mod runs;
mod stops;
mod strategies;
