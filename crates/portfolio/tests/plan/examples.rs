//! Small books whose plan a person can check by head.

use polyfolio_model::{InstrumentId, Money, Price, Qty, SleeveId};
use polyfolio_portfolio::plan::{OnDeparture, Rounding, Unclaimed, UntradedReason};
use polyfolio_portfolio::{Code, Plan, Sizing, TradingState, Wish};
use serde_json::{Value, json};

use crate::world::{World, named, qty, today};

fn orders(plan: &Plan) -> Vec<(String, String)> {
    let orders = plan.orders.iter();
    orders
        .map(|o| (o.symbol.to_string(), o.side.signed(o.order_qty).to_string()))
        .collect()
}

/// Who wants how much of the first order.
fn wants(plan: &Plan) -> Vec<(SleeveId, Qty)> {
    named(plan.wants(&plan.orders[0]))
}

fn codes(plan: &Plan) -> Vec<Code> {
    plan.refusals.iter().map(|refusal| refusal.code).collect()
}

fn left(plan: &Plan) -> Vec<(String, UntradedReason)> {
    plan.untraded
        .iter()
        .map(|u| (u.quantity.to_string(), u.reason))
        .collect()
}

fn pair(symbol: &str, quantity: &str) -> (String, String) {
    (symbol.to_owned(), quantity.to_owned())
}

/// Two sleeves of 300,000: `f = 3` for both.
fn two() -> World {
    World::new()
        .instrument("CVX", "180", "1")
        .instrument("KO", "64", "1")
}

#[test]
fn an_order_is_shared_by_the_sleeves_that_want_it() {
    let world = two()
        .sleeve("trend", 0.3, &[("CVX", 60.2)])
        .sleeve("mom", 0.3, &[("CVX", 77.5)]);
    let plan = world.plan();
    assert_eq!(orders(&plan), [pair("CVX", "413")]);
    let json = serde_json::to_value(&plan).unwrap();
    assert_eq!(
        json["orders"][0],
        json!({
            "symbol": "CVX", "side": "BUY", "quantity": "413", "notional": "74340",
            "volume_share": null, "sleeves": {"trend": "181", "mom": "232"},
        })
    );
    assert_eq!(json["targets"], json!({"CVX": "413"}));
    assert_eq!(json["sleeves"]["mom"], json!({"CVX": "232.5"}));
    assert_eq!(json["residues"]["mom"], json!({"CVX": "0.5"}));
    assert_eq!(
        json["transfers"][0],
        json!({"sleeve": "trend", "cash": "300000"})
    );
    assert_eq!(json["nav"], "1000000");
    assert_eq!(json["decision_date"], "2022-12-28");
}

#[test]
fn opposite_wishes_cross_inside() {
    let world = two()
        .sleeve("trend", 0.3, &[("KO", 40.0)])
        .sleeve("rev", 0.3, &[("KO", 0.0)])
        .holds("rev", "KO", "120");
    let plan = world.plan();
    assert_eq!(orders(&plan), []);
    let json = serde_json::to_value(&plan).unwrap();
    let cross =
        json!({"symbol": "KO", "quantity": "120", "price": "64", "from": "rev", "to": "trend"});
    assert_eq!(json["crosses"], json!([cross]));
}

#[test]
fn small_opposite_changes_are_not_worth_a_cross() {
    let world = two()
        .sleeve("up", 0.3, &[("KO", 335.0)])
        .sleeve("down", 0.3, &[("KO", 331.7)])
        .holds("up", "KO", "1000")
        .holds("down", "KO", "1000");
    let plan = world.plan();
    assert_eq!(plan.crosses, []);
    assert_eq!(orders(&plan), []);
}

#[test]
fn what_no_sleeve_owns_is_kept_and_not_shared_out() {
    let world = two()
        .sleeve("only", 1.0, &[("CVX", 10.0)])
        .holds("unassigned", "KO", "1000");
    let plan = world.plan();
    assert_eq!(plan.shared_nav, Some(Money::from(936_000)));
    assert_eq!(orders(&plan), [pair("CVX", "93")]);
}

#[test]
fn what_no_sleeve_owns_is_sold_or_taken_over_when_asked() {
    let mut world = two()
        .sleeve("only", 1.0, &[("CVX", 10.0)])
        .holds("unassigned", "KO", "1000")
        .holds("unassigned", "CVX", "30");
    world.settings.unclaimed = Unclaimed::Liquidate;
    let plan = world.plan();
    assert_eq!(plan.shared_nav, Some(Money::from(1_000_000)));
    assert_eq!(orders(&plan), [pair("CVX", "70"), pair("KO", "-1000")]);
    let cross = plan.crosses().next().unwrap();
    assert_eq!(
        (cross.from.as_str(), cross.to.as_str()),
        ("unassigned", "only")
    );
    assert_eq!(cross.quantity, qty("30"));
}

#[test]
fn a_sleeve_that_left_the_config_gives_everything_back() {
    let world = two().sleeve("stays", 0.5, &[]).holds("left", "KO", "50");
    let plan = world.plan();
    assert_eq!(orders(&plan), [pair("KO", "-50")]);
    assert_eq!(wants(&plan), [("left".into(), qty("50"))]);
    let back = plan.transfers.iter().find(|t| t.sleeve.as_str() == "left");
    assert_eq!(
        back, None,
        "it is worth nothing: what it holds was bought with its cash"
    );
}

#[test]
fn what_left_the_config_can_go_to_what_no_sleeve_owns() {
    let mut world = two()
        .sleeve("stays", 0.5, &[])
        .holds("left", "KO", "50")
        .holds("left", "CVX", "-3");
    world.ledger.transfer(&"left".into(), Money::from(9_000));
    world.settings.on_departure = OnDeparture::Unassign;
    let plan = world.plan();
    assert_eq!(orders(&plan), []);
    assert_eq!(plan.crosses, []);
    let given: Vec<_> = plan
        .given
        .iter()
        .map(|given| (given.symbol.as_str(), given.quantity))
        .collect();
    assert_eq!(given, [("CVX", qty("-3")), ("KO", qty("50"))]);
    let row = |symbol: &str| plan.rows.iter().find(|row| row.symbol.as_str() == symbol);
    assert_eq!(row("KO").unwrap().unclaimed, qty("50"));
    let mut after = world.clone();
    after.execute(&plan, 1);
    let left = after.ledger.account(&"left".into()).unwrap();
    assert!(left.positions.is_empty());
    assert_eq!(left.cash, Money::ZERO);
    // Nobody earned by it, and there is nothing left to give.
    assert_eq!(after.ledger.cash(), world.ledger.cash());
    assert_eq!(left.funding, Money::ZERO);
    let next = after.plan();
    assert_eq!((next.given, next.transfers.len()), (vec![], 0));
    // What no sleeve owns is sold where the policy says so.
    world.settings.unclaimed = Unclaimed::Liquidate;
    let plan = world.plan();
    assert_eq!(orders(&plan), [pair("CVX", "3"), pair("KO", "-50")]);
    assert_eq!(wants(&plan)[0].0.as_str(), SleeveId::UNASSIGNED);
}

#[test]
fn what_has_no_price_is_not_given_and_not_traded() {
    let mut world = two().sleeve("stays", 0.5, &[]).holds("left", "KO", "50");
    world.settings.on_departure = OnDeparture::Unassign;
    world.settings.scale.sizing = Sizing::Reference {
        nav: 1e6,
        date: today().and_hms_opt(0, 0, 0).unwrap(),
    };
    let account = world.account();
    world.prices.clear();
    let plan = world.plan_on(&account);
    assert_eq!((&plan.given[..], &plan.orders[..]), (&[][..], &[][..]));
    let refusal = plan.refusals.first().unwrap();
    assert_eq!(refusal.code, Code::Price);
    let said = "left left the config with 50 KO: without a close it cannot be given to unassigned";
    assert_eq!(refusal.message, said);
}

#[test]
fn a_sleeve_that_holds_stays_as_it_is() {
    let mut world = two()
        .sleeve("late", 0.5, &[])
        .sleeve("other", 0.5, &[("KO", 10.0)])
        .holds("late", "KO", "77.5");
    world.sleeves[0].wish = Wish::Hold;
    let plan = world.plan();
    assert_eq!(orders(&plan), [pair("KO", "50")]);
    assert_eq!(wants(&plan), [("other".into(), qty("50"))]);
    assert!(
        plan.transfers
            .iter()
            .all(|transfer| transfer.sleeve.as_str() != "late")
    );
}

#[test]
fn differences_that_are_not_worth_it_are_left_and_said_so() {
    let hold = |held: &str| {
        two()
            .sleeve("s", 1.0, &[("KO", 100.0)])
            .holds("s", "KO", held)
            .plan()
    };
    assert_eq!(left(&hold("995")), [("5".to_owned(), UntradedReason::Band)]);
    assert_eq!(
        left(&hold("990")),
        [("10".to_owned(), UntradedReason::Band)]
    );
    assert_eq!(orders(&hold("989")), [pair("KO", "11")]);
    let close = |held: &str| {
        two()
            .sleeve("s", 1.0, &[("KO", 0.0)])
            .holds("s", "KO", held)
    };
    assert_eq!(orders(&close("1").plan()), [pair("KO", "-1")]);
    assert_eq!(
        left(&close("0.5").plan()),
        [("-0.5".to_owned(), UntradedReason::Lot)]
    );
    let mut dust = close("3");
    dust.settings.min_notional = Money::from(200);
    assert_eq!(
        left(&dust.plan()),
        [("-3".to_owned(), UntradedReason::MinNotional)]
    );
}

#[test]
fn orders_in_flight_are_counted() {
    let flight = |working: i64, unknown: i64| {
        let mut world = two().sleeve("s", 1.0, &[("KO", 10.0)]);
        world.working.insert("KO".into(), Qty::from(working));
        world.unknown.insert("KO".into(), Qty::from(unknown));
        orders(&world.plan())
    };
    assert_eq!(flight(0, 0), [pair("KO", "100")]);
    assert_eq!(flight(30, 20), [pair("KO", "50")]);
    assert_eq!(
        flight(30, -20),
        [pair("KO", "70")],
        "an unknown sell may not exist"
    );
    assert_eq!(
        flight(300, 0),
        [],
        "an order in flight is not traded against"
    );
}

#[test]
fn an_order_that_a_limit_refuses_is_not_among_the_orders() {
    let mut world = two().sleeve("s", 1.0, &[("KO", 10.0), ("CVX", 100.0)]);
    world.limits.max_order_notional = Some(Money::from(100_000));
    let plan = world.plan();
    assert_eq!(orders(&plan), [pair("KO", "100")]);
    assert_eq!(codes(&plan), [Code::MaxOrderNotional]);
    assert_eq!(
        plan.refusals[0].message,
        "order 180000 above risk.max_order_notional 100000"
    );
    assert_eq!(plan.refusals[0].symbol, Some(InstrumentId::from("CVX")));
}

#[test]
fn too_much_leverage_refuses_what_adds_and_lets_pass_what_reduces() {
    let mut world = two()
        .sleeve("s", 1.0, &[("KO", 100.0), ("CVX", 500.0)])
        .holds("s", "KO", "2000");
    world.limits.max_gross_leverage = Some(0.9);
    let plan = world.plan();
    assert_eq!(orders(&plan), [pair("KO", "-1000")]);
    assert_eq!(codes(&plan), [Code::MaxGrossLeverage]);
    world.limits.max_gross_leverage = Some(0.97);
    assert_eq!(orders(&world.plan()).len(), 2);
}

#[test]
fn leaning_too_far_refuses_what_leans_further() {
    let mut world = two().sleeve("s", 1.0, &[("KO", -100.0), ("CVX", 500.0)]);
    world.limits.max_net_leverage = Some(0.5);
    let plan = world.plan();
    assert_eq!(orders(&plan), [pair("KO", "-1000")]);
    assert_eq!(codes(&plan), [Code::MaxNetLeverage]);
}

#[test]
fn getting_out_of_a_short_passes_although_it_leans() {
    let mut world = two()
        .sleeve("s", 1.0, &[("KO", -10.0), ("CVX", 500.0)])
        .holds("s", "KO", "-1000");
    world.limits.max_net_leverage = Some(0.5);
    let plan = world.plan();
    assert_eq!(orders(&plan), [pair("KO", "900")]);
    assert_eq!(codes(&plan), [Code::MaxNetLeverage]);
}

#[test]
fn one_instrument_may_not_be_too_large() {
    let mut world = two().sleeve("s", 1.0, &[("KO", 100.0), ("CVX", 100.0)]);
    world.limits.max_weight_per_instrument = Some(0.1);
    let plan = world.plan();
    assert_eq!(orders(&plan), [pair("KO", "1000")]);
    assert_eq!(codes(&plan), [Code::MaxWeightPerInstrument]);
}

#[test]
fn a_halted_restricted_or_stale_instrument_is_not_even_crossed() {
    let world = || {
        two()
            .sleeve("a", 0.5, &[("KO", 40.0)])
            .sleeve("b", 0.5, &[("KO", 1.0)])
            .holds("b", "KO", "120")
    };
    assert!(!world().plan().crosses.is_empty());
    let mut halted = world();
    halted.trading = TradingState::Halted;
    let mut restricted = world();
    restricted.limits.restricted.insert("KO".into());
    let mut stale = world();
    stale.limits.max_price_age_days = Some(3);
    stale.prices.get_mut("KO").unwrap().date = today() - chrono::TimeDelta::days(4);
    assert_eq!(stale.plan().stale().count(), 1);
    for (world, code) in [
        (halted, Code::Halted),
        (restricted, Code::Restricted),
        (stale, Code::StalePrice),
    ] {
        let plan = world.plan();
        assert_eq!(codes(&plan), [code]);
        assert_eq!((plan.orders.len(), plan.crosses.len()), (0, 0), "{code}");
    }
}

#[test]
fn reduce_only_refuses_what_adds() {
    let mut world = two()
        .sleeve("s", 1.0, &[("KO", 10.0), ("CVX", -5.0)])
        .holds("s", "KO", "200")
        .holds("s", "CVX", "10");
    world.trading = TradingState::ReduceOnly;
    let plan = world.plan();
    assert_eq!(orders(&plan), [pair("KO", "-100")]);
    assert_eq!(codes(&plan), [Code::ReduceOnly]);
}

#[test]
fn what_is_missing_is_refused_by_name() {
    let world = || two().sleeve("s", 1.0, &[("KO", 10.0), ("CVX", 5.0)]);
    let mut no_price = world();
    no_price.prices.remove("KO");
    let mut no_lot = world();
    no_lot.instruments.remove("KO");
    let mut no_number = world();
    no_number.prices.get_mut("KO").unwrap().price = Price::new(rust_decimal::Decimal::MAX);
    for (world, code) in [
        (no_price, Code::Price),
        (no_number, Code::Price),
        (no_lot, Code::Instrument),
    ] {
        let plan = world.plan();
        assert_eq!(codes(&plan), [code]);
        assert_eq!(plan.refusals[0].symbol, Some("KO".into()));
        assert_eq!(orders(&plan), [pair("CVX", "50")]);
    }
}

#[test]
fn an_account_without_a_value_is_not_planned_on() {
    let world = two()
        .sleeve("s", 1.0, &[("KO", 10.0)])
        .holds("s", "KO", "5");
    let mut account = world.account();
    for nav in [None, Some(Money::ZERO), Some(Money::from(-1))] {
        account.nav = nav;
        let plan = world.plan_on(&account);
        assert_eq!(codes(&plan), [Code::AccountNav]);
        assert!(plan.is_empty());
        assert_eq!(
            serde_json::to_value(&plan).unwrap()["positions"],
            json!({"KO": "5"})
        );
    }
}

#[test]
fn a_sleeve_fault_refuses_the_whole_book() {
    let mut world = two()
        .sleeve("good", 0.5, &[("KO", 10.0)])
        .sleeve("bad", 0.5, &[("KO", 1.0)]);
    let Wish::Targets { nav, .. } = &mut world.sleeves[1].wish else {
        unreachable!()
    };
    nav[0].1 = 0.0;
    let plan = world.plan();
    assert_eq!(codes(&plan), [Code::SleeveNav]);
    assert_eq!(plan.refusals[0].sleeve, Some("bad".into()));
    assert!(plan.is_empty());
    let json = serde_json::to_value(&plan).unwrap();
    assert_eq!(json["refusals"][0]["code"], "sleeve_nav");
    assert_eq!(json["refusals"][0]["symbol"], Value::Null);
}

#[test]
fn odd_mixtures_of_settings_do_what_they_say() {
    let date = today().and_hms_opt(0, 0, 0).unwrap();
    let mut reference = two().sleeve("s", 1.0, &[("KO", 10.26)]);
    reference.settings.scale.sizing = Sizing::Reference {
        nav: 500_000.0,
        date,
    };
    assert_eq!(orders(&reference.plan()), [pair("KO", "51")]);
    assert_eq!(reference.plan().transfers, []);
    let mut unrounded = two().sleeve("s", 1.0, &[("KO", 10.26)]);
    unrounded.settings.rounding = Rounding::None;
    assert_eq!(orders(&unrounded.plan()), [pair("KO", "102.6")]);
}

/// A book of doubles, one to one with the strategies' accounts, where every difference counts.
fn doubles(sleeves: &[(&str, f64)]) -> World {
    let date = today().and_hms_opt(0, 0, 0).unwrap();
    let mut world = two();
    for (name, units) in sleeves {
        world = world.sleeve(name, 1.0, &[("KO", *units)]);
    }
    world.settings.scale.sizing = Sizing::Reference {
        nav: 100_000.0,
        date,
    };
    world.settings.rounding = Rounding::None;
    world.settings.no_trade_band = 0.0;
    world
}

#[test]
fn the_last_digit_of_a_double_goes_to_the_largest_want() {
    let plan = doubles(&[("a", 0.2), ("b", 0.1)]).plan();
    assert_eq!(plan.orders[0].quantity.to_string(), "0.30000000000000004");
    let expected = [
        ("a".into(), qty("0.20000000000000004")),
        ("b".into(), qty("0.1")),
    ];
    assert_eq!(wants(&plan), expected);
}

#[test]
fn a_gap_that_orders_in_flight_cover_is_covered_to_the_last_digit() {
    for target in [1_000_000.1, 12_345.678, 3.3] {
        for held in ["0.1", "0.3", "0.7", "2.9"] {
            let mut world = doubles(&[("s", target)]).holds("s", "KO", held);
            world.working.insert("KO".into(), qty("10000000"));
            assert_eq!(orders(&world.plan()), [], "{target} {held}");
        }
    }
}

#[test]
fn without_a_price_wishes_are_netted_but_not_crossed() {
    let date = today().and_hms_opt(0, 0, 0).unwrap();
    let mut world = two()
        .sleeve("a", 0.5, &[("KO", 40.0)])
        .sleeve("b", 0.5, &[("KO", 1.0)])
        .holds("b", "KO", "120");
    world.settings.scale.sizing = Sizing::Reference {
        nav: 100_000.0,
        date,
    };
    let account = world.account();
    world.prices.clear();
    let plan = world.plan_on(&account);
    assert_eq!(plan.crosses, []);
    assert_eq!(plan.untraded[0].reason, UntradedReason::NoCrossPrice);
    assert_eq!(orders(&plan), [pair("KO", "-100")]);
    assert_eq!(wants(&plan), [("b".into(), qty("100"))]);
    assert_eq!(plan.orders[0].notional, None);
}

#[test]
fn nothing_is_printed_without_a_sign() {
    let idle = two().sleeve("idle", 1.0, &[]).plan();
    let flat = two().sleeve("flat", 1.0, &[("CVX", -0.0)]).plan();
    for plan in [idle, flat] {
        let totals = &plan.totals;
        for share in [totals.gross_after, totals.net_after, totals.turnover] {
            assert!(share.unwrap().is_sign_positive(), "{totals:?}");
        }
        let json = serde_json::to_string(&plan).unwrap();
        assert!(!json.contains("-0"), "{json}");
    }
}
