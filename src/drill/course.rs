//! The rebalances of a drill: always a later date, and another book, so that there is something to
//! buy, to sell and to cross each time.

use std::fmt;

use chrono::NaiveDate;
use polyfolio_model::Span;

use super::chance::Chance;

/// What is traded.
#[derive(Clone, Debug, Default)]
pub struct Portfolio {
    /// The files that the program is given with `-c`.
    pub files: Vec<std::path::PathBuf>,
    /// The dates there are closes of, ascending; none where nothing is decided on closes.
    pub dates: Vec<NaiveDate>,
    /// The leverage of the config; drills trade at parts of it, never above.
    pub leverage: f64,
    /// Sleeves and their weights, to be made smaller; none where they stay as they are.
    pub sleeves: Vec<(String, f64)>,
    /// Whether algorithm and horizon are drawn, too.
    pub any_execution: bool,
    /// How long a run takes, unless that is drawn.
    pub horizon: Span,
    /// Whether the market is one that goes by the clock on the wall and begins at the last close:
    /// nothing is decided on closes long before, and no run takes long.
    pub is_now: bool,
}

/// One rebalance.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Leg {
    pub(super) as_of: Option<NaiveDate>,
    /// The same `-c` for every leg.
    pub(super) files: Vec<std::path::PathBuf>,
    /// Settings, as variables of the environment name them.
    pub(super) settings: Vec<(String, String)>,
    /// How long its run takes.
    pub(super) horizon: Span,
}

/// What comes next.
#[derive(Clone, Debug)]
pub(super) struct Course {
    portfolio: Portfolio,
    row: usize,
}

/// Rows that strategies look back over: the walk begins behind them.
const WARM_UP_ROWS: usize = 300;
/// How many rows there are to walk through where only the last ones count.
const RECENT_ROWS: usize = 60;
/// The most trading days between two rebalances.
const STEP_MAX: u64 = 30;

impl Course {
    pub(super) fn new(portfolio: Portfolio) -> Self {
        let rows = portfolio.dates.len();
        let first = if portfolio.is_now {
            rows.saturating_sub(RECENT_ROWS)
        } else {
            (rows / 2).max(WARM_UP_ROWS)
        };
        let row = first.min(rows.saturating_sub(1));
        Self { portfolio, row }
    }

    /// The next rebalance. At the end of the history the date stays, and only the book changes.
    pub(super) fn next(&mut self, chance: &mut Chance) -> Leg {
        let most = if self.portfolio.is_now { 2 } else { STEP_MAX };
        let step = chance.within(1..=most) as usize;
        let as_of = self.portfolio.dates.get(self.row).copied();
        self.row = (self.row + step).min(self.portfolio.dates.len().saturating_sub(1));
        let mut settings = vec![self.leverage(chance)];
        settings.extend(self.lighter_sleeve(chance));
        let mut horizon = self.portfolio.horizon;
        if self.portfolio.any_execution {
            let (drawn, execution) = execution(chance, self.portfolio.is_now);
            horizon = drawn;
            settings.extend(execution);
        }
        Leg {
            as_of,
            files: self.portfolio.files.clone(),
            settings,
            horizon,
        }
    }

    fn leverage(&self, chance: &mut Chance) -> (String, String) {
        let part = chance.within(30..=100) as f64 / 100.0;
        let leverage = self.portfolio.leverage * part;
        (
            "POLYFOLIO__PORTFOLIO__LEVERAGE".to_owned(),
            leverage.to_string(),
        )
    }

    fn lighter_sleeve(&self, chance: &mut Chance) -> Option<(String, String)> {
        let last = self.portfolio.sleeves.len().checked_sub(1)?;
        let place = chance.within(0..=last as u64) as usize;
        let part = chance.one_of(0.0, &[0.5, 1.0]);
        let (name, weight) = self.portfolio.sleeves.get(place)?;
        let variable = format!("POLYFOLIO__SLEEVE__{}__WEIGHT", variable_part(name));
        Some((variable, (weight * part).to_string()))
    }
}

/// How long sweeps may take where time goes by the clock: one that hears no word is given up soon.
const SWEEP_FOR: &str = "20s";

/// Short and long runs, of every kind; where time goes by the clock, none that takes long.
fn execution(chance: &mut Chance, is_now: bool) -> (Span, Vec<(String, String)>) {
    let pair = |key: &str, value: &str| (format!("POLYFOLIO__EXECUTION__{key}"), value.to_owned());
    let often = ["optimal_limit", "optimal_limit", "twap", "limit", "market"];
    let algorithm = chance.one_of("optimal_limit", &often);
    let seconds = match is_now {
        true => chance.one_of(15, &[20, 20, 30]),
        false => chance.one_of(20, &[60, 60, 120]),
    };
    let mut settings = vec![
        pair("ALGORITHM", algorithm),
        pair("HORIZON", &format!("{seconds}s")),
        pair("REQUOTE_MIN", chance.one_of("1s", &["2s", "5s"])),
        pair(
            "AT_DEADLINE",
            if chance.percent(10) { "leave" } else { "sweep" },
        ),
    ];
    settings.extend(is_now.then(|| pair("SWEEP_FOR", SWEEP_FOR)));
    (Span::from_secs(seconds), settings)
}

/// What is neither letter nor digit in a key is `_` in a variable's name.
fn variable_part(name: &str) -> String {
    let part = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_uppercase()
        } else {
            '_'
        }
    };
    name.chars().map(part).collect()
}

impl fmt::Display for Leg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = self.as_of.map(|date| date.to_string());
        write!(f, "{}", date.as_deref().unwrap_or("as configured"))?;
        for (name, value) in &self.settings {
            let key = name.trim_start_matches("POLYFOLIO__").to_ascii_lowercase();
            write!(f, " {}={value}", key.replace("__", "."))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn portfolio(rows: usize) -> Portfolio {
        let first = NaiveDate::from_ymd_opt(2000, 1, 3).unwrap();
        Portfolio {
            dates: first.iter_days().take(rows).collect(),
            leverage: 1.5,
            sleeves: vec![("big-one".to_owned(), 0.4)],
            any_execution: true,
            ..Portfolio::default()
        }
    }

    #[test]
    fn dates_only_go_forward_and_stay_at_the_last() {
        let mut course = Course::new(portfolio(700));
        let mut chance = Chance::new(3);
        let legs: Vec<Leg> = (0..60).map(|_| course.next(&mut chance)).collect();
        assert!(legs.windows(2).all(|two| two[0].as_of <= two[1].as_of));
        assert_eq!(legs[59].as_of, portfolio(700).dates.last().copied());
    }

    #[test]
    fn a_book_is_never_larger_than_its_config() {
        let mut course = Course::new(portfolio(700));
        let mut chance = Chance::new(4);
        for leg in (0..100).map(|_| course.next(&mut chance)) {
            let number = |at: usize| leg.settings[at].1.parse::<f64>().unwrap();
            assert!(number(0) > 0.4 && number(0) <= 1.5, "{leg}");
            assert_eq!(leg.settings[1].0, "POLYFOLIO__SLEEVE__BIG_ONE__WEIGHT");
            assert!(number(1) <= 0.4, "{leg}");
        }
    }

    #[test]
    fn by_the_clock_only_the_last_closes_count_and_runs_are_short() {
        let portfolio = Portfolio {
            is_now: true,
            ..portfolio(700)
        };
        let recent = portfolio.dates[640];
        let mut course = Course::new(portfolio);
        let mut chance = Chance::new(5);
        for leg in (0..100).map(|_| course.next(&mut chance)) {
            assert!(leg.as_of >= Some(recent), "{leg}");
            assert!(leg.horizon <= Span::from_secs(30), "{leg}");
            let horizon = format!("{}s", leg.horizon.secs_f64());
            assert!(leg.settings.iter().any(|(_, value)| *value == horizon));
        }
    }

    #[test]
    fn a_portfolio_without_history_has_legs_without_dates() {
        let mut course = Course::new(Portfolio::default());
        assert_eq!(course.next(&mut Chance::new(1)).as_of, None);
    }
}
