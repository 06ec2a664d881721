//! The one task of a paper venue: it sleeps until the next event, lets the desk take it, and
//! carries what the desk says to the listeners, outside the lock and in order.

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
    pump: Mutex<Option<JoinHandle<()>>>,
}

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

    /// Sees to it that the pump runs, on the runtime of the caller.
    pub(crate) fn run(self: &Arc<Self>, clock: &Arc<dyn Clock>) {
        let mut pump = self.pump.lock().unwrap_or_else(PoisonError::into_inner);
        if pump.as_ref().is_none_or(JoinHandle::is_finished) {
            let task = pump_until_gone(Arc::downgrade(self), self.wake.clone(), clock.clone());
            *pump = Some(tokio::spawn(task));
        }
        self.wake();
    }

    /// Moves the desk to `now`, says what it has to say, and returns when something happens next.
    fn turn(&self, now: Ts) -> Option<Ts> {
        let mut desk = self.desk();
        desk.advance(now);
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
            pump.abort();
        }
    }
}

async fn pump_until_gone(shared: Weak<Shared>, wake: Arc<Notify>, clock: Arc<dyn Clock>) {
    while let Some(shared) = shared.upgrade() {
        let next = shared.turn(clock.now());
        drop(shared);
        match next {
            None => wake.notified().await,
            Some(at) => tokio::select! {
                biased;
                () = wake.notified() => {}
                () = clock.sleep_until(at) => {}
            },
        }
    }
}
