//! What follows from a table and everybody asks for who goes through it: found at the first question
//! and kept with the table, which never changes.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate};
use polyfolio_model::InstrumentId;

use crate::history::Table;

#[derive(Debug)]
pub(crate) struct Derived {
    /// Whether the row behind lies in another month; the last row has none behind it.
    month_ends: Vec<bool>,
    /// By column, the first row without a close of its own; `usize::MAX` if every row has one.
    first_holes: Vec<usize>,
    columns: HashMap<InstrumentId, usize>,
}

impl Derived {
    pub(crate) fn of(table: &Table) -> Self {
        let names = table.instruments.iter().cloned();
        Self {
            month_ends: month_ends(&table.dates),
            first_holes: first_holes(table),
            columns: names.zip(0..).collect(),
        }
    }

    pub(crate) fn month_ends(&self) -> &[bool] {
        &self.month_ends
    }

    /// Whether a column has a close on each of the first rows.
    pub(crate) fn is_whole(&self, column: usize, rows: usize) -> bool {
        self.first_holes[column] >= rows
    }

    pub(crate) fn column(&self, name: &InstrumentId) -> Option<usize> {
        self.columns.get(name).copied()
    }
}

fn month_ends(dates: &[NaiveDate]) -> Vec<bool> {
    let month = |date: &NaiveDate| (date.year(), date.month());
    let mut ends: Vec<bool> = dates
        .windows(2)
        .map(|pair| month(&pair[0]) != month(&pair[1]))
        .collect();
    ends.resize(dates.len(), false);
    ends
}

fn first_holes(table: &Table) -> Vec<usize> {
    let width = table.instruments.len();
    let mut first = vec![usize::MAX; width];
    if width == 0 {
        return first;
    }
    for (row, ages) in table.ages.chunks_exact(width).enumerate() {
        for (first, &age) in first.iter_mut().zip(ages) {
            if age != 0 {
                *first = row.min(*first);
            }
        }
    }
    first
}
