//! The largest shortfall first, over whole numbers.
//!
//! One by one a fill of a million lots would take a million steps. The pieces that are handed out
//! are the largest values of `E_i − j·S` (E the shortfall, S what a lot takes off it), whatever
//! their order; so all values above a level that is certainly reached are counted at once, and
//! only the last few, about two a sleeve, go one by one.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A parent between two fills. All below 2^61, `had ≤ wants` place by place, `lot` above zero.
#[derive(Clone, Debug)]
pub(super) struct Book {
    pub(super) wants: Vec<i128>,
    pub(super) had: Vec<i128>,
    pub(super) quantity: i128,
    pub(super) lot: i128,
}

/// How much each place gets of `quantity`.
pub(super) fn hand_out(book: &Book) -> Vec<i128> {
    let total: i128 = book.wants.iter().sum();
    let before: i128 = book.had.iter().sum();
    let quantity = book.quantity.min(total - before);
    let cum = before + quantity;
    let places = || book.wants.iter().zip(&book.had);
    let shortfalls: Vec<i128> = places()
        .map(|(want, had)| want * cum - total * had)
        .collect();
    let whole_lots = quantity / book.lot;
    let mut parts = at_once(&shortfalls, total * book.lot, whole_lots);
    parts.iter_mut().for_each(|lots| *lots *= book.lot);
    let left = quantity - parts.iter().sum::<i128>();
    one_by_one(book, total, &shortfalls, &mut parts, left);
    parts
}

/// Lots that each place certainly gets when `lots` are handed out, each taking `step` off.
fn at_once(shortfalls: &[i128], step: i128, lots: i128) -> Vec<i128> {
    let nothing = || vec![0; shortfalls.len()];
    if lots <= 2 * shortfalls.len() as i128 {
        return nothing();
    }
    let Some(level) = water_level(shortfalls, step * lots) else {
        return nothing();
    };
    // One step above the level at which they would run out exactly, so that rounding up to whole
    // lots cannot hand out more than there are.
    let level = level + step;
    shortfalls
        .iter()
        .map(|e| {
            if *e > level {
                ceil_div(*e - level, step)
            } else {
                0
            }
        })
        .collect()
}

/// The least whole number `x` at which `Σ max(0, e − x)` is at most `volume`.
fn water_level(shortfalls: &[i128], volume: i128) -> Option<i128> {
    let mut above: Vec<i128> = shortfalls.iter().copied().filter(|e| *e > 0).collect();
    above.sort_unstable_by_key(|e| Reverse(*e));
    let mut sum = 0;
    for (k, e) in above.iter().enumerate() {
        sum += e;
        let level = ceil_div(sum - volume, k as i128 + 1);
        let next = above.get(k + 1).copied().unwrap_or(0);
        if level >= next {
            return Some(level);
        }
    }
    None
}

fn one_by_one(book: &Book, total: i128, shortfalls: &[i128], parts: &mut [i128], mut left: i128) {
    if left == 0 {
        return;
    }
    let now = |i: usize, part: i128| shortfalls[i] - total * part;
    let mut heap: BinaryHeap<(i128, Reverse<usize>)> = parts
        .iter()
        .enumerate()
        .map(|(i, part)| (now(i, *part), Reverse(i)))
        .collect();
    while left > 0 {
        let Some((_, Reverse(i))) = heap.pop() else {
            return;
        };
        let room = book.wants[i] - book.had[i] - parts[i];
        let piece = book.lot.min(left).min(room);
        if piece > 0 {
            parts[i] += piece;
            left -= piece;
            heap.push((now(i, parts[i]), Reverse(i)));
        }
    }
}

fn ceil_div(a: i128, b: i128) -> i128 {
    a.div_euclid(b) + i128::from(a.rem_euclid(b) != 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definition: piece by piece, always looking for the largest shortfall.
    fn by_definition(book: &Book) -> Vec<i128> {
        let total: i128 = book.wants.iter().sum();
        let before: i128 = book.had.iter().sum();
        let mut left = book.quantity.min(total - before);
        let cum = before + left;
        let mut parts = vec![0; book.wants.len()];
        while left > 0 {
            let shortfall = |i: usize| book.wants[i] * cum - total * (book.had[i] + parts[i]);
            let neediest = (0..parts.len())
                .rev()
                .max_by_key(|i| shortfall(*i))
                .unwrap();
            let room = book.wants[neediest] - book.had[neediest] - parts[neediest];
            let piece = book.lot.min(left).min(room);
            assert!(piece > 0, "the neediest has room");
            parts[neediest] += piece;
            left -= piece;
        }
        parts
    }

    fn books() -> impl Strategy<Value = Book> {
        let place = (1_i128..400, 0.0..1.0_f64);
        (prop::collection::vec(place, 1..8), 0.0..1.0_f64, 1_i128..7).prop_map(
            |(places, filled, lot)| {
                let wants: Vec<i128> = places.iter().map(|(want, _)| *want).collect();
                let had: Vec<i128> = places
                    .iter()
                    .map(|(want, part)| (*want as f64 * part) as i128)
                    .collect();
                let room: i128 = wants.iter().sum::<i128>() - had.iter().sum::<i128>();
                let quantity = ((room as f64 * filled) as i128).max(1).min(room);
                Book {
                    wants,
                    had,
                    quantity,
                    lot,
                }
            },
        )
    }

    proptest! {
        #[test]
        fn the_fast_way_is_the_definition(book in books()) {
            prop_assert_eq!(hand_out(&book), by_definition(&book));
        }
    }

    #[test]
    fn a_fill_of_many_lots_takes_few_steps() {
        let book = Book {
            wants: vec![1 << 58, (1 << 57) + 1, 3],
            had: vec![0, 5, 0],
            quantity: 1 << 56,
            lot: 1,
        };
        let parts = hand_out(&book);
        assert_eq!(parts.iter().sum::<i128>(), 1 << 56);
        let ideal = (1_i128 << 56) * 2 / 3;
        assert!((parts[0] - ideal).abs() < 10, "{parts:?}");
    }
}
