//! `polyfolio quote`: numbers, precision, refusals.

use crate::support::Bench;

const PAPER: &str = "quote --quantity 600 --lot 100 --seconds 300 --sigma 0.3 --arrival-rate 0.1 --decay 0.3 \
                     --risk-aversion 0.05 --liquidation-cost 3";

fn offsets(line: &str) -> Vec<f64> {
    let json = Bench::new().run(&format!("{line} --json")).json();
    assert_eq!(json["schema"], "polyfolio.quote/1");
    let quotes = json["quotes"].as_array().unwrap().clone();
    for (index, quote) in quotes.iter().enumerate() {
        assert_eq!(quote["lots"], index + 1);
    }
    quotes
        .iter()
        .map(|quote| quote["offset_ticks"].as_f64().unwrap())
        .collect()
}

/// Values of a 50-digit solution of the model for the parameters of the paper.
#[test]
fn offsets_of_the_papers_example() {
    let expected = [10.609473, 7.873683, 6.129884, 4.808205, 3.727971, 2.807287];
    for (offset, expected) in offsets(PAPER).into_iter().zip(expected) {
        assert!((offset - expected).abs() < 1e-6, "{offset} {expected}");
    }
}

#[test]
fn time_that_has_passed_is_time_that_is_not_left() {
    let late = offsets(&format!("{PAPER} --elapsed 270"));
    let short = offsets(&PAPER.replace("--seconds 300", "--seconds 30"));
    assert_eq!(late.len(), 6);
    for (late, short) in late.iter().zip(&short) {
        assert!((late - short).abs() < 1e-9, "{late} {short}");
    }
    let over = offsets(&format!("{PAPER} --elapsed 300"));
    assert!(
        over.iter()
            .all(|offset| (offset - 0.083_013_596_5).abs() < 1e-9),
        "{over:?}"
    );
}

#[test]
fn numbers_have_seventeen_significant_digits() {
    let text = Bench::new().run(&format!("{PAPER} --json")).answer();
    let first = text
        .split("\"offset_ticks\":")
        .nth(1)
        .unwrap()
        .split('}')
        .next()
        .unwrap();
    assert_eq!(
        first.chars().filter(char::is_ascii_digit).count(),
        17,
        "{first}"
    );
}

#[test]
fn what_is_not_given_comes_from_the_config() {
    let config = "[execution]\nhorizon = \"300s\"\nclip = 100\n[execution.quote]\nsigma = 0.3\narrival_rate = 0.1\n\
                  decay = 0.3\nrisk_aversion = 0.05\nliquidation_cost = 3\n";
    let bench = Bench::new().file("my.toml", config);
    let from_config = bench.run("quote --quantity 600 --json -c my.toml").answer();
    assert_eq!(from_config, bench.run(&format!("{PAPER} --json")).answer());
}

#[test]
fn a_part_of_a_lot_is_a_lot_and_nothing_is_none() {
    let lots = |quantity, lot| offsets(&format!("quote --quantity {quantity} --lot {lot}")).len();
    assert_eq!(
        (lots("501", "100"), lots("0.3", "0.1"), lots("0", "1")),
        (6, 3, 0)
    );
}

#[test]
fn risk_neutral_and_still_markets_have_quotes() {
    let offsets = offsets("quote --quantity 3 --risk-aversion 0 --sigma 0 --drift -0.01");
    assert!(offsets.len() == 3 && offsets.iter().all(|offset| offset.is_finite()));
}

#[test]
fn impossible_questions_are_refused_by_flag() {
    let said = [
        ("--sigma nan", "--sigma is NaN"),
        ("--sigma -0.1", "--sigma is -0.1"),
        ("--arrival-rate inf", "--arrival-rate is inf"),
        ("--decay 0", "--decay is 0"),
        ("--risk-aversion -1", "--risk-aversion is -1"),
        ("--liquidation-cost -inf", "--liquidation-cost is -inf"),
        ("--drift inf", "--drift is inf"),
        ("--seconds -1", "--seconds is -1"),
        (
            "--seconds 10 --elapsed 11",
            "--elapsed is 11, more than the 10 of --seconds",
        ),
        ("--lot 0", "--lot is 0"),
        ("--lot 1e-9", "--quantity is 6"),
        ("--lot nan", "invalid value 'nan' for '--lot <L>'"),
        ("--seconds ten", "invalid value 'ten' for '--seconds <T>'"),
    ];
    for (flags, expected) in said {
        let complaint = Bench::new()
            .run(&format!("quote --quantity 6 {flags}"))
            .complaint();
        assert!(
            complaint.starts_with(&format!("error: {expected}")),
            "{flags}: {complaint}"
        );
    }
    let negative = Bench::new().run("quote --quantity -5").complaint();
    assert!(
        negative.starts_with("error: --quantity is -5\n"),
        "{negative}"
    );
    let missing = Bench::new().run("quote").complaint();
    assert!(missing.contains("--quantity"), "{missing}");
}

#[test]
fn a_picture_is_drawn_where_it_can_be() {
    let bench = Bench::new();
    let said = bench.run("quote --quantity 6 --plot quotes.svg");
    assert_eq!(said.err, "quotes over time:  quotes.svg\n");
    assert!(
        std::fs::read_to_string(bench.path("quotes.svg"))
            .unwrap()
            .starts_with("<svg")
    );
    let nowhere = bench
        .run("quote --quantity 6 --plot no/quotes.svg")
        .complaint();
    assert_eq!(
        nowhere,
        "error: the picture cannot be written: no such file or directory\n  no/quotes.svg\n"
    );
}
