//! A venue whose prices are drawn from a seed.
//!
//! Each instrument's mid is a Brownian path sampled at equal intervals; the quote stands around it
//! on the price grid. Marketable orders take at the opposite quote, resting ones trade by the
//! [`FillModel`](crate::FillModel), at the rate A·e^(−kδ) in the default one: the market that the
//! optimal-quote theory assumes (Avellaneda and Stoikov 2008; Guéant, Lehalle and
//! Fernandez-Tapia 2012). There is nobody else in the book: no queue, no depth, no volume.
//!
//! A stop waits for the quote: a buy for an ask at or above its trigger, a sell for a bid at or
//! below it; from then on it is a market or limit order that has just arrived. IB's default for US
//! stocks looks at the last trade. Nobody else trades here, so there is none to look at, and the
//! quote that the order would take stands for it: what a stop takes as it wakes up is never better
//! than its trigger. One whose trigger is behind the market as it arrives, or as it is amended,
//! wakes up at once; one that is immediate or cancel and does not is canceled.
//!
//! An order at the close waits for the next close after its arrival ([`VenueConfig::close`]), and
//! trades there as a whole at the mid, on the grid: always as a market order, as a limit order
//! where the limit allows; else it expires. There is no calendar, no auction book and no cutoff: a
//! close comes every day, and an order is taken up to it. A later market date is a close too, at
//! the price it begins with.
//!
//! At one instant things happen in this order: resting orders trade and the close is held, mids
//! move, commands arrive, what was said is heard.

mod arrivals;
mod close;
mod fills;
mod forced;
mod markets;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use polyfolio_model::{ExecutionReport, InstrumentId, Money, Price, Qty, Quote, Ts};

use crate::market::Market;
use crate::{
    Book, Happening, TapeEvent, Venue, VenueCommand, VenueConfig, VenueError, VenueEvent, Walk,
};

/// A venue made of a configuration and a seed.
#[derive(Clone, Debug)]
pub struct SyntheticVenue {
    config: VenueConfig,
    book: Book,
    markets: Vec<Market>,
    places: BTreeMap<InstrumentId, usize>,
    /// When each resting order trades: time, order number, place of its market.
    due: BTreeSet<(Ts, u64, usize)>,
    /// When the next mid moves.
    next_step: Ts,
    arrivals: VecDeque<(Ts, VenueCommand)>,
    reports: VecDeque<(Ts, ExecutionReport)>,
    quotes: VecDeque<(Ts, usize, Quote)>,
    now: Ts,
}

impl SyntheticVenue {
    /// A venue with an empty account and no prices yet: see [`SyntheticVenue::set_market`].
    pub fn new(config: VenueConfig) -> Result<Self, VenueError> {
        config.check()?;
        let (spread, close) = (config.spread_ticks, config.close);
        let mut places = BTreeMap::new();
        for (place, listing) in config.listings.iter().enumerate() {
            let id = listing.instrument.id.clone();
            if places.insert(id.clone(), place).is_some() {
                return Err(VenueError::ListedTwice(id));
            }
        }
        let listings = config.listings.iter().cloned();
        Ok(Self {
            markets: listings.map(|l| Market::new(l, spread, close)).collect(),
            places,
            config,
            book: Book::default(),
            due: BTreeSet::new(),
            next_step: Ts::MAX,
            arrivals: VecDeque::new(),
            reports: VecDeque::new(),
            quotes: VecDeque::new(),
            now: Ts::MIN,
        })
    }

    /// Rebuilds a venue from its tape, its clock standing at `now` or at the tape's last event,
    /// whichever is later. It goes on as the unbroken venue would have, except that commands and
    /// reports that were under way are lost, as on a broken wire.
    pub fn restore(
        config: VenueConfig,
        tape: impl IntoIterator<Item = TapeEvent>,
        now: Option<Ts>,
    ) -> Result<Self, VenueError> {
        let mut venue = Self::new(config)?;
        for event in tape {
            venue.book.apply(&event);
        }
        venue.now = now.max(venue.book.last_time()).unwrap_or(Ts::MIN);
        venue.resume_paths();
        venue.resume_orders();
        Ok(venue)
    }

    /// Opens the account. Only a venue without one does; afterwards it is a no-op.
    pub fn open_account(
        &mut self,
        cash: Money,
        positions: Vec<(InstrumentId, Qty)>,
        now: Ts,
    ) -> Vec<VenueEvent> {
        let mut out = Vec::new();
        if !self.book.is_opened() {
            self.now = self.now.max(now);
            self.happen(Happening::Opened { cash, positions }, &mut out);
        }
        out
    }

    /// The venue's time: of its last event, or where it was advanced to.
    pub fn now(&self) -> Ts {
        self.now
    }

    /// What it is made of.
    pub fn config(&self) -> &VenueConfig {
        &self.config
    }

    /// Orders, fills and account.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// The quote of an instrument as the venue has it now (a listener hears it one latency later).
    pub fn quote(&self, instrument: &InstrumentId) -> Option<Quote> {
        self.market(instrument)?.quote()
    }

    /// The middle of the quote.
    pub fn mid(&self, instrument: &InstrumentId) -> Option<Price> {
        self.market(instrument)?.mid()
    }

    /// The quotes that an instrument has had since its market began, from the first one on.
    pub fn walk(&self, instrument: &InstrumentId) -> Option<Walk> {
        Walk::of(self.market(instrument)?)
    }

    /// Cash and positions at their mids; the instrument that has none, otherwise.
    pub fn equity(&self) -> Result<Money, InstrumentId> {
        let account = &self.book.account;
        account
            .positions
            .iter()
            .try_fold(account.cash, |sum, (instrument, quantity)| {
                let mid = self.mid(instrument).ok_or_else(|| instrument.clone())?;
                Ok(sum + mid * *quantity)
            })
    }

    fn market(&self, instrument: &InstrumentId) -> Option<&Market> {
        self.markets.get(*self.places.get(instrument)?)
    }

    /// Writes down what happened now, lets it change the book, and tells the sender.
    fn happen(&mut self, what: Happening, out: &mut Vec<VenueEvent>) {
        let time = self.now;
        let event = TapeEvent { time, what };
        self.book.apply(&event);
        if let Some(report) = event.report() {
            let heard = time + self.config.latency.response;
            self.reports.push_back((heard, report));
        }
        out.push(VenueEvent::Tape(event));
    }

    fn next(&self) -> Ts {
        let front = |at: Option<Ts>| at.unwrap_or(Ts::MAX);
        front(self.due.first().map(|d| d.0))
            .min(self.next_step)
            .min(front(self.arrivals.front().map(|a| a.0)))
            .min(front(self.reports.front().map(|r| r.0)))
            .min(front(self.quotes.front().map(|q| q.0)))
    }

    /// The one thing that happens first at `self.now`.
    fn happen_next(&mut self, out: &mut Vec<VenueEvent>) {
        let now = self.now;
        if let Some(due) = self.due.first().copied().filter(|due| due.0 <= now) {
            self.fill_due(due, out);
        } else if self.next_step <= now {
            self.move_mids(out);
        } else if let Some((_, command)) = pop_if(&mut self.arrivals, |a| a.0 <= now) {
            self.arrive(command, out);
        } else if let Some((_, report)) = pop_if(&mut self.reports, |r| r.0 <= now) {
            out.push(VenueEvent::Report(report));
        } else if let Some((_, place, quote)) = pop_if(&mut self.quotes, |q| q.0 <= now) {
            let instrument = self.markets[place].listing.instrument.id.clone();
            out.push(VenueEvent::Quote { instrument, quote });
        }
    }
}

impl Venue for SyntheticVenue {
    fn apply_into(&mut self, command: VenueCommand, now: Ts, out: &mut Vec<VenueEvent>) {
        self.advance_into(now, out);
        let arrival = self.now.max(now) + self.config.latency.entry;
        self.arrivals.push_back((arrival, command));
        self.advance_into(now, out);
    }

    fn next_event(&self) -> Option<Ts> {
        Some(self.next()).filter(|at| *at < Ts::MAX)
    }

    fn advance_into(&mut self, to: Ts, out: &mut Vec<VenueEvent>) {
        loop {
            let next = self.next();
            if next > to || next == Ts::MAX {
                break;
            }
            self.now = self.now.max(next);
            self.happen_next(out);
        }
        self.now = self.now.max(to);
    }
}

fn pop_if<T>(queue: &mut VecDeque<T>, ready: impl Fn(&T) -> bool) -> Option<T> {
    if queue.front().is_some_and(ready) {
        queue.pop_front()
    } else {
        None
    }
}
