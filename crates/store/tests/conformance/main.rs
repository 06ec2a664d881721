//! What every journal does: on sled, on redb (feature `redb`) and in memory alike.
//!
//! `POLYFOLIO_RECORDS` and `POLYFOLIO_TRIALS` make the long tests longer.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod appending;
mod bulk;
#[path = "../common/mod.rs"]
mod common;
mod damage;
mod places;
mod salvaging;
mod snapshots;
