//! What a check found, for a program (`Serialize`) and for a person (`Display`).

use std::fmt;

use chrono::NaiveDate;
use polyfolio_model::{InstrumentId, Price};
use serde::Serialize;

/// What is in a history. Lists hold the greatest first, at most five.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HistoryReport {
    /// The file as it was named.
    pub file: String,
    /// Rows below the header.
    pub rows: usize,
    /// The first date.
    pub first: Option<NaiveDate>,
    /// The last date.
    pub last: Option<NaiveDate>,
    /// One entry a column, in the order of the file.
    pub instruments: Vec<InstrumentReport>,
    /// The widest distances between two rows.
    pub gaps: Vec<Gap>,
    /// The greatest daily moves beyond a tenth: splits not adjusted, typing errors, or news.
    pub moves: Vec<Move>,
    /// How many runs of five or more equal closes there are.
    pub stale_runs: usize,
    /// The longest of them.
    pub longest_stale_runs: Vec<StaleRun>,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InstrumentReport {
    /// Its name.
    pub instrument: InstrumentId,
    /// The close of the first row.
    pub first: Price,
    /// The close of the last row.
    pub last: Price,
    /// The lowest close.
    pub min: Price,
    /// The highest close.
    pub max: Price,
    /// Most decimals of any close.
    pub decimals: u32,
}

/// Two neighbouring rows and the days between them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// The earlier row.
    pub from: NaiveDate,
    /// The later row.
    pub to: NaiveDate,
    /// Calendar days from one to the other; 1 is the next day.
    pub days: i64,
}

/// A close far from the one before.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Move {
    /// The date of the later close.
    pub date: NaiveDate,
    /// Whose close.
    pub instrument: InstrumentId,
    /// The close before.
    pub from: Price,
    /// The close of that date.
    pub to: Price,
    /// Later over earlier: 0.5 is a halving.
    pub change: f64,
}

/// Equal closes, row after row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StaleRun {
    /// Whose closes.
    pub instrument: InstrumentId,
    /// The first row of the run.
    pub from: NaiveDate,
    /// The last row of the run.
    pub to: NaiveDate,
    /// Rows, both ends included.
    pub rows: usize,
    /// The close that does not move.
    pub price: Price,
}

impl fmt::Display for HistoryReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.instruments.len();
        let plural = |n: usize| if n == 1 { "" } else { "s" };
        write!(
            f,
            "{} · {} row{}",
            self.file,
            thousands(self.rows),
            plural(self.rows)
        )?;
        write!(f, " · {names} instrument{}", plural(names))?;
        if let (Some(first), Some(last)) = (self.first, self.last) {
            write!(f, " · {first} to {last}")?;
        }
        writeln!(f, "\n")?;
        self.fmt_instruments(f)?;
        writeln!(f, "\n  widest gaps")?;
        for gap in &self.gaps {
            writeln!(f, "    {} → {}  {} days", gap.from, gap.to, gap.days)?;
        }
        self.fmt_moves(f)?;
        self.fmt_stale(f)
    }
}

impl HistoryReport {
    fn fmt_instruments(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = self
            .instruments
            .iter()
            .map(|row| row.decimals)
            .max()
            .unwrap_or_default() as usize;
        let width = self
            .instruments
            .iter()
            .map(|row| row.instrument.as_str().len());
        let width = width.max().unwrap_or_default().max(8);
        writeln!(
            f,
            "  {:width$} {:>13} {:>13} {:>13} {:>13}",
            "", "first", "last", "min", "max"
        )?;
        for row in &self.instruments {
            write!(f, "  {:width$}", row.instrument)?;
            for price in [row.first, row.last, row.min, row.max] {
                write!(f, " {:>13}", fixed(price, decimals))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }

    fn fmt_moves(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.moves.is_empty() {
            return writeln!(f, "\n  no daily move beyond 10 %");
        }
        writeln!(
            f,
            "\n  greatest daily moves (a split not adjusted? a typing error? news?)"
        )?;
        for step in &self.moves {
            let percent = (step.change - 1.0) * 100.0;
            let (from, to) = (step.from, step.to);
            writeln!(
                f,
                "    {}  {:8} {percent:+8.1} %  {from} → {to}",
                step.date, step.instrument
            )?;
        }
        Ok(())
    }

    fn fmt_stale(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.stale_runs == 0 {
            return writeln!(f, "\n  no close stands still for five rows");
        }
        let total = thousands(self.stale_runs);
        writeln!(
            f,
            "\n  closes that stand still for five rows or more: {total}, the longest"
        )?;
        for run in &self.longest_stale_runs {
            let (from, to, rows) = (run.from, run.to, run.rows);
            writeln!(
                f,
                "    {from} → {to}  {:8} {rows:4} rows at {}",
                run.instrument, run.price
            )?;
        }
        Ok(())
    }
}

/// With so many decimals, of which it has no more. Not by `{:.n$}`: for a decimal, that panics
/// beyond 32 characters, and a great price may stand beside one of many decimals.
fn fixed(price: Price, decimals: usize) -> String {
    let value = price.get().normalize();
    let missing = decimals.saturating_sub(value.scale() as usize);
    let point = if value.scale() == 0 && missing > 0 {
        "."
    } else {
        ""
    };
    format!("{value}{point}{}", "0".repeat(missing))
}

fn thousands(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
