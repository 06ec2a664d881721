//! Orders in doubt. Unknown ends by evidence only: the venue speaks of the order, or complete
//! snapshots prove that it is not there.
//!
//! The proof: on one healthy session, two complete snapshots, both begun after the venue's
//! horizon has passed since the send and its propagation lag since the session began, the second
//! begun at least that lag after the first was answered, that reach back to the intent and list no
//! such order. "Could not ask" is not "asked, not there".

use polyfolio_model::broker::{DuplicateScope, Snapshot};
use polyfolio_model::{ClOrdId, NewOrder, OrdStatus, OrderFacts, Span, Ts};
use polyfolio_portfolio::TradingState;

use super::send::Wanted;
use super::watch::Watch;
use super::{Effect, Router};
use crate::book::ParentState;
use crate::doubt::in_doubt;
use crate::events::Event;
use crate::protocol::Rule;
use crate::records::{AtDeadline, ParentStage, Record, Withdrawn};

/// The code of the break that says so: the broker has lost an order that it had acknowledged.
pub const LOST_ORDER: &str = "lost_order";

/// The evidence that an order does not exist at the venue.
const ABSENCE: &str = "two complete snapshots after the venue's horizon do not list it";

/// Why nobody can say what an order that is over has filled; the order's close may have come before
/// its last fill.
pub(super) const FILLS_UNREACHED: &str = "the broker's lists do not reach back to its fills";

/// How many snapshots may fail to show all fills of a closed order before a person is told.
const LOOKS_MAX: u32 = 30;

/// How far the venue's clock may be from ours.
const CLOCK_MARGIN: Span = Span::from_secs(5);

/// Whether lists that begin at `back`, by the venue's clock, hold what happened since `from`, by
/// ours.
fn reaches(back: Option<Ts>, from: Ts) -> bool {
    back.is_none_or(|back| back + CLOCK_MARGIN <= from)
}

/// How often one order is sent under its one id before it is given up.
const ATTEMPTS_MAX: u32 = 3;

impl Router {
    /// Looks at the orders whose time has come: those that nobody spoke of, those whose cancel
    /// was not answered, those whose last fill may still be on its way.
    pub(super) fn tend_orders(&mut self, now: Ts) {
        for id in self.checks.due(now) {
            let Some(child) = self.book.child(id) else {
                continue;
            };
            if child.is_unknown() {
                self.doubt(id, now);
            } else if child.is_closed() {
                self.sync.want_snapshot(now);
            } else if child.state.cancel_in_flight() {
                self.press(id, now);
            } else {
                // A cancel was refused; whether to ask again is the parent's to say.
                self.dirty.insert(id.parent_id());
            }
        }
    }

    /// Nobody has answered a cancel: ask how the order stands, and ask again.
    fn press(&mut self, id: ClOrdId, now: Ts) {
        if self.sync.is_up() {
            self.out.commands.push(Effect::Query(id));
            self.cancel(id, now);
        }
        if !self.sync.is_up() || self.config.looks_only {
            let timeout = self.config.capabilities.ack_timeout;
            self.checks.set(id, now + timeout);
        }
    }

    /// Nobody has spoken of an order for too long: say so, ask, and look for a proof.
    fn doubt(&mut self, id: ClOrdId, now: Ts) {
        let capabilities = &self.config.capabilities;
        let (timeout, horizon) = (capabilities.ack_timeout, capabilities.absence_horizon);
        let Some(watch) = self.watches.get_mut(&id) else {
            return;
        };
        let Some(sent_at) = watch.sent_at else { return };
        if !self.protocol.keeps(Rule::SilenceIsUnknown) {
            return self.declare_absent(id, now);
        }
        if !std::mem::replace(&mut watch.told, true) {
            let symbol = self
                .book
                .child(id)
                .map(|child| child.order.instrument.clone());
            if let Some(symbol) = symbol {
                self.publish(Event::OrderUnknown {
                    cl_ord_id: id,
                    symbol,
                });
            }
        }
        if self.sync.is_up() {
            self.out.commands.push(Effect::Query(id));
            self.sync.want_snapshot(now.max(sent_at + horizon));
        }
        self.checks.set(id, now + timeout);
    }

    /// A complete snapshot, begun at `begun`, does not list this order.
    pub(super) fn not_listed(
        &mut self,
        id: ClOrdId,
        begun: Ts,
        reaches_back_to: Option<Ts>,
        now: Ts,
    ) {
        let (Some(child), Some(watch)) = (self.book.child(id), self.watches.get_mut(&id)) else {
            return;
        };
        let capabilities = &self.config.capabilities;
        let was_known = child.evidence;
        // A clock that ticks in steps must still see two moments.
        let lag = capabilities.propagation_lag.max(Span::from_millis(1));
        let Some(sent_at) = watch.sent_at else { return };
        let listed_by = watch.heard_at.map(|heard| heard + lag);
        // A connection that comes back lets go of what a gateway held: it is listed a lag later.
        let let_go = if self.protocol.keeps(Rule::AbsenceStaysInASession) {
            self.sync.since + lag
        } else {
            sent_at
        };
        let horizon = (sent_at + capabilities.absence_horizon).max(let_go);
        let earliest = listed_by.map_or(horizon, |by| by.max(horizon));
        if begun < earliest && self.protocol.keeps(Rule::AbsenceWaitsForTheHorizon) {
            self.sync.want_snapshot(earliest);
        } else if self.protocol.keeps(Rule::AbsenceNeedsListsThatReachBack)
            && !reaches(reaches_back_to, child.decided)
        {
            self.cannot_prove(id, "the broker's lists do not reach back to it", now);
        } else {
            // From the answer, not from the question: the lists are read somewhere between the two.
            let first = *watch.absent_since.get_or_insert(now);
            if begun < first + lag && self.protocol.keeps(Rule::AbsenceTakesTwoSnapshots) {
                self.sync.want_snapshot(first + lag);
            } else if was_known {
                self.lost(id, now);
            } else {
                self.absent(id, now);
            }
        }
    }

    /// The venue acknowledged an order, and complete snapshots prove that it has it no more, ended
    /// or not: its book is not ours. A person has to look; what it executed stays booked.
    fn lost(&mut self, id: ClOrdId, now: Ts) {
        if !self.sync.is_done() {
            self.sync.want_snapshot(now + self.config.snapshot_retry);
            return;
        }
        let Some(child) = self.book.child(id) else {
            return;
        };
        let (order_qty, cum_qty) = (child.order.order_qty, child.cum_qty());
        let message = format!(
            "the broker has lost order {id} of {order_qty}, which it had acknowledged: \
             {cum_qty} of it filled, the rest is neither open nor done"
        );
        self.break_on(id, LOST_ORDER, message, now);
        self.declare_absent(id, now);
    }

    /// The proof is complete. What follows depends on what the venue promises.
    fn absent(&mut self, id: ClOrdId, now: Ts) {
        let capabilities = &self.config.capabilities;
        let bounded = capabilities.late_acceptance_bounded;
        let unique = capabilities.duplicates == DuplicateScope::Forever;
        let refused = self.watches.get(&id).is_some_and(|watch| watch.refused);
        let again = !refused && !self.config.looks_only && self.is_still_wanted(id, now);
        if !self.sync.is_done() {
            // Nothing is sent, and no room is given out, before the first reconcile.
            self.sync.want_snapshot(now + self.config.snapshot_retry);
        } else if !bounded && !unique && self.keeps(Rule::RepeatOnlyWhereItIsSafe) {
            self.cannot_prove(
                id,
                "the venue may still accept it, and would accept it twice",
                now,
            );
        } else if again {
            self.repeat(id, now);
        } else if bounded {
            self.declare_absent(id, now);
        } else if unique && !refused && self.is_left_to_who_works(id, now) {
            // Sent again by then, perhaps; a look decides nothing.
            self.sync
                .want_snapshot(now + self.config.capabilities.ack_timeout);
        } else {
            self.cannot_prove(id, "the venue may still accept it", now);
        }
    }

    fn repeat(&mut self, id: ClOrdId, now: Ts) {
        if self.keeps(Rule::RepeatKeepsTheId) {
            return self.submit_again(id, now);
        }
        let Some(child) = self.book.child(id) else {
            return;
        };
        let NewOrder {
            order_qty,
            ord_type,
            time_in_force,
            ..
        } = child.order.clone();
        self.declare_absent(id, now);
        let wanted = Wanted {
            order_qty,
            ord_type,
            time_in_force,
        };
        self.submit(id.parent_id(), wanted, now);
    }

    /// Whether a router that works would repeat it, and no person waits for an answer.
    fn is_left_to_who_works(&self, id: ClOrdId, now: Ts) -> bool {
        self.config.looks_only && self.sync.adopting.is_none() && self.is_still_wanted(id, now)
    }

    fn is_still_wanted(&self, id: ClOrdId, now: Ts) -> bool {
        let (Some(child), Some(parent)) = (self.book.child(id), self.book.parent(id.parent_id()))
        else {
            return false;
        };
        self.has_time_for_a_repeat(parent, now)
            && child.attempts < ATTEMPTS_MAX
            && self.book.trading().0 == TradingState::Active
            && !self.book.stopped().contains_key(&child.order.instrument)
            && self.stopping.is_none()
            && !self.resolving.contains_key(&id)
    }

    /// While a parent is worked, and, where nothing else can say what became of an order, while its
    /// remainder is swept: under its own id it is refused if it exists, and swept if it does not.
    fn has_time_for_a_repeat(&self, parent: &ParentState, now: Ts) -> bool {
        let capabilities = &self.config.capabilities;
        let (stage, parent) = (&parent.stage, &parent.parent);
        match stage {
            ParentStage::Working => now < parent.deadline,
            ParentStage::Winding | ParentStage::Sweeping => {
                !capabilities.late_acceptance_bounded
                    && parent.at_deadline == AtDeadline::Sweep
                    && now < parent.deadline + parent.sweep_for
            }
            ParentStage::Done { .. } => false,
        }
    }

    pub(super) fn declare_absent(&mut self, id: ClOrdId, now: Ts) {
        self.publish(Event::OrderGone {
            cl_ord_id: id,
            evidence: ABSENCE.to_owned(),
        });
        self.record_absence(id, now);
        self.forget(id, now);
    }

    /// The proof, on record; a repeat stands behind it.
    pub(super) fn record_absence(&mut self, id: ClOrdId, now: Ts) {
        self.record(Record::Absent(Withdrawn {
            cl_ord_id: id,
            evidence: ABSENCE.to_owned(),
            time: now,
        }));
    }

    /// The order stays Unknown, its quantity stays reserved, its instrument waits for a person.
    pub(super) fn cannot_prove(&mut self, id: ClOrdId, why: &'static str, now: Ts) {
        let Some(child) = self.book.child(id) else {
            return;
        };
        let instrument = child.order.instrument.clone();
        if let Some(watch) = self.watches.get_mut(&id) {
            watch.unprovable = Some(why);
        }
        self.stop_instrument(instrument, in_doubt(id, why), now);
    }

    /// An order whose state has changed: settled, or to be looked at again.
    pub(super) fn recheck(&mut self, id: ClOrdId, now: Ts) {
        self.dirty.insert(id.parent_id());
        let Some(child) = self.book.child(id) else {
            return;
        };
        if !child.is_closed() {
            self.watch_again(id, now);
            return;
        }
        if child.state.missing_qty().is_positive() {
            // Also an order that was settled before an execution of it was busted.
            self.watches.entry(id).or_insert_with(|| Watch::sent(now));
        }
        let is_over = (child.is_closed_as_known() && self.config.capabilities.settle == Span::ZERO)
            || !self.keeps(Rule::CloseWaitsToSettle);
        let (held_back, retry) = (child.is_setback(), self.config.snapshot_retry);
        let Some(watch) = self.watches.get_mut(&id) else {
            return;
        };
        if held_back && watch.closed_at.is_none() {
            // Not at once: what was refused now will most likely be refused now.
            self.held_back.insert(id.parent_id(), now + retry);
        }
        let since = *watch.closed_at.get_or_insert(now);
        if is_over {
            self.forget(id, now);
        } else {
            let settled = self.settled_at(since);
            self.sync.want_snapshot(settled);
            self.checks
                .set(id, settled + self.config.capabilities.ack_timeout);
        }
    }

    /// An order that was over and works again, because an execution of it was busted.
    fn watch_again(&mut self, id: ClOrdId, now: Ts) {
        let is_working = self.book.child(id).is_some_and(|child| child.is_working());
        if is_working {
            let watch = self.watches.entry(id).or_insert_with(|| Watch::sent(now));
            watch.closed_at = None;
        }
    }

    /// From when on a snapshot shows every fill of an order that closed at `closed_at`: the last
    /// one may come a settle wait later, and be listed another lag after that.
    fn settled_at(&self, closed_at: Ts) -> Ts {
        closed_at + self.config.capabilities.settle + self.config.capabilities.propagation_lag
    }

    /// A closed order as a complete snapshot shows it. Its room is given out again when the
    /// snapshot was begun late enough and our executions account for all that it shows. Where the
    /// lists begin behind the order, the position has to say as much.
    pub(super) fn settle(
        &mut self,
        id: ClOrdId,
        begun: Ts,
        listed: Option<&OrderFacts>,
        snapshot: &Snapshot,
        now: Ts,
    ) {
        let (Some(child), Some(watch)) = (self.book.child(id), self.watches.get(&id)) else {
            return;
        };
        let instrument = &child.order.instrument;
        // What has nothing left to fill hides nothing.
        let is_whole =
            child.cum_qty() >= child.order_qty_max() || child.status() == OrdStatus::Rejected;
        let is_unreached =
            listed.is_none() && !is_whole && !reaches(snapshot.reaches_back_to, child.decided);
        let has_just_moved = is_unreached && self.has_just_moved(instrument, begun);
        let is_borne_out = !is_unreached || self.agrees_on(instrument, snapshot);
        let settled = self.settled_at(watch.closed_at.unwrap_or(now));
        let (cum_qty, is_missing) = (child.cum_qty(), child.state.missing_qty().is_positive());
        let is_settled = child.is_accounted();
        let is_accounted = !is_missing && listed.is_none_or(|order| order.cum_qty <= cum_qty);
        if let Some(end) = listed.filter(|order| is_missing && order.cum_qty <= cum_qty)
            && begun >= settled
        {
            // An execution was busted after the close: what the list says of it is its end now.
            self.hear_end(id, end, now);
        } else if begun < settled {
            self.sync.want_snapshot(settled);
        } else if !is_settled && is_unreached {
            // Also one whose close came without a quantity: a fill of it may stand in no list.
            self.cannot_prove(id, FILLS_UNREACHED, now);
        } else if is_accounted && has_just_moved {
            // A position that does not show it yet bears nothing out.
            let lag = self.config.capabilities.propagation_lag;
            self.sync
                .want_snapshot(now + lag.max(self.config.snapshot_retry));
        } else if is_accounted && is_borne_out {
            self.forget(id, now);
        } else if self.looks_in_vain(id, is_unreached) >= LOOKS_MAX {
            let unlisted = "no list of executions accounts for all that it filled";
            let why = if is_unreached {
                FILLS_UNREACHED
            } else {
                unlisted
            };
            self.cannot_prove(id, why, now);
        } else {
            self.sync.want_snapshot(now + self.config.snapshot_retry);
        }
    }

    /// Counts a snapshot that should have shown every fill of a closed order, and did not; or that
    /// reaches back to none of them, and whose position is not what we know of.
    fn looks_in_vain(&mut self, id: ClOrdId, is_unreached: bool) -> u32 {
        self.watches.get_mut(&id).map_or(0, |watch| {
            watch.unlisted = is_unreached;
            watch.looked_in_vain = watch.looked_in_vain.saturating_add(1);
            watch.looked_in_vain
        })
    }

    /// An order that is over, and of which all is known. An instrument that stopped for it goes on.
    pub(super) fn forget(&mut self, id: ClOrdId, now: Ts) {
        self.watches.remove(&id);
        self.checks.clear(&id);
        self.dirty.insert(id.parent_id());
        self.free_or_name_the_next(id, now);
    }
}
