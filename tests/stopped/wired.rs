//! `polyfolio drill --broker ib`: over the wire, at a gateway that dies too.

use std::process::{Child, Output};
use std::sync::mpsc::channel;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::drilled::{Ground, expect_clean, json, number};

/// How long one may take until it is told to end: it kills what it started, and the test fails.
const PATIENCE: Duration = Duration::from_secs(900);

/// Waits for a drill; one that takes too long is stopped as by a person.
fn ended(drill: Child) -> Output {
    let pid = i32::try_from(drill.id()).ok().and_then(Pid::from_raw);
    let (tell, over) = channel::<()>();
    let watchdog = std::thread::spawn(move || {
        let is_late = over.recv_timeout(PATIENCE).is_err();
        if let Some(pid) = pid.filter(|_| is_late) {
            let _ = kill_process(pid, Signal::TERM);
        }
    });
    let output = drill.wait_with_output().expect("an answer");
    let _ = tell.send(());
    watchdog.join().expect("a watchdog");
    output
}

/// One of two drills that share the machine; what it came to.
fn fifty_kills(seed: u64) -> Value {
    let ground = Ground::new();
    let line = format!("drill --broker ib --kills 50 --seed {seed} --json --state-dir drilled");
    let drill = ground.command(&line).spawn().expect("the program starts");
    let answer = expect_clean(&ended(drill));
    assert_eq!(answer["broker"], "ib");
    assert_eq!(number(&answer, "kills"), 50);
    assert!(ground.path("drilled/gateway/gateway.jsonl").exists());
    assert_eq!(number(&answer, "reconciled"), number(&answer, "accounts"));
    answer
}

#[test]
fn a_hundred_kills_of_the_program_and_its_gateway_duplicate_lose_and_forget_no_order() {
    let halves = [40, 41].map(|seed| std::thread::spawn(move || fifty_kills(seed)));
    let halves = halves.map(|half| half.join().expect("a drill without findings"));
    // It was hard: everybody was killed, with orders in the air, and the wire failed.
    let sum = |of: &dyn Fn(&Value) -> Option<u64>| halves.iter().filter_map(of).sum::<u64>();
    for victim in ["program", "gateway", "both"] {
        let killed = sum(&|answer| answer["killed"][victim].as_u64());
        assert!(killed >= 5, "{victim}: {halves:#?}");
    }
    assert!(
        sum(&|answer| answer["kills_with_orders"].as_u64()) >= 50,
        "{halves:#?}"
    );
    let struck = |answer: &Value| {
        let faults = answer["faults"].as_object()?.values();
        Some(faults.filter_map(Value::as_u64).sum())
    };
    assert!(sum(&struck) >= 20, "{halves:#?}");
    // How many there are is the machine's doing: time goes by the clock on the wall.
    assert!(
        sum(&|answer| answer["venue_orders"].as_u64()) >= 200,
        "{halves:#?}"
    );
}

#[test]
fn told_to_stop_it_takes_its_gateway_with_it() {
    let ground = Ground::new();
    let mut drill = ground.command("drill --broker ib --kills 100000 --json --state-dir drilled");
    let mut drill = drill.spawn().expect("the program starts");
    let record = ground.path("drilled/gateway/gateway.jsonl");
    while std::fs::metadata(&record).map_or(0, |file| file.len()) < 20_000 {
        assert!(drill.try_wait().expect("a child").is_none(), "it ended");
        std::thread::yield_now();
    }
    let pid = i32::try_from(drill.id()).ok().and_then(Pid::from_raw);
    kill_process(pid.expect("an id"), Signal::INT).expect("it can be told");
    let output = ended(drill);
    assert_eq!(output.status.code(), Some(130));
    let answer = json(&output);
    assert!(number(&answer, "venue_orders") > 0, "{answer:#}");
    // Whoever holds the record's lock would refuse another gateway.
    let lock = std::fs::File::open(ground.path("drilled/gateway/lock")).expect("a lock");
    lock.try_lock().expect("nobody holds the record any more");
}
