//! `sleeve`, `transfer`, `targets`: sleeves as accounts of their own.

use serde_json::Value;

use crate::common::small_book;
use crate::support::Bench;

fn ran() -> Bench {
    let bench = Bench::new().file("book.toml", &small_book(""));
    let said = bench.run("run -c book.toml --speed max --quiet");
    assert!(matches!(said.code, Some(0 | 1)), "{said:?}");
    bench
}

fn answer(bench: &Bench, line: &str) -> Value {
    bench.run(&format!("{line} --json -c book.toml")).json()
}

fn number(of: &Value) -> f64 {
    of.as_str()
        .unwrap_or_else(|| panic!("{of}"))
        .parse()
        .unwrap()
}

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-6, "{found} for {expected}");
}

#[test]
fn the_sleeves_are_worth_what_the_account_is_and_earned_what_the_run_says() {
    let bench = ran();
    let sheets = answer(&bench, "sleeve");
    assert_eq!(sheets["schema"], "polyfolio.sleeve/1");
    let sheets = sheets["sleeves"].as_array().unwrap();
    let names: Vec<&str> = sheets.iter().filter_map(|s| s["sleeve"].as_str()).collect();
    assert_eq!(names, ["slow", "fast", "unassigned"]);
    let nav = answer(&bench, "nav")["nav"].clone();
    let account = number(&nav.as_array().unwrap().last().unwrap()[1]);
    near(
        sheets.iter().map(|sheet| number(&sheet["nav"])).sum(),
        account,
    );
    for sheet in &sheets[..2] {
        let (nav, funding) = (number(&sheet["nav"]), number(&sheet["funding"]));
        near(number(&sheet["pnl"]), nav - funding);
        let run = &sheet["run"];
        near(number(&sheet["fees"]), number(&run["fees"]));
        let traded = number(&run["bought"]) + number(&run["sold"]);
        near(number(&sheet["traded"]), traded);
        let held = sheet["positions"].as_object().unwrap().values();
        let held: f64 = held.map(|holding| number(&holding["value"])).sum();
        near(held + number(&sheet["cash"]), nav);
    }
    assert_eq!(sheets[2]["pnl"], Value::Null);
    let one = answer(&bench, "sleeve slow");
    assert_eq!(one["positions"], sheets[0]["positions"]);
    let page = bench.run("sleeve slow -c book.toml").out;
    assert!(
        page.contains("run 2022") && page.contains("of NAV"),
        "{page}"
    );
    assert!(
        page.lines().all(|line| line.chars().count() <= 80),
        "{page}"
    );
}

#[test]
fn what_is_given_changes_hands_and_nobody_earns_by_it() {
    let bench = ran();
    let before = answer(&bench, "sleeve");
    let line = "transfer --from slow --to fast --position KO=100 --cash 500 --reason swap";
    let given = answer(&bench, line);
    assert_eq!(
        (&given["from"], &given["reason"]),
        (&"slow".into(), &"swap".into())
    );
    let price = number(&given["positions"][0]["price"]);
    let after = answer(&bench, "sleeve");
    let of = |sheets: &Value, place: usize, field: &str| number(&sheets["sleeves"][place][field]);
    let value = 500.0 + 100.0 * price;
    for (place, change) in [(0, -value), (1, value)] {
        near(of(&after, place, "nav"), of(&before, place, "nav") + change);
        near(of(&after, place, "pnl"), of(&before, place, "pnl"));
        near(of(&after, place, "traded"), of(&before, place, "traded"));
    }
    let ko = |sheets: &Value, place: usize| {
        let holding = &sheets["sleeves"][place]["positions"]["KO"]["quantity"];
        holding.as_str().map_or(0.0, |text| text.parse().unwrap())
    };
    near(ko(&after, 0), ko(&before, 0) - 100.0);
    near(ko(&after, 1), ko(&before, 1) + 100.0);
    // The account is what it was, and the record holds it.
    let positions = answer(&bench, "positions")["positions"]["KO"].clone();
    near(
        number(&positions["quantity"]),
        ko(&before, 0) + ko(&before, 1),
    );
    let verified = bench.run("journal verify -c book.toml");
    assert_eq!(verified.code, Some(0), "{verified:?}");
    // Back to what nobody owns, and from there to a sleeve.
    let line = "transfer --from fast --to unassigned --position KO=100@60.5";
    answer(&bench, line);
    near(ko(&answer(&bench, "sleeve"), 2), 100.0);
    assert_eq!(
        answer(&bench, "positions")["positions"]["KO"]["unclaimed"],
        "100"
    );
    answer(
        &bench,
        "transfer --from unassigned --to slow --position KO=100",
    );
    near(ko(&answer(&bench, "sleeve"), 0), ko(&before, 0));
}

#[test]
fn what_cannot_be_given_is_refused_and_nothing_is_written() {
    let bench = ran();
    let before = answer(&bench, "sleeve");
    for (line, expect) in [
        ("--from slow --to fast", "nothing is given"),
        ("--from slow --to fast --cash 0", "nothing is given"),
        ("--from slow --to slow --cash 5", "the same sleeve"),
        ("--from slow --to quick --cash 5", "no sleeve \"quick\""),
        (
            "--from slow --to fast --position KO=99999999",
            "cannot be given",
        ),
        ("--from slow --to fast --position KO=-1", "cannot be given"),
        ("--from slow --to fast --position ZZZ=1", "cannot be given"),
        (
            "--from slow --to fast --position KO=1 --position KO=1",
            "cannot be given",
        ),
        ("--from slow --to fast --position KO", "KO=40"),
        ("--from slow --to fast --position KO=1@-5", "no price"),
        ("--from slow --to fast --cash five", "five"),
    ] {
        let said = bench.run(&format!("transfer {line} -c book.toml"));
        assert_eq!(said.code, Some(2), "{line}: {said:?}");
        assert!(said.err.contains(expect), "{line}: {said:?}");
    }
    assert_eq!(answer(&bench, "sleeve"), before);
    let empty = Bench::new().file("book.toml", &small_book(""));
    let said = empty.run("transfer --from slow --to fast --cash 5 -c book.toml");
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("no run is on record"), "{said:?}");
    let said = empty.run("sleeve nobody -c book.toml");
    assert_eq!(said.code, Some(2), "{said:?}");
    assert!(said.err.contains("slow fast unassigned"), "{said:?}");
}

#[test]
fn what_a_strategy_wants_is_a_targets_file() {
    let bench = Bench::new().file("book.toml", &small_book(""));
    let targets = answer(&bench, "targets slow");
    assert_eq!(targets["schema"], "polyfolio.targets/1");
    assert!(targets["nav"].as_array().is_some_and(|nav| !nav.is_empty()));
    let file = serde_json::to_string(&targets).unwrap();
    let config = small_book("")
        + "[sleeve.other]\nstrategy = \"targets_file\"\nweight = 0.1\nparams = { path = \"t.json\" }\n";
    let bench = bench.file("t.json", &file).file("book.toml", &config);
    let plan = answer(&bench, "plan");
    let other = plan["sleeves"]["other"].as_object().unwrap();
    assert!(!other.is_empty(), "{plan:#}");
}

/// The example of two sleeves that want opposite things.
#[test]
fn two_sleeves_trade_with_each_other_and_the_account_their_difference() {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/two_sleeves.toml");
    let text = std::fs::read_to_string(example).unwrap();
    let bench = Bench::with_history().file("two.toml", &text);
    let plan = bench
        .run("plan --json -c two.toml --as-of 2022-11-30")
        .json();
    let crosses = plan["crosses"].as_array().unwrap();
    assert!(crosses.len() >= 3, "{plan:#}");
    let sum = |field: &str, symbol: &str| -> f64 {
        let sleeves = plan[field].as_object().unwrap().values();
        let of = sleeves.filter_map(|wishes| wishes[symbol].as_str());
        of.map(|text| text.parse::<f64>().unwrap()).sum()
    };
    for (symbol, target) in plan["targets"].as_object().unwrap() {
        let net = sum("sleeves", symbol) - sum("residues", symbol);
        near(net, number(target));
    }
    let run = bench.run("run --speed max -q -c two.toml --as-of 2022-11-30");
    assert!(matches!(run.code, Some(0 | 1)), "{run:?}");
    let sheets = bench.run("sleeve --json -c two.toml").json();
    for sheet in &sheets["sleeves"].as_array().unwrap()[..2] {
        let crossed = sheet["run"]["crosses"].as_array().map_or(0, Vec::len);
        assert_eq!(crossed, crosses.len(), "{sheet:#}");
    }
}
