//! A venue whose own record can be audited.
//!
//! The record is the venue's and not ours: it is written by the venue's side alone, and survives
//! our process. A connector whose venue answers for every order and execution of an account can
//! stand here, too.

mod gateway;
mod paper;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

use polyfolio_report::audit::VenueEvent;

use super::Gateway;
use crate::failure::Failure;

pub use gateway::GatewayVenue;
pub use paper::PaperTape;

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

    /// The venue where it is a process of its own, with a wire to the program: it can be killed
    /// too, and the wire can fail.
    fn gateway(&mut self) -> Option<&mut Gateway> {
        None
    }
}

/// Counts the whole lines of a file that grows.
#[derive(Debug)]
struct Lines {
    path: PathBuf,
    /// How far they were counted.
    counted: usize,
    upto: u64,
}

impl Lines {
    fn of(path: PathBuf) -> Self {
        Self {
            path,
            counted: 0,
            upto: 0,
        }
    }

    /// A file that is not there yet has no line.
    fn count(&mut self) -> usize {
        let _ = self.count_on();
        self.counted
    }

    /// Counts the whole lines behind those that were counted. One that is not whole yet may be cut
    /// off, and is counted later or never.
    fn count_on(&mut self) -> std::io::Result<()> {
        let mut file = File::open(&self.path)?;
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
