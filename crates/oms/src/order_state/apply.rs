//! One event, into the facts.

use polyfolio_model::{CancelRejectReason, ExecId, ExecKind, Fill, Money, Qty, RequestId};

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
            ExecKind::New => set(&mut self.acked),
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
            ExecKind::Expired { cum_qty } => {
                let mut notes = set(&mut self.expired);
                notes.extend(self.claim(*cum_qty));
                notes
            }
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

    fn trade(&mut self, fill: &Fill) -> Vec<OrderNote> {
        let id = &fill.exec_id;
        if let Some(known) = self.execs.get(id) {
            let same = known.last_qty == fill.last_qty && known.last_px == fill.last_px;
            let odd = OrderNote::Anomaly("an execution was repeated with other terms");
            return [OrderNote::Duplicate]
                .into_iter()
                .chain((!same).then_some(odd))
                .collect();
        }
        self.acked = true;
        if !fill.last_qty.is_positive() {
            return vec![OrderNote::Anomaly("an execution of no quantity")];
        }
        self.execs.insert(id.clone(), fill.clone());
        if self.dead.contains(id) {
            return vec![OrderNote::Void];
        }
        let mut notes: Vec<_> = self.exec(id).map(OrderNote::Booked).into_iter().collect();
        if self.canceled || self.expired {
            notes.push(OrderNote::LateFill);
        }
        if self.rejected {
            notes.push(OrderNote::Anomaly("a fill of a rejected order"));
        }
        if self.overfill().is_positive() {
            notes.push(OrderNote::Overfill(self.overfill()));
        }
        notes
    }

    /// The trade `reference` does not count, whether it has been reported or not.
    fn kill(&mut self, reference: &ExecId) -> Vec<OrderNote> {
        self.acked = true;
        let booked = self
            .is_live(reference)
            .then(|| self.exec(reference))
            .flatten();
        let first = self.dead.insert(reference.clone());
        match booked {
            Some(fill) => vec![OrderNote::Reversed(fill)],
            None if first => vec![OrderNote::EarlyBust],
            None => vec![OrderNote::Duplicate],
        }
    }

    fn correct(&mut self, fill: &Fill, reference: &ExecId) -> Vec<OrderNote> {
        if fill.exec_id == *reference {
            let mut notes = vec![OrderNote::Anomaly("a correction that refers to itself")];
            notes.extend(self.trade(fill));
            return notes;
        }
        // The correcting execution may be known already, as a plain trade from a broker's list: the
        // one it replaces dies all the same.
        let mut notes = self.kill(reference);
        notes.retain(|note| *note != OrderNote::Duplicate);
        notes.extend(self.trade(fill));
        notes
    }

    fn fee(&mut self, id: &ExecId, fee: Money) -> Vec<OrderNote> {
        let before = self
            .exec(id)
            .and_then(|fill| fill.fee)
            .unwrap_or(Money::ZERO);
        if self.fees.insert(id.clone(), fee) == Some(fee) {
            return vec![OrderNote::Duplicate];
        }
        let difference = Money::new(fee.get().saturating_sub(before.get()));
        if !self.is_live(id) || difference.is_zero() {
            return vec![];
        }
        vec![OrderNote::FeeBooked {
            exec_id: id.clone(),
            fee: difference,
        }]
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
        let mut notes = set(&mut self.canceled);
        match request {
            Some(request) => self.answer(request),
            None if notes.is_empty() => notes.push(OrderNote::UnsolicitedCancel),
            None => {}
        }
        notes.extend(self.claim(cum_qty));
        notes
    }

    fn cancel_rejected(&mut self, request: RequestId, why: CancelRejectReason) -> Vec<OrderNote> {
        if self.answered.contains(&request) {
            return vec![OrderNote::Duplicate];
        }
        self.answer(request);
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
        if let Some(request) = request {
            self.answer(request);
        }
        self.acked = true;
        let age = match sequence {
            Some(sequence) => self.replace_sequence.map(|last| sequence.cmp(&last)),
            None => request
                .zip(self.replace_request)
                .map(|(new, last)| new.cmp(&last)),
        };
        match age {
            Some(std::cmp::Ordering::Less) => return vec![OrderNote::Stale],
            Some(std::cmp::Ordering::Equal) => return vec![OrderNote::Duplicate],
            Some(std::cmp::Ordering::Greater) | None => {}
        }
        self.replace_sequence = sequence.or(self.replace_sequence);
        self.replace_request = request.or(self.replace_request);
        self.order_qty = order_qty.max(self.cum_qty());
        vec![]
    }

    /// Marks a request as answered, once and for all.
    fn answer(&mut self, request: RequestId) {
        self.local.remove(&request);
        self.pending.remove(&request);
        self.answered.insert(request);
    }

    /// Keeps what a close report says has filled in all.
    fn claim(&mut self, cum_qty: Option<Qty>) -> Option<OrderNote> {
        self.closed_cum_qty = self.closed_cum_qty.max(cum_qty);
        self.gap(cum_qty?)
    }

    fn gap(&self, cum_qty: Qty) -> Option<OrderNote> {
        let qty = above_zero(cum_qty, self.cum_qty());
        qty.is_positive().then_some(OrderNote::Gap { qty })
    }
}

fn set(flag: &mut bool) -> Vec<OrderNote> {
    if std::mem::replace(flag, true) {
        vec![OrderNote::Duplicate]
    } else {
        vec![]
    }
}

/// To be told again that a flag is down is no news worth a note.
fn clear(flag: &mut bool) -> Vec<OrderNote> {
    *flag = false;
    vec![]
}
