//! The threads on which strategies compute: as many as the machine has use for, however many
//! strategies there are.
//!
//! A strategy that hangs keeps its thread for ever. Where work waits and nothing gets done for a while
//! another thread is added, so that it keeps nobody else; up to a bound, beyond which those who wait
//! are late. Threads, and not the runtime's own pool: a paused clock stands still while a job runs
//! there, and the runtime would not end before one that hangs.

use std::collections::VecDeque;
use std::io;
use std::num::NonZero;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// One computation. It may panic.
type Job = Box<dyn FnOnce() + Send>;

/// One hangs, and another one can still compute.
const WORKERS_MIN: usize = 2;

/// So many may hang.
const WORKERS_MAX: usize = 256;

/// Work that waits so long, with none getting done, has a thread added.
const PATIENCE: Duration = Duration::from_millis(250);

/// The threads, and what waits for one. They end with it, but for those that hang.
#[derive(Debug)]
pub struct Workshop(Arc<Floor>);

struct Floor {
    state: Mutex<State>,
    /// Wakes those who have nothing to do.
    work: Condvar,
    /// Wakes whoever looks after the work that waits.
    waits: Condvar,
    regular: usize,
}

impl std::fmt::Debug for Floor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = self.state();
        f.debug_struct("Floor")
            .field("workers", &state.workers)
            .field("idle", &state.idle)
            .field("waiting", &state.queue.len())
            .finish_non_exhaustive()
    }
}

#[derive(Default)]
struct State {
    queue: VecDeque<Job>,
    workers: usize,
    idle: usize,
    /// Counts on with every job that was begun: work gets done.
    begun: u64,
    has_keeper: bool,
    /// The keeper has nothing to look after.
    is_keeper_idle: bool,
    is_closed: bool,
}

impl Default for Workshop {
    fn default() -> Self {
        let cores = thread::available_parallelism().map_or(WORKERS_MIN, NonZero::get);
        Self(Arc::new(Floor {
            state: Mutex::default(),
            work: Condvar::new(),
            waits: Condvar::new(),
            regular: cores.clamp(WORKERS_MIN, WORKERS_MAX),
        }))
    }
}

impl Workshop {
    /// Has something computed when a thread is free.
    ///
    /// # Errors
    /// There is no thread, and none can be made.
    pub fn compute(&self, job: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let floor = &self.0;
        let mut state = floor.state();
        state.queue.push_back(Box::new(job));
        let needs_one = state.idle < state.queue.len() && state.workers < floor.regular;
        if needs_one
            && let Err(error) = floor.add_worker(&mut state)
            && state.workers == 0
        {
            state.queue.pop_back();
            return Err(error);
        }
        if state.idle < state.queue.len() {
            // Without one, what hangs keeps the others: they are late, and that is said.
            let _ = floor.ensure_keeper(&mut state);
        }
        // To wake somebody takes a call of the system, and a busy thread looks for itself.
        let (is_worker_idle, is_keeper_idle) = (state.idle > 0, state.is_keeper_idle);
        drop(state);
        if is_worker_idle {
            floor.work.notify_one();
        }
        if is_keeper_idle {
            floor.waits.notify_one();
        }
        Ok(())
    }

    /// How many threads there are.
    pub fn workers(&self) -> usize {
        self.0.state().workers
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.is_closed = true;
        state.queue.clear();
        drop(state);
        self.0.work.notify_all();
        self.0.waits.notify_all();
    }
}

impl Floor {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add_worker(self: &Arc<Self>, state: &mut State) -> io::Result<()> {
        let floor = Arc::clone(self);
        let thread = thread::Builder::new().name("strategy".to_owned());
        thread.spawn(move || floor.work_on())?;
        state.workers += 1;
        Ok(())
    }

    fn ensure_keeper(self: &Arc<Self>, state: &mut State) -> io::Result<()> {
        if !state.has_keeper {
            let floor = Arc::clone(self);
            let thread = thread::Builder::new().name("strategy-keeper".to_owned());
            thread.spawn(move || floor.keep())?;
            state.has_keeper = true;
        }
        Ok(())
    }

    /// One thread's life.
    fn work_on(&self) {
        while let Some(job) = self.next_job() {
            // Whoever waits for the answer of one that panics hears nothing, and says so.
            let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(job));
        }
    }

    fn next_job(&self) -> Option<Job> {
        let mut state = self.state();
        state.idle += 1;
        while state.queue.is_empty() && !state.is_closed {
            let waited = self.work.wait(state);
            state = waited.unwrap_or_else(PoisonError::into_inner);
        }
        state.idle -= 1;
        let job = state.queue.pop_front();
        if job.is_some() {
            state.begun += 1;
        } else {
            state.workers -= 1;
        }
        job
    }

    /// Adds a thread where work waits and none is begun.
    fn keep(self: Arc<Self>) {
        let mut state = self.state();
        while !state.is_closed {
            if state.queue.is_empty() {
                state.is_keeper_idle = true;
                let waited = self.waits.wait(state);
                state = waited.unwrap_or_else(PoisonError::into_inner);
                state.is_keeper_idle = false;
                continue;
            }
            let before = state.begun;
            let waited = self.waits.wait_timeout_while(state, PATIENCE, |state| {
                !state.is_closed && !state.queue.is_empty() && state.begun == before
            });
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            let stands = !state.queue.is_empty() && state.begun == before && !state.is_closed;
            if stands && state.workers < WORKERS_MAX {
                // None can be made: it is tried again after as long.
                let _ = self.add_worker(&mut state);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn ten_thousand_computations_take_no_more_threads_than_there_are_cores() {
        let workshop = Workshop::default();
        let (tell, told) = channel();
        for number in 0..10_000_u64 {
            let tell = tell.clone();
            let job = move || tell.send(number).unwrap();
            workshop.compute(job).unwrap();
        }
        let sum: u64 = told.iter().take(10_000).sum();
        assert_eq!(sum, 10_000 * 9_999 / 2);
        assert!(workshop.workers() <= workshop.0.regular, "{workshop:?}");
    }

    #[test]
    fn those_that_hang_keep_nobody_else() {
        let workshop = Workshop::default();
        let (release, released) = channel::<()>();
        let released = Arc::new(Mutex::new(released));
        for _ in 0..workshop.0.regular + 1 {
            let released = Arc::clone(&released);
            let hangs = move || {
                let _ = released.lock().map(|released| released.recv());
            };
            workshop.compute(hangs).unwrap();
        }
        let (tell, told) = channel();
        workshop.compute(move || tell.send(7).unwrap()).unwrap();
        assert_eq!(told.recv(), Ok(7));
        assert!(workshop.workers() > workshop.0.regular);
        drop(release);
    }

    #[test]
    fn one_that_panics_takes_no_thread_with_it() {
        let workshop = Workshop::default();
        for _ in 0..100 {
            workshop
                .compute(|| panic!("the test has it panic"))
                .unwrap();
        }
        let (tell, told) = channel();
        workshop.compute(move || tell.send(7).unwrap()).unwrap();
        assert_eq!(told.recv(), Ok(7));
    }

    #[test]
    fn the_threads_end_with_the_shop_and_what_waited_is_dropped() {
        let workshop = Workshop::default();
        let floor = Arc::clone(&workshop.0);
        let (release, released) = channel::<()>();
        let (tell, told) = channel::<()>();
        let released = Arc::new(Mutex::new(released));
        for _ in 0..floor.regular {
            let (released, tell) = (Arc::clone(&released), tell.clone());
            let job = move || {
                drop(tell);
                let _ = released.lock().map(|released| released.recv());
            };
            workshop.compute(job).unwrap();
        }
        workshop.compute(move || drop(tell)).unwrap();
        drop(workshop);
        // What waited is gone: nobody is left who could tell.
        assert!(told.recv().is_err());
        drop(release);
        while Arc::strong_count(&floor) > 1 {
            thread::yield_now();
        }
        assert_eq!(floor.state().workers, 0);
    }
}
