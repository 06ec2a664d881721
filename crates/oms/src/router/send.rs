//! Orders and cancels on their way out. The intent is durable before the order leaves: the
//! submit stands after the append in the list of effects, and nothing else makes a submit.

use polyfolio_model::{ClOrdId, NewOrder, OrdType, ParentId, Qty, Quote, Span, TimeInForce, Ts};
use polyfolio_portfolio::{RiskApproved, RiskView};

use super::watch::Watch;
use super::{Effect, Router};
use crate::events::Event;
use crate::order_state::Request;
use crate::protocol::Rule;
use crate::records::{Asked, Denied, Intent, Record};

/// A cancel that is not obeyed is repeated after twice the time each time, up to this.
const CANCEL_PAUSE_MAX: Span = Span::from_secs(60);

/// One order, as a parent wants it.
pub(super) struct Wanted {
    pub(super) order_qty: Qty,
    pub(super) ord_type: OrdType,
    pub(super) time_in_force: TimeInForce,
}

impl Router {
    /// Sends a new child, or has it denied by our own risk check.
    pub(super) fn submit(&mut self, parent: ParentId, wanted: Wanted, now: Ts) {
        let Some(state) = self.book.parent(parent) else {
            return;
        };
        let cl_ord_id = ClOrdId {
            deployment: self.book.deployment(),
            run: parent.run.0,
            parent: parent.parent,
            child: state.children + 1,
        };
        let order = NewOrder {
            cl_ord_id,
            instrument: state.parent.instrument.id.clone(),
            side: state.parent.side,
            order_qty: wanted.order_qty,
            ord_type: wanted.ord_type,
            time_in_force: wanted.time_in_force,
        };
        self.let_out(order, 1, now);
    }

    /// Sends the same order again, under the same id, after its absence was proved.
    pub(super) fn submit_again(&mut self, id: ClOrdId, now: Ts) {
        let Some(child) = self.book.child(id) else {
            return;
        };
        let (order, attempt) = (child.order.clone(), child.attempts + 1);
        self.let_out(order, attempt, now);
    }

    fn let_out(&mut self, order: NewOrder, attempt: u32, now: Ts) {
        if self.config.looks_only {
            return;
        }
        let id = order.cl_ord_id;
        match self.approve(order.clone(), now) {
            Ok(approved) => {
                let time = now;
                self.put_off.remove(&id.parent_id());
                if attempt > 1 {
                    self.record_absence(id, now);
                }
                let quote = self.quote(&order.instrument, now);
                let mid = quote.as_ref().and_then(Quote::mid);
                self.record_durably(Record::Intent(Intent {
                    order,
                    attempt,
                    time,
                    mid,
                }));
                self.out.durable = self.out.durable && self.keeps(Rule::IntentIsDurableFirst);
                self.announce(&approved, attempt);
                self.out.commands.push(Effect::Submit(approved));
                self.watches.insert(id, Watch::sent(now));
                let capabilities = &self.config.capabilities;
                self.checks.set(id, now + capabilities.ack_timeout);
            }
            Err((denied, true)) => self.put_off(id, denied, now),
            Err((denied, false)) => {
                self.announce_denial(id, &denied);
                self.record(Record::Denied(denied));
                self.dirty.insert(id.parent_id());
            }
        }
    }

    /// What is denied for now is tried again for as long as the parent may: it is said once, and
    /// on record with what the parent leaves undone.
    fn put_off(&mut self, id: ClOrdId, denied: Denied, now: Ts) {
        let parent = id.parent_id();
        let known = self.put_off.get(&parent);
        if known.is_none_or(|known| known.code != denied.code) {
            self.announce_denial(id, &denied);
        }
        self.put_off.insert(parent, denied);
        let again = now + self.config.snapshot_retry;
        self.held_back.insert(parent, again);
        self.timers.set(parent, again);
        if self.book.child(id).is_some() {
            // A repeat of an order: the proof of its absence is looked for again.
            self.sync.want_snapshot(again);
        }
    }

    fn announce_denial(&mut self, id: ClOrdId, denied: &Denied) {
        let parent = id.parent_id();
        let Some(state) = self.book.parent(parent) else {
            return;
        };
        let event = Event::OrderDenied {
            parent,
            symbol: state.parent.instrument.id.clone(),
            code: denied.code.clone(),
            message: denied.message.clone(),
        };
        self.publish(event);
    }

    fn announce(&mut self, approved: &RiskApproved<NewOrder>, attempt: u32) {
        let order = approved.get();
        self.publish(Event::OrderSubmitted {
            cl_ord_id: order.cl_ord_id,
            symbol: order.instrument.clone(),
            side: order.side,
            order_qty: order.order_qty,
            ord_type: order.ord_type,
            attempt,
        });
    }

    /// Our own risk check, and whether its "no" may be a "yes" later. A repeat passes it like any
    /// other order.
    fn approve(&self, order: NewOrder, now: Ts) -> Result<RiskApproved<NewOrder>, (Denied, bool)> {
        let parent = order.cl_ord_id.parent_id();
        let deny = |code: String, message, passes| {
            let denied = Denied {
                parent,
                code,
                message,
                time: now,
            };
            (denied, passes)
        };
        let Some(state) = self.book.parent(parent) else {
            return Err(deny(
                "parent".to_owned(),
                format!("parent {parent} is not known"),
                false,
            ));
        };
        let instrument = &state.parent.instrument;
        let open = self.book.in_flight_of(&instrument.id, order.cl_ord_id);
        let quote = self.quote(&instrument.id, now);
        let view = RiskView {
            state: self.book.trading().0,
            instrument,
            position: self
                .account
                .positions
                .get(&instrument.id)
                .copied()
                .unwrap_or_default(),
            open_buys: open.buy,
            open_sells: open.sell,
            quote: quote.as_ref(),
            now,
        };
        let checked = self.config.limits.approve(order, &view);
        checked.map_err(|denied| {
            let passes = denied.code.passes();
            deny(denied.code.to_string(), denied.message, passes)
        })
    }

    /// Asks for a working order to be canceled. Asking again repeats the same request: a cancel
    /// may be repeated, a submit may not.
    pub(super) fn cancel(&mut self, id: ClOrdId, now: Ts) {
        let (Some(child), Some(watch)) = (self.book.child(id), self.watches.get(&id)) else {
            return;
        };
        if self.config.looks_only {
            return;
        }
        let timeout = self.config.capabilities.ack_timeout;
        let in_flight = child
            .state
            .requests_in_flight()
            .find(|(_, request)| *request == Request::Cancel)
            .map(|(request, _)| request);
        // Also after a refusal: a venue that says "too late" knows of a fill that is on its way.
        let pause = watch.cancel_sent.map(|sent| sent + watch.cancel_pause);
        if let Some(pause) = pause.filter(|pause| now < *pause) {
            return self.checks.set(id, pause);
        }
        let request = match in_flight {
            Some(request) => request,
            None => {
                let request = self.book.next_request();
                let asked = Asked {
                    cl_ord_id: id,
                    request,
                    amend: None,
                    time: now,
                };
                self.record(Record::Asked(asked));
                request
            }
        };
        self.out.commands.push(Effect::Cancel(id, request));
        self.publish(Event::CancelRequested { cl_ord_id: id });
        if !self.keeps(Rule::CancelIsARequest) {
            return self.declare_absent(id, now);
        }
        if let Some(watch) = self.watches.get_mut(&id) {
            let doubled = watch.cancel_pause + watch.cancel_pause;
            watch.cancel_pause = doubled.min(CANCEL_PAUSE_MAX).max(timeout);
            watch.cancel_sent = Some(now);
            self.checks.set(id, now + watch.cancel_pause);
        }
        self.count_cancel(id, now);
    }
}
