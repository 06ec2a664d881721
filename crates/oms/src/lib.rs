//! Orders that survive: what one account's orders are, and what they do next.
//!
//! [`records`] is what the journal holds, [`book`] its fold, [`order_state`] what a venue's facts
//! about one order add up to, [`router`] the machine that takes inputs and returns effects. All
//! of it is pure: the same inputs give the same effects. It knows no actor, store, socket or
//! clock.

pub mod book;
pub mod child;
mod doubt;
pub mod events;
pub mod invariants;
pub mod order_state;
pub mod protocol;
pub mod records;
pub mod router;
pub mod salvage;
mod timers;

pub use book::{Book, ParentState, Run};
pub use child::Child;
pub use events::Event;
pub use protocol::{Protocol, Rule};
pub use records::Record;
pub use router::{Effect, Input, Router, RouterConfig};
