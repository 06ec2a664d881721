//! What a start leaves on disk, while it lives, and what goes wrong at which sign of it.

use polyfolio_clock::HostClock;
use polyfolio_model::{Span, Ts};
use polyfolio_ports::Clock;
use polyfolio_report::audit::Kill;

use super::fate::{Sign, Tempo};
use super::gateway::Gateway;
use super::trouble::Trouble;
use super::{AuditedVenue, Place};
use crate::failure::Failure;

/// The journal and the venue's record, as they grow.
pub(super) struct Watched<'a> {
    place: &'a Place,
    venue: &'a mut dyn AuditedVenue,
    clock: &'a HostClock,
    start: Ts,
    /// Records and events at the start, when the last fate was drawn, and now.
    before: (u64, usize),
    mark: (u64, usize),
    now: (u64, usize),
    first_sign: Option<Ts>,
    last_sign: Ts,
}

impl<'a> Watched<'a> {
    pub(super) fn new(
        place: &'a Place,
        venue: &'a mut dyn AuditedVenue,
        clock: &'a HostClock,
    ) -> Self {
        let before = (place.records(), venue.events());
        let start = clock.now();
        Self {
            place,
            venue,
            clock,
            start,
            before,
            mark: before,
            now: before,
            first_sign: None,
            last_sign: start,
        }
    }

    pub(super) fn look(&mut self) {
        let now = (self.place.records().max(self.now.0), self.venue.events());
        if now != self.now {
            self.now = now;
            self.last_sign = self.clock.now();
            self.first_sign = self.first_sign.or(Some(self.last_sign));
        }
    }

    /// The next fate counts from here.
    pub(super) fn mark(&mut self) {
        self.look();
        self.mark = self.now;
    }

    pub(super) fn has_come(&mut self, sign: Sign) -> bool {
        self.look();
        let (records, events) = self.since_mark();
        match sign {
            Sign::Start => true,
            Sign::Records(count) => records >= count,
            Sign::Events(count) => events >= count,
            Sign::Never => false,
        }
    }

    fn since_mark(&self) -> (u64, u64) {
        let records = self.now.0.saturating_sub(self.mark.0);
        (records, self.now.1.saturating_sub(self.mark.1) as u64)
    }

    /// Lets go wrong what is due, and leaves the rest.
    pub(super) fn cause(&mut self, troubles: &mut Vec<Trouble>) -> Result<(), Failure> {
        let (records, _) = self.since_mark();
        let due = troubles
            .iter()
            .take_while(|trouble| trouble.after <= records);
        let due = due.count();
        for trouble in troubles.drain(..due) {
            if let Some(gateway) = self.venue.gateway() {
                gateway.order(trouble.fault)?;
            }
        }
        Ok(())
    }

    /// The venue's process, where it has one.
    pub(super) fn gateway(&mut self) -> Option<&mut Gateway> {
        self.venue.gateway()
    }

    pub(super) fn idle(&self) -> Span {
        self.clock.now().since(self.last_sign)
    }

    pub(super) fn kill(&self) -> Kill {
        let (records, events) = self.now;
        Kill {
            records,
            events,
            wrote: self.now != self.before,
        }
    }

    pub(super) fn tempo(&self) -> Tempo {
        Tempo {
            first_sign: self.first_sign.map(|at| at.since(self.start).to_std()),
            records: self.now.0.saturating_sub(self.before.0),
            events: self.now.1.saturating_sub(self.before.1) as u64,
        }
    }
}
