//! The paper broker's promises, one module each.

mod account;
mod common;
mod recovery;
mod session;
