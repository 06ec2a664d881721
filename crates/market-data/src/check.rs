//! What is in a history that loaded: what a person should look at before trusting it.
//!
//! Nothing here is an error. A close that doubles in a day may be a split that
//! was not adjusted or a takeover; a close that stands still for weeks may be a
//! halted stock or a filled gap. The table cannot tell; a person can.

use std::cmp::Reverse;

use polyfolio_model::InstrumentId;

use crate::History;
use crate::findings::findings;
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
        findings: findings(history),
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
    for (column, name) in history.instruments().iter().enumerate() {
        let mut before = None;
        for (row, to) in history.own_closes(column) {
            let close = history.closes(row)[column];
            if let Some((from, old)) = before.replace((to, close)) {
                // Everything else is noise here, and the list stays short.
                if f64::ln(close / old).abs() > 0.1 {
                    all.push(Move {
                        date: history.dates()[row],
                        instrument: name.clone(),
                        from,
                        to,
                        change: close / old,
                    });
                }
            }
        }
    }
    all.sort_by_key(|step| step.date);
    all
}

fn stale_runs(history: &History, column: usize, name: &InstrumentId) -> Vec<StaleRun> {
    let own: Vec<_> = history.own_closes(column).collect();
    let runs = own.chunk_by(|(_, before), (_, close)| before == close);
    let long = runs.filter(|run| run.len() >= STALE_ROWS_MIN);
    let told = long.filter_map(|run| {
        let (&(from, price), &(to, _)) = (run.first()?, run.last()?);
        Some(StaleRun {
            instrument: name.clone(),
            from: history.dates()[from],
            to: history.dates()[to],
            rows: run.len(),
            price,
        })
    });
    told.collect()
}

fn summary(history: &History, column: usize, name: &InstrumentId) -> InstrumentReport {
    let prices = || history.own_closes(column).map(|(_, price)| price);
    let date = |row: Option<usize>| row.map(|row| history.dates()[row]);
    let rows = || history.own_closes(column).map(|(row, _)| row);
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
        rows: rows().count(),
        begins: date(rows().next()),
        ends: date(rows().next_back()),
    }
}
