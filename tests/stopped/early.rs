//! Told to stop before there is a run, while everything is opened, and between an old run that is
//! given up and the new one.

use std::process::Child;

use polyfolio_clock::HostClock;
use polyfolio_model::{Span, Ts};
use polyfolio_ports::Clock;
use rustix::process::Signal;

use crate::house::{House, drawn};
use crate::signalled::tell;

/// So long may it take to end: far more than it does, and not for ever.
const BOUND: Span = Span::from_secs(60);

fn signal_of(seed: u64) -> (Signal, i32) {
    match seed % 2 {
        0 => (Signal::INT, 130),
        _ => (Signal::TERM, 143),
    }
}

/// Whether it has handlers for both signals: the system says so.
fn listens(child: &Child) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()));
    let status = status.unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    let both = 1 << (Signal::INT.as_raw() - 1) | 1 << (Signal::TERM.as_raw() - 1);
    caught.is_some_and(|mask| mask & both == both)
}

/// Gives others the processor until `is_so` or the child is over; fails when it takes too long.
fn until(child: &mut Child, case: &str, is_so: impl Fn(&Child, Ts) -> bool) {
    let host = HostClock::start();
    let late = host.now() + BOUND;
    while child.try_wait().expect("a child").is_none() && !is_so(child, host.now()) {
        if host.now() > late {
            child.kill().expect("SIGKILL");
            panic!("{case}: it hangs");
        }
        std::thread::yield_now();
    }
}

/// How it ends when it is told to stop now.
fn end_of(mut child: Child, signal: Signal, case: &str) -> Option<i32> {
    if child.try_wait().expect("a child").is_none() {
        tell(&child, signal);
    }
    until(&mut child, case, |_, _| false);
    child.wait().expect("it ends").code()
}

/// Starts a verb and tells it to stop so long after it has begun to listen.
fn told_after(house: &House, verb: &str, signal: Signal, after: Span, case: &str) -> Option<i32> {
    let mut child = house.started_until(verb, || true).expect("it starts");
    until(&mut child, case, |child, _| listens(child));
    let at = HostClock::start().now() + after;
    until(&mut child, case, |_, now| now >= at);
    end_of(child, signal, case)
}

#[test]
fn told_to_stop_early_it_ends_at_once_and_can_go_on() {
    let whole = House::new("leave");
    assert_eq!(whole.run(), Some(0), "an unbroken run leaves nothing");
    let targets = whole.positions();
    let mut told = 0;
    for seed in 0..24 {
        let (signal, code) = signal_of(seed);
        // The first half of them while the history is read, and right at the start.
        let range = if seed < 12 { 60_000 } else { 1_500_000 };
        let after = micros(drawn(seed, range));
        let case = format!("seed {seed}, {signal:?} {after} after it listens");
        let house = House::new("leave");
        let ended = told_after(&house, "run", signal, after, &case);
        assert!(ended == Some(code) || ended == Some(0), "{case}: {ended:?}");
        told += u32::from(ended == Some(code));
        assert_eq!(house.run(), Some(0), "{case}");
        assert_eq!(house.positions(), targets, "{case}");
        let accepted = house.accepted();
        assert!(
            accepted.values().all(|times| *times == 1),
            "{case}: {accepted:?}"
        );
    }
    assert!(told >= 12, "only {told} of 24 were told in time");
}

#[test]
fn a_plan_that_is_told_to_stop_says_so() {
    let house = House::new("leave");
    for seed in 200..208 {
        let (signal, code) = signal_of(seed);
        let after = micros(drawn(seed, 200_000));
        let case = format!("seed {seed}, {signal:?} {after} after it listens");
        let ended = told_after(&house, "plan", signal, after, &case);
        assert!(ended == Some(code) || ended == Some(0), "{case}: {ended:?}");
        assert!(
            !house.path("state").exists(),
            "{case}: a plan writes nothing"
        );
    }
}

#[test]
fn told_to_stop_between_an_old_run_and_a_new_one_it_begins_none_or_can_go_on() {
    let mut told = 0;
    for seed in 300..312 {
        let (signal, code) = signal_of(seed);
        let house = House::new("leave");
        let old = house.started_until("run --as-of 2022-11-30", || house.records() >= 30);
        let mut old = old.expect("it goes on");
        old.kill().expect("SIGKILL");
        old.wait().expect("it is dead");
        let at = house.records() + 1 + drawn(seed, 24);
        let case = format!("seed {seed}, {signal:?} at record {at}");
        let child = house.started_until("run --as-of 2022-12-28", || house.records() >= at);
        let ended = child.map_or(Some(0), |child| end_of(child, signal, &case));
        assert!(ended == Some(code) || ended == Some(0), "{case}: {ended:?}");
        told += u32::from(ended == Some(code));
        if ended == Some(0) {
            let run = house.json("status")["run"].to_string();
            assert!(run.contains("2022-12-28"), "{case}: done, and with {run}");
        }
        // The old run may be given up first, and what it left unknown keep its quantity until the
        // venue is certain to have none of it: each time that much less is left.
        let is_done = || house.json("plan")["orders"] == serde_json::json!([]);
        let goes_on = |_: &u32| matches!(house.run(), Some(0 | 1)) && !is_done();
        let runs = (0..4).take_while(goes_on).count();
        assert!(runs < 4, "{case}: {}", house.json("plan"));
        let accepted = house.accepted();
        assert!(
            accepted.values().all(|times| *times == 1),
            "{case}: {accepted:?}"
        );
    }
    assert!(told >= 6, "only {told} of 12 were told in time");
}

fn micros(count: u64) -> Span {
    Span::from_nanos(i64::try_from(count * 1_000).expect("a short time"))
}
