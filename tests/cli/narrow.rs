//! Pages on narrow terminals: nothing is wider than they are, and nothing is left out.

use std::collections::BTreeSet;

use crate::common::small_book;
use crate::support::{Bench, Said};

const QUOTE: &str = "quote --quantity 600 --lot 100 --seconds 300 --sigma 0.3 --arrival-rate 0.1 \
                     --decay 0.3 --risk-aversion 0.05 --liquidation-cost 3";

/// Sleeves and instruments with something to say in every column.
fn bench() -> Bench {
    Bench::with_history().file("book.toml", &small_book(""))
}

fn narrow(bench: &Bench, line: &str, columns: &str) -> Said {
    let mut command = bench.command(line);
    Said::from(command.env("COLUMNS", columns).output().unwrap())
}

/// Widths of the lines that could have been broken: of more words than what stands first on them.
fn widest(text: &str) -> usize {
    let lines = text
        .lines()
        .filter(|line| line.split_whitespace().count() > 1);
    lines.map(|line| line.chars().count()).max().unwrap_or(0)
}

/// What is said, without what only joins it or is drawn.
fn words(text: &str) -> BTreeSet<&str> {
    let words = text.split_whitespace();
    words
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .collect()
}

/// The headings of columns in which nothing stands: records do not name them.
const EMPTY: [&str; 4] = ["unclaimed", "limit", "average", "fees"];

/// The same words on every page, as wide as asked. Both streams are looked at.
fn check(bench: &Bench, line: &str) {
    let wide = bench.run(line);
    assert!(!(wide.out.is_empty() && wide.err.is_empty()), "{line}");
    for columns in ["40", "48", "60", "79"] {
        let said = narrow(bench, line, columns);
        assert_eq!(said.code, wide.code, "{line}");
        for (text, wide) in [(&said.out, &wide.out), (&said.err, &wide.err)] {
            let width = widest(text);
            let room: usize = columns.parse().unwrap();
            assert!(width <= room, "{line}: {width} of {columns}\n{text}");
            let (said, meant) = (words(text), words(wide));
            let lost: Vec<_> = meant.difference(&said).collect();
            let lost: Vec<_> = lost.iter().filter(|word| !EMPTY.contains(word)).collect();
            assert!(lost.is_empty(), "{line}: {lost:?} not in\n{text}");
        }
    }
}

#[test]
fn the_pages_of_a_book_fit() {
    let bench = bench();
    check(&bench, "plan -c book.toml");
    let said = bench.run("run -c book.toml --speed max --quiet");
    assert!(matches!(said.code, Some(0 | 1)), "{said:?}");
    for line in [
        "plan",
        "status",
        "positions",
        "orders",
        "nav",
        "sleeve",
        "sleeve slow",
        "slippage",
        "slippage --fills",
        "explain CVX",
        "explain CVX --all",
        "explain KO",
        "targets fast",
        "tape --last 40",
        "reconcile",
        "journal verify",
        "config check",
        "explain NOPE",
        "sleeve nope",
        "cancel --all",
    ] {
        check(&bench, &format!("{line} -c book.toml"));
    }
}

#[test]
fn a_run_fits_as_it_goes_and_at_its_end() {
    let run = "run -v -c book.toml --speed max";
    let wide = bench().run(run);
    // Two runs are no more alike than the machine that keeps their time: figures may differ.
    let spoken = |text: &str| {
        let words = words(text).into_iter().map(str::to_owned);
        let words = words.filter(|word| !word.chars().any(|letter| letter.is_ascii_digit()));
        words.collect::<BTreeSet<String>>()
    };
    for columns in ["48", "60"] {
        let said = narrow(&bench(), run, columns);
        assert_eq!(said.code, wide.code, "{said:?}");
        for (text, wide) in [(&said.out, &wide.out), (&said.err, &wide.err)] {
            let room: usize = columns.parse().unwrap();
            assert!(widest(text) <= room, "{columns}\n{text}");
            let lost: Vec<String> = spoken(wide).difference(&spoken(text)).cloned().collect();
            assert!(lost.is_empty(), "{lost:?} not in\n{text}");
        }
    }
}

#[test]
fn pages_about_no_book_fit() {
    let bench = Bench::with_history().file("bad.toml", "[sleeve.one]\nweight = \"0.3O\"\n");
    for line in [
        QUOTE,
        &format!("{QUOTE} -q"),
        &QUOTE.replace("--sigma 0.3", "--sigma -0.3"),
        &QUOTE.replace("--lot 100", "--lot 0.001"),
        "strategies",
        "strategies nope",
        "data check data/us20-daily.csv.gz",
        "data check data/nowhere.csv",
        "config check -c bad.toml",
        "plan --live",
    ] {
        check(&bench, line);
    }
}

#[test]
fn a_kind_is_explained_and_its_example_stays_as_it_is() {
    let bench = Bench::new();
    let wide = bench.run("strategies momentum").answer();
    let (_, example) = wide.split_once("\n  [sleeve.momentum]\n").unwrap();
    for columns in ["40", "48", "60"] {
        let text = narrow(&bench, "strategies momentum", columns).answer();
        let (told, same) = text.split_once("\n  [sleeve.momentum]\n").unwrap();
        assert_eq!(same, example);
        assert!(widest(told) <= columns.parse().unwrap(), "{text}");
        assert!(words(&text).is_superset(&words(&wide)), "{text}");
    }
}

#[test]
fn what_a_program_reads_is_the_same_at_any_width() {
    let bench = Bench::with_history();
    for line in [
        "config show --origin",
        "targets trend --json",
        "data check data/us20-daily.csv.gz --json",
        &format!("{QUOTE} --json"),
        "strategies --json",
        "completions bash",
    ] {
        let wide = bench.run(line);
        let narrow = narrow(&bench, line, "40");
        assert_eq!((narrow.out, narrow.code), (wide.out, wide.code), "{line}");
    }
}

#[test]
fn more_columns_than_a_page_has_change_nothing() {
    let bench = Bench::with_history();
    let wide = bench.run("plan").answer();
    for columns in ["80", "200", "0", "many", ""] {
        assert_eq!(
            narrow(&bench, "plan", columns).answer(),
            wide,
            "{columns:?}"
        );
    }
    // A terminal of one column is nobody's: the page is as narrow as can be read.
    let least = narrow(&bench, "plan", "1").answer();
    assert_eq!(least, narrow(&bench, "plan", "40").answer());
}

#[test]
fn help_fits_too() {
    for verb in ["", "plan", "quote", "drill", "data check"] {
        let line = format!("{verb} --help");
        let text = narrow(&Bench::new(), &line, "60").answer();
        assert!(widest(&text) <= 60, "{line}\n{text}");
    }
}
