//! What holds for every plan: nothing is lost between wishes, crosses and orders, and a plan that
//! was carried out leaves nothing for the next one.

use std::collections::BTreeMap;

use polyfolio_model::convert::qty_f64;
use polyfolio_model::{InstrumentId, Money, Qty, Side};
use polyfolio_portfolio::invariants::{check_cash, check_positions};
use polyfolio_portfolio::netting::{differences, net};
use polyfolio_portfolio::plan::{OnDeparture, Rounding, Unclaimed};
use polyfolio_portfolio::{Plan, Sizing, Units, scale};
use proptest::prelude::*;

use crate::world::{World, changes, today};

const SYMBOLS: [&str; 4] = ["A", "B", "C", "D"];
const PRICES: [&str; 4] = ["10.5", "99.99", "3.07", "451.2"];
const LOTS: [&str; 4] = ["1", "0.5", "10", "1"];
const OWNERS: [&str; 5] = ["s0", "s1", "s2", "gone", "unassigned"];

prop_compose! {
    fn worlds()(
        weights in prop::collection::vec(0.0..0.5_f64, 1..4),
        raw in prop::collection::vec((0..4_usize, 0..4_usize, -900.0..900.0_f64), 0..14),
        held in prop::collection::vec((0..5_usize, 0..4_usize, -3_000..3_000_i64, 0..8_u32), 0..10),
        (keep, lots, reference, normalize, unassign) in any::<(bool, bool, bool, bool, bool)>(),
        leverage in prop_oneof![Just(1.0), Just(0.0), -1.0..3.0_f64],
        band in prop_oneof![Just(0.01), Just(0.0), Just(0.1)],
        min_notional in prop_oneof![Just(0), Just(700)],
    ) -> World {
        let mut world = World::new();
        for i in 0..4 {
            world = world.instrument(SYMBOLS[i], PRICES[i], LOTS[i]);
        }
        for (i, weight) in weights.iter().enumerate() {
            let own = raw.iter().filter(|(sleeve, ..)| sleeve % weights.len() == i);
            let positions: Vec<_> =
                own.map(|(_, symbol, units)| (SYMBOLS[*symbol], units.trunc())).collect();
            world = world.sleeve(OWNERS[i], weight + 0.01, &positions);
        }
        for (owner, symbol, units, odd) in &held {
            // One holding in eight is no whole number of lots.
            let quantity = if *odd == 0 { format!("{units}.25") } else { units.to_string() };
            world = world.holds(OWNERS[*owner], SYMBOLS[*symbol], &quantity);
        }
        world.ledger.adopt_cash(Money::from(30_000_000));
        let settings = &mut world.settings;
        settings.unclaimed = if keep { Unclaimed::Keep } else { Unclaimed::Liquidate };
        settings.on_departure =
            if unassign { OnDeparture::Unassign } else { OnDeparture::WindDown };
        settings.rounding = if lots { Rounding::Lot } else { Rounding::None };
        settings.scale.leverage = leverage;
        settings.scale.normalize = normalize;
        settings.no_trade_band = if lots { band } else { 0.01 };
        settings.min_notional = Money::from(min_notional);
        if reference {
            let date = today().and_hms_opt(0, 0, 0).unwrap();
            settings.scale.sizing = Sizing::Reference { nav: 700_000.0, date };
        }
        world
    }
}

/// Every sleeve moves toward its part and never beyond it.
fn assert_toward(plan: &Plan) -> Result<(), TestCaseError> {
    let changes = changes(plan);
    for (place, sleeve) in plan.sleeves.iter().enumerate() {
        for wish in plan.wishes(place) {
            let key = (sleeve.id.clone(), wish.symbol.clone());
            let change = changes.get(&key).copied().unwrap_or_default();
            let asked = wish.rounded.qty().unwrap() - wish.held;
            let is_toward = !change.is_positive() || asked.is_positive();
            let is_toward = is_toward && (!change.is_negative() || asked.is_negative());
            let slack: Qty = "0.000000001".parse().unwrap();
            prop_assert!(
                is_toward && change.abs() <= asked.abs() + slack,
                "{wish:?}: {change}"
            );
        }
    }
    Ok(())
}

/// The sleeves' parts sum to the target, each within a lot of its wish.
fn assert_apportioned(world: &World, plan: &Plan) -> Result<(), TestCaseError> {
    for row in plan.rows.iter().filter(|row| row.target.is_some()) {
        let wishes = || {
            let all = (0..plan.sleeves.len()).flat_map(|place| plan.wishes(place));
            all.filter(|wish| *wish.symbol == row.symbol)
        };
        let Some(Units::Exact(target)) = row.target else {
            continue;
        };
        let lot = world.instruments[&row.symbol].lot;
        prop_assert_eq!(
            wishes()
                .map(|wish| wish.rounded.qty().unwrap())
                .sum::<Qty>(),
            target
        );
        for wish in wishes() {
            prop_assert!(wish.residue().qty().unwrap().abs() <= lot, "{wish:?}");
            prop_assert!(wish.target.float() != 0.0 || wish.rounded.is_zero());
            prop_assert!(wish.rounded.qty().unwrap().is_in_lots(lot));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn nothing_is_lost_between_wishes_and_orders(world in worlds()) {
        let plan = world.plan();
        prop_assert_eq!(&plan.refusals, &[]);
        assert_toward(&plan)?;
        assert_apportioned(&world, &plan)?;
        for order in &plan.orders {
            let wants: Qty = order.wants.iter().map(|(_, want)| *want).sum();
            prop_assert_eq!(wants, order.order_qty);
            prop_assert!(order.order_qty.is_positive());
            if world.settings.rounding == Rounding::Lot {
                prop_assert!(order.order_qty.is_in_lots(world.instruments[&order.symbol].lot));
            }
        }
    }

    #[test]
    fn a_traded_plan_reaches_its_targets(world in worlds(), piece in 1..40_i64) {
        let plan = world.plan();
        let mut after = world.clone();
        after.execute(&plan, piece);
        prop_assert_eq!(after.ledger.cash() + value(&after), world.ledger.cash() + value(&world));
        let account = after.account();
        for order in &plan.orders {
            let row = plan.rows.iter().find(|row| row.symbol == order.symbol).unwrap();
            let kept = match world.settings.unclaimed {
                Unclaimed::Keep => row.unclaimed,
                Unclaimed::Liquidate => Qty::ZERO,
            };
            let held = account.positions.get(&order.symbol).copied().unwrap_or_default();
            let target = row.target.map_or(Qty::ZERO, |target| target.qty().unwrap());
            // What is off the grid of lots can only be traded down to less than a lot.
            let off = (held - kept - target).abs();
            let lot = world.instruments[&order.symbol].lot;
            prop_assert!(off < lot, "{order:?} leaves {off}");
        }
    }

    #[test]
    fn the_next_plan_is_empty(world in worlds(), piece in 1..40_i64) {
        let plan = world.plan();
        let mut after = world;
        after.execute(&plan, piece);
        let next = after.plan();
        prop_assert_eq!(&next.orders, &[]);
        if after.settings.rounding == Rounding::Lot {
            prop_assert_eq!(&next.crosses, &[]);
        }
        let owed: Vec<_> = next.transfers.iter().filter(|t| t.cash.abs() > Money::from(1)).collect();
        prop_assert!(owed.is_empty(), "{owed:?}");
    }

    #[test]
    fn the_sleeves_always_sum_to_the_account(world in worlds(), piece in 1..40_i64) {
        let plan = world.plan();
        // The account on its own: orders move it, crosses and transfers do not.
        let mut positions = world.ledger.positions();
        let mut cash = world.ledger.cash();
        for order in &plan.orders {
            let signed = order.side.signed(order.order_qty);
            *positions.entry(order.symbol.clone()).or_default() += signed;
            cash -= world.prices[&order.symbol].price * signed;
        }
        let mut after = world.clone();
        after.execute(&plan, piece);
        prop_assert_eq!(check_positions(&after.ledger, &positions), vec![]);
        prop_assert_eq!(check_cash(&after.ledger, cash), vec![]);
    }

    /// A speck of what no sleeve owns is written with too many places for whole numbers.
    #[test]
    fn whole_numbers_and_decimals_decide_alike(world in worlds()) {
        let mut whole = world;
        whole.settings.unclaimed = Unclaimed::Keep;
        whole.settings.rounding = Rounding::Lot;
        let mut exact = whole.clone();
        for symbol in SYMBOLS {
            exact = exact.holds("unassigned", symbol, "0.0000000000000000001");
        }
        // The specks put every instrument among the account's, and so in the order of its rows, also
        // one of which a sleeve holds as much as is lacked beside it.
        let mut account = whole.account();
        for symbol in SYMBOLS {
            account.positions.entry(symbol.into()).or_default();
        }
        account.positions.sort_keys();
        let (whole, exact) = (whole.plan_on(&account), exact.plan());
        let parts = |plan: &Plan| -> Vec<(usize, InstrumentId, Units)> {
            let sleeves = 0..plan.sleeves.len();
            let wishes = sleeves.flat_map(|place| plan.wishes(place).map(move |wish| (place, wish)));
            wishes.map(|(place, wish)| (place, wish.symbol.clone(), wish.rounded)).collect()
        };
        prop_assert_eq!(parts(&whole), parts(&exact));
        prop_assert_eq!(changes(&whole), changes(&exact));
        prop_assert_eq!(whole.orders, exact.orders);
        prop_assert_eq!(whole.untraded, exact.untraded);
    }

    #[test]
    fn unrounded_reference_orders_are_target_minus_account(world in worlds()) {
        let mut world = world;
        let date = today().and_hms_opt(0, 0, 0).unwrap();
        world.settings.scale.sizing = Sizing::Reference { nav: 123_456.78, date };
        world.settings.rounding = Rounding::None;
        world.settings.unclaimed = Unclaimed::Liquidate;
        world.settings.no_trade_band = 0.0;
        world.settings.min_notional = Money::ZERO;
        let scaled = scale(&world.sleeves, &world.settings.scale, f64::NAN, today()).unwrap();
        let target = net(scaled.sleeves.values().map(|sleeve| &sleeve.targets));
        let current = world.account().positions.into_iter().map(|(s, q)| (s, qty_f64(q))).collect();
        let (expected, _) = differences(&target, &current);
        let plan = world.plan();
        let sign = |side| if side == Side::Buy { 1.0 } else { -1.0 };
        let orders = plan.orders.iter();
        let ours = orders.map(|o| (o.symbol.clone(), sign(o.side) * o.quantity.float()));
        prop_assert!(ours.eq(expected), "{:?}", plan.orders);
    }

    #[test]
    fn orders_in_flight_only_make_an_order_smaller(
        world in worlds(), flights in prop::collection::vec((0..4_usize, -900..900_i64, any::<bool>()), 0..5),
    ) {
        let signed = |plan: &Plan| -> BTreeMap<InstrumentId, Qty> {
            let orders = plan.orders.iter();
            orders.map(|order| (order.symbol.clone(), order.side.signed(order.order_qty))).collect()
        };
        let calm = signed(&world.plan());
        let mut busy = world;
        for (symbol, units, is_known) in flights {
            let book = if is_known { &mut busy.working } else { &mut busy.unknown };
            book.insert(SYMBOLS[symbol].into(), Qty::from(units));
        }
        for (symbol, quantity) in signed(&busy.plan()) {
            let before = calm.get(&symbol).copied().unwrap_or_default();
            prop_assert!(quantity.abs() <= before.abs(), "{symbol}: {before} became {quantity}");
            prop_assert_eq!(Side::of(quantity), Side::of(before));
        }
    }
}

fn value(world: &World) -> Money {
    let positions = world.ledger.positions();
    positions
        .iter()
        .map(|(symbol, held)| world.prices[symbol].price * *held)
        .sum()
}
