//! What the venue takes, refuses and says, and when.

use crate::common::*;
use polyfolio_matching::{FillModel, Happening, Venue, VenueCommand, VenueEvent};
use polyfolio_model::{
    Amend, CancelRejectReason, ExecKind, Liquidity, OrdStatus, Price, Qty, RejectReason, RequestId,
    Side, Span, TimeInForce, Ts,
};

#[test]
fn an_order_acts_on_arrival_and_is_heard_of_later() {
    let (mut venue, _) = venue(config(1));
    let sent = secs(5);
    assert_eq!(
        reports(&venue.apply(new(1, Side::Buy, 10, "market"), sent)),
        []
    );
    let heard = live(&mut venue, secs(6));
    let arrived = sent + Span::from_millis(40);
    let answered = arrived + Span::from_millis(40);
    let taped = heard
        .iter()
        .filter(|(_, e)| matches!(e, VenueEvent::Tape(_)));
    assert!(taped.clone().count() == 2 && taped.clone().all(|(at, _)| *at == arrived));
    let said: Vec<_> = heard
        .iter()
        .filter_map(|(at, event)| match event {
            VenueEvent::Report(report) => Some((*at, report.time, report.kind.clone())),
            _ => None,
        })
        .collect();
    assert_eq!(said.len(), 2);
    assert!(
        said.iter()
            .all(|(at, time, _)| *at == answered && *time == arrived)
    );
    assert_eq!(said[0].2, ExecKind::New);
    let ExecKind::Trade(fill) = &said[1].2 else {
        panic!("{said:?}");
    };
    assert_eq!(fill.liquidity, Some(Liquidity::Taker));
    assert_eq!(fill.last_qty, Qty::from(10));
}

#[test]
fn no_fill_comes_before_arrival_and_none_before_its_order() {
    let mut fills = 0;
    for seed in 0..50 {
        let (mut venue, _) = venue(config(seed));
        venue.apply(new(1, Side::Sell, 10, "99.99"), secs(1));
        venue.apply(new(2, Side::Buy, 10, "100.01"), secs(1));
        for (_, event) in live(&mut venue, secs(60)) {
            if let VenueEvent::Tape(event) = event
                && let Happening::Traded { .. } = event.what
            {
                assert!(event.time >= secs(1) + Span::from_millis(40), "seed {seed}");
                fills += 1;
            }
        }
    }
    assert!(fills > 50, "{fills}");
}

#[test]
fn quotes_stand_on_the_grid_with_the_spread_and_are_heard_one_latency_late() {
    let (mut venue, _) = venue(config(3));
    let heard = live(&mut venue, secs(300));
    let mut moves = 0;
    for (at, event) in heard {
        let VenueEvent::Quote { quote, .. } = event else {
            continue;
        };
        let (bid, ask) = (quote.bid.unwrap(), quote.ask.unwrap());
        assert_eq!(ask - bid, "0.02".parse::<Price>().unwrap());
        assert!(bid.is_on_grid("0.01".parse().unwrap()));
        assert_eq!(at, quote.time + Span::from_millis(40));
        moves += 1;
    }
    // σ = 0.9 ticks a second: the quote of each instrument changes at about 58 % of the steps.
    assert!((200..600).contains(&moves), "{moves}");
}

#[test]
fn what_breaks_a_rule_is_rejected_with_its_reason() {
    let mut bad = order(9, Side::Buy, 10, "99.00");
    bad.instrument = "ZZZ".into();
    let cases = [
        (new(1, Side::Buy, 10, "99.005"), RejectReason::Tick),
        (new(2, Side::Buy, -10, "99.00"), RejectReason::Other),
        (new(3, Side::Buy, 10, "-1.04"), RejectReason::Other),
        (new(4, Side::Buy, 10, "0.10"), RejectReason::MinNotional),
        (VenueCommand::New(bad), RejectReason::UnknownInstrument),
    ];
    let (mut venue, _) = venue(config(1));
    for (at, (command, expect)) in cases.into_iter().enumerate() {
        venue.apply(command, secs(at as i64));
        let said = kinds(&venue.advance(secs(at as i64) + Span::from_millis(80)));
        let reasons: Vec<_> = said
            .iter()
            .map(|kind| match kind {
                ExecKind::Rejected { reason, .. } => Some(*reason),
                _ => None,
            })
            .collect();
        assert_eq!(reasons, [Some(expect)]);
    }
    assert_eq!(venue.book().accepted(), 0);
    assert_eq!(venue.book().orders().count(), 5);
}

#[test]
fn without_a_price_there_is_no_market() {
    let mut venue = polyfolio_matching::SyntheticVenue::new(config(1)).unwrap();
    let closes = [("BBB".into(), 100.into())];
    venue.set_market(date(1), start(), &closes).unwrap();
    venue.apply(new(1, Side::Buy, 10, "market"), start());
    let said = kinds(&venue.advance(secs(1)));
    assert!(
        matches!(
            said[..],
            [ExecKind::Rejected {
                reason: RejectReason::MarketClosed,
                ..
            }]
        ),
        "{said:?}"
    );
}

#[test]
fn an_id_is_used_once_for_ever() {
    let (mut venue, _) = venue(config(1));
    venue.apply(new(1, Side::Buy, 10, "market"), secs(0));
    venue.apply(new(2, Side::Buy, 10, "99.005"), secs(0));
    venue.advance(secs(1));
    let closes = [("AAA".into(), 101.into()), ("BBB".into(), 99.into())];
    venue
        .set_market(date(20), Ts::on(date(20), 21), &closes)
        .unwrap();
    let before = venue.book().clone();
    for child in [1, 2] {
        let now = venue.now();
        venue.apply(new(child, Side::Sell, 5, "market"), now);
        let said = kinds(&venue.advance(now + Span::from_secs(1)));
        assert!(
            matches!(
                said[..],
                [ExecKind::Rejected {
                    reason: RejectReason::DuplicateClOrdId,
                    ..
                }]
            ),
            "{said:?}"
        );
        assert_eq!(venue.book().order(id(child)), before.order(id(child)));
    }
    assert_eq!(venue.book().fills().len(), 1);
}

#[test]
fn a_cancel_races_the_fill_and_says_what_had_filled() {
    let (mut wins, mut loses) = (0, 0);
    for seed in 0..200 {
        let mut config = config(seed);
        config.listings[0].market.arrival_rate = 5.0;
        let (mut venue, _) = venue(config);
        venue.apply(new(1, Side::Sell, 10, "100.02"), secs(0));
        let asked = secs(0) + Span::from_millis(300);
        let mut heard = venue.apply(VenueCommand::Cancel(id(1), RequestId(7)), asked);
        heard.extend(venue.advance(secs(1)));
        let said = kinds(&heard);
        match &said[1..] {
            [ExecKind::Canceled { request, cum_qty }] => {
                assert_eq!((*request, *cum_qty), (Some(RequestId(7)), Some(Qty::ZERO)));
                wins += 1;
            }
            [
                ExecKind::Trade(_),
                ExecKind::CancelRejected { request, reason },
            ] => {
                assert_eq!(*request, RequestId(7));
                assert_eq!(*reason, CancelRejectReason::TooLate);
                loses += 1;
            }
            other => panic!("seed {seed}: {other:?}"),
        }
    }
    assert!(wins > 20 && loses > 20, "{wins} {loses}");
}

#[test]
fn a_cancel_of_nothing_is_refused() {
    let (mut venue, _) = venue(config(1));
    venue.apply(VenueCommand::Cancel(id(1), RequestId(7)), secs(0));
    let expect = ExecKind::CancelRejected {
        request: RequestId(7),
        reason: CancelRejectReason::UnknownOrder,
    };
    assert_eq!(kinds(&venue.advance(secs(1))), [expect]);
}

#[test]
fn immediate_or_cancel_leaves_nothing_on_the_book() {
    let (mut venue, _) = venue(config(1));
    let mut resting = order(1, Side::Buy, 10, "99.00");
    resting.time_in_force = TimeInForce::ImmediateOrCancel;
    let mut taking = order(2, Side::Buy, 10, "101.00");
    taking.time_in_force = TimeInForce::ImmediateOrCancel;
    venue.apply(VenueCommand::New(resting), secs(0));
    venue.apply(VenueCommand::New(taking), secs(0));
    venue.advance(secs(0) + Span::from_millis(80));
    let status = |child| venue.book().order(id(child)).unwrap().status;
    assert_eq!(
        (status(1), status(2)),
        (OrdStatus::Canceled, OrdStatus::Filled)
    );
}

#[test]
fn a_taker_never_gets_a_better_price_than_the_touch() {
    let (mut venue, _) = venue(config(1));
    venue.apply(new(1, Side::Buy, 10, "105.00"), secs(0));
    venue.apply(new(2, Side::Sell, 10, "95.00"), secs(0));
    venue.advance(secs(0) + Span::from_millis(80));
    let prices: Vec<_> = venue
        .book()
        .fills()
        .iter()
        .map(|f| f.fill.last_px)
        .collect();
    assert_eq!(
        prices,
        ["100.01".parse().unwrap(), "99.99".parse().unwrap()]
    );
}

#[test]
fn executions_have_a_size_when_one_is_set() {
    let mut config = config(1);
    config.fill_size = 4.into();
    let (mut venue, _) = venue(config);
    venue.apply(new(1, Side::Buy, 10, "market"), secs(0));
    venue.advance(secs(30));
    let sizes: Vec<_> = venue
        .book()
        .fills()
        .iter()
        .map(|f| f.fill.last_qty)
        .collect();
    assert_eq!(sizes, [Qty::from(4), Qty::from(4), Qty::from(2)]);
    let times: Vec<_> = venue.book().fills().iter().map(|f| f.time).collect();
    assert_eq!(times, [secs(0) + Span::from_millis(40), secs(1), secs(2)]);
    let record = venue.book().order(id(1)).unwrap();
    assert_eq!(record.status, OrdStatus::Filled);
    // The minimum fee is the order's, not each fill's; a purchase of 10 costs the minimum once.
    assert_eq!(record.fees, "0.35".parse().unwrap());
    let exec_ids: std::collections::BTreeSet<_> = venue
        .book()
        .fills()
        .iter()
        .map(|f| f.fill.exec_id.clone())
        .collect();
    assert_eq!(exec_ids.len(), 3);
}

#[test]
fn what_a_limit_order_could_not_take_takes_again_within_its_limit() {
    let mut config = config(1);
    config.fill_size = 4.into();
    let (mut venue, _) = venue(config);
    venue.apply(new(1, Side::Buy, 10, "101.00"), secs(0));
    let at = |seconds| secs(seconds) + Span::from_millis(40);
    for (seconds, filled) in [(0, 4), (1, 8), (2, 10)] {
        venue.advance(at(seconds));
        let record = venue.book().order(id(1)).unwrap();
        assert_eq!(record.cum_qty, Qty::from(filled));
        let last = &venue.book().fills().back().unwrap().fill;
        assert_eq!(last.liquidity, Some(Liquidity::Taker));
        assert_eq!(Some(last.last_px), venue.quote(&"AAA".into()).unwrap().ask);
    }
}

#[test]
fn a_replace_states_the_new_total_and_obeys_the_rules() {
    let (mut venue, _) = venue(config(1));
    let amend = |order_qty: i64, price: &str| Amend {
        order_qty: order_qty.into(),
        price: Some(price.parse().unwrap()),
        trigger: None,
    };
    let replace = |n, amend| VenueCommand::Replace(id(1), RequestId(n), amend);
    venue.apply(new(1, Side::Buy, 10, "95.00"), secs(0));
    venue.apply(replace(1, amend(20, "95.01")), secs(0));
    venue.apply(replace(2, amend(20, "95.005")), secs(0));
    venue.apply(replace(3, amend(30, "101.00")), secs(0));
    let said = kinds(&venue.advance(secs(0) + Span::from_millis(80)));
    let total = |request, quantity: i64| ExecKind::Replaced {
        request: Some(RequestId(request)),
        order_qty: quantity.into(),
        sequence: None,
    };
    let refused = ExecKind::CancelRejected {
        request: RequestId(2),
        reason: CancelRejectReason::Other,
    };
    assert_eq!(
        said[..4],
        [ExecKind::New, total(1, 20), refused, total(3, 30)]
    );
    assert!(matches!(&said[4], ExecKind::Trade(fill) if fill.last_qty == Qty::from(30)));
    assert_eq!(said.len(), 5);
}

#[test]
fn a_replace_below_what_has_filled_ends_the_order() {
    let mut config = config(1);
    config.fill_size = 4.into();
    let (mut venue, _) = venue(config);
    venue.apply(new(1, Side::Buy, 10, "101.00"), secs(0));
    let amend = Amend {
        order_qty: 2.into(),
        price: None,
        trigger: None,
    };
    venue.apply(VenueCommand::Replace(id(1), RequestId(1), amend), secs(0));
    venue.advance(secs(0) + Span::from_millis(40));
    let record = venue.book().order(id(1)).unwrap();
    assert_eq!(record.status, OrdStatus::Filled);
    assert_eq!(
        (record.order.order_qty, record.cum_qty),
        (4.into(), 4.into())
    );
    assert!(venue.book().audit().is_ok());
}

#[test]
fn a_question_is_answered_by_the_order_s_own_reports() {
    let (mut venue, _) = venue(config(1));
    venue.apply(new(1, Side::Buy, 10, "market"), secs(0));
    let first = kinds(&venue.advance(secs(1)));
    venue.apply(VenueCommand::Query(id(1)), secs(2));
    venue.apply(VenueCommand::Query(id(2)), secs(2));
    let again = kinds(&venue.advance(secs(3)));
    assert_eq!(again[..2], first[..]);
    assert_eq!(again[2..], [ExecKind::Status { cum_qty: 10.into() }]);
}

#[test]
fn day_orders_end_with_their_date_and_others_stay() {
    let (mut venue, _) = venue(config(1));
    let mut keep = order(2, Side::Buy, 10, "90.00");
    keep.time_in_force = TimeInForce::GoodTillCancel;
    venue.apply(new(1, Side::Buy, 10, "90.00"), secs(0));
    venue.apply(VenueCommand::New(keep), secs(0));
    venue.advance(secs(1));
    let closes = [("AAA".into(), 80.into()), ("BBB".into(), 99.into())];
    venue
        .set_market(date(2), Ts::on(date(2), 21), &closes)
        .unwrap();
    let status = |child| venue.book().order(id(child)).unwrap().status;
    assert_eq!(status(1), OrdStatus::Expired);
    // The market opened through the order that stayed: it traded at its own price.
    assert_eq!(status(2), OrdStatus::Filled);
    assert_eq!(venue.book().fills()[0].fill.last_px, Price::from(90));
    assert_eq!(venue.mid(&"AAA".into()), Some(Price::from(80)));
    assert_eq!(venue.now(), Ts::on(date(2), 21));
    assert!(venue.set_market(date(1), start(), &closes).is_err());
}

#[test]
fn the_same_date_keeps_its_prices() {
    let (mut venue, _) = venue(config(1));
    venue.advance(secs(100));
    let mid = venue.mid(&"AAA".into());
    let closes = [("AAA".into(), 80.into()), ("BBB".into(), 99.into())];
    assert_eq!(venue.set_market(date(1), start(), &closes), Ok(vec![]));
    assert_eq!((venue.mid(&"AAA".into()), venue.now()), (mid, secs(100)));
}

#[test]
fn touch_and_through_need_the_quote() {
    let fills = |model| {
        let mut filled = 0;
        for seed in 0..200 {
            let mut config = config(seed);
            config.fill_model = model;
            let (mut venue, _) = venue(config);
            venue.apply(new(1, Side::Sell, 10, "100.05"), secs(0));
            live(&mut venue, secs(20));
            filled += venue.book().fills().len();
        }
        filled
    };
    let (touch, through) = (fills(FillModel::Touch), fills(FillModel::Through));
    assert!(touch > through && through > 5, "{touch} {through}");
}

/// In the pessimistic model a quote that stands at an order's price does not trade with it, however
/// long it stands there.
#[test]
fn a_quote_at_the_price_is_not_through_it() {
    let mut config = config(1);
    config.fill_model = FillModel::Through;
    config.listings[0].market.sigma = 0.0;
    let (mut venue, _) = venue(config);
    venue.apply(new(1, Side::Sell, 10, "100.00"), secs(0));
    venue.advance(secs(1));
    let lower = |price: &str| {
        [
            ("AAA".into(), price.parse().unwrap()),
            ("BBB".into(), 99.into()),
        ]
    };
    let mut keep = order(2, Side::Sell, 10, "100.00");
    keep.time_in_force = TimeInForce::GoodTillCancel;
    venue.apply(VenueCommand::New(keep), secs(1));
    venue.advance(secs(2));
    for (day, price, filled) in [(2, "100.01", 0), (3, "99.90", 0), (4, "100.02", 1)] {
        let at = Ts::on(date(day), 21);
        venue.set_market(date(day), at, &lower(price)).unwrap();
        venue.advance(at + Span::from_secs(100));
        assert_eq!(venue.book().fills().len(), filled, "{price}");
    }
    let fill = &venue.book().fills()[0].fill;
    assert_eq!(fill.liquidity, Some(Liquidity::Maker));
    assert_eq!(fill.last_px, Price::from(100));
}

#[test]
fn a_limit_order_in_the_touch_model_takes_when_it_crosses() {
    let mut config = config(1);
    config.fill_model = FillModel::Through;
    let (mut venue, _) = venue(config);
    venue.apply(new(1, Side::Sell, 10, "99.99"), secs(0));
    venue.advance(secs(0) + Span::from_millis(40));
    let fill = &venue.book().fills()[0].fill;
    assert_eq!(fill.liquidity, Some(Liquidity::Taker));
}
