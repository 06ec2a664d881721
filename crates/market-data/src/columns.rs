//! Bars by instrument, and the table that they make.
//!
//! The rows of the table are the dates on which any instrument closed. It is made some rows at a
//! time: the bars of an instrument lie behind each other, the cells of a row do, and neither order
//! suits the other.

use chrono::NaiveDate;
use polyfolio_model::{InstrumentId, Price};

use crate::history::{History, Shape, Table};
use crate::number;

/// One instrument's close of a date.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bar {
    pub(crate) price: Price,
    /// NaN where it is not known.
    pub(crate) volume: f64,
    /// Days since year 1.
    pub(crate) day: i32,
    pub(crate) line: u32,
}

/// How many bars of an instrument lie together. All of them come out of one store: as many stores
/// as instruments would begin and grow alike, and their ends would fall upon the same few places of
/// the cache.
const BLOCK: usize = 16;

const NOTHING: Bar = Bar {
    price: Price::ZERO,
    volume: f64::NAN,
    day: 0,
    line: 0,
};

/// One instrument's bars, ascending.
#[derive(Debug)]
struct Column {
    name: InstrumentId,
    /// Where its blocks begin in the store, in blocks.
    blocks: Vec<u32>,
    /// How many bars it has.
    count: usize,
    /// Where the next one goes, if the last block has room.
    next: usize,
    /// Where the last bar lies in time.
    order: i64,
    /// On which line it stands.
    line: u32,
}

/// The bars of a file.
#[derive(Debug)]
pub(crate) struct Columns {
    columns: Vec<Column>,
    store: Vec<Bar>,
    has_volume: bool,
    has_lines: bool,
}

/// How many rows are made at a time: those of a thousand instruments fit into a cache.
const ROWS: usize = 8;

impl Columns {
    pub(crate) fn new(has_volume: bool, has_lines: bool) -> Self {
        Self {
            columns: Vec::new(),
            store: Vec::new(),
            has_volume,
            has_lines,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.columns.len()
    }

    #[inline]
    pub(crate) fn name(&self, column: usize) -> Option<&[u8]> {
        let column = self.columns.get(column)?;
        Some(column.name.as_str().as_bytes())
    }

    pub(crate) fn add(&mut self, name: InstrumentId) -> usize {
        self.columns.push(Column {
            name,
            blocks: Vec::new(),
            count: 0,
            next: 0,
            order: i64::MIN,
            line: 0,
        });
        self.columns.len() - 1
    }

    /// Where the last bar of an instrument lies, and its line.
    pub(crate) fn last(&self, column: usize) -> (i64, u64) {
        let column = &self.columns[column];
        (column.order, u64::from(column.line))
    }

    /// Takes a bar; whether it lies behind the instrument's last one. Another bar of the same date
    /// takes that one's place, and its volume is added.
    #[inline]
    pub(crate) fn push(&mut self, column: usize, order: i64, bar: Bar) -> bool {
        let column = &mut self.columns[column];
        if order <= column.order {
            return false;
        }
        let last = column.next.checked_sub(1);
        match last.and_then(|last| self.store.get_mut(last)) {
            Some(last) if column.count > 0 && last.day == bar.day => {
                let volume = last.volume + bar.volume;
                *last = Bar { volume, ..bar };
            }
            // A clock that was put back must not bring a date back.
            Some(last) if column.count > 0 && last.day > bar.day => return false,
            _ => {
                if column.count.is_multiple_of(BLOCK) {
                    column.next = self.store.len();
                    column.blocks.push((column.next / BLOCK) as u32);
                    self.store.resize(column.next + BLOCK, NOTHING);
                }
                self.store[column.next] = bar;
                column.next += 1;
                column.count += 1;
            }
        }
        (column.order, column.line) = (order, bar.line);
        true
    }

    /// A bar of an instrument by its number.
    #[inline]
    fn bar(&self, column: &Column, number: usize) -> Option<&Bar> {
        let block = *column.blocks.get(number / BLOCK)? as usize;
        let is_there = number < column.count;
        self.store
            .get(block * BLOCK + number % BLOCK)
            .filter(|_| is_there)
    }

    fn bars<'a>(&'a self, column: &'a Column) -> impl Iterator<Item = &'a Bar> {
        (0..column.count).filter_map(|number| self.bar(column, number))
    }

    /// The table of all of them.
    pub(crate) fn table(self) -> Table {
        let days = self.days();
        let width = self.columns.len();
        let cells = days.len() * width;
        let bars: usize = self.columns.iter().map(|column| column.count).sum();
        let reserved = |is_kept: bool| if is_kept { cells } else { 0 };
        let mut table = Table {
            shape: Shape::Long,
            instruments: self.columns.iter().map(|c| c.name.clone()).collect(),
            dates: days.iter().filter_map(|&day| date(day)).collect(),
            closes: Vec::with_capacity(cells),
            prices: Vec::with_capacity(cells),
            ages: Vec::with_capacity(reserved(bars < cells)),
            volumes: Vec::with_capacity(reserved(self.has_volume)),
            lines: Vec::with_capacity(reserved(self.has_lines)),
            ..Table::default()
        };
        let mut next = vec![0; width];
        let mut block = Block::new(width);
        for days in days.chunks(ROWS) {
            for (column, next) in next.iter_mut().enumerate() {
                let of = &self.columns[column];
                block.fill(column, |number| self.bar(of, number), next, days);
            }
            block.append(days.len() * width, &mut table, bars < cells, &self);
        }
        table
    }

    /// The dates on which any of them closed, ascending.
    fn days(&self) -> Vec<i32> {
        let columns = self.columns.iter();
        let firsts = columns.clone().filter_map(|column| self.bar(column, 0));
        let last = |column: &'_ Column| self.bar(column, column.count.checked_sub(1)?);
        let lasts = columns.clone().filter_map(last);
        let first = firsts.map(|bar| bar.day).min().unwrap_or_default();
        let last = lasts.map(|bar| bar.day).max().unwrap_or_default();
        // A year has four digits, so this is four million at most.
        let mut seen = vec![false; last.abs_diff(first) as usize + 1];
        for bar in columns.flat_map(|column| self.bars(column)) {
            seen[bar.day.abs_diff(first) as usize] = true;
        }
        let days = first..=last;
        days.zip(seen)
            .filter_map(|(day, seen)| seen.then_some(day))
            .collect()
    }
}

fn date(day: i32) -> Option<NaiveDate> {
    NaiveDate::from_num_days_from_ce_opt(day)
}

/// Some rows of the table, row by row.
struct Block {
    width: usize,
    closes: Vec<f64>,
    prices: Vec<Price>,
    volumes: Vec<f64>,
    ages: Vec<u16>,
    lines: Vec<u32>,
}

impl Block {
    fn new(width: usize) -> Self {
        let cells = ROWS * width;
        Self {
            width,
            closes: vec![f64::NAN; cells],
            prices: vec![Price::ZERO; cells],
            volumes: vec![f64::NAN; cells],
            ages: vec![History::NEVER; cells],
            lines: vec![0; cells],
        }
    }

    /// One instrument's cells of these days; `next` is its first bar that is not used yet.
    #[inline]
    fn fill<'a>(
        &mut self,
        column: usize,
        bar: impl Fn(usize) -> Option<&'a Bar>,
        next: &mut usize,
        days: &[i32],
    ) {
        let mut carried = next.checked_sub(1).and_then(&bar);
        let mut close = carried.map_or(f64::NAN, |bar| number::nearest_of(bar.price.get()));
        let mut cell = column;
        for &day in days {
            let bar = bar(*next).filter(|bar| bar.day == day);
            if let Some(bar) = bar {
                *next += 1;
                carried = Some(bar);
                close = number::nearest_of(bar.price.get());
            }
            self.closes[cell] = close;
            self.prices[cell] = carried.map_or(Price::ZERO, |bar| bar.price);
            self.volumes[cell] = bar.map_or(f64::NAN, |bar| bar.volume);
            self.ages[cell] = match carried {
                Some(bar) => Table::older(0, i64::from(day) - i64::from(bar.day)),
                None => History::NEVER,
            };
            self.lines[cell] = carried.map_or(0, |bar| bar.line);
            cell += self.width;
        }
    }

    fn append(&self, cells: usize, table: &mut Table, has_holes: bool, of: &Columns) {
        table.closes.extend_from_slice(&self.closes[..cells]);
        table.prices.extend_from_slice(&self.prices[..cells]);
        if has_holes {
            table.ages.extend_from_slice(&self.ages[..cells]);
        }
        if of.has_volume {
            table.volumes.extend_from_slice(&self.volumes[..cells]);
        }
        if of.has_lines {
            table.lines.extend_from_slice(&self.lines[..cells]);
        }
    }
}
