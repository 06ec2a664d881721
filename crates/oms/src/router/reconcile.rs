//! The broker's facts and ours made one: after every connection, whenever an order is in doubt,
//! and at the end of a run.
//!
//! Open orders, executions and positions are independent facts; failing to explain one never
//! deletes another. Facts are merged, never replaced. Twice equals once, and what is written is a
//! function of the broker's facts.

use std::collections::{BTreeMap, BTreeSet};

use polyfolio_model::broker::{AccountFill, Snapshot};
use polyfolio_model::{ClOrdId, ExecKind, ExecutionReport, OrdStatus, OrderFacts, Ts};

use super::Router;
use super::session::DOUBTS_MAX;
use crate::child::Child;
use crate::events::{AccountMark, Event, Finding, Reconciled, Settled};

impl Router {
    pub(super) fn merge(&mut self, snapshot: &Snapshot, begun: Ts, now: Ts) {
        let mut found = Reconciled::default();
        let unanswered: BTreeSet<ClOrdId> = self
            .watches
            .keys()
            .filter(|id| {
                self.book
                    .child(**id)
                    .is_some_and(|child| child.is_unknown())
            })
            .copied()
            .collect();
        let others = self.find_mismatches(snapshot, now);
        self.sync.others.clone_from(&others);
        self.recover_lost(snapshot, now);
        self.merge_fills(&snapshot.fills, &others, &mut found, now);
        self.merge_orders(&snapshot.orders, &others, &mut found, now);
        if self.would_vanish(snapshot) && self.sync.doubted < DOUBTS_MAX {
            // What is listed is a fact; what is not listed proves nothing here.
            self.sync.doubted += 1;
            self.snapshot_failed("it would make most positions vanish".to_owned(), now);
            return;
        }
        self.sync.doubted = 0;
        self.judge_orders(snapshot, begun, now);
        let settled = self.compare(snapshot, begun, now);
        found.settled = self.findings(&unanswered);
        let broken = self.sync.broken.clone().unwrap_or_default();
        (found.differences, found.cash_difference) = (broken.positions, broken.cash);
        found.working = self
            .book
            .open_children()
            .filter(|child| child.is_working())
            .count() as u32;
        if (settled || self.sync.waits_for_cash) && !self.sync.done {
            self.sync.done = true;
            self.look_at_everything();
            self.publish(Event::Reconciled(found));
        }
        if settled {
            self.mark(snapshot, begun, now);
        }
    }

    fn merge_fills(
        &mut self,
        fills: &[AccountFill],
        others: &BTreeSet<ClOrdId>,
        found: &mut Reconciled,
        now: Ts,
    ) {
        for seen in fills {
            let ours = |id: &ClOrdId| self.is_ours(*id) && !others.contains(id);
            let Some(id) = seen.cl_ord_id.filter(ours) else {
                continue;
            };
            if self.book.has_left(id) {
                continue;
            }
            if self.book.is_lost(id) {
                // Its order is in no list: what it moved shows as a difference.
                continue;
            }
            let Some(child) = self.book.child(id) else {
                self.find_unknown_order(id, now);
                continue;
            };
            if !child.state.has_exec(&seen.fill.exec_id) {
                found.fills_found += 1;
            }
            if let Some(kind) = news_of(child, seen) {
                let report = ExecutionReport {
                    cl_ord_id: id,
                    venue_id: None,
                    time: seen.time,
                    kind,
                };
                self.hear(report, now);
            }
        }
    }

    fn merge_orders(
        &mut self,
        orders: &[OrderFacts],
        others: &BTreeSet<ClOrdId>,
        found: &mut Reconciled,
        now: Ts,
    ) {
        for order in orders {
            if order.cl_ord_id.is_some_and(|id| others.contains(&id)) {
                continue;
            }
            match order.cl_ord_id.filter(|id| self.is_ours(*id)) {
                Some(id) => self.merge_order(id, order, now),
                None if order.is_open() => found.foreign_orders += 1,
                None => {}
            }
        }
    }

    fn merge_order(&mut self, id: ClOrdId, listed: &OrderFacts, now: Ts) {
        let Some(child) = self.book.child(id) else {
            match self.book.has_left(id) {
                true if listed.is_open() => self.find_risen_order(listed, id, now),
                true => {}
                false => self.find_unknown_order(id, now),
            }
            return;
        };
        if is_gone_as_listed(child, listed) {
            return;
        }
        if let Some(watch) = self.watches.get_mut(&id).filter(|_| listed.is_open()) {
            // A list can say what becomes of it after all.
            watch.unprovable = None;
        }
        let evidence = child.evidence && child.gone.is_none();
        let closed = !child.state.is_open();
        let mut cum_qty = child.cum_qty();
        let say = |router: &mut Self, kind| {
            let venue_id = Some(listed.venue_id.clone());
            router.hear(
                ExecutionReport {
                    cl_ord_id: id,
                    venue_id,
                    time: now,
                    kind,
                },
                now,
            );
        };
        let is_there = (!evidence && listed.status != OrdStatus::Rejected).then_some(ExecKind::New);
        let ended = end_of(listed).filter(|_| !closed);
        for kind in is_there.into_iter().chain(ended) {
            say(self, kind);
            cum_qty = self.book.child(id).map_or(cum_qty, |child| child.cum_qty());
        }
        if listed.cum_qty > cum_qty {
            // The list of orders is ahead of the list of executions: ask again.
            self.sync.want_snapshot(now + self.config.snapshot_retry);
        }
    }

    /// Orders that the snapshot does not list, and closed ones that wait to be settled.
    fn judge_orders(&mut self, snapshot: &Snapshot, begun: Ts, now: Ts) {
        // Of an order that was sent twice, "rejected" may speak of one copy; that no copy is listed
        // otherwise is what the proof of absence asks.
        let is_there = |o: &&OrderFacts| o.status != OrdStatus::Rejected;
        let listed: BTreeMap<ClOrdId, &OrderFacts> = snapshot
            .orders
            .iter()
            .filter(is_there)
            .filter_map(|o| Some((o.cl_ord_id?, o)))
            .filter(|(id, _)| self.watches.contains_key(id))
            .collect();
        for id in self.watches.keys().copied().collect::<Vec<_>>() {
            let Some(child) = self.book.child(id) else {
                continue;
            };
            let (open, closed) = (child.is_unknown() || child.is_working(), child.is_closed());
            match listed.get(&id) {
                None if open => self.not_listed(id, begun, snapshot.reaches_back_to, now),
                order if closed => self.settle(id, begun, order.copied(), snapshot, now),
                Some(order) => self.still_listed(id, order, begun, now),
                None => {}
            }
        }
    }

    /// What a list says of the end of an order.
    pub(super) fn hear_end(&mut self, id: ClOrdId, listed: &OrderFacts, now: Ts) {
        let Some(kind) = end_of(listed) else { return };
        let report = ExecutionReport {
            cl_ord_id: id,
            venue_id: Some(listed.venue_id.clone()),
            time: now,
            kind,
        };
        self.hear(report, now);
    }

    pub(super) fn is_ours(&self, id: ClOrdId) -> bool {
        id.deployment == self.book.deployment()
    }

    fn findings(&self, unanswered: &BTreeSet<ClOrdId>) -> Vec<Settled> {
        let found = unanswered
            .iter()
            .filter_map(|id| self.book.child(*id))
            .map(|child| Settled {
                cl_ord_id: child.id(),
                symbol: child.order.instrument.clone(),
                side: child.order.side,
                order_qty: child.order.order_qty,
                ord_type: child.order.ord_type,
                finding: if child.evidence {
                    let (cum_qty, leaves_qty) = (child.cum_qty(), child.state.leaves_qty());
                    Finding::Adopted {
                        cum_qty,
                        leaves_qty,
                    }
                } else {
                    Finding::NotYetListed
                },
            });
        found.collect()
    }

    fn mark(&mut self, snapshot: &Snapshot, begun: Ts, now: Ts) {
        self.account.positions = self.book.ledger().positions();
        let held = snapshot
            .positions
            .iter()
            .filter(|(_, quantity)| !quantity.is_zero());
        let closes = self.closing_since.is_some_and(|since| begun >= since) && self.is_run_done();
        let closes_run = self
            .book
            .active_run()
            .map(|run| run.planned.run)
            .filter(|_| closes);
        self.publish(Event::AccountMarked(AccountMark {
            nav: snapshot.nav,
            cash: snapshot.cash,
            positions: held.cloned().collect(),
            as_of: begun,
            closes_run,
        }));
        if closes {
            self.close_run(now);
        }
    }
}

/// Whether a list shows what was known of an order when a person called it dead: an end, with no more
/// filled than that end had claimed.
fn is_gone_as_listed(child: &Child, listed: &OrderFacts) -> bool {
    let claimed = child.state.closed_cum_qty();
    let known = claimed.unwrap_or_default().max(child.cum_qty());
    child.gone.is_some()
        && child.evidence
        && !child.state.is_open()
        && !listed.is_open()
        && listed.cum_qty <= known
}

/// How a listed order ended, when it has.
fn end_of(listed: &OrderFacts) -> Option<ExecKind> {
    let cum_qty = Some(listed.cum_qty);
    match listed.status {
        OrdStatus::Canceled => Some(ExecKind::Canceled {
            request: None,
            cum_qty,
        }),
        OrdStatus::Expired => Some(ExecKind::Expired { cum_qty }),
        OrdStatus::DoneForDay => Some(ExecKind::DoneForDay),
        OrdStatus::Rejected => Some(ExecKind::Rejected {
            reason: polyfolio_model::RejectReason::Other,
            text: "the broker lists it as rejected".to_owned(),
        }),
        _ => None,
    }
}

/// What a listed execution says that we do not know: that it happened, that it stands for another
/// one, that it cost something else. A fee that is not listed says nothing.
fn news_of(child: &Child, seen: &AccountFill) -> Option<ExecKind> {
    let (state, exec_id) = (&child.state, &seen.fill.exec_id);
    if let Some(reference) = seen.replaces.clone().filter(|id| !state.is_dead(id)) {
        let fill = seen.fill.clone();
        return Some(ExecKind::TradeCorrect { fill, reference });
    }
    if !state.has_exec(exec_id) {
        return Some(ExecKind::Trade(seen.fill.clone()));
    }
    let (fee, known) = (seen.fill.fee?, state.exec(exec_id)?);
    if fee == known.fee.unwrap_or_default() || !state.is_live(exec_id) {
        return None;
    }
    let exec_id = known.exec_id;
    Some(ExecKind::Fee { exec_id, fee })
}
