//! Price history: daily closes from CSV files, checked while they are read.
//!
//! A history is a table, one row a date and one column an instrument. It is
//! either whole and valid or an error that names file, line and column: a wrong
//! price found after an order was sent is found too late.
//!
//! This crate knows nothing of strategies, of brokers, of time as it passes, or
//! of where a file comes from.

mod check;
mod error;
mod history;
mod join;
mod load;
mod number;
mod parse;
mod report;
mod volatility;

pub use check::check;
pub use error::{Fault, HistoryError};
pub use history::{History, UnknownInstrument};
pub use join::{Closes, JoinError, Joined};
pub use report::{Gap, HistoryReport, InstrumentReport, Move, StaleRun};
