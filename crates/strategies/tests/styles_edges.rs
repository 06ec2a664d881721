//! Ties, channels that are touched, what does not move, what waits: small histories by hand.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use polyfolio_market_data::History;
use polyfolio_model::InstrumentId;
use polyfolio_ports::{Row, Size, Strategy, VirtualAccount};
use polyfolio_strategies::{
    Breakout, Direction, DualMomentum, Evaluation, Hurdle, InverseVolatility, MeanReversion,
    Rescale, Scaling, Settings, VolatilityTarget, evaluate,
};

/// One row a day from 2023-01-02 on.
fn daily(header: &str, rows: &[&str]) -> History {
    let mut text = format!("date,{header}\n");
    for (day, row) in rows.iter().enumerate() {
        text.push_str(&format!("2023-01-{:02},{row}\n", day + 2));
    }
    History::parse("t.csv", text.as_bytes()).unwrap()
}

/// One row a month end, and one that ends the last of them.
fn monthly(header: &str, rows: &[&str]) -> History {
    let mut text = format!("date,{header}\n");
    for (month, row) in rows.iter().enumerate() {
        text.push_str(&format!("2023-{:02}-28,{row}\n", month + 1));
    }
    let last = rows.last().unwrap();
    text.push_str(&format!("2023-{:02}-01,{last}\n", rows.len() + 1));
    History::parse("t.csv", text.as_bytes()).unwrap()
}

fn replay(mut strategy: impl Strategy, history: &History) -> Evaluation {
    let settings = Settings {
        capital: 1000.0,
        ..Settings::default()
    };
    evaluate(&mut strategy, history, &settings, None).unwrap()
}

/// "day of the month, quantity" of every fill.
fn fills(evaluation: &Evaluation) -> Vec<String> {
    let fill = |fill: &polyfolio_strategies::VirtualFill| {
        format!(
            "{} {} {}",
            fill.date.format("%d"),
            fill.quantity,
            fill.instrument
        )
    };
    evaluation.fills.iter().map(fill).collect()
}

/// Weights after the last row.
fn weights(evaluation: &Evaluation, history: &History) -> Vec<f64> {
    let closes = history.closes(history.len() - 1);
    let nav = evaluation.last_nav().unwrap();
    let held = evaluation.positions.values().zip(closes);
    held.map(|(units, close)| units * close / nav).collect()
}

#[test]
fn a_z_score_beyond_buys_and_one_within_sells() {
    let reversion = |exit, direction| MeanReversion::new(3, 1.0, exit, direction).unwrap();
    // z of 10 10 8 is −1.15, of 10 8 10 and of 8 10 12 it is 0.58 and 1, of 10 12 16 it is 1.09.
    let history = daily("A", &["10", "10", "8", "10", "12", "16", "16"]);
    let long = replay(reversion(0.5, Direction::Long), &history);
    assert_eq!(fills(&long), ["04 125 A", "05 -125 A"]);
    let both = replay(reversion(0.0, Direction::LongShort), &history);
    // 1250 sold short at 16: 78.125; z of 12 16 16 is 0.58, still above 0.
    assert_eq!(fills(&both), ["04 125 A", "05 -125 A", "07 -78.125 A"]);
    assert_eq!(
        both.why,
        "0 long, 1 short of 1: beyond 1σ of the 3-day average, not yet back within 0σ"
    );
}

#[test]
fn closes_that_are_all_the_same_have_no_z_score() {
    // Three times 0.1 is not 0.3 in doubles; entry is far below what that rounding comes to.
    let history = daily("A", &["0.1", "0.1", "0.1", "0.1"]);
    let reversion = MeanReversion::new(3, 0.01, 0.0, Direction::LongShort).unwrap();
    assert_eq!(fills(&replay(reversion, &history)), [""; 0]);
}

#[test]
fn a_close_at_the_channel_is_inside_it() {
    let breakout = |direction| Breakout::new(3, 2, direction).unwrap();
    // 12 equals the high, 13 is above it; 12 equals the low of two, 11 is below it.
    let history = daily("A", &["10", "12", "11", "12", "13", "12", "12", "11", "10"]);
    let long = replay(breakout(Direction::Long), &history);
    assert_eq!(fills(&long).len(), 2);
    assert!(fills(&long)[0].starts_with("06 ") && fills(&long)[1].starts_with("09 -"));
    // 11 is below the low of three as well: what was long turns on the same row.
    let both = replay(breakout(Direction::LongShort), &history);
    assert_eq!(fills(&both).len(), 2);
    let (bought, turned) = (both.fills[0].quantity, both.fills[1].quantity);
    assert!(turned < -bought, "{turned} {bought}");
    assert!(both.positions["A"] < 0.0);
    assert_eq!(
        both.why,
        "0 long, 1 short of 1: left their 3-day channel, inside the 2-day one since"
    );
}

#[test]
fn what_does_not_move_gets_nothing() {
    let rows = ["10,10,5", "11,12,5", "10,10,5"];
    let history = monthly("A,B,C", &rows);
    let evaluation = replay(InverseVolatility::new(2).unwrap(), &history);
    let [a, b, c] = weights(&evaluation, &history)[..] else {
        panic!()
    };
    // The returns are ± ln 1.1 and ± ln 1.2.
    let expected = f64::ln(1.2) / (f64::ln(1.1) + f64::ln(1.2));
    assert!(
        (a - expected).abs() < 1e-12 && (a + b - 1.0).abs() < 1e-12,
        "{a} {b}"
    );
    assert_eq!(c, 0.0);
    assert_eq!(
        evaluation.why,
        "2 names by 1/σ of 2 days, B 34.3% to A 65.7%"
    );
    let still = monthly("C", &["5", "5", "5"]);
    let nothing = replay(InverseVolatility::new(2).unwrap(), &still);
    assert_eq!(
        (nothing.fills.len(), nothing.why.as_str()),
        (0, "waits for a month end")
    );
}

#[test]
fn a_leader_that_did_not_rise_enough_gives_its_part_away() {
    let dual = |top, threshold, instrument: Option<&str>, defensive: Option<&str>| {
        let hurdle = Hurdle {
            threshold,
            instrument: instrument.map(InstrumentId::from),
        };
        DualMomentum::new(1, top, hurdle, defensive.map(InstrumentId::from)).unwrap()
    };
    // A +20 %, B +10 %, C +10 %, D −10 %.
    let history = monthly("A,B,C,D", &["10,10,20,10", "12,11,22,9"]);
    let check = |strategy: DualMomentum, why: &str, expected: [f64; 4]| {
        let got = replay(strategy, &history);
        assert_eq!(got.why, why);
        for (got, expected) in weights(&got, &history).into_iter().zip(expected) {
            assert!((got - expected).abs() < 1e-12, "{why}: {got} {expected}");
        }
    };
    check(dual(1, 0.0, None, None), "A", [1.0, 0.0, 0.0, 0.0]);
    // Equal returns: the earlier column.
    check(dual(2, 0.0, None, None), "A B", [0.5, 0.5, 0.0, 0.0]);
    check(
        dual(2, 0.15, None, Some("D")),
        "A 1/2 in D",
        [0.5, 0.0, 0.0, 0.5],
    );
    // A return equal to the hurdle's is not above it; the hurdle itself is not ranked.
    check(
        dual(2, 0.0, Some("C"), None),
        "A 1/2 in cash",
        [0.5, 0.0, 0.0, 0.0],
    );
    check(
        dual(1, 0.0, Some("A"), Some("D")),
        "1/1 in D",
        [0.0, 0.0, 0.0, 1.0],
    );
    // Three candidates for four parts: the rest is cash, that of D (−10 %) goes to C.
    let part = 0.25;
    check(
        dual(4, 0.0, None, Some("C")),
        "A B 1/4 in C",
        [part, part, part, 0.0],
    );
    // Two candidates: the hurdle takes no part, and so gives none away.
    check(
        dual(4, 0.0, Some("D"), Some("C")),
        "A B",
        [part, part, 0.0, 0.0],
    );
}

/// Wants what it is told, on every row.
#[derive(Clone)]
struct Fixed(Vec<(&'static str, Size)>);

impl Strategy for Fixed {
    fn on_row(&mut self, _: &Row<'_>, _: &VirtualAccount<'_>) -> Vec<(InstrumentId, Size)> {
        self.0
            .iter()
            .map(|&(name, size)| (name.into(), size))
            .collect()
    }

    fn why(&self) -> String {
        "as told".to_owned()
    }
}

fn scaled(wishes: &[(&'static str, Size)], target: f64, most: f64) -> VolatilityTarget {
    let scaling = Scaling::new(target, 2, most, Rescale::Daily).unwrap();
    VolatilityTarget::new(Box::new(Fixed(wishes.to_vec())), scaling)
}

#[test]
fn a_portfolio_is_scaled_to_its_target_and_never_beyond_the_greatest_factor() {
    let history = daily("A,B", &["10,10", "11,9", "9.9,9.9"]);
    // Returns of A are 10 % and −10 %: σ = √252 · √2 · 10 %.
    let only = [("A", Size::Weight(0.5))];
    let volatility = 0.5 * 0.1 * f64::sqrt(2.0) * f64::sqrt(252.0);
    for (target, most, times) in [(volatility / 2.0, 1.0, 0.5), (9.9 * volatility, 1.5, 1.5)] {
        let got = replay(scaled(&only, target, most), &history);
        let held = weights(&got, &history);
        assert!(
            (held[0] - 0.5 * times).abs() < 1e-12 && held[1] == 0.0,
            "{held:?}"
        );
        let say = format!(
            "{times:.2} times, volatility 112.2% for {:.1}%: as told",
            target * 100.0
        );
        assert_eq!(got.why, say);
    }
    // Of A and B in equal parts nothing is left that varies: 10 % and −10 % against −10 % and 10 %.
    let both = [("A", Size::Weight(0.5)), ("B", Size::Weight(0.5))];
    let got = replay(scaled(&both, 0.1, 1.5), &history);
    let held = weights(&got, &history);
    assert!(
        held.iter().all(|weight| (weight - 0.75).abs() < 1e-9),
        "{held:?}"
    );
}

/// Wants this much of each instrument on each row, in units.
struct Course(Vec<[f64; 2]>);

impl Strategy for Course {
    fn on_row(&mut self, row: &Row<'_>, _: &VirtualAccount<'_>) -> Vec<(InstrumentId, Size)> {
        let units = self.0.remove(0);
        let wishes = row.instruments.iter().cloned().zip(units);
        wishes
            .map(|(name, units)| (name, Size::Quantity(units)))
            .collect()
    }
}

/// In the middle of a month: on the first row that has its window, and when anything is traded.
#[test]
fn a_monthly_factor_is_taken_when_it_can_be_and_when_the_other_trades() {
    let rows = ["10,10", "11,10", "9,11", "10,10", "12,9", "10,10"];
    let history = daily("A,B", &rows);
    let course = [
        [10.0, 5.0],
        [10.0, 5.0],
        [10.0, 5.0],
        [10.0, 5.0],
        [20.0, 5.0],
        [20.0, 5.0],
    ];
    let scaling = Scaling::new(0.1, 2, 1.0, Rescale::Monthly).unwrap();
    let inside = Box::new(Course(course.to_vec()));
    let got = replay(VolatilityTarget::new(inside, scaling), &history);
    let days: Vec<String> = got
        .fills
        .iter()
        .map(|fill| format!("{} {}", fill.date.format("%d"), fill.instrument))
        .collect();
    assert_eq!(days[..2], ["04 A", "04 B"]);
    assert!(
        days[2..].iter().all(|day| day.starts_with("06 ")),
        "{days:?}"
    );
    assert_eq!(days.len(), 4, "{days:?}");
}

#[test]
fn units_inside_are_units_of_the_model_account() {
    let history = daily("A", &["10", "11", "9.9"]);
    let got = replay(scaled(&[("A", Size::Quantity(50.0))], 9.0, 1.0), &history);
    // 50 of 1000 at 10 are worth 495 of 995 in the model account; the same share of 1000 here.
    let held = weights(&got, &history);
    assert!((held[0] - 495.0 / 995.0).abs() < 1e-12, "{held:?}");
}

/// What the strategy inside may not want is refused by the account outside, in the same words.
#[test]
fn a_wish_inside_that_cannot_be_sized_is_named() {
    let history = daily("A", &["10", "11"]);
    let twice = [("A", Size::Weight(1.0)), ("A", Size::Weight(0.5))];
    let said: [(&[(&'static str, Size)], &str); 3] = [
        (
            &[("Z", Size::Weight(1.0))],
            "on 2023-01-02 the strategy wants Z, which is not in its universe",
        ),
        (&twice, "on 2023-01-02 the strategy names A twice"),
        (
            &[("A", Size::Weight(f64::NAN))],
            "on 2023-01-02 the strategy wants NaN of A, which is not finite",
        ),
    ];
    for (wishes, expected) in said {
        let settings = Settings::default();
        let error = evaluate(&mut scaled(wishes, 0.1, 1.0), &history, &settings, None).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn whoever_has_seen_too_little_waits_and_says_so() {
    let history = daily("A", &["10", "11"]);
    let check = |strategy: &mut dyn Strategy, why: &str| {
        let got = evaluate(strategy, &history, &Settings::default(), None).unwrap();
        assert_eq!((got.why.as_str(), got.fills.len()), (why, 0));
    };
    let long = Direction::Long;
    check(
        &mut MeanReversion::new(3, 2.0, 0.5, long).unwrap(),
        "waits: 2 of 3 closes seen",
    );
    check(
        &mut Breakout::new(2, 1, long).unwrap(),
        "waits: 2 of 3 closes seen",
    );
    check(
        &mut InverseVolatility::new(2).unwrap(),
        "waits: 2 of 3 closes seen",
    );
    check(
        &mut DualMomentum::new(1, 1, Hurdle::default(), None).unwrap(),
        "waits: 0 of 2 month ends seen",
    );
    check(
        &mut scaled(&[("A", Size::Weight(1.0))], 0.1, 1.0),
        "waits: 2 of 3 closes seen",
    );
}
