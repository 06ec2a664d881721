//! The market is the one that the theory assumes: rates, waiting times, volatility.

use crate::common::*;
use polyfolio_matching::{Happening, Latency, SyntheticVenue, Venue, VenueConfig, VenueEvent};
use polyfolio_model::{Price, Qty, Side, Span, Ts, convert};

/// The venue of the exact model: no spread, no grid, no latency, no fees.
fn exact(seed: u64, sigma: f64) -> VenueConfig {
    let mut config = config(seed);
    config.latency = Latency::default();
    config.spread_ticks = 0;
    config.fees = polyfolio_matching::FeeModel::Zero;
    config.listings.truncate(1);
    config.listings[0].instrument.tick = Price::ZERO;
    config.listings[0].instrument.lot = Qty::ZERO;
    config.listings[0].market.tick = "0.01".parse().unwrap();
    config.listings[0].market.sigma = sigma;
    config
}

fn opened(config: VenueConfig) -> SyntheticVenue {
    let mut venue = SyntheticVenue::new(config).unwrap();
    let closes = [("AAA".into(), 100.into())];
    venue.set_market(date(1), start(), &closes).unwrap();
    venue
}

/// Seconds until an order at `price` trades, if it does within the horizon.
fn wait(seed: u64, sigma: f64, side: Side, price: &str) -> Option<f64> {
    let mut venue = opened(exact(seed, sigma));
    venue.apply(new(1, side, 10, price), start());
    let until = secs(100_000);
    while let Some(next) = venue.next_event().filter(|at| *at <= until) {
        for event in venue.advance(next) {
            if let VenueEvent::Tape(event) = event
                && matches!(event.what, Happening::Traded { .. })
            {
                return Some(event.time.since(start()).secs_f64());
            }
        }
    }
    None
}

/// The mean wait at a distance of `ticks` is 1/(A·e^(−kδ)), within four standard errors; the
/// standard error of an exponential's mean is the mean over √n, of its median's law as below.
fn check_rate(side: Side, price: &str, ticks: f64) {
    let paths = 4_000;
    let rate = 0.1 * (-0.3 * ticks).exp();
    let waits: Vec<f64> = (0..paths)
        .map(|seed| wait(seed, 0.0, side, price).unwrap())
        .collect();
    let mean = waits.iter().sum::<f64>() / paths as f64;
    let error = 4.0 / (paths as f64).sqrt();
    assert!(
        (mean * rate - 1.0).abs() < error,
        "{price}: {mean} for {}",
        1.0 / rate
    );
    let half = waits
        .iter()
        .filter(|w| **w * rate < std::f64::consts::LN_2)
        .count();
    let error = 4.0 * 0.5 / (paths as f64).sqrt();
    assert!(
        (half as f64 / paths as f64 - 0.5).abs() < error,
        "{price}: {half}"
    );
}

#[test]
fn resting_orders_trade_at_the_rate_of_their_distance() {
    check_rate(Side::Sell, "100", 0.0);
    check_rate(Side::Sell, "100.03", 3.0);
    check_rate(Side::Buy, "99.975", 2.5);
}

#[test]
fn without_a_spread_an_order_beyond_the_mid_rests_at_a_higher_rate() {
    check_rate(Side::Sell, "99.98", -2.0);
    check_rate(Side::Buy, "100.02", -2.0);
}

/// With a moving mid the rate moves too. P(no fill by t) = E[exp(−∫λ)] is estimated on the same
/// quotes that the venue shows, so the check holds for any path law.
#[test]
fn a_moving_mid_moves_the_rate() {
    let (paths, horizon) = (3_000_u64, 60);
    let (mut filled, mut expected, mut variance) = (0.0, 0.0, 0.0);
    for seed in 0..paths {
        let mut venue = opened(exact(seed, 1.5));
        let mut hazard = 0.0_f64;
        for second in 0..horizon {
            venue.advance(secs(second));
            let mid = venue.mid(&"AAA".into()).unwrap();
            let distance = (100.0 - convert::price_f64(mid)) * 100.0;
            hazard += 0.1 * (-0.3 * distance).exp();
        }
        let p = 1.0 - (-hazard).exp();
        expected += p;
        variance += p * (1.0 - p);
        let wait = wait(seed, 1.5, Side::Sell, "100");
        filled += f64::from(u8::from(wait.is_some_and(|w| w < horizon as f64)));
    }
    let error = 4.0 * f64::sqrt(variance);
    assert!(
        (filled - expected).abs() < error,
        "{filled} for {expected} ± {error}"
    );
}

#[test]
fn the_mid_has_its_volatility() {
    let (paths, horizon, sigma) = (2_000, 100, 0.7);
    let (mut sum, mut squares) = (0.0, 0.0);
    for seed in 0..paths {
        let mut venue = opened(exact(seed, sigma));
        venue.advance(secs(horizon));
        let mid = convert::price_f64(venue.mid(&"AAA".into()).unwrap());
        let moved = (mid - 100.0) * 100.0;
        sum += moved;
        squares += moved * moved;
    }
    let n = f64::from(paths as u32);
    let sd = sigma * (horizon as f64).sqrt();
    assert!((sum / n).abs() < 4.0 * sd / n.sqrt(), "{}", sum / n);
    let variance = squares / n / (sd * sd);
    assert!(
        (variance - 1.0).abs() < 4.0 * (2.0 / n).sqrt(),
        "{variance}"
    );
}

#[test]
fn a_price_never_falls_to_nothing() {
    let mut venue = SyntheticVenue::new(config(5)).unwrap();
    let cheap = "0.03".parse().unwrap();
    venue
        .set_market(date(1), start(), &[("AAA".into(), cheap)])
        .unwrap();
    let mut lowest = cheap;
    for event in venue.advance(secs(3_600)) {
        if let VenueEvent::Quote { quote, .. } = event {
            lowest = lowest.min(quote.bid.unwrap());
        }
    }
    assert_eq!(lowest, "0.01".parse().unwrap());
}

#[test]
fn a_later_start_takes_another_path() {
    let mut venue = opened(exact(1, 1.0));
    venue.advance(secs(60));
    let first = venue.mid(&"AAA".into());
    let later: Ts = Ts::on(date(2), 21);
    venue
        .set_market(date(2), later, &[("AAA".into(), 100.into())])
        .unwrap();
    venue.advance(later + Span::from_secs(60));
    assert_ne!(first, venue.mid(&"AAA".into()));
}
