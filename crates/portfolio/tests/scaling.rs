//! Sizes: which row of a NAV counts, what is refused, and what scaling keeps.
#![allow(clippy::unwrap_used)]

use chrono::{NaiveDate, NaiveDateTime};
use polyfolio_portfolio::scaling::ScaleSettings;
use polyfolio_portfolio::{Code, Sizing, SleeveInput, Wish, scale};
use proptest::prelude::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn time(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

fn sleeve(name: &str, weight: f64, nav: &[(&str, f64)]) -> SleeveInput {
    let nav = nav
        .iter()
        .map(|(date, value)| (day(date), *value))
        .collect();
    let positions = vec![("KO".into(), 1.0)];
    SleeveInput {
        id: name.into(),
        weight,
        wish: Wish::Targets { positions, nav },
    }
}

fn settings(sizing: Sizing, normalize: bool) -> ScaleSettings {
    ScaleSettings {
        sizing,
        leverage: 1.0,
        normalize,
    }
}

/// The sleeve's NAV that a reference date picks, or the code of the refusal.
fn at_reference(nav: &[(&str, f64)], date: &str) -> Result<f64, Code> {
    let sizing = Sizing::Reference {
        nav: 1.0,
        date: time(date),
    };
    picked(nav, sizing, day("2024-01-31"))
}

fn at_decision(nav: &[(&str, f64)], date: &str) -> Result<f64, Code> {
    picked(nav, Sizing::Nav, day(date))
}

fn picked(nav: &[(&str, f64)], sizing: Sizing, decision: NaiveDate) -> Result<f64, Code> {
    let scaled = scale(
        &[sleeve("s", 1.0, nav)],
        &settings(sizing, true),
        1.0,
        decision,
    );
    let scaled = scaled.map_err(|refusals| refusals[0].code)?;
    Ok(1.0 / scaled.sleeves["s"].factor.unwrap())
}

const NAV: [(&str, f64); 4] = [
    ("2024-01-02", 2.0),
    ("2024-01-04", 4.0),
    ("2024-01-12", 16.0),
    ("2024-01-31", 32.0),
];

#[test]
fn the_nearest_row_counts_and_the_later_of_two() {
    for (date, nav) in [
        ("2024-01-02T00:00:00", 2.0),
        ("2024-01-02T23:59:59", 2.0),
        ("2024-01-03T00:00:00", 4.0),
        ("2024-01-03T00:00:01", 4.0),
        ("2024-01-08T00:00:00", 16.0),
        ("2024-01-07T23:00:00", 4.0),
        ("2024-01-31T18:00:00", 32.0),
    ] {
        assert_eq!(at_reference(&NAV, date), Ok(nav), "{date}");
    }
    let mut backwards = NAV;
    backwards.reverse();
    assert_eq!(at_reference(&backwards, "2024-01-03T00:00:00"), Ok(4.0));
}

#[test]
fn a_date_that_says_nothing_is_refused() {
    for date in [
        "2024-01-01T23:59:59",
        "2024-02-01T00:00:00",
        "2024-01-20T00:00:00",
    ] {
        assert_eq!(at_reference(&NAV, date), Err(Code::ReferenceDate), "{date}");
    }
    assert_eq!(
        at_reference(&NAV, "2024-01-19T00:00:00"),
        Ok(16.0),
        "7 days are near enough"
    );
    let twice = [
        ("2024-01-02", 2.0),
        ("2024-01-03", 3.0),
        ("2024-01-02", 2.0),
    ];
    assert_eq!(
        at_reference(&twice, "2024-01-03T00:00:00"),
        Err(Code::NavDates)
    );
    assert_eq!(
        at_reference(&[], "2024-01-03T00:00:00"),
        Err(Code::SleeveNav)
    );
}

#[test]
fn the_last_row_up_to_the_decision_counts() {
    for (date, nav) in [
        ("2024-01-31", 32.0),
        ("2024-01-30", f64::NAN),
        ("2024-01-13", 16.0),
    ] {
        match nav.is_nan() {
            true => assert_eq!(at_decision(&NAV, date), Err(Code::DecisionDate)),
            false => assert_eq!(at_decision(&NAV, date), Ok(nav)),
        }
    }
    assert_eq!(at_decision(&NAV, "2024-01-01"), Err(Code::DecisionDate));
    assert_eq!(at_decision(&[], "2024-01-01"), Err(Code::SleeveNav));
    let twice = [
        ("2024-01-02", 2.0),
        ("2024-01-02", 3.0),
        ("2024-01-09", 2.0),
    ];
    assert_eq!(at_decision(&twice, "2024-01-03"), Err(Code::NavDates));
    assert_eq!(
        at_decision(&[("2024-01-02", f64::NAN)], "2024-01-02"),
        Err(Code::SleeveNav)
    );
}

/// The codes for a book of two sleeves with these weights, reference NAV and leverage.
fn codes(weights: [f64; 2], nav: f64, leverage: f64, normalize: bool) -> Vec<Code> {
    let sleeves = [sleeve("a", weights[0], &NAV), sleeve("b", weights[1], &NAV)];
    let sizing = Sizing::Reference {
        nav,
        date: time("2024-01-02T00:00:00"),
    };
    let settings = ScaleSettings {
        leverage,
        ..settings(sizing, normalize)
    };
    let refused = scale(&sleeves, &settings, 0.0, day("2024-01-02"))
        .err()
        .unwrap_or_default();
    refused.into_iter().map(|refusal| refusal.code).collect()
}

#[test]
fn faults_of_the_book_are_refused_by_code() {
    let nan = f64::NAN;
    assert_eq!(codes([0.5, 0.5], 1.0, 1.0, true), []);
    assert_eq!(codes([0.5, -0.1], 1.0, 1.0, true), [Code::Weight]);
    assert_eq!(
        codes([nan, f64::INFINITY], 1.0, 1.0, false),
        [Code::Weight, Code::Weight]
    );
    assert_eq!(codes([0.0, 0.0], 1.0, 1.0, true), [Code::WeightsZero]);
    assert_eq!(codes([0.0, 0.0], 1.0, 1.0, false), [], "all cash");
    assert_eq!(codes([0.5, 0.5], 0.0, 1.0, true), [Code::ReferenceNav]);
    assert_eq!(codes([0.5, 0.5], nan, 1.0, true), [Code::ReferenceNav]);
    assert_eq!(codes([0.5, 0.5], 1.0, nan, true), [Code::Leverage]);
    assert_eq!(codes([0.5, 0.5], 1.0, -1.0, true), [], "a mirrored book");
}

#[test]
fn a_sleeve_that_holds_needs_no_nav() {
    let hold = SleeveInput {
        id: "h".into(),
        weight: 0.5,
        wish: Wish::Hold,
    };
    let sleeves = [hold, sleeve("s", 0.25, &NAV)];
    let scaled = scale(
        &sleeves,
        &settings(Sizing::Nav, false),
        320.0,
        day("2024-01-31"),
    )
    .unwrap();
    assert_eq!(scaled.sleeves["h"].factor, None);
    assert_eq!(scaled.sleeves["s"].factor, Some(2.5));
}

proptest! {
    #[test]
    fn normalised_weights_share_out_the_whole(weights in prop::collection::vec(0.01..9.0_f64, 1..12)) {
        let named = |(i, weight): (usize, &f64)| sleeve(&i.to_string(), *weight, &NAV);
        let sleeves: Vec<_> = weights.iter().enumerate().map(named).collect();
        let scaled = scale(&sleeves, &settings(Sizing::Nav, true), 1e6, day("2024-01-31")).unwrap();
        let sum: f64 = scaled.sleeves.values().map(|sleeve| sleeve.weight).sum();
        prop_assert!((sum - 1.0).abs() < 1e-12);
        let exposure: f64 = scaled.sleeves.values().map(|s| s.targets["KO"] * 32.0).sum();
        prop_assert!((exposure - 1e6).abs() < 1e-6);
    }
}
