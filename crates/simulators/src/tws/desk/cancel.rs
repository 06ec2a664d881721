//! Orders are taken off the book: one of the client's own, or all there are.

use polyfolio_matching::VenueCommand;
use polyfolio_model::{ClOrdId, Ts};

use super::ledger::Asked;
use super::order::Status;
use super::{Desk, SessionId};
use crate::tws::messages::CancelOrderRequest;
use crate::tws::notices::{NO_REQUEST, Notice};
use crate::tws::record::Line;

impl Desk {
    pub(super) fn cancel(&mut self, id: SessionId, request: &CancelOrderRequest, now: Ts) {
        let (Some(client_id), Some(order_id)) = (self.client(id), request.order_id) else {
            return;
        };
        let entry = self.ledger.of_client(client_id, order_id);
        let refused = match entry {
            None => Notice::OrderNotFound(order_id),
            Some(entry) if !entry.is_open() => Notice::CannotCancel {
                order_id,
                state: entry.status.text(),
            },
            Some(entry) => {
                let of = entry.cl_ord_id();
                return self.cancel_at_market(of, now);
            }
        };
        self.notice(id, order_id, &refused, now);
    }

    /// Everybody's orders.
    pub(super) fn global_cancel(&mut self, id: SessionId, now: Ts) {
        if self.is_cut_off() {
            return self.notice(id, NO_REQUEST, &Notice::NotConnected, now);
        }
        let open = self.ledger.orders().filter(|entry| entry.is_open());
        let open: Vec<ClOrdId> = open.map(|entry| entry.cl_ord_id()).collect();
        for of in open {
            self.cancel_at_market(of, now);
        }
    }

    pub(super) fn cancel_at_market(&mut self, of: ClOrdId, now: Ts) {
        self.cancel_pends(of);
        self.send_cancel(of, now);
    }

    pub(super) fn send_cancel(&mut self, of: ClOrdId, now: Ts) {
        if self.ledger.order(of).is_some() {
            let request = self.ledger.ask(Asked::Cancel);
            self.command(VenueCommand::Cancel(of, request), now);
        }
    }

    /// Tells that an order is being cancelled.
    pub(super) fn cancel_pends(&mut self, of: ClOrdId) {
        if self.ledger.order(of).is_none_or(|entry| !entry.is_open()) {
            return;
        }
        self.note(&Line::CancelAsked { number: of.child });
        if let Some(entry) = self.ledger.order_mut(of) {
            entry.status = Status::PendingCancel;
            let (client_id, status) = (entry.client_id, entry.status());
            self.tell(client_id, &status);
        }
    }
}
