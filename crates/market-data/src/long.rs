//! The long format: a line a bar, with its symbol, in any order of the symbols.
//!
//! The header says which column is what. Each instrument's bars ascend, whatever stands between
//! them; so a file may be sorted by date or by symbol, and a bar that is there twice is seen at once.
//! Of several bars of a date the last one's close is the day's, and their volumes are added up.
//!
//! Lines as programs write them go the [quick](Long::quick) way; a line that is anything else is
//! taken apart in full, and what is wrong with it is said with its column.

use std::collections::HashMap;

use polyfolio_model::{InstrumentId, Price};

use crate::columns::{Bar, Columns};
use crate::error::Fault;
use crate::heading::Part;
use crate::history::Table;
use crate::number;
use crate::options::ReadOptions;
use crate::quick::{self, Cursor};
use crate::stamp::{Kind, Placed, Stamp};
use crate::text::{At, field};
use crate::wide::{refused, usable};

/// The bars so far.
#[derive(Debug)]
pub(crate) struct Long {
    options: ReadOptions,
    parts: Vec<Part>,
    columns: Columns,
    /// Where the column of a symbol is.
    numbers: HashMap<Vec<u8>, usize>,
    /// The column of the line above.
    last: usize,
    /// How far it lies from the one before that: 0 or 1 in a file that is sorted.
    step: usize,
    /// What the first row has for a date.
    kind: Option<Kind>,
    /// The date of the line above: as written, and as a day.
    date: (u64, u16, i32),
}

/// What a line says.
#[derive(Debug, Default, Clone, Copy)]
struct Said<'a> {
    stamp: &'a str,
    symbol: &'a str,
    prices: [Option<&'a str>; 3],
    close: &'a str,
    volume: &'a str,
}

const OPEN: usize = 0;
const HIGH: usize = 1;
const LOW: usize = 2;

impl Long {
    /// What a header announces; `None` if it is none of a long file.
    pub(crate) fn new(header: &str, options: &ReadOptions) -> Result<Option<Self>, At> {
        let names: Vec<&str> = header.split(',').map(field).collect();
        let is = |wanted: Part| names.iter().any(|name| Part::of(name) == Some(wanted));
        let has_value = [Part::Open, Part::High, Part::Low, Part::Close, Part::Volume];
        if !(is(Part::Stamp) && is(Part::Symbol) && has_value.into_iter().any(is)) {
            return Ok(None);
        }
        let mut parts = Vec::new();
        for (index, name) in names.iter().enumerate() {
            let found = (*name).to_owned();
            let Some(part) = Part::of(name) else {
                return Err(Fault::UnknownColumn { found }.at(1, index + 1));
            };
            if let Some(first) = parts.iter().position(|&have| have == part) {
                let first = first + 1;
                return Err(Fault::DuplicateColumn { found, first }.at(1, index + 1));
            }
            parts.push(part);
        }
        if !parts.contains(&Part::Close) {
            return Err(Fault::NoCloseColumn.at(1, 1));
        }
        let has_volume = parts.contains(&Part::Volume);
        Ok(Some(Self {
            options: *options,
            parts,
            columns: Columns::new(has_volume, options.lines),
            numbers: HashMap::new(),
            last: 0,
            step: 0,
            kind: None,
            date: (0, 0, 0),
        }))
    }

    pub(crate) fn fields(&self) -> usize {
        self.parts.len()
    }

    pub(crate) fn finish(self) -> Result<Table, At> {
        match self.columns.is_empty() {
            true => Err(Fault::NoRows.at(2, 1)),
            false => Ok(self.columns.table()),
        }
    }

    /// Takes lines for as long as they are as expected; gives the bytes and lines that were taken.
    /// What it leaves is for [`push`](Self::push). `line` is that of the first one.
    pub(crate) fn quick(&mut self, bytes: &[u8], line: usize) -> (usize, usize) {
        if self.kind.is_none() {
            return (0, 0);
        }
        let (mut taken, mut lines) = (0, 0);
        while let Some(length) = self.quick_line(&bytes[taken..], line + lines) {
            taken += length;
            lines += 1;
        }
        (taken, lines)
    }

    /// The length of the line that was taken, its end included.
    #[inline]
    fn quick_line(&mut self, bytes: &[u8], line: usize) -> Option<usize> {
        let mut at = Cursor::new(bytes);
        let mut placed = Placed { day: 0, order: 0 };
        let mut column = 0;
        let mut close = quick::Number::default();
        let mut volume = f64::NAN;
        let (mut high, mut low) = (f64::INFINITY, 0.0);
        let last = self.parts.len() - 1;
        for index in 0..=last {
            match self.parts[index] {
                Part::Stamp => placed = self.quick_stamp(&mut at)?,
                Part::Symbol => column = self.quick_symbol(&mut at)?,
                Part::Open => at.price().map(drop)?,
                Part::High => high = at.price()?.nearest(),
                Part::Low => low = at.price()?.nearest(),
                Part::Close => close = at.price()?,
                Part::Volume => volume = at.number()?.nearest(),
            }
            match index == last {
                true => at.line_end()?,
                false => at.comma()?,
            }
        }
        let bar = Bar {
            price: Price::new(close.exact()),
            volume,
            day: placed.day,
            line: u32::try_from(line).unwrap_or(u32::MAX),
        };
        if high < low || !self.columns.push(column, placed.order, bar) {
            return None;
        }
        self.last = column;
        Some(at.taken())
    }

    #[inline]
    fn quick_stamp(&mut self, at: &mut Cursor<'_>) -> Option<Placed> {
        if self.kind != Some(Kind::Date) {
            let stamp = Stamp::read(at.field()?)?;
            let goes = self.kind.is_some_and(|kind| stamp.kind.goes_with(kind));
            return stamp.place(&self.options).filter(|_| goes);
        }
        let (year, rest) = at.date()?;
        if (year, rest) != (self.date.0, self.date.1) {
            let day = crate::stamp::day(at.before(10)?)?;
            self.date = (year, rest, day);
        }
        let day = self.date.2;
        let order = i64::from(day);
        Some(Placed { day, order })
    }

    /// Most lines have the symbol of the line above, or the one that follows it.
    #[inline]
    fn quick_symbol(&mut self, at: &mut Cursor<'_>) -> Option<usize> {
        for step in [self.step, 1 - self.step] {
            let column = match self.last + step {
                next if next < self.columns.len() => next,
                _ => 0,
            };
            if at.is_field(self.columns.name(column)?) {
                self.step = step;
                return Some(column);
            }
        }
        self.numbers.get(at.field()?).copied()
    }

    /// Takes any line that is not blank.
    pub(crate) fn push(&mut self, line: usize, text: &str) -> Result<(), At> {
        let said = self.said(line, text)?;
        let parts = self.parts.clone();
        let place = |part| {
            let index = parts.iter().position(|&have| have == part);
            index.map_or(1, |index| index + 1)
        };
        let placed = self
            .placed(said.stamp)
            .map_err(|fault| fault.at(line, place(Part::Stamp)))?;
        usable(said.symbol).map_err(|reason| {
            let name = said.symbol.to_owned();
            Fault::BadInstrument { name, reason }.at(line, place(Part::Symbol))
        })?;
        let price = |part, text: &str| {
            number::price(text).map_err(|why| {
                refused(why, said.symbol.to_owned(), text.to_owned()).at(line, place(part))
            })
        };
        let others = [(OPEN, Part::Open), (HIGH, Part::High), (LOW, Part::Low)];
        let mut values = [None; 3];
        for (index, part) in others {
            let text = said.prices[index].filter(|text| !text.is_empty());
            values[index] = text.map(|text| price(part, text)).transpose()?;
        }
        if let [_, Some(high), Some(low)] = values
            && high.exact < low.exact
        {
            let words = |index: usize| said.prices[index].unwrap_or_default().to_owned();
            let fault = Fault::HighBelowLow {
                instrument: said.symbol.to_owned(),
                high: words(HIGH),
                low: words(LOW),
            };
            return Err(fault.at(line, place(Part::High)));
        }
        let close = price(Part::Close, said.close)?;
        let volume = match said.volume {
            "" => f64::NAN,
            text => number::volume(text).ok_or_else(|| {
                let (instrument, found) = (said.symbol.to_owned(), text.to_owned());
                Fault::BadVolume { instrument, found }.at(line, place(Part::Volume))
            })?,
        };
        let stamp_column = place(Part::Stamp);
        let column = self.column(said.symbol);
        let bar = Bar {
            price: Price::new(close.exact),
            volume,
            day: placed.day,
            line: u32::try_from(line).unwrap_or(u32::MAX),
        };
        if !self.columns.push(column, placed.order, bar) {
            return Err(self.misplaced(column, placed, said).at(line, stamp_column));
        }
        self.last = column;
        Ok(())
    }

    fn said<'a>(&self, line: usize, text: &'a str) -> Result<Said<'a>, At> {
        let expected = self.parts.len();
        let found = memchr::memchr_iter(b',', text.as_bytes()).count() + 1;
        if found != expected {
            let column = found.min(expected) + 1;
            return Err(Fault::Ragged { expected, found }.at(line, column));
        }
        let mut said = Said::default();
        for (part, text) in self.parts.iter().zip(text.split(',').map(field)) {
            match part {
                Part::Stamp => said.stamp = text,
                Part::Symbol => said.symbol = text,
                Part::Open => said.prices[OPEN] = Some(text),
                Part::High => said.prices[HIGH] = Some(text),
                Part::Low => said.prices[LOW] = Some(text),
                Part::Close => said.close = text,
                Part::Volume => said.volume = text,
            }
        }
        Ok(said)
    }

    fn placed(&mut self, text: &str) -> Result<Placed, Fault> {
        let found = || text.to_owned();
        let stamp =
            Stamp::read(text.as_bytes()).ok_or_else(|| Fault::BadStamp { found: found() })?;
        let first = *self.kind.get_or_insert(stamp.kind);
        if !stamp.kind.goes_with(first) {
            return Err(Fault::MixedStamps {
                found: found(),
                kind: stamp.kind.word(),
                above: first.words(),
            });
        }
        let placed = stamp.place(&self.options);
        let placed = placed.ok_or_else(|| Fault::NeedsZone { found: found() })?;
        let order = match first {
            Kind::Date => i64::from(placed.day),
            _ => placed.order,
        };
        Ok(Placed { order, ..placed })
    }

    fn column(&mut self, symbol: &str) -> usize {
        if let Some(&column) = self.numbers.get(symbol.as_bytes()) {
            return column;
        }
        let column = self.columns.add(InstrumentId::from(symbol));
        self.numbers.insert(symbol.as_bytes().to_vec(), column);
        column
    }

    /// Why a bar is not one that comes after its instrument's last.
    fn misplaced(&self, column: usize, placed: Placed, said: Said<'_>) -> Fault {
        let (instrument, found) = (said.symbol.to_owned(), said.stamp.to_owned());
        let (order, above) = self.columns.last(column);
        match placed.order == order {
            true => Fault::DuplicateBar {
                instrument,
                found,
                first: above,
            },
            false => Fault::BarOrder {
                instrument,
                found,
                above,
            },
        }
    }
}
