//! The whole process, killed: the real program on a venue whose own record can be audited, SIGKILL
//! at drawn moments, started again until it is through; then both records held against each other.
//!
//! The program that is killed is this one, started as a person starts it: `run`, `-c`, `--as-of`,
//! `--speed`, and variables of the environment. It knows nothing of the drill, and the drill reads
//! only what lies on disk.

mod campaign;
mod chance;
mod course;
mod fate;
mod gateway;
mod inspection;
mod interrupt;
mod life;
mod person;
mod place;
mod trouble;
mod venue;
mod watched;

use std::collections::BTreeMap;

use polyfolio_clock::HostClock;
use polyfolio_model::{Span, Ts};
use polyfolio_ports::Clock;
use polyfolio_report::audit::Audit;

use crate::failure::Failure;
use crate::runtime::Signal;

use campaign::Drill;
use chance::Chance;
use course::Course;
use fate::Fates;
use interrupt::Interrupts;

pub use course::Portfolio;
pub use gateway::Gateway;
pub use place::Place;
pub use venue::{AuditedVenue, GatewayVenue, PaperTape};

/// What a drill is asked to do.
#[derive(Clone, Debug)]
pub struct Orders {
    /// How many kills must land.
    pub kills: u32,
    /// What every draw follows from.
    pub seed: u64,
    /// What is traded, and what of it may be varied.
    pub portfolio: Portfolio,
    /// Whether the venue is a process of its own, with a wire to it that can fail.
    pub has_wire: bool,
}

/// How a drill goes, for whoever watches.
#[derive(Clone, Debug)]
pub struct Progress {
    /// Kills that landed so far.
    pub kills: u32,
    /// Starts of the program so far.
    pub starts: u32,
    /// What the current rebalance is.
    pub leg: String,
    /// How the last start ended, in words.
    pub last: String,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Drilled {
    /// Kills that landed.
    pub kills: u32,
    /// Starts of the program.
    pub starts: u32,
    /// How many accounts, each with a journal of its own, it took.
    pub accounts: u32,
    /// How long it took.
    pub took: Span,
    /// What the two records come to.
    pub audit: Audit,
    /// The time of the venue's last event.
    pub as_of: Option<Ts>,
    /// Why it was not carried through, when the program would not go on.
    pub failed: Option<String>,
    /// What stopped it, when somebody did.
    pub stopped: Option<Signal>,
    /// What went wrong besides, and what it came to.
    pub wire: Wire,
}

/// What happened between the program and its venue.
#[derive(Clone, Debug, Default)]
pub struct Wire {
    /// Whether there is one.
    pub is_there: bool,
    /// Kills by who was killed: `program`, `gateway`, `both`.
    pub killed: BTreeMap<&'static str, u32>,
    /// Faults of the wire that struck, by the name that the control port has for them.
    pub faults: BTreeMap<String, u32>,
    /// How often an instrument stopped, and why.
    pub stopped: BTreeMap<String, usize>,
    /// Orders that nothing but the venue's own record could prove dead, and that were said to be.
    pub resolved: usize,
    /// Orders that worked and that the program could not cancel: the person did, at the venue.
    pub canceled: u32,
    /// Starts that gave up because the venue could not be reached.
    pub unreachable: u32,
    /// Accounts whose last reconcile was clean.
    pub reconciled: u32,
}

/// Opens the venue's record of an account that lies in a place.
pub type OpenVenue<'a> = &'a dyn Fn(&Place) -> Box<dyn AuditedVenue>;

/// Kills until enough have landed, lets the last rebalance end, and audits.
///
/// # Errors
/// The program cannot be started, or a record not be read.
pub fn drill(
    orders: &Orders,
    place: &Place,
    open: OpenVenue<'_>,
    watch: &mut dyn FnMut(&Progress),
) -> Result<Drilled, Failure> {
    let clock = HostClock::start();
    let begun = clock.now();
    let mut drill = Drill {
        chance: Chance::new(orders.seed),
        fates: Fates::of(orders.has_wire),
        interrupts: Interrupts::listen(),
        drilled: Drilled {
            wire: Wire {
                is_there: orders.has_wire,
                ..Wire::default()
            },
            ..Drilled::default()
        },
        clock,
        late_at: begun,
        orders,
        watch,
    };
    let mut course = Course::new(orders.portfolio.clone());
    while !drill.is_over() {
        drill.drilled.accounts += 1;
        let place = place.of_account(drill.drilled.accounts)?;
        let mut venue = open(&place);
        drill.account(&place, &mut *venue, &mut course)?;
    }
    let took = clock.now().since(begun);
    Ok(Drilled {
        took,
        ..drill.drilled
    })
}

impl Drilled {
    /// Nothing was found, and the program always went on.
    pub fn is_clean(&self) -> bool {
        self.audit.findings.is_empty() && self.failed.is_none()
    }
}
