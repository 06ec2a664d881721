//! The end of a round: the invariants, and the effects in their order.

use polyfolio_model::Ts;
use polyfolio_portfolio::TradingState;
use polyfolio_portfolio::invariants::check_positions;

use super::recover::earliest;
use super::{Effect, Outbox, Router, StopPolicy};
use crate::events::Event;
use crate::invariants;
use crate::records::{Record, Trading};

/// Whether a record may change what sleeves hold.
fn moves_positions(record: &Record) -> bool {
    matches!(
        record,
        Record::Allocated(_) | Record::Adopted(_) | Record::Cross(_) | Record::Given(_)
    )
}

/// How the reason begins for which a violation halts trading.
const VIOLATED: &str = "an invariant is violated";

impl Router {
    /// Puts a round in order: records first, durable before any command; then commands, then the
    /// news, then the one timer.
    pub(super) fn finish(&mut self, now: Ts) -> Vec<Effect> {
        self.check_invariants(now);
        self.stop_when_asked(now);
        let flush = self.lazy_due.is_some_and(|due| due <= now);
        let Outbox {
            records,
            durable,
            commands,
            events,
        } = std::mem::take(&mut self.out);
        let mut effects = Vec::new();
        if durable || flush {
            self.lazy_due = None;
            effects.push(Effect::Append(records));
        } else if !records.is_empty() {
            self.lazy_due.get_or_insert(now + self.config.lazy_for);
            effects.push(Effect::AppendLazy(records));
        }
        effects.extend(commands);
        effects.extend(events.into_iter().map(Effect::Publish));
        effects.extend(self.next_wake().map(Effect::WakeAt));
        effects
    }

    fn next_wake(&self) -> Option<Ts> {
        if self.stopped {
            return None;
        }
        let working = if self.sync.is_done() {
            self.timers.next()
        } else {
            None
        };
        let timeout = self.snapshot_timeout();
        earliest([
            self.lazy_due,
            self.stop_by,
            working,
            self.checks.next(),
            self.sync.next(timeout),
        ])
    }

    /// A venue that answers no cancel is not waited for for ever: the orders rest, and the next
    /// start goes on with them.
    fn stop_when_asked(&mut self, now: Ts) {
        let Some(policy) = self.stopping else { return };
        let working = self
            .book
            .open_children()
            .filter(|child| child.is_working())
            .count();
        let late = self.stop_by.is_some_and(|by| by <= now);
        let may_stop = policy == StopPolicy::Leave || working == 0 || late || !self.sync.is_done();
        if may_stop && !std::mem::replace(&mut self.stopped, true) {
            let resting = u32::try_from(self.book.open_children().count()).unwrap_or(u32::MAX);
            self.out.durable = true;
            self.publish(Event::Stopped { resting });
        }
    }

    /// What must hold always. A violation is our own fault: it halts trading, and nothing of this
    /// round is sent. Tests run what is shipped; they look for the event.
    fn check_invariants(&mut self, now: Ts) {
        let mut violations = invariants::check(&self.book, std::mem::take(&mut self.touched));
        if self.out.records.iter().any(moves_positions) {
            // What was booked on sleeves against what was counted for the account.
            let (ledger, account) = (self.book.ledger(), &self.account.positions);
            let found = check_positions(ledger, account);
            violations.extend(found.iter().map(ToString::to_string));
        }
        if violations.is_empty() {
            return;
        }
        self.out
            .commands
            .retain(|command| !matches!(command, Effect::Submit(_)));
        self.out
            .events
            .retain(|event| !matches!(event, Event::OrderSubmitted { .. }));
        self.halt_for(violations, now);
    }

    /// Halts trading for good, and says which identity does not hold, with what numbers.
    pub(super) fn halt_for(&mut self, violations: Vec<String>, now: Ts) {
        let reason = format!("{VIOLATED}: {}", violations.join("; "));
        self.publish(Event::InvariantViolated { violations });
        // Whoever had halted trading before: who allows it again has to read of this.
        let (standing, why) = self.book.trading();
        if standing != TradingState::Halted || !why.starts_with(VIOLATED) {
            let state = TradingState::Halted;
            self.record_durably(Record::Trading(Trading {
                state,
                reason,
                time: now,
            }));
        }
    }
}
