//! What a command does when it arrives.

use polyfolio_model::{
    Amend, CancelRejectReason, ClOrdId, NewOrder, RejectReason, RequestId, TimeInForce,
    VenueOrderId,
};

use super::SyntheticVenue;
use crate::{Happening, OrderRecord, OrderRef, VenueCommand, VenueEvent, rules};

impl SyntheticVenue {
    pub(super) fn arrive(&mut self, command: VenueCommand, out: &mut Vec<VenueEvent>) {
        match command {
            VenueCommand::New(order) => self.new_order(order, out),
            VenueCommand::Cancel(id, request) => self.cancel(id, request, out),
            VenueCommand::Replace(id, request, amend) => self.replace(id, request, amend, out),
            VenueCommand::Query(id) => self.query(id),
        }
    }

    fn new_order(&mut self, order: NewOrder, out: &mut Vec<VenueEvent>) {
        let place = match self.admit(&order) {
            Ok(place) => place,
            Err((reason, text)) => {
                let refused = Happening::Rejected {
                    order,
                    reason,
                    text,
                };
                return self.happen(refused, out);
            }
        };
        let id = order.cl_ord_id;
        let venue_id = VenueOrderId::new(format!("O-{}", self.book.accepted() + 1));
        let at_once = order.time_in_force == TimeInForce::ImmediateOrCancel;
        self.happen(Happening::Accepted { order, venue_id }, out);
        self.take_or_rest(id, place, out);
        if at_once {
            self.remove(id, None, out);
        }
    }

    /// The place of the order's market, or why the order is refused.
    fn admit(&self, order: &NewOrder) -> Result<usize, rules::Refusal> {
        let id = order.cl_ord_id;
        if self.book.knows(id) {
            let text = format!("an order {id} exists");
            return Err((RejectReason::DuplicateClOrdId, text));
        }
        if let Err(contradiction) = order.check_terms() {
            return Err((RejectReason::Other, contradiction.to_string()));
        }
        let Some(place) = self.places.get(&order.instrument).copied() else {
            let text = format!("{} is not traded here", order.instrument);
            return Err((RejectReason::UnknownInstrument, text));
        };
        let market = &self.markets[place];
        let Some(mid) = market.mid() else {
            let text = format!("{} has no market today", order.instrument);
            return Err((RejectReason::MarketClosed, text));
        };
        let instrument = &market.listing.instrument;
        rules::check(instrument, order.order_qty, order.ord_type, mid)?;
        Ok(place)
    }

    fn cancel(&mut self, id: ClOrdId, request: RequestId, out: &mut Vec<VenueEvent>) {
        match self.not_open(id) {
            None => self.remove(id, Some(request), out),
            Some(reason) => self.refuse(id, request, reason, out),
        }
    }

    fn replace(
        &mut self,
        id: ClOrdId,
        request: RequestId,
        amend: Amend,
        out: &mut Vec<VenueEvent>,
    ) {
        if let Some(reason) = self.not_open(id) {
            return self.refuse(id, request, reason, out);
        }
        let Some((place, order, record)) = self.open(id) else {
            return;
        };
        let market = &self.markets[place];
        let Some(ord_type) = record.order.ord_type.amended(&amend) else {
            return self.refuse(id, request, CancelRejectReason::Other, out);
        };
        // What has woken up cannot wait for another price.
        let waited = record.triggered.is_some();
        if waited && ord_type.trigger() != record.order.ord_type.trigger() {
            return self.refuse(id, request, CancelRejectReason::Other, out);
        }
        let mid = market.mid().unwrap_or_default();
        let rules = rules::check(&market.listing.instrument, amend.order_qty, ord_type, mid);
        if rules.is_err() {
            return self.refuse(id, request, CancelRejectReason::Other, out);
        }
        let replaced = Happening::Replaced {
            order,
            request,
            // What has traded cannot be asked back.
            order_qty: amend.order_qty.max(record.cum_qty),
            ord_type,
        };
        self.withdraw(id, place);
        self.happen(replaced, out);
        self.take_or_rest(id, place, out);
    }

    /// Answers by its own reports again; an unknown order gets no answer, which proves nothing.
    fn query(&mut self, id: ClOrdId) {
        let heard = self.now + self.config.latency.response;
        let answers = self.book.restate(id, self.now);
        self.reports.extend(answers.into_iter().map(|r| (heard, r)));
    }

    fn refuse(
        &mut self,
        cl_ord_id: ClOrdId,
        request: RequestId,
        reason: CancelRejectReason,
        out: &mut Vec<VenueEvent>,
    ) {
        let refused = Happening::CancelRejected {
            cl_ord_id,
            request,
            reason,
        };
        self.happen(refused, out);
    }

    /// Takes an open order off the book; a done one is left as it is.
    fn remove(&mut self, id: ClOrdId, request: Option<RequestId>, out: &mut Vec<VenueEvent>) {
        if let Some((place, order, record)) = self.open(id) {
            let cum_qty = record.cum_qty;
            self.withdraw(id, place);
            let canceled = Happening::Canceled {
                order,
                request,
                cum_qty,
            };
            self.happen(canceled, out);
        }
    }

    fn not_open(&self, id: ClOrdId) -> Option<CancelRejectReason> {
        match self.book.order(id) {
            None => Some(CancelRejectReason::UnknownOrder),
            Some(record) if !record.is_open() => Some(CancelRejectReason::TooLate),
            Some(_) => None,
        }
    }

    /// An open order: the place of its market, its full name, its record.
    pub(super) fn open(&self, id: ClOrdId) -> Option<(usize, OrderRef, &OrderRecord)> {
        let record = self.book.order(id).filter(|record| record.is_open())?;
        let place = *self.places.get(&record.order.instrument)?;
        let name = OrderRef {
            cl_ord_id: id,
            venue_id: record.venue_id.clone()?,
            instrument: record.order.instrument.clone(),
            side: record.order.side,
        };
        Some((place, name, record))
    }
}
