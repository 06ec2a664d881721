//! A venue whose own record can be audited.
//!
//! The record is the venue's and not ours: it is written by the venue's side alone, and survives
//! our process. A connector whose venue answers for every order and execution of an account can
//! stand here, too.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

use polyfolio_broker_paper::{TapeLine, TapeTag, read_tape};
use polyfolio_model::Money;
use polyfolio_report::audit::{VenueEvent, VenueFact};

use crate::failure::Failure;
use crate::runtime::market;

/// The other side's own record.
pub trait AuditedVenue {
    /// How many events it has written down; cheap, because it is asked all the time, and also while
    /// the program runs.
    fn events(&mut self) -> usize;

    /// All of them, oldest first, while no program runs.
    ///
    /// # Errors
    /// They cannot be read.
    fn record(&self) -> Result<Vec<VenueEvent>, Failure>;
}

/// The tape of the paper broker.
#[derive(Debug)]
pub struct PaperTape {
    directory: PathBuf,
    /// How far the lines were counted.
    counted: usize,
    upto: u64,
}

impl PaperTape {
    /// The tape below this state directory of the program.
    pub fn new(state_dir: &std::path::Path) -> Self {
        Self {
            directory: state_dir.join(market::DIRECTORY),
            counted: 0,
            upto: 0,
        }
    }

    /// Counts the whole lines behind those that were counted. One that is not whole yet may be cut
    /// off, and is counted later or never.
    fn count(&mut self) -> std::io::Result<()> {
        let mut file = File::open(self.directory.join(polyfolio_broker_paper::TAPE_FILE))?;
        if file.metadata()?.len() <= self.upto {
            return Ok(());
        }
        file.seek(SeekFrom::Start(self.upto))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        self.counted += bytes.iter().filter(|byte| **byte == b'\n').count();
        let whole = bytes.iter().rposition(|byte| *byte == b'\n');
        self.upto += whole.map_or(0, |end| end as u64 + 1);
        Ok(())
    }
}

impl AuditedVenue for PaperTape {
    fn events(&mut self) -> usize {
        // A tape that is not there yet has no line.
        let _ = self.count();
        self.counted
    }

    fn record(&self) -> Result<Vec<VenueEvent>, Failure> {
        let lines = read_tape(&self.directory).map_err(market::failure)?;
        Ok(lines.iter().map(event).collect())
    }
}

fn event(line: &TapeLine) -> VenueEvent {
    // A line without what its event needs is no event that could be audited; the venue itself
    // refuses such a tape at its next start.
    let what = fact(line).unwrap_or(VenueFact::Other);
    VenueEvent {
        time: line.time,
        what,
    }
}

fn fact(line: &TapeLine) -> Option<VenueFact> {
    Some(match line.event {
        TapeTag::Opened => {
            let opening = line.more.opening.clone()?;
            VenueFact::Opened {
                cash: opening.cash,
                positions: opening.positions,
            }
        }
        TapeTag::Accepted => VenueFact::Accepted {
            cl_ord_id: line.cl_ord_id?,
            instrument: line.symbol.clone()?,
            side: line.side?,
            order_qty: line.quantity?,
        },
        TapeTag::Rejected => VenueFact::Rejected {
            cl_ord_id: line.cl_ord_id?,
        },
        TapeTag::Traded => VenueFact::Traded {
            cl_ord_id: line.cl_ord_id?,
            exec_id: line.exec_id.clone()?,
            quantity: line.quantity?,
            price: line.price?,
            fee: line.more.fee.unwrap_or(Money::ZERO),
        },
        TapeTag::Canceled | TapeTag::Expired => VenueFact::Closed {
            cl_ord_id: line.cl_ord_id?,
        },
        TapeTag::Replaced => VenueFact::Replaced {
            cl_ord_id: line.cl_ord_id?,
            order_qty: line.quantity?,
        },
        TapeTag::Market | TapeTag::CancelRejected => return None,
    })
}
