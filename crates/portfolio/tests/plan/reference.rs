//! A book of three hundred sleeves against a count of its own, in whole numbers and without any of
//! the crate's tools: what every sleeve gets, what the account orders, and whose order it is.

use std::collections::BTreeMap;

use polyfolio_model::{InstrumentId, Qty, Side, SleeveId};
use polyfolio_portfolio::{Plan, Wish};

use crate::world::{World, changes};

const SLEEVES: usize = 300;
const SYMBOLS: usize = 60;
const WISHES: usize = 20;

/// Numbers that look like chance and are the same in every run.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(0x5eed);
        (self.0 >> 33) % end
    }
}

fn symbol(n: usize) -> String {
    format!("S{n:02}")
}

/// Every fifth sleeve is short. All NAVs differ, so that no target is a whole number.
fn book(seed: u64) -> World {
    let mut draw = Draw(seed);
    let mut world = World::new();
    for n in 0..SYMBOLS {
        world = world.instrument(&symbol(n), "12.5", "1");
    }
    for sleeve in 0..SLEEVES {
        let names: Vec<String> = (0..WISHES)
            .map(|k| symbol((sleeve + 3 * k) % SYMBOLS))
            .collect();
        let sign = if sleeve % 5 == 0 { -1.0 } else { 1.0 };
        let mut units = || sign * (1 + draw.below(4_000)) as f64;
        let positions: Vec<(&str, f64)> =
            names.iter().map(|name| (name.as_str(), units())).collect();
        world = world.sleeve(&format!("s{sleeve}"), 1.0, &positions);
        let nav = 90_000.0 + draw.below(20_000) as f64;
        if let Some(Wish::Targets { nav: series, .. }) =
            world.sleeves.last_mut().map(|s| &mut s.wish)
        {
            series[0].1 = nav;
        }
    }
    world.settings.scale.normalize = true;
    world.settings.no_trade_band = 0.0;
    world
}

/// Whole units by sleeve and instrument.
type Units = BTreeMap<(SleeveId, InstrumentId), i64>;

/// Each sleeve's part of each net: floors, and one more to the largest remainders.
fn parts(world: &World, shared: f64) -> Units {
    let weight = 1.0 / SLEEVES as f64;
    let mut columns: BTreeMap<&InstrumentId, Vec<(&SleeveId, f64)>> = BTreeMap::new();
    for sleeve in &world.sleeves {
        let Wish::Targets { positions, nav } = &sleeve.wish else {
            continue;
        };
        let factor = shared * weight / nav[0].1;
        for (symbol, units) in positions {
            columns
                .entry(symbol)
                .or_default()
                .push((&sleeve.id, units * factor));
        }
    }
    let mut parts = Units::new();
    for (symbol, column) in columns {
        let net = column.iter().map(|(_, target)| target).sum::<f64>().trunc() as i64;
        let floors: i64 = column.iter().map(|(_, target)| target.floor() as i64).sum();
        let mut by_remainder: Vec<usize> = (0..column.len()).collect();
        let remainder = |at: usize| column[at].1 - column[at].1.floor();
        by_remainder.sort_by(|a, b| remainder(*b).total_cmp(&remainder(*a)).then(a.cmp(b)));
        let one_more = &by_remainder[..usize::try_from(net - floors).unwrap()];
        for (at, (sleeve, target)) in column.iter().enumerate() {
            let part = target.floor() as i64 + i64::from(one_more.contains(&at));
            parts.insert(((*sleeve).clone(), symbol.clone()), part);
        }
    }
    parts
}

fn check(world: &World, plan: &Plan) {
    assert_eq!(plan.refusals, []);
    assert_eq!(plan.untraded, []);
    let shared: f64 = plan.nav.unwrap().to_string().parse().unwrap();
    let parts = parts(world, shared);
    let mut wishes = 0;
    for (place, sleeve) in plan.sleeves.iter().enumerate() {
        for wish in plan.wishes(place) {
            let expected = parts[&(sleeve.id.clone(), wish.symbol.clone())];
            assert_eq!(wish.rounded.qty(), Some(Qty::from(expected)), "{wish:?}");
            assert_eq!(wish.held, world.ledger.position(&sleeve.id, wish.symbol));
            wishes += 1;
        }
    }
    assert_eq!(wishes, SLEEVES * WISHES);
    let changes = changes(plan);
    for ((sleeve, symbol), part) in &parts {
        let asked = Qty::from(*part) - world.ledger.position(sleeve, symbol);
        let changed = changes.get(&(sleeve.clone(), symbol.clone())).copied();
        assert_eq!(changed.unwrap_or_default(), asked, "{sleeve} {symbol}");
    }
    let mut net = BTreeMap::<&InstrumentId, Qty>::new();
    for ((_, symbol), part) in &parts {
        *net.entry(symbol).or_default() += Qty::from(*part);
    }
    let held = world.ledger.positions();
    let differences = net.into_iter().map(|(symbol, net)| {
        let held = held.get(symbol).copied().unwrap_or_default();
        (symbol.clone(), net - held)
    });
    let orders = plan.orders.iter();
    let orders: BTreeMap<_, _> = orders
        .map(|order| (order.symbol.clone(), order.side.signed(order.order_qty)))
        .collect();
    assert_eq!(
        orders,
        differences
            .filter(|(_, difference)| !difference.is_zero())
            .collect()
    );
    assert!(
        plan.orders.iter().any(|order| order.side == Side::Sell) || plan.orders.len() == SYMBOLS
    );
}

#[test]
fn three_hundred_sleeves_get_what_a_count_of_its_own_says() {
    let mut first = book(1);
    let plan = first.plan();
    check(&first, &plan);
    assert!(plan.crosses.len() > SLEEVES, "longs and shorts meet");
    first.execute(&plan, 1_000);
    let second = World {
        sleeves: book(2).sleeves,
        ..first
    };
    check(&second, &second.plan());
}
