//! Whose order it is: the quantity of an order given back to the sleeves that need it.

use polyfolio_model::Qty;
use rust_decimal::Decimal;

use crate::amount::Amount;

/// How much of an order of `order_qty` (above zero) each place wants; a buy, or a sale.
///
/// `changes` have one sign and end with the place of what no sleeve owns. The parts sum to
/// `order_qty`. An order of doubles can be larger than the decimals of its changes: the last
/// digits go to the largest part, and anything beyond belongs to no sleeve.
pub(super) fn wants<T: Amount>(
    changes: &[T],
    is_buy: bool,
    order_qty: T,
    lot: T,
    quantity: impl Fn(T) -> Qty,
) -> Vec<T> {
    let none = T::default();
    let toward = |change: &T| if is_buy { *change } else { -*change };
    let wishes: Vec<T> = changes.iter().map(|c| toward(c).max(none)).collect();
    let mut parts = T::share_out(&wishes, order_qty, lot);
    let beyond = order_qty - parts.iter().copied().sum();
    if beyond == none {
        return parts;
    }
    let largest = (0..parts.len()).rev().max_by_key(|place| parts[*place]);
    let last = parts.len() - 1;
    let place = if is_noise(quantity(beyond), quantity(order_qty)) {
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
