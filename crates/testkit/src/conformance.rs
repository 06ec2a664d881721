//! What the runtime relies on in a broker, as numbered cases that every connector passes.
//!
//! A connector's tests bring a [`Rig`]: its broker, the venue behind it, and what can be made to go
//! wrong there. The suite talks to the broker as the runtime does, through the port alone, and
//! compares what it hears with what the venue did. What a venue cannot do is not passed in silence:
//! the case is not applicable, for a reason that stands in the capability [`matrix`].
//!
//! It waits with tokio's time, which may be paused. It knows no adapter and no wire.

mod cases;
mod clock;
mod log;
pub mod matrix;
mod rig;
mod suite;
mod trial;

pub use clock::JumpClock;
pub use log::Log;
pub use rig::{Act, Cannot, Market, Rig, Verdict};
pub use suite::{CASES, Case, case, run};
