//! The best bid and offer.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{Price, Side, Ts};

/// Best bid and offer at a time. A side that is not quoted is absent: there is no price 0 or −1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// The best price somebody buys at.
    pub bid: Option<Price>,
    /// The best price somebody sells at.
    pub ask: Option<Price>,
    /// When the venue said so.
    pub time: Ts,
}

impl Quote {
    /// A quote from raw prices: what is no price above zero is absent, and a crossed pair says
    /// nothing.
    pub fn new(bid: Option<Price>, ask: Option<Price>, time: Ts) -> Self {
        let real = |price: Option<Price>| price.filter(|p| p.is_positive() && p.is_in_bounds());
        let (bid, ask) = (real(bid), real(ask));
        match (bid, ask) {
            (Some(b), Some(a)) if b > a => Self {
                bid: None,
                ask: None,
                time,
            },
            _ => Self { bid, ask, time },
        }
    }

    /// Half way between bid and offer, when both are there.
    pub fn mid(&self) -> Option<Price> {
        let (bid, ask) = (self.bid?, self.ask?);
        Some(Price::new((bid.get() + ask.get()) / Decimal::TWO))
    }

    /// The price at which an order of `side` would trade at once.
    pub fn opposite(&self, side: Side) -> Option<Price> {
        match side {
            Side::Buy => self.ask,
            Side::Sell => self.bid,
        }
    }

    /// The price at which an order of `side` would join the best of its own side.
    pub fn same(&self, side: Side) -> Option<Price> {
        self.opposite(side.opposite())
    }
}
