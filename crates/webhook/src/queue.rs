//! What waits to be posted: bounded, and counted to the end.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use polyfolio_ports::{NotTaken, Notice};

/// What became of notices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Posted, and accepted.
    pub told: u64,
    /// Tried as often as may be, and not accepted.
    pub failed: u64,
    /// Not tried: too many waited, or there was no time left.
    pub dropped: u64,
    /// Why the last one that failed did.
    pub why: Option<&'static str>,
}

impl Count {
    /// Those that nobody was told.
    pub fn untold(&self) -> u64 {
        self.failed + self.dropped
    }
}

#[derive(Debug)]
pub(crate) struct Queue {
    waiting_max: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Notice>,
    /// One is being posted.
    at_work: bool,
    closing: bool,
    count: Count,
}

impl Queue {
    pub(crate) fn new(waiting_max: usize) -> Self {
        Self {
            waiting_max,
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    pub(crate) fn put(&self, notice: Notice) -> Result<(), NotTaken> {
        let mut state = self.lock();
        if state.closing || state.waiting.len() >= self.waiting_max {
            state.count.dropped += 1;
            return Err(NotTaken);
        }
        state.waiting.push_back(notice);
        self.changed.notify_all();
        Ok(())
    }

    /// The next one, with how many before it nobody was told; `None` when there will be no more.
    pub(crate) fn take(&self) -> Option<(Notice, u64)> {
        let mut state = self.lock();
        loop {
            if let Some(notice) = state.waiting.pop_front() {
                state.at_work = true;
                return Some((notice, state.count.untold()));
            }
            if state.closing {
                return None;
            }
            let woken = self.changed.wait(state);
            state = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// What became of the one that was taken: nothing, or why it was not accepted.
    pub(crate) fn done(&self, outcome: Result<(), &'static str>) {
        let mut state = self.lock();
        state.at_work = false;
        match outcome {
            Ok(()) => state.count.told += 1,
            Err(why) => {
                state.count.failed += 1;
                state.count.why = Some(why);
            }
        }
        self.changed.notify_all();
    }

    /// Waits, unless there is no more time: whether to go on trying.
    pub(crate) fn pause(&self, time: Duration) -> bool {
        let waits = self
            .changed
            .wait_timeout_while(self.lock(), time, |state| !state.closing);
        let (state, _) = waits.unwrap_or_else(PoisonError::into_inner);
        !state.closing
    }

    /// Takes nothing more, and waits for what is there; what is left then is dropped. Whether
    /// nothing is being posted any more.
    pub(crate) fn close(&self, patience: Duration) -> bool {
        let mut state = self.lock();
        state.closing = true;
        self.changed.notify_all();
        let is_busy = |state: &mut State| state.at_work || !state.waiting.is_empty();
        let waited = self.changed.wait_timeout_while(state, patience, is_busy);
        (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let left = state.waiting.len() as u64;
        state.waiting.clear();
        state.count.dropped += left;
        !state.at_work
    }

    pub(crate) fn count(&self) -> Count {
        let state = self.lock();
        let mut count = state.count;
        // Still on its way: nobody knows whether it was heard.
        count.dropped += u64::from(state.at_work);
        count
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
