//! Closes from the broker: a history is made of them, goes on with them, and is refused when they are
//! not its own.

use std::process::Command;

use crate::common::program;
use crate::house::{House, Simulator};

const CONFIG: &str = r#"
[broker]
use = "ib"

[history]
daily = "data/mine.csv"

[sleeve.cross]
strategy = "sma_cross"
weight = 0.3
universe = ["KO", "XOM"]
params = { fast = 20, slow = 100 }

[instrument.default]
tick = 0.01
lot = 1

[execution]
horizon = "4s"
"#;

fn fetch(house: &House, simulator: &Simulator, line: &str) -> (Option<i32>, String) {
    let words = format!("data fetch -c mine.toml {line}");
    said(house, simulator, &words)
}

fn said(house: &House, simulator: &Simulator, words: &str) -> (Option<i32>, String) {
    let mut command: Command = program(&house.path(""), words.split_whitespace());
    command.env(
        "POLYFOLIO__BROKER__IB__PORT",
        simulator.listen.port().to_string(),
    );
    let output = command.output().unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    println!("$ polyfolio {words}\n{text}");
    (output.status.code(), text)
}

fn house() -> House {
    let house = House::with_cash(1_000_000);
    std::fs::write(house.path("mine.toml"), CONFIG).unwrap();
    house
}

#[test]
fn a_history_is_made_of_the_brokers_closes_and_a_strategy_trades_on_it() {
    let house = house();
    let simulator = house.start("");
    let (code, text) = fetch(&house, &simulator, "");
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains("400 new rows, 400 in all, 2 instruments"),
        "{text}"
    );
    let file = house.path("data/mine.csv");
    let made = std::fs::read_to_string(&file).unwrap();
    assert!(made.starts_with("date,KO,XOM\n"), "{made}");

    let (code, text) = fetch(&house, &simulator, "--json");
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("\"added\": 0"), "{text}");
    assert_eq!(
        std::fs::read_to_string(&file).unwrap(),
        made,
        "nothing is new"
    );

    let lines: Vec<&str> = made.lines().collect();
    let older = lines[..lines.len() - 3].join("\n");
    std::fs::write(&file, older).unwrap();
    let (code, text) = fetch(&house, &simulator, "");
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("3 new rows, 400 in all"), "{text}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), made);

    let last = lines[lines.len() - 1].split(',').next().unwrap();
    let words = format!("plan -c mine.toml --as-of {last}");
    let (code, text) = said(&house, &simulator, &words);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("cross"), "{text}");
}

#[test]
fn closes_that_are_not_the_files_own_are_refused_and_it_stays_as_it_was() {
    let house = house();
    let simulator = house.start("");
    assert_eq!(fetch(&house, &simulator, "--anew 50").0, Some(0));
    let file = house.path("data/mine.csv");
    let made = std::fs::read_to_string(&file).unwrap();
    let mut lines: Vec<String> = made.lines().map(str::to_owned).collect();
    let last = lines.last_mut().unwrap();
    let halved = last.rsplit_once(',').unwrap();
    *last = format!("{},{}", halved.0, "12.5");
    let split = lines.join("\n");
    std::fs::write(&file, &split).unwrap();
    let (code, text) = fetch(&house, &simulator, "");
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("XOM closed at 12.5 on "), "{text}");
    assert!(text.contains("polyfolio data fetch --anew"), "{text}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), split);
    assert_eq!(fetch(&house, &simulator, "--anew 50").0, Some(0));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), made);
}

#[test]
fn what_cannot_be_fetched_is_said_with_the_next_step() {
    let house = house();
    let simulator = house.start("");
    let all = CONFIG.replace("[\"KO\", \"XOM\"]", "\"all\"");
    std::fs::write(house.path("all.toml"), all).unwrap();
    let (code, text) = said(&house, &simulator, "data fetch -c all.toml");
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("no sleeve names its instruments"), "{text}");
    let unknown = CONFIG.replace("XOM", "NOSUCH");
    std::fs::write(house.path("unknown.toml"), unknown).unwrap();
    let (code, text) = said(&house, &simulator, "data fetch -c unknown.toml");
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("NOSUCH"), "{text}");
    assert!(!house.path("data").exists(), "nothing is written");
    let (code, text) = said(&house, &simulator, "data fetch -c my.toml");
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("[broker] use = \"ib\""), "{text}");
}
