//! Orders that trade because somebody says so: how a simulator makes a race come out.

use polyfolio_model::{ClOrdId, Liquidity, Qty, Ts};

use super::SyntheticVenue;
use crate::{Venue, VenueEvent};

impl SyntheticVenue {
    /// Lets an open order trade at `now`, whatever the quote: `quantity` of it at most, at its own
    /// limit, or without one at the opposite quote. Nothing happens to an order that is not open.
    pub fn trade_now(&mut self, id: ClOrdId, quantity: Option<Qty>, now: Ts) -> Vec<VenueEvent> {
        let mut out = self.advance(now);
        let Some((place, order, record)) = self.open(id) else {
            return out;
        };
        let leaves = record.leaves_qty();
        let quantity = quantity.map_or(leaves, |most| most.min(leaves));
        let (price, liquidity) = match record.order.ord_type.limit() {
            Some(price) => (price, Liquidity::Maker),
            None => (self.markets[place].touch(order.side), Liquidity::Taker),
        };
        if quantity.is_positive() {
            self.withdraw(id, place);
            self.execute(id, price, Some(liquidity), quantity, &mut out);
            if let Some((_, _, record)) = self.open(id) {
                let left = self.markets[place].working(record);
                self.rest(left, place);
            }
        }
        self.advance_into(now, &mut out);
        out
    }
}
