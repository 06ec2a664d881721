//! The first fill of a parent whose wants are whole lots: the largest remainder.
//!
//! To places that have had nothing, the largest shortfall first gives each the whole lots of its
//! exact share, and the lots that are left to the largest remainders: a lot below its share is a
//! larger shortfall than any remainder, and all shares rounded up are at least what there is. So
//! no heap is needed, and the cost is that of a few passes.

/// How much each place gets of `quantity`, less than all wants together; `None` when something is
/// no whole lot. Wants and their sum are below 2^61.
pub(super) fn hand_out(wants: &[i64], quantity: i64, lot: i64) -> Option<Vec<i64>> {
    if quantity % lot != 0 || wants.iter().any(|want| want % lot != 0) {
        return None;
    }
    let (lots, total) = (quantity / lot, wants.iter().sum::<i64>() / lot);
    let mut parts = Vec::with_capacity(wants.len());
    let mut remainders = Vec::with_capacity(wants.len());
    let mut left = lots;
    for (place, want) in wants.iter().enumerate() {
        let (whole, remainder) = divide(want / lot, lots, total);
        left -= whole;
        parts.push(whole * lot);
        remainders.push((remainder, place));
    }
    let left = usize::try_from(left).ok()?;
    if left > 0 && left < remainders.len() {
        let largest_first = |a: &(i64, usize), b: &(i64, usize)| b.0.cmp(&a.0).then(a.1.cmp(&b.1));
        remainders.select_nth_unstable_by(left, largest_first);
    }
    for (_, place) in remainders.into_iter().take(left) {
        parts[place] += lot;
    }
    Some(parts)
}

/// `a · b / c` and what is left over, `b` at most `c`. Few products need more than 64 bits.
fn divide(a: i64, b: i64, c: i64) -> (i64, i64) {
    match a.checked_mul(b) {
        Some(product) => (product / c, product % c),
        None => {
            let (product, c) = (i128::from(a) * i128::from(b), i128::from(c));
            ((product / c) as i64, (product % c) as i64)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::greedy;
    use super::*;

    fn by_shortfall(wants: &[i64], quantity: i64, lot: i64) -> Vec<i128> {
        greedy::hand_out(&greedy::Book {
            wants: wants.iter().map(|want| i128::from(*want)).collect(),
            had: vec![0; wants.len()],
            quantity: quantity.into(),
            lot: lot.into(),
        })
    }

    proptest! {
        #[test]
        fn it_is_the_largest_shortfall_first(
            lots in prop::collection::vec(prop_oneof![0_i64..6, 0_i64..4_000, 0_i64..1 << 55], 1..30),
            share in 0.0..1.0_f64,
            lot in prop_oneof![Just(1_i64), Just(7), Just(100)],
        ) {
            let lots: Vec<i64> = lots.iter().map(|lots| lots / lot).collect();
            let wants: Vec<i64> = lots.iter().map(|lots| lots * lot).collect();
            let total: i64 = lots.iter().sum();
            let quantity = ((total as f64 * share) as i64).min(total - 1) * lot;
            prop_assume!(quantity > 0);
            let parts = hand_out(&wants, quantity, lot).unwrap();
            prop_assert_eq!(parts.iter().sum::<i64>(), quantity);
            let parts: Vec<i128> = parts.into_iter().map(i128::from).collect();
            prop_assert_eq!(parts, by_shortfall(&wants, quantity, lot));
        }
    }

    #[test]
    fn what_is_no_whole_lot_is_left_to_others() {
        assert_eq!(hand_out(&[10, 15], 10, 10), None);
        assert_eq!(hand_out(&[10, 20], 15, 10), None);
        assert_eq!(hand_out(&[10, 20], 20, 10), Some(vec![10, 10]));
    }
}
