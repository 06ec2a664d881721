//! The market as it moved since it began, in candles of one length.

use std::collections::VecDeque;

use polyfolio_matching::Walk;
use polyfolio_model::{Price, Span, Ts, convert};

use super::candle::clean;
use super::{Candle, floor};

/// Candles of one instrument, from its market's beginning or from as far back as is kept.
#[derive(Clone, Debug)]
pub(crate) struct Recorder {
    walk: Walk,
    /// From the bid to the last trade, in price.
    above_bid: f64,
    length: Span,
    keeps_max: usize,
    done: VecDeque<Candle>,
    /// The candle that is not over.
    open: Candle,
}

impl Recorder {
    /// Of a market that quotes so many ticks apart; none where there is no quote.
    pub(crate) fn new(
        walk: Walk,
        spread_ticks: u32,
        tick: Price,
        length: Span,
        keeps_max: usize,
    ) -> Option<Self> {
        let above_bid = f64::from(spread_ticks / 2) * convert::price_f64(tick);
        let last = last(&walk, above_bid)?;
        Some(Self {
            open: Candle::flat(floor(walk.start(), length), length, last),
            walk,
            above_bid,
            length,
            keeps_max,
            done: VecDeque::new(),
        })
    }

    /// Takes in what happened up to a time.
    pub(crate) fn advance(&mut self, now: Ts) {
        while self.walk.next_step() <= now {
            let at = self.walk.next_step();
            self.end_by(at);
            self.walk.step();
            let Some(price) = last(&self.walk, self.above_bid) else {
                return;
            };
            match self.open.start == at {
                true => self.open = Candle::flat(at, self.length, price),
                false => self.open.hears(price),
            }
        }
        self.end_by(now);
    }

    /// Ends the candles that are over at a time.
    fn end_by(&mut self, now: Ts) {
        while self.open.end() <= now {
            let next = Candle::flat(self.open.end(), self.length, self.open.close);
            self.done.push_back(std::mem::replace(&mut self.open, next));
            if self.done.len() > self.keeps_max {
                self.done.pop_front();
            }
        }
    }

    /// The candles that are over, oldest first.
    pub(crate) fn done(&self) -> &VecDeque<Candle> {
        &self.done
    }

    /// All of them, with the one that is not over.
    pub(crate) fn candles(&self) -> impl DoubleEndedIterator<Item = &Candle> {
        self.done.iter().chain(std::iter::once(&self.open))
    }
}

/// The last trade, as it would have been: at the middle of the quote, or at the tick below it.
fn last(walk: &Walk, above_bid: f64) -> Option<f64> {
    let bid = walk.quote()?.bid?;
    Some(clean(convert::price_f64(bid) + above_bid))
}
