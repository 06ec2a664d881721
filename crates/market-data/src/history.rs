//! The table of closes.
//!
//! A [`History`] is cheap to clone and to cut: strategies, each in an actor of
//! its own, look at the same table.

use std::sync::Arc;

use chrono::NaiveDate;
use polyfolio_model::{InstrumentId, Price};

/// Daily closes, one row a date (strictly ascending), one column an instrument,
/// every cell a positive finite price.
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

/// Cells are stored row by row.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) instruments: Vec<InstrumentId>,
    pub(crate) dates: Vec<NaiveDate>,
    pub(crate) closes: Vec<f64>,
    pub(crate) prices: Vec<Price>,
}

impl History {
    pub(crate) fn new(table: Table) -> Self {
        let rows = table.dates.len();
        debug_assert_eq!(table.closes.len(), rows * table.instruments.len());
        debug_assert_eq!(table.prices.len(), table.closes.len());
        Self {
            table: Arc::new(table),
            rows,
        }
    }

    /// The columns, in the order of the file.
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

    /// The closes of a row, in the order of the columns.
    ///
    /// # Panics
    /// If `row` is not below [`len`](Self::len).
    pub fn closes(&self, row: usize) -> &[f64] {
        &self.table.closes[self.cells(row)]
    }

    /// The closes of a row, exact, in the order of the columns.
    ///
    /// # Panics
    /// If `row` is not below [`len`](Self::len).
    pub fn prices(&self, row: usize) -> &[Price] {
        &self.table.prices[self.cells(row)]
    }

    /// The column of an instrument.
    pub fn column(&self, instrument: &InstrumentId) -> Option<usize> {
        self.instruments()
            .iter()
            .position(|have| have == instrument)
    }

    /// The last close of every instrument, in the order of the columns.
    pub fn last_prices(&self) -> impl Iterator<Item = (&InstrumentId, Price)> {
        let last = self
            .rows
            .checked_sub(1)
            .map_or(&[][..], |row| self.prices(row));
        self.instruments().iter().zip(last.iter().copied())
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

    /// Only the named instruments, each once, in the order of the file.
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
        let mut table = Table {
            instruments: columns
                .iter()
                .map(|&c| self.instruments()[c].clone())
                .collect(),
            dates: self.dates().to_vec(),
            ..Table::default()
        };
        for row in 0..self.rows {
            table
                .closes
                .extend(columns.iter().map(|&c| self.closes(row)[c]));
            table
                .prices
                .extend(columns.iter().map(|&c| self.prices(row)[c]));
        }
        Ok(Self::new(table))
    }

    fn cells(&self, row: usize) -> std::ops::Range<usize> {
        assert!(row < self.rows, "row {row} of {}", self.rows);
        let width = self.table.instruments.len();
        row * width..(row + 1) * width
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
            .map(|(id, p)| format!("{id} {p}"))
            .collect();
        assert_eq!(last, ["B 1.2", "A 2.5"]);
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
}
