//! From the records of a run to what happened to one instrument in it.

use polyfolio_model::{ClOrdId, ExecKind, Price, RunId, SleeveId, Ts};
use polyfolio_oms::Record;
use polyfolio_oms::records::{Allocated, Fact, ParentStage};

use super::{Got, Story, Told, What};

impl Story {
    pub(super) fn tell_all(&mut self, records: &[Record], run: RunId) {
        let mut is_on = false;
        for record in records {
            match record {
                Record::Planned(planned) => is_on = planned.run == run,
                Record::RunEnded(ended) if ended.run == run => self.end = Some(ended.time),
                Record::Cross(cross) => {
                    if cross.run == run && cross.instrument == self.symbol {
                        self.crosses.push(cross.clone());
                    }
                }
                Record::Allocated(allocated) => self.allot(allocated),
                Record::Break(found)
                    if is_on && found.instrument.as_ref() == Some(&self.symbol) =>
                {
                    let message = found.message.clone();
                    self.tell(found.time, None, What::Break { message });
                }
                Record::Stopped(stopped) if is_on && stopped.instrument == self.symbol => {
                    let what = stopped
                        .reason
                        .clone()
                        .map_or(What::Freed, |reason| What::Stopped { reason });
                    self.tell(stopped.time, None, what);
                }
                _ => {
                    let is_ours = self.parent.as_ref().map(|parent| parent.id) == record.parent();
                    if is_ours && record.parent().is_some() {
                        self.hear(record);
                    }
                }
            }
        }
    }

    fn tell(&mut self, time: Ts, cl_ord_id: Option<ClOrdId>, what: What) {
        self.told.push(Told {
            time,
            cl_ord_id,
            what,
        });
    }

    fn hear(&mut self, record: &Record) {
        match record {
            Record::Arrived(arrived) => {
                self.tell(arrived.time, None, What::Arrived { mid: arrived.mid });
            }
            Record::Stage(staged) => {
                let what = match &staged.stage {
                    ParentStage::Working => return,
                    ParentStage::Winding => What::Winding,
                    ParentStage::Sweeping => What::Sweeping,
                    ParentStage::Done { left } => What::Done { left: left.clone() },
                };
                self.tell(staged.time, None, what);
            }
            Record::Intent(intent) => {
                let order = &intent.order;
                let what = What::Sent {
                    side: order.side,
                    quantity: order.order_qty,
                    ord_type: order.ord_type,
                    attempt: intent.attempt,
                    mid: intent.mid,
                };
                self.tell(intent.time, Some(order.cl_ord_id), what);
            }
            Record::Denied(denied) => {
                let (code, message) = (denied.code.clone(), denied.message.clone());
                self.tell(denied.time, None, What::Denied { code, message });
            }
            Record::NotSent(order) | Record::Absent(order) => {
                let evidence = order.evidence.clone();
                self.tell(order.time, Some(order.cl_ord_id), What::Gone { evidence });
            }
            Record::Asked(asked) if asked.amend.is_none() => {
                self.tell(asked.time, Some(asked.cl_ord_id), What::CancelAsked);
            }
            Record::Fact(fact) => self.hear_fact(fact),
            _ => {}
        }
    }

    fn hear_fact(&mut self, fact: &Fact) {
        let report = &fact.report;
        let what = match &report.kind {
            ExecKind::New => What::Accepted,
            ExecKind::Rejected { text, .. } => What::Rejected { text: text.clone() },
            ExecKind::Trade(fill) | ExecKind::TradeCorrect { fill, .. } => What::Filled {
                exec_id: fill.exec_id.clone(),
                quantity: fill.last_qty,
                price: fill.last_px,
                fee: fill.fee,
                liquidity: fill.liquidity,
                sleeves: Default::default(),
            },
            ExecKind::TradeCancel { reference, .. } => What::Busted {
                exec_id: reference.clone(),
            },
            ExecKind::Fee { exec_id, fee } => {
                let told = self.told.iter_mut().rev().map(|told| &mut told.what);
                for what in told {
                    if let What::Filled {
                        exec_id: of,
                        fee: known,
                        ..
                    } = what
                        && of == exec_id
                    {
                        *known = Some(*fee);
                        return;
                    }
                }
                return;
            }
            ExecKind::CancelRejected { reason, .. } => What::CancelRejected { reason: *reason },
            ExecKind::Canceled { request, cum_qty } => What::Canceled {
                asked: request.is_some(),
                cum_qty: *cum_qty,
            },
            ExecKind::Expired { .. } => What::Expired,
            _ => return,
        };
        if let ExecKind::TradeCorrect { reference, .. } = &report.kind {
            let exec_id = reference.clone();
            self.tell(fact.heard, Some(report.cl_ord_id), What::Busted { exec_id });
        }
        self.tell(fact.heard, Some(report.cl_ord_id), what);
    }

    /// Who got what of an execution; a bust takes it back the same way.
    fn allot(&mut self, allocated: &Allocated) {
        let is_ours = |id| self.parent.as_ref().is_some_and(|parent| parent.id == id);
        if !is_ours(allocated.cl_ord_id.parent_id()) {
            return;
        }
        for share in &allocated.shares {
            let got: &mut Got = self.got.entry(share.sleeve.clone()).or_default();
            let (before, price) = (got.quantity, allocated.price);
            got.quantity += share.quantity;
            got.fee += share.fee;
            let known = got.avg_px.unwrap_or_default();
            let value = known * before + price * share.quantity;
            let mean = value.get().checked_div(got.quantity.get());
            got.avg_px = mean.map(Price::new);
        }
        let shares = || {
            allocated
                .shares
                .iter()
                .filter(|share| !share.quantity.is_zero())
        };
        let told = self.told.iter_mut().rev().map(|told| &mut told.what);
        for what in told {
            if let What::Filled {
                exec_id, sleeves, ..
            } = what
                && *exec_id == allocated.exec_id
                && sleeves.is_empty()
            {
                let shares = shares().map(|share| (SleeveId::clone(&share.sleeve), share.quantity));
                sleeves.extend(shares);
                return;
            }
        }
    }
}
