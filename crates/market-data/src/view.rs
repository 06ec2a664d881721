//! Some columns of a history, up to some row, looked at a row at a time. A [`History`] that is cut to
//! some columns is a table of its own; where thousands look at as many cuts of one table, each of them
//! would be copied.

use chrono::NaiveDate;
use polyfolio_model::{InstrumentId, Price};

use crate::history::{History, UnknownInstrument};

/// Some columns of a history, up to some row, without a copy of them.
#[derive(Debug)]
pub struct View<'a> {
    history: &'a History,
    /// Ascending; `None` for all of them.
    picked: Option<Picked>,
    is_whole: bool,
    rows: usize,
}

#[derive(Debug)]
struct Picked {
    columns: Vec<usize>,
    instruments: Vec<InstrumentId>,
}

/// One row of a view: what is known of each of its instruments, as in [`History::closes`],
/// [`prices`](History::prices) and [`ages`](History::ages).
#[derive(Debug, Clone, Copy)]
pub struct Cells<'a> {
    /// The last closes.
    pub closes: &'a [f64],
    /// The same, exact.
    pub prices: &'a [Price],
    /// How many days old each of them is.
    pub ages: &'a [u16],
}

/// Where the cells of a row are put together.
#[derive(Debug, Default)]
pub struct Desk {
    closes: Vec<f64>,
    prices: Vec<Price>,
    ages: Vec<u16>,
}

impl<'a> View<'a> {
    /// Every column.
    pub fn whole(history: &'a History) -> Self {
        Self {
            history,
            picked: None,
            is_whole: history.is_whole(),
            rows: history.len(),
        }
    }

    /// Only the named instruments, each once, in the order of the file: see [`History::select`].
    ///
    /// # Errors
    /// The first name that the history has no column for.
    pub fn select(history: &'a History, names: &[InstrumentId]) -> Result<Self, UnknownInstrument> {
        let column = |name: &InstrumentId| {
            let column = history.column(name);
            column.ok_or_else(|| UnknownInstrument(name.clone()))
        };
        let mut columns = names.iter().map(column).collect::<Result<Vec<_>, _>>()?;
        columns.sort_unstable();
        columns.dedup();
        if columns.len() == history.instruments().len() {
            return Ok(Self::whole(history));
        }
        let mut columns_of = columns.iter();
        let is_whole = columns_of.all(|&column| history.is_whole_column(column));
        let names = columns.iter();
        let instruments = names.map(|&column| history.instruments()[column].clone());
        Ok(Self {
            history,
            is_whole,
            rows: history.len(),
            picked: Some(Picked {
                instruments: instruments.collect(),
                columns,
            }),
        })
    }

    /// What was known at the close of `date`. Whether it [is whole](Self::is_whole) is not asked
    /// anew, as with [`History::up_to`].
    #[must_use]
    pub fn up_to(mut self, date: NaiveDate) -> Self {
        let row = self.history.row_at(date);
        self.rows = row.map_or(0, |row| row + 1).min(self.rows);
        self
    }

    /// The columns.
    pub fn instruments(&self) -> &[InstrumentId] {
        match &self.picked {
            Some(picked) => &picked.instruments,
            None => self.history.instruments(),
        }
    }

    /// The dates, ascending.
    pub fn dates(&self) -> &'a [NaiveDate] {
        &self.history.dates()[..self.rows]
    }

    /// Whether every instrument has a close on every row.
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// By row, whether the next one lies in another month. Of the last row that is not known, and it
    /// is not among them.
    pub fn month_ends(&self) -> &'a [bool] {
        &self.history.month_ends()[..self.rows.saturating_sub(1)]
    }

    /// The cells of a row, put together on the desk where that is needed.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn cells<'c>(&'c self, row: usize, desk: &'c mut Desk) -> Cells<'c> {
        assert!(row < self.rows, "row {row} of {}", self.rows);
        let (closes, prices) = (self.history.closes(row), self.history.prices(row));
        let ages = self.history.ages(row);
        let Some(Picked { columns, .. }) = &self.picked else {
            return Cells {
                closes,
                prices,
                ages,
            };
        };
        desk.closes.clear();
        desk.closes.extend(columns.iter().map(|&at| closes[at]));
        desk.prices.clear();
        desk.prices.extend(columns.iter().map(|&at| prices[at]));
        desk.ages.clear();
        desk.ages.extend(columns.iter().map(|&at| ages[at]));
        Cells {
            closes: &desk.closes,
            prices: &desk.prices,
            ages: &desk.ages,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSV: &str = "date,A,B,C\n2023-01-30,1,5,\n2023-01-31,2,,8\n2023-02-01,3,6,9\n\
                       2023-02-28,,7,9\n2023-03-01,4,7,9\n";

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// The same as the table that is cut by copying.
    fn check(history: &History, names: &[&str], until: &str) {
        let names: Vec<InstrumentId> = names.iter().map(|name| InstrumentId::from(*name)).collect();
        let copy = history.select(&names).unwrap().up_to(day(until));
        let view = View::select(history, &names).unwrap().up_to(day(until));
        assert_eq!(view.instruments(), copy.instruments());
        assert_eq!(view.dates(), copy.dates());
        assert_eq!(view.is_whole(), copy.is_whole(), "{names:?}");
        let mut desk = Desk::default();
        for row in 0..copy.len() {
            let cells = view.cells(row, &mut desk);
            let bits = |closes: &[f64]| closes.iter().map(|c| c.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(cells.closes), bits(copy.closes(row)));
            assert_eq!(cells.prices, copy.prices(row));
            assert_eq!(cells.ages, copy.ages(row));
        }
    }

    #[test]
    fn is_what_a_copy_would_be() {
        let history = History::parse("t.csv", CSV.as_bytes()).unwrap();
        let early = history.up_to(day("2023-02-01"));
        for names in [
            &["C", "A"][..],
            &["A"],
            &["B"],
            &["A", "B", "C"],
            &["B", "B"],
        ] {
            for until in ["2023-01-29", "2023-01-31", "2023-02-15", "2024-01-01"] {
                check(&history, names, until);
                check(&early, names, until);
            }
        }
        let unknown = View::select(&history, &["A".into(), "X".into()]).unwrap_err();
        assert_eq!(unknown, UnknownInstrument("X".into()));
    }

    #[test]
    fn a_month_has_ended_when_the_next_one_is_seen() {
        let history = History::parse("t.csv", CSV.as_bytes()).unwrap();
        let ends = |view: &View<'_>| -> Vec<usize> {
            let rows = view.month_ends().iter().enumerate();
            rows.filter_map(|(row, &ends)| ends.then_some(row))
                .collect()
        };
        assert_eq!(ends(&View::whole(&history)), [1, 3]);
        let cut = View::whole(&history).up_to(day("2023-02-28"));
        assert_eq!(ends(&cut), [1]);
        let early = history.up_to(day("2023-01-31"));
        assert_eq!(ends(&View::whole(&early)), [0; 0]);
    }
}
