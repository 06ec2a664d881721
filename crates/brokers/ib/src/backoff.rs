//! How long to wait before the next attempt to connect: twice as long each time, up to a limit,
//! with a jitter so that several connectors do not come back in step. The jitter is a function of
//! the seed and the attempt.

use polyfolio_model::Span;

/// Doublings after which any first wait has reached its limit.
const DOUBLINGS_MAX: u32 = 20;

/// The waits between attempts.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    first: Span,
    max: Span,
    seed: u64,
    /// Attempts since the last success.
    attempts: u32,
    /// Attempts ever: two outages do not wait alike.
    drawn: u64,
}

impl Backoff {
    pub(crate) fn new(first: Span, max: Span, seed: u64) -> Self {
        Self {
            first,
            max,
            seed,
            attempts: 0,
            drawn: 0,
        }
    }

    /// A connection stood.
    pub(crate) fn reset(&mut self) {
        self.attempts = 0;
    }

    /// The next wait: between one half and the whole of the limit of this attempt.
    pub(crate) fn next(&mut self) -> Span {
        let doublings = self.attempts.min(DOUBLINGS_MAX);
        self.attempts = self.attempts.saturating_add(1);
        self.drawn = self.drawn.wrapping_add(1);
        let grown = self.first.nanos().saturating_mul(1 << doublings);
        let limit = grown.min(self.max.nanos());
        let half = limit / 2;
        let share = mix(self.seed.wrapping_add(self.drawn.wrapping_mul(GAMMA)));
        let jitter = (u128::from(share) * half.unsigned_abs() as u128) >> 64;
        Span::from_nanos(limit - half + jitter as i64)
    }
}

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// SplitMix64's output function (Steele, Lea, Flood 2014).
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn waits_double_up_to_the_limit(seed in any::<u64>(), first in 1..5_000_i64, max in 5_000..90_000_i64) {
            let (first, max) = (Span::from_millis(first), Span::from_millis(max));
            let mut backoff = Backoff::new(first, max, seed);
            for attempt in 0..40_u32 {
                let limit = first.nanos().saturating_mul(1 << attempt.min(30)).min(max.nanos());
                let wait = backoff.next().nanos();
                prop_assert!(wait <= limit && wait >= limit / 2, "{wait} of {limit}");
            }
            backoff.reset();
            prop_assert!(backoff.next() <= first);
        }
    }

    #[test]
    fn a_seed_waits_the_same_way_again_and_another_one_does_not() {
        let waits = |seed| {
            let mut backoff = Backoff::new(Span::from_secs(1), Span::from_secs(60), seed);
            (0..10).map(|_| backoff.next()).collect::<Vec<_>>()
        };
        assert_eq!(waits(7), waits(7));
        assert_ne!(waits(7), waits(8));
    }
}
