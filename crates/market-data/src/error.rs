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
    #[error(
        "the first column is headed {found:?}; expected \"date\"{}",
        separated(found)
    )]
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
    #[error("{found:?} is not a date such as 2022-12-28: year, month, day")]
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
    /// A line a bar, and no word of what instrument.
    #[error("these are the bars of one instrument, and nothing says of which; add a column symbol")]
    BarsOfOne,
    /// No price where there must be one.
    #[error("{instrument} has no price; leave the line out where there is none")]
    EmptyCell {
        /// Whose bar.
        instrument: String,
    },
    /// A row of empty cells.
    #[error("no instrument has a price on {date}")]
    EmptyRow {
        /// The row's date.
        date: NaiveDate,
    },
    /// A column of empty cells.
    #[error("{instrument} has no price in any row")]
    EmptyColumn {
        /// The column's instrument.
        instrument: String,
    },
    /// A column of a long file that is none.
    #[error(
        "the column {found:?} is not known; a file with a symbol on every line has date, symbol, open, high, low, close and volume"
    )]
    UnknownColumn {
        /// What stands there.
        found: String,
    },
    /// Two columns of a long file that say the same.
    #[error("the column {found:?} says what column {first} says")]
    DuplicateColumn {
        /// What stands there.
        found: String,
        /// Where it stands first, from 1.
        first: usize,
    },
    /// A long file without closes.
    #[error("the header names no column \"close\"")]
    NoCloseColumn,
    /// Neither a date nor a time.
    #[error(
        "{found:?} is neither a date such as 2022-12-28 nor a time such as 2022-12-28T15:30:00-05:00"
    )]
    BadStamp {
        /// What stands there.
        found: String,
    },
    /// Another kind of date or time than the first row has.
    #[error("{found:?} is {kind}, but the rows above have {above}")]
    MixedStamps {
        /// What stands there.
        found: String,
        /// What that is.
        kind: &'static str,
        /// What the first row has.
        above: &'static str,
    },
    /// An instant whose date nobody said how to take.
    #[error(
        "{found:?} is a time in UTC; say in which time zone its date is taken: time_zone = \"America/New_York\" in [history], or --time-zone"
    )]
    NeedsZone {
        /// What stands there.
        found: String,
    },
    /// A bar that the instrument has already.
    #[error("{instrument} has {found} twice, first on line {first}")]
    DuplicateBar {
        /// Whose bar.
        instrument: String,
        /// Its date or time, as written.
        found: String,
        /// The line above that has it, from 1.
        first: u64,
    },
    /// A bar that is earlier than the instrument's bar above.
    #[error(
        "{instrument}: {found} comes before its bar on line {above}; the bars of an instrument must ascend"
    )]
    BarOrder {
        /// Whose bar.
        instrument: String,
        /// Its date or time, as written.
        found: String,
        /// The line of the bar above, from 1.
        above: u64,
    },
    /// A bar whose high is no high.
    #[error("{instrument}: the high {high} is below the low {low}")]
    HighBelowLow {
        /// Whose bar.
        instrument: String,
        /// The high as written.
        high: String,
        /// The low as written.
        low: String,
    },
    /// Text that is no volume.
    #[error("{instrument}: {found:?} is not a volume, a number from 0 on")]
    BadVolume {
        /// Whose bar.
        instrument: String,
        /// What stands there.
        found: String,
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

/// What to say of a header that has other separators.
fn separated(first: &str) -> &'static str {
    if first.contains([';', '\t']) {
        ". Fields are separated by commas, and numbers have points"
    } else {
        ""
    }
}
