//! The paper broker: its tape, beside the journal of the program that it is embedded in.

use std::path::PathBuf;

use polyfolio_broker_paper::{TapeLine, TapeTag, read_tape};
use polyfolio_model::Money;
use polyfolio_report::audit::{VenueEvent, VenueFact};

use super::{AuditedVenue, Lines};
use crate::failure::Failure;
use crate::runtime::market;

/// The tape of the paper broker.
#[derive(Debug)]
pub struct PaperTape {
    directory: PathBuf,
    lines: Lines,
}

impl PaperTape {
    /// The tape below this state directory of the program.
    pub fn new(state_dir: &std::path::Path) -> Self {
        Self {
            lines: Lines::of(
                state_dir
                    .join(market::DIRECTORY)
                    .join(polyfolio_broker_paper::TAPE_FILE),
            ),
            directory: state_dir.join(market::DIRECTORY),
        }
    }
}

impl AuditedVenue for PaperTape {
    fn events(&mut self) -> usize {
        self.lines.count()
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
        TapeTag::Market | TapeTag::Triggered | TapeTag::CancelRejected => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::io::Write;

    const ACCEPTED: &str = r#"{"time":"2006-09-14T21:00:00Z","event":"accepted","cl_ord_id":"9d30b4a3000000040000001000000001","symbol":"PG","side":"BUY","quantity":"59","price":"37.31","exec_id":null,"venue_id":"O-167","time_in_force":"day"}"#;
    const TRADED: &str = r#"{"time":"2006-09-14T21:00:02Z","event":"traded","cl_ord_id":"9d30b4a3000000040000001000000001","symbol":"PG","side":"BUY","quantity":"59","price":"37.31","exec_id":"E-125","venue_id":"O-167","fee":"1","liquidity":"maker"}"#;

    #[test]
    fn a_line_counts_when_it_is_whole() {
        let house = tempfile::tempdir().unwrap();
        let mut tape = PaperTape::new(house.path());
        assert_eq!(tape.events(), 0);
        let directory = house.path().join(market::DIRECTORY);
        std::fs::create_dir(&directory).unwrap();
        let path = directory.join(polyfolio_broker_paper::TAPE_FILE);
        let mut file = File::create(path).unwrap();
        let (begin, end) = TRADED.split_at(40);
        write!(file, "{ACCEPTED}\n{begin}").unwrap();
        assert_eq!((tape.events(), tape.events()), (1, 1));
        writeln!(file, "{end}").unwrap();
        assert_eq!((tape.events(), tape.events()), (2, 2));
        assert_eq!(tape.record().unwrap().len(), 2);
    }

    #[test]
    fn a_line_says_what_the_audit_asks() {
        let id = "9d30b4a3000000040000001000000001".parse().unwrap();
        let read = |line| event(&serde_json::from_str(line).unwrap()).what;
        assert_eq!(
            read(ACCEPTED),
            VenueFact::Accepted {
                cl_ord_id: id,
                instrument: "PG".into(),
                side: polyfolio_model::Side::Buy,
                order_qty: 59.into(),
            }
        );
        assert_eq!(
            read(TRADED),
            VenueFact::Traded {
                cl_ord_id: id,
                exec_id: "E-125".into(),
                quantity: 59.into(),
                price: "37.31".parse().unwrap(),
                fee: Money::from(1),
            }
        );
    }
}
