//! Stops: what wakes them up, what they are then, and that a tape remembers it.
//!
//! The quote of these tests stands at 99.99 to 100.01 until a test moves it: a path without
//! volatility, begun anew elsewhere.

use crate::common::*;
use polyfolio_matching::{
    FeeModel, FillModel, Happening, Latency, SyntheticVenue, TapeEvent, Venue, VenueCommand,
    VenueConfig, VenueEvent,
};
use polyfolio_model::{
    Amend, CancelRejectReason, ExecKind, Liquidity, NewOrder, OrdStatus, OrdType, Price, Qty,
    RejectReason, RequestId, Side, Span, TimeInForce,
};

fn still(fill_model: FillModel) -> VenueConfig {
    let mut config = config(1);
    config.latency = Latency::default();
    config.fees = FeeModel::Zero;
    config.fill_model = fill_model;
    for listing in &mut config.listings {
        listing.market.sigma = 0.0;
        listing.market.arrival_rate = 0.0;
    }
    config
}

fn price(text: &str) -> Price {
    text.parse().unwrap()
}

fn stop(child: u32, side: Side, trigger: &str, limit: Option<&str>) -> NewOrder {
    let mut order = order(child, side, 10, "market");
    order.ord_type = OrdType::of(limit.map(price), Some(price(trigger)));
    order.time_in_force = TimeInForce::GoodTillCancel;
    order
}

/// The quote of the n-th day after the first, one cent either side of `mid`.
fn open_at(venue: &mut SyntheticVenue, day: u32, mid: &str) -> Vec<VenueEvent> {
    let closes = [("AAA".into(), price(mid))];
    let at = polyfolio_model::Ts::on(date(1 + day), 21);
    let mut events = venue.set_market(date(1 + day), at, &closes).unwrap();
    events.extend(venue.advance(at));
    events
}

/// What happened to orders: `triggered`, or what traded at what price and as what.
fn story(events: &[VenueEvent]) -> Vec<String> {
    let told = |event: TapeEvent| match event.what {
        Happening::Accepted { order, .. } => Some(format!("{} accepted", order.cl_ord_id.child)),
        Happening::Triggered { order } => Some(format!("{} triggered", order.cl_ord_id.child)),
        Happening::Traded { order, fill } => {
            let how = match fill.liquidity {
                Some(Liquidity::Taker) => "takes",
                Some(Liquidity::Maker) => "makes",
                None => "trades",
            };
            let (id, qty, px) = (order.cl_ord_id.child, fill.last_qty, fill.last_px);
            Some(format!("{id} {how} {qty} at {px}"))
        }
        Happening::Canceled { order, .. } => Some(format!("{} canceled", order.cl_ord_id.child)),
        Happening::Expired { order, .. } => Some(format!("{} expired", order.cl_ord_id.child)),
        Happening::Rejected { order, .. } => Some(format!("{} rejected", order.cl_ord_id.child)),
        Happening::Replaced { order, .. } => Some(format!("{} replaced", order.cl_ord_id.child)),
        Happening::Opened { .. } | Happening::Market(_) | Happening::CancelRejected { .. } => None,
    };
    tape(events).into_iter().filter_map(told).collect()
}

/// Sends the order at 99.99 to 100.01, then lets the days begin at these mids; the story of each.
fn days(model: FillModel, order: NewOrder, mids: &[&str]) -> Vec<Vec<String>> {
    let (mut venue, _) = venue(still(model));
    let mut told = vec![story(&venue.apply(VenueCommand::New(order), secs(1)))];
    for (n, mid) in mids.iter().enumerate() {
        told.push(story(&open_at(&mut venue, 1 + n as u32, mid)));
    }
    told
}

fn check(order: NewOrder, mids: &[&str], expect: &[&[&str]]) {
    for model in [FillModel::Poisson, FillModel::Touch, FillModel::Through] {
        let told = days(model, order.clone(), mids);
        assert_eq!(told, expect, "{model:?} {:?}", order.ord_type);
    }
}

#[test]
fn a_stop_waits_for_the_price_it_would_take_at_and_then_takes() {
    // Asks of 100.01, 100.49, 100.50.
    check(
        stop(1, Side::Buy, "100.50", None),
        &["100.48", "100.49"],
        &[
            &["1 accepted"],
            &[],
            &["1 triggered", "1 takes 10 at 100.5"],
        ],
    );
    // Bids of 99.99, 99.51, 99.50.
    check(
        stop(1, Side::Sell, "99.50", None),
        &["99.52", "99.51"],
        &[&["1 accepted"], &[], &["1 triggered", "1 takes 10 at 99.5"]],
    );
    // The market jumps over the trigger: the fill is where the market is.
    check(
        stop(1, Side::Buy, "100.50", None),
        &["105"],
        &[&["1 accepted"], &["1 triggered", "1 takes 10 at 105.01"]],
    );
    check(
        stop(1, Side::Sell, "99.50", None),
        &["95"],
        &[&["1 accepted"], &["1 triggered", "1 takes 10 at 94.99"]],
    );
}

#[test]
fn a_stop_behind_the_market_wakes_up_as_it_arrives() {
    let buy = ["1 accepted", "1 triggered", "1 takes 10 at 100.01"];
    check(stop(1, Side::Buy, "100.01", None), &[], &[&buy]);
    check(stop(1, Side::Buy, "90.00", None), &[], &[&buy]);
    check(stop(1, Side::Buy, "100.02", None), &[], &[&["1 accepted"]]);
    let sell = ["1 accepted", "1 triggered", "1 takes 10 at 99.99"];
    check(stop(1, Side::Sell, "99.99", None), &[], &[&sell]);
    check(stop(1, Side::Sell, "99.98", None), &[], &[&["1 accepted"]]);
    let mut at_once = stop(1, Side::Buy, "100.02", None);
    at_once.time_in_force = TimeInForce::ImmediateOrCancel;
    check(at_once, &[], &[&["1 accepted", "1 canceled"]]);
}

#[test]
fn a_stop_limit_trades_no_further_than_its_limit() {
    // It wakes up at an ask of 100.50 and may pay that.
    check(
        stop(1, Side::Buy, "100.50", Some("100.60")),
        &["100.49"],
        &[&["1 accepted"], &["1 triggered", "1 takes 10 at 100.5"]],
    );
    // The market jumps over both: it rests at its limit, and stays awake when the market is back
    // below the trigger.
    let told = days(
        FillModel::Through,
        stop(1, Side::Buy, "100.50", Some("100.60")),
        &["105", "100.59", "100.30"],
    );
    let none: Vec<String> = vec![];
    assert_eq!(told[1], ["1 triggered"]);
    assert_eq!(told[2], none);
    assert_eq!(told[3], ["1 makes 10 at 100.6"]);
    let told = days(
        FillModel::Touch,
        stop(1, Side::Sell, "99.50", Some("99.40")),
        &["95", "99.41"],
    );
    assert_eq!(told[1], ["1 triggered"]);
    assert_eq!(told[2], ["1 makes 10 at 99.4"]);
}

#[test]
fn a_stop_for_the_day_ends_with_it() {
    let mut day = stop(1, Side::Buy, "100.50", None);
    day.time_in_force = TimeInForce::Day;
    check(day, &["105"], &[&["1 accepted"], &["1 expired"]]);
}

#[test]
fn several_stops_wake_up_in_the_order_they_came() {
    let (mut venue, _) = venue(still(FillModel::Touch));
    for (child, trigger) in [(1, "101.00"), (2, "100.50"), (3, "106.00")] {
        let order = stop(child, Side::Buy, trigger, None);
        venue.apply(VenueCommand::New(order), secs(1));
    }
    let told = story(&open_at(&mut venue, 1, "105"));
    let expect = [
        "1 triggered",
        "1 takes 10 at 105.01",
        "2 triggered",
        "2 takes 10 at 105.01",
    ];
    assert_eq!(told, expect);
    assert_eq!(venue.book().open_orders().count(), 1);
}

#[test]
fn a_large_stop_takes_in_parts_once_it_is_awake() {
    let mut config = still(FillModel::Poisson);
    config.fill_size = 4.into();
    let (mut venue, _) = venue(config);
    let stop = stop(1, Side::Sell, "99.99", None);
    let mut events = venue.apply(VenueCommand::New(stop), secs(1));
    events.extend(venue.advance(secs(10)));
    let parts = [
        "1 accepted",
        "1 triggered",
        "1 takes 4 at 99.99",
        "1 takes 4 at 99.99",
        "1 takes 2 at 99.99",
    ];
    assert_eq!(story(&events), parts);
}

#[test]
fn the_owner_hears_of_it_and_may_ask() {
    let (mut venue, _) = venue(still(FillModel::Poisson));
    let sent = stop(1, Side::Sell, "99.50", Some("99.40"));
    let said = kinds(&venue.apply(VenueCommand::New(sent), secs(1)));
    assert_eq!(said, [ExecKind::New]);
    let facts = venue.book().order(id(1)).unwrap().facts();
    assert_eq!(facts.status, OrdStatus::New);
    assert_eq!(
        (facts.price, facts.trigger),
        (Some(price("99.4")), Some(price("99.5")))
    );
    let said = kinds(&open_at(&mut venue, 1, "95"));
    assert_eq!(said, [ExecKind::Triggered]);
    let record = venue.book().order(id(1)).unwrap();
    assert_eq!(record.facts(), facts);
    assert_eq!(record.triggered, Some(venue.now()));
    let now = venue.now();
    let asked = kinds(&venue.apply(VenueCommand::Query(id(1)), now));
    let cum_qty = Qty::ZERO;
    let expect = [
        ExecKind::New,
        ExecKind::Triggered,
        ExecKind::Status { cum_qty },
    ];
    assert_eq!(asked, expect);
}

#[test]
fn an_amend_moves_the_trigger_until_it_is_reached() {
    let (mut venue, _) = venue(still(FillModel::Poisson));
    let now = secs(1);
    let order = stop(1, Side::Buy, "101.00", Some("101.50"));
    venue.apply(VenueCommand::New(order), now);
    let mut replace = |n, limit: Option<&str>, trigger: Option<&str>| {
        let amend = Amend {
            order_qty: 10.into(),
            price: limit.map(price),
            trigger: trigger.map(price),
        };
        let command = VenueCommand::Replace(id(1), RequestId(n), amend);
        story(&venue.apply(command, now))
    };
    let none: Vec<String> = vec![];
    assert_eq!(replace(1, None, Some("100.505")), none);
    assert_eq!(replace(2, None, Some("100.50")), ["1 replaced"]);
    assert_eq!(replace(3, Some("100.00"), None), ["1 replaced"]);
    // Behind the market it wakes up at once; its limit is too low to take.
    assert_eq!(
        replace(4, None, Some("100.01")),
        ["1 replaced", "1 triggered"]
    );
    // Too late to wait for another price; the one it has may be named again.
    assert_eq!(replace(5, None, Some("102.00")), none);
    assert_eq!(
        replace(6, Some("100.01"), Some("100.01")),
        ["1 replaced", "1 takes 10 at 100.01"]
    );
}

#[test]
fn an_order_without_a_trigger_is_given_none() {
    let (mut venue, _) = venue(still(FillModel::Poisson));
    venue.apply(new(1, Side::Buy, 10, "95.00"), secs(1));
    let amend = Amend {
        order_qty: 10.into(),
        price: None,
        trigger: Some(price("96")),
    };
    let replace = VenueCommand::Replace(id(1), RequestId(1), amend);
    let refused = ExecKind::CancelRejected {
        request: RequestId(1),
        reason: CancelRejectReason::Other,
    };
    assert_eq!(kinds(&venue.apply(replace, secs(1))), [refused]);
}

#[test]
fn what_no_stop_can_be_is_rejected_with_its_reason() {
    let mut at_the_close = stop(1, Side::Buy, "101.00", None);
    at_the_close.time_in_force = TimeInForce::AtTheClose;
    let mut nothing = stop(1, Side::Buy, "101.00", None);
    nothing.ord_type = OrdType::Stop(Price::ZERO);
    let mut beyond = nothing.clone();
    beyond.ord_type = OrdType::Stop(Price::new(rust_decimal::Decimal::MAX));
    let mut small = stop(1, Side::Sell, "0.50", None);
    small.order_qty = 1.into();
    let cases = [
        (at_the_close, RejectReason::Other, "cannot be for the close"),
        (nothing, RejectReason::Other, "trigger 0 is not above zero"),
        (beyond, RejectReason::Other, "is not above zero and at most"),
        (
            stop(1, Side::Buy, "101.005", None),
            RejectReason::Tick,
            "trigger 101.005",
        ),
        (
            stop(1, Side::Buy, "101", Some("101.005")),
            RejectReason::Tick,
            "price 101.005",
        ),
        (small, RejectReason::MinNotional, "value 0.5 is below"),
    ];
    for (at, (mut order, expect, words)) in cases.into_iter().enumerate() {
        let (mut venue, _) = venue(still(FillModel::Poisson));
        order.cl_ord_id = id(1 + at as u32);
        let said = kinds(&venue.apply(VenueCommand::New(order), secs(1)));
        let [ExecKind::Rejected { reason, text }] = &said[..] else {
            panic!("{said:?}");
        };
        assert_eq!(*reason, expect, "{text}");
        assert!(text.contains(words), "{text}");
    }
}

/// Killed after it woke up and before it traded, a stop is awake: the market's being back on its
/// side of the trigger does not put it to sleep again.
#[test]
fn a_tape_remembers_who_is_awake() {
    let (mut living, mut events) = venue(still(FillModel::Through));
    let sleeper = stop(1, Side::Buy, "120.00", None);
    let awake = stop(2, Side::Buy, "100.50", Some("100.60"));
    for order in [sleeper, awake] {
        events.extend(living.apply(VenueCommand::New(order), secs(1)));
    }
    events.extend(open_at(&mut living, 1, "105"));
    events.extend(open_at(&mut living, 2, "100.59"));
    let now = Some(living.now());
    let mut rebuilt =
        SyntheticVenue::restore(still(FillModel::Through), tape(&events), now).unwrap();
    assert_eq!(rebuilt.book(), living.book());
    let waits = |child| rebuilt.book().order(id(child)).unwrap().waits_for();
    assert_eq!((waits(1), waits(2)), (Some(price("120")), None));
    let expect = ["2 makes 10 at 100.6"];
    assert_eq!(story(&open_at(&mut rebuilt, 3, "100.30")), expect);
    assert_eq!(story(&open_at(&mut living, 3, "100.30")), expect);
    // Its waking up written down and its trade not: it takes at the next quote.
    let (mut torn, events) = {
        let (mut venue, mut events) = venue(still(FillModel::Touch));
        let stop = stop(3, Side::Sell, "99.50", None);
        events.extend(venue.apply(VenueCommand::New(stop), secs(1)));
        events.extend(open_at(&mut venue, 1, "95"));
        let mut tape = tape(&events);
        assert!(matches!(tape.pop().unwrap().what, Happening::Traded { .. }));
        let now = Some(venue.now());
        let config = still(FillModel::Touch);
        (
            SyntheticVenue::restore(config, tape.clone(), now).unwrap(),
            tape,
        )
    };
    assert!(matches!(
        events.last().unwrap().what,
        Happening::Triggered { .. }
    ));
    assert_eq!(story(&open_at(&mut torn, 2, "96")), ["3 takes 10 at 95.99"]);
}

/// Whatever the market does: a stop trades only after it woke up, it wakes up once and at a quote
/// that its trigger allows, and it never fills better than its trigger, nor worse than its limit.
#[test]
fn no_stop_fills_before_its_time_or_better_than_its_trigger() {
    let (mut woken, mut filled) = (0, 0);
    for seed in 0..200 {
        let mut config = config(seed);
        config.latency = Latency::default();
        config.fill_size = Qty::from((seed % 3) as i64 * 4);
        config.listings[0].market.sigma = 3.0;
        let (mut venue, _) = venue(config);
        let ticks = (seed % 7) as i64;
        let cents = |n: i64| format!("{}.{:02}", n / 100, n % 100);
        let plain = |child, side, at: i64| stop(child, side, &cents(at), None);
        let both =
            |child, side, at: i64, limit: i64| stop(child, side, &cents(at), Some(&cents(limit)));
        let orders = [
            plain(1, Side::Buy, 10_005 + ticks),
            plain(2, Side::Sell, 9_995 - ticks),
            both(3, Side::Buy, 10_003 + ticks, 10_004 + ticks),
            both(4, Side::Sell, 9_997 - ticks, 9_990 - ticks),
        ];
        let mut arrived = Vec::new();
        for order in orders.clone() {
            venue.apply_into(VenueCommand::New(order), secs(1), &mut arrived);
        }
        let mut awake = [false; 4];
        for step in 0..300 {
            let mut events = std::mem::take(&mut arrived);
            venue.advance_into(secs(1) + Span::from_millis(step * 500), &mut events);
            for event in tape(&events) {
                let at = |order: &polyfolio_matching::OrderRef| order.cl_ord_id.child as usize - 1;
                let quote = venue.quote(&"AAA".into()).unwrap();
                match event.what {
                    Happening::Triggered { order } => {
                        let n = at(&order);
                        assert!(!awake[n], "seed {seed}: awake twice");
                        awake[n] = true;
                        let trigger = orders[n].ord_type.trigger().unwrap();
                        let is_there = match order.side {
                            Side::Buy => quote.ask.unwrap() >= trigger,
                            Side::Sell => quote.bid.unwrap() <= trigger,
                        };
                        assert!(is_there, "seed {seed}: {trigger} and {quote:?}");
                        woken += 1;
                    }
                    Happening::Traded { order, fill } => {
                        let n = at(&order);
                        assert!(awake[n], "seed {seed}: asleep");
                        let (trigger, limit) =
                            (orders[n].ord_type.trigger(), orders[n].ord_type.limit());
                        let first =
                            venue.book().order(id(n as u32 + 1)).unwrap().cum_qty == fill.last_qty;
                        let worse = |a: Price, b: Price| match order.side {
                            Side::Buy => a >= b,
                            Side::Sell => a <= b,
                        };
                        if first && limit.is_none() {
                            assert!(worse(fill.last_px, trigger.unwrap()), "seed {seed}");
                        }
                        assert!(
                            limit.is_none_or(|limit| worse(limit, fill.last_px)),
                            "seed {seed}"
                        );
                        filled += 1;
                    }
                    _ => {}
                }
            }
        }
        assert_eq!(venue.book().audit(), Ok(()));
    }
    assert!(woken > 300 && filled > 400, "{woken} {filled}");
}
