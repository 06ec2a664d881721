//! What a gateway that outlives its process writes down: one JSON object a line, in the order in
//! which it came to be.
//!
//! Two kinds of lines make one record: the market's own tape, and what only the gateway knows
//! (whose order is whose, which ids are used). Each is written before anything that follows from it
//! is said. A plain write survives the death of the process, not that of the machine. A process
//! that dies within a write leaves a line without its end; nobody was told of it, and the next
//! start cuts it off. The file only grows.

mod file;
mod lock;
mod read;

use polyfolio_matching::TapeEvent;
use polyfolio_model::{NewOrder, Qty, Ts};
use serde::{Deserialize, Serialize};

pub(crate) use file::RecordFile;
pub use file::{RECORD_FILE, RecordError};
pub use read::{Recorded, RecordedFact, read_record};

/// The version of the lines.
pub(crate) const FORMAT: u32 = 1;

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Line {
    /// The first one: whose record this is.
    Opened { format: u32, account: String },
    /// A process took the record over.
    Started { time: Ts },
    /// An order came in and was looked at; its name at the market is its number.
    Entered {
        number: u32,
        client_id: i32,
        order_id: i32,
        order_ref: Option<String>,
        outside_rth: Option<bool>,
        order: NewOrder,
    },
    /// An id was used by an order that was not entered.
    Used {
        client_id: i32,
        order_id: i32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        order_ref: Option<String>,
    },
    /// An order is to be cancelled.
    CancelAsked { number: u32 },
    /// A cancel was confirmed that the market knows nothing of; so much may trade yet.
    CancelConfirmed {
        number: u32,
        time: Ts,
        late: Option<Qty>,
    },
    /// Ids are given out again.
    RolledBack { by: i32, client_id: Option<i32> },
    /// The day was ended before its time.
    Midnight,
    /// Something happened at the market.
    Venue { event: TapeEvent },
}
