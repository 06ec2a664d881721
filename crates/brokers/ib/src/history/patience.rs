//! How long a request for history waits until it fails: for silence, not for its length. What IB's
//! pacing stretches over minutes goes on as long as answers come, or its turn does.
//!
//! Pure: the time comes in as an argument.

use polyfolio_model::{Span, Ts};

/// How long there may be nothing of the gateway.
pub(crate) const SILENCE_MAX: Span = Span::from_secs(120);

/// What is left of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    until: Ts,
    /// Whether IB's last word was that it is asked too often: waiting for a turn is then no progress.
    is_turned_away: bool,
}

impl Patience {
    pub(crate) fn new(now: Ts) -> Self {
        Self {
            until: now + SILENCE_MAX,
            is_turned_away: false,
        }
    }

    /// A part of the answer came.
    pub(crate) fn answered(&mut self, now: Ts) {
        *self = Self::new(now);
    }

    /// The gateway is there, and it is others' turn.
    pub(crate) fn waits_its_turn(&mut self, now: Ts) {
        if !self.is_turned_away {
            self.until = now + SILENCE_MAX;
        }
    }

    /// IB calls it too often.
    pub(crate) fn turned_away(&mut self) {
        self.is_turned_away = true;
    }

    /// When to look whether it is over.
    pub(crate) fn until(&self) -> Ts {
        self.until
    }

    /// Whether it is: while the gateway is there, only for what it turns away again and again.
    pub(crate) fn is_over(&self, now: Ts, is_up: bool) -> bool {
        self.until <= now && (self.is_turned_away || !is_up)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Ts {
        Ts::from_nanos(0) + Span::from_secs(secs)
    }

    #[test]
    fn a_warm_up_that_pacing_stretches_over_an_hour_goes_on() {
        let mut patience = Patience::new(at(0));
        for turn in 1..=6 {
            let now = at(600 * turn);
            assert!(!patience.is_over(now, true), "{turn}");
            patience.waits_its_turn(now);
            patience.answered(now);
        }
        // The connection goes right after an answer, and stays away.
        assert!(!patience.is_over(at(3_719), false));
        assert!(patience.is_over(at(3_720), false));
    }

    #[test]
    fn silence_is_counted_from_the_last_turn() {
        let mut patience = Patience::new(at(0));
        patience.waits_its_turn(at(100));
        assert_eq!(patience.until(), at(220));
        assert!(!patience.is_over(at(219), false));
        assert!(patience.is_over(at(220), false));
    }

    #[test]
    fn what_is_turned_away_again_and_again_fails_in_the_end() {
        let mut patience = Patience::new(at(0));
        for turn in 1..8 {
            patience.turned_away();
            patience.waits_its_turn(at(15 * turn));
            assert!(!patience.is_over(at(15 * turn), true));
        }
        assert!(patience.is_over(at(120), true));
        patience.answered(at(120));
        assert!(!patience.is_over(at(1_000), true));
    }
}
