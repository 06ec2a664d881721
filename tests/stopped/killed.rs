//! Killed with SIGKILL.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;

use crate::house::{House, drawn};

/// Starts a run and kills it when its journal has grown to `length` records; `false` when it was
/// over before.
pub(crate) fn run_killed_at(house: &House, length: u64) -> bool {
    let Some(mut child) = house.run_until(length) else {
        return false;
    };
    child.kill().expect("SIGKILL");
    child.wait().expect("it is dead");
    true
}

#[test]
fn killed_at_any_length_it_finishes_the_same_run() {
    let whole = House::new("leave");
    assert_eq!(whole.run(), Some(0), "an unbroken run leaves nothing");
    let targets = whole.positions();
    let length = whole.json("status")["records"].as_u64().expect("records");
    assert!(
        length > 100,
        "a run of {length} records is too short to be killed in"
    );

    let seeds = 60;
    let (next, killed) = (AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= seeds {
                        return;
                    }
                    let at = 1 + drawn(seed, length);
                    let died = one(seed, at, length, &targets);
                    killed.fetch_add(u64::from(died), Ordering::SeqCst);
                }
            });
        }
    });
    let killed = killed.load(Ordering::SeqCst);
    assert!(
        killed >= 50,
        "only {killed} of {seeds} runs were killed in time"
    );
}

/// One seed: killed at one length, perhaps a second time in the resumed run, then finished.
fn one(seed: u64, at: u64, length: u64, targets: &BTreeMap<String, Value>) -> bool {
    let house = House::new("leave");
    let died = run_killed_at(&house, at);
    if seed.is_multiple_of(3) {
        run_killed_at(&house, at + 1 + drawn(seed ^ 0xff, length - at + 1));
    }
    let told = format!("seed {seed}, killed at record {at} of about {length}");
    assert_eq!(house.run(), Some(0), "{told}");
    assert_eq!(&house.positions(), targets, "{told}");
    let doubled: BTreeSet<_> = house
        .accepted()
        .into_iter()
        .filter(|(_, times)| *times > 1)
        .collect();
    assert!(doubled.is_empty(), "{told}: sent twice: {doubled:?}");
    let plan = house.json("plan");
    assert_eq!(
        plan["orders"].as_array().map(Vec::len),
        Some(0),
        "{told}: {plan}"
    );
    died
}
