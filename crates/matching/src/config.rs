//! What a synthetic venue is made of.

use chrono::{NaiveTime, Timelike};
use polyfolio_model::{Instrument, Price, Qty, Span, Ts};
use serde::{Deserialize, Serialize};

use crate::{FeeModel, VenueError};

/// Everything a [`SyntheticVenue`](crate::SyntheticVenue) depends on. The same configuration and
/// the same commands at the same times give the same tape, byte for byte.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VenueConfig {
    /// The seed of all chance in it.
    pub seed: u64,
    /// How long messages take.
    pub latency: Latency,
    /// The time between two moves of the mid.
    pub quote_interval: Span,
    /// Offer less bid, in ticks. At 0 every limit order rests, whatever its price.
    pub spread_ticks: u32,
    /// When resting orders trade.
    pub fill_model: FillModel,
    /// The most that one execution trades, but at the close; zero: whole orders.
    pub fill_size: Qty,
    /// What trading costs.
    pub fees: FeeModel,
    /// The time of day (UTC) of the close, at which orders at the close trade.
    #[serde(default = "close_of_us_stocks")]
    pub close: NaiveTime,
    /// What is traded here.
    pub listings: Vec<Listing>,
}

/// The close of US stocks in winter, UTC: that of a venue which names no other.
pub const fn close_of_us_stocks() -> NaiveTime {
    match NaiveTime::from_hms_opt(21, 0, 0) {
        Some(close) => close,
        None => NaiveTime::MIN,
    }
}

/// The first `close` that comes after `time`.
pub(crate) fn close_after(time: Ts, close: NaiveTime) -> Ts {
    let day = Span::from_secs(24 * 60 * 60);
    let of_day = Span::from_secs(i64::from(close.num_seconds_from_midnight()));
    let today = Ts::on(time.date(), 0) + of_day;
    if today > time { today } else { today + day }
}

/// Three constant delays. They never reorder the messages of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latency {
    /// From a quote to our hearing it.
    pub feed: Span,
    /// From our sending a command to its arrival.
    pub entry: Span,
    /// From what happened to an order to our hearing it.
    pub response: Span,
}

/// When a resting order trades, and at its own price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FillModel {
    /// At the rate A·e^(−kδ), δ ticks from the quoted mid on its own side; with a spread also when
    /// the opposite quote reaches it.
    Poisson,
    /// When the opposite quote reaches it: optimistic about the queue.
    Touch,
    /// When the opposite quote passes it: pessimistic about the queue.
    Through,
}

/// An instrument and how its market moves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Listing {
    /// Its trading rules.
    pub instrument: Instrument,
    /// Its market.
    pub market: MarketParams,
}

/// How one market moves and trades.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MarketParams {
    /// The volatility of the mid, in ticks per square root of a second.
    pub sigma: f64,
    /// A: executions per second at the mid.
    pub arrival_rate: f64,
    /// k: how fast the rate falls with the distance, per tick.
    pub decay: f64,
    /// What one tick is when the instrument has no price grid; with a grid the grid counts.
    pub tick: Price,
}

impl Latency {
    /// The same delay on every way.
    pub fn each_way(span: Span) -> Self {
        Self {
            feed: span,
            entry: span,
            response: span,
        }
    }
}

impl Listing {
    /// What one tick is: the price grid, or the market's own unit.
    pub fn tick(&self) -> Price {
        if self.instrument.tick.is_zero() {
            self.market.tick
        } else {
            self.instrument.tick
        }
    }
}

impl VenueConfig {
    /// Refuses by name what no venue can be made of.
    pub fn check(&self) -> Result<(), VenueError> {
        if self.quote_interval <= Span::ZERO {
            return Err(VenueError::QuoteInterval(self.quote_interval));
        }
        let Latency {
            feed,
            entry,
            response,
        } = self.latency;
        if [feed, entry, response]
            .iter()
            .any(|span| *span < Span::ZERO)
        {
            return Err(VenueError::NegativeLatency);
        }
        if self.fill_size.is_negative() {
            return Err(VenueError::FillSize(self.fill_size));
        }
        self.fees.check()?;
        self.listings.iter().try_for_each(check_listing)
    }
}

fn check_listing(listing: &Listing) -> Result<(), VenueError> {
    let instrument = listing.instrument.id.clone();
    if !listing.tick().is_positive() {
        return Err(VenueError::NoTick(instrument));
    }
    let MarketParams {
        sigma,
        arrival_rate,
        decay,
        ..
    } = listing.market;
    let named = [
        ("sigma", sigma),
        ("arrival_rate", arrival_rate),
        ("decay", decay),
    ];
    match named
        .into_iter()
        .find(|(_, v)| !(v.is_finite() && *v >= 0.0))
    {
        Some((name, value)) => Err(VenueError::Parameter {
            instrument,
            name,
            value,
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_close_comes_once_a_day_and_never_at_once() {
        let at = |text: &str| text.parse::<Ts>().unwrap();
        for (time, expect) in [
            ("2022-12-01T20:59:59.999Z", "2022-12-01T21:00:00Z"),
            ("2022-12-01T21:00:00Z", "2022-12-02T21:00:00Z"),
            ("2022-12-31T21:00:00.001Z", "2023-01-01T21:00:00Z"),
        ] {
            assert_eq!(close_after(at(time), close_of_us_stocks()), at(expect));
        }
        let midnight = NaiveTime::MIN;
        let next = close_after(at("2022-12-01T00:00:00Z"), midnight);
        assert_eq!(next, at("2022-12-02T00:00:00Z"));
    }
}
