//! The plan as a whole.
#![allow(clippy::unwrap_used)]

mod examples;
mod faults;
mod properties;
mod reference;
mod world;
