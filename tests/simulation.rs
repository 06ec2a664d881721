//! Promise 1, shown: no order is ever duplicated, lost or forgotten, whatever dies and whenever.
//!
//! `SEEDS=20000 cargo test --test simulation` runs more seeds, `FROM=…` others, and
//! `SEED=7 cargo test --test simulation a_seed_replays -- --nocapture` shows one with its log.

use std::str::FromStr;

use polyfolio_testkit::campaign::attempt;
use polyfolio_testkit::{Failure, Mutation, campaign};

#[test]
fn every_seed_keeps_every_promise() {
    let (from, seeds) = (asked("FROM", 0), asked("SEEDS", 500_u64));
    match campaign(from..from + seeds, None) {
        Ok(told) => {
            println!("{told:?}");
            assert_eq!(told.seeds, seeds);
            let is_alive = told.fills > 0 && told.repeats > 0 && !told.crashes.is_empty();
            assert!(
                is_alive || seeds < 100,
                "nothing happens in these seeds: {told:?}"
            );
        }
        Err(failure) => panic!("{failure}"),
    }
}

#[test]
fn the_same_seed_gives_the_same_log() {
    for seed in 0..40 {
        let log = |seed| {
            attempt(seed, None, true)
                .expect("the seed keeps every promise")
                .log
        };
        let once = log(seed);
        assert!(once.contains("RunEnded"), "seed {seed} does nothing");
        assert!(once == log(seed), "seed {seed} gives two logs");
    }
}

#[test]
fn a_seed_replays() {
    let seed = asked("SEED", 0);
    match attempt(seed, None, true) {
        Ok(outcome) => println!("{}", outcome.log),
        Err(fault) => panic!("{}", Failure { seed, fault }),
    }
}

/// Every broken driver is caught, within so many seeds.
#[test]
fn every_mutation_is_caught() {
    let within = |mutation| match mutation {
        Mutation::SubmitBeforeAppend | Mutation::AppendWithoutFlush => 5,
        Mutation::LoseLastIntent | Mutation::SkipFillsOfSnapshots => 20,
        Mutation::RepeatsAsNew | Mutation::ForgetHorizon => 50,
        Mutation::AskedMeansCanceled | Mutation::SilenceMeansNotSent => 100,
        Mutation::FailedMeansEmpty => 300,
        Mutation::ForgetSettle => 1_000,
    };
    for mutation in Mutation::ALL {
        let seeds = within(mutation);
        let told = campaign(0..seeds, Some(mutation));
        let failure = told.expect_err(&format!("{mutation:?} is not caught by {seeds} seeds"));
        println!(
            "{mutation:?} is caught by seed {}: {}",
            failure.seed, failure.fault.promise
        );
    }
}

fn asked<T: FromStr>(name: &str, otherwise: T) -> T {
    let text = std::env::var(name).ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}
