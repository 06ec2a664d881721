//! Instruments that are looked at together: the sums of one must wait for each other, those of several
//! need not.

/// How many.
pub(super) const LANES: usize = 8;

/// The next columns, the last of them in place of those that are missing.
pub(super) fn lanes(columns: &mut impl Iterator<Item = usize>) -> Option<[usize; LANES]> {
    let mut last = columns.next()?;
    let mut lanes = [last; LANES];
    for lane in &mut lanes[1..] {
        last = columns.next().unwrap_or(last);
        *lane = last;
    }
    Some(lanes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_missing_and_the_last_fills_up() {
        let mut columns = 0..11;
        assert_eq!(lanes(&mut columns), Some([0, 1, 2, 3, 4, 5, 6, 7]));
        assert_eq!(lanes(&mut columns), Some([8, 9, 10, 10, 10, 10, 10, 10]));
        assert_eq!(lanes(&mut columns), None);
    }
}
