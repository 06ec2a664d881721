//! A broker of one's own: the one of the examples in the suite that every broker passes, and the
//! whole program with it, killed and started again.

#![allow(clippy::unwrap_used, reason = "the helpers of tests are tests")]

mod configured;
mod conformance;
#[expect(
    dead_code,
    reason = "the example itself, with a main that nobody calls here"
)]
#[path = "../../examples/own_broker.rs"]
mod example;
mod house;
mod killed;
mod rig;
mod whole;
