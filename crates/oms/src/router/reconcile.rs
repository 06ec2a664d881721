//! The broker's facts and ours made one: after every connection, whenever an order is in doubt,
//! and at the end of a run.
//!
//! Open orders, executions and positions are independent facts; failing to explain one never
//! deletes another. Facts are merged, never replaced. Twice equals once, and what is written is a
//! function of the broker's facts. A difference that two snapshots agree on becomes a break;
//! nothing is invented to explain it.

use std::collections::{BTreeMap, BTreeSet};

use polyfolio_model::broker::{AccountFill, Snapshot, SnapshotFailed};
use polyfolio_model::{
    ClOrdId, ExecKind, ExecutionReport, InstrumentId, Money, NewOrder, OrdStatus, OrdType,
    OrderFacts, Qty, SnapshotId, TimeInForce, Ts,
};
use polyfolio_portfolio::TradingState;

use super::watch::Watch;
use super::{Effect, OnBreak, Router};
use crate::child::Child;
use crate::events::{AccountMark, Event, Finding, Reconciled, Settled};
use crate::order_state::Request;
use crate::records::{Adopted, Break, Record, Recovered};

/// Where the conversation about "everything you know" stands.
#[derive(Debug, Default)]
pub(super) struct Sync {
    /// The healthy session, counted; `None` while the link is down.
    session: Option<u32>,
    sessions: u32,
    /// Whether this session has been reconciled.
    done: bool,
    asked: Option<AskedFor>,
    due: Option<Ts>,
    last_id: u64,
    /// A difference that snapshots have shown since then, to be confirmed by one that is begun a
    /// propagation lag later.
    difference: Option<(Ts, Difference)>,
    /// Snapshots in a row that were not believed.
    doubted: u32,
}

#[derive(Clone, Copy, Debug)]
struct AskedFor {
    id: SnapshotId,
    begun: Ts,
}

/// What the broker says less what our book says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Difference {
    positions: BTreeMap<InstrumentId, Qty>,
    cash: Money,
}

/// The account as the last snapshot showed it, carried on by fills.
#[derive(Clone, Debug, Default)]
pub(super) struct Account {
    pub(super) positions: BTreeMap<InstrumentId, Qty>,
    /// When we last heard of an execution, a bust or a fee.
    pub(super) moved: BTreeMap<InstrumentId, Ts>,
}

impl Account {
    /// Something was booked.
    pub(super) fn move_position(&mut self, instrument: &InstrumentId, by: Qty, now: Ts) {
        *self.positions.entry(instrument.clone()).or_default() += by;
        self.moved.insert(instrument.clone(), now);
    }
}

/// A snapshot that makes positions vanish is asked for again this often before it is believed
/// enough to be a break.
const DOUBTS_MAX: u32 = 3;

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

/// The code of the break that says so: the broker knows of orders that our journal does not.
pub const OLDER_STATE: &str = "older_state";

/// The code of the break that says so: the broker has another order under an id of ours.
pub const ORDER_MISMATCH: &str = "order_mismatch";

impl Router {
    pub(super) fn link_up(&mut self, now: Ts) {
        self.sync.sessions += 1;
        self.sync.session = Some(self.sync.sessions);
        self.sync.done = false;
        self.sync.asked = None;
        self.sync.difference = None;
        self.sync.want_snapshot(now);
        for (id, watch) in &mut self.watches {
            // An absence proof never spans a reconnect.
            watch.absent_since = None;
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

    fn snapshot_failed(&mut self, reason: String, now: Ts) {
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
            Ok(snapshot) => self.merge(&snapshot, asked.begun, now),
        }
    }

    fn merge(&mut self, snapshot: &Snapshot, begun: Ts, now: Ts) {
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
        found.working = self
            .book
            .open_children()
            .filter(|child| child.is_working())
            .count() as u32;
        if settled && !self.sync.done {
            self.sync.done = true;
            self.look_at_everything();
            self.publish(Event::Reconciled(found));
        }
        if settled {
            self.mark(snapshot, begun, now);
        }
    }

    /// Orders that carry an id of ours and are not the order that we sent under it. Nothing of
    /// them is believed.
    fn find_mismatches(&mut self, snapshot: &Snapshot, now: Ts) -> BTreeSet<ClOrdId> {
        let by_order = snapshot.orders.iter().filter_map(|listed| {
            let child = self.book.child(listed.cl_ord_id?)?;
            (!is_of(child, listed)).then(|| (child.id(), mismatch_of(child, listed)))
        });
        let by_fill = snapshot.fills.iter().filter_map(|seen| {
            let order = &self.book.child(seen.cl_ord_id?)?.order;
            let is_ours = (&seen.instrument, seen.side) == (&order.instrument, order.side);
            let (id, ours) = (order.cl_ord_id, (order.side, &order.instrument));
            let (side, instrument) = (seen.side, &seen.instrument);
            (!is_ours).then(|| {
                let theirs = format!("an execution of it: {side:?} {instrument}");
                (
                    id,
                    mismatch(id, &format!("{:?} {}", ours.0, ours.1), &theirs),
                )
            })
        });
        let found: BTreeMap<ClOrdId, String> = by_fill.chain(by_order).collect();
        for (id, message) in &found {
            let instrument = self.book.child(*id).map(|c| c.order.instrument.clone());
            self.record_break(Break {
                instrument,
                code: ORDER_MISMATCH.to_owned(),
                message: message.clone(),
                time: now,
            });
            self.set_trading(TradingState::Halted, message.clone(), now);
        }
        found.into_keys().collect()
    }

    /// Takes over the orders that lost records sent. They are canceled as soon as they are seen to
    /// work: the plan that wanted them was given up.
    fn recover_lost(&mut self, snapshot: &Snapshot, now: Ts) {
        for listed in &snapshot.orders {
            let Some(cl_ord_id) = listed.cl_ord_id.filter(|id| self.book.is_lost(*id)) else {
                continue;
            };
            let order = NewOrder {
                cl_ord_id,
                instrument: listed.instrument.clone(),
                side: listed.side,
                order_qty: listed.order_qty,
                ord_type: listed.price.map_or(OrdType::Market, OrdType::Limit),
                time_in_force: TimeInForce::GoodTillCancel,
            };
            self.record_durably(Record::Recovered(Recovered { order, time: now }));
            self.watches.insert(cl_ord_id, Watch::sent(now));
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
            if self.book.has_execution(id, &seen.fill.exec_id) {
                continue;
            }
            if self.book.child(id).is_none() {
                self.find_unknown_order(id, now);
                continue;
            }
            found.fills_found += 1;
            let kind = ExecKind::Trade(seen.fill.clone());
            self.hear(
                ExecutionReport {
                    cl_ord_id: id,
                    venue_id: None,
                    time: seen.time,
                    kind,
                },
                now,
            );
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
            self.find_unknown_order(id, now);
            return;
        };
        let evidence = child.evidence && child.gone.is_none();
        let closed = !child.state.is_open();
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
        if !evidence && listed.status != OrdStatus::Rejected {
            say(self, ExecKind::New);
        }
        if let Some(kind) = end_of(listed).filter(|_| !closed) {
            say(self, kind);
        }
        let cum_qty = self
            .book
            .child(id)
            .map(|child| child.cum_qty())
            .unwrap_or_default();
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
        let listed: BTreeMap<ClOrdId, Qty> = snapshot
            .orders
            .iter()
            .filter(is_there)
            .filter_map(|o| Some((o.cl_ord_id?, o.cum_qty)))
            .collect();
        for id in self.watches.keys().copied().collect::<Vec<_>>() {
            let Some(child) = self.book.child(id) else {
                continue;
            };
            let (open, closed) = (child.is_unknown() || child.is_working(), child.is_closed());
            match listed.get(&id) {
                None if open => self.not_listed(id, begun, snapshot.reaches_back_to, now),
                cum_qty if closed => self.settle(id, begun, cum_qty.copied(), now),
                _ => {
                    if let Some(watch) = self.watches.get_mut(&id) {
                        watch.absent_since = None;
                    }
                }
            }
        }
    }

    /// An order carries our deployment and is not in our journal: this state directory is older
    /// than the broker's book.
    pub(super) fn find_unknown_order(&mut self, id: ClOrdId, now: Ts) {
        let known = self
            .book
            .breaks()
            .iter()
            .find(|found| found.code == OLDER_STATE);
        let message = known.map_or_else(
            || {
                format!(
                    "the broker has order {id}, which this state directory never sent: \
                     the directory is older than the broker's book (a restored backup, or a copy)"
                )
            },
            |known| known.message.clone(),
        );
        // One such order says it all, however many there are.
        self.record_break(Break {
            instrument: None,
            code: OLDER_STATE.to_owned(),
            message: message.clone(),
            time: now,
        });
        self.set_trading(TradingState::Halted, message, now);
    }

    /// A break is found once, however often it is seen.
    pub(super) fn record_break(&mut self, found: Break) {
        let is_known = self
            .book
            .breaks()
            .iter()
            .any(|known| known.message == found.message);
        if !is_known {
            self.publish(Event::BreakFound(found.clone()));
            self.record(Record::Break(found));
        }
    }

    fn is_ours(&self, id: ClOrdId) -> bool {
        id.deployment == self.book.deployment()
    }

    /// Whether believing the snapshot would make more of the book vanish than is plausible.
    fn would_vanish(&self, snapshot: &Snapshot) -> bool {
        if !self.book.is_opened() {
            return false;
        }
        let there: BTreeSet<&InstrumentId> = snapshot
            .positions
            .iter()
            .filter(|(_, q)| !q.is_zero())
            .map(|(i, _)| i)
            .collect();
        let held = self.book.ledger().positions();
        let gone = held
            .keys()
            .filter(|instrument| !there.contains(instrument))
            .count();
        gone >= 2 && gone as f64 > self.config.vanish_share_max * held.len() as f64
    }

    /// Compares positions and cash. `false` while the next snapshot has to say more.
    fn compare(&mut self, snapshot: &Snapshot, begun: Ts, now: Ts) -> bool {
        let mut difference = self.difference(snapshot);
        if !self.book.is_opened() {
            self.adopt(difference, "opening", now);
            return true;
        }
        if difference == Difference::default() {
            self.sync.difference = None;
            return true;
        }
        self.leave_out_what_moved(&mut difference, begun);
        let lag = self.config.capabilities.propagation_lag;
        let since = match &self.sync.difference {
            Some((since, known)) if *known == difference => *since,
            _ => now,
        };
        if difference == Difference::default() || since == now || begun < since + lag {
            // It may be a fill that one list has and the other has not yet.
            self.sync.difference = Some((since, difference));
            self.sync
                .want_snapshot(now + lag.max(self.config.snapshot_retry));
            return false;
        }
        self.sync.difference = None;
        self.settle_difference(difference, now);
        true
    }

    /// A list shows for certain only what we had heard one propagation lag before it was asked for.
    /// Where something moved since, a difference says nothing yet; cash moves with everything.
    fn leave_out_what_moved(&self, difference: &mut Difference, begun: Ts) {
        let lag = self.config.capabilities.propagation_lag;
        let has_moved = |at: &Ts| *at + lag >= begun;
        let moved = &self.account.moved;
        difference
            .positions
            .retain(|instrument, _| !moved.get(instrument).is_some_and(has_moved));
        if moved.values().any(has_moved) {
            difference.cash = Money::ZERO;
        }
    }

    fn difference(&self, snapshot: &Snapshot) -> Difference {
        let mut positions: BTreeMap<InstrumentId, Qty> = BTreeMap::new();
        for (instrument, quantity) in &snapshot.positions {
            *positions.entry(instrument.clone()).or_default() += *quantity;
        }
        for (instrument, quantity) in self.book.ledger().positions() {
            *positions.entry(instrument).or_default() -= quantity;
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
            self.adopt(Difference { positions, cash }, "cash", now);
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
        match self.config.on_break {
            OnBreak::Adopt => self.adopt(Difference { positions, cash }, "policy", now),
            OnBreak::Halt => {
                let reason = "our book is not the broker's (on_break = \"halt\")".to_owned();
                self.set_trading(TradingState::Halted, reason, now);
            }
        }
    }

    fn adopt(&mut self, difference: Difference, reason: &str, now: Ts) {
        let Difference { positions, cash } = difference;
        let reason = reason.to_owned();
        self.record(Record::Adopted(Adopted {
            positions,
            cash,
            reason,
            time: now,
        }));
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

/// Whether a listed order is the one that was sent under its id, amended or not.
fn is_of(child: &Child, listed: &OrderFacts) -> bool {
    let order = &child.order;
    let mut amended = child.state.requests_in_flight();
    let same_qty = listed.order_qty == order.order_qty
        || listed.order_qty == child.state.order_qty()
        || amended.any(|(_, request)| request == Request::Replace(listed.order_qty));
    same_qty && (&listed.instrument, listed.side) == (&order.instrument, order.side)
}

fn mismatch_of(child: &Child, listed: &OrderFacts) -> String {
    let order = &child.order;
    let ours = format!("{:?} {} {}", order.side, order.order_qty, order.instrument);
    let theirs = format!(
        "{:?} {} {}",
        listed.side, listed.order_qty, listed.instrument
    );
    mismatch(child.id(), &ours, &theirs)
}

fn mismatch(id: ClOrdId, ours: &str, theirs: &str) -> String {
    format!(
        "order {id} is not ours at the broker: ours is {ours}, the broker has {theirs}; \
         this state directory is older than the broker's book (a restored backup, or a copy)"
    )
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
