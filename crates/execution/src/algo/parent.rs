//! A parent order as an algorithm sees it, and the rules that all algorithms share: when there is
//! anything to do, which quotes count, and what the parent's limit allows.

use polyfolio_model::{Instrument, OrdType, Price, Qty, Quote, Side, Span, Ts};

use super::{Decision, Reason};

/// A parent order as an algorithm sees it.
#[derive(Clone, Copy, Debug)]
pub struct ParentView<'a> {
    /// What is traded, with its grids.
    pub instrument: &'a Instrument,
    /// Which way.
    pub side: Side,
    /// How much in all.
    pub order_qty: Qty,
    /// How much has filled.
    pub filled: Qty,
    /// What the open children may still fill. No algorithm here needs it.
    pub open: Qty,
    /// Nothing before.
    pub start: Ts,
    /// Nothing at or after, but by [`AlgoSpec::Market`](super::AlgoSpec::Market).
    pub deadline: Ts,
    /// No child pays more, or takes less.
    pub limit: Option<Price>,
    /// The mid when the parent was made.
    pub arrival_mid: Option<Price>,
    /// A quote older than this says nothing.
    pub quote_max_age: Span,
}

impl ParentView<'_> {
    /// What is left to trade, never below zero.
    pub fn remaining(&self) -> Qty {
        (self.order_qty - self.filled).max(Qty::ZERO)
    }

    /// The decision that every algorithm but `market` comes to outside the parent's time, and when
    /// everything has filled.
    pub(crate) fn outside(&self, now: Ts) -> Option<Decision> {
        let (wake_at, reason) = match () {
            () if self.remaining().is_zero() => (None, Reason::Done),
            () if now < self.start => (Some(self.start), Reason::NotStarted),
            () if now >= self.deadline => (None, Reason::Deadline),
            () => return None,
        };
        Some(Decision::Idle { wake_at, reason })
    }

    /// `quote`, if it says something at `now`.
    pub(crate) fn fresh<'q>(&self, quote: Option<&'q Quote>, now: Ts) -> Result<&'q Quote, Reason> {
        let quote = quote.ok_or(Reason::NoQuote)?;
        let crossed = quote.bid.zip(quote.ask).is_some_and(|(bid, ask)| bid > ask);
        match () {
            () if crossed => Err(Reason::NoQuote),
            () if now.since(quote.time) > self.quote_max_age => Err(Reason::StaleQuote),
            () => Ok(quote),
        }
    }

    /// `price` on the grid and not beyond the parent's limit, and whether the limit it is; `None`
    /// where that leaves nothing above zero.
    pub(crate) fn bounded(&self, price: Price) -> Option<(Price, bool)> {
        let grid = |price: Price| price.passive_on_grid(self.side, self.instrument.tick);
        let price = grid(price);
        let limit = self
            .limit
            .map(grid)
            .filter(|limit| self.is_better(price, *limit));
        let bounded = limit.map_or((price, false), |limit| (limit, true));
        bounded.0.is_positive().then_some(bounded)
    }

    /// An order at whatever price there is, as far as the parent's limit allows.
    pub(crate) fn immediate(&self) -> Option<OrdType> {
        match self.limit {
            None => Some(OrdType::Market),
            Some(limit) => self.bounded(limit).map(|(limit, _)| OrdType::Limit(limit)),
        }
    }

    /// Whether an order at `a` gives the other side more than one at `b`.
    pub(crate) fn is_better(&self, a: Price, b: Price) -> bool {
        match self.side {
            Side::Buy => a > b,
            Side::Sell => a < b,
        }
    }
}
