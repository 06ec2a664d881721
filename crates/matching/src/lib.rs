//! The market that fills: behind the paper broker, the simulators and the backtest.
//!
//! A [`Venue`] takes commands at times it is told and says what happened, at the venue's own time.
//! [`SyntheticVenue`] is one with seeded prices; what it did is its tape, and the fold of the tape
//! is its [`Book`]: orders, fills and account. [`fees`] and [`impact`] are what trading costs.
//!
//! Pure: no clock, no I/O, no runtime, and no chance but from the seed that is passed in. Nothing
//! here knows of strategies, parents or sleeves.

pub mod account;
pub mod book;
pub mod chance;
pub mod config;
mod error;
pub mod fees;
pub mod impact;
mod market;
mod mid_path;
mod rules;
pub mod synthetic;
pub mod tape;
pub mod venue;
pub mod walk;

pub use account::Account;
pub use book::{Book, BookBreak, BookedFill, DONE_MAX, OrderRecord};
pub use config::{FillModel, Latency, Listing, MarketParams, VenueConfig, close_of_us_stocks};
pub use error::VenueError;
pub use fees::FeeModel;
pub use synthetic::SyntheticVenue;
pub use tape::{Happening, MarketSet, OrderRef, Start, TapeEvent};
pub use venue::{Venue, VenueCommand, VenueEvent};
pub use walk::Walk;
