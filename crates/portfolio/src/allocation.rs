//! Who gets what of a fill: lot by lot to the sleeve with the largest shortfall.
//!
//! The shortfall of a sleeve is `want · cum / Q − got`, where `Q` is the parent's quantity and
//! `cum` what it has filled, this fill included; ties go to the sleeve that stands first. Nothing
//! is ever taken back, no sleeve gets more than it wants, everyone is within about one lot of its
//! pro rata share, and has exactly its want when the parent is full. (Pro rata per fill gives a
//! 60/40 parent 100/0 on single-lot fills; largest remainder on the cumulative quantity takes
//! shares back.)
//!
//! A fill that is no whole number of lots ends with a piece smaller than a lot, by the same rule;
//! without lots the pieces are as small as the decimals allow, which is pro rata. The result is
//! that of handing out the pieces one by one, but its cost does not grow with their number.

use std::collections::BTreeMap;

use polyfolio_model::{Qty, SleeveId};
use rust_decimal::Decimal;

mod greedy;
mod grid;
mod remainders;

use grid::Grid;

/// Gives a fill of `fill` (above zero) to the sleeves that wanted it.
///
/// `wants` are the parent's, above zero, in config order; `got` is what each sleeve has had of
/// the parent so far. The shares are above zero, sum to `fill`, and follow the order of `wants`;
/// what nobody wants any more goes to `unassigned`, last.
pub fn allocate(
    wants: &[(SleeveId, Qty)],
    got: &BTreeMap<SleeveId, Qty>,
    fill: Qty,
    lot: Qty,
) -> Vec<(SleeveId, Qty)> {
    let amounts: Vec<Qty> = wants.iter().map(|(_, want)| *want).collect();
    let had: Vec<Qty> = wants
        .iter()
        .map(|(sleeve, _)| got.get(sleeve).copied().unwrap_or_default())
        .collect();
    let parts = share_out(&amounts, &had, fill, lot);
    let beyond = fill - parts.iter().copied().sum();
    let mut shares: Vec<(SleeveId, Qty)> = wants
        .iter()
        .zip(parts)
        .filter(|(_, part)| part.is_positive())
        .map(|((sleeve, _), part)| (sleeve.clone(), part))
        .collect();
    if beyond.is_positive() {
        add_unassigned(&mut shares, beyond);
    }
    shares
}

fn add_unassigned(shares: &mut Vec<(SleeveId, Qty)>, beyond: Qty) {
    let unassigned = SleeveId::unassigned();
    match shares.iter_mut().find(|(sleeve, _)| *sleeve == unassigned) {
        Some((_, share)) => *share += beyond,
        None => shares.push((unassigned, beyond)),
    }
}

/// The rule itself, over places instead of names: one part per want, none beyond what is left of
/// it. The parts sum to `quantity`, or to all that is still wanted when that is less.
pub(crate) fn share_out(wants: &[Qty], had: &[Qty], quantity: Qty, lot: Qty) -> Vec<Qty> {
    let had: Vec<Qty> = wants
        .iter()
        .zip(had)
        .map(|(want, had)| (*had).min(*want))
        .collect();
    let room: Vec<Qty> = wants
        .iter()
        .zip(&had)
        .map(|(want, had)| *want - *had)
        .collect();
    if quantity >= room.iter().copied().sum() {
        return room;
    }
    if !quantity.is_positive() {
        return vec![Qty::ZERO; wants.len()];
    }
    let grid = Grid::for_all(wants.iter().chain(&had).chain([&quantity, &lot]), wants);
    let atoms = |quantities: &[Qty]| {
        quantities
            .iter()
            .map(|q| grid.atoms(*q))
            .collect::<Vec<_>>()
    };
    let parts = greedy::hand_out(&greedy::Book {
        wants: atoms(wants),
        had: atoms(&had),
        quantity: grid.atoms(quantity),
        lot: grid.atoms(lot).max(1),
    });
    let parts = parts.into_iter().map(|part| grid.quantity(part)).collect();
    give_crumbs(parts, &room, quantity)
}

/// The same over whole numbers, to places that have had nothing: wants and their sum below 2^61,
/// `lot` above zero.
pub(crate) fn share_out_atoms(wants: &[i64], quantity: i64, lot: i64) -> Vec<i64> {
    if quantity >= wants.iter().sum() {
        return wants.to_vec();
    }
    if quantity <= 0 {
        return vec![0; wants.len()];
    }
    if let Some(parts) = remainders::hand_out(wants, quantity, lot) {
        return parts;
    }
    let parts = greedy::hand_out(&greedy::Book {
        wants: wants.iter().map(|want| i128::from(*want)).collect(),
        had: vec![0; wants.len()],
        quantity: i128::from(quantity),
        lot: i128::from(lot),
    });
    // No part is beyond its want.
    parts.into_iter().map(|part| part as i64).collect()
}

/// What is finer than the grid goes to the first that have room for it.
fn give_crumbs(mut parts: Vec<Qty>, room: &[Qty], quantity: Qty) -> Vec<Qty> {
    for (part, room) in parts.iter_mut().zip(room) {
        *part = (*part).min(*room);
    }
    let mut left = quantity - parts.iter().copied().sum();
    for (part, room) in parts.iter_mut().zip(room) {
        if left.get() <= Decimal::ZERO {
            break;
        }
        let more = left.min(*room - *part);
        *part += more;
        left -= more;
    }
    parts
}
