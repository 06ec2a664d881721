//! One seed, driven to its end: the real router core, the real records, algorithms and venue,
//! under virtual time, over a wire that lies and with a process that dies.
//!
//! The queue holds what is on its way; the next thing that happens is the earliest of the queue,
//! the venue's own next event and the router's one timer. Nothing waits and nothing is drawn but
//! from the seed, so the same seed gives the same log, byte for byte.

mod checks;
mod connection;
mod end;
mod process;
mod reports;
mod verdict;
mod wire;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use polyfolio_model::{ClOrdId, NewOrder, ParentId, Qty, RequestId, SnapshotId, Span, Ts};
use polyfolio_oms::router::Input;
use polyfolio_oms::{ParentState, Router};

use crate::chance::Chance;
use crate::exchange::Exchange;
use crate::fault::Fault;
use crate::journal::ByteJournal;
use crate::log::Log;
use crate::mutation::Mutation;
use crate::outcome::Outcome;
use crate::scenario::{Character, Crash, CrashPoint, Doing, Scenario, Wish};
use crate::trial::Trial;
use crate::trouble::Trouble;

/// A run that has not ended by then never will.
const HOURS_MAX: i64 = 3;
/// Events of one run at most: more is a loop without progress.
const EVENTS_MAX: u64 = 400_000;

/// Something on its way.
#[derive(Clone, Debug)]
enum Due {
    Submit(NewOrder),
    Cancel(ClOrdId, RequestId),
    Query(ClOrdId),
    /// A question for a snapshot has come to the venue.
    Ask(SnapshotId),
    /// Something comes to the process that held the session of this number.
    Say(u32, Input),
    /// Somebody wants the next run.
    Plan,
    /// Somebody wants something else.
    Wish(Wish),
    /// The venue does something by itself.
    Doing(Doing),
    Connect,
    Disconnect,
    /// The session of this number falls silent.
    Mute(u32),
    Start,
}

/// One world.
#[derive(Debug)]
pub struct Simulation {
    scenario: Scenario,
    honest: Character,
    is_honest: bool,
    mutation: Option<Mutation>,
    chance: Chance,
    begun: Ts,
    now: Ts,
    queue: BTreeMap<(Ts, u64), Due>,
    sequence: u64,
    exchange: Exchange,
    journal: ByteJournal,
    process: Option<Router>,
    /// The parents of former runs, as they stood when the next was planned.
    left: BTreeMap<ParentId, ParentState>,
    wake: Option<Ts>,
    connected: bool,
    mute: bool,
    session: u32,
    planning: bool,
    /// A snapshot was asked for and has not come.
    asked: bool,
    /// Everything the venue knows has come once since the process heard of the connection.
    has_lists: bool,
    /// How often the process has compared its book with the venue's and come to an end of it.
    marks: u64,
    /// The process has said that it stopped as asked.
    stopped: bool,
    crashes: VecDeque<Crash>,
    reached: [u32; CrashPoint::ALL.len()],
    died: bool,
    /// Submits that have left and not arrived.
    flying: BTreeMap<ClOrdId, Vec<Qty>>,
    /// Submits that wait in a gateway for the connection.
    held: Vec<NewOrder>,
    /// When the last submits left that the venue's rate counts.
    recent: VecDeque<Ts>,
    /// Orders of which nothing is heard.
    muted: BTreeSet<ClOrdId>,
    /// How often each order has left, and how often its intent is durable.
    sent: BTreeMap<ClOrdId, u32>,
    intended: BTreeMap<ClOrdId, u32>,
    intents_read: usize,
    outcome: Outcome,
    log: Log,
}

/// Drives a seed to its end. With `keep_log` the outcome says everything that happened.
pub fn simulate(trial: &Trial, keep_log: bool) -> Result<Outcome, Fault> {
    let mut world = Simulation::new(trial.scenario(), trial.mutation, keep_log)?;
    let told = world.run();
    let mut outcome = std::mem::take(&mut world.outcome);
    outcome.log = world.log.take();
    match told {
        Ok(()) => Ok(outcome),
        Err(fault) if keep_log => Err(Fault {
            what: format!("{}\n{}", fault.what, outcome.log),
            ..fault
        }),
        Err(fault) => Err(fault),
    }
}

impl Simulation {
    fn new(
        mut scenario: Scenario,
        mutation: Option<Mutation>,
        keep_log: bool,
    ) -> Result<Self, Fault> {
        let now = Scenario::start();
        let exchange = Exchange::open(&scenario, now)
            .map_err(|error| Fault::new("a scenario has a venue", error))?;
        mislead(&mut scenario, mutation);
        Ok(Self {
            chance: Chance::new(scenario.seed, 5),
            honest: scenario.character.honest(),
            is_honest: false,
            crashes: scenario.crashes.iter().copied().collect(),
            scenario,
            mutation,
            begun: now,
            now,
            queue: BTreeMap::new(),
            sequence: 0,
            exchange,
            journal: ByteJournal::default(),
            process: None,
            left: BTreeMap::new(),
            wake: None,
            connected: false,
            mute: false,
            session: 0,
            planning: false,
            asked: false,
            has_lists: false,
            marks: 0,
            stopped: false,
            reached: Default::default(),
            died: false,
            flying: BTreeMap::new(),
            held: Vec::new(),
            recent: VecDeque::new(),
            muted: BTreeSet::new(),
            sent: BTreeMap::new(),
            intended: BTreeMap::new(),
            intents_read: 0,
            outcome: Outcome::default(),
            log: Log::new(keep_log),
        })
    }

    fn run(&mut self) -> Result<(), Fault> {
        self.later(Span::ZERO, Due::Start);
        for (after, wish) in self.scenario.wishes.clone() {
            self.later(after, Due::Wish(wish));
        }
        for (after, doing) in self.scenario.doings.clone() {
            self.later(after, Due::Doing(doing));
        }
        while !self.is_over() {
            self.step()?;
        }
        self.look_once_more()?;
        self.judge()?;
        self.start_again()
    }

    /// The one thing that happens next.
    fn step(&mut self) -> Result<(), Fault> {
        self.outcome.events += 1;
        let lasted = self.now.since(self.begun);
        if self.outcome.events > EVENTS_MAX || lasted > Span::from_secs(HOURS_MAX * 3_600) {
            return Err(Fault::new("every run ends", self.stuck()));
        }
        let queued = self.queue.first_key_value().map(|((at, _), _)| *at);
        let venue = self.exchange.next_event();
        let woken = self.wake.filter(|_| self.process.is_some());
        let Some(next) = [venue, queued, woken].into_iter().flatten().min() else {
            return Err(Fault::new("every run ends", "nothing is left to happen"));
        };
        self.now = self.now.max(next);
        if venue == Some(next) {
            let late = self.late();
            let heard = self.exchange.advance(self.now, late);
            self.carry(heard);
            Ok(())
        } else if queued == Some(next) {
            self.happen()
        } else {
            self.wake = None;
            self.deliver(vec![Input::Wake])
        }
    }

    fn happen(&mut self) -> Result<(), Fault> {
        let Some((_, due)) = self.queue.pop_first() else {
            return Ok(());
        };
        match due {
            Due::Say(session, input) => {
                let inputs = self.arrived(session, input);
                self.deliver(inputs)
            }
            Due::Plan => self.plan(),
            Due::Wish(wish) => self.grant(wish),
            Due::Doing(doing) => {
                self.happen_by_itself(doing);
                Ok(())
            }
            Due::Start => self.start(),
            Due::Connect => self.connect(),
            Due::Disconnect => self.disconnect(),
            Due::Mute(session) => {
                self.fall_silent(session);
                Ok(())
            }
            command => self.arrive(command),
        }
    }

    /// How the venue and the way to it behave now.
    fn character(&self) -> &Character {
        let wild = &self.scenario.character;
        let is_wild = !self.is_honest && self.now.since(self.begun) < wild.honest_after;
        if is_wild { wild } else { &self.honest }
    }

    /// Whether something happens that has this probability; if so, it is counted.
    fn goes_wrong(&mut self, trouble: Trouble, probability: f64) -> bool {
        let hits = self.chance.hits(probability);
        if hits {
            self.met(trouble);
        }
        hits
    }

    fn met(&mut self, trouble: Trouble) {
        self.outcome.troubles[trouble as usize] += 1;
    }

    fn later(&mut self, span: Span, due: Due) {
        self.at(self.now + span, due);
    }

    fn at(&mut self, at: Ts, due: Due) {
        self.sequence += 1;
        self.queue.insert((at, self.sequence), due);
    }
}

/// What the router is told wrongly of the venue.
fn mislead(scenario: &mut Scenario, mutation: Option<Mutation>) {
    let told = &mut scenario.router.capabilities;
    match mutation {
        Some(Mutation::ForgetHorizon) => {
            told.absence_horizon = Span::ZERO;
            told.propagation_lag = Span::ZERO;
        }
        Some(Mutation::ForgetSettle) => told.settle = Span::ZERO,
        _ => {}
    }
}
