//! The record as whoever audits reads it: what became of the orders of clients, by their own
//! references, and of the account.
//!
//! The market behind the gateway knows an order by a number; here it has the name that its client
//! gave it. What clients were told is not in it: this is what happened.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use polyfolio_matching::{Happening, OrderRef, TapeEvent};
use polyfolio_model::{ClOrdId, ExecId, InstrumentId, Money, Price, Qty, Side, Ts};

use super::{Line, RECORD_FILE, RecordError};
use crate::tws::desk::exec_id;

/// One line of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// When; of a line without a time of its own, the time of the one before.
    pub time: Ts,
    /// What.
    pub what: RecordedFact,
}

/// What happened, in the words of whoever trades there. `order_ref` is the client's name for its
/// order; none when it gave none.
#[derive(Clone, Debug, PartialEq)]
pub enum RecordedFact {
    /// The account came to be.
    Opened {
        /// Its cash.
        cash: Money,
        /// Its positions, signed.
        positions: Vec<(InstrumentId, Qty)>,
    },
    /// An order was taken: it works, or is on its way to the market.
    Entered {
        /// Which.
        order_ref: Option<String>,
        /// In what.
        instrument: InstrumentId,
        /// Which way.
        side: Side,
        /// How much.
        quantity: Qty,
    },
    /// An order was refused and is nowhere.
    Refused {
        /// Which.
        order_ref: Option<String>,
    },
    /// An order that was taken has a new total quantity.
    Replaced {
        /// Which.
        order_ref: Option<String>,
        /// The total from now on.
        quantity: Qty,
    },
    /// Something traded.
    Traded {
        /// Of which order.
        order_ref: Option<String>,
        /// The execution, as clients are told of it.
        exec_id: ExecId,
        /// How much, above zero.
        quantity: Qty,
        /// At what price.
        price: Price,
        /// What it cost.
        fee: Money,
    },
    /// An order that was taken is over: cancelled, expired, or refused by the market.
    Ended {
        /// Which.
        order_ref: Option<String>,
    },
    /// Something that moves no order and no account.
    Other,
}

/// Reads the record of a folder, one entry for each whole line; nothing where none was begun. A
/// last line without its end was never said to anybody, and is left out. Nothing is locked or
/// changed.
///
/// # Errors
/// The system refuses, or a whole line is none.
pub fn read_record(dir: &Path) -> Result<Vec<Recorded>, RecordError> {
    let path = dir.join(RECORD_FILE);
    let io = |source| RecordError::Io {
        doing: "read",
        path: path.clone(),
        source,
    };
    let mut reader = match File::open(&path) {
        Ok(file) => BufReader::new(file),
        Err(source) if source.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(io(source)),
    };
    let mut reading = Reading {
        time: Ts::MIN,
        names: BTreeMap::new(),
    };
    let (mut read, mut bytes) = (Vec::new(), Vec::new());
    loop {
        bytes.clear();
        reader.read_until(b'\n', &mut bytes).map_err(io)?;
        if bytes.last() != Some(&b'\n') {
            return Ok(read);
        }
        let line = serde_json::from_slice(&bytes).map_err(|fault| RecordError::Damaged {
            path: path.clone(),
            line: read.len() + 1,
            what: fault.to_string(),
        })?;
        read.push(reading.line(line));
    }
}

/// A record that is being read.
struct Reading {
    time: Ts,
    /// The clients' names for the orders of the market.
    names: BTreeMap<ClOrdId, Option<String>>,
}

impl Reading {
    fn line(&mut self, line: Line) -> Recorded {
        let what = match line {
            Line::Entered {
                order_ref, order, ..
            } => {
                self.names.insert(order.cl_ord_id, order_ref.clone());
                RecordedFact::Entered {
                    order_ref,
                    instrument: order.instrument,
                    side: order.side,
                    quantity: order.order_qty,
                }
            }
            Line::Used { order_ref, .. } => RecordedFact::Refused { order_ref },
            Line::Started { time } => {
                self.time = time;
                RecordedFact::Other
            }
            Line::Venue { event } => {
                self.time = event.time;
                self.happened(event)
            }
            _ => RecordedFact::Other,
        };
        let time = self.time;
        Recorded { time, what }
    }

    fn happened(&self, event: TapeEvent) -> RecordedFact {
        let name = |id: ClOrdId| self.names.get(&id).cloned().flatten();
        let of = |order: &OrderRef| name(order.cl_ord_id);
        match event.what {
            Happening::Opened { cash, positions } => RecordedFact::Opened { cash, positions },
            Happening::Traded { order, fill } => RecordedFact::Traded {
                order_ref: of(&order),
                exec_id: ExecId::new(exec_id(&fill)),
                quantity: fill.last_qty,
                price: fill.last_px,
                fee: fill.fee.unwrap_or_default(),
            },
            Happening::Replaced {
                order, order_qty, ..
            } => RecordedFact::Replaced {
                order_ref: of(&order),
                quantity: order_qty,
            },
            Happening::Canceled { order, .. } | Happening::Expired { order, .. } => {
                RecordedFact::Ended {
                    order_ref: of(&order),
                }
            }
            Happening::Rejected { order, .. } => RecordedFact::Ended {
                order_ref: name(order.cl_ord_id),
            },
            Happening::Accepted { .. }
            | Happening::Market(_)
            | Happening::Triggered { .. }
            | Happening::CancelRejected { .. } => RecordedFact::Other,
        }
    }
}
