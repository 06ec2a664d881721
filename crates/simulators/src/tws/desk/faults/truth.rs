//! What is true, for whoever audits.

use polyfolio_model::{ExecId, InstrumentId, Ts};

use super::Timed;
use crate::tws::desk::Desk;
use crate::tws::desk::order::Entry;
use crate::tws::faults::{ExecutionState, Fault, GatewayState, OrderState, SessionState};

impl Desk {
    /// All of it, as of now.
    pub(crate) fn state(&mut self, now: Ts) -> GatewayState {
        self.advance(now);
        let account = &self.market.book().account;
        let sessions = self.sessions.iter().map(|(id, session)| SessionState {
            number: id.number(),
            client_id: session.client_id,
        });
        GatewayState {
            time: now,
            messages_heard: self.faults.messages_heard,
            orders_heard: self.faults.orders_heard,
            orders: self.ledger.orders().map(|e| self.order_state(e)).collect(),
            executions: self.executions_state(),
            positions: account.positions.clone(),
            cash: account.cash,
            sessions: sessions.collect(),
            waiting: self.waiting(),
        }
    }

    fn order_state(&self, entry: &Entry) -> OrderState {
        let record = self.market.book().order(entry.cl_ord_id());
        let terms = &entry.terms;
        let order = record.map(|record| &record.order);
        OrderState {
            perm_id: entry.perm_id(),
            client_id: entry.client_id,
            order_id: entry.order_id,
            order_ref: terms.order_ref.clone(),
            symbol: self.symbol(terms.stock),
            side: terms.side,
            quantity: order.map_or(terms.quantity, |order| order.order_qty),
            filled: record.map_or(entry.filled, |record| record.cum_qty),
            limit: order.map_or(terms.ord_type, |order| order.ord_type).limit(),
            status: entry.status.text(),
            works: record.map_or(entry.is_open(), |record| record.is_open()),
        }
    }

    fn executions_state(&self) -> Vec<ExecutionState> {
        // The market's own list: what is under way to the gateway is in it already.
        let fills = self.market.book().fills().iter();
        fills
            .filter_map(|booked| {
                let entry = self.ledger.order(booked.cl_ord_id)?;
                let fill = &booked.fill;
                Some(ExecutionState {
                    exec_id: ExecId::new(super::super::reports::exec_id(fill)),
                    perm_id: entry.perm_id(),
                    order_ref: entry.terms.order_ref.clone(),
                    symbol: self.symbol_of(&booked.instrument),
                    side: booked.side,
                    quantity: fill.last_qty,
                    price: fill.last_px,
                    time: booked.time,
                })
            })
            .collect()
    }

    fn waiting(&self) -> Vec<Fault> {
        let faults = &self.faults;
        let timed = faults.timed.values().filter_map(|timed| match timed {
            Timed::Fault(fault) => Some(fault),
            Timed::LateFill { .. } => None,
        });
        let counted = faults.counted.iter().map(|(_, fault)| fault);
        let cuts = faults.cuts.iter().map(|cut| Fault::CutNextList {
            list: cut.list,
            after: cut.after,
            code: cut.code,
            hang_up: cut.hang_up,
        });
        let next = faults.orders.iter().chain(&faults.cancels);
        next.chain(timed)
            .chain(counted)
            .cloned()
            .chain(cuts)
            .collect()
    }

    fn symbol(&self, stock: usize) -> String {
        let stock = self.config.stocks.get(stock);
        stock.map_or_else(String::new, |stock| stock.symbol.clone())
    }

    fn symbol_of(&self, instrument: &InstrumentId) -> String {
        let mut stocks = self.config.stocks.iter();
        let stock = stocks.find(|stock| stock.instrument() == instrument);
        stock.map_or_else(|| instrument.to_string(), |stock| stock.symbol.clone())
    }
}
