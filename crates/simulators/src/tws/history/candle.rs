//! One bar, and what is shown of it.

use polyfolio_model::{Price, Span, Ts, convert};

/// What a minute is said to have traded: nobody else trades here.
const VOLUME_PER_MINUTE: f64 = 100.0;

/// The prices of a stretch of time, as last trades would have had them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Candle {
    pub(crate) start: Ts,
    pub(crate) length: Span,
    pub(crate) open: f64,
    pub(crate) high: f64,
    pub(crate) low: f64,
    pub(crate) close: f64,
}

/// What is asked for: trades, or a side of the quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Show {
    Trades,
    Midpoint,
    Bid,
    Ask,
    BidAsk,
}

impl Show {
    /// What a client writes; none when it is not simulated.
    pub(crate) fn of(text: &str) -> Option<Self> {
        Some(match text {
            "TRADES" => Self::Trades,
            "MIDPOINT" => Self::Midpoint,
            "BID" => Self::Bid,
            "ASK" => Self::Ask,
            "BID_ASK" => Self::BidAsk,
            _ => return None,
        })
    }

    /// What it is called in a sentence.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Trades => "Trades",
            Self::Midpoint => "Midpoint",
            Self::Bid => "Bid",
            Self::Ask => "Ask",
            Self::BidAsk => "Bid_Ask",
        }
    }
}

impl Candle {
    /// A stretch in which the price stood.
    pub(crate) fn flat(start: Ts, length: Span, price: f64) -> Self {
        let (open, high, low, close) = (price, price, price, price);
        Self {
            start,
            length,
            open,
            high,
            low,
            close,
        }
    }

    pub(crate) fn end(&self) -> Ts {
        self.start + self.length
    }

    /// Takes in a price.
    pub(crate) fn hears(&mut self, price: f64) {
        self.high = self.high.max(price);
        self.low = self.low.min(price);
        self.close = price;
    }

    /// Takes in the stretch that follows.
    pub(crate) fn join(&mut self, next: &Candle) {
        self.high = self.high.max(next.high);
        self.low = self.low.min(next.low);
        self.close = next.close;
        self.length = self.length + next.length;
    }

    /// As it is shown, of a market that quotes so many ticks apart. A trade is told at the middle,
    /// or at the tick below it.
    pub(crate) fn shown(&self, show: Show, spread_ticks: u32, tick: Price) -> Self {
        let tick = convert::price_f64(tick);
        let (below, above) = (spread_ticks / 2, spread_ticks.div_ceil(2));
        let (down, up) = (-f64::from(below) * tick, f64::from(above) * tick);
        let (low_side, high_side) = match show {
            Show::Trades => (0.0, 0.0),
            Show::Midpoint => ((down + up) / 2.0, (down + up) / 2.0),
            Show::Bid => (down, down),
            Show::Ask => (up, up),
            Show::BidAsk => (down, up),
        };
        Self {
            open: clean(self.open + low_side),
            high: clean(self.high + high_side),
            low: clean(self.low + low_side),
            close: clean(self.close + high_side),
            ..*self
        }
    }

    /// How many shares are said to have traded; no quote trades.
    pub(crate) fn volume(&self, show: Show) -> f64 {
        match show {
            Show::Trades => (VOLUME_PER_MINUTE * self.length.secs_f64() / 60.0).round(),
            _ => -1.0,
        }
    }
}

/// A price without the dust of its arithmetic.
pub(crate) fn clean(price: f64) -> f64 {
    (price * 1e9).round() / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_shown_from_every_side() {
        let candle = Candle {
            start: Ts::from_nanos(0),
            length: Span::from_secs(60),
            open: 100.0,
            high: 100.03,
            low: 99.98,
            close: 100.01,
        };
        let check = |show, spread, expect: [f64; 4]| {
            let c = candle.shown(show, spread, "0.01".parse().unwrap());
            assert_eq!(
                [c.open, c.high, c.low, c.close],
                expect,
                "{show:?} {spread}"
            );
        };
        check(Show::Trades, 2, [100.0, 100.03, 99.98, 100.01]);
        check(Show::Midpoint, 2, [100.0, 100.03, 99.98, 100.01]);
        check(Show::Midpoint, 3, [100.005, 100.035, 99.985, 100.015]);
        check(Show::Bid, 2, [99.99, 100.02, 99.97, 100.0]);
        check(Show::Ask, 3, [100.02, 100.05, 100.0, 100.03]);
        check(Show::BidAsk, 2, [99.99, 100.04, 99.97, 100.02]);
        assert_eq!(candle.volume(Show::Trades), 100.0);
        assert_eq!(candle.volume(Show::Bid), -1.0);
    }
}
