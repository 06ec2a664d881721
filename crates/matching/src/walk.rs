//! A market's way since its start, taken again: for who wants to know what the quote was.
//!
//! A path is a function of its start and of the number of steps, so nothing has to be kept for
//! this, and a venue that was rebuilt from its tape tells the same past.

use polyfolio_model::{Quote, Ts};

use crate::market::Market;

/// The quotes of one instrument, step by step from where its market began.
#[derive(Clone, Debug)]
pub struct Walk {
    market: Market,
    start: Ts,
}

impl Walk {
    /// The way of a market that has one.
    pub(crate) fn of(market: &Market) -> Option<Self> {
        let start = market.path()?.start().clone();
        let mut again = market.unbegun();
        let time = start.time;
        again.begin(start);
        Some(Self {
            market: again,
            start: time,
        })
    }

    /// When it began.
    pub fn start(&self) -> Ts {
        self.start
    }

    /// The quote where the walk has come to.
    pub fn quote(&self) -> Option<Quote> {
        self.market.quote()
    }

    /// When the next step was, or will be.
    pub fn next_step(&self) -> Ts {
        self.market.next_step()
    }

    /// Takes it.
    pub fn step(&mut self) {
        let time = self.next_step();
        self.market.step(time);
    }
}
