//! The door to the wire: what passes, and what is denied with which word.
#![allow(clippy::unwrap_used)]

use polyfolio_model::{
    ClOrdId, Currency, Instrument, Money, NewOrder, OrdType, Price, Qty, Quote, Side, Span,
    TimeInForce, Ts,
};
use polyfolio_portfolio::{Code, Denied, RiskLimits, RiskView, TradingState};
use proptest::prelude::*;
use rust_decimal::Decimal;

fn order(side: Side, quantity: &str, limit: Option<&str>) -> NewOrder {
    let price = |text: &str| text.parse::<Price>().unwrap();
    NewOrder {
        cl_ord_id: ClOrdId {
            deployment: 1,
            run: 1,
            parent: 1,
            child: 1,
        },
        instrument: "KO".into(),
        side,
        // Also what no reader lets in.
        order_qty: Qty::new(quantity.parse().unwrap()),
        ord_type: limit.map_or(OrdType::Market, |text| OrdType::Limit(price(text))),
        time_in_force: TimeInForce::Day,
    }
}

fn instrument() -> Instrument {
    Instrument {
        id: "KO".into(),
        tick: "0.01".parse().unwrap(),
        lot: "1".parse().unwrap(),
        min_notional: Money::ZERO,
        currency: Currency::from("USD"),
    }
}

const NOW: Ts = Ts::from_nanos(60_000_000_000);

fn quote(seconds_old: i64) -> Quote {
    let px = |cents: i64| Some(Price::new(rust_decimal::Decimal::new(cents, 2)));
    Quote::new(px(6_390), px(6_400), NOW - Span::from_secs(seconds_old))
}

fn limits() -> RiskLimits {
    RiskLimits {
        max_order_notional: Some(Money::from(6_400)),
        max_quote_age: Some(Span::from_secs(5)),
        restricted: ["PG".into()].into(),
        ..RiskLimits::default()
    }
}

/// What the door says to `order` when `position` is held and `open` buys and sells are out.
fn ask(
    order: NewOrder,
    state: TradingState,
    position: i64,
    open: (i64, i64),
    quote: Option<&Quote>,
) -> Result<NewOrder, Denied> {
    let instrument = instrument();
    let view = RiskView {
        state,
        instrument: &instrument,
        position: Qty::from(position),
        open_buys: Qty::from(open.0),
        open_sells: Qty::from(open.1),
        quote,
        now: NOW,
    };
    limits()
        .approve(order, &view)
        .map(|approved| approved.into_inner())
}

fn check(order: NewOrder, quote: Option<&Quote>, expect: Option<Code>) {
    let answer = ask(order.clone(), TradingState::Active, 0, (0, 0), quote);
    match expect {
        None => assert_eq!(answer, Ok(order)),
        Some(code) => assert_eq!(answer.unwrap_err().code, code, "{order:?}"),
    }
}

#[test]
fn an_order_within_all_limits_passes_unchanged() {
    check(
        order(Side::Buy, "100", Some("63.95")),
        Some(&quote(0)),
        None,
    );
    check(order(Side::Buy, "100", Some("64.00")), None, None);
    check(order(Side::Sell, "100", None), Some(&quote(5)), None);
}

/// It could not be read back from the journal.
#[test]
fn an_order_beyond_every_amount_is_denied() {
    let limits = RiskLimits::default();
    let instrument = instrument();
    let view = RiskView {
        state: TradingState::Active,
        instrument: &instrument,
        position: Qty::ZERO,
        open_buys: Qty::ZERO,
        open_sells: Qty::ZERO,
        quote: None,
        now: NOW,
    };
    let denied = |order| limits.approve(order, &view).map_err(|denied| denied.code);
    let mut order = order(Side::Buy, "1", Some("63.95"));
    assert!(denied(order.clone()).is_ok());
    order.order_qty = Qty::new(Decimal::MAX);
    assert_eq!(denied(order.clone()), Err(Code::OrderQuantity));
    order.order_qty = Qty::from(1);
    order.ord_type = OrdType::Limit(Price::new(Decimal::MAX));
    assert_eq!(denied(order), Err(Code::OrderPrice));
}

/// The quote is 63.90 to 64.00 and an order may be worth 6,400: 100 at most at 64.
#[test]
fn a_stop_is_worth_what_it_may_come_to() {
    let stop = |side, trigger: &str, limit: Option<&str>| {
        let mut order = order(side, "100", limit);
        order.ord_type = OrdType::of(order.ord_type.limit(), Some(trigger.parse().unwrap()));
        order
    };
    let (fresh, over) = (quote(0), Some(Code::MaxOrderNotional));
    let (buy, sell) = (Side::Buy, Side::Sell);
    check(stop(buy, "64.00", None), Some(&fresh), None);
    check(stop(buy, "64.01", None), Some(&fresh), over);
    // Without a quote the trigger is what is known of it.
    check(stop(buy, "64.00", None), None, None);
    check(stop(sell, "63.00", None), Some(&fresh), None);
    // Its trigger is behind the market, at which it trades at once.
    let dear = Quote::new(
        Some("70".parse().unwrap()),
        Some("70".parse().unwrap()),
        NOW,
    );
    check(stop(buy, "60.00", None), Some(&dear), over);
    check(stop(buy, "63.00", Some("64.00")), Some(&fresh), None);
    check(stop(buy, "63.00", Some("64.01")), Some(&fresh), over);
    check(stop(sell, "64.01", Some("63.00")), Some(&fresh), over);
}

#[test]
fn a_trigger_obeys_the_rules_of_prices_and_is_not_for_the_close() {
    let fresh = quote(0);
    let says = |ord_type, time_in_force| {
        let mut order = order(Side::Sell, "1", None);
        (order.ord_type, order.time_in_force) = (ord_type, time_in_force);
        let denied = ask(order, TradingState::Active, 0, (0, 0), Some(&fresh)).err()?;
        assert_eq!(denied.code, Code::OrderPrice);
        Some(denied.message)
    };
    let day = |ord_type| says(ord_type, TimeInForce::Day);
    let price = |text: &str| Price::new(text.parse().unwrap());
    let stop = |text| OrdType::Stop(price(text));
    assert_eq!(day(stop("63.95")), None);
    let off = "trigger 63.955 is not on the tick grid of 0.01";
    assert_eq!(day(stop("63.955")).as_deref(), Some(off));
    let zero = "trigger 0 is not above zero";
    assert_eq!(day(stop("0")).as_deref(), Some(zero));
    assert!(day(OrdType::Stop(Price::new(Decimal::MAX))).is_some());
    let (trigger, limit) = (price("63.95"), price("63.955"));
    let off = "limit 63.955 is not on the tick grid of 0.01";
    let both = day(OrdType::StopLimit { trigger, limit });
    assert_eq!(both.as_deref(), Some(off));
    let (trigger, limit) = (limit, trigger);
    assert!(day(OrdType::StopLimit { trigger, limit }).is_some());
    let close = |ord_type| says(ord_type, TimeInForce::AtTheClose);
    assert_eq!(close(OrdType::Market), None);
    assert_eq!(close(OrdType::Limit(price("63.95"))), None);
    let refused = close(stop("63.95")).unwrap();
    assert!(refused.contains("a stop at 63.95 cannot be for the close"));
    assert!(
        close(OrdType::StopLimit {
            trigger: price("64"),
            limit: price("63")
        })
        .is_some()
    );
}

#[test]
fn an_order_that_breaks_a_rule_is_denied_with_its_code() {
    let buy = |quantity: &str, limit| order(Side::Buy, quantity, limit);
    let fresh = quote(0);
    check(
        buy("100", Some("64.01")),
        Some(&fresh),
        Some(Code::MaxOrderNotional),
    );
    check(buy("101", None), Some(&fresh), Some(Code::MaxOrderNotional));
    check(buy("1", None), None, Some(Code::Price));
    check(
        buy("1", Some("63.955")),
        Some(&fresh),
        Some(Code::OrderPrice),
    );
    check(buy("1", Some("0")), Some(&fresh), Some(Code::OrderPrice));
    check(
        buy("0", Some("63.95")),
        Some(&fresh),
        Some(Code::OrderQuantity),
    );
    check(
        buy("-1", Some("63.95")),
        Some(&fresh),
        Some(Code::OrderQuantity),
    );
    check(
        buy("1.5", Some("63.95")),
        Some(&fresh),
        Some(Code::OrderQuantity),
    );
    check(
        buy("1", Some("63.95")),
        Some(&quote(6)),
        Some(Code::StalePrice),
    );
    check(
        buy("1000000000000000000", Some("9999999")),
        Some(&fresh),
        Some(Code::MaxOrderNotional),
    );
    check(
        buy("70000000000000000000000000000", Some("9999999")),
        Some(&fresh),
        Some(Code::OrderQuantity),
    );
    let restricted = NewOrder {
        instrument: "PG".into(),
        ..buy("1", Some("63.95"))
    };
    check(restricted, Some(&fresh), Some(Code::Restricted));
}

#[test]
fn nothing_passes_when_trading_is_halted() {
    let sell = order(Side::Sell, "1", Some("63.95"));
    let denied = ask(sell, TradingState::Halted, 5, (0, 0), Some(&quote(0))).unwrap_err();
    assert_eq!(denied.code, Code::Halted);
    assert_eq!(denied.to_string(), "denied (halted): trading is halted");
}

#[test]
fn reduce_only_counts_what_is_open() {
    let allowed = |side, quantity: &str, position, open| {
        let order = order(side, quantity, Some("63.95"));
        let answer = ask(
            order,
            TradingState::ReduceOnly,
            position,
            open,
            Some(&quote(0)),
        );
        answer
            .map_err(|denied| assert_eq!(denied.code, Code::ReduceOnly))
            .is_ok()
    };
    assert!(allowed(Side::Sell, "10", 10, (0, 0)));
    assert!(!allowed(Side::Sell, "11", 10, (0, 0)));
    assert!(!allowed(Side::Sell, "10", 10, (0, 1)));
    assert!(!allowed(Side::Buy, "1", 10, (0, 0)));
    assert!(!allowed(Side::Buy, "1", 0, (0, 0)));
    assert!(allowed(Side::Buy, "4", -10, (6, 0)));
    assert!(!allowed(Side::Buy, "5", -10, (6, 0)));
}

#[test]
fn limits_read_from_a_config_and_refuse_unknown_keys() {
    let read = serde_json::from_str::<RiskLimits>;
    let limits = read(r#"{"max_order_notional": "100000", "restricted": ["PG"]}"#).unwrap();
    assert_eq!(limits.max_order_notional, Some(Money::from(100_000)));
    assert_eq!(read("{}").unwrap(), RiskLimits::default());
    assert!(read(r#"{"max_order_notionals": "1"}"#).is_err());
}

proptest! {
    #[test]
    fn a_reduce_only_order_never_grows_a_position(
        position in -50..50_i64, buys in 0..60_i64, sells in 0..60_i64, n in 1..60_i64, is_buy: bool,
    ) {
        let side = if is_buy { Side::Buy } else { Side::Sell };
        let order = order(side, &n.to_string(), Some("63.95"));
        let answer = ask(order, TradingState::ReduceOnly, position, (buys, sells), Some(&quote(0)));
        if answer.is_ok() {
            // Whatever of the open orders on its side fills first.
            for filled in 0..=(if is_buy { buys } else { sells }) {
                let before = if is_buy { position + filled } else { position - filled };
                let after = if is_buy { before + n } else { before - n };
                prop_assert!(after.abs() < before.abs() && after * before >= 0);
            }
        }
    }
}
