//! How many messages leave: IB hangs up on a client that sends more than fifty in a second.
//!
//! One budget for the connection, and a part of it that only cancels may use: whatever else wants
//! to leave, an order can be taken back. Pure: the time comes in as an argument.

use std::collections::VecDeque;

use polyfolio_model::{Span, Ts};

/// A second of the gateway's, and what a message may take longer on its way than the one that the
/// second began with: it counts what arrives, and we count what leaves.
const WINDOW: Span = Span::from_millis(1_250);

/// What a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// It takes risk away.
    Cancel,
    /// Anything else.
    Other,
    /// It can wait: it leaves a half of what others may use to them.
    Bulk,
}

/// The budget of a connection.
#[derive(Clone, Debug)]
pub(crate) struct Pacing {
    max: usize,
    reserve: usize,
    /// When the messages of the last window left.
    sent: VecDeque<Ts>,
}

impl Pacing {
    pub(crate) fn new(per_second: u32, reserve: u32) -> Self {
        Self {
            max: per_second as usize,
            reserve: reserve as usize,
            sent: VecDeque::new(),
        }
    }

    /// Takes leave to send `count` messages at once, or says when to ask again.
    pub(crate) fn take(&mut self, class: Class, count: usize, now: Ts) -> Result<(), Ts> {
        while self.sent.front().is_some_and(|at| *at + WINDOW <= now) {
            self.sent.pop_front();
        }
        let max = match class {
            Class::Cancel => self.max,
            Class::Other => self.max - self.reserve,
            Class::Bulk => (self.max - self.reserve).div_ceil(2),
        };
        // More than the whole budget is let through when nothing else has left.
        let over = (self.sent.len() + count).saturating_sub(max.max(count));
        if over == 0 {
            self.sent.extend(std::iter::repeat_n(now, count));
            return Ok(());
        }
        let freed = self.sent.get(over - 1).copied().unwrap_or(now);
        Err(freed + WINDOW)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(millis: i64) -> Ts {
        Ts::from_nanos(millis * 1_000_000)
    }

    #[test]
    fn cancels_have_a_reserve() {
        let mut pacing = Pacing::new(5, 2);
        for _ in 0..3 {
            assert_eq!(pacing.take(Class::Other, 1, at(0)), Ok(()));
        }
        assert_eq!(pacing.take(Class::Other, 1, at(10)), Err(at(1_250)));
        assert_eq!(pacing.take(Class::Cancel, 1, at(10)), Ok(()));
        assert_eq!(pacing.take(Class::Cancel, 1, at(10)), Ok(()));
        assert_eq!(pacing.take(Class::Cancel, 1, at(20)), Err(at(1_250)));
        assert_eq!(pacing.take(Class::Other, 1, at(1_250)), Ok(()));
    }

    #[test]
    fn what_can_wait_leaves_room_for_orders() {
        let mut pacing = Pacing::new(10, 2);
        for _ in 0..4 {
            assert_eq!(pacing.take(Class::Bulk, 1, at(0)), Ok(()));
        }
        assert_eq!(pacing.take(Class::Bulk, 1, at(0)), Err(at(1_250)));
        for _ in 0..4 {
            assert_eq!(pacing.take(Class::Other, 1, at(0)), Ok(()));
        }
        assert_eq!(pacing.take(Class::Other, 1, at(0)), Err(at(1_250)));
    }

    #[test]
    fn what_is_more_than_the_budget_leaves_alone() {
        let mut pacing = Pacing::new(3, 1);
        assert_eq!(pacing.take(Class::Other, 5, at(0)), Ok(()));
        assert_eq!(pacing.take(Class::Other, 1, at(1_249)), Err(at(1_250)));
        assert_eq!(pacing.take(Class::Other, 5, at(1_250)), Ok(()));
    }

    proptest! {
        /// In no window more than the budget leaves, and waiting as told always helps.
        #[test]
        fn no_window_holds_more_than_the_budget(
            wishes in prop::collection::vec((0..400_i64, any::<bool>()), 1..300),
        ) {
            let (per_second, reserve) = (45_u32, 10_u32);
            let mut pacing = Pacing::new(per_second, reserve);
            let (mut now, mut sent) = (at(0), Vec::new());
            for (wait, cancels) in wishes {
                now = now + Span::from_millis(wait / 8);
                let class = if cancels { Class::Cancel } else { Class::Other };
                if let Err(again) = pacing.take(class, 1, now) {
                    prop_assert!(again > now);
                    now = again;
                    prop_assert_eq!(pacing.take(class, 1, now), Ok(()));
                }
                sent.push((now, cancels));
            }
            for (i, (end, _)) in sent.iter().enumerate() {
                let last: Vec<_> = sent[..=i].iter().filter(|(t, _)| *t + WINDOW > *end).collect();
                prop_assert!(last.len() <= per_second as usize);
            }
        }
    }
}
