//! Killed with SIGKILL in the middle of a run at the desk, and started again.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use crate::house::House;

/// So that there is a while in which orders stand and have not traded.
const SLOW: &str = "fill_after = \"100ms\"";

/// After how many lines of the desk the run is killed: among its orders, between them and their
/// fills, among those.
const DEATHS: [usize; 7] = [1, 2, 8, 15, 16, 22, 29];

fn whole() -> (BTreeMap<String, String>, usize) {
    let house = House::new(SLOW);
    let said = house.run("run");
    assert_eq!(said.code, Some(0), "{said:?}");
    (house.positions(), house.desk().len())
}

/// What holds at the end of a run, however often it was begun.
fn is_finished(house: &House, targets: &BTreeMap<String, String>, told: &str) {
    let said = house.run("run");
    assert_eq!(said.code, Some(0), "{told}: {said:?}");
    assert_eq!(&house.positions(), targets, "{told}");
    let taken = house.times("taken");
    assert_eq!(
        taken.len(),
        targets.len(),
        "{told}: an order each: {taken:?}"
    );
    assert!(taken.values().all(|times| *times == 1), "{told}: {taken:?}");
    let traded = house.times("traded");
    assert!(
        traded.values().all(|times| *times == 1),
        "{told}: {traded:?}"
    );
    let reconciled = house.json("reconcile");
    assert_eq!(reconciled["differences"], json!({}), "{told}");
    assert_eq!(reconciled["unknown"], json!(0), "{told}: {reconciled}");
}

#[test]
fn killed_anywhere_it_finishes_the_same_run() {
    let (targets, lines) = whole();
    assert_eq!((targets.len(), lines), (15, 30), "the book of the example");
    let (next, killed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let die = || {
        while let Some(at) = DEATHS.get(next.fetch_add(1, Ordering::Relaxed)) {
            let died = died_at(*at, &targets);
            killed.fetch_add(usize::from(died), Ordering::Relaxed);
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(die);
        scope.spawn(die);
    });
    let killed = killed.into_inner();
    assert!(killed >= 5, "only {killed} were killed in time");
}

/// Killed when the desk has so many lines, and finished; whether it was killed in time.
fn died_at(at: usize, targets: &BTreeMap<String, String>) -> bool {
    let house = House::new(SLOW);
    let told = format!("killed at line {at}");
    let child = house.started_until("run", || house.desk().len() >= at);
    let died = child.is_some();
    if let Some(mut child) = child {
        child.kill().unwrap();
        child.wait().unwrap();
        let status = house.json("status");
        assert_eq!(status["run"], json!("20221228-001"), "{told}: {status}");
    }
    is_finished(&house, targets, &told);
    died
}

/// A line without its end was never said to anybody: it is cut off, and the order goes again.
#[test]
fn a_line_that_was_torn_is_nobodys() {
    let (targets, _) = whole();
    let house = House::new(SLOW);
    let child = house.started_until("run", || house.desk().len() >= 4);
    let mut child = child.expect("it is killed in time");
    child.kill().unwrap();
    child.wait().unwrap();
    let desk = house.path("state/desk.jsonl");
    let text = std::fs::read_to_string(&desk).unwrap();
    let first = text.lines().next().unwrap();
    let torn = format!("{first}\n{}", &text.lines().nth(1).unwrap()[..40]);
    std::fs::write(&desk, torn).unwrap();
    is_finished(&house, &targets, "torn");
}

/// Orders that stand at the desk are no break, and no reason to send others.
#[test]
fn what_stands_is_shown_by_a_look_and_filled_by_a_restart() {
    let house = House::new("fill_after = \"1h\"");
    let child = house.started_until("run", || house.desk().len() >= 15);
    let mut child = child.expect("nothing fills within the hour");
    // What others may read beside the run that holds the account is written now and then.
    let shows_all = (0..100).any(|_| {
        let status = house.json("status");
        assert_eq!(status["source"], json!("view"), "{status}");
        status["working"] == json!(15)
    });
    assert!(shows_all, "{}", house.json("status"));
    child.kill().unwrap();
    child.wait().unwrap();
    let plan = house.json("plan");
    assert_eq!(plan["orders"], json!([]), "all of it is working: {plan}");
    assert_eq!(plan["working"].as_object().unwrap().len(), 15);
    assert_eq!(house.desk().len(), 15, "a look writes nothing");
    let book = std::fs::read_to_string(house.path("book.toml")).unwrap();
    house.write("book.toml", &book.replace("\"1h\"", "\"1ms\""));
    let said = house.run("run");
    assert_eq!(said.code, Some(0), "{said:?}");
    let taken = house.times("taken");
    assert_eq!(taken.len(), 15, "no other order was sent: {taken:?}");
    assert_eq!(house.json("plan")["orders"], json!([]));
}
