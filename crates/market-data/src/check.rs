//! What is in a history that loaded: what a person should look at before trusting it.
//!
//! Nothing here is an error. A close that doubles in a day may be a split that
//! was not adjusted or a takeover; a close that stands still for weeks may be a
//! halted stock or a filled gap. The table cannot tell; a person can.

use std::cmp::Reverse;

use polyfolio_model::InstrumentId;

use crate::History;
use crate::report::{Gap, HistoryReport, InstrumentReport, Move, StaleRun};

/// How many gaps, moves and runs are shown.
const SHOWN_MAX: usize = 5;
/// Closes in a row, all equal, that count as a stale run.
const STALE_ROWS_MIN: usize = 5;

/// Looks a history over; `file` is what the report calls it.
pub fn check(file: &str, history: &History) -> HistoryReport {
    let columns = || history.instruments().iter().enumerate();
    let runs: Vec<StaleRun> = columns()
        .flat_map(|(column, name)| stale_runs(history, column, name))
        .collect();
    HistoryReport {
        file: file.to_owned(),
        rows: history.len(),
        first: history.dates().first().copied(),
        last: history.last_date(),
        instruments: columns()
            .map(|(column, name)| summary(history, column, name))
            .collect(),
        gaps: largest(gaps(history), |gap| gap.days),
        moves: largest(moves(history), |step| ordered(step.change.ln().abs())),
        stale_runs: runs.len(),
        longest_stale_runs: largest(runs, |run| run.rows),
    }
}

/// The greatest few, ties in the order they came.
fn largest<T, K: Ord>(mut all: Vec<T>, key: impl Fn(&T) -> K) -> Vec<T> {
    all.sort_by_key(|item| Reverse(key(item)));
    all.truncate(SHOWN_MAX);
    all
}

/// Non-negative doubles order as their bits do.
fn ordered(value: f64) -> u64 {
    value.to_bits()
}

fn gaps(history: &History) -> Vec<Gap> {
    let pairs = history.dates().windows(2);
    pairs
        .map(|w| Gap {
            from: w[0],
            to: w[1],
            days: (w[1] - w[0]).num_days(),
        })
        .collect()
}

fn moves(history: &History) -> Vec<Move> {
    let mut all = Vec::new();
    for row in 1..history.len() {
        let (before, after) = (history.closes(row - 1), history.closes(row));
        for (column, (from, to)) in before.iter().zip(after).enumerate() {
            // Everything else is noise here, and the list stays short.
            if (to / from).ln().abs() > 0.1 {
                all.push(Move {
                    date: history.dates()[row],
                    instrument: history.instruments()[column].clone(),
                    from: history.prices(row - 1)[column],
                    to: history.prices(row)[column],
                    change: to / from,
                });
            }
        }
    }
    all
}

fn stale_runs(history: &History, column: usize, name: &InstrumentId) -> Vec<StaleRun> {
    let mut runs = Vec::new();
    let mut start = 0;
    for row in 1..=history.len() {
        let same =
            row < history.len() && history.prices(row)[column] == history.prices(start)[column];
        if same {
            continue;
        }
        if row - start >= STALE_ROWS_MIN {
            runs.push(StaleRun {
                instrument: name.clone(),
                from: history.dates()[start],
                to: history.dates()[row - 1],
                rows: row - start,
                price: history.prices(start)[column],
            });
        }
        start = row;
    }
    runs
}

fn summary(history: &History, column: usize, name: &InstrumentId) -> InstrumentReport {
    let prices = || (0..history.len()).map(|row| history.prices(row)[column]);
    InstrumentReport {
        instrument: name.clone(),
        first: prices().next().unwrap_or_default(),
        last: prices().next_back().unwrap_or_default(),
        min: prices().min().unwrap_or_default(),
        max: prices().max().unwrap_or_default(),
        decimals: prices()
            .map(|price| price.get().normalize().scale())
            .max()
            .unwrap_or_default(),
    }
}
