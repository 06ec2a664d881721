//! A failing seed, made as small as it stays failing: first with as few deaths as possible, then
//! with as few runs, wishes, doings and orders.

use crate::campaign::{Failure, attempt};
use crate::trial::{Part, Trial};

/// How many simulations are tried at most.
const TRIES_MAX: usize = 400;

/// Leaves out what the failure does not need. The promise that is broken stays the same.
pub fn shrink(failure: &Failure) -> Failure {
    let mut smallest = failure.clone();
    let mut tries = 0;
    loop {
        let before = smallest.trial.clone();
        for part in Part::ALL {
            for place in (0..part.count(&before_all(&smallest.trial))).rev() {
                if tries < TRIES_MAX && smallest.trial.without.0.insert((part, place)) {
                    tries += 1;
                    let fault = attempt(&smallest.trial, false).err();
                    match fault.filter(|fault| fault.promise == failure.fault.promise) {
                        Some(fault) => smallest.fault = fault,
                        None => drop(smallest.trial.without.0.remove(&(part, place))),
                    }
                }
            }
        }
        if smallest.trial == before || tries >= TRIES_MAX {
            return smallest;
        }
    }
}

/// Parts are counted as they were drawn.
fn before_all(trial: &Trial) -> crate::Scenario {
    crate::Scenario::draw(trial.seed)
}
