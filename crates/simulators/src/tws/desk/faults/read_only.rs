//! A gateway whose API is set to read only: what would change something is refused, and so are, as
//! users report of the real one, the lists of orders.

use polyfolio_model::Ts;

use crate::tws::desk::{Desk, SessionId};
use crate::tws::notices::{NO_REQUEST, Notice};
use crate::tws::request::ClientMessage;

impl Desk {
    /// Refuses a message that a gateway which is read only does not take; whether it did.
    pub(in crate::tws::desk) fn refuses_to_write(
        &mut self,
        id: SessionId,
        message: &ClientMessage,
        now: Ts,
    ) -> bool {
        use ClientMessage as M;
        let Some(lists) = self.faults.read_only else {
            return false;
        };
        let about = match message {
            M::PlaceOrder(request) => request.order_id.unwrap_or(NO_REQUEST),
            M::CancelOrder(request) => request.order_id.unwrap_or(NO_REQUEST),
            M::GlobalCancel => NO_REQUEST,
            M::OpenOrders | M::AllOpenOrders | M::CompletedOrders if lists => NO_REQUEST,
            _ => return false,
        };
        self.notice(id, about, &Notice::ReadOnly, now);
        true
    }
}
