//! The wide format: a row a date, a column an instrument, every cell checked.
//!
//! Fields are separated by commas and may stand in plain double quotes; a comma
//! or a quote inside a field is not known here, as neither a date, a symbol nor a
//! price has one. An empty cell is a day on which the instrument has no close.

use std::collections::HashMap;

use chrono::NaiveDate;
use polyfolio_model::{InstrumentId, Price};

use crate::error::Fault;
use crate::heading::Part;
use crate::history::{History, Shape, Table};
use crate::number::{self, NotANumber};
use crate::stamp;
use crate::text::{At, field};

fn header(line: &str) -> Result<Vec<InstrumentId>, At> {
    let mut fields = line.split(',').map(field);
    let first = fields.next().unwrap_or_default();
    if Part::of(first) != Some(Part::Stamp) {
        return Err((
            1,
            1,
            Fault::HeaderWithoutDate {
                found: first.to_owned(),
            },
        ));
    }
    if let Some(column) = bars_of_one(line) {
        return Err((1, column, Fault::BarsOfOne));
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

/// Where a header is that of one instrument's bars: instruments of such names would be planned and
/// traded. OPEN and LOW are symbols too; a close and a volume are nobody's.
fn bars_of_one(line: &str) -> Option<usize> {
    let parts: Vec<Option<Part>> = line.split(',').map(field).map(Part::of).collect();
    let at = |part: Part| parts.iter().position(|found| *found == Some(part));
    let all = [Part::Open, Part::High, Part::Low].map(at);
    let bar = all.iter().all(Option::is_some).then_some(all[0]).flatten();
    let column = at(Part::Close).or_else(|| at(Part::Volume)).or(bar);
    column.map(|column| column + 1)
}

pub(crate) fn usable(name: &str) -> Result<(), &'static str> {
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

const MIDNIGHT: [&str; 2] = [" 00:00:00", "T00:00:00"];

/// The rows so far.
pub(crate) struct Wide {
    table: Table,
    /// Which columns had a close.
    begun: Vec<bool>,
}

impl Wide {
    /// What a header announces.
    pub(crate) fn new(line: &str) -> Result<Self, At> {
        let instruments = header(line)?;
        Ok(Self {
            begun: vec![false; instruments.len()],
            table: Table {
                shape: Shape::Wide,
                instruments,
                ..Table::default()
            },
        })
    }

    /// Takes a line that is not blank.
    pub(crate) fn push(&mut self, line: usize, text: &str) -> Result<(), At> {
        let expected = self.table.instruments.len() + 1;
        let found = memchr::memchr_iter(b',', text.as_bytes()).count() + 1;
        if found != expected {
            let column = found.min(expected) + 1;
            return Err((line, column, Fault::Ragged { expected, found }));
        }
        let mut fields = text.split(',').map(field);
        let date = self.push_date(line, fields.next().unwrap_or_default())?;
        let mut is_empty = true;
        for (column, text) in fields.enumerate() {
            match text {
                "" => self.push_hole(column),
                text => {
                    is_empty = false;
                    self.push_price(line, column, text)?;
                }
            }
        }
        match is_empty {
            true => Err((line, 2, Fault::EmptyRow { date })),
            false => Ok(()),
        }
    }

    /// How many fields a row has.
    pub(crate) fn fields(&self) -> usize {
        self.table.instruments.len() + 1
    }

    /// The whole table.
    pub(crate) fn finish(self) -> Result<Table, At> {
        if self.table.dates.is_empty() {
            return Err((2, 1, Fault::NoRows));
        }
        match self.begun.iter().position(|begun| !begun) {
            None => Ok(self.table),
            Some(column) => {
                let instrument = self.table.instruments[column].to_string();
                Err((1, column + 2, Fault::EmptyColumn { instrument }))
            }
        }
    }

    fn push_date(&mut self, line: usize, text: &str) -> Result<NaiveDate, At> {
        let bad = || {
            let found = text.to_owned();
            (line, 1, Fault::BadDate { found })
        };
        // As programs write a date that they hold as a time.
        let day = MIDNIGHT.iter().find_map(|end| text.strip_suffix(end));
        let date = stamp::date(day.unwrap_or(text).as_bytes()).ok_or_else(bad)?;
        let dates = &mut self.table.dates;
        match dates.last() {
            Some(&previous) if date <= previous => Err((line, 1, misplaced(dates, date, previous))),
            _ => {
                dates.push(date);
                Ok(date)
            }
        }
    }

    fn push_price(&mut self, line: usize, column: usize, text: &str) -> Result<(), At> {
        match number::price(text) {
            Ok(number) => {
                self.begun[column] = true;
                self.table.closes.push(number.nearest);
                self.table.prices.push(Price::new(number.exact));
                if !self.table.ages.is_empty() {
                    self.table.ages.push(0);
                }
                Ok(())
            }
            Err(why) => {
                let instrument = self.table.instruments[column].to_string();
                Err((line, column + 2, refused(why, instrument, text.to_owned())))
            }
        }
    }

    /// What was known on the row above, older by the days between.
    fn push_hole(&mut self, column: usize) {
        let table = &mut self.table;
        let cell = table.closes.len();
        if table.ages.is_empty() {
            // Holes are rare: ages are kept from the first one on.
            table.ages.reserve(cell + 1);
            table.ages.resize(cell, 0);
        }
        let above = cell.checked_sub(table.instruments.len());
        let Some(above) = above.filter(|_| self.begun[column]) else {
            table.closes.push(f64::NAN);
            table.prices.push(Price::ZERO);
            table.ages.push(History::NEVER);
            return;
        };
        let days = match table.dates[..] {
            [.., previous, date] => (date - previous).num_days(),
            _ => 0,
        };
        table.closes.push(table.closes[above]);
        table.prices.push(table.prices[above]);
        table.ages.push(Table::older(table.ages[above], days));
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

pub(crate) fn refused(why: NotANumber, instrument: String, found: String) -> Fault {
    match why {
        NotANumber::Empty => Fault::EmptyCell { instrument },
        NotANumber::Unreadable => Fault::BadPrice { instrument, found },
        NotANumber::NotFinite => Fault::NotFinite { instrument, found },
        NotANumber::NonPositive => Fault::NonPositive { instrument, found },
        NotANumber::TooPrecise => Fault::TooPrecise { instrument, found },
    }
}
