//! Instruments that begin late, end early or lack a day: what is held, what it is worth, what waits.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::fmt::Write as _;

use polyfolio_market_data::History;
use polyfolio_ports::{Row, Size, Strategy, VirtualAccount};
use polyfolio_strategies::{
    Breakout, Direction, DualMomentum, EqualWeight, Evaluation, FillRule, Hurdle,
    InverseVolatility, MeanReversion, Momentum, Rescale, Scaling, Settings, SmaCross, Universe,
    VolatilityTarget, evaluate,
};

type Make = fn() -> Box<dyn Strategy>;

/// One of every kind.
const ALL: [(&str, Make); 8] = [
    ("equal_weight", || Box::new(EqualWeight::default())),
    ("sma_cross", || Box::new(SmaCross::new(3, 9).unwrap())),
    ("momentum", || Box::new(Momentum::new(3, 1, 2).unwrap())),
    ("dual_momentum", || {
        Box::new(DualMomentum::new(2, 2, Hurdle::default(), None).unwrap())
    }),
    ("mean_reversion", || {
        Box::new(MeanReversion::new(8, 1.0, 0.25, Direction::Long).unwrap())
    }),
    ("breakout", || {
        Box::new(Breakout::new(9, 4, Direction::Long).unwrap())
    }),
    ("inverse_volatility", || {
        Box::new(InverseVolatility::new(10).unwrap())
    }),
    ("volatility_target", || {
        let scaling = Scaling::new(0.2, 10, 1.5, Rescale::Daily).unwrap();
        Box::new(VolatilityTarget::new(
            Box::new(SmaCross::new(3, 9).unwrap()),
            scaling,
        ))
    }),
];

/// Weekdays from 2020-01-01 on.
fn dates(count: usize) -> Vec<String> {
    use chrono::Datelike;
    let first: chrono::NaiveDate = "2020-01-01".parse().unwrap();
    let weekdays = first
        .iter_days()
        .filter(|date| date.weekday().number_from_monday() <= 5);
    weekdays.take(count).map(|date| date.to_string()).collect()
}

/// A close that goes up and down, differently for each column.
fn close(row: usize, column: usize) -> f64 {
    let (t, c) = (row as f64, column as f64);
    let wave = f64::sin(t / (5.0 + 2.0 * c)) + 0.3 * f64::sin(t / 2.0 + c);
    ((50.0 + 10.0 * c) * f64::exp(0.08 * wave + 0.001 * t) * 1e4).round() / 1e4
}

/// A wide file of these columns; a cell is empty where `is_there` says so.
fn history(columns: &[usize], rows: usize, is_there: impl Fn(usize, usize) -> bool) -> History {
    let mut text = String::from("date");
    for column in columns {
        let _ = write!(text, ",I{column}");
    }
    for (row, date) in dates(rows).iter().enumerate() {
        let _ = write!(text, "\n{date}");
        for &column in columns {
            match is_there(row, column) {
                true => write!(text, ",{}", close(row, column)).unwrap(),
                false => text.push(','),
            }
        }
    }
    History::parse("t.csv", text.as_bytes()).unwrap()
}

fn replay(make: Make, history: &History) -> Evaluation {
    evaluate(make().as_mut(), history, &Settings::default(), None).unwrap()
}

const ROWS: usize = 300;

fn fills_of(evaluation: &Evaluation, name: &str) -> Vec<String> {
    let fills = evaluation
        .fills
        .iter()
        .filter(|fill| fill.instrument.as_str() == name);
    fills.map(|fill| fill.date.to_string()).collect()
}

/// Until the youngest is there, a history with it and one that does not know it yet differ in
/// nothing but the size of the universe.
#[test]
fn a_late_starter_is_bought_once_it_has_closes_of_its_own_and_never_before() {
    let begins = 130;
    let late = history(&[0, 1, 2], ROWS, |row, column| column < 2 || row >= begins);
    let begin = &dates(ROWS)[begins];
    for (kind, make) in ALL {
        let got = replay(make, &late);
        let bought = fills_of(&got, "I2");
        assert!(!bought.is_empty(), "{kind} never bought it");
        assert!(bought.iter().all(|date| date > begin), "{kind} {bought:?}");
        assert!(got.nav.iter().all(|(_, value)| value.is_finite()), "{kind}");
        assert!(!got.why.contains("too few"), "{kind}: {}", got.why);
        // Before its own closes are enough, it is told that it waits.
        let early: chrono::NaiveDate = dates(ROWS)[begins - 5].parse().unwrap();
        let early = evaluate(make().as_mut(), &late, &Settings::default(), Some(early)).unwrap();
        assert!(
            early.why.ends_with("; too few closes yet: I2"),
            "{kind}: {}",
            early.why
        );
        assert!(
            fills_of(&early, "I2").is_empty() && !early.fills.is_empty(),
            "{kind}"
        );
    }
}

#[test]
fn what_ended_is_sold_at_its_last_close_and_told_as_gone() {
    let last = 120;
    let ended = history(&[0, 1, 2], ROWS, |row, column| column != 1 || row <= last);
    for (kind, make) in ALL {
        let got = replay(make, &ended);
        let held_until_the_end = got
            .fills
            .iter()
            .filter(|fill| fill.instrument.as_str() == "I1");
        let traded: Vec<_> = held_until_the_end.collect();
        assert!(!traded.is_empty(), "{kind} never had it");
        assert_eq!(got.positions["I1"], 0.0, "{kind}");
        for fill in traded
            .iter()
            .filter(|fill| fill.date.to_string() > dates(ROWS)[last])
        {
            assert!(fill.quantity < 0.0, "{kind} bought what was gone");
            assert_eq!(fill.price, close(last, 1), "{kind}");
        }
        assert!(got.why.ends_with("; gone: I1"), "{kind}: {}", got.why);
        assert!(got.nav.iter().all(|(_, value)| value.is_finite()), "{kind}");
    }
}

/// At least one kind must have held it when it ended, or the test above would show little.
#[test]
fn several_kinds_hold_what_ends() {
    let last = 120;
    let ended = history(&[0, 1, 2], ROWS, |row, column| column != 1 || row <= last);
    let sells_late = |make: Make| {
        let fills = fills_of(&replay(make, &ended), "I1");
        fills.iter().any(|date| *date > dates(ROWS)[last])
    };
    let late = ALL.iter().filter(|(_, make)| sells_late(*make)).count();
    assert!(late >= 3, "{late}");
}

/// Three days without a close: nothing is traded on them, and what is decided of the instrument's
/// own closes is what is decided in a file that never had the days.
#[test]
fn a_hole_is_no_day_of_the_instrument() {
    let hole = |row: usize| (100..103).contains(&row);
    let holed = history(&[0, 1, 2], ROWS, |row, column| column != 2 || !hole(row));
    for (kind, make) in ALL {
        let got = replay(make, &holed);
        let days = &dates(ROWS)[100..103];
        let traded = fills_of(&got, "I2");
        assert!(
            traded.iter().all(|date| !days.contains(date)),
            "{kind} {traded:?}"
        );
        assert!(got.nav.iter().all(|(_, value)| value.is_finite()), "{kind}");
        assert!(!got.why.contains(';'), "{kind}: {}", got.why);
    }
    // Alone, with a neighbour that is not in the universe and has every day, against a file
    // without the days: the days of the fills are the same, month ends apart.
    let shut = history(&[2], ROWS, |_, _| true).to_csv();
    let days = dates(ROWS);
    let open = shut
        .lines()
        .filter(|line| !days[100..103].iter().any(|day| line.starts_with(day)));
    let open = open.collect::<Vec<_>>().join("\n");
    let alone = History::parse("t.csv", open.as_bytes()).unwrap();
    let only = Settings {
        universe: Universe::Only(vec!["I2".into()]),
        ..Settings::default()
    };
    for (kind, make) in ALL {
        if matches!(kind, "momentum" | "dual_momentum" | "volatility_target") {
            continue;
        }
        let here = evaluate(make().as_mut(), &holed, &only, None).unwrap();
        assert_eq!(here.fills, replay(make, &alone).fills, "{kind}");
    }
}

/// The same closes, whether the file is read whole or only as far as a date.
#[test]
fn nothing_is_known_before_its_day() {
    let full = history(&[0, 1, 2], ROWS, |row, column| match column {
        0 => !row.is_multiple_of(7) || row == 0,
        1 => row <= 120,
        _ => row >= 60,
    });
    for (kind, make) in ALL {
        let whole = replay(make, &full);
        for row in [59, 61, 84, 119, 122, 135, 160] {
            let date: chrono::NaiveDate = dates(ROWS)[row].parse().unwrap();
            let cut = evaluate(make().as_mut(), &full, &Settings::default(), Some(date)).unwrap();
            let before = |(day, _): &&(chrono::NaiveDate, f64)| *day < date;
            let nav = whole.nav.iter().filter(before).collect::<Vec<_>>();
            let cut_nav = cut.nav.iter().filter(before).collect::<Vec<_>>();
            assert_eq!(nav, cut_nav, "{kind} at row {row}");
        }
    }
}

/// Forgets itself on every row and is restored from its saved state.
struct Forgetful {
    make: Make,
    state: Vec<u8>,
    why: String,
}

impl Strategy for Forgetful {
    fn warm_up(&self) -> usize {
        (self.make)().warm_up()
    }

    fn on_row(
        &mut self,
        row: &Row<'_>,
        account: &VirtualAccount<'_>,
    ) -> Vec<(polyfolio_model::InstrumentId, Size)> {
        let mut fresh = (self.make)();
        fresh.restore(&self.state).unwrap();
        let wishes = fresh.on_row(row, account);
        (self.state, self.why) = (fresh.state(), fresh.why());
        wishes
    }

    fn why(&self) -> String {
        self.why.clone()
    }
}

#[test]
fn what_is_remembered_can_be_saved_where_there_are_holes() {
    let full = history(&[0, 1, 2], ROWS, |row, column| match column {
        0 => !row.is_multiple_of(7) || row == 0,
        1 => row <= 120,
        _ => row >= 60,
    });
    for (kind, make) in ALL {
        let mut forgetful = Forgetful {
            make,
            state: make().state(),
            why: String::new(),
        };
        let got = evaluate(&mut forgetful, &full, &Settings::default(), None).unwrap();
        let kept = replay(make, &full);
        assert_eq!(
            (&got.fills, &got.nav, &got.why),
            (&kept.fills, &kept.nav, &kept.why),
            "{kind}"
        );
    }
}

/// Does on each row what it is told, by date.
struct Script(Vec<(&'static str, &'static str, Size)>);

impl Strategy for Script {
    fn on_row(
        &mut self,
        row: &Row<'_>,
        _: &VirtualAccount<'_>,
    ) -> Vec<(polyfolio_model::InstrumentId, Size)> {
        let date = row.date.to_string();
        let today = self.0.iter().filter(|(day, _, _)| *day == date);
        today.map(|&(_, name, size)| (name.into(), size)).collect()
    }
}

const CSV: &str = "date,A,B\n2023-01-02,10,\n2023-01-03,,5\n2023-01-04,20,\n2023-01-05,30,\n\
                   2023-01-23,40,\n2023-01-24,50,\n";

fn run(script: &[(&'static str, &'static str, Size)], fill: FillRule) -> Result<String, String> {
    let history = History::parse("t.csv", CSV.as_bytes()).unwrap();
    let settings = Settings {
        capital: 1000.0,
        fill,
        ..Settings::default()
    };
    let got = evaluate(&mut Script(script.to_vec()), &history, &settings, None);
    let got = got.map_err(|error| error.to_string())?;
    let fills = got.fills.iter().map(|fill| {
        let (day, name) = (fill.date.format("%d"), &fill.instrument);
        format!("{day} {} {name} at {}", fill.quantity, fill.price)
    });
    let nav = got.nav.iter().map(|(_, value)| value.to_string());
    Ok(format!(
        "{} = {}",
        fills.collect::<Vec<_>>().join(", "),
        nav.collect::<Vec<_>>().join(" ")
    ))
}

#[test]
fn a_wish_waits_for_the_next_close_of_its_instrument() {
    let half = Size::Weight(0.5);
    let check = |script: &[_], fill, expect: &str| {
        assert_eq!(run(script, fill).unwrap(), expect);
    };
    // Wanted on the 3rd, where A has none: 500 at the last close, 10, are 50; filled on the 4th.
    let on_the_third = [("2023-01-03", "A", half)];
    check(
        &on_the_third,
        FillRule::Same,
        "04 50 A at 20 = 1000 1000 1000 1500 2000 2500",
    );
    check(
        &on_the_third,
        FillRule::Next,
        "04 50 A at 20 = 1000 1000 1000 1500 2000 2500",
    );
    let on_the_second = [("2023-01-02", "A", half)];
    check(
        &on_the_second,
        FillRule::Next,
        "04 50 A at 20 = 1000 1000 1000 1500 2000 2500",
    );
    // A later wish takes the place of the one that waits.
    let twice = [
        ("2023-01-02", "A", half),
        ("2023-01-03", "A", Size::Quantity(1.0)),
    ];
    check(
        &twice,
        FillRule::Next,
        "04 1 A at 20 = 1000 1000 1000 1010 1020 1030",
    );
}

#[test]
fn what_is_gone_is_valued_at_its_last_close_and_can_only_be_left() {
    let buy = ("2023-01-03", "B", Size::Quantity(10.0));
    let check = |script: &[_], expect: &str| {
        assert_eq!(run(script, FillRule::Same).unwrap(), expect);
    };
    // Not gone yet on the 4th: the sale waits, and on the 23rd it is filled at the last close.
    let sell = [buy, ("2023-01-04", "B", Size::Weight(0.0))];
    check(
        &sell,
        "03 10 B at 5, 23 -10 B at 5 = 1000 1000 1000 1000 1000 1000",
    );
    let late = [buy, ("2023-01-24", "B", Size::Quantity(4.0))];
    check(
        &late,
        "03 10 B at 5, 24 -6 B at 5 = 1000 1000 1000 1000 1000 1000",
    );
    // What would add to it, or turn it, is dropped.
    let more = [buy, ("2023-01-24", "B", Size::Quantity(14.0))];
    check(&more, "03 10 B at 5 = 1000 1000 1000 1000 1000 1000");
    let turn = [buy, ("2023-01-24", "B", Size::Quantity(-4.0))];
    check(&turn, "03 10 B at 5 = 1000 1000 1000 1000 1000 1000");
}

#[test]
fn what_has_not_closed_yet_cannot_be_wanted() {
    let says = "on 2023-01-02 the strategy wants B, which has no close yet";
    for size in [Size::Weight(0.5), Size::Quantity(1.0)] {
        assert_eq!(
            run(&[("2023-01-02", "B", size)], FillRule::Same).unwrap_err(),
            says
        );
    }
    // Not to hold it is nothing that needs a price.
    for size in [Size::Weight(0.0), Size::Quantity(0.0)] {
        assert!(run(&[("2023-01-02", "B", size)], FillRule::Same).is_ok());
    }
}
