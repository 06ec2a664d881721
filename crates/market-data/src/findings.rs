//! What in a history looks wrong, each with its instrument, dates and lines.
//!
//! Every instrument is looked at by its own closes, and beside the others: on a day on which
//! everything moves a great move is news, and a day on which nothing closed is a holiday.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate, Weekday};
use polyfolio_model::InstrumentId;

use crate::History;
use crate::report::{Finding, FindingCode};

/// Weekdays without any row, between two rows, that are no holidays any more.
const SHUT_DAYS_MAX: usize = 5;
/// Ratios of shares after a split to those before.
const SPLITS: [f64; 12] = [
    1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 15.0, 20.0,
];
/// How far a ratio of closes may lie from that of a split, as a share of it.
const SPLIT_WITHIN: f64 = 0.02;
/// What the others move on a day on which the market does not: the middle of their log returns.
const QUIET: f64 = 0.03;
/// Equal closes in a row that look like a feed that stood still.
const STALE_ROWS_MIN: usize = 10;
/// A return beyond so many robust deviations that goes back on the next close.
const OUTLIER_SIGMAS: f64 = 12.0;
/// How much of it may be left then.
const OUTLIER_LEFT: f64 = 0.25;
/// Returns that a deviation is taken of, at least.
const RETURNS_MIN: usize = 20;
/// A median absolute deviation times this is the deviation of a normal distribution.
const MAD_TO_SIGMA: f64 = 1.4826;

/// All that looks wrong, by date.
pub(crate) fn findings(history: &History) -> Vec<Finding> {
    let mut all = shut(history);
    let alive = Alive::of(history);
    let market = market(history);
    for column in 0..history.instruments().len() {
        let own = Own::of(history, column);
        all.extend(own.gaps(&alive));
        all.extend(own.stale());
        all.extend(own.without_volume());
        all.extend(own.jumps(&market));
    }
    all.sort_by(|a, b| (a.from, &a.instrument, a.code).cmp(&(b.from, &b.instrument, b.code)));
    all
}

/// Stretches without any row, in a history of days.
fn shut(history: &History) -> Vec<Finding> {
    let dates = history.dates();
    let mut steps: Vec<i64> = dates.windows(2).map(|w| (w[1] - w[0]).num_days()).collect();
    steps.sort_unstable();
    if steps.get(steps.len() / 2).is_none_or(|&middle| middle > 4) {
        return Vec::new();
    }
    let pairs = dates.windows(2).enumerate();
    let missing = |w: &[NaiveDate]| {
        let between = w[0].iter_days().skip(1).take_while(|day| *day < w[1]);
        between.filter(|day| !is_weekend(*day)).count()
    };
    let long =
        pairs.filter_map(|(row, w)| Some((row, missing(w))).filter(|(_, n)| *n > SHUT_DAYS_MAX));
    long.map(|(row, days)| Finding {
        code: FindingCode::Gap,
        instrument: None,
        from: dates[row],
        to: dates[row + 1],
        from_line: history.line(row, 0),
        to_line: history.line(row + 1, 0),
        rows: days,
        says: format!("{days} weekdays without any row"),
    })
    .collect()
}

fn is_weekend(date: NaiveDate) -> bool {
    matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}

/// How many instruments closed on each row, of those that had begun and not ended.
struct Alive {
    closed: Vec<usize>,
    living: Vec<usize>,
}

impl Alive {
    fn of(history: &History) -> Self {
        let mut alive = Self {
            closed: vec![0; history.len()],
            living: vec![0; history.len()],
        };
        for column in 0..history.instruments().len() {
            let rows: Vec<usize> = history.own_closes(column).map(|(row, _)| row).collect();
            rows.iter().for_each(|&row| alive.closed[row] += 1);
            if let (Some(&first), Some(&last)) = (rows.first(), rows.last()) {
                alive.living[first..=last].iter_mut().for_each(|n| *n += 1);
            }
        }
        alive
    }

    /// Whether most of the others closed on a row on which this one lives and did not.
    fn is_missed(&self, row: usize) -> bool {
        2 * self.closed[row] > self.living[row].saturating_sub(1)
    }
}

/// The middle of the absolute log returns of each row, over all instruments that have one.
fn market(history: &History) -> Vec<f64> {
    let row = |row: usize| {
        let both =
            |column: &usize| history.has_close(row, *column) && history.has_close(row - 1, *column);
        let columns = (0..history.instruments().len()).filter(both);
        let step = |column: usize| history.closes(row)[column] / history.closes(row - 1)[column];
        let moves = columns.map(|column| step(column).ln().abs());
        median(moves.collect()).unwrap_or_default()
    };
    (0..history.len())
        .map(|n| if n == 0 { 0.0 } else { row(n) })
        .collect()
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// One instrument's closes.
struct Own<'a> {
    history: &'a History,
    column: usize,
    name: &'a InstrumentId,
    rows: Vec<usize>,
    closes: Vec<f64>,
}

impl<'a> Own<'a> {
    fn of(history: &'a History, column: usize) -> Self {
        let rows: Vec<usize> = history.own_closes(column).map(|(row, _)| row).collect();
        Self {
            closes: rows
                .iter()
                .map(|&row| history.closes(row)[column])
                .collect(),
            name: &history.instruments()[column],
            history,
            column,
            rows,
        }
    }

    /// From one close to another, both by their number.
    fn finding(
        &self,
        code: FindingCode,
        from: usize,
        to: usize,
        rows: usize,
        says: String,
    ) -> Finding {
        let (from, to) = (self.rows[from], self.rows[to]);
        Finding {
            code,
            instrument: Some(self.name.clone()),
            from: self.history.dates()[from],
            to: self.history.dates()[to],
            from_line: self.history.line(from, self.column),
            to_line: self.history.line(to, self.column),
            rows,
            says,
        }
    }

    /// Rows between two closes on which most of the others closed; weekends only count for what
    /// trades on them.
    fn gaps(&self, alive: &Alive) -> Vec<Finding> {
        let dates = self.history.dates();
        let on_weekends = self.rows.iter().any(|&row| is_weekend(dates[row]));
        let counts =
            |row: &usize| alive.is_missed(*row) && (on_weekends || !is_weekend(dates[*row]));
        let pairs = self.rows.windows(2).enumerate();
        let gap = |(n, w): (usize, &[usize])| {
            let missing = (w[0] + 1..w[1]).filter(counts).count();
            let s = if missing == 1 { "" } else { "s" };
            let says = format!("{missing} row{s} without a close between these");
            (missing > 0).then(|| self.finding(FindingCode::Gap, n, n + 1, missing, says))
        };
        pairs.filter_map(gap).collect()
    }

    fn stale(&self) -> Vec<Finding> {
        self.runs(
            STALE_ROWS_MIN,
            |a, b| self.closes[a] == self.closes[b],
            |_| true,
        )
        .into_iter()
        .map(|(from, to)| {
            let (rows, close) = (to - from + 1, self.closes[from]);
            let says = format!("{rows} closes of {close}");
            self.finding(FindingCode::Stale, from, to, rows, says)
        })
        .collect()
    }

    fn without_volume(&self) -> Vec<Finding> {
        let volumes = |n: usize| self.history.volume(self.name, self.rows[n]);
        let none: BTreeSet<usize> = (0..self.rows.len())
            .filter(|&n| volumes(n) == Some(0.0))
            .collect();
        let is_none = |n: usize| none.contains(&n);
        self.runs(1, |_, b| is_none(b), is_none)
            .into_iter()
            .map(|(from, to)| {
                let rows = to - from + 1;
                let says = format!("{rows} bars with a volume of 0");
                self.finding(FindingCode::ZeroVolume, from, to, rows, says)
            })
            .collect()
    }

    /// The longest stretches that begin and go on as told.
    fn runs(
        &self,
        least: usize,
        goes_on: impl Fn(usize, usize) -> bool,
        begins: impl Fn(usize) -> bool,
    ) -> Vec<(usize, usize)> {
        let (mut runs, mut from) = (Vec::new(), 0);
        while from < self.rows.len() {
            let mut to = from;
            while begins(from) && to + 1 < self.rows.len() && goes_on(to, to + 1) {
                to += 1;
            }
            if begins(from) && to - from + 1 >= least {
                runs.push((from, to));
            }
            from = to + 1;
        }
        runs
    }

    /// Moves on quiet days that are those of a split, or go back at once.
    fn jumps(&self, market: &[f64]) -> Vec<Finding> {
        let returns: Vec<f64> = self
            .closes
            .windows(2)
            .map(|w| f64::ln(w[1] / w[0]))
            .collect();
        let sigma = robust_sigma(&returns);
        let jump = |n: usize| {
            let (step, next) = (returns[n], returns.get(n + 1));
            let goes_back =
                next.is_some_and(|next| (step + next).abs() < OUTLIER_LEFT * step.abs());
            let change = (step.exp() - 1.0) * 100.0;
            if goes_back {
                let far = sigma.filter(|sigma| step.abs() > OUTLIER_SIGMAS * sigma)?;
                let times = step.abs() / far;
                let says =
                    format!("{change:+.1} %, {times:.0} times the usual, and back on the next");
                return Some(self.finding(FindingCode::Outlier, n, n + 1, 1, says));
            }
            let ratio = split(step.exp())?;
            let says = format!("{change:+.1} %, as a split {ratio} that was not adjusted");
            Some(self.finding(FindingCode::Split, n, n + 1, 1, says))
        };
        // What went out and came back is told once.
        let mut found: Vec<Finding> = Vec::new();
        for n in (0..returns.len()).filter(|&n| market[self.rows[n + 1]] < QUIET) {
            let is_way_back =
                n > 0 && (returns[n] + returns[n - 1]).abs() < OUTLIER_LEFT * returns[n - 1].abs();
            if !is_way_back {
                found.extend(jump(n));
            }
        }
        found
    }
}

/// "2:1" for a close that is half the one before, "1:2" for twice.
fn split(change: f64) -> Option<String> {
    let is = |wanted: f64| (change / wanted - 1.0).abs() < SPLIT_WITHIN;
    let told = |ratio: f64| match ratio.fract() == 0.0 {
        true => (ratio, 1.0),
        false => (2.0 * ratio, 2.0),
    };
    SPLITS.into_iter().find_map(|ratio| {
        let (many, few) = told(ratio);
        match (is(1.0 / ratio), is(ratio)) {
            (true, _) => Some(format!("{many}:{few}")),
            (_, true) => Some(format!("{few}:{many}")),
            _ => None,
        }
    })
}

fn robust_sigma(returns: &[f64]) -> Option<f64> {
    if returns.len() < RETURNS_MIN {
        return None;
    }
    let middle = median(returns.to_vec())?;
    let away = returns.iter().map(|value| (value - middle).abs());
    Some(MAD_TO_SIGMA * median(away.collect())?).filter(|sigma| *sigma > 0.0)
}
