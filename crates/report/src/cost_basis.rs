//! What a position cost, and what closing it made: the average-cost method over every execution
//! that the journal knows, in the venue's order of time.
//!
//! An execution that goes against the position closes as much of it as there is; what is beyond
//! opens the other way. What the account held before its first execution has no known cost, and
//! closing it has no known return, until the position has once been flat. Crosses do not move the
//! account and are not seen here.

use std::collections::{BTreeMap, BTreeSet};

use polyfolio_model::{ClOrdId, ExecId, InstrumentId, Price, Qty};
use polyfolio_oms::Book;
use rust_decimal::Decimal;

use crate::run_report::{Trade, trades};

/// Which execution.
pub(crate) type TradeKey = (ClOrdId, ExecId);

/// The mean price at which what each closing execution of these instruments closed was opened, in
/// this run and all before it. An execution that only opens is not listed.
pub(crate) fn closed_costs(
    book: &Book,
    symbols: &BTreeSet<InstrumentId>,
) -> BTreeMap<TradeKey, Option<Price>> {
    let all = trades(book, |child| symbols.contains(&child.order.instrument));
    let mut positions = opening_positions(book, &all);
    let mut closed = BTreeMap::new();
    for trade in &all {
        let position = positions.entry(trade.symbol.clone()).or_default();
        if let Some(cost) = position.take(trade.side.signed(trade.quantity), trade.price) {
            closed.insert((trade.cl_ord_id, trade.exec_id.clone()), cost);
        }
    }
    closed
}

/// What was there before the first execution.
fn opening_positions(book: &Book, trades: &[Trade]) -> BTreeMap<InstrumentId, Position> {
    let mut held = book.ledger().positions();
    for trade in trades {
        *held.entry(trade.symbol.clone()).or_default() -= trade.side.signed(trade.quantity);
    }
    let unknown = |quantity| Position {
        quantity,
        cost: None,
    };
    held.into_iter()
        .map(|(symbol, quantity)| (symbol, unknown(quantity)))
        .collect()
}

/// A position and its mean price, when that is known.
#[derive(Clone, Copy, Debug, Default)]
struct Position {
    quantity: Qty,
    cost: Option<Price>,
}

impl Position {
    /// Takes an execution; gives the cost of what it closed, when it closed something.
    fn take(&mut self, signed: Qty, price: Price) -> Option<Option<Price>> {
        let before = *self;
        self.quantity += signed;
        let is_opening = before.quantity.is_zero() || is_same_side(before.quantity, signed);
        if is_opening {
            self.cost = mean(before, signed, price);
            return None;
        }
        let turned = !self.quantity.is_zero() && !is_same_side(before.quantity, self.quantity);
        if turned {
            self.cost = Some(price);
        }
        Some(before.cost)
    }
}

fn is_same_side(a: Qty, b: Qty) -> bool {
    a.is_positive() == b.is_positive()
}

fn mean(before: Position, signed: Qty, price: Price) -> Option<Price> {
    if before.quantity.is_zero() {
        return Some(price);
    }
    let (held, cost) = (before.quantity.get().abs(), before.cost?.get());
    let (more, all) = (signed.get().abs(), held + signed.get().abs());
    let value = held
        .checked_mul(cost)?
        .checked_add(more.checked_mul(price.get())?)?;
    value.checked_div(all).map(Price::new)
}

/// The return of closing at `price` what had cost `cost`, by a trade of this sign.
pub(crate) fn closing_return(signed: Qty, price: Price, cost: Price) -> Option<Decimal> {
    let gain = if signed.is_positive() {
        cost - price
    } else {
        price - cost
    };
    gain.get().checked_div(cost.get())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(text: &str) -> Price {
        text.parse().unwrap()
    }

    fn check(start: (i64, Option<&str>), takes: &[(i64, &str, Option<Option<&str>>)]) {
        let mut position = Position {
            quantity: start.0.into(),
            cost: start.1.map(price),
        };
        for (signed, at, closed) in takes {
            let found = position.take(Qty::from(*signed), price(at));
            assert_eq!(
                found,
                closed.map(|cost| cost.map(price)),
                "{signed} at {at}"
            );
        }
    }

    #[test]
    fn closing_is_against_the_mean_cost_of_what_is_held() {
        let takes = [
            (10, "100", None),
            (30, "120", None),
            (-20, "130", Some(Some("115"))),
            // Twenty are left; ten more than that are sold short.
            (-30, "110", Some(Some("115"))),
            (5, "105", Some(Some("110"))),
        ];
        check((0, None), &takes);
    }

    #[test]
    fn what_was_there_before_has_no_cost_until_it_is_gone() {
        let takes = [
            (5, "10", None),
            (-10, "12", Some(None)),
            (-5, "12", Some(None)),
            (5, "20", None),
            (-5, "22", Some(Some("20"))),
        ];
        check((10, None), &takes);
    }

    #[test]
    fn a_short_earns_when_it_is_bought_back_lower() {
        let ratio =
            |signed: i64, at, cost| closing_return(Qty::from(signed), price(at), price(cost));
        assert_eq!(ratio(-1, "110", "100"), "0.1".parse().ok());
        assert_eq!(ratio(1, "90", "100"), "0.1".parse().ok());
        assert_eq!(ratio(1, "90", "0"), None);
    }
}
