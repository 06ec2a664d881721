//! The virtual account around a strategy: what is filled when, and what is refused.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use polyfolio_market_data::History;
use polyfolio_model::InstrumentId;
use polyfolio_ports::{Phase, Row, Size, Strategy, VirtualAccount};
use polyfolio_strategies::{Evaluation, FillRule, Settings, StrategyError, Universe, evaluate};

/// Does on each row what it is told, by date.
struct Script(Vec<(&'static str, &'static str, Size)>);

impl Strategy for Script {
    fn on_row(&mut self, row: &Row<'_>, _: &VirtualAccount<'_>) -> Vec<(InstrumentId, Size)> {
        let today = self
            .0
            .iter()
            .filter(|(date, _, _)| *date == row.date.to_string());
        today.map(|&(_, name, size)| (name.into(), size)).collect()
    }
}

const CSV: &str = "date,A,B\n\
    2023-01-30,10,5\n2023-01-31,20,5\n2023-02-01,40,10\n2023-02-28,50,10\n";

fn history() -> History {
    History::parse("t.csv", CSV.as_bytes()).unwrap()
}

fn settings() -> Settings {
    Settings {
        capital: 1000.0,
        ..Settings::default()
    }
}

fn run(
    script: &[(&'static str, &'static str, Size)],
    settings: &Settings,
) -> Result<Evaluation, StrategyError> {
    evaluate(&mut Script(script.to_vec()), &history(), settings, None)
}

fn values(evaluation: &Evaluation) -> Vec<f64> {
    evaluation.nav.iter().map(|&(_, value)| value).collect()
}

#[test]
fn what_is_not_named_stays_as_it_is() {
    let script = [
        ("2023-01-30", "A", Size::Quantity(10.0)),
        ("2023-01-31", "B", Size::Weight(0.5)),
        ("2023-02-01", "A", Size::Weight(0.0)),
    ];
    let evaluation = run(&script, &settings()).unwrap();
    // 1000 = 10·10 + 900; 1100 = 10·20 + 900, half of it is 110 B; 1850 = 10·40 + 110·10 + 350.
    assert_eq!(values(&evaluation), [1000.0, 1100.0, 1850.0, 1850.0]);
    let held: Vec<_> = evaluation
        .positions
        .iter()
        .map(|(id, u)| format!("{id} {u}"))
        .collect();
    assert_eq!(held, ["A 0", "B 110"]);
    assert_eq!(evaluation.cash, Some(750.0));
}

#[test]
fn next_fills_the_fixed_quantity_one_row_later_and_never_after_the_last() {
    let settings = Settings {
        fill: FillRule::Next,
        fee_rate: 0.01,
        ..settings()
    };
    let script = [
        ("2023-01-30", "A", Size::Weight(0.5)),
        ("2023-02-28", "B", Size::Quantity(7.0)),
    ];
    let evaluation = run(&script, &settings).unwrap();
    let [fill] = evaluation.fills.as_slice() else {
        panic!("{:?}", evaluation.fills)
    };
    assert_eq!(
        (fill.date.to_string(), fill.quantity),
        ("2023-01-31".to_owned(), 50.0)
    );
    assert_eq!((fill.price, fill.fee), (20.0, 10.0));
    // 50 bought at 20 with 1000 and a fee of 10: cash −10.
    assert_eq!(values(&evaluation), [1000.0, 990.0, 1990.0, 2490.0]);
}

#[test]
fn sells_come_before_buys_each_in_the_order_of_the_columns() {
    let script = [
        ("2023-01-30", "B", Size::Quantity(3.0)),
        ("2023-01-31", "A", Size::Quantity(1.0)),
        ("2023-01-31", "B", Size::Quantity(-1.0)),
    ];
    let evaluation = run(&script, &settings()).unwrap();
    let fills: Vec<_> = evaluation
        .fills
        .iter()
        .map(|f| (f.instrument.as_str(), f.quantity))
        .collect();
    assert_eq!(fills, [("B", 3.0), ("B", -4.0), ("A", 1.0)]);
}

#[test]
fn lots_cut_targets_towards_zero() {
    let settings = Settings {
        lots: true,
        ..settings()
    };
    let script = [
        ("2023-01-30", "A", Size::Quantity(2.9)),
        ("2023-01-30", "B", Size::Quantity(-2.9)),
    ];
    let evaluation = run(&script, &settings).unwrap();
    let held: Vec<f64> = evaluation.positions.values().copied().collect();
    assert_eq!(held, [2.0, -2.0]);
}

#[test]
fn a_wish_that_cannot_be_sized_is_named() {
    let check = |script: &[_], expect: &str| {
        assert_eq!(run(script, &settings()).unwrap_err().to_string(), expect);
    };
    check(
        &[("2023-01-31", "C", Size::Weight(1.0))],
        "on 2023-01-31 the strategy wants C, which is not in its universe",
    );
    check(
        &[
            ("2023-01-31", "A", Size::Weight(1.0)),
            ("2023-01-31", "A", Size::Weight(0.0)),
        ],
        "on 2023-01-31 the strategy names A twice",
    );
    check(
        &[("2023-01-31", "B", Size::Weight(f64::NAN))],
        "on 2023-01-31 the strategy wants NaN of B, which is not finite",
    );
}

#[test]
fn a_window_without_rows_is_an_error() {
    let check = |start: Option<&str>, as_of: Option<&str>, expect: &str| {
        let settings = Settings {
            start: start.map(|d| d.parse().unwrap()),
            ..settings()
        };
        let as_of = as_of.map(|d| d.parse().unwrap());
        let error = evaluate(&mut Script(vec![]), &history(), &settings, as_of).unwrap_err();
        assert_eq!(error.to_string(), expect);
    };
    let late = "the history has no row from 2023-03-01 up to 2023-02-28";
    check(Some("2023-03-01"), None, late);
    check(
        None,
        Some("2023-01-01"),
        "the history has no row up to 2023-01-01",
    );
}

#[test]
fn a_universe_the_history_lacks_is_an_error() {
    let universe = Universe::Only(vec!["A".into(), "Z".into()]);
    let error = run(
        &[],
        &Settings {
            universe,
            ..settings()
        },
    )
    .unwrap_err();
    assert_eq!(error.to_string(), "the history has no instrument Z");
}

/// Notes the rows it is shown.
#[derive(Default)]
struct Diary(Vec<(String, Phase, bool)>);

impl Strategy for Diary {
    fn warm_up(&self) -> usize {
        1
    }

    fn on_row(&mut self, row: &Row<'_>, account: &VirtualAccount<'_>) -> Vec<(InstrumentId, Size)> {
        assert_eq!(account.position(&row.instruments[0]), 0.0);
        self.0
            .push((row.date.to_string(), row.phase, row.is_month_end));
        // Not heard in the warm-up.
        if row.phase == Phase::WarmUp {
            vec![("A".into(), Size::Weight(1.0))]
        } else {
            vec![]
        }
    }
}

#[test]
fn a_strategy_is_shown_its_warm_up_and_the_ends_of_months() {
    let start = "2023-01-31".parse().ok();
    let settings = Settings {
        start,
        ..settings()
    };
    let mut diary = Diary::default();
    let evaluation = evaluate(&mut diary, &history(), &settings, None).unwrap();
    let expected = [
        ("2023-01-30", Phase::WarmUp, false),
        ("2023-01-31", Phase::First, true),
        ("2023-02-01", Phase::Trading, false),
        // The last row: whether February is over is not known yet.
        ("2023-02-28", Phase::Trading, false),
    ];
    assert_eq!(
        diary.0,
        expected.map(|(date, phase, end)| (date.to_owned(), phase, end))
    );
    assert_eq!(values(&evaluation), [1000.0; 3]);

    let mut diary = Diary::default();
    let as_of = "2023-01-31".parse().ok();
    evaluate(&mut diary, &history(), &settings, as_of).unwrap();
    assert_eq!(
        diary.0.last(),
        Some(&("2023-01-31".to_owned(), Phase::First, false))
    );
}
