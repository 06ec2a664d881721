//! The algorithms: what they decide, and that they remember nothing.

#![allow(clippy::unwrap_used)] // The helpers of a test may fail it.

use polyfolio_execution::algo::Style;
use polyfolio_execution::optimal_quote::{QuoteParams, QuoteSurface};
use polyfolio_execution::{AlgoSpec, Decision, ExecutionAlgo, ExecutionError, ParentView, Reason};
use polyfolio_model::{
    Currency, Instrument, InstrumentId, Money, OrdType, Price, Qty, Quote, Side, Span, Ts, convert,
};
use proptest::prelude::*;
use proptest::sample::select;
use rust_decimal::Decimal;

const PARAMS: QuoteParams = QuoteParams {
    sigma: 0.3,
    arrival_rate: 0.1,
    decay: 0.3,
    risk_aversion: 0.05,
    liquidation_cost: 3.0,
    drift: 0.01,
};

fn at(secs: f64) -> Ts {
    Ts::from_nanos(0) + Span::from_secs_f64(secs)
}

fn instrument(tick: &str, lot: i64) -> Instrument {
    Instrument {
        id: InstrumentId::new("X"),
        tick: tick.parse().unwrap(),
        lot: Qty::from(lot),
        min_notional: Money::ZERO,
        currency: Currency::new("USD"),
    }
}

fn parent(instrument: &Instrument, side: Side, order_qty: i64) -> ParentView<'_> {
    ParentView {
        instrument,
        side,
        order_qty: Qty::from(order_qty),
        filled: Qty::ZERO,
        open: Qty::ZERO,
        start: at(0.0),
        deadline: at(300.0),
        limit: None,
        arrival_mid: Some("100.005".parse().unwrap()),
        quote_max_age: Span::from_secs(10),
    }
}

fn quote(bid: &str, ask: &str, time: Ts) -> Quote {
    Quote::new(bid.parse().ok(), ask.parse().ok(), time)
}

fn optimal(clip: i64, cross: bool) -> AlgoSpec {
    AlgoSpec::OptimalLimit {
        clip: Qty::from(clip),
        requote_min: Span::from_secs(1),
        cross,
        params: PARAMS,
        tick: Price::from(1),
    }
}

fn twap(style: Style) -> AlgoSpec {
    let (size_jitter, time_jitter) = (Decimal::new(3, 1), Span::from_secs(5));
    AlgoSpec::Twap {
        slices: 10,
        style,
        size_jitter,
        time_jitter,
        seed: 42,
    }
}

fn specs() -> Vec<AlgoSpec> {
    vec![
        optimal(100, false),
        optimal(30, true),
        twap(Style::Passive),
        twap(Style::Market),
        AlgoSpec::Limit { price: None },
        AlgoSpec::Limit {
            price: Some(Price::from(99)),
        },
        AlgoSpec::Market,
    ]
}

fn limit_of(decision: &Decision) -> Price {
    match decision {
        Decision::Work {
            ord_type: OrdType::Limit(price),
            ..
        } => *price,
        other => panic!("no limit order: {other:?}"),
    }
}

fn open_of(decision: &Decision) -> Qty {
    match decision {
        Decision::Work { open_qty, .. } => *open_qty,
        Decision::Idle { .. } => Qty::ZERO,
        other => panic!("waits: {other:?}"),
    }
}

#[test]
fn the_optimal_quote_is_the_models_on_the_passive_side_of_the_grid() {
    let share = instrument("0.01", 1);
    let now = at(60.0);
    let seen = quote("99.99", "100.02", now);
    for (side, sign, params) in [
        (Side::Sell, 1.0, PARAMS),
        (Side::Buy, -1.0, PARAMS.mirrored()),
    ] {
        let view = ParentView {
            filled: Qty::from(130),
            ..parent(&share, side, 550)
        };
        let decision = optimal(100, false)
            .build()
            .unwrap()
            .decide(&view, Some(&seen), now);
        // 420 left in clips of 100: five lots, 240 seconds.
        let ticks = QuoteSurface::solve(&params, 6, 300.0)
            .unwrap()
            .offset(5, 240.0);
        let raw = 100.005 + sign * ticks * 0.01;
        let price = convert::price_f64(limit_of(&decision));
        let passive = sign * (price - raw);
        assert!((0.0..0.01).contains(&passive), "{side}: {price} for {raw}");
        assert_eq!(
            open_of(&decision),
            Qty::from(70),
            "the rest of the second clip"
        );
        assert_eq!(decision.wake_at(), Some(at(61.0)));
    }
}

#[test]
fn the_last_clip_is_what_is_left() {
    let share = instrument("0.01", 1);
    let mut algo = optimal(100, false).build().unwrap();
    let open = |filled: i64, algo: &mut dyn ExecutionAlgo| {
        let view = ParentView {
            filled: Qty::from(filled),
            ..parent(&share, Side::Buy, 250)
        };
        open_of(&algo.decide(&view, Some(&quote("9.99", "10.01", at(0.0))), at(0.0)))
    };
    for (filled, expect) in [(0, 100), (99, 1), (100, 100), (200, 50), (250, 0), (260, 0)] {
        assert_eq!(
            open(filled, &mut *algo),
            Qty::from(expect),
            "{filled} filled"
        );
    }
}

#[test]
fn a_quote_through_the_market_stops_one_tick_short_unless_it_may_cross() {
    let share = instrument("0.01", 1);
    let now = at(299.0);
    let seen = quote("99.99", "100.00", now);
    let decided = |side, cross| {
        let decision =
            optimal(1, cross)
                .build()
                .unwrap()
                .decide(&parent(&share, side, 400), Some(&seen), now);
        (limit_of(&decision).to_string(), decision.reason())
    };
    assert_eq!(
        decided(Side::Buy, false),
        ("99.99".to_owned(), Reason::HeldAtTouch)
    );
    assert_eq!(
        decided(Side::Sell, false),
        ("100".to_owned(), Reason::HeldAtTouch)
    );
    assert_eq!(decided(Side::Buy, true).1, Reason::ModelQuote);
    assert!(decided(Side::Buy, true).0.parse::<f64>().unwrap() >= 100.0);
    // Without a grid it is held at the own side.
    let free = instrument("0", 1);
    let decision = optimal(1, false).build().unwrap().decide(
        &parent(&free, Side::Buy, 4_000),
        Some(&seen),
        now,
    );
    assert_eq!(limit_of(&decision).to_string(), "99.99");
}

#[test]
fn a_huge_parent_is_quoted_as_five_hundred_clips() {
    let share = instrument("0.01", 1);
    let seen = quote("999.99", "1000.01", at(0.0));
    let price = |order_qty| {
        let view = parent(&share, Side::Sell, order_qty);
        limit_of(
            &optimal(1, true)
                .build()
                .unwrap()
                .decide(&view, Some(&seen), at(0.0)),
        )
    };
    assert_eq!(price(500), price(2_000_000_000));
    assert!(price(499) >= price(500));
}

#[test]
fn nobody_pays_more_than_the_parents_limit() {
    let share = instrument("0.01", 1);
    let seen = quote("100.10", "100.12", at(150.0));
    let limit = Some("99.987".parse().unwrap());
    for spec in specs() {
        let view = ParentView {
            limit,
            ..parent(&share, Side::Buy, 1_000)
        };
        let decision = spec.build().unwrap().decide(&view, Some(&seen), at(150.0));
        assert!(
            limit_of(&decision) <= "99.98".parse().unwrap(),
            "{}: {decision:?}",
            spec.name()
        );
    }
}

#[test]
fn a_limit_below_the_grid_is_no_price() {
    let share = instrument("0.01", 1);
    let seen = quote("100.10", "100.12", at(150.0));
    for spec in specs() {
        let limit = Some("0.001".parse().unwrap());
        let view = ParentView {
            limit,
            ..parent(&share, Side::Buy, 1_000)
        };
        let decision = spec.build().unwrap().decide(&view, Some(&seen), at(150.0));
        assert_eq!(
            decision.reason(),
            Reason::NoAnswer,
            "{}: {decision:?}",
            spec.name()
        );
    }
}

#[test]
fn without_a_quote_to_go_by_everything_waits() {
    let share = instrument("0.01", 1);
    let now = at(200.0);
    let useless = [
        None,
        Some(quote("", "", now)),
        Some(quote("101", "100", now)),
        Some(Quote {
            bid: Some(Price::from(101)),
            ask: Some(Price::from(100)),
            time: now,
        }),
        Some(quote("99.99", "100.01", at(189.0))),
    ];
    for spec in specs() {
        for quote in &useless {
            let view = parent(&share, Side::Buy, 1_000);
            let decision = spec.build().unwrap().decide(&view, quote.as_ref(), now);
            // A price of its own is the one thing that needs no side of the quote.
            let priced = matches!(spec, AlgoSpec::Limit { .. })
                && quote.is_some_and(|q| q.bid.is_none() && q.time == now);
            let waits = matches!(decision, Decision::Wait { .. });
            assert!(waits || priced, "{}: {quote:?} {decision:?}", spec.name());
        }
    }
}

#[test]
fn only_the_sweep_goes_on_after_the_deadline_and_nothing_comes_before_the_start() {
    let share = instrument("0.01", 1);
    for spec in specs() {
        let decide = |now: Ts| {
            let seen = quote("99.99", "100.01", now);
            let view = ParentView {
                start: at(10.0),
                ..parent(&share, Side::Buy, 1_000)
            };
            spec.build().unwrap().decide(&view, Some(&seen), now)
        };
        let early = Decision::Idle {
            wake_at: Some(at(10.0)),
            reason: Reason::NotStarted,
        };
        assert_eq!(decide(at(9.0)), early, "{}", spec.name());
        let sweeps = matches!(decide(at(300.0)), Decision::Work { .. });
        assert_eq!(sweeps, spec == AlgoSpec::Market, "{}", spec.name());
    }
}

#[test]
fn a_scheduled_order_catches_up_and_joins_its_own_side() {
    let share = instrument("0.01", 10);
    let AlgoSpec::Twap { .. } = twap(Style::Passive) else {
        unreachable!()
    };
    let even = AlgoSpec::Twap {
        slices: 4,
        style: Style::Passive,
        size_jitter: Decimal::ZERO,
        time_jitter: Span::ZERO,
        seed: 0,
    };
    let mut algo = even.build().unwrap();
    let seen = quote("99.98", "100.01", at(150.0));
    let view = ParentView {
        filled: Qty::from(60),
        ..parent(&share, Side::Sell, 400)
    };
    let decision = algo.decide(&view, Some(&seen), at(150.0));
    assert_eq!(
        (open_of(&decision), limit_of(&decision)),
        (Qty::from(240), "100.01".parse().unwrap())
    );
    assert_eq!(decision.wake_at(), Some(at(225.0)));
    let ahead = ParentView {
        filled: Qty::from(300),
        ..view
    };
    let decision = algo.decide(&ahead, Some(&seen), at(150.0));
    assert_eq!(
        decision,
        Decision::Idle {
            wake_at: Some(at(225.0)),
            reason: Reason::NextSlice
        }
    );
}

#[test]
fn a_specification_reads_back_to_the_last_bit() {
    let endless = QuoteParams {
        liquidation_cost: f64::INFINITY,
        sigma: 0.1 + 0.2,
        ..PARAMS
    };
    let spec = AlgoSpec::OptimalLimit {
        clip: Qty::from(100),
        requote_min: Span::from_secs(1),
        cross: true,
        params: endless,
        tick: Price::from(1),
    };
    for spec in specs().into_iter().chain([spec]) {
        let text = serde_json::to_string(&spec).unwrap();
        assert_eq!(
            serde_json::from_str::<AlgoSpec>(&text).unwrap(),
            spec,
            "{text}"
        );
    }
}

/// It is equal to nothing, itself included: a plan with it is not the plan that was written.
#[test]
fn a_specification_with_what_is_no_number_does_not_read() {
    let text = serde_json::to_string(&optimal(1, false)).unwrap();
    let broken = text.replace(r#""decay":"0.3""#, r#""decay":"NaN""#);
    assert_ne!(text, broken);
    let refused = serde_json::from_str::<AlgoSpec>(&broken).unwrap_err();
    assert!(refused.to_string().contains("a parameter is not a number"));
}

#[test]
fn what_cannot_work_is_refused_by_name() {
    let refused = |spec: AlgoSpec| spec.build().unwrap_err();
    assert_eq!(refused(optimal(0, false)), ExecutionError::Clip(Qty::ZERO));
    let bad = AlgoSpec::Limit {
        price: Some(Price::ZERO),
    };
    assert_eq!(refused(bad), ExecutionError::Price(Price::ZERO));
    let jitter = AlgoSpec::Twap {
        slices: 0,
        style: Style::Market,
        size_jitter: Decimal::ZERO,
        time_jitter: Span::ZERO,
        seed: 0,
    };
    assert!(matches!(refused(jitter), ExecutionError::Schedule(_)));
    let params = QuoteParams {
        sigma: f64::NAN,
        ..PARAMS
    };
    let AlgoSpec::OptimalLimit {
        clip,
        requote_min,
        cross,
        tick,
        ..
    } = optimal(1, true)
    else {
        unreachable!()
    };
    let spec = AlgoSpec::OptimalLimit {
        clip,
        requote_min,
        cross,
        params,
        tick,
    };
    assert!(matches!(refused(spec), ExecutionError::Quote(_)));
}

/// A moment in a parent's life: seconds, fill, bid in cents, spread in cents.
fn moments() -> impl Strategy<Value = Vec<(f64, i64, i64, i64)>> {
    let moment = (0.0..40.0f64, 0..150i64, 9_500..10_500i64, -1..4i64);
    proptest::collection::vec(moment, 1..20)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Dropped and built again at every step, an algorithm decides the same: it keeps nothing that
    /// does not follow from parent, fills and clock.
    #[test]
    fn an_algorithm_that_dies_resumes_where_it_was(
        spec in select(specs()), moments in moments(), side in select(vec![Side::Buy, Side::Sell]),
        lot in 1..40i64, tick in select(vec!["0.01", "0", "0.25"]),
    ) {
        let share = instrument(tick, lot);
        let mut view = parent(&share, side, 1_000);
        let mut now = at(-10.0);
        let mut living = spec.build().unwrap();
        for (wait, fill, bid, spread) in moments {
            now = now + Span::from_secs_f64(wait);
            view.filled += Qty::from(fill);
            let cents = |n: i64| Some(Price::new(Decimal::new(n, 2)));
            let quote = Quote::new(cents(bid), cents(bid + spread), now);
            let decision = living.decide(&view, Some(&quote), now);
            let mut born = spec.build().unwrap();
            prop_assert_eq!(decision, born.decide(&view, Some(&quote), now));
            prop_assert!(decision.wake_at().is_none_or(|wake_at| wake_at > now));
            if let Decision::Work { open_qty, ord_type, .. } = decision {
                prop_assert!(open_qty.is_positive() && open_qty <= view.remaining());
                let price = ord_type.limit();
                prop_assert!(price.is_none_or(|p| p.is_positive() && p.is_on_grid(share.tick)));
                let patient = matches!(spec, AlgoSpec::OptimalLimit { cross: false, .. });
                if let (true, Some(price), Some(other)) = (patient, price, quote.opposite(side)) {
                    let through = match side {
                        Side::Buy => price > other || (price == other && tick != "0"),
                        Side::Sell => price < other || (price == other && tick != "0"),
                    };
                    prop_assert!(!through, "{} at {}", price, other);
                }
            }
        }
    }
}
