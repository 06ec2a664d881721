//! Positions and cash, ours against the broker's. A difference that two snapshots agree on becomes
//! a break; nothing is invented to explain it.

use std::collections::{BTreeMap, BTreeSet};

use polyfolio_model::broker::Snapshot;
use polyfolio_model::{ClOrdId, InstrumentId, Money, Qty, Ts};
use polyfolio_portfolio::TradingState;

use super::absence::FILLS_UNREACHED;
use super::{OnBreak, Router};
use crate::events::Event;
use crate::records::{Adopted, Break, Record};

/// The code of the break that says so: cash moved for reasons of the account's own. It is on
/// record, and nothing waits for a person.
pub const CASH: &str = "cash";

/// What the broker says less what our book says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) positions: BTreeMap<InstrumentId, Qty>,
    pub(super) cash: Money,
}

/// What snapshots have shown to differ, and since when without a change. Each instrument counts for
/// itself, and so does cash: a figure that goes on moving keeps none of the others in doubt.
#[derive(Clone, Debug, Default)]
pub(super) struct Suspects {
    positions: BTreeMap<InstrumentId, (Ts, Qty)>,
    cash: Option<(Ts, Money)>,
}

impl Suspects {
    /// What differs now: what differed as much before has done so since then, unless something was
    /// heard of it meanwhile. Then what is missing now is not what was missing before, however
    /// alike they look.
    fn seen(
        &mut self,
        difference: &Difference,
        moved: &BTreeMap<InstrumentId, Ts>,
        now: Ts,
    ) -> &Self {
        let since = |instrument: &InstrumentId, differs: Qty| match self.positions.get(instrument) {
            Some((since, known))
                if *known == differs && moved.get(instrument).is_none_or(|at| at < since) =>
            {
                *since
            }
            _ => now,
        };
        let positions = difference.positions.iter();
        let positions = positions
            .map(|(instrument, differs)| {
                let since = since(instrument, *differs);
                (instrument.clone(), (since, *differs))
            })
            .collect();
        let cash = (!difference.cash.is_zero()).then_some(difference.cash);
        let last_moved = moved.values().max();
        self.cash = cash.map(|differs| match self.cash {
            Some((since, known)) if known == differs && last_moved.is_none_or(|at| *at < since) => {
                (since, differs)
            }
            _ => (now, differs),
        });
        self.positions = positions;
        self
    }

    fn sure_positions(&self, is_sure: impl Fn(Ts) -> bool) -> BTreeMap<InstrumentId, Qty> {
        let sure = self.positions.iter().filter(|(_, seen)| is_sure(seen.0));
        sure.map(|(instrument, seen)| (instrument.clone(), seen.1))
            .collect()
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

    /// Whether the snapshot's position of an instrument is ours, and it is late enough to show all
    /// that we have heard of it.
    pub(super) fn agrees_on(
        &self,
        instrument: &InstrumentId,
        snapshot: &Snapshot,
        begun: Ts,
    ) -> bool {
        let listed = snapshot.positions.iter().filter(|(id, _)| id == instrument);
        let theirs: Qty = listed.map(|(_, quantity)| *quantity).sum();
        let ours = self.book.ledger().positions().get(instrument).copied();
        theirs == ours.unwrap_or_default() && !self.has_just_moved(instrument, begun)
    }

    /// A list shows for certain only what we had heard one propagation lag before it was asked for.
    fn has_just_moved(&self, instrument: &InstrumentId, begun: Ts) -> bool {
        let lag = self.config.capabilities.propagation_lag;
        let moved = self.account.moved.get(instrument);
        moved.is_some_and(|at| *at + lag >= begun)
    }

    /// Compares positions and cash. `false` while the next snapshot has to say more.
    pub(super) fn compare(&mut self, snapshot: &Snapshot, begun: Ts, now: Ts) -> bool {
        let mut difference = self.difference(snapshot);
        if !self.book.is_opened() {
            self.adopt(difference, "opening", now);
            return true;
        }
        if difference == Difference::default() {
            self.sync.suspects = Suspects::default();
            self.sync.broken = None;
            return true;
        }
        self.leave_out_what_moved(&mut difference, begun);
        // A list shows what happened a lag later; a bust is said by a report, which may take as long
        // as an answer.
        let capabilities = &self.config.capabilities;
        let patience = capabilities.propagation_lag.max(capabilities.ack_timeout);
        let is_sure = |since: Ts| since < now && begun >= since + patience;
        let suspects = self
            .sync
            .suspects
            .seen(&difference, &self.account.moved, now);
        let mut sure = Difference {
            positions: suspects.sure_positions(is_sure),
            cash: Money::ZERO,
        };
        let is_whole = sure.positions.len() == difference.positions.len();
        let sure_cash = suspects.cash.filter(|(since, _)| is_sure(*since));
        if is_whole && (!sure.positions.is_empty() || sure_cash.is_some()) {
            // What the positions cost moved with them; the rest of it may go on moving.
            sure.cash = difference.cash;
        }
        let is_settled = is_whole && sure != Difference::default();
        if sure != Difference::default() {
            // What was a difference before may be none any more.
            self.sync.broken = None;
            self.settle_difference(sure, now);
        }
        if is_settled {
            self.sync.suspects = Suspects::default();
        } else {
            // It may be a fill that one list has and the other has not yet.
            self.sync
                .want_snapshot(now + patience.max(self.config.snapshot_retry));
        }
        is_settled
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

    /// Two snapshots agree that our book is not the broker's. Cash moves for reasons of its own
    /// (interest, dividends, fees of the account) and is always taken over on the record;
    /// positions do so only by policy.
    fn settle_difference(&mut self, difference: Difference, now: Ts) {
        let Difference { positions, cash } = difference;
        if !cash.is_zero() && positions.is_empty() {
            let ours = self.book.ledger().cash();
            self.record_break(Break {
                instrument: None,
                code: CASH.to_owned(),
                message: format!(
                    "cash: our book says {ours}, the broker says {}; taken into unassigned at {now}",
                    ours + cash
                ),
                time: now,
            });
            self.take_over(Difference { positions, cash }, "cash", now);
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
            let found = Break {
                instrument: Some(instrument.clone()),
                code: "position".to_owned(),
                message: format!(
                    "{instrument}: our book says {ours}, the broker says {}",
                    ours + *quantity
                ),
                time: now,
            };
            self.record_break(found);
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

    /// Takes a difference over that nobody has to look at: not where an order of ours is in doubt,
    /// which may have filled just that.
    fn adopt_by_policy(&mut self, difference: Difference, now: Ts) {
        let Difference { positions, cash } = difference;
        let may_be_ours = |(id, _): &(InstrumentId, Qty)| self.book.has_doubts(id);
        let (ours, nobodys): (BTreeMap<_, _>, BTreeMap<_, _>) =
            positions.into_iter().partition(may_be_ours);
        let (waits, taken) = if ours.is_empty() {
            (Difference::default(), cash)
        } else {
            // What waits has moved cash as well, and nobody knows how much of it.
            (
                Difference {
                    positions: ours,
                    cash,
                },
                Money::ZERO,
            )
        };
        if !nobodys.is_empty() {
            let (positions, cash) = (nobodys, taken);
            self.take_over(Difference { positions, cash }, "policy", now);
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
