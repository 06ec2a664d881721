//! Venues that speak their broker's own protocol on loopback, so that a connector can be tried,
//! and broken, without an account.
//!
//! Behind each stands `matching`'s venue, as behind the paper broker. Time comes in as a
//! `ports::Clock` and chance as a seed; nothing here knows of strategies, runs or the journal.

pub mod tws;
