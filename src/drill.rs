//! The whole process, killed: the real program on a venue whose own record can be audited, SIGKILL
//! at drawn moments, started again until it is through; then both records held against each other.
//!
//! The program that is killed is this one, started as a person starts it: `run`, `-c`, `--as-of`,
//! `--speed`, and variables of the environment. It knows nothing of the drill, and the drill reads
//! only what lies on disk.

mod chance;
mod course;
mod fate;
mod inspection;
mod interrupt;
mod life;
mod place;
mod venue;

use polyfolio_clock::HostClock;
use polyfolio_model::{Span, Ts};
use polyfolio_ports::Clock;
use polyfolio_report::audit::{Audit, Kill};

use crate::failure::Failure;
use crate::runtime::Signal;

use chance::Chance;
use course::{Course, Leg};
use fate::{Fate, Fates};
use inspection::Heard;
use interrupt::Interrupts;
use life::{Ending, Life, Watched};

pub use course::Portfolio;
pub use place::Place;
pub use venue::{AuditedVenue, PaperTape};

/// What a drill is asked to do.
#[derive(Clone, Debug)]
pub struct Orders {
    /// How many kills must land.
    pub kills: u32,
    /// What every draw follows from.
    pub seed: u64,
    /// What is traded, and what of it may be varied.
    pub portfolio: Portfolio,
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
}

/// How many records a journal may have held before the drill goes on with a new account, so that
/// opening one and the first run on it are drilled too.
const RECORDS_MAX: u64 = 5_000;

/// The longest that the program may do nothing before it counts as stuck.
const PATIENCE: Span = Span::from_secs(120);

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
        fates: Fates::default(),
        interrupts: Interrupts::listen(),
        drilled: Drilled::default(),
        clock,
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

struct Drill<'a> {
    chance: Chance,
    fates: Fates,
    interrupts: Interrupts,
    drilled: Drilled,
    clock: HostClock,
    orders: &'a Orders,
    watch: &'a mut dyn FnMut(&Progress),
}

/// An account at work, and the kills that landed on it.
struct Account<'a> {
    place: &'a Place,
    venue: &'a mut dyn AuditedVenue,
    heard: Heard,
    kills: Vec<Kill>,
}

impl Drill<'_> {
    fn is_enough(&self) -> bool {
        self.drilled.kills >= self.orders.kills
    }

    fn is_over(&self) -> bool {
        self.is_enough() || self.drilled.failed.is_some() || self.drilled.stopped.is_some()
    }

    /// Rebalances one account until its journal is long or nothing more is to be done, and audits
    /// it.
    fn account(
        &mut self,
        place: &Place,
        venue: &mut dyn AuditedVenue,
        course: &mut Course,
    ) -> Result<(), Failure> {
        let (heard, kills) = (Heard::default(), Vec::new());
        let mut account = Account {
            place,
            venue,
            heard,
            kills,
        };
        while !self.is_over() && place.records() < RECORDS_MAX {
            let leg = course.next(&mut self.chance);
            self.rebalance(&leg, &mut account)?;
        }
        let (audit, as_of) = inspection::inspect(&account.heard, account.venue, account.kills)?;
        self.drilled.audit.add(audit);
        self.drilled.as_of = as_of.or(self.drilled.as_of);
        Ok(())
    }

    /// One rebalance, from its first start to the start that ends by itself.
    fn rebalance(&mut self, leg: &Leg, account: &mut Account<'_>) -> Result<(), Failure> {
        self.fates.begin(&mut self.chance);
        loop {
            let fate = if self.is_enough() {
                Fate::whole()
            } else {
                self.fates.next(&mut self.chance)
            };
            let mut watched = Watched::new(account.place, account.venue, &self.clock);
            let life = Life::start(account.place, leg, fate.pace)?;
            self.drilled.starts += 1;
            let ending = life.until(&fate, &mut watched, &self.interrupts, PATIENCE)?;
            let tempo = watched.tempo();
            account.heard.listen(account.place)?;
            self.fates.learn(&ending, &tempo);
            let is_killed = matches!(ending, Ending::Killed(_));
            self.drilled.kills += u32::from(is_killed);
            let last = format!("{fate} · {ending} · {tempo}");
            match ending {
                Ending::Killed(kill) => account.kills.push(kill),
                Ending::Done => {}
                Ending::Stopped(signal) => self.drilled.stopped = Some(signal),
                Ending::Failed(what) => self.drilled.failed = Some(what),
            }
            (self.watch)(&Progress {
                kills: self.drilled.kills,
                starts: self.drilled.starts,
                leg: leg.to_string(),
                last,
            });
            if !is_killed {
                return Ok(());
            }
        }
    }
}

impl Drilled {
    /// Nothing was found, and the program always went on.
    pub fn is_clean(&self) -> bool {
        self.audit.findings.is_empty() && self.failed.is_none()
    }
}
