//! Promise 1, shown: no order is ever duplicated, lost or forgotten, whatever dies and whenever.
//!
//! `SEEDS=200000 FROM=20000 cargo test --test simulation` runs other seeds, and more of them. What
//! fails says how to see it again, with its log.

use std::str::FromStr;

use polyfolio_oms::Rule;
use polyfolio_testkit::scenario::CrashPoint;
use polyfolio_testkit::{Campaign, Mutation, Trial, Trouble, attempt, shrink};

#[test]
fn every_seed_keeps_every_promise() {
    let (from, seeds) = (asked("FROM", 0), asked("SEEDS", 20_000_u64));
    let campaign = Campaign {
        from,
        seeds,
        threads: threads(),
        mutation: None,
    };
    let told = campaign.run(|_| {});
    if let Some(failure) = &told.failure {
        panic!("{}", shrink(failure));
    }
    assert_eq!(told.seeds, seeds);
    let outcome = &told.outcome;
    println!(
        "{} submits, {} repeats, {} executions, {} states of orders",
        outcome.submits,
        outcome.repeats,
        outcome.fills,
        outcome.states.count()
    );
    if seeds < 1_000 {
        return;
    }
    // What is drawn happens: a simulation in which nothing goes wrong shows nothing.
    for (point, times) in CrashPoint::ALL.iter().zip(&outcome.crashes) {
        assert!(*times > 0, "no process died {point:?}");
    }
    for trouble in Trouble::ALL {
        assert!(outcome.times(trouble) > 0, "{trouble:?} never happened");
    }
    assert!(outcome.fills > 0 && outcome.repeats > 0);
}

#[test]
fn the_same_seed_gives_the_same_log() {
    for seed in 0..40 {
        let trial = Trial::of(seed, None);
        let log = || {
            let told = attempt(&trial, true);
            told.expect("the seed keeps every promise").log
        };
        let once = log();
        assert!(once.contains("RunEnded"), "seed {seed} does nothing");
        assert!(once == log(), "seed {seed} gives two logs");
    }
}

/// Every rule of the core, and every duty of a driver, is missed when it is not kept: within so
/// many seeds.
#[test]
fn every_mutation_is_caught() {
    for mutation in Mutation::all() {
        let seeds = within(mutation);
        let campaign = Campaign {
            from: 0,
            seeds,
            threads: threads(),
            mutation: Some(mutation),
        };
        let told = campaign.run(|_| {});
        let failure = told.failure;
        let failure = failure.unwrap_or_else(|| panic!("{mutation} passes {seeds} seeds"));
        println!(
            "{mutation} is caught by seed {}: {}",
            failure.trial.seed, failure.fault.promise
        );
    }
}

/// A few times the seed that catches it first.
fn within(mutation: Mutation) -> u64 {
    use Mutation as M;
    match mutation {
        M::ForgetSettle => 4_000,
        M::Without(Rule::AbsenceStaysInASession) => 12_000,
        M::Without(Rule::DuplicateMeansItExists) => 6_000,
        M::Without(Rule::RefusalOfARepeatProvesNothing) => 1_500,
        M::Without(Rule::AbsenceNeedsListsThatReachBack | Rule::CancelMayOvertake) => 500,
        _ => 200,
    }
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, |threads| threads.get())
}

fn asked<T: FromStr>(name: &str, otherwise: T) -> T {
    let text = std::env::var(name).ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}
