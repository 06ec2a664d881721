//! Faults that users of other systems met, one test each: the sizes of a book. `docs/faults.md` has
//! the whole list.

use polyfolio_model::{Money, Qty};
use polyfolio_portfolio::plan::Unclaimed;
use polyfolio_portfolio::{Code, Plan, Wish};
use serde_json::json;

use crate::world::{World, qty, today};

fn orders(plan: &Plan) -> Vec<(&str, Qty)> {
    let orders = plan.orders.iter();
    orders
        .map(|order| (order.symbol.as_str(), order.side.signed(order.order_qty)))
        .collect()
}

fn codes(plan: &Plan) -> Vec<Code> {
    plan.refusals.iter().map(|refusal| refusal.code).collect()
}

/// KO at 64 and CVX at 180, a million in cash; a sleeve's size is ten times its strategy's.
fn world() -> World {
    World::new()
        .instrument("CVX", "180", "1")
        .instrument("KO", "64", "1")
}

/// The difference to the target was ordered again, because pending orders did not count.
#[test]
fn f15_orders_in_flight_are_no_difference() {
    let mut flying = world().sleeve("s", 1.0, &[("KO", 10.0)]);
    assert_eq!(orders(&flying.plan()), [("KO", qty("100"))]);
    flying.working.insert("KO".into(), qty("60"));
    flying.unknown.insert("KO".into(), qty("40"));
    assert_eq!(orders(&flying.plan()), []);
    // Neither is what costs would eat: a trade within the band makes the next plan non-empty.
    let close = world()
        .sleeve("s", 1.0, &[("KO", 100.0)])
        .holds("s", "KO", "995");
    assert_eq!(orders(&close.plan()), []);
}

/// A NAV that was missing read as 0.0, and the whole book was scaled to nothing.
#[test]
fn f39_a_nav_that_is_missing_zero_or_no_number_sizes_nothing() {
    let held = || {
        world()
            .sleeve("good", 0.5, &[("KO", 10.0)])
            .sleeve("bad", 0.5, &[("KO", 10.0)])
            .holds("good", "KO", "50")
    };
    for nav in [
        None,
        Some(0.0),
        Some(-5.0),
        Some(f64::NAN),
        Some(f64::INFINITY),
    ] {
        let mut world = held();
        let Wish::Targets { nav: series, .. } = &mut world.sleeves[1].wish else {
            unreachable!()
        };
        *series = nav.map(|nav| (today(), nav)).into_iter().collect();
        let plan = world.plan();
        assert!(plan.is_empty(), "{nav:?}: {:?}", orders(&plan));
        assert_eq!(plan.refusals[0].sleeve, Some("bad".into()), "{nav:?}");
    }
    let world = held();
    let mut account = world.account();
    for nav in [None, Some(Money::ZERO), Some(Money::from(-1))] {
        account.nav = nav;
        let plan = world.plan_on(&account);
        assert_eq!(codes(&plan), [Code::AccountNav]);
        assert!(plan.is_empty(), "what is held stays: {:?}", orders(&plan));
    }
}

/// A difference that was NaN gave no order, and nobody was told.
#[test]
fn f40_a_position_that_is_no_number_is_refused_by_name() {
    for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let world = world().sleeve("s", 1.0, &[("KO", odd), ("CVX", 5.0)]);
        let plan = world.plan();
        assert_eq!(codes(&plan), [Code::Position], "{odd}");
        assert_eq!(plan.refusals[0].symbol, Some("KO".into()));
        assert_eq!(orders(&plan), [("CVX", qty("50"))], "the others go on");
    }
}

/// Positions that no strategy claimed were sold.
#[test]
fn f40_what_no_sleeve_claims_is_kept_unless_it_is_to_go() {
    let mut world = world()
        .sleeve("s", 1.0, &[("CVX", 10.0)])
        .holds("unassigned", "KO", "1000");
    let kept = world.plan();
    assert!(
        orders(&kept).iter().all(|(symbol, _)| *symbol != "KO"),
        "{kept:?}"
    );
    world.settings.unclaimed = Unclaimed::Liquidate;
    assert!(orders(&world.plan()).contains(&("KO", qty("-1000"))));
}

/// Quantities were cut to whole numbers without a word.
#[test]
fn f40_what_rounding_leaves_stands_in_the_plan() {
    let odd = world().sleeve("s", 1.0, &[("KO", 10.07), ("CVX", 0.05)]);
    let plan = odd.plan();
    assert_eq!(orders(&plan), [("KO", qty("100"))]);
    let json = serde_json::to_value(&plan).unwrap();
    assert_eq!(json["residues"]["s"]["KO"], json!("0.7"));
    assert_eq!(json["residues"]["s"]["CVX"], json!("0.5"));
}

/// A position that was found at a start could not be reduced by anybody.
#[test]
fn f43_what_was_found_and_belongs_to_nobody_can_be_taken_over() {
    let mut world = world()
        .sleeve("s", 1.0, &[("CVX", 10.0)])
        .holds("unassigned", "CVX", "30");
    world.settings.unclaimed = Unclaimed::Liquidate;
    let plan = world.plan();
    let cross = plan.crosses().next().unwrap();
    assert_eq!(
        (cross.from.as_str(), cross.to.as_str()),
        ("unassigned", "s")
    );
    assert_eq!(cross.quantity, qty("30"));
    assert_eq!(
        orders(&plan),
        [("CVX", qty("70"))],
        "and is not bought again"
    );
}

/// Data froze while the connection stood, and positions were sized on old prices.
#[test]
fn f44_a_price_that_is_too_old_sizes_nothing() {
    let mut frozen = world().sleeve("s", 1.0, &[("KO", 10.0), ("CVX", 5.0)]);
    frozen.limits.max_price_age_days = Some(3);
    frozen.prices.get_mut("KO").unwrap().date = today() - chrono::TimeDelta::days(4);
    let plan = frozen.plan();
    assert_eq!(codes(&plan), [Code::StalePrice]);
    assert_eq!(plan.refusals[0].symbol, Some("KO".into()));
    assert_eq!(orders(&plan), [("CVX", qty("50"))]);
}

/// Exits go on: what nobody wants any more needs no price to be sized by.
#[test]
fn f44_a_price_that_is_too_old_keeps_nobody_in() {
    let mut frozen = world()
        .sleeve("s", 1.0, &[("CVX", 5.0)])
        .holds("s", "KO", "12")
        .holds("s", "CVX", "40");
    frozen.limits.max_price_age_days = Some(3);
    for close in frozen.prices.values_mut() {
        close.date = today() - chrono::TimeDelta::days(4);
    }
    let plan = frozen.plan();
    assert_eq!(orders(&plan), [("KO", qty("-12"))]);
    assert_eq!(codes(&plan), [Code::StalePrice]);
    assert_eq!(plan.refusals[0].symbol, Some("CVX".into()));
}
