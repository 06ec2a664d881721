//! From CSV text to a table, one pass, every cell checked.
//!
//! Fields are separated by commas and may stand in plain double quotes; a comma
//! or a quote inside a field is not known here, as neither a date, a symbol nor a
//! price has one. Blank lines are accepted at the end only.

use std::collections::HashMap;
use std::path::Path;

use chrono::NaiveDate;
use polyfolio_model::{InstrumentId, Price};

use crate::error::{Fault, HistoryError};
use crate::history::{History, Table};
use crate::number::{self, NotANumber};

/// Line and column, both from 1, and what is wrong there.
type At = (usize, usize, Fault);

pub(crate) fn parse(path: &Path, bytes: &[u8]) -> Result<History, HistoryError> {
    table(bytes)
        .map(History::new)
        .map_err(|(line, column, fault)| HistoryError::Content {
            path: path.into(),
            line,
            column,
            fault,
        })
}

fn table(bytes: &[u8]) -> Result<Table, At> {
    let text = std::str::from_utf8(bytes).map_err(|e| not_utf8(bytes, e.valid_up_to()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim_end();
    if text.is_empty() {
        return Err((1, 1, Fault::Empty));
    }
    let mut lines = text
        .split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line));
    let mut rows = Rows::new(header(lines.next().unwrap_or_default())?);
    for line in lines {
        rows.push(line)?;
    }
    if rows.table.dates.is_empty() {
        return Err((2, 1, Fault::NoRows));
    }
    Ok(rows.table)
}

fn not_utf8(bytes: &[u8], valid: usize) -> At {
    let before = &bytes[..valid];
    let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
    let start = before
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |at| at + 1);
    let column = before[start..].iter().filter(|&&byte| byte == b',').count() + 1;
    (line, column, Fault::NotUtf8)
}

fn header(line: &str) -> Result<Vec<InstrumentId>, At> {
    let mut fields = line.split(',').map(field);
    let first = fields.next().unwrap_or_default();
    if !first.eq_ignore_ascii_case("date") {
        return Err((
            1,
            1,
            Fault::HeaderWithoutDate {
                found: first.to_owned(),
            },
        ));
    }
    let mut names: Vec<InstrumentId> = Vec::new();
    let mut columns: HashMap<&str, usize> = HashMap::new();
    for (index, name) in fields.enumerate() {
        let column = index + 2;
        if let Err(reason) = usable(name) {
            return Err((
                1,
                column,
                Fault::BadInstrument {
                    name: name.to_owned(),
                    reason,
                },
            ));
        }
        if let Some(first) = columns.insert(name, column) {
            let fault = Fault::DuplicateInstrument {
                name: name.to_owned(),
                first,
            };
            return Err((1, column, fault));
        }
        names.push(InstrumentId::from(name));
    }
    if names.is_empty() {
        return Err((1, 2, Fault::NoInstruments));
    }
    Ok(names)
}

fn usable(name: &str) -> Result<(), &'static str> {
    if name.is_empty() {
        return Err("the field is empty");
    }
    if name
        .chars()
        .any(|c| c.is_whitespace() || c.is_control() || c == '"')
    {
        return Err("a symbol has no spaces, quotes or control characters");
    }
    Ok(())
}

/// A field without surrounding spaces and plain quotes.
fn field(text: &str) -> &str {
    let text = text.trim_matches([' ', '\t']);
    text.strip_prefix('"')
        .and_then(|inner| inner.strip_suffix('"'))
        .unwrap_or(text)
}

/// The rows so far, and where the next one stands.
struct Rows {
    table: Table,
    line: usize,
}

impl Rows {
    fn new(instruments: Vec<InstrumentId>) -> Self {
        Self {
            table: Table {
                instruments,
                ..Table::default()
            },
            line: 1,
        }
    }

    fn push(&mut self, text: &str) -> Result<(), At> {
        self.line += 1;
        let expected = self.table.instruments.len() + 1;
        if text.trim().is_empty() {
            return Err((self.line, 1, Fault::BlankLine { expected }));
        }
        let found = text.bytes().filter(|&byte| byte == b',').count() + 1;
        if found != expected {
            let column = found.min(expected) + 1;
            return Err((self.line, column, Fault::Ragged { expected, found }));
        }
        let mut fields = text.split(',').map(field);
        self.push_date(fields.next().unwrap_or_default())?;
        for (column, text) in fields.enumerate() {
            self.push_price(column, text)?;
        }
        Ok(())
    }

    fn push_date(&mut self, text: &str) -> Result<(), At> {
        let line = self.line;
        let date = date(text).ok_or_else(|| {
            (
                line,
                1,
                Fault::BadDate {
                    found: text.to_owned(),
                },
            )
        })?;
        let dates = &mut self.table.dates;
        match dates.last() {
            Some(&previous) if date <= previous => Err((line, 1, misplaced(dates, date, previous))),
            _ => {
                dates.push(date);
                Ok(())
            }
        }
    }

    fn push_price(&mut self, column: usize, text: &str) -> Result<(), At> {
        match number::price(text) {
            Ok(number) => {
                self.table.closes.push(number.nearest);
                self.table.prices.push(Price::new(number.exact));
                Ok(())
            }
            Err(why) => {
                let instrument = self.table.instruments[column].to_string();
                Err((
                    self.line,
                    column + 2,
                    refused(why, instrument, text.to_owned()),
                ))
            }
        }
    }
}

/// The dates above ascend without a gap in lines, so an index is a line.
fn misplaced(dates: &[NaiveDate], date: NaiveDate, previous: NaiveDate) -> Fault {
    match dates.binary_search(&date) {
        Ok(row) => Fault::DuplicateDate {
            date,
            first: row + 2,
        },
        Err(_) => Fault::DateOrder { date, previous },
    }
}

fn refused(why: NotANumber, instrument: String, found: String) -> Fault {
    match why {
        NotANumber::Empty => Fault::EmptyCell { instrument },
        NotANumber::Unreadable => Fault::BadPrice { instrument, found },
        NotANumber::NotFinite => Fault::NotFinite { instrument, found },
        NotANumber::NonPositive => Fault::NonPositive { instrument, found },
        NotANumber::TooPrecise => Fault::TooPrecise { instrument, found },
    }
}

/// `YYYY-MM-DD` and nothing else, so that no file is read month for day.
fn date(text: &str) -> Option<NaiveDate> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let digits = |range: std::ops::Range<usize>| {
        bytes[range].iter().try_fold(0_u32, |sum, byte| {
            byte.is_ascii_digit()
                .then(|| sum * 10 + u32::from(byte - b'0'))
        })
    };
    NaiveDate::from_ymd_opt(
        i32::try_from(digits(0..4)?).ok()?,
        digits(5..7)?,
        digits(8..10)?,
    )
}
