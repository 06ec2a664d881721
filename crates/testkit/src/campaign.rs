//! Many seeds, on several threads, and the first of them that fails.
//!
//! Seeds are handed out in order. When one fails, the threads finish the smaller ones only: the
//! seed that is reported is the smallest that fails, however many threads there are.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::fault::Fault;
use crate::mutation::Mutation;
use crate::outcome::Outcome;
use crate::simulation::simulate;
use crate::trial::Trial;

/// How many seeds a thread takes at a time.
const TAKEN_AT_ONCE: u64 = 16;

/// Which seeds, and how.
#[derive(Clone, Copy, Debug)]
pub struct Campaign {
    /// The first seed.
    pub from: u64,
    /// How many.
    pub seeds: u64,
    /// On how many threads, at least one.
    pub threads: usize,
    /// What is broken.
    pub mutation: Option<Mutation>,
}

/// What they came to.
#[derive(Clone, Debug, Default)]
pub struct Campaigned {
    /// How many seeds kept every promise.
    pub seeds: u64,
    /// All of them together.
    pub outcome: Outcome,
    /// The smallest seed that broke one.
    pub failure: Option<Box<Failure>>,
}

/// A trial that broke a promise.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Which.
    pub trial: Trial,
    /// What it broke.
    pub fault: Fault,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Trial {
            seed,
            mutation,
            without,
        } = &self.trial;
        writeln!(f, "seed {seed} breaks a promise: {}", self.fault)?;
        write!(
            f,
            "replay it with its log: cargo run --release -p polyfolio-testkit --bin polyfolio-sim \
             -- --replay {seed}"
        )?;
        if !without.0.is_empty() {
            write!(f, " --without {without}")?;
        }
        match mutation {
            Some(mutation) => write!(f, " --mutation {mutation}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}

impl Campaign {
    /// Runs them. `passed` hears how many more have passed, whenever some have.
    pub fn run(&self, passed: impl Fn(u64) + Sync) -> Campaigned {
        let next = AtomicU64::new(0);
        let bound = AtomicU64::new(self.seeds);
        let told = Mutex::new(Campaigned::default());
        let work = || {
            let mut own = Campaigned::default();
            loop {
                let begin = next.fetch_add(TAKEN_AT_ONCE, Ordering::Relaxed);
                if begin >= bound.load(Ordering::Relaxed) {
                    break;
                }
                let end = (begin + TAKEN_AT_ONCE).min(bound.load(Ordering::Relaxed));
                self.take(begin..end, &mut own, &bound);
                passed(end - begin);
            }
            if let Ok(mut told) = told.lock() {
                told.add(own);
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..self.threads {
                scope.spawn(work);
            }
            work();
        });
        told.into_inner().unwrap_or_default()
    }

    fn take(&self, places: std::ops::Range<u64>, own: &mut Campaigned, bound: &AtomicU64) {
        for place in places {
            if place >= bound.load(Ordering::Relaxed) {
                return;
            }
            let trial = Trial::of(self.from + place, self.mutation);
            match attempt(&trial, false) {
                Ok(outcome) => {
                    own.seeds += 1;
                    own.outcome.add(&outcome);
                }
                Err(fault) => {
                    bound.fetch_min(place, Ordering::Relaxed);
                    own.fail(Failure { trial, fault });
                    return;
                }
            }
        }
    }
}

impl Campaigned {
    fn add(&mut self, other: Self) {
        self.seeds += other.seeds;
        self.outcome.add(&other.outcome);
        if let Some(failure) = other.failure {
            self.fail(*failure);
        }
    }

    fn fail(&mut self, failure: Failure) {
        let is_smaller = |known: &Failure| failure.trial.seed < known.trial.seed;
        if self.failure.as_deref().is_none_or(is_smaller) {
            self.failure = Some(Box::new(failure));
        }
    }
}

/// One trial; a panic is a fault like any other.
pub fn attempt(trial: &Trial, keep_log: bool) -> Result<Outcome, Fault> {
    let told = catch_unwind(AssertUnwindSafe(|| simulate(trial, keep_log)));
    told.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()));
        Err(Fault::new("nothing panics", text.unwrap_or_default()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use polyfolio_oms::Rule;

    fn run(threads: usize, mutation: Option<Mutation>) -> Campaigned {
        let campaign = Campaign {
            from: 0,
            seeds: 40,
            threads,
            mutation,
        };
        campaign.run(|_| {})
    }

    #[test]
    fn a_campaign_comes_to_the_same_on_any_number_of_threads() {
        let (one, three) = (run(1, None), run(3, None));
        assert!(one.failure.is_none(), "{:?}", one.failure);
        assert_eq!((one.seeds, three.seeds), (40, 40));
        assert_eq!(one.outcome.events, three.outcome.events);
        assert_eq!(one.outcome.states, three.outcome.states);
        assert_eq!(one.outcome.troubles, three.outcome.troubles);
    }

    #[test]
    fn the_smallest_seed_that_fails_is_the_one_that_is_told() {
        let broken = Some(Mutation::Without(Rule::CancelIsARequest));
        let (one, three) = (run(1, broken), run(3, broken));
        let seed = |told: &Campaigned| told.failure.as_ref().map(|failure| failure.trial.seed);
        assert!(seed(&one).is_some());
        assert_eq!(seed(&one), seed(&three));
    }

    #[test]
    fn a_smaller_failure_breaks_the_same_promise_and_says_how_to_see_it() {
        let broken = Some(Mutation::Without(Rule::CancelIsARequest));
        let failure = *run(1, broken).failure.expect("a failure");
        let smaller = crate::shrink::shrink(&failure);
        assert_eq!(smaller.fault.promise, failure.fault.promise);
        assert!(smaller.trial.scenario().crashes.len() <= failure.trial.scenario().crashes.len());
        let again = attempt(&smaller.trial, true).expect_err("it still fails");
        assert_eq!(again.promise, failure.fault.promise);
        let told = smaller.to_string();
        let command = format!("--replay {}", failure.trial.seed);
        assert!(
            told.contains(&command) && told.contains("--mutation"),
            "{told}"
        );
    }
}
