//! The actors: `ls actors` is the org chart. Each file states what its actor takes, what it sends,
//! how much its mailbox holds and what happens when it is full.
//!
//! ```text
//!  cli ──StartRun──▶ conductor ──RequestTargets──▶ strategy × N ──TargetsPublished──▶ scaler
//!                       │  ▲                                                       ▲   │
//!        RequestCloses  │  └─────────RouterSaid──────────┐             NavMarked   │   │ TargetsScaled
//!                       ▼                                │                         │   ▼
//!                  market_data ──QuotesChanged──▶ order_router ──AccountMarked──▶ nav_tracker
//!                                                   │     ▲   └───────Noticed─────▶ notifier
//!                                      SendToBroker ▼     │ BrokerSaid
//!                                                broker_connector
//!                everyone ──▶ logger           supervisor ──▶ whoever fell
//! ```
//!
//! Not drawn: the conductor's commands to the order router, and what the supervisor tells the
//! conductor: who is new at a station, and who cannot be kept alive.
//!
//! The lines are in [`switchboard`]; [`office`] puts an actor at every station. Actors know ports,
//! never adapters: [`Wiring`] holds factories, and the application fills it.
//!
//! All actors may share a thread. A watchdog beside the house asks it for signs of life, and names
//! the station that does not come back.
//!
//! No actor awaits another: a send goes into a mailbox or comes back. The order router awaits the
//! journal, and nothing else awaits anything but its own work.

pub mod broker_connector;
pub mod conductor;
pub mod logger;
pub mod mail;
pub mod market_data;
pub mod messages;
pub mod nav_tracker;
pub mod notifier;
pub mod office;
pub mod order_router;
pub mod scaler;
pub mod strategy;
pub mod supervisor;
pub mod switchboard;
pub mod workshop;

pub use conductor::{End, Outcome, Tempo};
pub use messages::Task;
pub use office::{Office, Wiring};
