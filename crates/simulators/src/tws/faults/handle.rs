//! How faults are ordered of a gateway that runs in this process.

use std::fmt;
use std::sync::Arc;

use super::{Fault, FaultError, GatewayState, Script};
use crate::tws::gateway::Shared;

/// A gateway's faults. It outlives the gateway, and then does nothing that anybody sees.
#[derive(Clone)]
pub struct Faults {
    shared: Arc<Shared>,
}

impl Faults {
    pub(crate) fn of(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Lets something go wrong, now or at the next message that it concerns.
    pub fn order(&self, fault: Fault) -> Result<(), FaultError> {
        let now = self.shared.now();
        let done = self.shared.desk().fault(fault, now);
        self.shared.wake();
        done
    }

    /// Begins a script: its times count from now.
    pub fn play(&self, script: Script) {
        let now = self.shared.now();
        self.shared.desk().play(script, now);
        self.shared.wake();
    }

    /// Draws a fault of the wire for one in so many orders: 0 for none, 1 for each. The same seed
    /// and the same orders meet the same faults.
    pub fn draw(&self, seed: u64, rate: f64) {
        self.shared.desk().draw_faults(seed, rate);
    }

    /// The truth as of now.
    pub fn state(&self) -> GatewayState {
        let now = self.shared.now();
        self.shared.desk().state(now)
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faults").finish_non_exhaustive()
    }
}
