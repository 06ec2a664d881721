//! The paper broker: an account and a tape of its own over `matching`'s synthetic venue.
//!
//! It is a broker, not a part of the runtime: its account, its open orders and its record of what
//! happened live in a folder of their own and survive when the runtime is killed. [`PaperVenue`]
//! opens that folder; [`PaperBroker`] and [`PaperMarketData`] are its two wires, and they may be
//! made again as often as a connector restarts. One task sleeps until the venue's next event;
//! nothing polls.
//!
//! What it does not know: margin, borrowing, sessions within a day, and anybody else's orders.
//! A power cut may lose the end of the tape; a killed process loses nothing that was reported.

mod broker;
mod clock_file;
mod config;
mod desk;
mod error;
mod line;
mod listeners;
mod lock;
mod market_data;
mod preview;
mod pump;
mod reader;
mod snapshot;
mod tape_file;
mod venue;

pub use broker::PaperBroker;
pub use config::PaperConfig;
pub use error::{Notice, PaperError};
pub use line::{TapeLine, TapeTag};
pub use market_data::PaperMarketData;
pub use preview::PaperPreview;
pub use reader::{AccountView, read_account, read_snapshot, read_tape};
pub use tape_file::TAPE_FILE;
pub use venue::{CLOSE_HOUR, PaperVenue};
