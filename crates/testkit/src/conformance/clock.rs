//! Time as tokio tells it, with jumps.

use std::sync::Arc;

use polyfolio_model::{Span, Ts};
use polyfolio_ports::{BoxFuture, Clock};
use tokio::sync::watch;
use tokio::time::Instant;

/// A clock that a rig can set forward, so that a day does not take one.
#[derive(Debug)]
pub struct JumpClock {
    began: Instant,
    /// What it showed when it began, with all jumps since.
    origin: watch::Sender<Ts>,
}

impl JumpClock {
    /// A clock that begins at `origin`.
    pub fn from(origin: Ts) -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            origin: watch::Sender::new(origin),
        })
    }

    /// Lets so much time pass at once.
    pub fn jump(&self, span: Span) {
        self.origin.send_modify(|origin| *origin = *origin + span);
    }
}

impl Clock for JumpClock {
    fn now(&self) -> Ts {
        let passed = i64::try_from(self.began.elapsed().as_nanos()).unwrap_or(i64::MAX);
        *self.origin.borrow() + Span::from_nanos(passed)
    }

    #[expect(clippy::disallowed_methods, reason = "this is a clock")]
    fn sleep_until(&self, at: Ts) -> BoxFuture<()> {
        let (mut origin, began) = (self.origin.subscribe(), self.began);
        Box::pin(async move {
            loop {
                let left = at.since(*origin.borrow_and_update());
                let wait = tokio::time::sleep_until(began + left.max(Span::ZERO).to_std());
                tokio::select! {
                    () = wait => return,
                    jumped = origin.changed() => if jumped.is_err() {
                        return std::future::pending().await;
                    },
                }
            }
        })
    }
}
