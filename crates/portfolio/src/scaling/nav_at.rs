//! The row of a NAV series that a size is taken from.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use crate::refusal::{Code, Refusal};

type Row = (NaiveDate, f64);

/// A row further away than this says nothing of the date it stands for.
const DAYS_MAX: i64 = 7;

/// The NAV at the row nearest to `date`, the later of two equally near. Rows count as midnight,
/// and may stand in any order.
pub(super) fn at_reference(series: &[Row], date: NaiveDateTime) -> Result<f64, Refusal> {
    let (first, last) = extent(series)?;
    unique_dates(series)?;
    if date.date() < first || date.date() > last {
        let message = format!("reference date {date} lies outside its NAV, {first} to {last}");
        return Err(Refusal::new(Code::ReferenceDate, message, DATE_NEXT));
    }
    let distance = |row: &&Row| (date - row.0.and_time(NaiveTime::MIN)).abs();
    let nearest = series
        .iter()
        .min_by_key(|row| (distance(row), std::cmp::Reverse(row.0)));
    let nearest = nearest.ok_or_else(no_rows)?;
    if distance(&nearest) > TimeDelta::days(DAYS_MAX) {
        let message = format!(
            "reference date {date} is more than {DAYS_MAX} days from the nearest row of its NAV, {}",
            nearest.0
        );
        return Err(Refusal::new(Code::ReferenceDate, message, DATE_NEXT));
    }
    usable(*nearest)
}

/// The NAV at the last row up to `date`.
pub(super) fn at_decision(series: &[Row], date: NaiveDate) -> Result<f64, Refusal> {
    // The usual case: the strategy ran up to the decision date and no further.
    if let Some(row) = series.last().filter(|row| row.0 == date) {
        return usable(*row);
    }
    extent(series)?;
    let known = series.iter().filter(|row| row.0 <= date);
    let Some(row) = known.max_by_key(|row| row.0) else {
        return Err(too_old(format!(
            "its NAV begins after the decision date {date}"
        )));
    };
    if series.iter().filter(|other| other.0 == row.0).count() > 1 {
        return Err(twice(row.0));
    }
    if date - row.0 > TimeDelta::days(DAYS_MAX) {
        return Err(too_old(format!(
            "its last NAV up to the decision date {date} is of {}, more than {DAYS_MAX} days old",
            row.0
        )));
    }
    usable(*row)
}

const DATE_NEXT: &str = "set portfolio.reference_date within the NAV of every sleeve";

fn too_old(message: String) -> Refusal {
    Refusal::new(
        Code::DecisionDate,
        message,
        "run the strategy up to the decision date",
    )
}

fn no_rows() -> Refusal {
    Refusal::new(
        Code::SleeveNav,
        "its NAV series is empty".to_owned(),
        "run the strategy",
    )
}

fn twice(date: NaiveDate) -> Refusal {
    let message = format!("its NAV has {date} twice");
    Refusal::new(Code::NavDates, message, "keep one row a date")
}

fn extent(series: &[Row]) -> Result<(NaiveDate, NaiveDate), Refusal> {
    let first = series.iter().map(|row| row.0).min();
    let last = series.iter().map(|row| row.0).max();
    first.zip(last).ok_or_else(no_rows)
}

fn unique_dates(series: &[Row]) -> Result<(), Refusal> {
    let is_sorted = series.windows(2).all(|pair| pair[0].0 < pair[1].0);
    if is_sorted {
        return Ok(());
    }
    let mut dates: Vec<_> = series.iter().map(|row| row.0).collect();
    dates.sort_unstable();
    match dates.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(twice(pair[0])),
        None => Ok(()),
    }
}

fn usable((date, nav): Row) -> Result<f64, Refusal> {
    if nav.is_finite() && nav > 0.0 {
        return Ok(nav);
    }
    let message = format!("its NAV at {date} is {nav}, which is not above zero");
    Err(Refusal::new(
        Code::SleeveNav,
        message,
        "correct the strategy's NAV at that date",
    ))
}
