//! The simulated gateway of Interactive Brokers: its durable record, and the process itself.

use polyfolio_model::ClOrdId;
use polyfolio_report::audit::{VenueEvent, VenueFact};
use polyfolio_simulators::tws::record::{RECORD_FILE, Recorded, RecordedFact, read_record};

use super::{AuditedVenue, Lines};
use crate::drill::Gateway;
use crate::exit::Exit;
use crate::failure::Failure;

/// A gateway that runs, and its record.
#[derive(Debug)]
pub struct GatewayVenue {
    lines: Lines,
    gateway: Gateway,
}

impl GatewayVenue {
    /// The venue that this gateway is.
    pub fn new(gateway: Gateway) -> Self {
        let lines = Lines::of(gateway.record_dir().join(RECORD_FILE));
        Self { lines, gateway }
    }
}

impl AuditedVenue for GatewayVenue {
    fn events(&mut self) -> usize {
        self.lines.count()
    }

    fn record(&self) -> Result<Vec<VenueEvent>, Failure> {
        let read = read_record(self.gateway.record_dir());
        let lines = read.map_err(|error| Failure::new(Exit::State, error.to_string()))?;
        lines.into_iter().map(event).collect()
    }

    fn gateway(&mut self) -> Option<&mut Gateway> {
        Some(&mut self.gateway)
    }
}

/// One event for each line: kills are known by their number.
fn event(line: Recorded) -> Result<VenueEvent, Failure> {
    use RecordedFact as R;
    let what = match line.what {
        R::Opened { cash, positions } => VenueFact::Opened { cash, positions },
        R::Entered {
            order_ref,
            instrument,
            side,
            quantity,
        } => VenueFact::Accepted {
            cl_ord_id: ours(order_ref)?,
            instrument,
            side,
            order_qty: quantity,
        },
        R::Refused { order_ref } => VenueFact::Rejected {
            cl_ord_id: ours(order_ref)?,
        },
        R::Replaced {
            order_ref,
            quantity,
        } => VenueFact::Replaced {
            cl_ord_id: ours(order_ref)?,
            order_qty: quantity,
        },
        R::Traded {
            order_ref,
            exec_id,
            quantity,
            price,
            fee,
        } => VenueFact::Traded {
            cl_ord_id: ours(order_ref)?,
            exec_id,
            quantity,
            price,
            fee,
        },
        R::Ended { order_ref } => VenueFact::Closed {
            cl_ord_id: ours(order_ref)?,
        },
        R::Other => VenueFact::Other,
    };
    let time = line.time;
    Ok(VenueEvent { time, what })
}

/// Nobody else trades there, and the program gives every order its name.
fn ours(order_ref: Option<String>) -> Result<ClOrdId, Failure> {
    let name = order_ref.unwrap_or_default();
    name.parse().map_err(|_| {
        let what = format!("the gateway's record has an order that is not ours: {name:?}");
        Failure::new(Exit::Negative, what)
    })
}

#[cfg(test)]
mod tests {
    use polyfolio_model::{Side, Ts};
    use polyfolio_report::audit::Auditor;

    use super::*;

    const OURS: &str = "9d30b4a3000000040000001000000001";

    fn entered(name: Option<&str>) -> Recorded {
        let what = RecordedFact::Entered {
            order_ref: name.map(str::to_owned),
            instrument: "KO".into(),
            side: Side::Sell,
            quantity: 59.into(),
        };
        Recorded {
            time: Ts::MIN,
            what,
        }
    }

    #[test]
    fn an_order_has_the_name_that_we_gave_it() {
        let event = event(entered(Some(OURS))).unwrap();
        let expect = VenueFact::Accepted {
            cl_ord_id: OURS.parse().unwrap(),
            instrument: "KO".into(),
            side: Side::Sell,
            order_qty: 59.into(),
        };
        assert_eq!(event.what, expect);
        for name in [None, Some("by hand")] {
            assert!(super::event(entered(name)).is_err(), "{name:?}");
        }
    }

    #[test]
    fn two_orders_with_one_name_are_a_duplicate() {
        let tape = [entered(Some(OURS)), entered(Some(OURS))];
        let tape = tape.map(|line| event(line).unwrap()).into();
        let audit = Auditor::new(tape, Vec::new()).finish();
        let codes: Vec<_> = audit.findings.iter().map(|f| f.code).collect();
        assert_eq!(codes, ["sent_twice", "never_intended"]);
    }
}
