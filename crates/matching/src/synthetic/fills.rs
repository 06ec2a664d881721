//! How orders trade: at once against the quote, at rest, or once their trigger is reached.

use polyfolio_model::{ClOrdId, ExecId, Fill, Liquidity, Price, Qty, Ts};

use super::SyntheticVenue;
use crate::market::{Market, Waits, Working};
use crate::{Happening, VenueEvent};

impl SyntheticVenue {
    /// An order that is new on the book, or has new terms, or whose trigger is reached: it trades
    /// against the quote what it can, and rests with what is left.
    pub(super) fn take_or_rest(&mut self, id: ClOrdId, place: usize, out: &mut Vec<VenueEvent>) {
        self.trigger(id, place, out);
        let model = self.config.fill_model;
        let working = |venue: &Self| {
            let (_, _, record) = venue.open(id)?;
            Some(venue.markets[place].working(record))
        };
        let Some(order) = working(self) else {
            return;
        };
        if self.markets[place].can_take(&order, model) {
            let price = self.markets[place].touch(order.side);
            self.trade(id, price, Liquidity::Taker, out);
        }
        if let Some(order) = working(self) {
            self.rest(order, place);
        }
    }

    /// A resting order whose time has come.
    pub(super) fn fill_due(&mut self, due: (Ts, u64, usize), out: &mut Vec<VenueEvent>) {
        self.due.remove(&due);
        let (_, number, place) = due;
        let resting = self.markets[place].working.iter();
        let found = resting.copied().find(|order| order.number == number);
        match found {
            Some(order) if matches!(order.waits, Waits::Close(_)) => {
                let price = self.markets[place].mid();
                self.close_order(order.cl_ord_id, price, out);
            }
            Some(order) => self.trade_resting(order, place, out),
            None => {}
        }
    }

    /// The mid has moved and the quote has not: only what is left of takers takes again.
    pub(super) fn refresh(&mut self, place: usize, out: &mut Vec<VenueEvent>) {
        let resting = &self.markets[place].working;
        if resting.iter().any(|order| order.takes) {
            let takers: Vec<_> = resting
                .iter()
                .copied()
                .filter(|order| order.takes)
                .collect();
            for order in takers {
                self.trade_resting(order, place, out);
            }
        }
    }

    /// The quote of a market has moved: orders that it reached trade, the others wait anew.
    pub(super) fn reprice(&mut self, place: usize, out: &mut Vec<VenueEvent>) {
        if self.markets[place].working.is_empty() {
            return;
        }
        let model = self.config.fill_model;
        let resting = self.markets[place].working.clone();
        for order in resting {
            if self.markets[place].reached(&order, model) {
                self.trade_resting(order, place, out);
            } else if self.markets[place].triggers(&order) {
                self.withdraw(order.cl_ord_id, place);
                self.take_or_rest(order.cl_ord_id, place, out);
            } else {
                self.withdraw(order.cl_ord_id, place);
                self.rest(order, place);
            }
        }
    }

    /// Takes an order out of the market's list, and its due time with it.
    pub(super) fn withdraw(&mut self, id: ClOrdId, place: usize) {
        let working = &mut self.markets[place].working;
        if let Some(at) = working.iter().position(|order| order.cl_ord_id == id) {
            let order = working.remove(at);
            if let Some(due) = order.due {
                self.due.remove(&(due, order.number, place));
            }
        }
    }

    /// Puts an order among those that rest, in the order of their acceptance: that is the order in
    /// which they trade when one quote reaches several, now and after a restart.
    pub(super) fn rest(&mut self, mut order: Working, place: usize) {
        let market = &mut self.markets[place];
        order.takes = order.took && market.can_take(&order, self.config.fill_model);
        order.due = market.due(&order, self.config.fill_model);
        if let Some(due) = order.due {
            self.due.insert((due, order.number, place));
        }
        let earlier = |other: &Working| other.number < order.number;
        let at = market.working.partition_point(earlier);
        market.working.insert(at, order);
    }

    /// A stop whose trigger the quote has reached is a stop no more.
    fn trigger(&mut self, id: ClOrdId, place: usize, out: &mut Vec<VenueEvent>) {
        let waiting = |(_, _, record): &(_, _, &crate::OrderRecord)| record.waits_for().is_some();
        let Some((_, order, record)) = self.open(id).filter(waiting) else {
            return;
        };
        let market = &self.markets[place];
        if market.triggers(&market.working(record)) {
            self.happen(Happening::Triggered { order }, out);
        }
    }

    fn trade_resting(&mut self, order: Working, place: usize, out: &mut Vec<VenueEvent>) {
        let id = order.cl_ord_id;
        self.withdraw(id, place);
        let Some((_, _, record)) = self.open(id) else {
            return;
        };
        let (price, liquidity) = match record.order.ord_type.limit() {
            Some(price) if !order.takes => (price, Liquidity::Maker),
            _ => (self.markets[place].touch(order.side), Liquidity::Taker),
        };
        self.trade(id, price, liquidity, out);
        if let Some((_, _, record)) = self.open(id) {
            let left = self.markets[place].working(record);
            self.rest(left, place);
        }
    }

    fn trade(
        &mut self,
        id: ClOrdId,
        price: Price,
        liquidity: Liquidity,
        out: &mut Vec<VenueEvent>,
    ) {
        self.execute(id, price, Some(liquidity), self.config.fill_size, out);
    }

    /// One execution, of `most` at the most; zero: of all there is.
    pub(super) fn execute(
        &mut self,
        id: ClOrdId,
        price: Price,
        liquidity: Option<Liquidity>,
        most: Qty,
        out: &mut Vec<VenueEvent>,
    ) {
        let Some((_, order, record)) = self.open(id) else {
            return;
        };
        let quantity = Market::execution(record.leaves_qty(), most);
        let month = self.book.account.month_shares(self.now);
        let traded = record.traded_with(quantity, price * quantity, month);
        let fill = Fill {
            exec_id: ExecId::new(format!("E-{}", self.book.executions() + 1)),
            last_qty: quantity,
            last_px: price,
            fee: Some(self.config.fees.order_fee(traded) - record.fees),
            liquidity,
        };
        self.happen(Happening::Traded { order, fill }, out);
    }
}
