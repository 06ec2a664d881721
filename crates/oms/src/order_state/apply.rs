//! One event, into the facts.

use std::cmp::Ordering;

use polyfolio_model::{CancelRejectReason, ExecKind, Qty, RequestId};

use super::status::Pending;
use super::{OrderEvent, OrderNote, OrderState, Refusal, Request, above_zero};

impl OrderState {
    /// Takes one event, whatever it is, and says what was odd about it and what to book.
    pub fn apply(&mut self, event: &OrderEvent) -> Vec<OrderNote> {
        match event {
            OrderEvent::Submitted => self.submitted(),
            OrderEvent::CancelRequested(id) => self.request(*id, Request::Cancel),
            OrderEvent::ReplaceRequested(id, qty) => self.request(*id, Request::Replace(*qty)),
            OrderEvent::Reported(kind) => self.reported(kind),
        }
    }

    fn submitted(&mut self) -> Vec<OrderNote> {
        if self.sent {
            return vec![OrderNote::Refused(Refusal::AlreadySent)];
        }
        self.sent = true;
        vec![]
    }

    fn request(&mut self, id: RequestId, request: Request) -> Vec<OrderNote> {
        if self.local.get(&id) == Some(&request) {
            return vec![OrderNote::Duplicate];
        }
        match self.refusal(id, request) {
            Some(refusal) => vec![OrderNote::Refused(refusal)],
            None => {
                self.local.insert(id, request);
                vec![]
            }
        }
    }

    fn refusal(&self, id: RequestId, request: Request) -> Option<Refusal> {
        let ended = self.canceled || self.expired || self.rejected;
        let cum_qty = self.cum_qty();
        if !self.sent {
            return Some(Refusal::NotSent);
        }
        if self.answered.contains(&id) || self.local.contains_key(&id) {
            return Some(Refusal::RequestUsed);
        }
        match request {
            Request::Cancel if !self.is_open() => Some(Refusal::Closed),
            Request::Cancel if self.cancel_in_flight() => Some(Refusal::CancelInFlight),
            Request::Replace(_) if ended => Some(Refusal::Closed),
            // While something is left, a total below what has filled is the venue's to amend.
            Request::Replace(order_qty) if self.is_closed() && order_qty <= cum_qty => {
                Some(Refusal::NothingToReplace { order_qty, cum_qty })
            }
            _ => None,
        }
    }

    fn reported(&mut self, kind: &ExecKind) -> Vec<OrderNote> {
        match kind {
            ExecKind::PendingNew => vec![],
            // A stop that has awoken was on the book: its status says no more than that.
            ExecKind::New | ExecKind::Triggered => set(&mut self.acked),
            ExecKind::Rejected { .. } => self.reject(),
            ExecKind::Trade(fill) => self.trade(fill),
            // A trade dies once, so the bust's own id adds nothing.
            ExecKind::TradeCancel { reference, .. } => self.kill(reference),
            ExecKind::TradeCorrect { fill, reference } => self.correct(fill, reference),
            ExecKind::Fee { exec_id, fee } => self.fee(exec_id, *fee),
            ExecKind::PendingCancel { request } => self.pending(*request, Pending::Cancel),
            ExecKind::PendingReplace { request } => self.pending(*request, Pending::Replace),
            ExecKind::Canceled { request, cum_qty } => self.cancel(*request, *cum_qty),
            ExecKind::CancelRejected { request, reason } => self.cancel_rejected(*request, *reason),
            ExecKind::Replaced {
                request,
                order_qty,
                sequence,
            } => self.replace(*request, *order_qty, *sequence),
            ExecKind::Expired { cum_qty } => self.expire(*cum_qty),
            ExecKind::DoneForDay => set(&mut self.done_for_day),
            ExecKind::Restated => clear(&mut self.done_for_day),
            ExecKind::Suspended => set(&mut self.suspended),
            ExecKind::Resumed => clear(&mut self.suspended),
            ExecKind::Stopped => set(&mut self.stopped),
            // A snapshot moves nothing: only executions do.
            ExecKind::Status { cum_qty } => self.gap(*cum_qty).into_iter().collect(),
        }
    }

    fn reject(&mut self) -> Vec<OrderNote> {
        let mut notes = set(&mut self.rejected);
        if self.acked {
            notes.push(OrderNote::Anomaly(
                "rejected after it was acknowledged or filled",
            ));
        }
        notes
    }

    fn pending(&mut self, request: RequestId, kind: Pending) -> Vec<OrderNote> {
        if self.answered.contains(&request) {
            return vec![OrderNote::Stale];
        }
        match self.pending.insert(request, kind) {
            Some(known) if known == kind => vec![OrderNote::Duplicate],
            _ => vec![],
        }
    }

    fn cancel(&mut self, request: Option<RequestId>, cum_qty: Option<Qty>) -> Vec<OrderNote> {
        let first = !std::mem::replace(&mut self.canceled, true);
        let answers = request.is_some_and(|request| self.answer(request));
        let claims = self.claim(cum_qty);
        let mut notes = unless_news(first || answers || claims);
        if first && request.is_none() {
            notes.push(OrderNote::UnsolicitedCancel);
        }
        notes.extend(cum_qty.and_then(|cum_qty| self.gap(cum_qty)));
        notes
    }

    fn expire(&mut self, cum_qty: Option<Qty>) -> Vec<OrderNote> {
        let first = !std::mem::replace(&mut self.expired, true);
        let claims = self.claim(cum_qty);
        let mut notes = unless_news(first || claims);
        notes.extend(cum_qty.and_then(|cum_qty| self.gap(cum_qty)));
        notes
    }

    fn cancel_rejected(&mut self, request: RequestId, why: CancelRejectReason) -> Vec<OrderNote> {
        if !self.answer(request) {
            return vec![OrderNote::Duplicate];
        }
        match why {
            CancelRejectReason::UnknownOrder => {
                self.disowned = true;
                vec![OrderNote::Resync]
            }
            CancelRejectReason::TooLate if self.is_open() => vec![OrderNote::Resync],
            CancelRejectReason::TooLate | CancelRejectReason::Other => vec![],
        }
    }

    /// Replaces are not free of order: the broker's sequence decides, or else the order of our
    /// requests.
    fn replace(
        &mut self,
        request: Option<RequestId>,
        order_qty: Qty,
        sequence: Option<u64>,
    ) -> Vec<OrderNote> {
        let answers = request.is_some_and(|request| self.answer(request));
        let first = !std::mem::replace(&mut self.acked, true);
        let age = match sequence {
            Some(sequence) => self.replace_sequence.map(|last| sequence.cmp(&last)),
            None => request
                .zip(self.replace_request)
                .map(|(new, last)| new.cmp(&last)),
        };
        match age {
            Some(Ordering::Less) => return vec![OrderNote::Stale],
            Some(Ordering::Equal) => return unless_news(answers || first),
            Some(Ordering::Greater) | None => {}
        }
        self.replace_sequence = sequence.or(self.replace_sequence);
        self.replace_request = request.or(self.replace_request);
        self.order_qty = order_qty.max(self.cum_qty());
        vec![]
    }

    /// Marks a request as answered, once and for all; whether that is news.
    fn answer(&mut self, request: RequestId) -> bool {
        self.local.remove(&request);
        self.pending.remove(&request);
        self.answered.insert(request)
    }

    /// Keeps what a close report says has filled in all; whether that is news.
    fn claim(&mut self, cum_qty: Option<Qty>) -> bool {
        cum_qty.is_some_and(|cum_qty| self.closed_cum_qtys.insert(cum_qty))
    }

    fn gap(&self, cum_qty: Qty) -> Option<OrderNote> {
        let qty = above_zero(cum_qty, self.cum_qty());
        qty.is_positive().then_some(OrderNote::Gap { qty })
    }
}

fn set(flag: &mut bool) -> Vec<OrderNote> {
    unless_news(!std::mem::replace(flag, true))
}

/// A duplicate is a report that changed nothing at all.
fn unless_news(news: bool) -> Vec<OrderNote> {
    if news {
        vec![]
    } else {
        vec![OrderNote::Duplicate]
    }
}

/// To be told again that a flag is down is no news worth a note.
fn clear(flag: &mut bool) -> Vec<OrderNote> {
    *flag = false;
    vec![]
}
