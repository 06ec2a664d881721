//! What a venue does by itself: it ends orders, busts and corrects executions, and says later what
//! they cost.

use polyfolio_matching::{Venue, VenueCommand};
use polyfolio_model::{
    ClOrdId, ExecId, ExecKind, ExecutionReport, Fill, OrdStatus, Price, Qty, Ts,
};

use super::lists::Known;
use super::{Exchange, Heard, UNASKED};
use crate::scenario::Doing;

impl Exchange {
    /// Something that nobody asked for; `which` of its kind, from 0 to 1. Executions are amended
    /// only of orders that `may` be.
    pub fn by_itself(
        &mut self,
        doing: Doing,
        which: f64,
        may: impl Fn(ClOrdId, Qty) -> bool,
        now: Ts,
    ) -> Vec<Heard> {
        match doing {
            Doing::Cancel => self.end(OrdStatus::Canceled, which, now),
            Doing::Expire => self.end(OrdStatus::Expired, which, now),
            Doing::Bust | Doing::CorrectPrice | Doing::CorrectQuantity => {
                self.amend(doing, which, may, now)
            }
        }
    }

    /// Every bust and correction once more.
    pub fn restated(&self) -> Vec<Heard> {
        let amended = self.lists.amended();
        amended.filter_map(|known| self.amendment(known)).collect()
    }

    fn end(&mut self, status: OrdStatus, which: f64, now: Ts) -> Vec<Heard> {
        let open: Vec<_> = self.venue.book().open_orders().collect();
        let Some(order) = pick(&open, which) else {
            return Vec::new();
        };
        let id = order.order.cl_ord_id;
        self.unasked = status;
        let events = self.venue.apply(VenueCommand::Cancel(id, UNASKED), now);
        self.take(events)
    }

    fn amend(
        &mut self,
        doing: Doing,
        which: f64,
        may: impl Fn(ClOrdId, Qty) -> bool,
        now: Ts,
    ) -> Vec<Heard> {
        self.next_doing += 1;
        let number = self.next_doing;
        let is_free = |known: &Known| {
            let filled = self.lists.known_qty(known.inside, Ts::MAX);
            known.amended.is_none()
                && known.fee_at <= now
                && may(self.outside(known.inside), filled)
        };
        let free: Vec<ExecId> = self
            .lists
            .every()
            .filter(|known| is_free(known))
            .map(|known| known.seen.fill.exec_id.clone())
            .collect();
        let id = pick(&free, which);
        let Some(known) = id.and_then(|id| self.lists.known_mut(id)) else {
            return Vec::new();
        };
        let before = known.seen.fill.clone();
        let fill = amended(doing, &before, number);
        let lost = before.last_qty - fill.as_ref().map_or(Qty::ZERO, |fill| fill.last_qty);
        known.amended = Some((now, fill));
        let (inside, exec_id) = (known.inside, before.exec_id);
        if lost.is_positive() {
            *self.busted.entry(inside).or_default() += lost;
        }
        let said = self.lists.known(&exec_id);
        let mut heard: Vec<Heard> = said
            .and_then(|known| self.amendment(known))
            .into_iter()
            .collect();
        heard.extend(self.end_of_busted(inside, now));
        heard
    }

    fn amendment(&self, known: &Known) -> Option<Heard> {
        let (time, amended) = known.amended.as_ref()?;
        let reference = known.seen.fill.exec_id.clone();
        let kind = match amended {
            Some(fill) => ExecKind::TradeCorrect {
                fill: fill.clone(),
                reference,
            },
            None => ExecKind::TradeCancel {
                exec_id: ExecId::new(format!("{reference}-busted")),
                reference,
            },
        };
        Some(self.report(known.inside, *time, kind))
    }

    /// This venue does not work again what it has busted: an order that would be full but for
    /// that is over.
    pub(super) fn end_of_busted(&mut self, inside: ClOrdId, now: Ts) -> Option<Heard> {
        let is_busted = self.busted.contains_key(&inside);
        let record = self.venue.book().order(inside).filter(|_| is_busted)?;
        if record.status != OrdStatus::Filled {
            return None;
        }
        self.lists.end(inside, now, OrdStatus::Canceled);
        let kind = ExecKind::Canceled {
            request: None,
            cum_qty: Some(self.lists.known_qty(inside, now)),
        };
        Some(self.report(inside, now, kind))
    }

    /// What an execution cost, where that is known later.
    pub(super) fn fee_of(&self, inside: ClOrdId, fill: &Fill) -> Option<Heard> {
        let known = self.lists.known(&fill.exec_id)?;
        let (exec_id, fee) = (fill.exec_id.clone(), fill.fee?);
        (known.fee_at > known.at)
            .then(|| self.report(inside, known.fee_at, ExecKind::Fee { exec_id, fee }))
    }

    fn report(&self, inside: ClOrdId, time: Ts, kind: ExecKind) -> Heard {
        let report = ExecutionReport {
            cl_ord_id: self.outside(inside),
            venue_id: self.names.get(&inside).cloned(),
            time,
            kind,
        };
        Heard::Report(time, report)
    }
}

/// What an execution is from now on; nothing when it is busted.
fn amended(doing: Doing, before: &Fill, number: u64) -> Option<Fill> {
    let one = Qty::from(1);
    let last_qty = match doing {
        Doing::CorrectPrice => before.last_qty,
        Doing::CorrectQuantity if before.last_qty > one => before.last_qty - one,
        _ => return None,
    };
    let last_px = match doing {
        Doing::CorrectPrice => before.last_px + Price::from(1),
        _ => before.last_px,
    };
    Some(Fill {
        exec_id: ExecId::new(format!("{}-corrected-{number}", before.exec_id)),
        last_qty,
        last_px,
        ..before.clone()
    })
}

fn pick<T>(these: &[T], which: f64) -> Option<&T> {
    these.get((which * these.len() as f64) as usize)
}
