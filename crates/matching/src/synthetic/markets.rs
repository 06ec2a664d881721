//! How prices begin, move, and begin again.

use chrono::NaiveDate;
use polyfolio_model::{InstrumentId, Price, Ts};

use super::SyntheticVenue;
use crate::book::PathStart;
use crate::{Happening, MarketSet, Start, VenueError, VenueEvent};

impl SyntheticVenue {
    /// Sets the market to a date's closes at `at`.
    ///
    /// A later date than the venue's begins anew: day orders of the former date expire, the clock
    /// moves to `at` unless it is past it, what waits for a close trades at the one given, and
    /// every mid starts from there. On the same date the mids go on as they are, and only
    /// instruments without one start. An earlier date is refused. What is listed and not named has
    /// no market until it is.
    pub fn set_market(
        &mut self,
        date: NaiveDate,
        at: Ts,
        closes: &[(InstrumentId, Price)],
    ) -> Result<Vec<VenueEvent>, VenueError> {
        let have = self.book.market_date();
        if let Some(have) = have.filter(|have| date < *have) {
            return Err(VenueError::GoesBack { have, asked: date });
        }
        let places = self.priced(closes)?;
        let mut out = Vec::new();
        let anew = have != Some(date);
        if anew {
            self.expire_day_orders(&mut out);
            self.now = self.now.max(at);
            self.close_at(&places, &mut out);
        }
        let without = |place: usize| anew || self.markets[place].path().is_none();
        let starts: Vec<Start> = places
            .into_iter()
            .filter(|(place, _)| without(*place))
            .map(|(place, price)| self.start(place, price))
            .collect();
        if anew || !starts.is_empty() {
            self.begin(date, starts, &mut out);
        }
        Ok(out)
    }

    /// Makes every path obey the configuration from now on, its mid staying where it is. Nothing
    /// happens where the parameters are those it began with.
    pub fn adopt_parameters(&mut self) -> Vec<VenueEvent> {
        let mut out = Vec::new();
        let Some(date) = self.book.market_date() else {
            return out;
        };
        let changed = |place: &usize| {
            let market = &self.markets[*place];
            market.path().is_some_and(|path| {
                let now = self.start(*place, path.price());
                let then = path.start();
                let same_path = then.seed == self.config.seed
                    && then.interval == self.config.quote_interval
                    && then.start.tick == now.tick
                    && then.start.sigma == now.sigma;
                !same_path
            })
        };
        let starts: Vec<Start> = (0..self.markets.len())
            .filter(changed)
            .filter_map(|place| Some(self.start(place, self.markets[place].path()?.price())))
            .collect();
        if !starts.is_empty() {
            self.begin(date, starts, &mut out);
        }
        out
    }

    /// Lets every mid move whose time has come.
    pub(super) fn move_mids(&mut self, out: &mut Vec<VenueEvent>) {
        let now = self.now;
        for place in 0..self.markets.len() {
            if self.markets[place].next_step() > now {
                continue;
            }
            if self.markets[place].step(now) {
                self.announce(place);
                self.reprice(place, out);
            } else {
                self.refresh(place, out);
            }
        }
        self.find_next_step();
    }

    /// Takes every path from its start to the venue's time.
    pub(super) fn resume_paths(&mut self) {
        let starts: Vec<PathStart> = self.book.starts().values().cloned().collect();
        for start in starts {
            let Some(place) = self.places.get(&start.start.instrument).copied() else {
                continue;
            };
            let market = &mut self.markets[place];
            market.begin(start);
            while market.next_step() <= self.now {
                let time = market.next_step();
                market.step(time);
            }
        }
        self.find_next_step();
    }

    /// Puts the open orders back around their markets.
    pub(super) fn resume_orders(&mut self) {
        let open: Vec<_> = self.book.open_orders().cloned().collect();
        for record in open {
            if let Some(place) = self.places.get(&record.order.instrument).copied() {
                let order = self.markets[place].working(&record);
                self.rest(order, place);
            }
        }
    }

    fn begin(&mut self, date: NaiveDate, starts: Vec<Start>, out: &mut Vec<VenueEvent>) {
        let set = MarketSet {
            date,
            seed: self.config.seed,
            interval: self.config.quote_interval,
            starts,
        };
        self.happen(Happening::Market(set.clone()), out);
        for start in set.starts {
            let Some(place) = self.places.get(&start.instrument).copied() else {
                continue;
            };
            self.markets[place].begin(PathStart {
                time: self.now,
                seed: set.seed,
                interval: set.interval,
                start,
            });
            self.announce(place);
            self.reprice(place, out);
        }
        self.find_next_step();
    }

    fn start(&self, place: usize, price: Price) -> Start {
        let listing = &self.markets[place].listing;
        Start {
            instrument: listing.instrument.id.clone(),
            price,
            tick: listing.tick(),
            sigma: listing.market.sigma,
        }
    }

    /// The places of the closes' markets, in the order of the listings.
    fn priced(&self, closes: &[(InstrumentId, Price)]) -> Result<Vec<(usize, Price)>, VenueError> {
        let mut places = Vec::with_capacity(closes.len());
        for (instrument, price) in closes {
            let place = self.places.get(instrument).copied();
            let place = place.ok_or_else(|| VenueError::NotListed(instrument.clone()))?;
            if !price.is_positive() {
                let (instrument, price) = (instrument.clone(), *price);
                return Err(VenueError::StartPrice { instrument, price });
            }
            places.push((place, *price));
        }
        places.sort_by_key(|(place, _)| *place);
        Ok(places)
    }

    fn announce(&mut self, place: usize) {
        if let Some(quote) = self.markets[place].quote() {
            let heard = self.now + self.config.latency.feed;
            self.quotes.push_back((heard, place, quote));
        }
    }

    fn find_next_step(&mut self) {
        let steps = self.markets.iter().map(|market| market.next_step());
        self.next_step = steps.min().unwrap_or(Ts::MAX);
    }
}
