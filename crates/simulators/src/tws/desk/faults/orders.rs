//! What goes wrong with orders and cancels, and with what is told of their executions.

use polyfolio_model::{ClOrdId, Qty, Ts};

use super::{Timed, millis};
use crate::tws::desk::{Desk, SessionId};
use crate::tws::faults::{Fault, FaultError};
use crate::tws::messages::{
    CancelOrderRequest, CommissionAndFeesReport, ExecutionDetails, PlaceOrderRequest,
};
use crate::tws::notices::{NO_REQUEST, Notice};
use crate::tws::record::Line;

impl Desk {
    /// An order has come, new or with new terms.
    pub(in crate::tws::desk) fn order_comes(
        &mut self,
        id: SessionId,
        request: &PlaceOrderRequest,
        now: Ts,
    ) {
        self.faults.orders_heard += 1;
        let ordered = self.faults.orders.pop_front();
        match ordered.or_else(|| self.faults.drawn()) {
            None => self.take_order(id, request, now),
            Some(Fault::RejectNextOrder { code, text }) => {
                if let (Some(client_id), Some(order_id)) = (self.client(id), request.order_id) {
                    self.ledger.uses(client_id, order_id);
                    let order = request.order.as_ref();
                    self.note(&Line::Used {
                        client_id,
                        order_id,
                        order_ref: order.and_then(|order| order.order_ref.clone()),
                    });
                    self.notice(id, order_id, &Notice::coded(code, text), now);
                }
            }
            Some(Fault::DropBeforeNextOrder {}) => self.part(id),
            Some(Fault::DropAfterNextOrder {}) => {
                self.take_order(id, request, now);
                self.part(id);
            }
            Some(wire) => {
                // The others that are drawn hold for any message and cannot be refused.
                let _ = self.fall(wire, now);
                if self.sessions.contains_key(&id) && !self.loses_messages() {
                    self.take_order(id, request, now);
                }
            }
        }
        self.faults_by_count(now);
    }

    /// A cancel has come.
    pub(in crate::tws::desk) fn cancel_comes(
        &mut self,
        id: SessionId,
        request: &CancelOrderRequest,
        now: Ts,
    ) {
        let order_id = request.order_id.unwrap_or(NO_REQUEST);
        if self.faults.out.is_some() {
            return self.notice(id, order_id, &Notice::NotConnected, now);
        }
        let client = self.client(id);
        let entry = client.and_then(|client| self.ledger.of_client(client, order_id));
        let open = entry.filter(|e| e.is_open()).map(|e| e.cl_ord_id());
        let needs_open = matches!(
            self.faults.cancels.front(),
            Some(Fault::FillDuringNextCancel { .. } | Fault::FillAfterNextCancel { .. })
        );
        // A race is one with an order that works at the market: others do not use the fault up.
        let fault = match open {
            None if needs_open => None,
            Some(of) if needs_open && !self.is_at_market(of) => None,
            _ => self.faults.cancels.pop_front(),
        };
        match (fault, open) {
            (Some(Fault::RejectNextCancel { code, text }), _) => {
                self.notice(id, order_id, &Notice::coded(code, text), now);
            }
            (Some(Fault::DropBeforeNextCancel {}), _) => self.part(id),
            (Some(Fault::DropAfterNextCancel {}), _) => {
                self.cancel(id, request, now);
                self.part(id);
            }
            (Some(Fault::FillDuringNextCancel { quantity }), Some(of)) => {
                self.cancel_pends(of);
                self.trade_now(of, quantity, now);
                self.send_cancel(of, now);
            }
            (Some(Fault::FillAfterNextCancel { quantity, after_ms }), Some(of)) => {
                self.cancel_pends(of);
                self.note(&Line::CancelConfirmed {
                    number: of.child,
                    time: now,
                    late: quantity,
                });
                self.canceled(of, "", now);
                self.fill_later(of, quantity, now + millis(after_ms));
                self.advance(now);
            }
            _ => self.cancel(id, request, now),
        }
    }

    /// Orders that work trade now.
    pub(super) fn fill(
        &mut self,
        order_ref: Option<&str>,
        perm_id: Option<i64>,
        quantity: Option<Qty>,
        now: Ts,
    ) -> Result<(), FaultError> {
        let mut of = self.open_orders_of(order_ref, perm_id);
        of.retain(|of| self.is_at_market(*of));
        if of.is_empty() {
            return Err(FaultError::NoOrder);
        }
        for of in of {
            self.trade_now(of, quantity, now);
        }
        Ok(())
    }

    /// A person takes orders off the market.
    pub(super) fn cancel_by_hand(
        &mut self,
        order_ref: Option<&str>,
        perm_id: Option<i64>,
        now: Ts,
    ) -> Result<(), FaultError> {
        let of = self.open_orders_of(order_ref, perm_id);
        if of.is_empty() {
            return Err(FaultError::NoOrder);
        }
        for of in of {
            self.cancel_at_market(of, now);
        }
        Ok(())
    }

    /// The orders that are not over and fit.
    fn open_orders_of(&self, order_ref: Option<&str>, perm_id: Option<i64>) -> Vec<ClOrdId> {
        let open = self.ledger.orders().filter(|entry| entry.is_open());
        let fits = open.filter(|entry| {
            order_ref.is_none_or(|name| entry.terms.order_ref.as_deref() == Some(name))
                && perm_id.is_none_or(|id| entry.perm_id() == id)
        });
        fits.map(|entry| entry.cl_ord_id()).collect()
    }

    /// Puts off a fill that a confirmed cancel does not keep from coming.
    pub(in crate::tws::desk) fn fill_later(&mut self, of: ClOrdId, quantity: Option<Qty>, due: Ts) {
        self.faults.at(due, Timed::LateFill { of, quantity });
    }

    /// An order trades whose cancel was confirmed; what is left of it is off the market then.
    pub(super) fn fill_late(&mut self, of: ClOrdId, quantity: Option<Qty>, now: Ts) {
        self.trade_now(of, quantity, now);
        let book = self.market.book();
        if book.order(of).is_none_or(|record| record.is_open()) {
            self.send_cancel(of, now);
        }
    }

    /// Tells an execution, and what its order has come to with it.
    pub(in crate::tws::desk) fn tell_execution(
        &mut self,
        of: ClOrdId,
        client_id: i32,
        details: &ExecutionDetails,
        cost: &CommissionAndFeesReport,
    ) {
        if self.faults.reorder > 0 {
            self.tell_order(of);
            self.tell(client_id, cost);
            self.faults.held.push((client_id, details.clone()));
            let is_done = self.ledger.order(of).is_none_or(|entry| !entry.is_open());
            return self.release_held(!is_done);
        }
        let again = self.faults.duplicates > 0;
        self.faults.duplicates = self.faults.duplicates.saturating_sub(1);
        self.tell(client_id, details);
        if again {
            self.tell(client_id, details);
        }
        self.tell_order(of);
        self.tell(client_id, cost);
        if again {
            self.tell(client_id, cost);
        }
    }

    /// Tells the executions that are held, the last one first; not if `if_full` and fewer are
    /// held than should be.
    pub(super) fn release_held(&mut self, if_full: bool) {
        let held = self.faults.held.len();
        if if_full && held < self.faults.reorder as usize {
            return;
        }
        self.faults.reorder = match held {
            0 => self.faults.reorder,
            _ => 0,
        };
        while let Some((client_id, details)) = self.faults.held.pop() {
            self.tell(client_id, &details);
        }
    }

    fn take_order(&mut self, id: SessionId, request: &PlaceOrderRequest, now: Ts) {
        if self.faults.out.is_some() {
            let about = request.order_id.unwrap_or(NO_REQUEST);
            return self.notice(id, about, &Notice::NotConnected, now);
        }
        self.place(id, request, now);
    }

    /// Whether an order can trade: it has come to the market and is not over.
    fn is_at_market(&self, of: ClOrdId) -> bool {
        let order = self.market.book().order(of);
        order.is_some_and(|record| record.is_open())
    }

    fn trade_now(&mut self, of: ClOrdId, quantity: Option<Qty>, now: Ts) {
        let events = self.market.trade_now(of, quantity, now);
        self.happened(events);
    }

    /// What waits for so many orders.
    fn faults_by_count(&mut self, now: Ts) {
        let heard = self.faults.orders_heard;
        let counted = std::mem::take(&mut self.faults.counted);
        let (due, later) = counted
            .into_iter()
            .partition(|(orders, _)| *orders <= heard);
        self.faults.counted = later;
        let due: Vec<(u64, Fault)> = due;
        for (_, fault) in due {
            // A script's fault that cannot be has nobody to tell.
            let _ = self.fall(fault, now);
        }
    }
}
