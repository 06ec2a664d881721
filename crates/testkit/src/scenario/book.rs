//! The book of a scenario: sleeves, what they want, and how it is worked.

use polyfolio_execution::AlgoSpec;
use polyfolio_execution::algo::Style;
use polyfolio_matching::Listing;
use polyfolio_model::{Money, Price, Qty, Side, SleeveId, Span};
use polyfolio_oms::records::{AtDeadline, GivenPosition};
use polyfolio_oms::router::{PlannedCross, PlannedGift, PlannedParent, RunPlan};
use rust_decimal::Decimal;

use super::{Scenario, quote_params};
use crate::chance::Chance;

/// One to three runs, each on top of what the one before has left.
pub(super) fn draw(listings: &[Listing], chance: &mut Chance) -> Vec<RunPlan> {
    let sleeves: Vec<SleeveId> = (0..sleeves(chance))
        .map(|number| SleeveId::new(format!("s{number}")))
        .collect();
    let runs = chance.one_of(&[1, 1, 1, 2, 2, 3]);
    (0..runs).map(|_| run(listings, &sleeves, chance)).collect()
}

/// From one to eight, mostly a few.
fn sleeves(chance: &mut Chance) -> i64 {
    let most = chance.one_of(&[3, 4, 4, 8]);
    chance.between(1, most)
}

fn run(listings: &[Listing], sleeves: &[SleeveId], chance: &mut Chance) -> RunPlan {
    let parents = listings
        .iter()
        .flat_map(|listing| {
            let is_traded = chance.hits(0.9);
            is_traded.then(|| parent(listing, sleeves, chance))
        })
        .collect();
    let horizon = Span::from_secs(chance.between(10, 60));
    let transfers = sleeves
        .iter()
        .map(|sleeve| (sleeve.clone(), Money::from(chance.between(-500, 10_000))))
        .collect();
    let crosses: Vec<PlannedCross> = (0..chance.between(0, 2))
        .filter_map(|_| cross(listings, sleeves, chance))
        .collect();
    RunPlan {
        mark: None,
        decision_date: Scenario::date(),
        horizon,
        plan: serde_json::json!({"nav": "1000000.5", "leverage": 1.1}).into(),
        gifts: crosses.iter().filter_map(gift).collect(),
        transfers,
        crosses,
        parents,
    }
}

/// What one sleeve is crossed another gives away: of every other price, so that no chance is drawn.
fn gift(cross: &PlannedCross) -> Option<PlannedGift> {
    let is_given = (cross.price.get() % Decimal::TWO).is_zero();
    is_given.then(|| PlannedGift {
        from: cross.from.clone(),
        positions: vec![GivenPosition {
            instrument: cross.instrument.clone(),
            quantity: cross.quantity,
            price: cross.price,
        }],
    })
}

fn cross(listings: &[Listing], sleeves: &[SleeveId], chance: &mut Chance) -> Option<PlannedCross> {
    let [from, to, ..] = sleeves else { return None };
    Some(PlannedCross {
        instrument: chance.one_of(listings).instrument.id,
        quantity: chance.qty(1, 9),
        price: Price::from(chance.between(20, 200)),
        from: from.clone(),
        to: to.clone(),
    })
}

fn parent(listing: &Listing, sleeves: &[SleeveId], chance: &mut Chance) -> PlannedParent {
    let mut wants: Vec<(SleeveId, Qty)> = Vec::new();
    for sleeve in sleeves {
        if chance.hits(0.8) {
            wants.push((sleeve.clone(), chance.qty(1, 12)));
        }
    }
    if wants.is_empty() {
        wants.push((sleeves[0].clone(), chance.qty(1, 20)));
    }
    PlannedParent {
        instrument: listing.instrument.clone(),
        side: chance.one_of(&[Side::Buy, Side::Sell]),
        order_qty: wants.iter().map(|(_, want)| *want).sum(),
        wants,
        algo: algo(listing, chance),
        limit: chance
            .hits(0.15)
            .then(|| Price::from(chance.between(15, 220))),
        max_child: chance.hits(0.3).then(|| chance.qty(2, 12)),
        decision_price: Some(Price::from(100)),
        at_deadline: chance.one_of(&[AtDeadline::Sweep, AtDeadline::Sweep, AtDeadline::Leave]),
        sweep_for: Span::from_secs(chance.between(5, 40)),
    }
}

fn algo(listing: &Listing, chance: &mut Chance) -> AlgoSpec {
    match chance.between(0, 5) {
        0 => AlgoSpec::Market,
        1 => AlgoSpec::Limit {
            price: chance
                .hits(0.3)
                .then(|| Price::from(chance.between(15, 220))),
        },
        2 | 3 => AlgoSpec::Twap {
            slices: chance.between(1, 6) as u32,
            style: chance.one_of(&[Style::Passive, Style::Market]),
            size_jitter: chance.one_of(&[Decimal::ZERO, Decimal::new(3, 1)]),
            time_jitter: Span::from_secs(chance.between(0, 3)),
            seed: chance.between(0, 1_000) as u64,
        },
        _ => AlgoSpec::OptimalLimit {
            clip: chance.qty(1, 6),
            requote_min: Span::from_millis(chance.one_of(&[500, 1_000, 3_000])),
            cross: chance.hits(0.3),
            params: quote_params(&listing.market, chance),
            tick: Price::from(1),
        },
    }
}
