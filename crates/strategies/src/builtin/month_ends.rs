//! The closes of the last month ends, which momentum of either kind ranks by.

use std::collections::VecDeque;

use polyfolio_ports::{BadState, Row};
use serde::{Deserialize, Serialize};

/// A month has at most so many rows.
pub(super) const ROWS_A_MONTH_MAX: usize = 31;

/// The closes of the last `lookback` + 1 month ends, the latest at the back; 0 for what did not
/// trade then.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct MonthEnds(VecDeque<Vec<f64>>);

impl MonthEnds {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_full(&self, lookback: usize) -> bool {
        self.0.len() == lookback + 1
    }

    pub(super) fn push(&mut self, row: &Row<'_>, lookback: usize) {
        let mut end = Vec::new();
        if self.is_full(lookback) {
            end = self.0.pop_front().unwrap_or_default();
            end.clear();
        }
        let closes = row.closes.iter().enumerate();
        let traded = |(column, &close)| if row.is_current(column) { close } else { 0.0 };
        end.extend(closes.map(traded));
        self.0.push_back(end);
    }

    /// The close of a column at the month end of that place, the oldest first; `None` for what did
    /// not trade then.
    pub(super) fn close(&self, at: usize, column: usize) -> Option<f64> {
        Some(self.0.get(at)?[column]).filter(|close| *close > 0.0)
    }

    /// Whether a saved memory fits.
    pub(super) fn check(&self, lookback: usize) -> Result<(), BadState> {
        if self.0.len() > lookback + 1 {
            return Err(BadState("more month ends than the lookback has".to_owned()));
        }
        Ok(())
    }
}
