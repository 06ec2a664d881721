//! The table of closes.
//!
//! A [`History`] is cheap to clone and to cut: strategies, each in an actor of
//! its own, look at the same table.
//!
//! # Where there is no close
//!
//! An instrument may begin after the first row, end before the last, and lack days in between.
//! In such a cell stands the last close that was known then, never a later one, and beside it
//! its age in days ([`History::ages`]): 0 where the row has a close of its own. Before an
//! instrument's first close there is nothing to carry: the close is NaN, the exact price is zero
//! and the age is [`History::NEVER`]. So what is held can be valued on every row, and whoever
//! computes a signal can tell the rows that count.

use std::sync::Arc;

use chrono::NaiveDate;
use polyfolio_model::{InstrumentId, Price};

/// Daily closes, one row a date (strictly ascending), one column an instrument; every close is a
/// positive finite price. Every row has at least one, and so has every column of a file.
///
/// A close is kept twice: exactly as the file has it, and as the nearest `f64`.
///
/// The default one has no row and no column.
#[derive(Debug, Clone, Default)]
pub struct History {
    table: Arc<Table>,
    /// How many of the table's rows are seen.
    rows: usize,
}

/// An instrument that the history has no column for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the history has no instrument {0}")]
pub struct UnknownInstrument(pub InstrumentId);

/// How a file is laid out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Shape {
    /// A row a date, a column an instrument.
    #[default]
    Wide,
    /// A line a bar, with its symbol.
    Long,
}

/// Cells are stored row by row.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) shape: Shape,
    pub(crate) instruments: Vec<InstrumentId>,
    pub(crate) dates: Vec<NaiveDate>,
    pub(crate) closes: Vec<f64>,
    pub(crate) prices: Vec<Price>,
    /// Days since the close of a cell; empty if every cell has its own.
    pub(crate) ages: Vec<u16>,
    /// NaN where none is known; empty if none is at all.
    pub(crate) volumes: Vec<f64>,
    /// Lines of a long file, where they were asked for; otherwise empty.
    pub(crate) lines: Vec<u32>,
    /// The ages of a row without a hole.
    pub(crate) whole_row: Vec<u16>,
}

impl History {
    /// The age of a cell before the instrument's first close.
    pub const NEVER: u16 = u16::MAX;

    pub(crate) fn new(mut table: Table) -> Self {
        let rows = table.dates.len();
        let cells = rows * table.instruments.len();
        debug_assert_eq!(table.closes.len(), cells);
        debug_assert_eq!(table.prices.len(), cells);
        for optional in [table.ages.len(), table.volumes.len(), table.lines.len()] {
            debug_assert!(optional == 0 || optional == cells);
        }
        table.whole_row = vec![0; table.instruments.len()];
        Self {
            table: Arc::new(table),
            rows,
        }
    }

    /// How the file was laid out that it came from.
    pub fn shape(&self) -> Shape {
        self.table.shape
    }

    /// The columns, in the order of the file; of a long file, in the order they first appear.
    pub fn instruments(&self) -> &[InstrumentId] {
        &self.table.instruments
    }

    /// The dates, ascending.
    pub fn dates(&self) -> &[NaiveDate] {
        &self.table.dates[..self.rows]
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there is no row; only a cut before the first date is empty.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The last date, or `None` if the history is empty.
    pub fn last_date(&self) -> Option<NaiveDate> {
        self.dates().last().copied()
    }

    /// The closes known at a row, in the order of the columns: see the [ages](Self::ages). NaN
    /// where there was none yet.
    ///
    /// # Panics
    /// If `row` is not below [`len`](Self::len).
    pub fn closes(&self, row: usize) -> &[f64] {
        &self.table.closes[self.cells(row)]
    }

    /// The closes known at a row, exact, in the order of the columns. Zero where there was none
    /// yet.
    ///
    /// # Panics
    /// If `row` is not below [`len`](Self::len).
    pub fn prices(&self, row: usize) -> &[Price] {
        &self.table.prices[self.cells(row)]
    }

    /// How many days old each close of a row is: 0 for one of the row's own date,
    /// [`NEVER`](Self::NEVER) where there was none yet.
    ///
    /// # Panics
    /// If `row` is not below [`len`](Self::len).
    pub fn ages(&self, row: usize) -> &[u16] {
        let cells = self.cells(row);
        match self.is_whole() {
            true => &self.table.whole_row,
            false => &self.table.ages[cells],
        }
    }

    /// Whether every instrument has a close on every row.
    pub fn is_whole(&self) -> bool {
        self.table.ages.is_empty()
    }

    /// Whether an instrument closed on a row.
    ///
    /// # Panics
    /// If there is no such row or column.
    pub fn has_close(&self, row: usize, column: usize) -> bool {
        self.ages(row)[column] == 0
    }

    /// The rows on which an instrument closed, and its closes, ascending.
    pub fn own_closes(&self, column: usize) -> impl DoubleEndedIterator<Item = (usize, Price)> {
        (0..self.rows)
            .filter(move |&row| self.has_close(row, column))
            .map(move |row| (row, self.prices(row)[column]))
    }

    /// How much of an instrument was traded on the date of a row; of an intraday file, in all bars
    /// of the date. `None` where the file does not say, where it did not close, or is unknown.
    ///
    /// # Panics
    /// If `row` is not below [`len`](Self::len).
    pub fn volume(&self, instrument: &InstrumentId, row: usize) -> Option<f64> {
        let cell = self.cells(row).start + self.column(instrument)?;
        let volume = self.table.volumes.get(cell).copied();
        volume.filter(|volume| !volume.is_nan())
    }

    /// Whether the file says how much was traded.
    pub fn has_volumes(&self) -> bool {
        !self.table.volumes.is_empty()
    }

    /// How much of each instrument is traded in a day: the mean of its last `days` closes that have
    /// a volume. Instruments without one are left out.
    pub fn usual_volumes(&self, days: usize) -> impl Iterator<Item = (&InstrumentId, f64)> {
        let columns = self
            .has_volumes()
            .then(|| self.instruments().iter().enumerate());
        columns
            .into_iter()
            .flatten()
            .filter_map(move |(column, id)| {
                let own = (0..self.rows).rev();
                let own = own.map(|row| self.table.volumes[self.cells(row).start + column]);
                let (count, sum) = own
                    .filter(|volume| !volume.is_nan())
                    .take(days)
                    .fold((0_u32, 0.0), |(count, sum), volume| {
                        (count + 1, sum + volume)
                    });
                (count > 0).then(|| (id, sum / f64::from(count)))
            })
    }

    /// The line of the file, from 1, that a close stands on; of a long file only if its lines were
    /// [kept](crate::ReadOptions::lines).
    pub fn line(&self, row: usize, column: usize) -> Option<usize> {
        match self.table.shape {
            Shape::Wide => Some(row + 2),
            Shape::Long => {
                let cell = self.cells(row).start + column;
                self.table.lines.get(cell).map(|&line| line as usize)
            }
        }
    }

    /// The column of an instrument.
    pub fn column(&self, instrument: &InstrumentId) -> Option<usize> {
        self.instruments()
            .iter()
            .position(|have| have == instrument)
    }

    /// The last close of every instrument that has one, and the date it is of, in the order of the
    /// columns.
    pub fn last_prices(&self) -> impl Iterator<Item = (&InstrumentId, NaiveDate, Price)> {
        let last = self.rows.checked_sub(1);
        let columns = self.instruments().iter().enumerate();
        columns.filter_map(move |(column, name)| {
            let row = self.last_close(last?, column)?;
            Some((name, self.dates()[row], self.prices(row)[column]))
        })
    }

    /// The row that the close known at `row` is of.
    fn last_close(&self, row: usize, column: usize) -> Option<usize> {
        let age = self.ages(row)[column];
        if age == Self::NEVER {
            return None;
        }
        (0..=row).rev().find(|&row| self.has_close(row, column))
    }

    /// The last row on or before a date.
    pub fn row_at(&self, date: NaiveDate) -> Option<usize> {
        self.dates()
            .partition_point(|&have| have <= date)
            .checked_sub(1)
    }

    /// What was known at the close of `date`: the rows up to and including it.
    /// Empty if `date` lies before the first row.
    pub fn up_to(&self, date: NaiveDate) -> Self {
        let rows = self.row_at(date).map_or(0, |row| row + 1);
        Self {
            table: Arc::clone(&self.table),
            rows,
        }
    }

    /// Only the named instruments, each once, in the order of the file. All rows stay, also those
    /// on which none of them closed: they are the days of the book.
    pub fn select(&self, names: &[InstrumentId]) -> Result<Self, UnknownInstrument> {
        let mut columns = Vec::with_capacity(names.len());
        for name in names {
            columns.push(
                self.column(name)
                    .ok_or_else(|| UnknownInstrument(name.clone()))?,
            );
        }
        columns.sort_unstable();
        columns.dedup();
        if columns.len() == self.instruments().len() {
            return Ok(self.clone());
        }
        let (table, columns) = (&self.table, columns.as_slice());
        let ages = self.picked(&table.ages, columns);
        let is_whole = ages.iter().all(|&age| age == 0);
        Ok(Self::new(Table {
            shape: table.shape,
            instruments: columns
                .iter()
                .map(|&column| table.instruments[column].clone())
                .collect(),
            dates: self.dates().to_vec(),
            closes: self.picked(&table.closes, columns),
            prices: self.picked(&table.prices, columns),
            ages: if is_whole { Vec::new() } else { ages },
            volumes: self.picked(&table.volumes, columns),
            lines: self.picked(&table.lines, columns),
            whole_row: Vec::new(),
        }))
    }

    /// The cells of these columns; none of what is not kept at all.
    fn picked<T: Copy>(&self, cells: &[T], columns: &[usize]) -> Vec<T> {
        if cells.is_empty() {
            return Vec::new();
        }
        let mut picked = Vec::with_capacity(self.rows * columns.len());
        for row in 0..self.rows {
            let row = &cells[self.cells(row)];
            picked.extend(columns.iter().map(|&column| row[column]));
        }
        picked
    }

    fn cells(&self, row: usize) -> std::ops::Range<usize> {
        assert!(row < self.rows, "row {row} of {}", self.rows);
        let width = self.table.instruments.len();
        row * width..(row + 1) * width
    }
}

impl Table {
    /// The age of a close that is carried for so many days more.
    pub(crate) fn older(age: u16, days: i64) -> u16 {
        match age {
            History::NEVER => History::NEVER,
            age => u16::try_from(i64::from(age) + days)
                .unwrap_or(u16::MAX)
                .min(u16::MAX - 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history() -> History {
        let text = "date,B,A\n2023-01-02,1.10,2\n2023-01-03,1.2,2.5\n2023-01-06,1.3,3\n";
        History::parse("t.csv", text.as_bytes()).unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_cut_sees_no_later_row() {
        let history = history();
        let rows = |date| history.up_to(day(date)).len();
        assert_eq!(
            [
                rows("2023-01-01"),
                rows("2023-01-02"),
                rows("2023-01-05"),
                rows("2024-01-01")
            ],
            [0, 1, 2, 3]
        );
        let cut = history.up_to(day("2023-01-05"));
        assert_eq!(cut.last_date(), Some(day("2023-01-03")));
        let last: Vec<_> = cut
            .last_prices()
            .map(|(id, date, p)| format!("{id} {p} {date}"))
            .collect();
        assert_eq!(last, ["B 1.2 2023-01-03", "A 2.5 2023-01-03"]);
        assert_eq!(history.up_to(day("2023-01-01")).last_prices().count(), 0);
    }

    #[test]
    #[should_panic(expected = "row 1 of 1")]
    fn a_cut_hands_out_no_later_row() {
        history().up_to(day("2023-01-02")).closes(1);
    }

    #[test]
    fn a_selection_keeps_the_order_of_the_file() {
        let history = history();
        let both = history
            .select(&["A".into(), "B".into(), "A".into()])
            .unwrap();
        assert_eq!(both.instruments(), history.instruments());
        let one = history.select(&["A".into()]).unwrap();
        assert_eq!((one.closes(2), one.len()), (&[3.0][..], 3));
        let unknown = history.select(&["C".into()]).unwrap_err();
        assert_eq!(unknown.to_string(), "the history has no instrument C");
    }

    /// OLD ends, NEW begins late, MID has a hole.
    fn with_holes() -> History {
        let text = "date,OLD,MID,NEW\n2023-01-02,1,5,\n2023-01-03,2,,\n2023-01-06,,6,9\n";
        History::parse("t.csv", text.as_bytes()).unwrap()
    }

    #[test]
    fn a_close_is_carried_with_its_age_and_never_backwards() {
        let history = with_holes();
        assert!(!history.is_whole());
        let never = History::NEVER;
        let ages = [0, 1, 2].map(|row| history.ages(row));
        assert_eq!(ages, [[0, 0, never], [0, 1, never], [3, 0, 0]]);
        assert_eq!(history.closes(2), [2.0, 6.0, 9.0]);
        assert_eq!(history.closes(1)[..2], [2.0, 5.0]);
        assert!(history.closes(1)[2].is_nan() && history.prices(1)[2].is_zero());
        let own: Vec<usize> = history.own_closes(1).map(|(row, _)| row).collect();
        assert_eq!(own, [0, 2]);
    }

    #[test]
    fn last_prices_have_the_dates_they_are_of() {
        let told = |history: &History| {
            let last = history.last_prices();
            last.map(|(id, date, price)| format!("{id} {date} {price}"))
                .collect::<Vec<_>>()
        };
        let history = with_holes();
        assert_eq!(
            told(&history),
            ["OLD 2023-01-03 2", "MID 2023-01-06 6", "NEW 2023-01-06 9"]
        );
        let cut = history.up_to(day("2023-01-05"));
        assert_eq!(told(&cut), ["OLD 2023-01-03 2", "MID 2023-01-02 5"]);
    }

    #[test]
    fn a_selection_is_whole_if_its_columns_are() {
        let history = with_holes().up_to(day("2023-01-03"));
        let old = history.select(&["OLD".into()]).unwrap();
        assert!(old.is_whole() && old.ages(1) == [0]);
        let mid = history.select(&["MID".into()]).unwrap();
        assert_eq!((mid.len(), mid.ages(1)), (2, &[1][..]));
    }
}
