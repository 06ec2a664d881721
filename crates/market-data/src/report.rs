//! What a check found, for a program (`Serialize`) and for a person (`Display`). A width in the
//! format, as in `{report:48}`, is that of a page on which its columns stand closer together.

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
    /// All that looks wrong, by date.
    pub findings: Vec<Finding>,
}

/// Something that looks wrong, and may be right all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it looks like.
    pub code: FindingCode,
    /// Whose closes; none if it is a matter of the whole file.
    pub instrument: Option<InstrumentId>,
    /// The close it begins with; of a gap or a jump, the last one before it.
    pub from: NaiveDate,
    /// The close it ends with; of a gap or a jump, the first one after it.
    pub to: NaiveDate,
    /// The line of the first, from 1.
    pub from_line: Option<usize>,
    /// The line of the last.
    pub to_line: Option<usize>,
    /// How many rows are missing, stand still, or have no volume; 1 for a jump.
    pub rows: usize,
    /// The rest of a sentence.
    pub says: String,
}

/// What a finding looks like. The words are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingCode {
    /// Days without a close on which most of the others have one, or a stretch without any row.
    Gap,
    /// A ratio of two closes that is that of a split, on a day on which others did not move.
    Split,
    /// Ten equal closes in a row, or more.
    Stale,
    /// A move far beyond the usual ones that goes back on the next close.
    Outlier,
    /// A close with a volume of zero.
    ZeroVolume,
}

impl FindingCode {
    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::Split => "split",
            Self::Stale => "stale",
            Self::Outlier => "outlier",
            Self::ZeroVolume => "zero_volume",
        }
    }
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InstrumentReport {
    /// Its name.
    pub instrument: InstrumentId,
    /// The first close.
    pub first: Price,
    /// The last close.
    pub last: Price,
    /// The lowest close.
    pub min: Price,
    /// The highest close.
    pub max: Price,
    /// Most decimals of any close.
    pub decimals: u32,
    /// How many closes it has.
    pub rows: usize,
    /// The date of the first.
    pub begins: Option<NaiveDate>,
    /// The date of the last.
    pub ends: Option<NaiveDate>,
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
        self.fmt_ends(f)?;
        writeln!(f, "\n  widest gaps")?;
        for gap in &self.gaps {
            let (days, s) = (gap.days, if gap.days == 1 { "" } else { "s" });
            writeln!(f, "    {} → {}  {days} day{s}", gap.from, gap.to)?;
        }
        self.fmt_moves(f)?;
        self.fmt_stale(f)?;
        self.fmt_findings(f)
    }
}

/// How wide a column of prices is where there is room.
const COLUMN: usize = 13;

/// Findings that a page has room for.
const SHOWN_MAX: usize = 20;

impl HistoryReport {
    fn fmt_findings(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.findings.is_empty() {
            return writeln!(f, "\n  nothing looks wrong");
        }
        let total = thousands(self.findings.len());
        writeln!(
            f,
            "\n  what looks wrong: {total} (each may be right all the same)"
        )?;
        // Of too many the latest: they are what is traded on next.
        let skipped = self.findings.len().saturating_sub(SHOWN_MAX);
        for finding in self.findings.iter().skip(skipped) {
            let name = finding
                .instrument
                .as_ref()
                .map_or("all", InstrumentId::as_str);
            let (code, says) = (finding.code.word(), &finding.says);
            write!(f, "    {} → {}  {name:8} {code}", finding.from, finding.to)?;
            match (finding.from_line, finding.to_line) {
                (Some(from), Some(to)) => writeln!(f, ", lines {from} to {to}:")?,
                _ => writeln!(f, ":")?,
            }
            writeln!(f, "      {says}")?;
        }
        match skipped {
            0 => Ok(()),
            more => writeln!(
                f,
                "    … and {} before these; --json has them all",
                thousands(more)
            ),
        }
    }

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
        let rest = f
            .width()
            .map_or(usize::MAX, |page| page.saturating_sub(2 + width));
        let column = (rest / 4).saturating_sub(1).min(COLUMN);
        let [first, last, min, max] = ["first", "last", "min", "max"];
        writeln!(
            f,
            "  {:width$} {first:>column$} {last:>column$} {min:>column$} {max:>column$}",
            ""
        )?;
        for row in &self.instruments {
            write!(f, "  {:width$}", row.instrument)?;
            for price in [row.first, row.last, row.min, row.max] {
                write!(f, " {:>column$}", fixed(price, decimals))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }

    /// Who is not there from the first row to the last.
    fn fmt_ends(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let later = |row: &&InstrumentReport| row.begins > self.first || row.ends < self.last;
        let others: Vec<&InstrumentReport> = self.instruments.iter().filter(later).collect();
        if others.is_empty() {
            return Ok(());
        }
        writeln!(f, "\n  begin later or end earlier")?;
        for row in others.iter().take(SHOWN_MAX) {
            let (Some(begins), Some(ends)) = (row.begins, row.ends) else {
                continue;
            };
            let rows = thousands(row.rows);
            writeln!(
                f,
                "    {begins} to {ends}  {:8} {rows} closes",
                row.instrument
            )?;
        }
        match others.len().saturating_sub(SHOWN_MAX) {
            0 => Ok(()),
            more => writeln!(f, "    … and {} more; --json has them all", thousands(more)),
        }
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
