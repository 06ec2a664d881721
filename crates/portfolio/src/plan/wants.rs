//! Whose order it is: the quantity of an order given back to the sleeves that need it.

use polyfolio_model::Qty;
use rust_decimal::Decimal;

use crate::allocation::share_out;

/// How much of an order of `order_qty` (above zero) in the direction of `sign` each place wants.
///
/// `changes` have one sign and end with the place of what no sleeve owns. The parts sum to
/// `order_qty`. An order of doubles can be larger than the decimals of its changes: the last
/// digits go to the largest part, and anything beyond belongs to no sleeve.
pub(super) fn wants(changes: &[Qty], sign: Qty, order_qty: Qty, lot: Qty) -> Vec<Qty> {
    let toward = |change: &Qty| {
        if sign.is_positive() {
            *change
        } else {
            -*change
        }
    };
    let wishes: Vec<Qty> = changes.iter().map(|c| toward(c).max(Qty::ZERO)).collect();
    let none = vec![Qty::ZERO; wishes.len()];
    let mut parts = share_out(&wishes, &none, order_qty, lot);
    let beyond = order_qty - parts.iter().copied().sum();
    if beyond.is_zero() {
        return parts;
    }
    let largest = (0..parts.len()).rev().max_by_key(|place| parts[*place]);
    let last = parts.len() - 1;
    let place = if is_noise(beyond, order_qty) {
        largest.unwrap_or(last)
    } else {
        last
    };
    parts[place] += beyond;
    parts
}

/// One part in 10⁹: what sums of doubles and their decimals may differ by.
fn is_noise(beyond: Qty, order_qty: Qty) -> bool {
    beyond.get().abs() <= order_qty.get() / Decimal::from(1_000_000_000)
}
