//! One instrument's market: its quote, and the orders that rest around it.

mod working;

use chrono::NaiveTime;
use polyfolio_model::{Price, Qty, Quote, Side, Span, Ts};
use rust_decimal::Decimal;

pub(crate) use working::{Waits, Working};

use crate::book::{OrderRecord, PathStart};
use crate::mid_path::{MidPath, price_of};
use crate::{FillModel, Listing};

/// The market of a listed instrument. Without a path it has no price and takes no orders.
#[derive(Clone, Debug)]
pub(crate) struct Market {
    pub(crate) listing: Listing,
    pub(crate) working: Vec<Working>,
    tick: Price,
    spread: u32,
    close: NaiveTime,
    path: Option<MidPath>,
    top: Top,
}

/// The quote as it stands: prices, and the same in ticks.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Top {
    bid: Price,
    ask: Price,
    bid_ticks: f64,
    ask_ticks: f64,
    /// The step at which it last changed, and when that was.
    step: u64,
    since: Ts,
}

impl Market {
    pub(crate) fn new(listing: Listing, spread: u32, close: NaiveTime) -> Self {
        Self {
            tick: listing.tick(),
            listing,
            working: Vec::new(),
            spread,
            close,
            path: None,
            top: Top::default(),
        }
    }

    /// The same market before its path began, and without orders.
    pub(crate) fn unbegun(&self) -> Self {
        Self::new(self.listing.clone(), self.spread, self.close)
    }

    /// Begins a path; the quote is that of its start.
    pub(crate) fn begin(&mut self, start: PathStart) {
        let since = start.time;
        let floor = 1.0 + f64::from(self.spread) / 2.0;
        self.path = Some(MidPath::new(start, floor));
        self.top = Top {
            since,
            ..self.quoted()
        };
    }

    pub(crate) fn path(&self) -> Option<&MidPath> {
        self.path.as_ref()
    }

    pub(crate) fn next_step(&self) -> Ts {
        self.path.as_ref().map_or(Ts::MAX, MidPath::next_step)
    }

    /// Lets the mid take a step at `time`; whether the quote changed.
    pub(crate) fn step(&mut self, time: Ts) -> bool {
        let Some(path) = &mut self.path else {
            return false;
        };
        path.step();
        let step = path.steps();
        let quoted = self.quoted();
        let same = quoted.bid == self.top.bid && quoted.ask == self.top.ask;
        if !same {
            self.top = Top {
                step,
                since: time,
                ..quoted
            };
        }
        !same
    }

    /// The quote, when there is one.
    pub(crate) fn quote(&self) -> Option<Quote> {
        self.path.as_ref()?;
        Some(Quote {
            bid: Some(self.top.bid),
            ask: Some(self.top.ask),
            time: self.top.since,
        })
    }

    /// The middle of the quote, when there is one.
    pub(crate) fn mid(&self) -> Option<Price> {
        self.path.as_ref()?;
        let sum = self.top.bid.get() + self.top.ask.get();
        Some(Price::new(sum / Decimal::TWO))
    }

    /// Where an order of `side` takes: the opposite quote.
    pub(crate) fn touch(&self, side: Side) -> Price {
        match side {
            Side::Buy => self.top.ask,
            Side::Sell => self.top.bid,
        }
    }

    /// Whether an order can trade against the quote as it stands. Without a spread there is
    /// nothing to cross in the Poisson model: every limit order rests.
    pub(crate) fn can_take(&self, order: &Working, model: FillModel) -> bool {
        if order.waits != Waits::No {
            return false;
        }
        let Some(beyond) = self.beyond(order) else {
            return true;
        };
        (model != FillModel::Poisson || self.spread > 0) && beyond >= 0.0
    }

    /// Whether the quote has come to the trigger of a stop: the price at which the order would take
    /// is the trigger or worse.
    pub(crate) fn triggers(&self, order: &Working) -> bool {
        let Waits::Trigger(trigger) = order.waits else {
            return false;
        };
        let is_there = match order.side {
            Side::Buy => self.top.ask >= trigger,
            Side::Sell => self.top.bid <= trigger,
        };
        self.path.is_some() && is_there
    }

    /// Whether the quote has come to a resting order.
    pub(crate) fn reached(&self, order: &Working, model: FillModel) -> bool {
        if order.waits != Waits::No {
            return false;
        }
        let Some(beyond) = self.beyond(order) else {
            return true;
        };
        match model {
            _ if order.takes => self.can_take(order, model),
            FillModel::Poisson => self.spread > 0 && beyond >= 0.0,
            FillModel::Touch => beyond >= 0.0,
            FillModel::Through => beyond > 0.0,
        }
    }

    /// When a resting order trades if the quote stays as it is.
    ///
    /// Waiting times are exponential, so what has been waited before the last change of the quote
    /// or of the order does not count: the wait is drawn anew from there.
    pub(crate) fn due(&self, order: &Working, model: FillModel) -> Option<Ts> {
        match order.waits {
            Waits::No => {}
            Waits::Trigger(_) => return None,
            Waits::Close(at) => return Some(at),
        }
        let (limit, path) = (order.limit?, self.path.as_ref()?);
        if order.takes || model != FillModel::Poisson {
            return None;
        }
        let distance = match order.side {
            Side::Buy => self.mid_ticks() - limit,
            Side::Sell => limit - self.mid_ticks(),
        };
        let params = &self.listing.market;
        let rate = params.arrival_rate * (-params.decay * distance).exp();
        // Also where a rate of nothing meets an infinite factor.
        if rate.is_nan() || rate <= 0.0 {
            return None;
        }
        let own = path.chance().branch(order.number).branch(order.revision);
        let wait = own.exponential(self.top.step) / rate;
        let due = order.since.max(self.top.since) + Span::from_secs_f64(wait);
        (due < Ts::MAX).then_some(due)
    }

    /// An order as this market works it.
    pub(crate) fn working(&self, record: &OrderRecord) -> Working {
        Working::new(record, self.tick, self.close)
    }

    /// A price as it is traded at: on the grid when there is one.
    pub(crate) fn on_grid(&self, price: Price) -> Price {
        price.nearest_on_grid(self.listing.instrument.tick)
    }

    /// How much of `leaves` one execution trades.
    pub(crate) fn execution(leaves: Qty, most: Qty) -> Qty {
        if most.is_zero() {
            leaves
        } else {
            leaves.min(most)
        }
    }

    /// How far the opposite quote stands beyond the limit, in ticks; none for a market order.
    fn beyond(&self, order: &Working) -> Option<f64> {
        let limit = order.limit?;
        Some(match order.side {
            Side::Buy => limit - self.top.ask_ticks,
            Side::Sell => self.top.bid_ticks - limit,
        })
    }

    fn mid_ticks(&self) -> f64 {
        (self.top.bid_ticks + self.top.ask_ticks) / 2.0
    }

    /// The quote around the path's mid: on the grid when there is one.
    fn quoted(&self) -> Top {
        let mid = self.path.as_ref().map_or(0.0, MidPath::ticks);
        let spread = f64::from(self.spread);
        let has_grid = !self.listing.instrument.tick.is_zero();
        let low = mid - spread / 2.0;
        // Off the grid a billionth of a tick is the grid, so that prices and ticks agree.
        let grain = if has_grid { 1.0 } else { 1e-9 };
        let bid_ticks = (low / grain).round() * grain;
        let ask_ticks = bid_ticks + spread;
        Top {
            bid: price_of(bid_ticks, self.tick),
            ask: price_of(ask_ticks, self.tick),
            bid_ticks,
            ask_ticks,
            ..Top::default()
        }
    }
}
