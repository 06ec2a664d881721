//! `polyfolio sim tws`, the real program: what it says first, how it ends, what it refuses, and what
//! a kill leaves.

#![allow(clippy::expect_used, clippy::unwrap_used)]

mod client;
#[path = "../common/mod.rs"]
mod common;
mod ends;
mod fetched;
mod house;
mod killed;
mod notified;
mod refused;
mod shipped;
mod traded;
