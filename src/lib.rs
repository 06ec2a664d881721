//! polyfolio runs many weighted trading strategies as one book, in one process.
//!
//! This crate is the application: the command line, the settings, the wiring. It composes and never
//! computes; what it composes is re-exported by the crates it names.

pub mod cli;
pub mod exit;
pub mod face;
pub mod failure;
pub mod runtime;
pub mod settings;
