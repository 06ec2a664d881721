//! Many seeds, and the one that fails.

use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::fault::Fault;
use crate::mutation::Mutation;
use crate::scenario::CrashPoint;
use crate::simulation::{Outcome, simulate};

/// What many seeds came to.
#[derive(Clone, Debug, Default)]
pub struct Campaign {
    /// How many seeds kept every promise.
    pub seeds: u64,
    /// How often a process died at each point.
    pub crashes: BTreeMap<CrashPoint, u32>,
    /// How many submits left.
    pub submits: u64,
    /// How many of them were repeats under the same id.
    pub repeats: u64,
    /// How many executions there were.
    pub fills: usize,
}

/// A seed that broke a promise.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Which.
    pub seed: u64,
    /// What it broke.
    pub fault: Fault,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {} breaks a promise: {}", self.seed, self.fault)?;
        write!(
            f,
            "replay it with its log: SEED={} cargo test --test simulation a_seed_replays -- --nocapture",
            self.seed
        )
    }
}

impl std::error::Error for Failure {}

/// Runs these seeds until one fails.
pub fn campaign(
    seeds: impl IntoIterator<Item = u64>,
    mutation: Option<Mutation>,
) -> Result<Campaign, Box<Failure>> {
    let mut told = Campaign::default();
    for seed in seeds {
        let outcome =
            attempt(seed, mutation, false).map_err(|fault| Box::new(Failure { seed, fault }))?;
        told.add(&outcome);
    }
    Ok(told)
}

/// One seed; a panic is a fault like any other.
pub fn attempt(seed: u64, mutation: Option<Mutation>, keep_log: bool) -> Result<Outcome, Fault> {
    let told = catch_unwind(AssertUnwindSafe(|| simulate(seed, mutation, keep_log)));
    told.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()));
        Err(Fault::new("nothing panics", text.unwrap_or_default()))
    })
}

impl Campaign {
    fn add(&mut self, outcome: &Outcome) {
        self.seeds += 1;
        self.submits += outcome.submits;
        self.repeats += outcome.repeats;
        self.fills += outcome.fills;
        for (point, times) in &outcome.crashes {
            *self.crashes.entry(*point).or_default() += times;
        }
    }
}
