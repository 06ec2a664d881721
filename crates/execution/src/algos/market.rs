//! Everything at once, at whatever price there is.
//!
//! Also the sweep at a parent's deadline: it is the one algorithm that goes on after it. It waits
//! for somebody to be quoted on the other side: an order into an empty market pays any price.

use polyfolio_model::{Quote, Ts};

use crate::algo::{Decision, ExecutionAlgo, ParentView, Reason};

#[derive(Debug)]
pub(crate) struct Market;

impl ExecutionAlgo for Market {
    fn decide(&mut self, parent: &ParentView<'_>, quote: Option<&Quote>, now: Ts) -> Decision {
        if let Some(idle) = parent
            .outside(now)
            .filter(|d| d.reason() != Reason::Deadline)
        {
            return idle;
        }
        let priced = parent.fresh(quote, now).and_then(|quote| {
            quote.opposite(parent.side).ok_or(Reason::NoQuote)?;
            parent.immediate().ok_or(Reason::NoAnswer)
        });
        match priced {
            Err(reason) => Decision::Wait {
                wake_at: None,
                reason,
            },
            Ok(ord_type) => Decision::Work {
                open_qty: parent.remaining(),
                ord_type,
                wake_at: None,
                reason: Reason::Immediate,
            },
        }
    }
}
