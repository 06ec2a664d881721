//! Positions and cash, ours against the broker's. A difference that snapshots agree on becomes a
//! break; nothing is invented to explain it.

use std::collections::{BTreeMap, BTreeSet};

use polyfolio_model::broker::Snapshot;
use polyfolio_model::{ClOrdId, InstrumentId, Money, Qty, Ts};
use polyfolio_portfolio::TradingState;

use super::absence::FILLS_UNREACHED;
use super::suspects::{Look, Suspects};
use super::watch::Watch;
use super::{OnBreak, Router};
use crate::child::Child;
use crate::events::Event;
use crate::records::{Adopted, Break, Record};

/// The code of the break that says so: cash moved for reasons of the account's own. It is on
/// record, and nothing waits for a person.
pub const CASH: &str = "cash";

/// The code of the break that says so: a position of ours is not the broker's.
pub(super) const POSITION: &str = "position";

/// What the broker says less what our book says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) positions: BTreeMap<InstrumentId, Qty>,
    pub(super) cash: Money,
}

impl Difference {
    /// What waits of it, and the rest. What waits has moved cash as well, and nobody knows how much
    /// of it.
    pub(super) fn split(self, waits: impl Fn(&InstrumentId) -> bool) -> (Self, Self) {
        let (waiting, rest): (BTreeMap<_, _>, BTreeMap<_, _>) =
            self.positions.into_iter().partition(|(id, _)| waits(id));
        let (cash_waits, cash) = match waiting.is_empty() {
            true => (Money::ZERO, self.cash),
            false => (self.cash, Money::ZERO),
        };
        let of = |positions, cash| Self { positions, cash };
        (of(waiting, cash_waits), of(rest, cash))
    }
}

impl Router {
    /// Whether believing the snapshot would make more of the book vanish than is plausible.
    pub(super) fn would_vanish(&self, snapshot: &Snapshot) -> bool {
        if !self.book.is_opened() {
            return false;
        }
        let there: BTreeSet<&InstrumentId> = snapshot
            .positions
            .iter()
            .filter(|(_, q)| !q.is_zero())
            .map(|(i, _)| i)
            .collect();
        let mut accounts = self.book.ledger().accounts();
        if accounts.all(|(_, account)| account.positions.keys().all(|i| there.contains(i))) {
            return false;
        }
        let held = self.book.ledger().positions();
        let gone = held
            .keys()
            .filter(|instrument| !there.contains(instrument))
            .count();
        gone >= 2 && gone as f64 > self.config.vanish_share_max * held.len() as f64
    }

    /// Whether the snapshot's position of an instrument is ours.
    pub(super) fn agrees_on(&self, instrument: &InstrumentId, snapshot: &Snapshot) -> bool {
        let listed = snapshot.positions.iter().filter(|(id, _)| id == instrument);
        let theirs: Qty = listed.map(|(_, quantity)| *quantity).sum();
        let ours = self.book.ledger().positions().get(instrument).copied();
        theirs == ours.unwrap_or_default()
    }

    /// A list shows for certain only what we had heard one propagation lag before it was asked for.
    pub(super) fn has_just_moved(&self, instrument: &InstrumentId, begun: Ts) -> bool {
        let lag = self.config.capabilities.propagation_lag;
        let moved = self.account.moved.get(instrument);
        moved.is_some_and(|at| *at + lag >= begun)
    }

    /// Compares positions and cash. `false` while the next snapshot has to say more.
    pub(super) fn compare(&mut self, snapshot: &Snapshot, begun: Ts, now: Ts) -> bool {
        let difference = self.difference(snapshot);
        if !self.book.is_opened() {
            self.adopt(difference, "opening", now);
            return true;
        }
        self.known_differences
            .retain(|instrument, _| difference.positions.contains_key(instrument));
        if difference == Difference::default() {
            self.sync.suspects = Suspects::default();
            self.sync.broken = None;
            self.sync.waits_for_cash = false;
            return true;
        }
        // A list shows what happened a lag later; a bust is said by a report, which may take as long
        // as an answer.
        let capabilities = &self.config.capabilities;
        let look = Look {
            begun,
            now,
            patience: capabilities.propagation_lag.max(capabilities.ack_timeout),
        };
        let is_cash_alone = difference.positions.is_empty();
        let (sure, is_whole) = self.what_is_sure(difference, &look);
        let is_settled = is_whole && sure != Difference::default();
        if sure != Difference::default() {
            // What was a difference before may be none any more.
            self.sync.broken = None;
            self.settle_difference(sure, now);
        }
        // Who is connected again in the middle of a run does not let it stand still for cash.
        self.sync.waits_for_cash = !is_settled && is_cash_alone && self.sync.sessions > 1;
        if is_settled {
            self.sync.suspects = Suspects::default();
        } else {
            // It may be a fill that one list has and the other has not yet.
            self.sync
                .want_snapshot(now + look.patience.max(self.config.snapshot_retry));
        }
        is_settled
    }

    /// What of a difference enough snapshots agree on, and whether that is all that can be looked at
    /// now.
    fn what_is_sure(&mut self, mut difference: Difference, look: &Look) -> (Difference, bool) {
        let all = difference.positions.clone();
        self.leave_out_what_moved(&mut difference, look.begun);
        let mut suspects = std::mem::take(&mut self.sync.suspects);
        suspects.see(&all, difference.cash, &self.account.moved, look);
        let mut sure = Difference {
            positions: suspects.sure_positions(look, |instrument| self.is_traded(instrument)),
            cash: Money::ZERO,
        };
        let sure_cash = suspects.sure_cash(look);
        self.sync.suspects = suspects;
        let may_be_one = |id: &InstrumentId| difference.positions.contains_key(id);
        sure.positions
            .retain(|instrument, _| may_be_one(instrument));
        let is_whole = sure.positions.len() == difference.positions.len();
        if is_whole && (!sure.positions.is_empty() || sure_cash) {
            // What the positions cost moved with them; the rest of it may go on moving.
            sure.cash = difference.cash;
        }
        (sure, is_whole)
    }

    /// Whether an order of this instrument is not over: it may have filled, and nobody said so yet.
    fn is_traded(&self, instrument: &InstrumentId) -> bool {
        let orders = self.watches.keys().filter_map(|id| self.book.child(*id));
        let mut of = orders.map(|child| &child.order.instrument);
        of.any(|traded| traded == instrument)
    }

    /// Where something moved since a list shows it for certain, a difference says nothing yet; cash
    /// moves with everything.
    fn leave_out_what_moved(&self, difference: &mut Difference, begun: Ts) {
        difference
            .positions
            .retain(|instrument, _| !self.has_just_moved(instrument, begun));
        let mut moved = self.account.moved.keys();
        if moved.any(|instrument| self.has_just_moved(instrument, begun)) {
            difference.cash = Money::ZERO;
        }
    }

    fn difference(&self, snapshot: &Snapshot) -> Difference {
        let mut positions: BTreeMap<InstrumentId, Qty> = BTreeMap::new();
        for (instrument, quantity) in &snapshot.positions {
            *positions.entry(instrument.clone()).or_default() += *quantity;
        }
        let accounts = self.book.ledger().accounts();
        for (instrument, quantity) in accounts.flat_map(|(_, account)| &account.positions) {
            match positions.get_mut(instrument) {
                Some(difference) => *difference -= *quantity,
                None => drop(positions.insert(instrument.clone(), -*quantity)),
            }
        }
        positions.retain(|_, quantity| !quantity.is_zero());
        let cash = snapshot
            .cash
            .map_or(Money::ZERO, |cash| cash - self.book.ledger().cash());
        Difference { positions, cash }
    }

    /// Enough snapshots agree that our book is not the broker's. Cash moves for reasons of its own
    /// (interest, dividends, fees of the account) and is always taken over on the record;
    /// positions do so only by policy.
    fn settle_difference(&mut self, difference: Difference, now: Ts) {
        let Difference { positions, cash } = difference;
        if !cash.is_zero() && positions.is_empty() {
            let ours = self.book.ledger().cash();
            self.put_on_record(Break {
                instrument: None,
                code: CASH.to_owned(),
                message: format!(
                    "cash: our book says {ours}, the broker says {}; taken into unassigned at {now}",
                    ours + cash
                ),
                time: now,
            });
            self.take_over(Difference { positions, cash }, CASH, now);
            return;
        }
        for (instrument, quantity) in &positions {
            let ours = self
                .book
                .ledger()
                .positions()
                .get(instrument)
                .copied()
                .unwrap_or_default();
            let message = format!(
                "{instrument}: our book says {ours}, the broker says {}",
                ours + *quantity
            );
            self.record_difference(instrument, message, now);
        }
        self.stop_what_may_be_ours(&positions, now);
        let difference = Difference { positions, cash };
        match self.config.on_break {
            OnBreak::Adopt => self.adopt_by_policy(difference, now),
            OnBreak::Halt => {
                self.sync.broken = Some(difference);
                let reason = "our book is not the broker's (on_break = \"halt\")".to_owned();
                self.set_trading(TradingState::Halted, reason, now);
            }
        }
    }

    /// A difference may be a fill of an order of ours that is over, and that no list shows: its
    /// instrument waits for a person then.
    fn stop_what_may_be_ours(&mut self, positions: &BTreeMap<InstrumentId, Qty>, now: Ts) {
        let unlisted = self.watches.iter().filter(|(_, watch)| watch.unlisted);
        let may_be_it = |id: &ClOrdId| {
            let child = self.book.child(*id);
            child.is_some_and(|child| positions.contains_key(&child.order.instrument))
        };
        let orders = unlisted.map(|(id, _)| *id).filter(may_be_it);
        for id in orders.collect::<Vec<_>>() {
            self.cannot_prove(id, FILLS_UNREACHED, now);
        }
    }

    /// Whether a difference of this instrument may be a fill of ours: an order of it is not over,
    /// and what it has filled is not known; or a person has to say what became of one.
    fn may_be_ours(&self, instrument: &InstrumentId) -> bool {
        self.book.has_doubts(instrument) || self.has_undecided(instrument, |_| true)
    }

    /// Whether an order of this instrument waits to be proved absent, or to be settled.
    pub(super) fn has_undecided(
        &self,
        instrument: &InstrumentId,
        counts: impl Fn(&Watch) -> bool,
    ) -> bool {
        self.watches.iter().any(|(id, watch)| {
            let child = self.book.child(*id);
            let is_such =
                |c: &Child| c.order.instrument == *instrument && (c.is_unknown() || c.is_closed());
            child.is_some_and(is_such) && counts(watch)
        })
    }

    /// Takes a difference over that nobody has to look at: not where it may be a fill of ours.
    fn adopt_by_policy(&mut self, difference: Difference, now: Ts) {
        let (waits, taken) = difference.split(|instrument| self.may_be_ours(instrument));
        if taken != Difference::default() {
            self.take_over(taken, "policy", now);
        }
        self.sync.broken = Some(waits).filter(|waits| *waits != Difference::default());
    }

    /// Adopts without being asked, and says so.
    fn take_over(&mut self, difference: Difference, reason: &str, now: Ts) {
        self.publish(Event::DifferenceAdopted {
            by_command: false,
            positions: difference.positions.clone(),
            cash: difference.cash,
        });
        self.adopt(difference, reason, now);
    }

    pub(super) fn adopt(&mut self, difference: Difference, reason: &str, now: Ts) {
        let Difference { positions, cash } = difference;
        let reason = reason.to_owned();
        for (instrument, quantity) in &positions {
            self.account.adopt_position(instrument, *quantity);
        }
        self.record(Record::Adopted(Adopted {
            positions,
            cash,
            reason,
            time: now,
        }));
    }
}
