//! The last rows of closes, whole.

use std::collections::VecDeque;

use polyfolio_ports::{BadState, Row};
use serde::{Deserialize, Serialize};

/// Rows of closes, the latest at the back; 0 for what has not closed yet. How many it keeps is its owner's to say, at every push.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Window(VecDeque<Vec<f64>>);

impl Window {
    /// Adds a row, and drops the oldest while there are more than `most`.
    pub(super) fn push(&mut self, row: &Row<'_>, most: usize) {
        let closes = row.closes.iter().zip(row.ages);
        let known = closes.map(|(&close, &age)| if age == Row::NEVER { 0.0 } else { close });
        self.push_row(known, most);
    }

    fn push_row(&mut self, closes: impl Iterator<Item = f64>, most: usize) {
        let mut row = Vec::new();
        while self.0.len() >= most.max(1) {
            row = self.0.pop_front().unwrap_or_default();
            row.clear();
        }
        row.extend(closes);
        self.0.push_back(row);
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Rows with the row before: what returns are made of.
    pub(super) fn steps(&self) -> impl Iterator<Item = (&[f64], &[f64])> {
        let later = self.0.iter().skip(1);
        self.0
            .iter()
            .zip(later)
            .map(|(before, row)| (before.as_slice(), row.as_slice()))
    }

    /// Refuses what no window of so many rows over so many instruments holds.
    pub(super) fn check(&self, most: usize, columns: Option<usize>) -> Result<(), BadState> {
        if self.0.len() > most {
            let have = self.0.len();
            return Err(BadState(format!("{have} rows; the window has {most}")));
        }
        let Some(columns) = columns.or(self.0.front().map(Vec::len)) else {
            return Ok(());
        };
        match self.0.iter().all(|row| row.len() == columns) {
            true => Ok(()),
            false => Err(BadState("rows of different length".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_last_rows() {
        let mut window = Window::default();
        for close in [1.0, 2.0, 3.0, 4.0] {
            window.push_row([close, -close].into_iter(), 3);
        }
        assert_eq!(window.len(), 3);
        let steps: Vec<_> = window.steps().map(|(a, b)| (a[0], b[0])).collect();
        assert_eq!(steps, [(2.0, 3.0), (3.0, 4.0)]);
        assert!(window.check(3, Some(2)).is_ok() && window.check(3, None).is_ok());
        assert!(window.check(2, None).is_err() && window.check(3, Some(1)).is_err());
    }
}
