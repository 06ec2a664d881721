//! What can be wrong with a history file, and where.

use std::path::PathBuf;

use chrono::NaiveDate;

/// A history that could not be read, or was refused.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The file is missing, a directory, or not readable.
    #[error("history {} cannot be read: {source}", path.display())]
    Read {
        /// The file as it was named.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file begins like gzip and does not end like it, or is damaged inside.
    #[error("history {} is not a whole gzip file: {source}", path.display())]
    Gzip {
        /// The file as it was named.
        path: PathBuf,
        /// What the decoder said.
        source: std::io::Error,
    },
    /// A small file that unpacks to an endless one.
    #[error("history {} unpacks to more than {len_max} bytes, which no price history needs", path.display())]
    TooLong {
        /// The file as it was named.
        path: PathBuf,
        /// How long it may be.
        len_max: u64,
    },
    /// The text is refused.
    #[error("{}, line {line}, column {column}: {fault}", path.display())]
    Content {
        /// The file as it was named.
        path: PathBuf,
        /// Line of the (uncompressed) text, from 1.
        line: usize,
        /// Field of the line, from 1: the date is column 1.
        column: usize,
        /// What is wrong there.
        fault: Fault,
    },
}

/// What is wrong at one place of a history file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nothing but white space.
    #[error("the file is empty; expected a header such as date,AAPL,MSFT")]
    Empty,
    /// A header and nothing below it.
    #[error("there are no rows below the header")]
    NoRows,
    /// Bytes that are not text.
    #[error("the bytes are not UTF-8 text")]
    NotUtf8,
    /// The first column is something else.
    #[error("the first column is headed {found:?}; expected \"date\"")]
    HeaderWithoutDate {
        /// What stands there.
        found: String,
    },
    /// Only a date column.
    #[error("the header names no instrument")]
    NoInstruments,
    /// A column without a usable name.
    #[error("{name:?} cannot name an instrument: {reason}")]
    BadInstrument {
        /// The name as written.
        name: String,
        /// Why not.
        reason: &'static str,
    },
    /// Two columns of one name.
    #[error("instrument {name} already stands in column {first}")]
    DuplicateInstrument {
        /// The name.
        name: String,
        /// Where it stands first, from 1.
        first: usize,
    },
    /// Too few or too many fields.
    #[error("the row has {found} fields, the header {expected}")]
    Ragged {
        /// Fields of the header, the date included.
        expected: usize,
        /// Fields of this row.
        found: usize,
    },
    /// A blank line between rows.
    #[error("the line is blank; expected a row of {expected} fields")]
    BlankLine {
        /// Fields of the header, the date included.
        expected: usize,
    },
    /// Not a calendar date in the one accepted form.
    #[error("{found:?} is not a date such as 2022-12-28")]
    BadDate {
        /// What stands there.
        found: String,
    },
    /// The date of the row above again.
    #[error("date {date} stands twice, first on line {first}")]
    DuplicateDate {
        /// The date.
        date: NaiveDate,
        /// The line above that has it, from 1.
        first: usize,
    },
    /// Earlier than the row above.
    #[error("date {date} comes after {previous}; rows must ascend")]
    DateOrder {
        /// The date of this row.
        date: NaiveDate,
        /// The date of the row above.
        previous: NaiveDate,
    },
    /// No price where there must be one.
    #[error("{instrument} has no price; every cell needs one")]
    EmptyCell {
        /// The column's instrument.
        instrument: String,
    },
    /// Text that is no number.
    #[error("{instrument}: {found:?} is not a price such as 125.674")]
    BadPrice {
        /// The column's instrument.
        instrument: String,
        /// What stands there.
        found: String,
    },
    /// NaN or an infinity.
    #[error("{instrument}: price {found} is not finite")]
    NotFinite {
        /// The column's instrument.
        instrument: String,
        /// What stands there.
        found: String,
    },
    /// Zero or less.
    #[error("{instrument}: price {found} is not above zero")]
    NonPositive {
        /// The column's instrument.
        instrument: String,
        /// What stands there.
        found: String,
    },
    /// More digits than a decimal holds exactly.
    #[error("{instrument}: price {found} has more than 28 digits")]
    TooPrecise {
        /// The column's instrument.
        instrument: String,
        /// What stands there.
        found: String,
    },
}
