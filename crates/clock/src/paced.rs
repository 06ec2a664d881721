//! The time of a run.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use polyfolio_model::{Span, Ts};
use polyfolio_ports::{BoxFuture, Clock};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::time::Instant;

use crate::{BadPace, Pace};

/// A clock that starts at a given time and goes at a [`Pace`].
///
/// `now() = base + (time on tokio's clock since the start) · factor`. tokio's timers are due at
/// whole milliseconds and round up, so a waiter wakes up to 1 ms late; it never wakes early.
#[derive(Debug)]
pub struct PacedClock {
    pace: Pace,
    scale: Scale,
    /// Whether this clock has paused tokio's.
    paused: AtomicBool,
}

/// Why a clock cannot go as fast as it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the clock can go at full speed only within a runtime of one thread")]
pub struct CannotPause;

/// From tokio's time to ours and back.
#[derive(Clone, Copy, Debug)]
struct Scale {
    base: Ts,
    start: Instant,
    factor: f64,
}

impl PacedClock {
    /// A clock that shows `base` now.
    pub fn start(base: Ts, pace: Pace) -> Result<Self, BadPace> {
        let pace = pace.checked()?;
        let scale = Scale {
            base,
            start: Instant::now(),
            factor: pace.factor(),
        };
        Ok(Self {
            pace,
            scale,
            paused: AtomicBool::new(false),
        })
    }

    /// How fast it goes.
    pub fn pace(&self) -> Pace {
        self.pace
    }

    /// Lets time jump from here on, if the pace is [`Pace::Max`]: whenever every task of this
    /// runtime waits, the next timer is due. Under another pace, or done twice, it does nothing.
    ///
    /// Jumps are for the whole runtime, whose clock must not be paused by anybody else. A job of
    /// `spawn_blocking` holds time still; a foreign thread does not.
    pub fn pause(&self) -> Result<(), CannotPause> {
        if self.pace != Pace::Max {
            return Ok(());
        }
        let runtime = Handle::try_current().map_err(|_| CannotPause)?;
        if runtime.runtime_flavor() != RuntimeFlavor::CurrentThread {
            return Err(CannotPause);
        }
        if !self.paused.swap(true, Ordering::SeqCst) {
            tokio::time::pause();
        }
        Ok(())
    }

    /// Lets time pass with the machine's again, after [`pause`](Self::pause) and in the same
    /// runtime. Done twice it does nothing.
    pub fn resume(&self) {
        if self.paused.swap(false, Ordering::SeqCst) {
            tokio::time::resume();
        }
    }
}

impl Clock for PacedClock {
    fn now(&self) -> Ts {
        self.scale.ours(Instant::now())
    }

    fn sleep_until(&self, at: Ts) -> BoxFuture<()> {
        let scale = self.scale;
        Box::pin(async move {
            if at == Ts::MAX {
                return std::future::pending().await;
            }
            let mut due = scale.theirs(at);
            while scale.ours(Instant::now()) < at {
                sleep_until(due).await;
                // Where a factor made `due` round to just before `at`.
                due = Instant::now() + Duration::from_nanos(1);
            }
        })
    }
}

impl Scale {
    fn ours(&self, theirs: Instant) -> Ts {
        let elapsed = theirs.saturating_duration_since(self.start).as_nanos();
        let nanos = i64::try_from(elapsed).unwrap_or(i64::MAX);
        let scaled = if self.factor == 1.0 {
            nanos
        } else {
            (nanos as f64 * self.factor) as i64
        };
        self.base + Span::from_nanos(scaled)
    }

    fn theirs(&self, ours: Ts) -> Instant {
        let nanos = ours.since(self.base).nanos();
        let scaled = if self.factor == 1.0 {
            u64::try_from(nanos).unwrap_or(0)
        } else {
            (nanos as f64 / self.factor).ceil() as u64
        };
        // What an instant cannot hold is further away than any process lives.
        let due = self.start.checked_add(Duration::from_nanos(scaled));
        due.unwrap_or_else(|| self.start + Duration::from_secs(u64::from(u32::MAX)))
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this crate is where the clock comes from"
)]
async fn sleep_until(due: Instant) {
    tokio::time::sleep_until(due).await;
}
