//! Orders at the close: when they trade, at what, and what ends them.

use crate::common::*;
use chrono::NaiveTime;
use polyfolio_matching::{
    FeeModel, Happening, Latency, SyntheticVenue, Venue, VenueCommand, VenueConfig, VenueEvent,
};
use polyfolio_model::{
    Amend, Fill, NewOrder, OrdStatus, Price, Qty, RequestId, Side, Span, TimeInForce, Ts,
};

/// The market of the tests begins at 21:00 and closes half an hour later.
fn config_closing(sigma: f64) -> VenueConfig {
    let mut config = config(7);
    config.latency = Latency::default();
    config.fees = FeeModel::Zero;
    config.fill_size = 3.into();
    config.close = NaiveTime::from_hms_opt(21, 30, 0).unwrap();
    for listing in &mut config.listings {
        listing.market.sigma = sigma;
    }
    config
}

fn close() -> Ts {
    secs(30 * 60)
}

fn on_close(child: u32, side: Side, price: &str) -> NewOrder {
    let mut order = order(child, side, 10, price);
    order.time_in_force = TimeInForce::AtTheClose;
    order
}

fn send(venue: &mut SyntheticVenue, orders: &[NewOrder], at: Ts) -> Vec<VenueEvent> {
    let mut events = Vec::new();
    for order in orders {
        venue.apply_into(VenueCommand::New(order.clone()), at, &mut events);
    }
    events
}

/// Which orders traded, when, how.
fn fills(events: &[VenueEvent]) -> Vec<(u32, Ts, Fill)> {
    let filled = |event: polyfolio_matching::TapeEvent| match event.what {
        Happening::Traded { order, fill } => Some((order.cl_ord_id.child, event.time, fill)),
        _ => None,
    };
    tape(events).into_iter().filter_map(filled).collect()
}

fn expired(events: &[VenueEvent]) -> Vec<(u32, Ts)> {
    let ended = |event: polyfolio_matching::TapeEvent| match event.what {
        Happening::Expired { order, .. } => Some((order.cl_ord_id.child, event.time)),
        _ => None,
    };
    tape(events).into_iter().filter_map(ended).collect()
}

/// A quote that stands at 99.99 to 100.01 closes at 100.
#[test]
fn the_close_is_one_price_for_all_who_accept_it() {
    let (mut venue, _) = venue(config_closing(0.0));
    let orders = [
        on_close(1, Side::Buy, "market"),
        on_close(2, Side::Sell, "market"),
        on_close(3, Side::Buy, "100.00"),
        on_close(4, Side::Sell, "100.00"),
        on_close(5, Side::Buy, "99.99"),
        on_close(6, Side::Sell, "100.01"),
        // Marketable at once, were it not for the close.
        on_close(7, Side::Buy, "105.00"),
    ];
    let events = send(&mut venue, &orders, secs(1));
    assert_eq!(fills(&events), []);
    let before = venue.advance(close() - Span::from_nanos(1));
    assert_eq!((fills(&before), expired(&before)), (vec![], vec![]));
    assert_eq!(venue.book().open_orders().count(), 7);
    let events = venue.advance(close());
    for (child, time, fill) in fills(&events) {
        assert_eq!((time, fill.last_px), (close(), Price::from(100)), "{child}");
        // As a whole: the fill size is no bound, and nobody takes.
        assert_eq!((fill.last_qty, fill.liquidity), (Qty::from(10), None));
    }
    let traded: Vec<u32> = fills(&events).into_iter().map(|f| f.0).collect();
    assert_eq!(traded, [1, 2, 3, 4, 7]);
    assert_eq!(expired(&events), [(5, close()), (6, close())]);
    assert_eq!(venue.book().open_orders().count(), 0);
    assert_eq!(venue.book().audit(), Ok(()));
}

#[test]
fn the_close_is_at_the_mid_on_the_grid_wherever_the_market_has_gone() {
    let mut config = config_closing(2.0);
    // 100.005 is a mid of such a quote.
    config.spread_ticks = 3;
    let (mut venue, _) = venue(config);
    send(&mut venue, &[on_close(1, Side::Buy, "market")], secs(1));
    venue.advance(close() - Span::from_nanos(1));
    let mid = venue.mid(&"AAA".into()).unwrap();
    assert!(!mid.is_on_grid("0.01".parse().unwrap()), "{mid}");
    let fill = fills(&venue.advance(close())).remove(0).2;
    assert_eq!(fill.last_px, mid.nearest_on_grid("0.01".parse().unwrap()));
    assert_ne!(fill.last_px, Price::from(100));
}

#[test]
fn an_order_that_comes_after_the_close_waits_for_the_next_one() {
    let (mut venue, _) = venue(config_closing(0.0));
    send(&mut venue, &[on_close(1, Side::Buy, "market")], close());
    let next = close() + Span::from_secs(24 * 60 * 60);
    assert_eq!(fills(&venue.advance(next - Span::from_nanos(1))), []);
    let traded = fills(&venue.advance(next));
    assert_eq!((traded[0].0, traded[0].1), (1, next));
}

/// A date is its closes: what waited while no time passed trades there.
#[test]
fn a_later_date_is_a_close_at_its_own_prices() {
    let (mut venue, _) = venue(config_closing(0.0));
    let mut other = on_close(4, Side::Sell, "market");
    other.instrument = "BBB".into();
    let mut day = on_close(5, Side::Buy, "95.00");
    day.time_in_force = TimeInForce::Day;
    let orders = [
        on_close(1, Side::Buy, "market"),
        on_close(2, Side::Sell, "103.00"),
        on_close(3, Side::Buy, "103.00"),
        other,
        day,
    ];
    send(&mut venue, &orders, secs(1));
    let at = Ts::on(date(2), 21);
    let closes = [("AAA".into(), "103.01".parse().unwrap())];
    let events = venue.set_market(date(2), at, &closes).unwrap();
    let traded: Vec<_> = fills(&events)
        .into_iter()
        .map(|(child, time, fill)| (child, time, fill.last_px.to_string()))
        .collect();
    let there = "103.01".to_owned();
    assert_eq!(traded, [(1, at, there.clone()), (2, at, there)]);
    // The day's own end is where time stood; without a close of its own BBB's order is over.
    assert_eq!(expired(&events), [(5, secs(1)), (3, at), (4, at)]);
    // The same date again is no close.
    send(&mut venue, &[on_close(6, Side::Buy, "market")], at);
    assert_eq!(fills(&venue.set_market(date(2), at, &closes).unwrap()), []);
    assert_eq!(venue.book().audit(), Ok(()));
}

#[test]
fn it_is_canceled_and_amended_as_any_other() {
    let (mut venue, _) = venue(config_closing(0.0));
    let orders = [
        on_close(1, Side::Buy, "market"),
        on_close(2, Side::Buy, "99.00"),
    ];
    send(&mut venue, &orders, secs(1));
    venue.apply(VenueCommand::Cancel(id(1), RequestId(1)), secs(2));
    let amend = Amend {
        order_qty: 25.into(),
        price: Some("100.50".parse().unwrap()),
        trigger: None,
    };
    let events = venue.apply(VenueCommand::Replace(id(2), RequestId(2), amend), secs(2));
    assert_eq!(fills(&events), []);
    let traded = fills(&venue.advance(close()));
    assert_eq!(traded.len(), 1);
    let (child, _, fill) = &traded[0];
    assert_eq!((*child, fill.last_qty), (2, 25.into()));
    assert_eq!(fill.last_px, Price::from(100));
    let canceled = venue.book().order(id(1)).unwrap().status;
    assert_eq!(canceled, OrdStatus::Canceled);
}

#[test]
fn the_close_of_a_rebuilt_venue_is_that_of_the_unbroken_one() {
    for seed in 0..40 {
        let mut config = config_closing(1.5);
        config.seed = seed;
        let (mut living, mut events) = venue(config.clone());
        let limit = format!("100.{:02}", seed);
        let orders = [
            on_close(1, Side::Buy, "market"),
            on_close(2, Side::Sell, &limit),
            on_close(3, Side::Buy, &limit),
        ];
        events.extend(send(&mut living, &orders, secs(1)));
        events.extend(living.advance(secs(40 * seed as i64)));
        let now = Some(living.now());
        let mut rebuilt = SyntheticVenue::restore(config, tape(&events), now).unwrap();
        assert_eq!(rebuilt.next_event(), living.next_event(), "seed {seed}");
        let (goes_on, went_on) = (rebuilt.advance(close()), living.advance(close()));
        assert_eq!(tape(&goes_on), tape(&went_on), "seed {seed}");
        // One of the two limits allows the close, both where it is the close.
        assert!(fills(&went_on).len() >= 2, "seed {seed}");
        assert_eq!(living.book().open_orders().count(), 0);
    }
}
