//! Told to stop by SIGINT or SIGTERM.

use std::collections::BTreeMap;
use std::process::Child;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::house::{House, drawn};

/// How a child ended that was told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// It was told in time, and ended with this code.
    Told(i32),
    /// It was over before.
    Over,
}

/// Starts a run and tells it to stop when its journal has grown to `length` records.
fn run_told_at(house: &House, length: u64, signal: Signal) -> End {
    let Some(mut child) = house.run_until(length) else {
        return End::Over;
    };
    tell(&child, signal);
    let code = child.wait().expect("it ends").code();
    match code.expect("it ends by itself, not by the signal") {
        0 => End::Over,
        code => End::Told(code),
    }
}

pub(crate) fn tell(child: &Child, signal: Signal) {
    // A child that is not waited for keeps its id, so no stranger is told.
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    kill_process(pid.expect("an id"), signal).expect("it can be told");
}

/// What an unbroken run ends at, and the length of its journal.
fn unbroken() -> (BTreeMap<String, Value>, u64) {
    let whole = House::new("leave");
    assert_eq!(whole.run(), Some(0), "an unbroken run leaves nothing");
    (whole.positions(), whole.records())
}

#[test]
fn told_to_stop_anywhere_it_finishes_the_same_run_later() {
    let (targets, length) = unbroken();
    assert!(length > 100, "{length} records are too few to stop in");
    let mut told = 0;
    for seed in 0..12 {
        let (signal, code) = match seed % 2 {
            0 => (Signal::INT, 130),
            _ => (Signal::TERM, 143),
        };
        let at = 1 + drawn(seed, length * 3 / 4);
        let case = format!("seed {seed}, {signal:?} at record {at} of about {length}");
        let house = House::new("leave");
        match run_told_at(&house, at, signal) {
            End::Over => {}
            End::Told(ended) => {
                assert_eq!(ended, code, "{case}");
                told += 1;
            }
        }
        assert_eq!(house.run(), Some(0), "{case}");
        assert_eq!(house.positions(), targets, "{case}");
        let accepted = house.accepted();
        assert!(
            accepted.values().all(|times| *times == 1),
            "{case}: {accepted:?}"
        );
        assert_eq!(house.working(), 0, "{case}");
    }
    assert!(told >= 8, "only {told} of 12 runs were told in time");
}

#[test]
fn told_to_cancel_it_leaves_no_order_at_the_venue() {
    let (targets, length) = unbroken();
    for (seed, signal) in [(100, Signal::INT), (101, Signal::TERM), (102, Signal::INT)] {
        // Where orders work, and far from the end.
        let at = length / 4 + drawn(seed, length / 4);
        let case = format!("seed {seed}, {signal:?} at record {at} of about {length}");
        let house = House::new("cancel");
        let end = run_told_at(&house, at, signal);
        assert_ne!(end, End::Over, "{case}: over before it was told");
        assert_eq!(house.working(), 0, "{case}");
        assert_eq!(house.standing(), Vec::<String>::new(), "{case}");
        assert_eq!(house.run(), Some(0), "{case}");
        assert_eq!(house.positions(), targets, "{case}");
    }
}
