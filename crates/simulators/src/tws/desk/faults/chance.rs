//! Faults of the wire that nobody orders: drawn for each order from a seed.

use polyfolio_matching::chance::Chance;

use super::Faulty;
use crate::tws::desk::Desk;
use crate::tws::faults::{Fault, Meanwhile};

/// How long a drawn silence lasts, in milliseconds.
const SILENCE_MS: u64 = 2_000;

/// What is drawn, and how often.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draw {
    chance: Chance,
    rate: f64,
}

impl Draw {
    /// The fault of the n-th order, if it meets one.
    fn of(self, n: u64) -> Option<Fault> {
        let n = n.wrapping_mul(2);
        if self.chance.uniform(n) > self.rate {
            return None;
        }
        let silence = |messages| Fault::Mute {
            for_ms: Some(SILENCE_MS),
            messages,
        };
        let mut wire = [
            Fault::DropBeforeNextOrder {},
            Fault::DropAfterNextOrder {},
            Fault::Kill { refuse_ms: 0 },
            silence(Meanwhile::Lost),
            silence(Meanwhile::Worked),
        ];
        let drawn = self.chance.uniform(n + 1) * wire.len() as f64;
        let last = wire.len() - 1;
        let drawn = (drawn.ceil() as usize).saturating_sub(1).min(last);
        Some(std::mem::replace(&mut wire[drawn], Fault::Clear {}))
    }
}

impl Faulty {
    /// The fault that the order which has just come meets, if nobody ordered one.
    pub(super) fn drawn(&self) -> Option<Fault> {
        self.draw.and_then(|draw| draw.of(self.orders_heard))
    }
}

impl Desk {
    /// Draws faults from now on; a gateway that remembers draws others at every start.
    pub(crate) fn draw_faults(&mut self, seed: u64, rate: f64) {
        let chance = Chance::new(seed).named("wire faults");
        let chance = chance.branch(self.faults.starts);
        self.faults.draw = (rate > 0.0).then_some(Draw { chance, rate });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn draws(seed: u64, rate: f64, orders: u64) -> Vec<Option<Fault>> {
        let chance = Chance::new(seed).named("wire faults");
        let draw = Draw { chance, rate };
        (0..orders).map(|n| draw.of(n)).collect()
    }

    #[test]
    fn every_fault_of_the_wire_comes_at_its_rate() {
        let drawn = draws(7, 0.2, 10_000);
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for fault in drawn.iter().flatten() {
            *counts.entry(format!("{fault:?}")).or_default() += 1;
        }
        assert_eq!(counts.len(), 5, "{counts:?}");
        // 400 of each are expected; five standard deviations are 98.
        assert!(
            counts.values().all(|n| (302..498).contains(n)),
            "{counts:?}"
        );
        assert_eq!(drawn, draws(7, 0.2, 10_000));
        assert_ne!(drawn, draws(8, 0.2, 10_000));
        assert!(draws(7, 1.0, 100).iter().all(Option::is_some));
    }
}
