//! An order that rests, with what the market asks of it at every move.

use chrono::NaiveTime;
use polyfolio_model::{ClOrdId, Price, Side, TimeInForce, Ts};

use crate::book::OrderRecord;
use crate::config::close_after;
use crate::mid_path::ticks_of;

/// An order that rests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Working {
    pub(crate) cl_ord_id: ClOrdId,
    pub(crate) number: u64,
    pub(crate) side: Side,
    /// Its limit in ticks; none for a market order that waits for the next quote.
    pub(crate) limit: Option<f64>,
    pub(crate) waits: Waits,
    pub(crate) since: Ts,
    pub(crate) revision: u64,
    /// Whether it took last: what is left takes again when the mid moves next, if it still can.
    pub(crate) took: bool,
    pub(crate) takes: bool,
    /// When it will trade if the quote does not move.
    pub(crate) due: Option<Ts>,
}

/// What has to come before an order is worked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waits {
    /// Nothing.
    No,
    /// The market, to this price.
    Trigger(Price),
    /// The close.
    Close(Ts),
}

impl Working {
    /// An order where a tick is `tick` and the close at `close`.
    pub(crate) fn new(record: &OrderRecord, tick: Price, close: NaiveTime) -> Self {
        let order = &record.order;
        let waits = match record.waits_for() {
            Some(trigger) => Waits::Trigger(trigger),
            None if order.time_in_force == TimeInForce::AtTheClose => {
                Waits::Close(close_after(record.entered, close))
            }
            None => Waits::No,
        };
        Self {
            cl_ord_id: order.cl_ord_id,
            number: record.number,
            side: order.side,
            limit: order.ord_type.limit().map(|limit| ticks_of(limit, tick)),
            waits,
            since: record.since,
            revision: record.revision,
            took: record.took,
            takes: false,
            due: None,
        }
    }
}
