//! `ports::Clock` over tokio's clock: live, faster, or as fast as it goes.
//!
//! [`PacedClock`] is the time of the market: a run lives by it. [`HostClock`] is the time of the
//! machine, for planning, connecting, and for waits on the machine itself: a strategy that hangs
//! must not stop a paused clock. This is the one crate that reads the system's clock, once for
//! each `HostClock` and each [`wall_now`], and the one that waits on tokio's timers.

mod host;
mod pace;
mod paced;

pub use host::{HostClock, wall_now};
pub use pace::{BadPace, Pace};
pub use paced::{CannotPause, PacedClock};
