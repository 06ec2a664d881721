//! Orders come in: new ones, and new terms for those that work.
//!
//! An order id is a client's own. The id of an order that works modifies it; any other that is not
//! above all that the client has used is a duplicate. An id counts as used as soon as an order
//! with it was looked at, whether it was taken or refused.

use polyfolio_matching::VenueCommand;
use polyfolio_model::{Amend, ClOrdId, NewOrder, OrdType, Ts};

use super::ledger::Asked;
use super::order::{Entry, Status, Terms};
use super::{Desk, SessionId};
use crate::tws::messages::PlaceOrderRequest;
use crate::tws::notices::Notice;
use crate::tws::record::Line;

/// No order has this id: there would be none above it for the next one.
const ORDER_ID_END: i32 = i32::MAX;

impl Desk {
    pub(super) fn place(&mut self, id: SessionId, request: &PlaceOrderRequest, now: Ts) {
        let (Some(client_id), Some(order_id)) = (self.client(id), request.order_id) else {
            return;
        };
        if let Err(notice) = self.placed(client_id, order_id, request, now) {
            self.notice(id, order_id, &notice, now);
        }
    }

    fn placed(
        &mut self,
        client_id: i32,
        order_id: i32,
        request: &PlaceOrderRequest,
        now: Ts,
    ) -> Result<(), Notice> {
        if !(1..ORDER_ID_END).contains(&order_id) {
            return Err(Notice::Invalid(format!(
                "order id {order_id} is no order id"
            )));
        }
        let contract = request.contract.clone().unwrap_or_default();
        let order = request.order.clone().unwrap_or_default();
        match self.ledger.of_client(client_id, order_id) {
            Some(entry) if entry.is_open() => {
                let of = entry.cl_ord_id();
                let terms = self.terms(&contract, &order)?;
                return self.modify(of, &terms, now);
            }
            Some(entry) if entry.status == Status::Filled => return Err(Notice::FilledOrder),
            _ => {}
        }
        if order_id < self.ledger.next_order_id(client_id) {
            return Err(Notice::DuplicateOrderId);
        }
        self.ledger.uses(client_id, order_id);
        let terms = self.terms(&contract, &order).inspect_err(|_| {
            self.note(&Line::Used {
                client_id,
                order_id,
                order_ref: order.order_ref.clone(),
            });
        })?;
        let instrument = self
            .config
            .stocks
            .get(terms.stock)
            .map(|s| s.instrument().clone());
        let instrument = instrument.ok_or(Notice::NoSecurity("unknown contract"))?;
        let entry = self.ledger.enter(client_id, order_id, terms);
        let (of, order) = (entry.cl_ord_id(), new_order(entry, instrument));
        let entered = Line::Entered {
            number: entry.number,
            client_id,
            order_id,
            order_ref: entry.terms.order_ref.clone(),
            outside_rth: entry.terms.outside_rth,
            order: order.clone(),
        };
        self.note(&entered);
        self.tell_order(of);
        self.command(VenueCommand::New(order), now);
        Ok(())
    }

    /// New terms: quantity and price may change, what the order is may not.
    fn modify(&mut self, of: ClOrdId, terms: &Terms, now: Ts) -> Result<(), Notice> {
        let Some(entry) = self.ledger.order(of) else {
            return Err(Notice::OtherOrder);
        };
        let have = &entry.terms;
        let prices = |of: OrdType| (of.limit().is_some(), of.trigger().is_some());
        let same_type = prices(have.ord_type) == prices(terms.ord_type);
        let same = have.stock == terms.stock && have.side == terms.side && have.tif == terms.tif;
        if !same || !same_type {
            return Err(Notice::OtherOrder);
        }
        if entry.status == Status::PendingCancel {
            return Err(Notice::Rejected("the order is being cancelled".into()));
        }
        let amend = Amend {
            order_qty: terms.quantity,
            price: terms.ord_type.limit(),
            trigger: terms.ord_type.trigger(),
        };
        let request = self.ledger.ask(Asked::Amend(amend));
        self.command(VenueCommand::Replace(of, request, amend), now);
        Ok(())
    }
}

/// An order as the market takes it.
pub(super) fn new_order(entry: &Entry, instrument: polyfolio_model::InstrumentId) -> NewOrder {
    NewOrder {
        cl_ord_id: entry.cl_ord_id(),
        instrument,
        side: entry.terms.side,
        order_qty: entry.terms.quantity,
        ord_type: entry.terms.ord_type,
        time_in_force: entry.terms.tif,
    }
}
