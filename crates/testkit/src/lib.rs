//! Simulation and doubles for tests; nothing depends on it in a build.
//!
//! [`simulate`] draws a world from one number (a book, a market, a venue with a character, a wire
//! that lies, a process that dies) and drives the *real* router core, records, algorithms and
//! venue through it under virtual time. What must hold is checked from outside: against the
//! venue's own orders and account, and against the bytes of the journal. A failing seed replays
//! the same way every time.
//!
//! It knows no actor, no store and no socket, and does not look into the core.
//!
//! `conformance` (a feature of that name) is what every broker's adapter has to pass.

pub mod campaign;
pub mod chance;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod coverage;
pub mod exchange;
pub mod fault;
pub mod journal;
pub mod log;
pub mod mutation;
pub mod orders;
pub mod outcome;
pub mod scenario;
pub mod shrink;
pub mod simulation;
pub mod trial;
pub mod trouble;

pub use campaign::{Campaign, Campaigned, Failure, attempt};
pub use fault::Fault;
pub use mutation::Mutation;
pub use outcome::Outcome;
pub use scenario::Scenario;
pub use shrink::shrink;
pub use simulation::simulate;
pub use trial::Trial;
pub use trouble::Trouble;
