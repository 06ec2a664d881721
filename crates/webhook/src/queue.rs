//! What waits to be posted: bounded, and counted to the end.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use polyfolio_model::Ts;
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
    /// The time of the first one that nobody was told (Clock time).
    pub since: Option<Ts>,
    /// Why the last one that failed did.
    pub why: Option<&'static str>,
}

impl Count {
    /// Those that nobody was told.
    pub fn untold(&self) -> u64 {
        self.failed + self.dropped
    }

    fn lose(&mut self, count: u64, time: Ts) {
        self.dropped += count;
        self.untold_at(time);
    }

    fn untold_at(&mut self, time: Ts) {
        self.since = Some(self.since.map_or(time, |since| since.min(time)));
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
    /// The time of the one that is being posted.
    at_work: Option<Ts>,
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
            state.count.lose(1, notice.time);
            return Err(NotTaken);
        }
        state.waiting.push_back(notice);
        self.changed.notify_all();
        Ok(())
    }

    /// So many never came here.
    pub(crate) fn missed(&self, count: u64, since: Ts) {
        self.lock().count.lose(count, since);
    }

    /// The next one, with what became of those before it; `None` when there will be no more.
    pub(crate) fn take(&self) -> Option<(Notice, Count)> {
        let mut state = self.lock();
        loop {
            if let Some(notice) = state.waiting.pop_front() {
                state.at_work = Some(notice.time);
                return Some((notice, state.count));
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
        let time = state.at_work.take();
        match outcome {
            Ok(()) => state.count.told += 1,
            Err(why) => {
                state.count.failed += 1;
                state.count.why = Some(why);
                time.into_iter().for_each(|at| state.count.untold_at(at));
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
        let is_busy = |state: &mut State| state.at_work.is_some() || !state.waiting.is_empty();
        let waited = self.changed.wait_timeout_while(state, patience, is_busy);
        (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        for left in std::mem::take(&mut state.waiting) {
            state.count.lose(1, left.time);
        }
        state.at_work.is_none()
    }

    pub(crate) fn count(&self) -> Count {
        let state = self.lock();
        let mut count = state.count;
        // Still on its way: nobody knows whether it was heard.
        state.at_work.into_iter().for_each(|at| count.lose(1, at));
        count
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
