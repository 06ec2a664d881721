//! One book, many sleeves: what moves the ledger, and what never changes by it.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use polyfolio_model::{InstrumentId, Money, Price, Qty, SleeveId};
use polyfolio_portfolio::Ledger;
use polyfolio_portfolio::invariants::{Violation, check_cash, check_positions};
use polyfolio_portfolio::ledger::split_fee;
use polyfolio_portfolio::nav::{Mark, NavError};
use proptest::prelude::*;

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

fn price(text: &str) -> Price {
    text.parse().unwrap()
}

fn shares(shares: &[(&str, i64)]) -> Vec<(SleeveId, Qty)> {
    shares
        .iter()
        .map(|(sleeve, n)| (SleeveId::from(*sleeve), Qty::from(*n)))
        .collect()
}

/// An execution as it is booked: by share, each with its part of the fee. Gives the parts.
fn book_fill(
    ledger: &mut Ledger,
    instrument: &InstrumentId,
    price: Price,
    fee: Money,
    shares: &[(SleeveId, Qty)],
) -> Vec<(SleeveId, Money)> {
    for (sleeve, signed) in shares {
        ledger.book_share(sleeve, instrument, *signed, price, Money::ZERO);
    }
    let fees = split_fee(fee, shares);
    for (sleeve, part) in &fees {
        ledger.book_share(sleeve, instrument, Qty::ZERO, price, *part);
    }
    fees
}

#[test]
fn the_greatest_fee_of_the_greatest_fill_is_split_to_the_last_digit() {
    let shares = [("a".into(), Qty::MAX), ("b".into(), Qty::MAX)];
    let fees = split_fee(Money::MAX, &shares);
    let half = money("5000000000000000000000000000");
    assert_eq!(fees, [("a".into(), half), ("b".into(), half)]);
}

#[test]
fn a_fill_moves_positions_and_cash_and_its_fee_follows_it() {
    let mut ledger = Ledger::default();
    let ko = InstrumentId::from("KO");
    let fees = book_fill(
        &mut ledger,
        &ko,
        price("64"),
        money("1.00"),
        &shares(&[("a", 2), ("b", 1)]),
    );
    assert_eq!(
        fees,
        [
            ("a".into(), money("0.6666666667")),
            ("b".into(), money("0.3333333333"))
        ]
    );
    let a = ledger.account(&"a".into()).unwrap();
    assert_eq!(a.position(&ko), Qty::from(2));
    assert_eq!(a.cash, money("-128.6666666667"));
    assert_eq!((a.bought, a.sold), (money("128"), Money::ZERO));
    book_fill(
        &mut ledger,
        &ko,
        price("65"),
        Money::ZERO,
        &shares(&[("a", -2)]),
    );
    let a = ledger.account(&"a".into()).unwrap();
    assert!(a.positions.is_empty(), "a flat position is not listed");
    assert_eq!((a.bought, a.sold), (money("128"), money("130")));
}

#[test]
fn the_parts_of_a_fee_sum_to_the_fee() {
    let mut ledger = Ledger::default();
    let thirds = shares(&[("a", 1), ("b", 1), ("c", 1)]);
    let fees = book_fill(&mut ledger, &"KO".into(), price("64"), money("1"), &thirds);
    assert_eq!(fees[0].1, money("0.3333333334"));
    assert_eq!(fees.iter().map(|(_, fee)| *fee).sum::<Money>(), money("1"));
}

#[test]
fn fees_without_a_fill_are_split_evenly_or_belong_to_nobody() {
    let mut ledger = Ledger::default();
    let ko = InstrumentId::from("KO");
    let none = book_fill(&mut ledger, &ko, price("64"), money("1"), &[]);
    assert_eq!(none, [(SleeveId::unassigned(), money("1"))]);
    let late = book_fill(
        &mut ledger,
        &ko,
        price("64"),
        money("-1"),
        &shares(&[("a", 0), ("b", 0)]),
    );
    assert_eq!(
        late,
        [("a".into(), money("-0.5")), ("b".into(), money("-0.5"))]
    );
    assert_eq!(ledger.cash(), Money::ZERO);
}

#[test]
fn profit_is_what_no_transfer_explains() {
    let mut ledger = Ledger::default();
    let (ko, a) = (InstrumentId::from("KO"), SleeveId::from("a"));
    ledger.adopt_cash(money("1000"));
    ledger.transfer(&a, money("300"));
    book_fill(
        &mut ledger,
        &ko,
        price("60"),
        money("0.50"),
        &shares(&[("a", 5)]),
    );
    let at = |now: &'static str| move |_: &InstrumentId| Some(price(now));
    let opening = ledger.account(&a).unwrap().mark(at("60")).unwrap();
    assert_eq!(opening.nav, money("299.5"));
    ledger.transfer(&a, money("-40"));
    let book = ledger.account(&a).unwrap();
    assert_eq!(book.nav(at("61")), Ok(money("264.5")));
    assert_eq!(book.pnl_since(opening, at("61")), Ok(money("5")));
    assert_eq!(book.pnl_since(Mark::default(), at("61")), Ok(money("4.5")));
}

#[test]
fn what_has_no_price_has_no_value() {
    let mut ledger = Ledger::default();
    ledger.adopt_position(&"KO".into(), Qty::from(5));
    let book = ledger.account(&SleeveId::unassigned()).unwrap();
    let unpriced = NavError::Unpriced {
        instrument: "KO".into(),
        quantity: Qty::from(5),
    };
    assert_eq!(book.nav(|_| None), Err(unpriced));
    let huge = Price::new("70000000000000000000000000000".parse().unwrap());
    assert!(matches!(
        book.nav(|_| Some(huge)),
        Err(NavError::TooLarge { .. })
    ));
}

#[test]
fn a_difference_between_the_books_is_named_with_its_numbers() {
    let mut ledger = Ledger::default();
    ledger.adopt_position(&"KO".into(), Qty::from(5));
    ledger.adopt_cash(money("10"));
    let account = BTreeMap::from([("KO".into(), Qty::from(4)), ("PG".into(), Qty::from(1))]);
    let found = check_positions(&ledger, &account);
    let said: Vec<String> = found.iter().map(Violation::to_string).collect();
    assert_eq!(
        said,
        [
            "sleeves hold 5 KO, the account 4",
            "sleeves hold 0 PG, the account 1"
        ]
    );
    let said = check_cash(&ledger, money("9.5"))[0].to_string();
    assert_eq!(said, "sleeves have 10 in cash, the account 9.5");
    assert_eq!(check_cash(&ledger, money("10.00")), []);
}

#[derive(Clone, Debug)]
enum Step {
    Fill(usize, i64, u32, i64),
    Cross(usize, usize, i64, u32),
    Transfer(usize, i64),
    Adopt(i64, i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let sleeve = || 0..3_usize;
    let step = prop_oneof![
        (sleeve(), -50..50_i64, 1..500_u32, -9..9_i64)
            .prop_map(|(s, n, p, f)| Step::Fill(s, n, p, f)),
        (sleeve(), sleeve(), 1..50_i64, 1..500_u32)
            .prop_map(|(a, b, n, p)| Step::Cross(a, b, n, p)),
        (sleeve(), -900..900_i64).prop_map(|(s, cash)| Step::Transfer(s, cash)),
        (-50..50_i64, -900..900_i64).prop_map(|(n, cash)| Step::Adopt(n, cash)),
    ];
    prop::collection::vec(step, 0..40)
}

proptest! {
    #[test]
    fn sleeves_sum_to_the_account_whatever_happens(steps in steps()) {
        let sleeves = ["a", "b", "c"].map(SleeveId::from);
        let ko = InstrumentId::from("KO");
        let mut ledger = Ledger::default();
        let (mut held, mut cash) = (0_i64, Money::ZERO);
        for step in steps {
            match step {
                Step::Fill(sleeve, n, px, fee) => {
                    // Half and half over two sleeves, as an allocation may be.
                    let shares = [
                        (sleeves[sleeve].clone(), Qty::from(n)),
                        (sleeves[(sleeve + 1) % 3].clone(), Qty::from(n)),
                    ];
                    let px = Price::from(i64::from(px));
                    book_fill(&mut ledger, &ko, px, Money::from(fee), &shares);
                    held += 2 * n;
                    cash -= px * Qty::from(2 * n) + Money::from(fee);
                }
                Step::Cross(from, to, n, px) => {
                    let px = Price::from(i64::from(px));
                    ledger.cross(&sleeves[from], &sleeves[to], &ko, Qty::from(n), px);
                }
                Step::Transfer(sleeve, amount) => {
                    ledger.transfer(&sleeves[sleeve], Money::from(amount));
                }
                Step::Adopt(n, amount) => {
                    ledger.adopt_position(&ko, Qty::from(n));
                    ledger.adopt_cash(Money::from(amount));
                    held += n;
                    cash += Money::from(amount);
                }
            }
            let account = BTreeMap::from([(ko.clone(), Qty::from(held))]);
            prop_assert_eq!(check_positions(&ledger, &account), vec![]);
            prop_assert_eq!(check_cash(&ledger, cash), vec![]);
        }
        // What is stored is what was meant.
        let text = serde_json::to_string(&ledger).unwrap();
        prop_assert_eq!(serde_json::from_str::<Ledger>(&text).unwrap(), ledger);
    }
}
