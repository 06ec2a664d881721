//! Sleeves' targets summed, and what differs from what is held: pwb-toolbox's `scale_positions`
//! (second half) and `compute_orders`, in their order of operations and of keys.

use indexmap::IndexMap;
use polyfolio_model::InstrumentId;

use crate::refusal::{Code, Refusal};

/// Signed units by instrument, in an order that is seen.
pub type Book = IndexMap<InstrumentId, f64>;

/// The sum over sleeves, from zero, in sleeve order; instruments in order of first appearance.
/// An instrument at zero stays in the list.
pub fn net<'a>(sleeves: impl IntoIterator<Item = &'a Book>) -> Book {
    let mut net = Book::new();
    for targets in sleeves {
        for (symbol, units) in targets {
            match net.get_mut(symbol) {
                Some(sum) => *sum += units,
                None => {
                    net.insert(symbol.clone(), 0.0 + units);
                }
            }
        }
    }
    net
}

/// `target − current` for every instrument where that is not zero: targets first, in their order,
/// then what is held and not wanted, in the order of holdings. A difference that is not a finite
/// number is refused by name, and no order.
pub fn differences(target: &Book, current: &Book) -> (Book, Vec<Refusal>) {
    let wanted = target.iter().map(|(symbol, units)| {
        let held = current.get(symbol).copied().unwrap_or(0.0);
        (symbol, units - held)
    });
    let unwanted = current
        .iter()
        .filter(|(symbol, _)| !target.contains_key(*symbol));
    let mut orders = Book::new();
    let mut refusals = Vec::new();
    for (symbol, difference) in wanted.chain(unwanted.map(|(symbol, held)| (symbol, -held))) {
        if !difference.is_finite() {
            refusals.push(not_a_quantity(difference).of_symbol(symbol));
        } else if difference != 0.0 {
            orders.insert(symbol.clone(), difference);
        }
    }
    (orders, refusals)
}

/// What cannot be an order.
pub(crate) fn not_a_quantity(difference: f64) -> Refusal {
    Refusal::new(
        Code::Quantity,
        format!("order quantity {difference} is not a number of units that can be traded"),
        "correct the position or the target; the instrument is left alone meanwhile",
    )
}
