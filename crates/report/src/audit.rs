//! Two records of the same orders held against each other: our journal and the venue's own tape.
//!
//! An [`Auditor`] is given all that the venue wrote down, then every record of the journal, oldest
//! first, and says what does not agree: [`Audit`]. It adds up on its own and shares no code with
//! the fold that it judges; it knows neither which venue it was nor how the process that wrote the
//! journal died.

mod executions;
mod exposure;
mod finding;
mod moments;
mod ours;
mod plan;
mod runs;
mod sent;
mod venue;

use polyfolio_oms::Record;
use serde::Serialize;

pub use finding::{Finding, Verdict};
pub use moments::{Kill, Landing, Moment};
pub use venue::{VenueEvent, VenueFact};

use moments::Moments;
use ours::Ours;
use runs::Runs;
use venue::Tape;

/// Takes a journal in, record by record, beside the venue's tape.
#[derive(Debug)]
pub struct Auditor {
    tape: Tape,
    ours: Ours,
    runs: Runs,
    moments: Moments,
}

/// What two records come to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Audit {
    /// Runs that ended.
    pub runs: usize,
    /// How many of them were given up.
    pub abandoned: usize,
    /// Parents that were left unfilled for a reason on record.
    pub left: usize,
    /// Targets that were not reached by as much as a plan held back for orders whose fate was not
    /// known when it was made.
    pub reserved: usize,
    /// Orders that our journal meant to send.
    pub intents: usize,
    /// How many of them were sent again under their id, after their absence was proved.
    pub resent: usize,
    /// Orders that the venue accepted, each time counted.
    pub venue_orders: usize,
    /// Executions on the venue's tape.
    pub executions: usize,
    /// Quantities moved between sleeves without the market.
    pub crosses: usize,
    /// Everything that does not agree.
    pub findings: Vec<Finding>,
    /// Where each kill landed, in the order they were given.
    pub landings: Vec<Landing>,
}

impl Audit {
    /// Puts the audit of another account behind this one.
    pub fn add(&mut self, mut other: Self) {
        self.runs += other.runs;
        self.abandoned += other.abandoned;
        self.left += other.left;
        self.reserved += other.reserved;
        self.intents += other.intents;
        self.resent += other.resent;
        self.venue_orders += other.venue_orders;
        self.executions += other.executions;
        self.crosses += other.crosses;
        self.findings.append(&mut other.findings);
        self.landings.append(&mut other.landings);
    }

    /// How many findings count as this.
    pub fn count(&self, verdict: Verdict) -> usize {
        let counted = self.findings.iter().filter(|f| f.verdict == verdict);
        counted.count()
    }
}

impl Auditor {
    /// An audit against what a venue wrote down, oldest first, of a process that was killed at
    /// these moments (oldest first; none for a process that never was).
    pub fn new(venue: Vec<VenueEvent>, kills: Vec<Kill>) -> Self {
        let tape = Tape::new(venue);
        Self {
            moments: Moments::new(kills, &tape),
            tape,
            ours: Ours::default(),
            runs: Runs::default(),
        }
    }

    /// Takes the next record of the journal in.
    pub fn take(&mut self, record: &Record) {
        self.ours.take(record);
        self.runs.take(record, &self.ours, &self.tape);
        self.moments.take(record);
    }

    /// What came out.
    pub fn finish(self) -> Audit {
        let Self {
            tape,
            ours,
            mut runs,
            moments,
        } = self;
        let mut findings = sent::check(&ours, &tape, &runs);
        findings.extend(exposure::check(&ours, &tape));
        findings.extend(executions::check(&ours, &tape, &runs));
        findings.append(&mut runs.findings);
        Audit {
            runs: runs.ended.len(),
            abandoned: runs.abandoned.len(),
            left: runs.left,
            reserved: runs.reserved,
            intents: ours.intents.len(),
            resent: ours.intents.values().filter(|i| i.attempts > 1).count(),
            venue_orders: tape.accepted(),
            executions: tape.fills.len(),
            crosses: runs.crosses,
            findings,
            landings: moments.finish(),
        }
    }
}
