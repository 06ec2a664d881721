//! The whole program with a broker of one's own: from a plan to fills, and every verb that speaks of an
//! account.

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::house::House;

/// All that there is below the directory of the program.
fn files(house: &House) -> Vec<String> {
    let state = house.path("state");
    let mut names = Vec::new();
    let mut left = vec![state];
    while let Some(directory) = left.pop() {
        for entry in std::fs::read_dir(directory).into_iter().flatten() {
            let path = entry.unwrap().path();
            names.push(path.display().to_string());
            left.push(path);
        }
    }
    names
}

#[test]
fn from_a_plan_to_fills_and_nothing_is_left() {
    let house = House::new("");
    let plan = house.run("plan");
    assert_eq!(plan.code, Some(0), "{plan:?}");
    let head = plan.out.lines().next().unwrap();
    assert!(
        head.contains("file_desk paper · account file_desk"),
        "{head}"
    );
    assert_eq!(files(&house), Vec::<String>::new(), "a plan writes nothing");
    assert_eq!(house.json("plan")["orders"].as_array().unwrap().len(), 15);

    let run = house.json("run");
    assert_eq!(run["schema"], json!("polyfolio.run/1"));
    let parents = run["parents"].as_array().unwrap();
    assert!(
        parents.iter().all(|parent| parent["done"] == json!(true)),
        "{run}"
    );
    // A dollar each, and every price is the close.
    assert_eq!(run["account"]["fees"], json!("15"));
    assert_eq!(run["account"]["slippage"]["cash"], json!("0"));
    assert_eq!(house.desk().len(), 30);
    assert!(house.path("state/paper-file_desk/db").is_dir());

    let again = house.json("run");
    assert_eq!(again["parents"], json!([]), "nothing is left to do");
    assert_eq!(house.desk().len(), 30);
    assert_eq!(house.run("plan --exit-code").code, Some(0));
}

#[test]
fn every_verb_that_speaks_of_an_account_works() {
    let house = House::new("");
    assert_eq!(house.run("run").code, Some(0));
    assert_eq!(house.json("status")["stage"], json!("completed"));
    assert_eq!(house.json("orders")["orders"].as_array().unwrap().len(), 15);
    assert_eq!(
        house.json("positions")["positions"]
            .as_object()
            .unwrap()
            .len(),
        15
    );
    assert!(!house.json("nav")["nav"].as_array().unwrap().is_empty());
    assert_eq!(
        house.json("targets slow")["schema"],
        json!("polyfolio.targets/1")
    );
    assert_eq!(
        house.json("explain XOM")["told"].as_array().unwrap().len(),
        5
    );
    assert_eq!(
        house.json("slippage")["parents"].as_array().unwrap().len(),
        15
    );
    let reconciled = house.json("reconcile");
    assert_eq!(reconciled["differences"], json!({}), "{reconciled}");
    assert_eq!(house.json("cancel --all")["resting"], json!(0));
    let never = format!("resolve {} --gone --reason x", "0".repeat(32));
    let never = house.run(&never);
    assert_eq!(never.code, Some(1), "there is no such order: {never:?}");

    let halted = house.json("halt --reason lunch");
    assert_eq!(halted["trading_state"], json!("halted"));
    assert_eq!(house.run("run").code, Some(4));
    assert_eq!(
        house.json("resume-trading")["trading_state"],
        json!("active")
    );
    assert_eq!(house.run("run").code, Some(0));
    assert_eq!(house.desk().len(), 30, "nothing more was sent");
}

#[test]
fn what_is_the_embedded_brokers_alone_is_refused_by_name() {
    let house = House::new("");
    for (words, what) in [
        ("tape", "the account is at file_desk"),
        (
            "run --speed max",
            "time at [broker] use = \"file_desk\" goes as it goes",
        ),
        (
            "data fetch",
            "no closes are fetched from the broker file_desk",
        ),
        ("run --live", "--live was given, but the mode is not live"),
    ] {
        let said = house.run(words);
        assert_eq!(said.code, Some(2), "{said:?}");
        assert!(said.err.contains(what), "{words}: {}", said.err);
    }
}

/// A position that nobody ordered is a break, and the desk is believed only when a person says so.
#[test]
fn what_the_desk_has_besides_is_a_break_until_it_is_adopted() {
    let house = House::new("");
    assert_eq!(house.run("run").code, Some(0));
    let desk = house.path("state/desk.jsonl");
    let text = std::fs::read_to_string(&desk).unwrap();
    // Somebody trades by hand, without an id of ours.
    let mut lines: Vec<Value> = house.desk();
    lines.truncate(1);
    let foreign = json!("00000001000000010000000100000001");
    let mut order = lines.remove(0);
    order["order"] = foreign.clone();
    order["what"]["taken"]["terms"]["cl_ord_id"] = foreign.clone();
    order["what"]["taken"]["terms"]["order_qty"] = json!("5");
    let fill = json!({"exec_id": "by-hand", "last_qty": "5", "last_px": "30", "fee": "0"});
    let fill = json!({"order": foreign, "time": order["time"], "what": {"traded": fill}});
    std::fs::write(&desk, format!("{text}{order}\n{fill}\n")).unwrap();

    let said = house.run("reconcile");
    assert_eq!(said.code, Some(1), "{said:?}");
    assert_eq!(house.json("reconcile")["differences"], json!({"BAC": "5"}));
    let adopted = house.json("reconcile --adopt --reason by-hand");
    assert_eq!(adopted["adopted"], json!(true), "{adopted}");
    let bac = &house.json("positions")["positions"]["BAC"];
    assert_eq!(bac["unclaimed"], json!("5"), "{bac}");
}

/// Told to stop, it cancels at the desk what still works, and a later run sends what is left.
#[test]
fn told_to_stop_it_cancels_and_goes_on_later() {
    let house = House::new("fill_after = \"1h\"");
    let book = std::fs::read_to_string(house.path("book.toml")).unwrap();
    house.write(
        "book.toml",
        &format!("{book}\n[portfolio]\non_stop = \"cancel\"\n"),
    );
    let child = house.started_until("run", || house.desk().len() >= 15);
    let child = child.expect("nothing fills within the hour");
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    kill_process(pid.unwrap(), Signal::TERM).unwrap();
    let ended = crate::house::Said::of("run", child.wait_with_output().unwrap());
    assert_eq!(ended.code, Some(143), "{ended:?}");
    let canceled = house.times("canceled");
    assert!(canceled.values().all(|times| *times == 1), "{canceled:?}");
    let text = std::fs::read_to_string(house.path("book.toml")).unwrap();
    house.write("book.toml", &text.replace("\"1h\"", "\"1ms\""));
    let said = house.run("run");
    assert_eq!(said.code, Some(0), "{said:?}");
    let taken = house.times("taken");
    assert_eq!(
        taken.len(),
        30,
        "what was canceled went again under other ids"
    );
    assert!(taken.values().all(|times| *times == 1), "{taken:?}");
    assert_eq!(house.json("plan")["orders"], json!([]));
}
