//! Fills given to sleeves, fill after fill.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use polyfolio_model::{Qty, SleeveId};
use polyfolio_portfolio::allocate;
use proptest::prelude::*;
use rust_decimal::Decimal;

fn qty(text: &str) -> Qty {
    text.parse().unwrap()
}

fn names(wants: &[(&str, &str)]) -> Vec<(SleeveId, Qty)> {
    wants
        .iter()
        .map(|(sleeve, want)| (SleeveId::from(*sleeve), qty(want)))
        .collect()
}

/// Allocates fills one after the other and gives what each came to.
fn check(wants: &[(&str, &str)], lot: &str, steps: &[(&str, &[(&str, &str)])]) {
    let wants = names(wants);
    let mut got = BTreeMap::<SleeveId, Qty>::new();
    for (fill, expected) in steps {
        let shares = allocate(&wants, &got, qty(fill), qty(lot));
        assert_eq!(shares, names(expected), "fill {fill} after {got:?}");
        for (sleeve, share) in shares {
            *got.entry(sleeve).or_default() += share;
        }
    }
}

#[test]
fn single_lots_go_round_by_shortfall() {
    let one = |sleeve| [(sleeve, "1")];
    check(
        &[("a", "3"), ("b", "2")],
        "1",
        &[
            ("1", &one("a")),
            ("1", &one("b")),
            ("1", &one("a")),
            ("1", &one("b")),
            ("1", &one("a")),
        ],
    );
}

#[test]
fn ties_go_to_the_sleeve_that_stands_first() {
    check(
        &[("z", "5"), ("a", "5")],
        "1",
        &[("1", &[("z", "1")]), ("1", &[("a", "1")])],
    );
}

#[test]
fn what_nobody_wants_any_more_is_unassigned() {
    check(
        &[("a", "3"), ("b", "2")],
        "1",
        &[
            ("7", &[("a", "3"), ("b", "2"), ("unassigned", "2")]),
            ("1", &[("unassigned", "1")]),
        ],
    );
    check(
        &[("a", "1"), ("unassigned", "2")],
        "1",
        &[("5", &[("a", "1"), ("unassigned", "4")])],
    );
}

#[test]
fn without_lots_a_fill_is_shared_pro_rata() {
    check(
        &[("a", "0.6"), ("b", "0.3")],
        "0",
        &[
            ("0.3", &[("a", "0.2"), ("b", "0.1")]),
            ("0.6", &[("a", "0.4"), ("b", "0.2")]),
        ],
    );
}

#[test]
fn an_odd_remainder_is_one_smaller_piece() {
    check(
        &[("a", "4"), ("b", "4")],
        "1",
        &[("2.5", &[("a", "1.5"), ("b", "1")])],
    );
}

#[test]
fn a_million_lots_are_one_step() {
    let wants = [("a", "700000.00001"), ("b", "200000"), ("c", "99999.99999")];
    check(
        &wants,
        "0.00001",
        &[(
            "500000",
            &[("a", "350000.00001"), ("b", "100000"), ("c", "49999.99999")],
        )],
    );
}

#[test]
fn quantities_finer_than_any_grid_still_sum() {
    let wants = names(&[
        ("a", "123456789012.0000000000000001"),
        ("b", "0.0000000000000000000000000007"),
        ("c", "99999.3333333333333333"),
    ]);
    let fill = qty("61728394506.0000000000000001");
    let shares = allocate(&wants, &BTreeMap::new(), fill, Qty::ZERO);
    assert_eq!(shares.iter().map(|(_, share)| *share).sum::<Qty>(), fill);
}

prop_compose! {
    /// Wants in lots, and fills that sum to at most what is wanted.
    fn parents()(lots in prop::collection::vec(1..600_i64, 1..6), lot in 1..4_i64)(
        fills in prop::collection::vec(1..=lots.iter().sum::<i64>().max(2) / 2, 1..40),
        lots in Just(lots), lot in Just(lot),
    ) -> (Vec<(SleeveId, Qty)>, Vec<Qty>, Qty) {
        let sleeve = |i: usize| SleeveId::from(["a", "b", "c", "d", "e"][i]);
        let wants = lots.iter().enumerate().map(|(i, n)| (sleeve(i), Qty::from(n * lot)));
        let mut left: i64 = lots.iter().sum();
        let mut parts = Vec::new();
        for fill in fills {
            let fill = fill.min(left);
            left -= fill;
            parts.push(Qty::from(fill * lot));
        }
        parts.push(Qty::from(left * lot));
        parts.retain(|part| part.is_positive());
        (wants.collect(), parts, Qty::from(lot))
    }
}

proptest! {
    #[test]
    fn nothing_is_taken_back_and_everyone_ends_with_its_want((wants, fills, lot) in parents()) {
        let total: Qty = wants.iter().map(|(_, want)| *want).sum();
        let mut got = BTreeMap::<SleeveId, Qty>::new();
        let mut cum = Qty::ZERO;
        for fill in fills {
            cum += fill;
            let shares = allocate(&wants, &got, fill, lot);
            prop_assert_eq!(shares.iter().map(|(_, share)| *share).sum::<Qty>(), fill);
            for (sleeve, share) in shares {
                prop_assert!(share.is_positive() && share.is_in_lots(lot));
                *got.entry(sleeve).or_default() += share;
            }
            for (sleeve, want) in &wants {
                let had = got.get(sleeve).copied().unwrap_or_default();
                let ideal = want.get() * cum.get() / total.get();
                let off = (had.get() - ideal) / lot.get();
                // Never a lot ahead; behind by as much as others may be ahead.
                prop_assert!(off < Decimal::ONE, "{sleeve} is {off} lots ahead");
                prop_assert!(off > Decimal::from(-2), "{sleeve} is {off} lots behind");
                prop_assert!(had <= *want);
            }
        }
        prop_assert_eq!(got, wants.into_iter().collect::<BTreeMap<_, _>>());
    }

    #[test]
    fn any_quantities_are_shared_without_a_rest(
        wants in prop::collection::vec(0.000_001..1e6_f64, 1..6),
        parts in prop::collection::vec(0.0..1.0_f64, 1..9),
        lot in prop_oneof![Just("0"), Just("1"), Just("0.001")],
    ) {
        let exact = |value: f64| polyfolio_model::convert::qty(value).unwrap();
        let sleeve = |i: usize| SleeveId::from(["a", "b", "c", "d", "e"][i]);
        let wants: Vec<_> = wants.iter().enumerate().map(|(i, w)| (sleeve(i), exact(*w))).collect();
        let mut got = BTreeMap::<SleeveId, Qty>::new();
        let mut left: Qty = wants.iter().map(|(_, want)| *want).sum();
        for part in parts.into_iter().chain([1.0]) {
            let fill = exact((left.to_string().parse::<f64>().unwrap() * part * 1e9).trunc() / 1e9);
            let fill = if part == 1.0 { left } else { fill.min(left) };
            if !fill.is_positive() {
                continue;
            }
            let shares = allocate(&wants, &got, fill, qty(lot));
            prop_assert_eq!(shares.iter().map(|(_, share)| *share).sum::<Qty>(), fill);
            for (sleeve, share) in shares {
                *got.entry(sleeve).or_default() += share;
            }
            left -= fill;
        }
        prop_assert_eq!(got, wants.into_iter().collect::<BTreeMap<_, _>>());
    }
}
