//! The actors at work, all on one arbiter, on a clock that jumps: whole runs, and what happens to
//! them when something on the way is silent, full, late or gone.

#![allow(clippy::unwrap_used, reason = "the helpers of tests are tests")]

mod around;
mod harness;
mod parts;
mod venue;

mod conductor;
mod crossing;
mod deaths;
mod faults;
mod journal;
mod links;
mod log;
mod mailboxes;
mod notices;
mod orders;
mod paper;
mod restarts;
mod runs;
mod shown;
mod snapshots;
mod stops;
mod strategies;
mod watchdog;
