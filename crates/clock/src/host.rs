//! The time of the machine.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use polyfolio_model::{Span, Ts};
use polyfolio_ports::{BoxFuture, Clock};

/// The machine's own time, whatever pace a run has: the wall clock, read once at the start and
/// carried on by the monotonic one, so that it never goes backward.
///
/// Its waits pass also while tokio's clock is paused, and do not hold that clock still. Each wait
/// costs a thread until it is over or given up: it is for the few waits on the machine itself.
#[derive(Clone, Copy, Debug)]
pub struct HostClock {
    base: Ts,
    start: Instant,
}

/// The wall clock's time. A time before 1970 reads as 1970, one after 2262 as never.
pub fn wall_now() -> Ts {
    #[expect(
        clippy::disallowed_methods,
        reason = "this crate is where the clock comes from"
    )]
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Ts::from_nanos(nanos(since_epoch))
}

impl HostClock {
    /// A clock that shows the wall clock's time now.
    pub fn start() -> Self {
        Self {
            base: wall_now(),
            start: monotonic(),
        }
    }
}

impl Clock for HostClock {
    fn now(&self) -> Ts {
        self.base + Span::from_nanos(nanos(monotonic().saturating_duration_since(self.start)))
    }

    fn sleep_until(&self, at: Ts) -> BoxFuture<()> {
        let clock = *self;
        Box::pin(async move {
            while clock.now() < at {
                wait(at.since(clock.now()).to_std()).await;
            }
        })
    }
}

/// A thread waits; it ends early when the future is dropped. A machine that has no thread left
/// to give is asked again at the next turn of the runtime.
async fn wait(time: Duration) {
    let (over, is_over) = tokio::sync::oneshot::channel::<()>();
    let (given_up, waits) = channel::<()>();
    let timer = std::thread::Builder::new()
        .name("host-timer".to_owned())
        .spawn(move || {
            if waits.recv_timeout(time) == Err(RecvTimeoutError::Timeout) {
                let _ = over.send(());
            }
        });
    match timer {
        Ok(_) => drop(is_over.await),
        Err(_) => tokio::task::yield_now().await,
    }
    drop(given_up);
}

#[expect(
    clippy::disallowed_methods,
    reason = "this crate is where the clock comes from"
)]
fn monotonic() -> Instant {
    Instant::now()
}

fn nanos(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}
