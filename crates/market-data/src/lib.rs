//! Price history: daily closes from CSV files, checked while they are read.
//!
//! A history is a table, one row a date and one column an instrument. It is
//! either valid or an error that names file, line and column: a wrong price found
//! after an order was sent is found too late. An instrument may lack closes; what
//! stands in their place, and how that is told, says [`History`].
//!
//! Files are wide (a column an instrument) or long (a line a bar, with its symbol),
//! plain or gzip. Of intraday bars the last one of a date is the day's close.
//!
//! This crate knows nothing of strategies, of brokers, of time as it passes, or
//! of where a file comes from.

mod check;
mod columns;
mod derived;
mod error;
mod findings;
mod heading;
mod history;
mod join;
mod load;
mod long;
mod number;
mod options;
mod quick;
mod report;
mod stamp;
mod text;
mod view;
mod volatility;
mod wide;

pub use check::check;
pub use error::{Fault, HistoryError};
pub use history::{History, Shape, UnknownInstrument};
pub use join::{Closes, JoinError, Joined};
pub use options::{BarTime, ReadOptions, UnknownZone, Zone};
pub use report::{Finding, FindingCode, Gap, HistoryReport, InstrumentReport, Move, StaleRun};
pub use view::{Cells, Desk, View};
