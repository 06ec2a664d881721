//! Whole lots: the net toward zero, and the net given back to sleeves in whole lots.
//!
//! Each sleeve's target is floored to lots and the lots that are missing to the net go to the
//! largest fractional parts, ties in config order. So the sleeves sum to the net exactly, each is
//! less than a lot from what it wanted, and one that wants nothing gets nothing.

use polyfolio_model::{Qty, convert};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// Magnitudes from here on are refused: no lot, price or sum could be trusted with them. It is
/// [`Qty::MAX`].
pub const UNITS_MAX: f64 = 1e18;

/// A net target in whole lots, toward zero. `None` when it is no number below [`UNITS_MAX`].
pub fn net_in_lots(net: f64, lot: Qty) -> Option<Qty> {
    if net.is_nan() || net.abs() >= UNITS_MAX {
        return None;
    }
    convert::qty(net).map(|quantity| quantity.toward_zero_in_lots(lot))
}

/// Whole lots for each of `targets`, which sum to `net`. A lot of zero gives none.
///
/// `net` must be [`net_in_lots`] of the sum of `targets`, each of them below [`UNITS_MAX`].
pub fn apportion(targets: &[f64], net: Qty, lot: Qty) -> Vec<Qty> {
    let lots = apportion_lots(targets, net, lot);
    lots.into_iter().map(|lots| times(lots, lot)).collect()
}

/// The same, as numbers of lots.
pub(crate) fn apportion_lots(targets: &[f64], net: Qty, lot: Qty) -> Vec<i128> {
    let unit = convert::qty_f64(lot);
    if unit <= 0.0 {
        return vec![0; targets.len()];
    }
    let mut lots: Vec<i128> = Vec::with_capacity(targets.len());
    let mut fractions: Vec<(f64, usize)> = Vec::with_capacity(targets.len());
    for (i, target) in targets.iter().enumerate() {
        let (floor, fraction) = split(*target, unit);
        lots.push(floor);
        if *target != 0.0 {
            fractions.push((fraction, i));
        }
    }
    let whole = net.whole_lots(lot).to_i128().unwrap_or(0);
    hand_out(&mut lots, fractions, whole);
    lots
}

/// Lots below `target`, and how far into the next one it is.
fn split(target: f64, unit: f64) -> (i128, f64) {
    let in_lots = target / unit;
    // The common case in place of a call of `floor` and a conversion to 128 bits.
    if in_lots.abs() < (1_i64 << 52) as f64 {
        let cut = in_lots as i64;
        let floor = cut - i64::from(cut as f64 > in_lots);
        return (i128::from(floor), in_lots - floor as f64);
    }
    let floor = in_lots.floor();
    (floor as i128, in_lots - floor)
}

/// Brings the sum of `lots` to `whole`, the largest fractions first. One round is enough but for
/// the last digit of a double; then the smallest fractions give back, or it goes round again.
fn hand_out(lots: &mut [i128], mut fractions: Vec<(f64, usize)>, whole: i128) {
    let count = fractions.len();
    if count == 0 {
        return;
    }
    let mut missing = whole - lots.iter().sum::<i128>();
    if missing == 0 {
        return;
    }
    let largest_first =
        |a: &(f64, usize), b: &(f64, usize)| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1));
    if missing > 0 && (missing as usize) < count {
        fractions.select_nth_unstable_by(missing as usize, largest_first);
    } else {
        fractions.sort_unstable_by(largest_first);
    }
    while missing > 0 {
        for (_, i) in fractions.iter().take(missing.min(count as i128) as usize) {
            lots[*i] += 1;
            missing -= 1;
        }
    }
    while missing < 0 {
        for (_, i) in fractions
            .iter()
            .rev()
            .take((-missing).min(count as i128) as usize)
        {
            lots[*i] -= 1;
            missing += 1;
        }
    }
}

fn times(lots: i128, lot: Qty) -> Qty {
    // `split` of a target below UNITS_MAX fits a decimal unless the lot is absurdly small; then
    // the sleeve's part is nothing rather than something wrong.
    Decimal::try_from_i128_with_scale(lots, 0)
        .ok()
        .and_then(|lots| lots.checked_mul(lot.get()))
        .map_or(Qty::ZERO, Qty::new)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(targets: &[f64], lot: &str, parts: &[&str]) {
        let lot: Qty = lot.parse().unwrap();
        let net = net_in_lots(targets.iter().sum(), lot).unwrap();
        let parts: Vec<Qty> = parts.iter().map(|part| part.parse().unwrap()).collect();
        assert_eq!(apportion(targets, net, lot), parts);
    }

    #[test]
    fn the_net_goes_back_in_whole_lots() {
        check(&[180.6, 232.5], "1", &["181", "232"]);
        check(&[0.5, 0.5], "1", &["1", "0"]);
        check(&[0.3, 0.3, 0.3], "1", &["0", "0", "0"]);
        check(&[-3.4], "1", &["-3"]);
        check(&[3.4, -3.4], "1", &["3", "-3"]);
        check(&[0.0, 1.5, 1.5], "1", &["0", "2", "1"]);
        check(&[0.3, 0.25], "0.1", &["0.3", "0.2"]);
        check(&[], "1", &[]);
    }

    #[test]
    fn what_is_refused_is_what_is_no_quantity() {
        assert_eq!(convert::qty(UNITS_MAX), Some(Qty::MAX));
        assert_eq!(convert::qty(UNITS_MAX.next_up()), None);
    }

    #[test]
    fn what_is_no_quantity_has_no_lots() {
        for net in [f64::NAN, f64::INFINITY, -1e18] {
            assert_eq!(net_in_lots(net, Qty::from(1)), None);
        }
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_net_and_are_near(
            targets in prop::collection::vec(prop_oneof![Just(0.0), -1e5..1e5_f64], 0..12),
            lot in prop_oneof![Just("1"), Just("100"), Just("0.001"), Just("0.3")],
        ) {
            let lot: Qty = lot.parse().unwrap();
            let sum: f64 = targets.iter().sum();
            let net = net_in_lots(sum, lot).unwrap();
            prop_assert!(net.is_in_lots(lot));
            prop_assert!(convert::qty_f64(net).abs() <= sum.abs());
            let parts = apportion(&targets, net, lot);
            prop_assert_eq!(parts.iter().copied().sum::<Qty>(), net);
            for (part, target) in parts.iter().zip(&targets) {
                let off = (convert::qty_f64(*part) - target).abs() / convert::qty_f64(lot);
                prop_assert!(off < 1.0 + 1e-9, "{part} for {target}");
                prop_assert!(*target != 0.0 || part.is_zero());
                prop_assert!(part.is_in_lots(lot));
            }
        }
    }
}
