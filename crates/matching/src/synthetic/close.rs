//! The end of a day: orders at the close trade at one price, and what was for the day only is over.

use polyfolio_model::{ClOrdId, Price, Qty, Side, TimeInForce};

use super::SyntheticVenue;
use crate::{Happening, OrderRecord, VenueEvent};

impl SyntheticVenue {
    /// An order at the close: all of it trades at `price` if there is one and its limit allows it,
    /// or its time is over. At an auction nobody takes and nobody makes.
    pub(super) fn close_order(
        &mut self,
        id: ClOrdId,
        price: Option<Price>,
        out: &mut Vec<VenueEvent>,
    ) {
        let Some((place, _, record)) = self.open(id) else {
            return;
        };
        let price = price.map(|price| self.markets[place].on_grid(price));
        match price.filter(|price| allows(record, *price)) {
            Some(price) => {
                self.withdraw(id, place);
                self.execute(id, price, None, Qty::ZERO, out);
            }
            None => self.expire(id, out),
        }
    }

    /// What still waits for a close trades at the prices that a new date begins with, by place: the
    /// close that the venue knows of.
    pub(super) fn close_at(&mut self, prices: &[(usize, Price)], out: &mut Vec<VenueEvent>) {
        for id in self.open_for(TimeInForce::AtTheClose) {
            let place = self.open(id).map(|(place, _, _)| place);
            let price = prices.iter().find(|(at, _)| Some(*at) == place);
            self.close_order(id, price.map(|(_, price)| *price), out);
        }
    }

    /// What was for the day is over.
    pub(super) fn expire_day_orders(&mut self, out: &mut Vec<VenueEvent>) {
        for id in self.open_for(TimeInForce::Day) {
            self.expire(id, out);
        }
    }

    fn expire(&mut self, id: ClOrdId, out: &mut Vec<VenueEvent>) {
        if let Some((place, order, record)) = self.open(id) {
            let cum_qty = record.cum_qty;
            self.withdraw(id, place);
            self.happen(Happening::Expired { order, cum_qty }, out);
        }
    }

    /// The open orders that last like this, by acceptance.
    fn open_for(&self, time_in_force: TimeInForce) -> Vec<ClOrdId> {
        let open = self.book.open_orders().map(|record| &record.order);
        open.filter(|order| order.time_in_force == time_in_force)
            .map(|order| order.cl_ord_id)
            .collect()
    }
}

/// Whether an order's limit allows `price`.
fn allows(record: &OrderRecord, price: Price) -> bool {
    match (record.order.ord_type.limit(), record.order.side) {
        (None, _) => true,
        (Some(limit), Side::Buy) => price <= limit,
        (Some(limit), Side::Sell) => price >= limit,
    }
}
