//! A drill at work: rebalance after rebalance, killed and started again, account after account.

use std::collections::BTreeSet;
use std::time::Duration;

use polyfolio_clock::HostClock;
use polyfolio_model::{ClOrdId, Span, Ts};
use polyfolio_ports::Clock;
use polyfolio_report::audit::Kill;

use super::chance::Chance;
use super::course::{Course, Leg};
use super::fate::{Fate, Fates, Victim};
use super::inspection::{self, Heard};
use super::interrupt::Interrupts;
use super::life::{Ending, Life};
use super::person;
use super::trouble;
use super::watched::Watched;
use super::{AuditedVenue, Drilled, Gateway, Orders, Place, Progress};
use crate::failure::Failure;
use crate::runtime::Signal;

/// How many records a journal may have held before the drill goes on with a new account, so that
/// opening one and the first run on it are drilled too.
const RECORDS_MAX: u64 = 5_000;

/// The longest that the program may do nothing before it counts as stuck.
const PATIENCE: Span = Span::from_secs(120);

/// How often in a row the program may give up on a venue that stands.
const UNREACHABLE_MAX: u32 = 10;

/// Everything that a drill draws from, and what it has come to.
pub(super) struct Drill<'a> {
    pub(super) chance: Chance,
    pub(super) fates: Fates,
    pub(super) interrupts: Interrupts,
    pub(super) drilled: Drilled,
    pub(super) clock: HostClock,
    /// When the time of a run that begins with the rebalance is over, or nearly so.
    pub(super) late_at: Ts,
    pub(super) orders: &'a Orders,
    pub(super) watch: &'a mut dyn FnMut(&Progress),
}

/// An account at work, and the kills that landed on it.
pub(super) struct Account<'a> {
    pub(super) place: &'a Place,
    pub(super) venue: &'a mut dyn AuditedVenue,
    heard: Heard,
    kills: Vec<Kill>,
    /// How often in a row the program gave up on its venue.
    unreachable: u32,
    /// Orders of which a person said that they are dead.
    pub(super) resolved: BTreeSet<ClOrdId>,
    /// How many orders a person canceled at the gateway.
    pub(super) canceled: u32,
}

impl Drill<'_> {
    fn is_enough(&self) -> bool {
        self.drilled.kills >= self.orders.kills
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_enough() || self.is_broken_off()
    }

    fn is_broken_off(&self) -> bool {
        self.drilled.failed.is_some() || self.drilled.stopped.is_some()
    }

    /// Rebalances one account until its journal is long or nothing more is to be done, and audits
    /// it.
    pub(super) fn account(
        &mut self,
        place: &Place,
        venue: &mut dyn AuditedVenue,
        course: &mut Course,
    ) -> Result<(), Failure> {
        let mut account = Account {
            place,
            venue,
            heard: Heard::default(),
            kills: Vec::new(),
            unreachable: 0,
            resolved: BTreeSet::new(),
            canceled: 0,
        };
        let mut last = None;
        while !self.is_over() && place.records() < RECORDS_MAX {
            let leg = course.next(&mut self.chance);
            self.rebalance(&leg, &mut account)?;
            last = Some(leg);
        }
        if let Some(leg) = last.filter(|_| !self.is_broken_off()) {
            self.close(&leg, &mut account)?;
        }
        account.heard.listen(place)?;
        self.count(&mut account);
        let (audit, as_of) = inspection::inspect(&account.heard, account.venue, account.kills)?;
        self.drilled.audit.add(audit);
        self.drilled.as_of = as_of.or(self.drilled.as_of);
        Ok(())
    }

    /// The last look at an account at a gateway: all is well, and both sides agree.
    fn close(&mut self, leg: &Leg, account: &mut Account<'_>) -> Result<(), Failure> {
        if !self.revive(account)? {
            return Ok(());
        }
        let Some(gateway) = account.venue.gateway() else {
            return Ok(());
        };
        gateway.heal()?;
        let settings = gateway.settings();
        match person::reconcile(account.place, leg, &settings)? {
            None => self.drilled.wire.reconciled += 1,
            Some(why) => self.drilled.failed = Some(why),
        }
        Ok(())
    }

    /// What went wrong on the wire of an account, and what it came to.
    fn count(&mut self, account: &mut Account<'_>) {
        let wire = &mut self.drilled.wire;
        if let Some(gateway) = account.venue.gateway() {
            for (name, times) in gateway.struck() {
                *wire.faults.entry(name.clone()).or_default() += times;
            }
        }
        wire.resolved += account.resolved.len();
        wire.canceled += account.canceled;
        for (_, why) in account.heard.stops() {
            *wire.stopped.entry(why).or_default() += 1;
        }
    }

    /// One rebalance, from its first start to the start that ends by itself.
    fn rebalance(&mut self, leg: &Leg, account: &mut Account<'_>) -> Result<(), Failure> {
        self.fates.begin(&mut self.chance);
        self.late_at = self.clock.now() + leg.horizon;
        if !self.revive(account)? {
            return Ok(());
        }
        if let Some(gateway) = account.venue.gateway()
            && let Some(fault) = trouble::between_runs(&mut self.chance)
        {
            gateway.order(fault)?;
        }
        loop {
            if !self.revive(account)? {
                return Ok(());
            }
            let (ending, last) = self.live(leg, account)?;
            account.heard.listen(account.place)?;
            let goes_on = self.take(ending, account);
            (self.watch)(&Progress {
                kills: self.drilled.kills,
                starts: self.drilled.starts,
                leg: leg.to_string(),
                last,
            });
            if !goes_on {
                break;
            }
        }
        if self.is_broken_off() {
            return Ok(());
        }
        // The last kill may have taken the gateway too, when the program had ended by itself.
        if !self.revive(account)? {
            return Ok(());
        }
        person::settle(leg, account)
    }

    /// The venue stands, where it is a process; not when a signal came first.
    fn revive(&mut self, account: &mut Account<'_>) -> Result<bool, Failure> {
        if let Some(gateway) = account.venue.gateway()
            && self.drilled.stopped.is_none()
        {
            self.drilled.stopped = gateway.revive(&self.interrupts)?;
        }
        Ok(self.drilled.stopped.is_none())
    }

    /// Takes the end of a start into account; whether another one follows.
    fn take(&mut self, ending: Ending, account: &mut Account<'_>) -> bool {
        let unreachable = match ending {
            Ending::Unreachable => account.unreachable + 1,
            _ => 0,
        };
        account.unreachable = unreachable;
        match ending {
            Ending::Killed(kill) => {
                self.landed(kill, account);
                true
            }
            Ending::Unreachable if unreachable < UNREACHABLE_MAX => {
                self.drilled.wire.unreachable += 1;
                true
            }
            Ending::Unreachable => {
                let last = account.place.last_words();
                let what = format!("the program did not reach a venue that stands\n{last}");
                self.drilled.failed = Some(what);
                false
            }
            Ending::Done => false,
            Ending::Stopped(signal) => {
                self.drilled.stopped = Some(signal);
                false
            }
            Ending::Failed(what) => {
                self.drilled.failed = Some(what);
                false
            }
        }
    }

    fn landed(&mut self, kill: Kill, account: &mut Account<'_>) {
        account.kills.push(kill);
        self.drilled.kills += 1;
    }

    /// What comes next. Once enough kills have landed, nothing goes wrong any more.
    fn fate(&mut self, gateway: Option<&mut Gateway>) -> Result<Fate, Failure> {
        if !self.is_enough() {
            let is_late = self.clock.now() >= self.late_at;
            return Ok(self.fates.next(&mut self.chance, is_late));
        }
        if let Some(gateway) = gateway {
            gateway.heal()?;
        }
        Ok(self.fates.whole())
    }

    /// One start of the program: until it ends, or is killed. The gateway may die several times
    /// meanwhile. Says how it ended, and what happened in words.
    fn live(&mut self, leg: &Leg, account: &mut Account<'_>) -> Result<(Ending, String), Failure> {
        let mut fate = self.fate(account.venue.gateway())?;
        let settings = account.venue.gateway().map(|gateway| gateway.settings());
        let (clock, place) = (self.clock, account.place);
        let Account { venue, kills, .. } = account;
        let mut watched = Watched::new(place, &mut **venue, &clock);
        let mut life = Life::start(place, leg, fate.pace, &settings.unwrap_or_default())?;
        self.drilled.starts += 1;
        let mut told = Vec::new();
        let ending = loop {
            told.push(fate.to_string());
            let early = life.until(&mut fate, &mut watched, &self.interrupts, PATIENCE)?;
            if let Some(ending) = early.or_else(|| life.ended(&mut watched)) {
                break ending;
            }
            match (fate.victim, fate.is_program_first) {
                (Victim::Program, _) => break life.kill(&mut watched)?,
                (Victim::Both, true) => {
                    let ending = life.kill(&mut watched)?;
                    kill_gateway(&mut watched)?;
                    break ending;
                }
                (Victim::Both, false) => {
                    kill_gateway(&mut watched)?;
                    break life.kill(&mut watched)?;
                }
                (Victim::Gateway, _) => kill_gateway(&mut watched)?,
            }
            *self
                .drilled
                .wire
                .killed
                .entry(Victim::Gateway.name())
                .or_default() += 1;
            kills.push(watched.kill());
            self.drilled.kills += 1;
            self.fates.landed();
            if let Some(signal) = self.come_back(fate.away, &mut watched)? {
                break Ending::Stopped(signal);
            }
            watched.mark();
            fate = self.fate(watched.gateway())?;
        };
        if matches!(ending, Ending::Killed(_)) {
            *self
                .drilled
                .wire
                .killed
                .entry(fate.victim.name())
                .or_default() += 1;
            if fate.victim == Victim::Both {
                self.drilled.stopped = self.interrupts.wait(fate.away);
            }
        }
        let tempo = watched.tempo();
        self.fates.learn(&ending, &tempo);
        let last = format!("{} · {ending} · {tempo}", told.join(" · "));
        Ok((ending, last))
    }

    /// A gateway that was killed stays away for a while and stands again; unless a signal comes.
    fn come_back(
        &mut self,
        away: Duration,
        watched: &mut Watched<'_>,
    ) -> Result<Option<Signal>, Failure> {
        if let Some(signal) = self.interrupts.wait(away) {
            return Ok(Some(signal));
        }
        match watched.gateway() {
            Some(gateway) => gateway.revive(&self.interrupts),
            None => Ok(None),
        }
    }
}

fn kill_gateway(watched: &mut Watched<'_>) -> Result<(), Failure> {
    if let Some(gateway) = watched.gateway() {
        gateway.kill()?;
    }
    watched.look();
    Ok(())
}
