//! What came of one seed or of many: how much happened, what went wrong, where it died, and in what
//! states orders were seen.

use polyfolio_model::Span;

use crate::coverage::Coverage;
use crate::scenario::CrashPoint;
use crate::trouble::Trouble;

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// How often a process died at each point, in the order of [`CrashPoint::ALL`].
    pub crashes: [u64; CrashPoint::ALL.len()],
    /// How often each thing went wrong, in the order of [`Trouble::ALL`].
    pub troubles: [u64; Trouble::ALL.len()],
    /// How many submits left.
    pub submits: u64,
    /// How many of them were repeats under the same id.
    pub repeats: u64,
    /// How many executions there were.
    pub fills: u64,
    /// How many records the journals hold.
    pub records: u64,
    /// How many things happened.
    pub events: u64,
    /// How many seeds ended with an order whose fate nobody can know, its instrument stopped.
    pub undecided: u64,
    /// How many seeds ended with a difference on record that the venue's own lists cannot explain.
    pub breaks: u64,
    /// How long it took, in virtual time.
    pub lasted: Span,
    /// In what states orders were seen.
    pub states: Coverage,
    /// What happened, when it was asked for.
    pub log: String,
}

impl Outcome {
    /// Adds another.
    pub fn add(&mut self, other: &Self) {
        let sum = |into: &mut [u64], from: &[u64]| {
            into.iter_mut()
                .zip(from)
                .for_each(|(into, from)| *into += from);
        };
        sum(&mut self.crashes, &other.crashes);
        sum(&mut self.troubles, &other.troubles);
        self.submits += other.submits;
        self.repeats += other.repeats;
        self.fills += other.fills;
        self.records += other.records;
        self.events += other.events;
        self.undecided += other.undecided;
        self.breaks += other.breaks;
        self.lasted = self.lasted + other.lasted;
        self.states.add(&other.states);
    }

    /// How often it went wrong in this way.
    pub fn times(&self, trouble: Trouble) -> u64 {
        self.troubles[trouble as usize]
    }
}
