//! Executions and what they cost: each counts once, in its last version.

use ibapi::orders::{CommissionReport, ExecutionData, Liquidity as Took};
use polyfolio_model::{ClOrdId, Currency, ExecId, ExecKind, Fill, Liquidity, Money, Qty, convert};

use super::who::{Found, Who};
use super::working::Wait;
use super::{Blotter, EXECUTIONS_MAX, Heard, Now, report, tell, venue_id};
use crate::exec_id::Correction;
use crate::ids::Ids;
use crate::notice::{IbNotice, Level};

#[derive(Debug)]
pub(super) struct Execution {
    of: ClOrdId,
    id: ExecId,
    version: u32,
    quantity: Qty,
    fee: Option<Money>,
}

impl Blotter {
    pub(super) fn executed(&mut self, data: &ExecutionData, ids: &Ids, now: Now) -> Vec<Heard> {
        let (execution, account) = (&data.execution, &self.desk.account);
        if !account.is_empty() && execution.account_number != *account {
            return vec![];
        }
        let who = self.who(data);
        let id = match who.find(ids) {
            Found::Order(id) => id,
            other => return other.told(),
        };
        let mut heard = who.names(id, ids);
        let Some((id, mut fill, correction)) = self.execution(data, ids) else {
            let (shares, price) = (execution.shares, execution.price);
            let text = format!("an execution of {shares} at {price} cannot be read");
            heard.push(tell(Level::Break, id, text));
            heard.push(Heard::Look(id));
            return heard;
        };
        let known = self.executions.get(&correction.base);
        if known.is_some_and(|known| known.version >= correction.version) {
            return heard;
        }
        fill.fee = self.early_fees.remove(fill.exec_id.as_str());
        self.book(id, &fill);
        let time = self.desk.zone.read(&execution.time).unwrap_or(now.wall);
        let kind = match correction.replaces() {
            Some(reference) => ExecKind::TradeCorrect { fill, reference },
            None => ExecKind::Trade(fill),
        };
        heard.push(report(id, venue_id(execution.perm_id), time, kind));
        heard
    }

    fn who<'a>(&self, data: &'a ExecutionData) -> Who<'a> {
        let execution = &data.execution;
        let is_ours = execution.client_id == self.desk.client_id;
        Who {
            order_ref: &execution.order_reference,
            perm_id: execution.perm_id,
            order_id: is_ours.then_some(execution.order_id),
        }
    }

    pub(super) fn execution(
        &self,
        data: &ExecutionData,
        ids: &Ids,
    ) -> Option<(ClOrdId, Fill, Correction)> {
        let Found::Order(id) = self.who(data).find(ids) else {
            return None;
        };
        let fill = fill(data)?;
        let correction = Correction::read(fill.exec_id.as_str());
        Some((id, fill, correction))
    }

    /// Remembers an execution and counts it once.
    pub(super) fn book(&mut self, id: ClOrdId, fill: &Fill) {
        let correction = Correction::read(fill.exec_id.as_str());
        let before = self.executions.get(&correction.base);
        if before.is_some_and(|before| before.version >= correction.version) {
            return;
        }
        let counted = before.map_or(Qty::ZERO, |before| before.quantity);
        if before.is_none() {
            self.executions_in_order.push_back(correction.base.clone());
        }
        let execution = Execution {
            of: id,
            id: fill.exec_id.clone(),
            version: correction.version,
            quantity: fill.last_qty,
            fee: fill.fee,
        };
        self.executions.insert(correction.base, execution);
        let working = self.orders.entry(id).or_default();
        working.heard = working.heard + fill.last_qty - counted;
        if working.heard >= working.said {
            working.waits.take_if(|(_, wait)| *wait == Wait::Executions);
        }
        while self.executions_in_order.len() > EXECUTIONS_MAX {
            if let Some(oldest) = self.executions_in_order.pop_front() {
                self.executions.remove(&oldest);
            }
        }
    }

    pub(super) fn commission(&mut self, said: &CommissionReport, now: Now) -> Vec<Heard> {
        // The greatest number there is stands for none.
        let Some(fee) = convert::money(said.commission) else {
            return vec![];
        };
        let exec_id = &said.execution_id;
        let base = Correction::read(exec_id).base;
        let execution = self.executions.get_mut(&base);
        let execution = execution.filter(|known| known.id.as_str() == exec_id);
        let of = execution.as_ref().map(|execution| execution.of);
        let currency = self.desk.base_currency.as_ref().map(Currency::as_str);
        if currency.is_some_and(|base| !said.currency.is_empty() && base != said.currency) {
            let what = format!(
                "the commission of {exec_id} is {fee} {}: it is not booked, as no rate to {} is known",
                said.currency,
                currency.unwrap_or_default()
            );
            let notice = IbNotice::new(Level::Warning, what);
            return vec![Heard::Tell(match of {
                Some(id) => notice.of_order(id),
                None => notice,
            })];
        }
        let Some(execution) = execution else {
            if self.early_fees.len() < EXECUTIONS_MAX {
                self.early_fees.insert(exec_id.clone(), fee);
            }
            return vec![];
        };
        if execution.fee.replace(fee) == Some(fee) {
            return vec![];
        }
        let exec_id = execution.id.clone();
        let kind = ExecKind::Fee { exec_id, fee };
        vec![report(execution.of, None, now.wall, kind)]
    }
}

/// An execution as it counts; none when it has no amount.
pub(crate) fn fill(data: &ExecutionData) -> Option<Fill> {
    let execution = &data.execution;
    if execution.execution_id.is_empty() {
        return None;
    }
    Some(Fill {
        exec_id: ExecId::new(execution.execution_id.as_str()),
        last_qty: convert::qty(execution.shares).filter(|qty| qty.is_positive())?,
        last_px: convert::price(execution.price)?,
        fee: None,
        liquidity: match execution.last_liquidity {
            Took::AddedLiquidity => Some(Liquidity::Maker),
            Took::RemovedLiquidity => Some(Liquidity::Taker),
            _ => None,
        },
    })
}
