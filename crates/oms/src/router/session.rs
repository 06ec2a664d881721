//! The connection and the question "everything you know": when it is asked, and what a failed
//! answer means.

use std::collections::{BTreeMap, BTreeSet};

use polyfolio_model::broker::{Snapshot, SnapshotFailed};
use polyfolio_model::{ClOrdId, InstrumentId, Qty, RunId, SnapshotId, Ts};

use super::bounds;
use super::compare::Difference;
use super::suspects::Suspects;
use super::{Effect, Router};
use crate::events::Event;
use crate::protocol::Rule;

/// Where the conversation about "everything you know" stands.
#[derive(Debug, Default)]
pub(super) struct Sync {
    /// The healthy session, counted; `None` while the link is down.
    pub(super) session: Option<u32>,
    pub(super) sessions: u32,
    /// When this session, or the last one, became healthy.
    pub(super) since: Ts,
    /// Whether this session has been reconciled.
    pub(super) done: bool,
    pub(super) asked: Option<AskedFor>,
    pub(super) due: Option<Ts>,
    pub(super) last_id: u64,
    /// What snapshots have shown to differ, to be confirmed by a later one.
    pub(super) suspects: Suspects,
    /// The difference that is a break and was not taken over, as last seen.
    pub(super) broken: Option<Difference>,
    /// The highest run of an order of ours at the broker that is not on record.
    pub(super) beyond: Option<RunId>,
    /// A person takes the difference over, and waits for orders that may have filled it.
    pub(super) adopting: Option<Adopting>,
    /// Whether only cash keeps this session from being reconciled, and it is not the first one.
    pub(super) waits_for_cash: bool,
    /// Ids of ours under which the broker has another order. What it says of them is not of ours.
    pub(super) others: BTreeSet<ClOrdId>,
    /// Snapshots in a row that were not believed.
    pub(super) doubted: u32,
}

/// What a person has said of the difference.
#[derive(Clone, Debug)]
pub(super) struct Adopting {
    pub(super) reason: String,
    /// The instruments of which he knew that an order of ours may have filled it.
    pub(super) knew: BTreeSet<InstrumentId>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct AskedFor {
    id: SnapshotId,
    begun: Ts,
}

/// The account as the last snapshot showed it, carried on by fills.
#[derive(Clone, Debug, Default)]
pub(super) struct Account {
    pub(super) positions: BTreeMap<InstrumentId, Qty>,
    /// When we last heard of an execution, a bust or a fee.
    pub(super) moved: BTreeMap<InstrumentId, Ts>,
}

impl Account {
    /// A difference was taken over.
    pub(super) fn adopt_position(&mut self, instrument: &InstrumentId, by: Qty) {
        *self.positions.entry(instrument.clone()).or_default() += by;
    }

    /// Something was booked.
    pub(super) fn move_position(&mut self, instrument: &InstrumentId, by: Qty, now: Ts) {
        *self.positions.entry(instrument.clone()).or_default() += by;
        self.moved.insert(instrument.clone(), now);
    }
}

/// A snapshot that makes positions vanish is asked for again this often before it is believed
/// enough to be a break.
pub(super) const DOUBTS_MAX: u32 = 3;

impl Sync {
    pub(super) fn is_up(&self) -> bool {
        self.session.is_some()
    }

    pub(super) fn is_done(&self) -> bool {
        self.session.is_some() && self.done
    }

    /// Asks for a snapshot at `at` or before.
    pub(super) fn want_snapshot(&mut self, at: Ts) {
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
    }

    /// When to look again.
    pub(super) fn next(&self, timeout: polyfolio_model::Span) -> Option<Ts> {
        self.session?;
        match self.asked {
            Some(asked) => Some(asked.begun + timeout),
            None => self.due,
        }
    }
}

impl Router {
    pub(super) fn link_up(&mut self, now: Ts) {
        self.sync.sessions += 1;
        self.sync.session = Some(self.sync.sessions);
        self.sync.since = now;
        self.sync.done = self.sync.sessions > 1 && !self.keeps(Rule::ReconnectReconcilesFirst);
        self.sync.asked = None;
        self.sync.suspects = Suspects::default();
        self.sync.want_snapshot(now);
        let in_a_session = self.keeps(Rule::AbsenceStaysInASession);
        for (id, watch) in &mut self.watches {
            // An absence proof never spans a reconnect.
            watch.absent_since = watch.absent_since.filter(|_| !in_a_session);
            let is_closed = self.book.child(*id).is_some_and(|child| child.is_closed());
            if is_closed {
                // After a restart the settle wait begins anew.
                watch.closed_at.get_or_insert(now);
            }
            if watch.sent_at.is_none() {
                watch.sent_at = Some(now);
                self.checks
                    .set(*id, now + self.config.capabilities.ack_timeout);
            }
        }
        let detail = format!("session {}", self.sync.sessions);
        self.publish(Event::LinkChanged {
            ready: true,
            detail,
        });
    }

    pub(super) fn link_down(&mut self, reason: String) {
        self.sync.session = None;
        self.sync.done = false;
        self.sync.asked = None;
        self.publish(Event::LinkChanged {
            ready: false,
            detail: reason,
        });
    }

    /// Asks for a snapshot when one is due, and gives up on one that does not come.
    pub(super) fn tend_snapshots(&mut self, now: Ts) {
        let timeout = self.snapshot_timeout();
        if let Some(asked) = self.sync.asked {
            if now < asked.begun + timeout {
                return;
            }
            self.snapshot_failed("the broker did not answer in time".to_owned(), now);
        }
        if self.sync.is_up() && self.sync.due.is_some_and(|due| due <= now) {
            // Above every id of a process before this one, whose answers may still come.
            let by_time = u64::try_from(now.nanos()).unwrap_or(0);
            self.sync.last_id = by_time.max(self.sync.last_id + 1);
            let id = SnapshotId(self.sync.last_id);
            self.sync.due = None;
            self.sync.asked = Some(AskedFor { id, begun: now });
            self.out.commands.push(Effect::Snapshot(id));
        }
    }

    pub(super) fn snapshot_timeout(&self) -> polyfolio_model::Span {
        let capabilities = &self.config.capabilities;
        capabilities.ack_timeout + capabilities.ack_timeout
    }

    pub(super) fn snapshot_failed(&mut self, reason: String, now: Ts) {
        self.sync.asked = None;
        self.sync.want_snapshot(now + self.config.snapshot_retry);
        self.publish(Event::SnapshotFailed { reason });
    }

    /// An answer. One that was not asked for in this session is void.
    pub(super) fn take_snapshot(
        &mut self,
        id: SnapshotId,
        answer: Result<Snapshot, SnapshotFailed>,
        now: Ts,
    ) {
        let Some(asked) = self.sync.asked.filter(|asked| asked.id == id) else {
            return;
        };
        self.sync.asked = None;
        match answer {
            Err(failed) => self.snapshot_failed(failed.to_string(), now),
            Ok(snapshot) => match bounds::of_snapshot(&snapshot) {
                Some(what) => self.snapshot_failed(format!("it is not believed: {what}"), now),
                None => self.merge(&snapshot, asked.begun, now),
            },
        }
    }
}
