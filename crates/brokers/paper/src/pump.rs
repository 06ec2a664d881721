//! The one task of a paper venue: it sleeps until the next event, lets the desk take it, and
//! carries what the desk says to the listeners, outside the lock and in order.
//!
//! It lives by the clock of the wire that was started last: whoever goes on with the account in a
//! later session has a clock of its own. A clock that outruns the venue does not keep the runtime
//! to itself: the others have their turn after every so many events.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use polyfolio_model::Ts;
use polyfolio_ports::Clock;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::desk::Desk;

/// A desk, shared by its wires.
#[derive(Debug)]
pub(crate) struct Shared {
    desk: Mutex<Desk>,
    wake: Arc<Notify>,
    pump: Mutex<Option<Pump>>,
}

/// The task, and the clock it lives by.
struct Pump {
    task: JoinHandle<()>,
    clock: Arc<dyn Clock>,
}

/// How many moments at which something happens one turn lets pass at most.
const MOMENTS_PER_TURN_MAX: usize = 1_024;

impl Shared {
    pub(crate) fn new(desk: Desk) -> Self {
        Self {
            desk: Mutex::new(desk),
            wake: Arc::new(Notify::new()),
            pump: Mutex::new(None),
        }
    }

    pub(crate) fn desk(&self) -> MutexGuard<'_, Desk> {
        // Nothing in the desk is left half done by a panic of somebody who held it.
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// There is something to say, or something happens earlier than thought.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Sees to it that the pump runs by this clock, on the runtime of the caller.
    pub(crate) fn run(self: &Arc<Self>, clock: &Arc<dyn Clock>) {
        let mut pump = self.pump.lock().unwrap_or_else(PoisonError::into_inner);
        if !pump.as_ref().is_some_and(|pump| pump.lives_by(clock)) {
            let turns = pump_until_gone(Arc::downgrade(self), self.wake.clone(), clock.clone());
            let (task, clock) = (tokio::spawn(turns), clock.clone());
            if let Some(former) = pump.replace(Pump { task, clock }) {
                former.task.abort();
            }
        }
        self.wake();
    }

    /// Moves the desk on, to `now` if it is not too far, says what it has to say, and returns when
    /// something happens next.
    fn turn(&self, now: Ts) -> Option<Ts> {
        let mut desk = self.desk();
        desk.advance_some(now, MOMENTS_PER_TURN_MAX);
        let (outgoing, next) = (desk.listeners.take(), desk.next_event());
        drop(desk);
        for say in outgoing {
            say();
        }
        next
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let pump = self.pump.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(pump) = pump.take() {
            pump.task.abort();
        }
    }
}

impl Pump {
    fn lives_by(&self, clock: &Arc<dyn Clock>) -> bool {
        Arc::ptr_eq(&self.clock, clock) && !self.task.is_finished()
    }
}

impl fmt::Debug for Pump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pump")
            .field("task", &self.task)
            .finish_non_exhaustive()
    }
}

async fn pump_until_gone(shared: Weak<Shared>, wake: Arc<Notify>, clock: Arc<dyn Clock>) {
    while let Some(shared) = shared.upgrade() {
        let next = shared.turn(clock.now());
        drop(shared);
        match next {
            None => wake.notified().await,
            // Time is ahead of the venue: waiting would not give anybody else a turn.
            Some(at) if at <= clock.now() => tokio::task::yield_now().await,
            Some(at) => tokio::select! {
                biased;
                () = wake.notified() => {}
                () = clock.sleep_until(at) => {}
            },
        }
    }
}
