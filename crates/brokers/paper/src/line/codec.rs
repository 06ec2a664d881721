//! Events to lines and back.

use polyfolio_matching::{Happening, MarketSet, OrderRef, Start, TapeEvent};
use polyfolio_model::{Fill, NewOrder, OrdType, Span, Ts};

use super::{MarketLine, More, Opening, StartLine, TapeLine, TapeTag};

impl From<&TapeEvent> for TapeLine {
    fn from(event: &TapeEvent) -> Self {
        let line = |tag| TapeLine::new(event.time, tag);
        match &event.what {
            Happening::Opened { cash, positions } => {
                let (cash, positions) = (*cash, positions.clone());
                let opening = Some(Opening { cash, positions });
                line(TapeTag::Opened).with(More {
                    opening,
                    ..More::default()
                })
            }
            Happening::Market(set) => {
                let market = Some(MarketLine::from(set));
                line(TapeTag::Market).with(More {
                    market,
                    ..More::default()
                })
            }
            Happening::Accepted { order, venue_id } => {
                let mut line = line(TapeTag::Accepted).order(order);
                line.more.venue_id = Some(venue_id.clone());
                line
            }
            Happening::Rejected {
                order,
                reason,
                text,
            } => {
                let mut line = line(TapeTag::Rejected).order(order);
                line.more.reason = Some(*reason);
                line.more.text = Some(text.clone());
                line
            }
            Happening::Triggered { order } => line(TapeTag::Triggered).of(order),
            Happening::Traded { order, fill } => {
                let mut line = line(TapeTag::Traded).of(order);
                line.quantity = Some(fill.last_qty);
                line.price = Some(fill.last_px);
                line.exec_id = Some(fill.exec_id.clone());
                line.more.fee = fill.fee;
                line.more.liquidity = fill.liquidity;
                line
            }
            Happening::Canceled {
                order,
                request,
                cum_qty,
            } => {
                let mut line = line(TapeTag::Canceled).of(order);
                line.more.request = *request;
                line.more.cum_qty = Some(*cum_qty);
                line
            }
            Happening::Expired { order, cum_qty } => {
                let mut line = line(TapeTag::Expired).of(order);
                line.more.cum_qty = Some(*cum_qty);
                line
            }
            Happening::Replaced {
                order,
                request,
                order_qty,
                ord_type,
            } => {
                let mut line = line(TapeTag::Replaced).of(order).at(*ord_type);
                line.quantity = Some(*order_qty);
                line.more.request = Some(*request);
                line
            }
            Happening::CancelRejected {
                cl_ord_id,
                request,
                reason,
            } => {
                let mut line = line(TapeTag::CancelRejected);
                line.cl_ord_id = Some(*cl_ord_id);
                line.more.request = Some(*request);
                line.more.cancel_reason = Some(*reason);
                line
            }
        }
    }
}

/// The key that a line lacks, or has with a value that cannot be.
pub(crate) type Lacks = &'static str;

impl TryFrom<TapeLine> for TapeEvent {
    type Error = Lacks;

    fn try_from(line: TapeLine) -> Result<Self, Lacks> {
        let time = line.time;
        let what = match line.event {
            TapeTag::Opened => {
                let Opening { cash, positions } = line.more.opening.ok_or("opening")?;
                Happening::Opened { cash, positions }
            }
            TapeTag::Market => Happening::Market(line.more.market.ok_or("market")?.try_into()?),
            TapeTag::Accepted => Happening::Accepted {
                venue_id: line.more.venue_id.clone().ok_or("venue_id")?,
                order: line.to_order()?,
            },
            TapeTag::Rejected => Happening::Rejected {
                reason: line.more.reason.ok_or("reason")?,
                text: line.more.text.clone().unwrap_or_default(),
                order: line.to_order()?,
            },
            TapeTag::Triggered => Happening::Triggered {
                order: line.to_ref()?,
            },
            TapeTag::Traded => Happening::Traded {
                order: line.to_ref()?,
                fill: Fill {
                    exec_id: line.exec_id.ok_or("exec_id")?,
                    last_qty: line.quantity.ok_or("quantity")?,
                    last_px: line.price.ok_or("price")?,
                    fee: line.more.fee,
                    liquidity: line.more.liquidity,
                },
            },
            TapeTag::Canceled => Happening::Canceled {
                order: line.to_ref()?,
                request: line.more.request,
                cum_qty: line.more.cum_qty.ok_or("cum_qty")?,
            },
            TapeTag::Expired => Happening::Expired {
                order: line.to_ref()?,
                cum_qty: line.more.cum_qty.ok_or("cum_qty")?,
            },
            TapeTag::Replaced => Happening::Replaced {
                order: line.to_ref()?,
                request: line.more.request.ok_or("request")?,
                order_qty: line.quantity.ok_or("quantity")?,
                ord_type: line.ord_type(),
            },
            TapeTag::CancelRejected => Happening::CancelRejected {
                cl_ord_id: line.cl_ord_id.ok_or("cl_ord_id")?,
                request: line.more.request.ok_or("request")?,
                reason: line.more.cancel_reason.ok_or("cancel_reason")?,
            },
        };
        Ok(TapeEvent { time, what })
    }
}

impl TapeLine {
    fn new(time: Ts, event: TapeTag) -> Self {
        Self {
            time,
            event,
            cl_ord_id: None,
            symbol: None,
            side: None,
            quantity: None,
            price: None,
            exec_id: None,
            more: More::default(),
        }
    }

    fn with(self, more: More) -> Self {
        Self { more, ..self }
    }

    fn order(mut self, order: &NewOrder) -> Self {
        self.cl_ord_id = Some(order.cl_ord_id);
        self.symbol = Some(order.instrument.clone());
        self.side = Some(order.side);
        self.quantity = Some(order.order_qty);
        self.more.time_in_force = Some(order.time_in_force);
        self.at(order.ord_type)
    }

    /// A market order is one without a price, a stop one with a trigger.
    fn at(mut self, ord_type: OrdType) -> Self {
        self.price = ord_type.limit();
        self.more.trigger = ord_type.trigger();
        self
    }

    fn ord_type(&self) -> OrdType {
        OrdType::of(self.price, self.more.trigger)
    }

    fn of(mut self, order: &OrderRef) -> Self {
        self.cl_ord_id = Some(order.cl_ord_id);
        self.symbol = Some(order.instrument.clone());
        self.side = Some(order.side);
        self.more.venue_id = Some(order.venue_id.clone());
        self
    }

    fn to_order(&self) -> Result<NewOrder, Lacks> {
        Ok(NewOrder {
            cl_ord_id: self.cl_ord_id.ok_or("cl_ord_id")?,
            instrument: self.symbol.clone().ok_or("symbol")?,
            side: self.side.ok_or("side")?,
            order_qty: self.quantity.ok_or("quantity")?,
            ord_type: self.ord_type(),
            time_in_force: self.more.time_in_force.ok_or("time_in_force")?,
        })
    }

    fn to_ref(&self) -> Result<OrderRef, Lacks> {
        Ok(OrderRef {
            cl_ord_id: self.cl_ord_id.ok_or("cl_ord_id")?,
            venue_id: self.more.venue_id.clone().ok_or("venue_id")?,
            instrument: self.symbol.clone().ok_or("symbol")?,
            side: self.side.ok_or("side")?,
        })
    }
}

impl From<&MarketSet> for MarketLine {
    fn from(set: &MarketSet) -> Self {
        let start = |start: &Start| StartLine {
            symbol: start.instrument.clone(),
            price: start.price,
            tick: start.tick,
            sigma: start.sigma.to_string(),
        };
        Self {
            date: set.date,
            seed: set.seed,
            interval: set.interval,
            starts: set.starts.iter().map(start).collect(),
        }
    }
}

impl TryFrom<MarketLine> for MarketSet {
    type Error = Lacks;

    fn try_from(line: MarketLine) -> Result<Self, Lacks> {
        let start = |start: StartLine| {
            let sigma: f64 = start.sigma.parse().map_err(|_| "sigma")?;
            let sane = sigma.is_finite() && sigma >= 0.0 && start.tick.is_positive();
            sane.then_some(Start {
                instrument: start.symbol,
                price: start.price,
                tick: start.tick,
                sigma,
            })
            .ok_or("starts")
        };
        if line.interval <= Span::ZERO {
            return Err("interval");
        }
        Ok(Self {
            date: line.date,
            seed: line.seed,
            interval: line.interval,
            starts: line
                .starts
                .into_iter()
                .map(start)
                .collect::<Result<_, _>>()?,
        })
    }
}
