//! The whole program trades at the simulated gateway, as it would at a real one: through its
//! connector, over TCP, in real time.

use std::collections::BTreeMap;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::common::program;
use crate::house::{House, Simulator};

/// The program at this gateway. Times are short, so that a test is.
pub(crate) fn at(simulator: &Simulator, house: &House, line: &str) -> Command {
    let words = format!("{line} -c my.toml --as-of 2022-12-28");
    let words = match line.starts_with("run") || line.starts_with("plan") {
        true => words,
        false => format!("{line} -c my.toml"),
    };
    let mut command = program(&house.path(""), words.split_whitespace());
    let port = simulator.listen.port().to_string();
    for (name, value) in [
        ("BROKER__USE", "ib"),
        ("BROKER__IB__PORT", port.as_str()),
        ("BROKER__IB__CONNECT_TIMEOUT", "2s"),
        ("BROKER__IB__ACK_TIMEOUT", "2s"),
        ("BROKER__IB__ABSENCE_HORIZON", "3s"),
        ("EXECUTION__HORIZON", "4s"),
        ("EXECUTION__REQUOTE_MIN", "500ms"),
    ] {
        command.env(format!("POLYFOLIO__{name}"), value);
    }
    command.stdin(Stdio::null());
    command
}

fn said(mut command: Command) -> (Option<i32>, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let text = String::from_utf8([stdout, stderr].concat()).unwrap();
    println!("{text}");
    (status.code(), text)
}

fn answer(mut command: Command) -> Value {
    let output = command.arg("--json").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text:?}"))
}

/// What the gateway has, by symbol, flat ones left out.
fn held(simulator: &Simulator) -> BTreeMap<String, String> {
    let state = simulator.state();
    let positions = state["positions"].as_object().unwrap().clone();
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let all = positions
        .iter()
        .map(|(id, quantity)| (id.clone(), text(quantity)));
    all.filter(|(_, quantity)| quantity != "0").collect()
}

/// How many orders the gateway took under each of our ids.
fn taken(simulator: &Simulator) -> BTreeMap<String, u32> {
    let mut taken = BTreeMap::new();
    for order in simulator.state()["orders"].as_array().unwrap() {
        let id = order["order_ref"].as_str().unwrap_or_default().to_owned();
        *taken.entry(id).or_default() += 1;
    }
    taken
}

fn assert_books_agree(simulator: &Simulator, house: &House) {
    let (code, text) = said(at(simulator, house, "reconcile"));
    assert_eq!(code, Some(0), "{text}");
    let ours = answer(at(simulator, house, "positions"));
    let ours = ours["positions"].as_object().unwrap();
    let ours = ours
        .iter()
        .map(|(id, held)| (id.clone(), held["quantity"].as_str().unwrap().to_owned()));
    let ours: BTreeMap<_, _> = ours.filter(|(_, quantity)| quantity != "0").collect();
    assert_eq!(ours, held(simulator));
}

#[test]
fn a_run_at_the_gateway_ends_where_the_plan_wanted() {
    let house = House::with_cash(1_000_000);
    let simulator = house.start("--control 127.0.0.1:0");
    let plan = answer(at(&simulator, &house, "plan"));
    assert_eq!(
        plan["positions"]["KO"], "40",
        "the account is asked: {plan}"
    );
    assert!(!house.path("state").exists(), "who plans writes nothing");
    let (code, text) = said(at(&simulator, &house, "run"));
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("ib paper"), "{text}");
    assert!(house.path("state/paper-ib/ib/ids.jsonl").is_file());
    let targets = plan["targets"].as_object().unwrap();
    let held = held(&simulator);
    for (symbol, target) in targets {
        let whole = |text: &Value| text.as_str().map_or(0, |text| text.parse::<i64>().unwrap());
        let wanted = whole(target) + whole(&plan["unclaimed"][symbol]);
        let have = held.get(symbol).map_or("0", String::as_str);
        assert_eq!(have, wanted.to_string(), "{symbol}");
    }
    assert!(taken(&simulator).values().all(|count| *count == 1));
    assert_books_agree(&simulator, &house);
}

/// Three of the first order that works trade at once; what is left of it is worked on, as one order
/// and by the ones behind it, until every parent is full. Commissions come behind their executions.
#[test]
fn a_partial_fill_at_the_gateway_leaves_the_remainder_to_be_worked() {
    let house = House::with_cash(1_000_000);
    let script = house.path("partly.jsonl");
    let line = r#"{"do":"fill","quantity":"3","after_orders":3}"#;
    std::fs::write(&script, format!("{line}\n")).unwrap();
    let simulator = house.start("--control 127.0.0.1:0 --script partly.jsonl");
    let (code, text) = said(at(&simulator, &house, "run"));
    assert_eq!(code, Some(0), "{text}");
    let slippage = answer(at(&simulator, &house, "slippage"));
    assert_eq!(slippage["commissions_missing"], 0, "{slippage:#}");
    let parents = slippage["parents"].as_array().unwrap();
    let mut parted = 0;
    for parent in parents {
        assert_eq!(parent["left"], "0", "{parent:#}");
        let orders = parent["orders"].as_array().unwrap();
        let fills: Vec<&Value> = orders
            .iter()
            .flat_map(|order| order["fills"].as_array().unwrap())
            .collect();
        let whole = |of: &Value| of.as_str().unwrap().parse::<i64>().unwrap();
        let filled: i64 = fills.iter().map(|fill| whole(&fill["quantity"])).sum();
        assert_eq!(filled, whole(&parent["order_qty"]), "{parent:#}");
        assert!(
            fills.iter().all(|fill| fill["fee"].is_string()),
            "{parent:#}"
        );
        parted += usize::from(fills.len() > 1);
    }
    assert!(parted > 0, "nothing filled in parts: {slippage:#}");
}

#[test]
fn killed_again_and_again_it_sends_nothing_twice() {
    let house = House::with_cash(1_000_000);
    let simulator = house.start("--control 127.0.0.1:0 --seed 20221203");
    for kill in 0..4 {
        let mut command = at(&simulator, &house, "run");
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let before = taken(&simulator).len();
        // With new orders on the way, later each time; a run that is over has ended by itself.
        while taken(&simulator).len() <= before + kill && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let (code, text) = said(at(&simulator, &house, "run"));
    assert!(matches!(code, Some(0 | 1)), "{text}");
    let taken = taken(&simulator);
    assert!(!taken.is_empty());
    assert!(taken.values().all(|count| *count == 1), "{taken:?}");
    assert_books_agree(&simulator, &house);
}

#[test]
fn a_gateway_that_is_not_there_is_said_and_costs_nothing() {
    let house = House::with_cash(1_000_000);
    let simulator = house.start("");
    let mut plan = at(&simulator, &house, "plan");
    let mut run = at(&simulator, &house, "run");
    simulator.kill();
    for command in [&mut plan, &mut run] {
        command.env("POLYFOLIO__BROKER__IB__CONNECT_TIMEOUT", "500ms");
    }
    for command in [plan, run] {
        let (code, text) = said(command);
        assert_eq!(code, Some(3), "{text}");
        assert!(text.contains("nothing listens at 127.0.0.1"), "{text}");
        assert!(text.contains("broker.ib.port"), "{text}");
    }
}

/// A gateway that is read only tells no orders, and takes none.
#[test]
fn a_read_only_api_is_said_with_the_box_to_untick() {
    let house = House::with_cash(1_000_000);
    let simulator = house.start("--control 127.0.0.1:0");
    simulator.told(r#"{"do":"read_only"}"#);
    for line in ["plan", "run"] {
        let (code, text) = said(at(&simulator, &house, line));
        assert_eq!(code, Some(3), "{text}");
        assert!(text.contains("untick Read-Only API"), "{text}");
    }
    simulator.told(r#"{"do":"read_only","lists":false}"#);
    let (code, text) = said(at(&simulator, &house, "run"));
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("Read-Only mode"), "{text}");
    assert!(text.contains("untick Read-Only API"), "{text}");
    assert!(taken(&simulator).is_empty());
}

#[test]
fn what_a_real_broker_cannot_do_is_refused_before_anything_is_sent() {
    let house = House::with_cash(1_000_000);
    let simulator = house.start("--control 127.0.0.1:0");
    for (line, expect) in [
        ("run --speed max", "--speed is for the embedded broker"),
        ("tape", "the tape is the embedded broker's"),
    ] {
        let (code, text) = said(at(&simulator, &house, line));
        assert_eq!(code, Some(2), "{line}: {text}");
        assert!(text.contains(expect), "{line}: {text}");
    }
    let mut stale = program(&house.path(""), ["run", "-c", "my.toml"]);
    stale.env("POLYFOLIO__BROKER__USE", "ib");
    let (code, text) = said(stale);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("too old to trade on"), "{text}");
    let mut other = at(&simulator, &house, "plan");
    other.env("POLYFOLIO__BROKER__IB__ACCOUNT", "U7654321");
    let (code, text) = said(other);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("no account U7654321"), "{text}");
    assert!(taken(&simulator).is_empty());
}
