//! The last closes of each instrument, on whatever rows it had them.

use polyfolio_ports::{BadState, Row};
use serde::{Deserialize, Serialize};

use super::sliding::Sliding;

/// Closes by column, the latest at the back: those of an instrument's own, so that a day it lacks
/// is no day on which it did not move. How many it keeps is its owner's to say, at every push.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct OwnCloses(Vec<Sliding<f64>>);

impl OwnCloses {
    /// Adds what closed on a row, and drops the oldest while there are more than `most`.
    pub(super) fn push(&mut self, row: &Row<'_>, most: usize) {
        self.0.resize_with(row.closes.len(), Sliding::default);
        for (column, (closes, &close)) in self.0.iter_mut().zip(row.closes).enumerate() {
            if row.has_close(column) {
                closes.push(close, most);
            }
        }
    }

    /// How many closes of an instrument there are.
    pub(super) fn len(&self, column: usize) -> usize {
        self.0.get(column).map_or(0, Sliding::len)
    }

    /// How many there are of the one that has most.
    pub(super) fn longest(&self) -> usize {
        self.0.iter().map(Sliding::len).max().unwrap_or_default()
    }

    /// The last closes of an instrument, oldest first.
    pub(super) fn last(&self, most: usize, column: usize) -> &[f64] {
        self.0[column].last(most)
    }

    /// How many instruments there are.
    pub(super) fn columns(&self) -> usize {
        self.0.len()
    }

    /// Refuses what no window of so many closes over so many instruments holds.
    pub(super) fn check(&self, most: usize, columns: usize) -> Result<(), BadState> {
        let have = self.longest();
        if have > most {
            return Err(BadState(format!("{have} closes; the window has {most}")));
        }
        match self.0.len() == columns || columns == 0 {
            true => Ok(()),
            false => Err(BadState("closes of other instruments".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row<'a>(closes: &'a [f64], ages: &'a [u16]) -> Row<'a> {
        Row {
            date: Default::default(),
            phase: polyfolio_ports::Phase::Trading,
            is_month_end: false,
            instruments: &[],
            closes,
            prices: &[],
            ages,
        }
    }

    #[test]
    fn keeps_the_last_closes_and_no_carried_one() {
        let mut own = OwnCloses::default();
        own.push(&row(&[1.0, f64::NAN], &[0, Row::NEVER]), 3);
        for (close, age) in [(5.0, 0), (5.0, 1), (6.0, 0)] {
            own.push(&row(&[2.0 * close, close], &[0, age]), 3);
        }
        assert_eq!((own.len(0), own.len(1), own.longest()), (3, 2, 3));
        assert_eq!(own.last(2, 0), [10.0, 12.0]);
        assert_eq!(own.last(9, 1), [5.0, 6.0]);
        assert!(own.check(3, 2).is_ok() && own.check(2, 2).is_err() && own.check(3, 1).is_err());
    }
}
