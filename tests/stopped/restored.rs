//! A state directory that is older than the broker's book: a backup was put back.

use std::path::Path;
use std::process::Stdio;

use rustix::process::Signal;
use serde_json::json;

use crate::house::House;
use crate::signalled::tell;

/// Copies the journal and what belongs to it; the broker's own store is elsewhere and goes on.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a directory");
    for entry in std::fs::read_dir(from).expect("a directory").flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_dir() {
            if name != "broker" {
                copy(&path, &to.join(name));
            }
        } else {
            std::fs::copy(&path, to.join(name)).expect("a copy");
        }
    }
}

pub(crate) fn put_back(house: &House, backup: &Path) {
    let state = house.path("state/paper");
    std::fs::remove_dir_all(state.join("db")).expect("the newer journal");
    copy(backup, &state);
}

pub(crate) fn code(house: &House, words: &[&str]) -> Option<i32> {
    let mut command = house.command(words);
    command
        .stderr(Stdio::inherit())
        .status()
        .expect("it runs")
        .code()
}

/// A house in which run 1 is over, run 2 was killed while orders of it rested at the venue, and the
/// journal is that of the time between.
fn restored() -> House {
    let house = House::new("leave");
    assert_eq!(code(&house, &["run", "--as-of", "2022-11-30"]), Some(0));
    let backup = house.path("backup");
    copy(&house.path("state/paper"), &backup);
    for _ in 0..50 {
        let length = house.records() + 7;
        let mut child = house
            .run_until(length)
            .expect("orders rested before it ended");
        tell(&child, Signal::KILL);
        child.wait().expect("it ends");
        if !house.standing().is_empty() {
            put_back(&house, &backup);
            return house;
        }
    }
    panic!("no kill found an order at the venue");
}

#[test]
fn a_backup_that_was_put_back_trades_only_after_a_person_has_looked() {
    let house = restored();
    let before = house.accepted();
    assert_eq!(
        code(&house, &["run"]),
        Some(5),
        "older than the broker's book"
    );
    assert_eq!(house.accepted(), before, "nothing was sent");

    let (ended, adopted) = house.asked("journal adopt-mark");
    assert_eq!(ended, Some(0));
    assert_eq!(
        (&adopted["adopted"], &adopted["run"]),
        (&json!(true), &json!(2))
    );
    assert_eq!(adopted["trading_state"], "halted");

    // What rests of the lost run goes, and what it filled is taken over.
    assert_eq!(code(&house, &["cancel", "--all"]), Some(0));
    assert!(house.standing().is_empty(), "{:?}", house.standing());
    let (ended, found) = house.asked("reconcile");
    assert_eq!(found["foreign_orders"], 0);
    let differs = found["differences"] != json!({});
    assert_eq!(ended, Some(i32::from(differs)));
    assert_eq!(code(&house, &["reconcile", "--adopt"]), Some(0));
    assert_eq!(house.asked("reconcile").0, Some(0));

    assert_eq!(code(&house, &["resume-trading"]), Some(0));
    assert_eq!(house.run(), Some(0));
    let accepted = house.accepted();
    assert!(accepted.values().all(|times| *times == 1), "{accepted:?}");
    let sent: Vec<&String> = accepted
        .keys()
        .filter(|id| !before.contains_key(*id))
        .collect();
    assert!(!sent.is_empty());
    assert!(
        sent.iter().all(|id| &id[8..16] > "00000002"),
        "no run that the broker has seen is begun again: {sent:?}"
    );
    assert_eq!(house.json("plan")["orders"], json!([]));
}
